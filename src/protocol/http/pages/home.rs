//! The front page and the overview of genres, decades and ratings.

use maud::{Markup, html};

use super::card::{cards, tone_class};
use super::layout::{Section, Shell};
use super::links::with_parameters;
use super::words;
use crate::movie::Movie;

/// The contents of the overview.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// The number of movies.
    pub movies: u64,
    /// The best-known movies, in that order.
    pub known: Vec<Movie>,
    /// Genres, the most frequent first.
    pub genres: Vec<String>,
    /// The first years of decades, the latest first.
    pub decades: Vec<u16>,
}

/// The lowest ratings that are offered.
pub const RATINGS: [u8; 4] = [9, 8, 7, 6];

impl Overview {
    /// Collects the genres and decades of the best-known movies.
    pub fn new(movies: u64, known: Vec<Movie>) -> Overview {
        let mut genres: Vec<(usize, String)> = Vec::new();
        let mut decades = Vec::new();
        for movie in &known {
            for genre in &movie.genres {
                match genres.iter_mut().find(|(_, other)| other == genre) {
                    Some((times, _)) => *times += 1,
                    None => genres.push((1, genre.clone())),
                }
            }
            decades.extend(movie.released.map(|released| released.year() / 10 * 10));
        }
        genres.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
        decades.sort_unstable();
        decades.dedup();
        decades.reverse();
        let genres = genres.into_iter().map(|(_, genre)| genre).collect();
        Overview {
            movies,
            known,
            genres,
            decades,
        }
    }
}

/// The maximum number of cards of the front page.
const HOME_CARDS: usize = 18;
/// The maximum number of genres of the front page.
const HOME_GENRES: usize = 12;

/// The front page.
pub fn home_page(shell: &Shell<'_>, overview: &Overview) -> Markup {
    let content = html! {
        div.hero {
            h1 { "Find a film" }
            p.lead {
                (words::counted(overview.movies, "title", "titles"))
                ". Type a few letters of one; the best known come first."
            }
            (shell.search_box())
            ul.chips aria-label="Genres" {
                @for genre in overview.genres.iter().take(HOME_GENRES) { (genre_chip(genre)) }
                li { a.chip href="/browse" { "All genres and decades" } }
            }
        }
        @if !overview.known.is_empty() {
            section.wide aria-labelledby="known" {
                h2 #known { "Best known" }
                (cards(overview.known.iter().take(HOME_CARDS).map(Movie::view)))
            }
        }
    };
    shell.page(Section::Home, "", &content)
}

/// The overview of genres, decades and ratings.
pub fn browse_page(shell: &Shell<'_>, overview: &Overview) -> Markup {
    let content = html! {
        div.wide {
            h1 { "Browse" }
            section aria-labelledby="genres" {
                h2 #genres { "Genres" }
                ul.tiles {
                    @for genre in &overview.genres {
                        li {
                            a class={ "tile " (tone_class(Some(genre))) } href=(with_parameters("/search", [("genre", genre.as_str())])) {
                                (genre)
                            }
                        }
                    }
                }
            }
            section aria-labelledby="decades" {
                h2 #decades { "Decades" }
                ul.chips.large {
                    @for decade in &overview.decades {
                        li { a.chip href={ "/search?decade=" (decade) } { (decade) "s" } }
                    }
                }
            }
            section aria-labelledby="ratings" {
                h2 #ratings { "Ratings" }
                ul.chips.large {
                    @for rating in RATINGS {
                        li { a.chip href={ "/search?rating=" (rating) } { (rating) " and better" } }
                    }
                }
            }
            @if overview.genres.is_empty() {
                p.empty { "The catalogue is empty. An admin can " a href="/admin/import" { "import a file" } "." }
            }
        }
    };
    shell.page(Section::Browse, "Browse", &content)
}

/// A link to the films of a genre.
pub fn genre_chip(genre: &str) -> Markup {
    html! { li { a.chip href=(with_parameters("/search", [("genre", genre)])) { (genre) } } }
}
