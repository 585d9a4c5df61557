//! A person: dates, professions, and the films.

use super::bytes::{PackedError, PackedReader, VERSION, push_date, push_words, zigzag};
use super::key::Key;
use super::words::PROFESSIONS;
use crate::movie::Released;
use crate::search::postings::push_number;

/// A movie with the person in its credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Film {
    /// The movie.
    pub title: Key,
    /// Its votes; `None` when they are not known.
    pub votes: Option<u32>,
}

/// The fields to pack, with borrowed texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonParts<'a> {
    /// When the person was born.
    pub born: Option<Released>,
    /// When the person died.
    pub died: Option<Released>,
    /// The occupations.
    pub professions: &'a [&'a str],
    /// The movies that the person is known for.
    pub known_for: &'a [Key],
}

/// The fields of a person besides the films.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonFields {
    /// When the person was born.
    pub born: Option<Released>,
    /// When the person died.
    pub died: Option<Released>,
    /// The occupations.
    pub professions: Vec<String>,
    /// The movies that the person is known for.
    pub known_for: Vec<Key>,
}

impl PersonFields {
    /// The fields as parts, with the occupations of [`PersonFields::professions`] as `labels`.
    pub fn parts<'a>(&'a self, labels: &'a [&'a str]) -> PersonParts<'a> {
        PersonParts {
            born: self.born,
            died: self.died,
            professions: labels,
            known_for: &self.known_for,
        }
    }

    /// The occupations, borrowed.
    pub fn labels(&self) -> Vec<&str> {
        self.professions.iter().map(String::as_str).collect()
    }
}

/// Appends a person. Sorts the films: those with votes by descending votes, then the others;
/// equals in the order of their references. Each is there once.
pub fn pack_person(parts: &PersonParts<'_>, films: &mut Vec<Film>, out: &mut Vec<u8>) {
    films.sort_unstable_by_key(|film| {
        let votes = film.votes.map_or(1, |votes| -i64::from(votes));
        (votes, film.title.reference())
    });
    films.dedup();
    out.push(VERSION);
    push_date(out, parts.born);
    push_date(out, parts.died);
    push_words(out, &PROFESSIONS, parts.professions.iter().copied());
    push_number(out, parts.known_for.len() as u64);
    for title in parts.known_for {
        push_number(out, title.reference());
    }
    let rated = films.partition_point(|film| film.votes.is_some());
    let (rated, others) = films.split_at(rated);
    push_number(out, rated.len() as u64);
    push_number(out, others.len() as u64);
    let mut last_votes = None;
    for film in rated {
        let votes = film.votes.unwrap_or(0);
        let less = last_votes.map_or(votes, |last: u32| last.saturating_sub(votes));
        last_votes = Some(votes);
        push_number(out, less.into());
        push_number(out, film.title.reference());
    }
    let mut last = 0_u64;
    for film in others {
        let reference = film.title.reference();
        let distance = reference.wrapping_sub(last).cast_signed();
        push_number(out, zigzag(distance));
        last = reference;
    }
}

/// A packed person, to be read.
#[derive(Clone, Debug)]
pub struct PersonRecord<'a> {
    /// The fields besides the films.
    pub fields: PersonFields,
    rated: u64,
    others: u64,
    films: PackedReader<'a>,
}

impl<'a> PersonRecord<'a> {
    /// Reads the fields.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn new(bytes: &'a [u8]) -> Result<PersonRecord<'a>, PackedError> {
        let mut reader = PackedReader::versioned(bytes)?;
        let (born, died) = (reader.date()?, reader.date()?);
        let professions = reader.words(&PROFESSIONS)?;
        let count = reader.number()?;
        let mut known_for = Vec::with_capacity(reader.capacity(count));
        for _ in 0..count {
            known_for.push(reader.key()?);
        }
        let fields = PersonFields {
            born,
            died,
            professions,
            known_for,
        };
        Ok(PersonRecord {
            fields,
            rated: reader.number()?,
            others: reader.number()?,
            films: reader,
        })
    }

    /// The number of films.
    pub fn credits(&self) -> u64 {
        self.rated.saturating_add(self.others)
    }

    /// The films in their order. Reading stops at the first damaged byte.
    pub fn films(&self) -> impl Iterator<Item = Result<Film, PackedError>> + use<'a> {
        let (mut rated, mut others) = (self.rated, self.others);
        let mut reader = self.films.clone();
        let (mut votes, mut last) = (None, 0);
        std::iter::from_fn(move || {
            if rated == 0 && others == 0 {
                return None;
            }
            let film = if rated > 0 {
                rated -= 1;
                take_rated(&mut reader, &mut votes)
            } else {
                others -= 1;
                let title = reader.key_after(&mut last);
                title.map(|title| Film { title, votes: None })
            };
            if film.is_err() {
                (rated, others) = (0, 0);
            }
            Some(film)
        })
    }

    /// All films.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn all_films(&self) -> Result<Vec<Film>, PackedError> {
        let mut films = Vec::with_capacity(self.films.capacity(self.credits()));
        for film in self.films() {
            films.push(film?);
        }
        Ok(films)
    }
}

fn take_rated(reader: &mut PackedReader<'_>, last: &mut Option<u32>) -> Result<Film, PackedError> {
    let number = reader.small()?;
    let votes = match *last {
        None => number,
        Some(last) => last.checked_sub(number).ok_or(reader.error())?,
    };
    *last = Some(votes);
    let title = reader.key()?;
    let votes = Some(votes);
    Ok(Film { title, votes })
}
