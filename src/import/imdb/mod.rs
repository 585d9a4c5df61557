//! All of IMDb's files together, in one streaming merge-join.
//!
//! | step | reads | gives |
//! | --- | --- | --- |
//! | 1 | `name.basics` | the names of people, in memory, for titles with votes |
//! | 2 | `title.basics` with `akas`, `principals`, `crew`, `episode`, all in the order of the ids | every title with its details; pairs of person and title; places of episodes |
//! | 3 | the places, sorted by series | every series with its episodes |
//! | 4 | the pairs, sorted by person, with `name.basics` | every person with all films |
//!
//! A newer set of the files leaves most records as they are. An import finds those by the hashes of
//! their rows, and neither reads these rows one by one nor writes these records.
//!
//! Sorting uses temporary files next to the catalogue. If a file is not in order, it is sorted too,
//! and the import begins again.

mod blocks;
mod error;
mod faults;
mod file;
mod files;
mod ids;
mod key_set;
mod names;
mod number_sort;
mod observer;
mod options;
mod people;
mod records;
mod run;
mod spool;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod title_rows;
mod titles;

pub use blocks::HashChunks;
pub use error::ImdbError;
pub use faults::{Faults, RowIssue};
pub use file::ImdbFile;
pub use files::ImdbFiles;
pub use ids::ImdbKey;
pub use observer::ImdbProgress;
pub use options::{ImdbOptions, ImdbPart};
pub use records::{
    EpisodePlace, HashKind, ImdbCounts, ImdbPerson, ImdbTarget, ImdbTitle, StoredHashes,
    TakenTitles,
};
pub use run::ImdbImport;
pub use target::RecordTarget;
pub use title_rows::{AkaRow, CreditRow, LIST_SEPARATOR};
