//! Builds movies from the values of rows.

use super::errors::RecordError;
use super::field::Field;
use super::names::NameGenerator;
use super::values::cell::Cell;
use crate::movie::{Fields, Movie};

/// One value per field, in the order of [`Field::ALL`].
pub(super) type Cells<'a> = [Cell<'a>; Field::ALL.len()];

/// The id of a row of an export. A row without a number gets a new id, like the
/// rows of other files.
pub(super) fn exported_id(text: &str) -> u64 {
    let id: i64 = text.parse().unwrap_or(0);
    u64::try_from(id).unwrap_or(0)
}

/// Builds movies from the rows of one file.
pub(super) struct RowBuilder {
    namer: NameGenerator,
    /// Whether a column gives the name.
    keyed: bool,
    /// Whether the file is an export, whose texts are taken unchanged.
    verbatim: bool,
}

impl RowBuilder {
    pub fn new(prefix: &str, keyed: bool, verbatim: bool) -> RowBuilder {
        RowBuilder {
            namer: NameGenerator::new(prefix),
            keyed,
            verbatim,
        }
    }

    /// Whether the file is an export.
    pub fn is_verbatim(&self) -> bool {
        self.verbatim
    }

    /// The movie of a row. The id is that of an export, 0 elsewhere.
    ///
    /// # Errors
    /// The first value that its field does not accept.
    pub fn movie(&mut self, id: u64, cells: Cells<'_>) -> Result<Movie, RecordError> {
        let [
            name,
            title,
            original,
            released,
            runtime,
            genres,
            rating,
            votes,
        ] = cells;
        let title = self.text(title, Field::Title)?.ok_or_else(|| {
            RecordError::with_field(
                Field::Title,
                "title is missing, a movie cannot be without one",
            )
        })?;
        let original_title = self.text(original, Field::OriginalTitle)?;
        let is_needed = |original: &String| self.verbatim || *original != title;
        let fields = Fields {
            id,
            original_title: original_title.filter(is_needed),
            title,
            released: released.into_released()?,
            runtime_minutes: runtime.into_runtime()?,
            genres: match self.verbatim {
                true => genres.into_genres_verbatim()?,
                false => genres.into_genres()?,
            },
            rating: rating.into_rating()?,
            votes: votes.into_votes()?,
            name: String::new(),
        };
        self.named(name, fields)
    }

    fn text(&self, cell: Cell<'_>, field: Field) -> Result<Option<String>, RecordError> {
        match cell {
            Cell::Text(text) if self.verbatim => Ok(Some(text.into_owned())),
            cell => cell.into_text(field),
        }
    }

    /// Gives the movie its name: the file's own, or one made from its title.
    pub fn named(&mut self, key: Cell<'_>, mut fields: Fields) -> Result<Movie, RecordError> {
        if self.keyed {
            fields.name = match key {
                Cell::Text(key) if self.verbatim => self.namer.prefixed(&key),
                key => self.namer.prefixed(&key.into_key()?),
            };
            return Ok(Movie::new(fields)?);
        }
        let year = fields.released.map(|released| released.year());
        let (name, taken) = self.namer.propose(&fields.title, year)?.into_parts();
        fields.name = name;
        let movie = Movie::new(fields)?;
        self.namer.take(taken);
        Ok(movie)
    }
}
