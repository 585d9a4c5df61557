//! Fills unknown fields of an imported movie from the movie with the same name in the
//! catalogue.

use rusqlite::Connection;

use super::compare::stored;
use super::packed::{Batch, Packed};
use super::raw::Statement;
use crate::store::tables::movies;

/// Merges batches with the movies of a catalogue.
pub(super) struct Merger<'c> {
    from: Statement<'c>,
    /// The last movie merged. The next one may have the same name, and a dry run
    /// does not write the last one.
    last: Batch,
}

impl<'c> Merger<'c> {
    /// For the movies that a connection sees.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Merger<'c>> {
        Ok(Merger {
            from: Statement::prepare(connection, movies::FROM_NAME_ON)?,
            last: Batch::default(),
        })
    }

    /// The movies of a batch, whose names are in order, with unknown fields filled.
    pub fn merge(&mut self, batch: &Batch) -> rusqlite::Result<Batch> {
        let mut merged = Batch::default();
        for place in 0..batch.len() {
            let movie = batch.movie(place);
            let is_last = !self.last.is_empty() && self.last.name(0) == movie.name;
            if is_last {
                push(&mut merged, filled(movie, &self.last.movie(0)));
            } else {
                let name = str::from_utf8(movie.name).map_err(rusqlite::Error::from)?;
                self.from.reset();
                self.from.bind_text(1, name)?;
                self.from.step()?;
                let known = self.from.is_at_row().then(|| stored(&self.from)).flatten();
                let known = known.filter(|known| known.name == movie.name);
                match known {
                    Some(known) => push(&mut merged, filled(movie, &known)),
                    None => merged.push_record(batch.record(place)),
                }
            }
            self.last.clear();
            self.last.push_record(merged.record(place));
        }
        // An open statement slows down writing.
        self.from.reset();
        Ok(merged)
    }
}

fn push(batch: &mut Batch, movie: Packed<'_>) {
    batch.push_full(&movie.view(), movie.details);
}

/// A movie with the values of another one where it has none.
fn filled<'a>(movie: Packed<'a>, known: &Packed<'a>) -> Packed<'a> {
    let original_title = movie.original_title.or(known.original_title);
    Packed {
        original_title: original_title.filter(|original| *original != movie.title),
        released: more_precise(movie.released, known.released),
        runtime_minutes: movie.runtime_minutes.or(known.runtime_minutes),
        genres: if movie.genres.is_empty() {
            known.genres
        } else {
            movie.genres
        },
        rating: movie.rating.or(known.rating),
        votes: movie.votes.or(known.votes),
        ..movie
    }
}

/// The new date, unless the known one is a day or month of it: `1999` does not contradict
/// `1999-06-12`.
fn more_precise<'a>(new: Option<&'a [u8]>, known: Option<&'a [u8]>) -> Option<&'a [u8]> {
    match (new, known) {
        (Some(new), Some(known)) if known.starts_with(new) => Some(known),
        (new, known) => new.or(known),
    }
}
