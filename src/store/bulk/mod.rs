//! Many movies in one transaction, for an import.
//!
//! An import has three threads. The first reads a file and passes its movies to the
//! [`Loader`], packed into batches. The second sorts them by name, if they are not in
//! that order. The third compares them with the rows of the catalogue and writes the
//! differences. In the order of the names, each page of the table is read and written
//! once; in another order it would be read and written many times.
//!
//! | file | does |
//! | --- | --- |
//! | [`loader`] | takes the movies, finds out whether they are in order |
//! | [`packed`] | movies as bytes |
//! | [`sort`] | sorts them, in temporary files when there are many |
//! | [`thread`], [`mod@write`] | the thread that writes |
//! | [`compare`] | compares with the stored movies |
//! | [`merge`] | fills fields that the file does not have |
//! | [`insert`] | many new movies at a time |
//! | [`raw`] | statements without copies |
//! | [`records`], [`record_writer`], [`rows`] | details of movies, series and people |
//! | [`keep`] | fields that stored records keep |
//! | [`ids`] | their ids |
//! | [`details_load`] | details of movies, which are written after the movies of a batch |
//! | [`people_buffer`] | changes of people that wait for further ones |
//! | [`journal`] | the journal that makes it atomic |

mod compare;
mod details_load;
mod ids;
mod insert;
mod journal;
mod keep;
mod loader;
mod merge;
mod packed;
mod people_buffer;
mod raw;
mod record_writer;
mod records;
mod rows;
mod sort;
#[cfg(test)]
mod tests;
mod thread;
mod write;

pub use compare::Counts;
pub use keep::{RecordParts, TakenVotes};
pub use loader::Loader;
pub use record_writer::LoadCounts;
pub use records::RecordLoader;
pub use rows::RowCounts;
