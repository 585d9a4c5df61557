//! The names of keys, from the tables.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension};

use crate::store::packed_record::{IdPrefix, Key, PackedError, RecordNames};
use crate::store::tables::{movies, other_names, persons};

/// The names of keys in a catalogue.
pub(in crate::store) struct StoredNames<'c>(pub &'c Connection);

/// A damaged record is an error of reading its blob.
impl From<PackedError> for Error {
    fn from(error: PackedError) -> Error {
        Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error))
    }
}

impl RecordNames for StoredNames<'_> {
    type Error = Error;

    fn name(&mut self, prefix: IdPrefix, key: Key) -> Result<String, Error> {
        let name = other_names::name(self.0, prefix, key)?;
        name.ok_or(PackedError(0).into())
    }

    fn full_name(&mut self, person: Key) -> Result<Option<String>, Error> {
        persons::full_name(self.0, person)
    }

    fn title(&mut self, name: &str) -> Result<Option<String>, Error> {
        let mut statement = self.0.prepare_cached(movies::TITLE)?;
        statement.query_row([name], |row| row.get(0)).optional()
    }
}
