//! Adds many movies with one statement.
#![allow(unsafe_code)]

use std::ffi::c_int;

use rusqlite::Connection;

use super::packed::{Batch, Packed};
use super::raw::Statement;

/// Parameters of one movie, in the order of [`INTO`].
const COLUMNS: usize = 9;
/// Movies of one statement; more of them gain nothing.
const MANY: usize = 100;

/// Any failure ends the import. With `OR ROLLBACK`, SQLite keeps no copy of
/// the pages before the statement: that would take 5 % of its time.
const INTO: &str = "INSERT OR ROLLBACK INTO movie (name, id, title, original_title, released, \
     runtime_minutes, genres, rating, votes) VALUES ";
const VALUES: &str = "(?,?,?,?,?,?,?,?,?)";

/// Adds movies with new names.
pub(super) struct Inserter<'c> {
    many: Rows<'c>,
    one: Rows<'c>,
}

impl<'c> Inserter<'c> {
    /// Prepares the statements.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Inserter<'c>> {
        Ok(Inserter {
            many: Rows::prepare(connection, MANY)?,
            one: Rows::prepare(connection, 1)?,
        })
    }

    /// Adds movies of a batch, each with an id from `give`.
    ///
    /// # Errors
    /// An error of SQLite, for example for a name that exists already.
    pub fn insert(
        &mut self,
        batch: &Batch,
        places: &[u32],
        mut give: impl FnMut(&Packed<'_>) -> u64,
    ) -> rusqlite::Result<()> {
        let (many, rest) = places.as_chunks::<MANY>();
        many.iter()
            .try_for_each(|places| self.many.insert(batch, places, &mut give))?;
        rest.chunks(1)
            .try_for_each(|place| self.one.insert(batch, place, &mut give))
    }
}

/// A statement for a fixed number of movies.
struct Rows<'c> {
    statement: Statement<'c>,
    /// One bit for each column of each movie: whether it is bound to null. Those need not be
    /// bound again, which saves a tenth of the time.
    nulls: Vec<u16>,
}

impl<'c> Rows<'c> {
    fn prepare(connection: &'c Connection, movies: usize) -> rusqlite::Result<Rows<'c>> {
        let sql = format!("{INTO}{}", vec![VALUES; movies].join(","));
        Ok(Rows {
            statement: Statement::prepare(connection, &sql)?,
            // A new statement has null bound to every parameter.
            nulls: vec![u16::MAX; movies],
        })
    }

    /// Adds exactly as many movies as the statement has parameters for.
    fn insert(
        &mut self,
        batch: &Batch,
        places: &[u32],
        give: &mut impl FnMut(&Packed<'_>) -> u64,
    ) -> rusqlite::Result<()> {
        assert_eq!(places.len(), self.nulls.len());
        for ((row, nulls), place) in self.nulls.iter_mut().enumerate().zip(places) {
            let movie = batch.movie(*place as usize);
            let mut binding = Binding {
                statement: &mut self.statement,
                before: (row * COLUMNS) as c_int,
                nulls,
            };
            // SAFETY: the batch is borrowed until the end of this function, and
            // the statement is stepped only below.
            unsafe { binding.bind(&movie, give(&movie))? };
        }
        let stepped = self.statement.step();
        self.statement.reset();
        stepped.map(|_| ())
    }
}

/// The parameters of one movie.
struct Binding<'s, 'c> {
    statement: &'s mut Statement<'c>,
    /// The number of parameters before them.
    before: c_int,
    nulls: &'s mut u16,
}

impl Binding<'_, '_> {
    /// Binds a movie, in the order of [`INTO`].
    ///
    /// # Safety
    /// Its texts have to be valid whenever the statement is stepped, until another movie is
    /// bound.
    unsafe fn bind(&mut self, movie: &Packed<'_>, id: u64) -> rusqlite::Result<()> {
        let texts = [
            (1, Some(movie.name)),
            (3, Some(movie.title)),
            (4, movie.original_title),
            (5, movie.released),
            (7, Some(movie.genres)),
        ];
        for (column, text) in texts {
            match text {
                Some(text) => {
                    let parameter = self.is_there(column);
                    // SAFETY: as promised.
                    unsafe { self.statement.bind_borrowed(parameter, text)? };
                }
                None => self.null(column)?,
            }
        }
        let numbers = [
            (2, Some(id.cast_signed())),
            (6, movie.runtime_minutes.map(i64::from)),
            (9, movie.votes.map(i64::from)),
        ];
        for (column, number) in numbers {
            match number {
                Some(number) => {
                    let parameter = self.is_there(column);
                    self.statement.bind_integer(parameter, number)?;
                }
                None => self.null(column)?,
            }
        }
        match movie.rating {
            Some(rating) => {
                let parameter = self.is_there(8);
                self.statement.bind_real(parameter, rating)
            }
            None => self.null(8),
        }
    }

    /// The parameter of a column, which is about to be bound to a value.
    fn is_there(&mut self, column: c_int) -> c_int {
        *self.nulls &= !(1 << column);
        self.before + column
    }

    fn null(&mut self, column: c_int) -> rusqlite::Result<()> {
        if *self.nulls & (1 << column) == 0 {
            *self.nulls |= 1 << column;
            self.statement.bind_null(self.before + column)?;
        }
        Ok(())
    }
}
