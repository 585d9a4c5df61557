//! A movie among others: as a card with a drawn poster, as a row, and as an option of the
//! search box.

use maud::{Markup, html};

use super::links::movie_link;
use super::words;
use crate::movie::MovieRef;

/// The number of colours of the style sheet.
const TONES: u32 = 16;
/// The number of drawings of the style sheet.
const SHAPES: u32 = 8;

/// Genres with a colour that suits them; others get one by their letters.
const TONE_OF_GENRE: [(&str, u32); 20] = [
    ("crime", 0),
    ("horror", 1),
    ("sci-fi", 2),
    ("animation", 3),
    ("romance", 4),
    ("comedy", 5),
    ("western", 6),
    ("war", 7),
    ("fantasy", 8),
    ("adventure", 9),
    ("mystery", 10),
    ("thriller", 11),
    ("documentary", 12),
    ("family", 13),
    ("drama", 14),
    ("action", 15),
    ("music", 8),
    ("musical", 4),
    ("film-noir", 0),
    ("history", 6),
];

/// The class of a genre's colour.
pub fn tone_class(genre: Option<&str>) -> String {
    let genre = genre.unwrap_or_default().to_lowercase();
    let known = TONE_OF_GENRE.iter().find(|(known, _)| *known == genre);
    let tone = known.map_or_else(|| hash(&genre) % TONES, |(_, tone)| *tone);
    format!("tone-{tone}")
}

/// FNV-1a: the same name has the same drawing on every page.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The classes of a drawn poster, by the rarest of the common genres of the film.
pub fn poster_class(name: &str, genres: impl Iterator<Item = impl AsRef<str>>) -> String {
    let place = |genre: &str| {
        let genre = genre.to_lowercase();
        let place = TONE_OF_GENRE.iter().position(|(known, _)| *known == genre);
        place.unwrap_or(TONE_OF_GENRE.len())
    };
    let genre = genres.min_by_key(|genre| place(genre.as_ref()));
    let tone = tone_class(genre.as_ref().map(AsRef::as_ref));
    format!("poster {tone} shape-{}", (hash(name) >> 8) % SHAPES)
}

/// A star and a rating. The star is drawn, the words are for screen readers.
pub fn rating_badge(rating: f64) -> Markup {
    html! {
        span.rating {
            svg viewBox="0 0 20 20" width="14" height="14" aria-hidden="true" {
                path d="m10 1.6 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L1.5 7.8l5.9-.8z" {}
            }
            span.hidden { "rated " } (format!("{rating:.1}"))
        }
    }
}

/// A card of a grid.
pub fn card(movie: MovieRef<'_>) -> Markup {
    html! {
        li.card {
            a href=(movie_link(movie.name)) {
                span class=(poster_class(movie.name, movie.genres.iter())) {
                    span.poster-title lang="mul" { (movie.title) }
                    @if let Some(released) = movie.released {
                        span.poster-year { (released.year()) }
                    }
                }
                span.card-facts {
                    @if let Some(rating) = movie.rating { (rating_badge(rating)) }
                    @if let Some(genre) = movie.genres.iter().next() { span { (genre) } }
                }
            }
        }
    }
}

/// A grid of cards.
pub fn cards<'a>(movies: impl IntoIterator<Item = MovieRef<'a>>) -> Markup {
    html! { ul.cards { @for movie in movies { (card(movie)) } } }
}

/// A row of a list of results.
pub fn row(movie: MovieRef<'_>, query: &str) -> Markup {
    html! {
        li.row {
            a href=(movie_link(movie.name)) {
                span class={ (poster_class(movie.name, movie.genres.iter())) " small" } {}
                span.row-text {
                    span.row-title lang="mul" { (marked(movie.title, query)) }
                    @if let Some(released) = movie.released {
                        " " span.year { (released.year()) }
                    }
                    @if let Some(original) = movie.original_title {
                        span.row-original lang="mul" { (marked(original, query)) }
                    }
                    span.row-facts { (facts(movie)) }
                }
                @if let Some(rating) = movie.rating { (rating_badge(rating)) }
            }
        }
    }
}

/// Runtime and genres on one line.
fn facts(movie: MovieRef<'_>) -> String {
    let mut facts: Vec<String> = movie
        .runtime_minutes
        .map(words::runtime)
        .into_iter()
        .collect();
    let genres: Vec<&str> = movie.genres.iter().collect();
    if !genres.is_empty() {
        facts.push(genres.join(", "));
    }
    facts.join(" · ")
}

/// An option of the search box. It holds no link, because an option may not; the script
/// follows the address.
pub fn option(index: usize, movie: MovieRef<'_>, query: &str) -> Markup {
    html! {
        li.option #{ "option-" (index) } role="option" aria-selected="false" data-href=(movie_link(movie.name)) {
            span class={ (poster_class(movie.name, movie.genres.iter())) " tiny" } {}
            span.row-text {
                span.row-title lang="mul" { (marked(movie.title, query)) }
                @if let Some(released) = movie.released { " " span.year { (released.year()) } }
                @if let Some(original) = movie.original_title {
                    span.row-original lang="mul" { (marked(original, query)) }
                }
            }
            @if let Some(rating) = movie.rating { (rating_badge(rating)) }
        }
    }
}

/// A title with the beginnings of its words marked that were typed.
pub fn marked(title: &str, query: &str) -> Markup {
    let typed: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    html! {
        @for (index, word) in title.split(' ').enumerate() {
            @if index > 0 { " " }
            @let length = typed.iter().filter_map(|typed| common_prefix(word, typed)).max();
            @if let Some(length) = length {
                mark { (&word[..length]) } (&word[length..])
            } @else {
                (word)
            }
        }
    }
}

/// The bytes of a word that the whole of a typed word matches.
fn common_prefix(word: &str, typed: &str) -> Option<usize> {
    let mut typed = typed.chars();
    let mut length = 0;
    for character in word.chars() {
        if typed.as_str().is_empty() {
            break;
        }
        let mut lower = character.to_lowercase();
        if lower.next() != typed.next() {
            return None;
        }
        length += character.len_utf8();
    }
    (typed.as_str().is_empty() && length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_words_are_marked_and_titles_escaped() {
        assert_eq!(
            marked("The God<father", "the god").into_string(),
            "<mark>The</mark> <mark>God</mark>&lt;father"
        );
        assert_eq!(
            marked("Élan vital", "él vitale").into_string(),
            "<mark>Él</mark>an vital"
        );
    }

    #[test]
    fn a_genre_has_one_colour() {
        assert_eq!(tone_class(Some("Sci-Fi")), "tone-2");
        let class = poster_class("1", ["Drama", "Horror"].iter());
        assert!(class.starts_with("poster tone-1 shape-"), "{class}");
    }
}
