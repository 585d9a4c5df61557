//! Reads movies from files, one row at a time. It holds no SQL: the store takes
//! the movies.
//!
//! A new source format is one file in `formats/` and one line in `detect`.

mod columns;
mod detect;
mod errors;
mod field;
mod file_format;
mod formats;
mod names;
mod options;
mod reader;
mod row;
mod source;
#[cfg(test)]
mod tests;
mod values;

pub use columns::layout::FieldMapping;
pub use errors::{ImportError, RowError, RowErrorKind};
pub use field::Field;
pub use file_format::FileFormat;
pub use formats::delimited::EXPORT_HEADER;
pub use options::ImportOptions;
pub use reader::{MovieReader, open};
pub use source::ReadMeter;
