//! Reads movies from files, one row at a time. The store writes them; there is no SQL here.
//!
//! A new source format is one file in `formats/`, a variant in `file_format`, a rule in
//! `detect`, and a constructor in `reader`.

mod columns;
mod detect;
mod errors;
mod field;
mod file_format;
mod formats;
pub mod imdb;
mod names;
mod options;
mod reader;
mod row;
mod source;
#[cfg(test)]
mod tests;
mod title_types;
mod values;

pub use columns::layout::EXPORT_HEADER;
pub use columns::mapping::FieldMapping;
pub use columns::sample::RuntimeUnit;
pub use columns::spellings::spelling as title_key;
pub use errors::{ImportError, RowError, RowErrorKind};
pub use field::Field;
pub use file_format::{FileFormat, Separator};
pub use formats::rows::{ImportedMovie, RowNotes};
pub use options::ImportOptions;
pub use reader::{DetectedFile, MovieReader, open};
pub use source::ReadMeter;
pub use values::dates::DateOrder;
