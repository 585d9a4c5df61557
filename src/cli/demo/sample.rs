//! Well-known films for the demonstration. `films.tsv` has one per line: name, title, original
//! title, year, minutes, genres, rating, votes, directors, and the cast with their roles. Ratings
//! and votes are rough figures.

use std::path::Path;

use unicode_normalization::UnicodeNormalization;

use crate::movie::{CastMember, Details, Fields, FullMovie, Movie, MovieError, PersonRef};
use crate::store::{Change, ChangeRequest, StoreError, Writer};

const FILMS: &str = include_str!("films.tsv");
/// Films that are passed to the writer at once: fewer than fit into its queue.
const PORTION: usize = 128;

/// Adds the films to a catalogue.
///
/// # Errors
/// An error of the database.
pub(super) fn add(database: &Path) -> Result<(), StoreError> {
    let (writer, thread) = Writer::open(database)?;
    let lines: Vec<&str> = FILMS.lines().collect();
    for portion in lines.chunks(PORTION) {
        let receipts = portion.iter().map(|line| {
            let film = film(line).map_err(|_| StoreError::Stopped)?;
            let request = ChangeRequest::from_operator(Change::PutMovie(Box::new(film)));
            writer.submit(request).map_err(|_| StoreError::Stopped)
        });
        for receipt in receipts.collect::<Result<Vec<_>, _>>()? {
            receipt.wait()?;
        }
    }
    drop(writer);
    thread.join().map_err(|_| StoreError::Stopped)
}

fn film(line: &str) -> Result<FullMovie, MovieError> {
    let mut cells = line
        .split('\t')
        .map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
    let mut cell = || cells.next().flatten();
    let movie = Movie::new(Fields {
        id: 0,
        name: cell().unwrap_or_default().to_owned(),
        title: cell().unwrap_or_default().to_owned(),
        original_title: cell().map(str::to_owned),
        released: cell().and_then(|year| year.parse().ok()),
        runtime_minutes: cell().and_then(|minutes| minutes.parse().ok()),
        genres: items(cell(), ',').map(str::to_owned).collect(),
        rating: cell().and_then(|rating| rating.parse().ok()),
        votes: cell().and_then(|votes| votes.parse().ok()),
    })?;
    let directors = items(cell(), ';').map(|full_name| PersonRef {
        name: key(full_name),
        person: Some(full_name.to_owned()),
        job: None,
    });
    let directors = directors.collect();
    let cast = items(cell(), ';').map(|member| {
        let (full_name, role) = member.split_once('=').unwrap_or((member, ""));
        CastMember {
            name: key(full_name),
            person: Some(full_name.to_owned()),
            category: None,
            characters: items(Some(role), ';').map(str::to_owned).collect(),
        }
    });
    let details = Details {
        kind: Some("movie".to_owned()),
        directors,
        cast: cast.collect(),
        ..Details::default()
    };
    FullMovie::new(movie, details)
}

/// The texts of a cell, none of them empty.
fn items(cell: Option<&str>, separator: char) -> impl Iterator<Item = &str> {
    let items = cell.into_iter().flat_map(move |cell| cell.split(separator));
    items.filter(|item| !item.is_empty())
}

/// The key of a person: `francis-ford-coppola`.
fn key(full_name: &str) -> String {
    let mut key = String::new();
    for character in full_name.nfkd().filter(char::is_ascii) {
        if character.is_ascii_alphanumeric() {
            key.push(character.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
    }
    key.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_line_is_a_film_of_its_own() {
        let films: Vec<FullMovie> = FILMS.lines().map(|line| film(line).unwrap()).collect();
        let names: HashSet<&str> = films.iter().map(|film| film.name.as_str()).collect();
        assert_eq!((films.len(), names.len()), (500, 500));
        for film in &films {
            assert!(
                film.released.is_some() && film.votes.is_some(),
                "{}",
                film.name
            );
            assert_eq!(film.name.matches('\u{fffd}').count(), 0);
        }
        let matrix = films
            .iter()
            .find(|film| film.name == "the-matrix-1999")
            .unwrap();
        let details = matrix.details();
        assert_eq!(details.directors[1].name, "lilly-wachowski");
        assert_eq!(details.cast[0].characters, ["Neo"]);
    }

    #[test]
    fn people_have_one_key() {
        assert_eq!(key("Alejandro G. Iñárritu"), "alejandro-g-inarritu");
        assert_eq!(key("Robert Downey Jr."), "robert-downey-jr");
    }
}
