//! What the search screen opens: cards of movies with their links, movies of a person, and episodes.

use std::collections::HashSet;

use crate::cli::terminal::print::{card, record_card};
use crate::config::limits;
use crate::movie::{Details, FullMovie, Movie, PersonRef};

/// What can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The card of the movie of this name.
    Movie(String),
    /// The movies of the person of this name, and the full name.
    Films(String, String),
    /// The episodes of a season of the series of this name, and the heading.
    Season(String, Option<u32>, String),
}

/// What was opened.
#[derive(Debug, PartialEq)]
pub(super) enum View {
    /// The lines of a card, and its links.
    Card {
        lines: Vec<String>,
        links: Vec<(String, Link)>,
    },
    /// Movies under a heading.
    List { heading: String, movies: Vec<Movie> },
}

/// A view with the chosen line of it.
#[derive(Debug, PartialEq)]
pub(super) struct OpenedView {
    pub view: View,
    pub chosen: usize,
}

impl View {
    /// The card of a movie whose details are not known yet.
    pub fn plain_card(movie: &Movie) -> View {
        View::Card {
            lines: lines(&card::card(movie, false)),
            links: Vec::new(),
        }
    }

    /// The card of a movie, with links to its people, its series and its seasons.
    pub fn full_card(full: &FullMovie) -> View {
        View::Card {
            lines: lines(&record_card::full_card(full, false)),
            links: links(&full.movie().name, full.details()),
        }
    }

    /// The number of lines that can be chosen.
    fn choices(&self) -> usize {
        match self {
            View::Card { links, .. } => links.len(),
            View::List { movies, .. } => movies.len(),
        }
    }
}

impl OpenedView {
    /// A view whose first line is chosen.
    pub fn new(view: View) -> OpenedView {
        OpenedView { view, chosen: 0 }
    }

    /// Chooses a line, or the last one.
    pub fn choose(&mut self, line: usize) {
        self.chosen = line.min(self.view.choices().saturating_sub(1));
    }

    /// What the chosen line opens.
    pub fn link(&self) -> Option<Link> {
        match &self.view {
            View::Card { links, .. } => links.get(self.chosen).map(|(_, link)| link.clone()),
            View::List { movies, .. } => {
                let movie = movies.get(self.chosen)?;
                Some(Link::Movie(movie.name.clone()))
            }
        }
    }

    /// The movie that the chosen line opens.
    pub fn movie(&self) -> Option<&Movie> {
        match &self.view {
            View::Card { .. } => None,
            View::List { movies, .. } => movies.get(self.chosen),
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn links(name: &str, details: &Details) -> Vec<(String, Link)> {
    let mut links = Vec::new();
    if let Some(place) = &details.series {
        let title = place.title.as_ref().unwrap_or(&place.name);
        links.push((title.clone(), Link::Movie(place.name.clone())));
    }
    for count in details.seasons.iter().flatten() {
        let heading = match count.season {
            Some(season) => format!("season {season}"),
            None => "episodes without a season".to_owned(),
        };
        let link = Link::Season(name.to_owned(), count.season, heading.clone());
        links.push((heading, link));
    }
    let directors = details.directors.iter().chain(&details.writers);
    let directors = directors.map(|PersonRef { name, person, .. }| (name, person));
    let cast = details
        .cast
        .iter()
        .map(|credit| (&credit.name, &credit.person));
    let crew = details
        .crew
        .iter()
        .map(|credit| (&credit.name, &credit.person));
    let mut known = HashSet::new();
    for (name, person) in directors.chain(cast).chain(crew) {
        if known.len() < limits::MAX_CARD_LINKS && known.insert(name) {
            let person = person.as_ref().unwrap_or(name);
            let label = format!("movies of {person}");
            links.push((label, Link::Films(name.clone(), person.clone())));
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_links_to_people_series_and_seasons() {
        let full = FullMovie::from_json(
            r#"{"name":"s","title":"S","directors":[{"name":"a","person":"Ann"}],
                "cast":[{"name":"a","person":"Ann"},{"name":"b"}],
                "series":{"name":"t","title":"T","season":2},
                "seasons":[{"season":1,"episodes":2},{"season":null,"episodes":1}]}"#,
        );
        let View::Card { links, lines } = View::full_card(&full.unwrap()) else {
            panic!("no card");
        };
        assert_eq!(lines[0], "S");
        let labels: Vec<&str> = links.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "T",
                "season 1",
                "episodes without a season",
                "movies of Ann",
                "movies of b"
            ]
        );
        let mut opened = OpenedView::new(View::Card { lines, links });
        assert_eq!(opened.link(), Some(Link::Movie("t".to_owned())));
        opened.choose(9);
        assert_eq!(
            opened.link(),
            Some(Link::Films("b".to_owned(), "b".to_owned()))
        );
    }
}
