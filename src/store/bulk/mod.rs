//! Many movies in one transaction, for an import.
//!
//! An import has three threads. One reads a file and hands its movies to the
//! [`Loader`], packed into batches without memory of their own; a second sorts
//! them by name, if they are not in that order; the third compares them with
//! those that are there and writes what differs. Names in order go where the
//! tree ends, or along it, and each of its pages is written once; a name
//! somewhere else each time would have every page read and written many times.
//!
//! | file | does |
//! | --- | --- |
//! | [`loader`] | takes the movies, finds out whether they are in order |
//! | [`packed`] | movies as bytes |
//! | [`sort`] | sorts them, in temporary files when there are many |
//! | [`thread`], [`mod@write`] | the thread that writes |
//! | [`compare`] | what is there already |
//! | [`merge`] | fills what the file does not say |
//! | [`insert`] | many new movies at a time |
//! | [`raw`] | statements without copies |
//! | [`ids`] | their ids |
//! | [`journal`] | safe from crashes, and still fast |

mod compare;
mod ids;
mod insert;
mod journal;
mod loader;
mod merge;
mod packed;
mod raw;
mod sort;
#[cfg(test)]
mod tests;
mod thread;
mod write;

pub use compare::Counts;
pub use loader::Loader;
