//! Compares and writes details of movies, series and people, and counts them.

use crossbeam_channel::Sender;
use rusqlite::Connection;

use super::compare::Counts;
use super::keep::{Keeper, RecordParts};
use super::rows::{RowBatch, RowCounts, RowTable, RowWriter};
use crate::store::packed_record::Key;
use crate::store::tables::imdb_hashes::{self, SourceHashes};

/// The result for everything that an import gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadCounts {
    /// Movies, changed also where only their details did.
    pub titles: Counts,
    /// Series.
    pub series: RowCounts,
    /// People.
    pub people: RowCounts,
}

impl LoadCounts {
    fn add(&mut self, table: RowTable, counts: RowCounts) {
        match table {
            // They are counted with their movies.
            RowTable::Details => {}
            RowTable::Series => self.series += counts,
            RowTable::People => self.people += counts,
        }
    }
}

/// The tables of packed records.
pub(super) struct RecordWriter<'c> {
    details: RowWriter<'c>,
    series: RowWriter<'c>,
    people: RowWriter<'c>,
    pub keeper: Keeper,
}

impl<'c> RecordWriter<'c> {
    pub fn new(
        connection: &'c Connection,
        parts: RecordParts,
    ) -> rusqlite::Result<RecordWriter<'c>> {
        Ok(RecordWriter {
            details: RowWriter::new(connection, RowTable::Details)?,
            series: RowWriter::new(connection, RowTable::Series)?,
            people: RowWriter::new(connection, RowTable::People)?,
            keeper: Keeper::new(parts),
        })
    }

    /// Answers with the hashes of the last import, if it had this signature. Returns whether there
    /// are some: then only changed titles are brought.
    pub fn source_hashes(
        &mut self,
        connection: &Connection,
        signature: Option<u64>,
        reply: &Sender<[SourceHashes; 2]>,
    ) -> rusqlite::Result<bool> {
        let hashes = match signature {
            Some(signature) => imdb_hashes::read(connection, signature.cast_signed())?,
            None => Default::default(),
        };
        let are_there = hashes.iter().any(|rows| !rows.is_empty());
        if are_there {
            self.keeper.note_changes();
        }
        // The loader may have been dropped.
        let _ = reply.send(hashes);
        Ok(are_there)
    }

    /// The same, and replaces the hashes of another signature.
    pub fn begin_hashes(
        &mut self,
        connection: &Connection,
        signature: Option<u64>,
        reply: &Sender<[SourceHashes; 2]>,
    ) -> rusqlite::Result<()> {
        if self.source_hashes(connection, signature, reply)? {
            return Ok(());
        }
        imdb_hashes::begin(connection, signature)
    }

    fn of_table(&mut self, table: RowTable) -> (&mut RowWriter<'c>, &mut Keeper) {
        let writer = match table {
            RowTable::Details => &mut self.details,
            RowTable::Series => &mut self.series,
            RowTable::People => &mut self.people,
        };
        (writer, &mut self.keeper)
    }

    /// Compares rows, and counts them.
    pub fn compare(
        &mut self,
        rows: &RowBatch,
        differs: impl FnMut(usize, bool),
        counts: &mut LoadCounts,
    ) -> rusqlite::Result<()> {
        let (writer, keeper) = self.of_table(rows.table);
        let compared = writer.compare(rows, keeper, differs)?;
        counts.add(rows.table, compared);
        Ok(())
    }

    /// Compares the series or people after the last ones, if titles may have changed for them.
    pub fn compare_rest(
        &mut self,
        table: RowTable,
        counts: &mut LoadCounts,
    ) -> rusqlite::Result<()> {
        let (writer, keeper) = self.of_table(table);
        let is_kept = table == RowTable::Series && !keeper.brings_episodes();
        if counts.titles.changed == 0 || is_kept || !keeper.has_titles() {
            writer.forget();
            return Ok(());
        }
        counts.add(table, writer.compare_rest(keeper)?);
        Ok(())
    }

    /// The people with changed entries in the search index that the comparisons found since the
    /// last call.
    pub fn changed_people(&mut self) -> impl Iterator<Item = Key> {
        self.people.people.drain(..)
    }

    /// Writes the differences of the last comparison.
    pub fn write(&mut self, rows: &RowBatch) -> rusqlite::Result<()> {
        self.of_table(rows.table).0.write(rows)
    }
}
