//! The values of a row made into a movie.

use super::cell::Cell;
use super::fault::Problem;
use super::field::Field;
use super::names::Namer;
use crate::movie::{Fields, Movie};

/// One value per field, in the order of [`Field::ALL`].
pub(super) type Cells<'a> = [Cell<'a>; Field::ALL.len()];

/// Makes movies from the rows of one file.
pub(super) struct Maker {
    namer: Namer,
    /// Whether a column gives the name.
    keyed: bool,
    /// Whether the file is our own export, whose texts are taken to the letter.
    verbatim: bool,
}

impl Maker {
    pub fn new(prefix: &str, keyed: bool, verbatim: bool) -> Maker {
        Maker {
            namer: Namer::new(prefix),
            keyed,
            verbatim,
        }
    }

    /// The movie of a row.
    ///
    /// # Errors
    /// The first value that its field cannot take.
    pub fn movie(&mut self, cells: Cells<'_>) -> Result<Movie, Problem> {
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
            Problem::of(
                Field::Title,
                "title is missing, a movie cannot be without one",
            )
        })?;
        let original_title = self.text(original, Field::OriginalTitle)?;
        let fields = Fields {
            original_title: original_title.filter(|original| *original != title),
            title,
            released: released.into_released()?,
            runtime_minutes: runtime.into_runtime()?,
            genres: match self.verbatim {
                true => genres.into_genres_verbatim()?,
                false => genres.into_genres()?,
            },
            rating: rating.into_rating()?,
            votes: votes.into_votes()?,
            ..Fields::default()
        };
        self.named(name, fields)
    }

    fn text(&self, cell: Cell<'_>, field: Field) -> Result<Option<String>, Problem> {
        match cell {
            Cell::Text(text) if self.verbatim => Ok(Some(text.into_owned())),
            cell => cell.into_text(field),
        }
    }

    /// Gives the movie its name: the file's own, or one made from its title.
    pub fn named(&mut self, key: Cell<'_>, mut fields: Fields) -> Result<Movie, Problem> {
        if self.keyed {
            fields.name = match key {
                Cell::Text(key) if self.verbatim => self.namer.of_key(&key),
                key => self.namer.of_key(&key.into_key()?),
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
