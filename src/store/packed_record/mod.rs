//! Packed records: the fields of a title, a person or a series in one blob.
//!
//! Pure functions: equal input gives equal bytes, on every machine. A number is a varint
//! (LEB128), a text is its length and its bytes, a frequent word is its index in a constant list
//! of [`words`], and a person or a title is the number in its id. Bytes that other programs
//! damaged give a [`PackedError`].
//!
//! | file | does |
//! | --- | --- |
//! | [`key`] | names as numbers |
//! | [`words`] | the lists of frequent words |
//! | [`bytes`] | numbers, texts and words |
//! | [`title`], [`fields`], [`packed_title`] | a title: sections, each a field beyond the plain ones |
//! | [`akas`], [`credits`] | its other titles, its people |
//! | [`person`], [`series`] | a person with the films, a series with the episodes |

mod akas;
mod bytes;
mod credits;
mod fields;
mod fuzzing;
mod key;
mod packed_title;
mod person;
mod series;
#[cfg(test)]
mod tests;
mod text;
mod title;
mod words;

pub(crate) use akas::AkaParts;
pub(in crate::store) use bytes::PackedError;
pub(crate) use credits::{CreditList, CreditParts};
pub(in crate::store) use fields::RecordNames;
pub use fuzzing::read_packed_records;
pub use key::IdPrefix;
pub(crate) use key::Key;
pub(in crate::store) use packed_title::{PackedTitle, merge_titles};
pub(crate) use person::{Film, PersonParts, pack_person};
pub(in crate::store) use person::{PersonFields, PersonRecord};
pub(crate) use series::{EpisodeLink, pack_series};
pub(in crate::store) use series::{seasons, unpack_series};
pub(crate) use text::TitleText;
pub(crate) use title::TitlePacker;
