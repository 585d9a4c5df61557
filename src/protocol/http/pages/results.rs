//! The results of a search, and the films of a genre, a decade or a rating.

use maud::{Markup, html};

use super::card::{cards, option, row};
use super::home::RATINGS;
use super::layout::{Section, Shell};
use super::links::with_parameters;
use super::person::{person_option, person_row};
use crate::movie::{Movie, Person};

/// The filters of the results, as they are in the address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Narrowing {
    /// A genre, or nothing.
    pub genre: String,
    /// The first year of a decade, or nothing.
    pub decade: String,
    /// The lowest rating, or nothing.
    pub rating: String,
    /// A type of title, or nothing.
    pub title_type: String,
    /// The order, or nothing for the best first.
    pub sort: String,
}

/// What a search has found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The movies in their order.
    pub movies: Vec<Movie>,
    /// A few people in their order.
    pub people: Vec<Person>,
    /// Whether the people are shown before the movies.
    pub has_people_first: bool,
}

/// A page of results.
#[derive(Clone, Debug, Default)]
pub struct ResultsPage {
    /// The filters.
    pub narrowing: Narrowing,
    /// The movies and people in their order.
    pub found: Found,
    /// The cursor of this page; empty for the first page.
    pub after: String,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// Whether too many movies match for the order that was asked for.
    pub is_too_much: bool,
    /// The genres to choose from.
    pub genres: Vec<String>,
    /// The decades to choose from.
    pub decades: Vec<u16>,
}

/// Orders, and their names.
pub const SORTS: [(&str, &str); 4] = [
    ("", "Best match"),
    ("rating", "Rating"),
    ("year", "Newest"),
    ("title", "Title"),
];

/// Types of titles, and their names.
pub const TITLE_TYPES: [(&str, &str); 6] = [
    ("", "Everything"),
    ("movie", "Films"),
    ("tvSeries", "Series"),
    ("tvEpisode", "Episodes"),
    ("short", "Shorts"),
    ("videoGame", "Games"),
];

impl ResultsPage {
    /// The whole page.
    pub fn render(&self, shell: &Shell<'_>) -> Markup {
        let heading = self.heading(shell.query);
        let content = html! {
            div.wide {
                h1.results-heading { (heading) }
                (self.filters(shell.query))
                @if self.is_too_much {
                    p.hint role="status" { "Too many films match to put them in this order. The best matches are shown." }
                }
                @if self.found.has_people_first {
                    (self.people(shell.query))
                    @if !self.found.movies.is_empty() { h2 { "Films" } }
                }
                @if self.found.movies.is_empty() {
                    @if self.found.people.is_empty() { (self.nothing(shell.query)) }
                } @else if shell.query.is_empty() {
                    (cards(self.found.movies.iter().map(Movie::view)))
                } @else {
                    ol.rows { @for movie in &self.found.movies { (row(movie.view(), shell.query)) } }
                }
                @if !self.found.has_people_first { (self.people(shell.query)) }
                (self.paging(shell.query))
            }
        };
        shell.page(Section::Other, &heading, &content)
    }

    fn heading(&self, query: &str) -> String {
        if !query.is_empty() {
            return format!("“{query}”");
        }
        let Narrowing {
            genre,
            decade,
            rating,
            ..
        } = &self.narrowing;
        let mut heading = if genre.is_empty() {
            "Films".to_owned()
        } else {
            genre.clone()
        };
        if !decade.is_empty() {
            heading += &format!(" of the {decade}s");
        }
        if !rating.is_empty() {
            heading += &format!(", rated {rating} and better");
        }
        heading
    }

    fn people(&self, query: &str) -> Markup {
        html! {
            @if !self.found.people.is_empty() {
                section aria-labelledby="people" {
                    h2 #people { "People" }
                    ol.rows { @for person in &self.found.people { (person_row(person, query)) } }
                }
            }
        }
    }

    fn filters(&self, query: &str) -> Markup {
        let narrowing = &self.narrowing;
        let decades = self
            .decades
            .iter()
            .map(|decade| (decade.to_string(), format!("{decade}s")));
        let ratings = RATINGS
            .iter()
            .map(|rating| (rating.to_string(), format!("{rating} and better")));
        let genres = self
            .genres
            .iter()
            .map(|genre| (genre.clone(), genre.clone()));
        let owned = |&(value, label): &(&str, &str)| (value.to_owned(), label.to_owned());
        let any = |label: &str| std::iter::once((String::new(), label.to_owned()));
        html! {
            form.filters action="/search" method="get" data-auto {
                @if !query.is_empty() { input type="hidden" name="q" value=(query); }
                (choice("genre", "Genre", any("Any genre").chain(genres), &narrowing.genre))
                (choice("decade", "Decade", any("Any decade").chain(decades), &narrowing.decade))
                (choice("rating", "Rating", any("Any rating").chain(ratings), &narrowing.rating))
                (choice("type", "Type", TITLE_TYPES.iter().map(owned), &narrowing.title_type))
                (choice("sort", "Order", SORTS.iter().map(owned), &narrowing.sort))
                button type="submit" { "Apply" }
            }
        }
    }

    fn nothing(&self, query: &str) -> Markup {
        html! {
            div.empty {
                p {
                    @if query.is_empty() { "No film matches these filters." }
                    @else { "No film has a title like “" (query) "”, and no person such a name." }
                }
                @if self.narrowing != Narrowing::default() {
                    p { a href=(with_parameters("/search", [("q", query)])) { "Search without filters" } }
                } @else {
                    p { "Try fewer letters, or " a href="/browse" { "browse" } " by genre and decade." }
                }
            }
        }
    }

    fn paging(&self, query: &str) -> Markup {
        let Narrowing {
            genre,
            decade,
            rating,
            title_type,
            sort,
        } = &self.narrowing;
        let page = |after: &str| {
            with_parameters(
                "/search",
                [
                    ("q", query),
                    ("genre", genre),
                    ("decade", decade),
                    ("rating", rating),
                    ("type", title_type),
                    ("sort", sort),
                    ("after", after),
                ],
            )
        };
        html! {
            @if self.next.is_some() || !self.after.is_empty() {
                nav.paging aria-label="Pages" {
                    @if !self.after.is_empty() { a.button.quiet href=(page("")) { "First page" } }
                    @if let Some(next) = &self.next {
                        a.button rel="next" href=(page(next)) { "Next page" }
                    }
                }
            }
        }
    }
}

/// A labelled choice. A value that is not offered is offered too.
fn choice(
    name: &str,
    label: &str,
    options: impl Iterator<Item = (String, String)>,
    selected: &str,
) -> Markup {
    let mut options: Vec<(String, String)> = options.collect();
    if !options.iter().any(|(value, _)| value == selected) {
        options.push((selected.to_owned(), selected.to_owned()));
    }
    html! {
        label.choice {
            span { (label) }
            select name=(name) {
                @for (value, label) in &options {
                    option value=(value) selected[value == selected] { (label) }
                }
            }
        }
    }
}

/// The options of the search box: a fragment for the script.
pub fn options(found: &Found, query: &str) -> Markup {
    let Found {
        movies,
        people,
        has_people_first,
    } = found;
    let (first_movie, first_person) = if *has_people_first {
        (people.len(), 0)
    } else {
        (0, movies.len())
    };
    let people = html! {
        @for (index, person) in people.iter().enumerate() { (person_option(first_person + index, person, query)) }
    };
    html! {
        @if *has_people_first { (people) }
        @for (index, movie) in movies.iter().enumerate() { (option(first_movie + index, movie.view(), query)) }
        @if !*has_people_first { (people) }
    }
}
