//! The page of a person.

use maud::{Markup, html};

use super::card::{cards, marked, row};
use super::layout::{Section, Shell};
use super::links::person_link;
use super::words;
use crate::movie::{Movie, Person};

/// A person and the person's films.
#[derive(Clone, Debug)]
pub struct PersonPage {
    /// The person.
    pub person: Person,
    /// The movies that the person is known for.
    pub known_for: Vec<Movie>,
    /// The best-known films.
    pub films: Vec<Movie>,
    /// The address of further films.
    pub next: Option<String>,
}

impl PersonPage {
    /// The whole page.
    pub fn render(&self, shell: &Shell<'_>) -> Markup {
        let full_name = full_name(&self.person);
        let content = html! {
            article.film {
                header.person-head {
                    div.monogram aria-hidden="true" { (initials(full_name)) }
                    div {
                        h1 { (full_name) }
                        p.line { (self.line()) }
                    }
                }
                @if !self.known_for.is_empty() {
                    section aria-labelledby="known" {
                        h2 #known { "Known for" }
                        (cards(self.known_for.iter().map(Movie::view)))
                    }
                }
                @if !self.films.is_empty() {
                    section aria-labelledby="films" {
                        h2 #films { "Films" }
                        ol.rows { @for movie in &self.films { (row(movie.view(), "")) } }
                        @if let Some(next) = &self.next {
                            nav.paging aria-label="Pages" { a.button href=(next) { "Next page" } }
                        }
                    }
                }
                @if self.films.is_empty() && self.known_for.is_empty() {
                    p.empty { "The catalogue has no film of this person." }
                }
            }
        };
        shell.page(Section::Other, full_name, &content)
    }

    fn line(&self) -> String {
        let Person {
            born,
            died,
            professions,
            credits,
            ..
        } = &self.person;
        let life = match (born, died) {
            (Some(born), Some(died)) => {
                Some(format!("{} – {}", words::date(*born), words::date(*died)))
            }
            (Some(born), None) => Some(format!("born {}", words::date(*born))),
            (None, Some(died)) => Some(format!("died {}", words::date(*died))),
            (None, None) => None,
        };
        let professions = professions
            .iter()
            .map(|profession| profession.replace('_', " "));
        let mut parts: Vec<String> = life.into_iter().chain(professions).collect();
        if *credits > 0 {
            parts.push(words::counted(*credits, "credit", "credits"));
        }
        parts.join(" · ")
    }
}

/// The full name of a person, or the key.
pub fn full_name(person: &Person) -> &str {
    person.person.as_deref().unwrap_or(&person.name)
}

/// The most films that a person of a list is known for.
const KNOWN_FOR: usize = 3;

/// A row of a list of results.
pub fn person_row(person: &Person, query: &str) -> Markup {
    html! { li.row { a href=(person_link(&person.name)) { (summary(person, query, "small")) } } }
}

/// An option of the search box, as for a movie.
pub fn person_option(index: usize, person: &Person, query: &str) -> Markup {
    html! {
        li.option #{ "option-" (index) } role="option" aria-selected="false" data-href=(person_link(&person.name)) {
            (summary(person, query, "tiny"))
        }
    }
}

fn summary(person: &Person, query: &str, size: &str) -> Markup {
    let full_name = full_name(person);
    let films = person.known_for.iter().take(KNOWN_FOR);
    let films: Vec<&str> = films.map(|film| film.title.as_str()).collect();
    html! {
        span class={ "monogram " (size) } aria-hidden="true" { (initials(full_name)) }
        span.row-text {
            span.row-title { (marked(full_name, query)) }
            span.row-facts {
                @if !films.is_empty() { "Known for " (films.join(", ")) }
                @else if person.credits > 0 { (words::counted(person.credits, "credit", "credits")) }
                @else { "Person" }
            }
        }
    }
}

/// The first letters of the first and the last part of a name.
fn initials(name: &str) -> String {
    let mut parts = name
        .split_whitespace()
        .filter_map(|part| part.chars().next());
    let first = parts.next();
    first.into_iter().chain(parts.next_back()).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn a_name_has_at_most_two_initials() {
        assert_eq!(initials("Francis Ford Coppola"), "FC");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
