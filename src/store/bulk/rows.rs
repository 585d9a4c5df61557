//! Packed records on their way into a table with an integer key: details of titles, series, and
//! people. Like the movies, they come in the order of their keys, and only differences are written.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ops::AddAssign;

use rusqlite::Connection;

use super::keep::Keeper;
use super::raw::{Statement, Value};
use crate::config::limits;
use crate::store::packed_record::Key;
use crate::store::search_index::{details_differ_in_index, tells_people_apart};
use crate::store::tables::row_sql::RowSql;
use crate::store::tables::{details, episodes, persons};

/// A table of packed records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowTable {
    Details,
    Series,
    People,
}

impl RowTable {
    fn sql(self) -> &'static RowSql {
        match self {
            RowTable::Details => &details::ROWS,
            RowTable::Series => &episodes::ROWS,
            RowTable::People => &persons::ROWS,
        }
    }
}

/// The result for the rows of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// No row had that key.
    pub added: u64,
    /// It replaced another row.
    pub changed: u64,
    /// The same row was stored.
    pub unchanged: u64,
}

impl AddAssign for RowCounts {
    fn add_assign(&mut self, other: RowCounts) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// Rows in one buffer.
pub(super) struct RowBatch {
    pub table: RowTable,
    keys: Vec<i64>,
    /// The end of the name and the end of the record of each row.
    ends: Vec<(u32, u32)>,
    bytes: Vec<u8>,
}

/// A row of a batch.
#[derive(Clone, Copy)]
struct KeyedRow<'a> {
    key: i64,
    /// Empty when it is unknown.
    name: &'a [u8],
    /// Empty when there should be no row.
    record: &'a [u8],
}

impl RowBatch {
    pub fn new(table: RowTable) -> RowBatch {
        RowBatch {
            table,
            keys: Vec::new(),
            ends: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Adds a row. An empty record adds none.
    pub fn push(&mut self, key: i64, name: &str, record: &[u8]) {
        self.push_bytes(key, name.as_bytes(), record);
    }

    fn push_bytes(&mut self, key: i64, name: &[u8], record: &[u8]) {
        self.bytes.extend_from_slice(name);
        let name_end = self.bytes.len() as u32;
        self.bytes.extend_from_slice(record);
        self.ends.push((name_end, self.bytes.len() as u32));
        self.keys.push(key);
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.ends.clear();
        self.bytes.clear();
    }

    fn row(&self, place: usize) -> KeyedRow<'_> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before].1);
        let (name_end, end) = self.ends[place];
        KeyedRow {
            key: self.keys[place],
            name: &self.bytes[start as usize..name_end as usize],
            record: &self.bytes[name_end as usize..end as usize],
        }
    }
}

/// Compares rows with those of a table, and writes what differs.
pub(super) struct RowWriter<'c> {
    table: RowTable,
    from: Statement<'c>,
    many: Statement<'c>,
    one: Statement<'c>,
    replace: Statement<'c>,
    delete: Statement<'c>,
    /// The places of new rows in the batch.
    add: Vec<u32>,
    /// The new contents of rows that change.
    change: RowBatch,
    /// The key after the last one that was compared.
    next: i64,
    /// The number of noted keys that were compared.
    noted: usize,
    connection: &'c Connection,
    /// People with changed entries in the search index.
    pub people: Vec<Key>,
}

/// Rows of one statement.
const MANY: usize = 100;

impl<'c> RowWriter<'c> {
    /// For the rows that a connection sees.
    pub fn new(connection: &'c Connection, table: RowTable) -> rusqlite::Result<RowWriter<'c>> {
        let sql = table.sql();
        let values = if sql.has_name { "(?,?,?)" } else { "(?,?)" };
        let insert = |rows| format!("{}{}", sql.into, vec![values; rows].join(","));
        let prepare = |sql: &str| Statement::prepare(connection, sql);
        Ok(RowWriter {
            table,
            from: prepare(sql.from_key_on)?,
            many: prepare(&insert(MANY))?,
            one: prepare(&insert(1))?,
            replace: prepare(sql.replace)?,
            delete: prepare(sql.delete)?,
            add: Vec::new(),
            change: RowBatch::new(table),
            next: i64::MIN,
            noted: 0,
            connection,
            people: Vec::new(),
        })
    }

    /// Compares a batch, whose keys ascend. Calls `differs` with the place of each row that is
    /// not there as it is, and whether its entry in the search index of movies may differ.
    pub fn compare(
        &mut self,
        batch: &RowBatch,
        keeper: &mut Keeper,
        mut differs: impl FnMut(usize, bool),
    ) -> rusqlite::Result<RowCounts> {
        self.forget();
        let mut counts = RowCounts::default();
        if batch.len() == 0 {
            return Ok(counts);
        }
        self.look_up(if self.passes_all(keeper) {
            self.next
        } else {
            batch.row(0).key
        })?;
        for place in 0..batch.len() {
            let row = batch.row(place);
            if self.has_links() {
                counts.changed += self.pass(row.key, keeper)?;
            }
            if !self.passes_all(keeper) {
                self.seek(row.key)?;
            }
            if self.from.value(0) == Value::Integer(row.key) {
                match self.change_to(&row, keeper)? {
                    Some(is_indexed) => {
                        counts.changed += 1;
                        differs(place, is_indexed);
                    }
                    None => counts.unchanged += 1,
                }
            } else if !row.record.is_empty() {
                counts.added += 1;
                self.add.push(place as u32);
                differs(place, true);
                if self.table == RowTable::People {
                    self.people.extend(Key::from_value(row.key));
                }
            }
            self.next = row.key + 1;
        }
        // An open statement slows down writing.
        self.from.reset();
        Ok(counts)
    }

    /// Compares the rows after the last batch.
    pub fn compare_rest(&mut self, keeper: &mut Keeper) -> rusqlite::Result<RowCounts> {
        self.forget();
        if self.passes_all(keeper) {
            self.look_up(self.next)?;
        }
        let changed = self.pass(i64::MAX, keeper)?;
        self.from.reset();
        Ok(RowCounts {
            changed,
            ..RowCounts::default()
        })
    }

    /// Forgets the rows to write.
    pub fn forget(&mut self) {
        self.add.clear();
        self.change.clear();
    }

    /// Whether rows have links to titles. Those that the import does not bring lose their links
    /// to titles that it brings.
    fn has_links(&self) -> bool {
        self.table != RowTable::Details
    }

    /// Whether all stored rows with links are compared.
    fn passes_all(&self, keeper: &Keeper) -> bool {
        self.has_links() && keeper.noted(self.table == RowTable::People).is_none()
    }

    fn look_up(&mut self, key: i64) -> rusqlite::Result<()> {
        self.from.reset();
        self.from.bind_integer(1, key)?;
        self.from.step().map(|_| ())
    }

    /// Goes to a key, or the first one after it.
    fn seek(&mut self, key: i64) -> rusqlite::Result<()> {
        for _ in 0..=limits::LOAD_ROWS_PASSED {
            match self.from.value(0) {
                Value::Integer(there) if there < key => self.from.step()?,
                // Without a value there are no more rows.
                _ => return Ok(()),
            };
        }
        self.look_up(key)
    }

    /// Passes rows before a key that the import does not bring. Returns how many of those are
    /// changed.
    fn pass(&mut self, key: i64, keeper: &mut Keeper) -> rusqlite::Result<u64> {
        let mut changed = 0;
        if self.passes_all(keeper) {
            while let Value::Integer(there) = self.from.value(0)
                && there < key
            {
                // The statement may still be at the last row of the import.
                if there >= self.next {
                    changed += u64::from(self.unlink(there, keeper)?);
                }
                self.from.step()?;
            }
            return Ok(changed);
        }
        while let Some(noted) = self.next_noted(keeper)
            && noted <= key
        {
            self.noted += 1;
            if noted < key && noted >= self.next {
                self.look_up(noted)?;
                if self.from.value(0) == Value::Integer(noted) {
                    changed += u64::from(self.unlink(noted, keeper)?);
                }
            }
        }
        Ok(changed)
    }

    fn next_noted(&self, keeper: &Keeper) -> Option<i64> {
        let noted = keeper.noted(self.table == RowTable::People)?;
        noted.get(self.noted).map(|key| key.value())
    }

    /// Plans to remove links from the row of the statement, which the import does not bring.
    /// Returns whether it is changed.
    fn unlink(&mut self, key: i64, keeper: &mut Keeper) -> rusqlite::Result<bool> {
        let Value::Bytes(stored) = self.from.value(1) else {
            return Ok(false);
        };
        let merged = match self.table {
            RowTable::Series => keeper.series(stored, None),
            _ => keeper.person(stored, None),
        };
        if merged.is_err() || keeper.out == stored {
            return Ok(false);
        }
        let name = name_of(&self.from);
        let new = (name, keeper.out.as_slice());
        let people = (self.table == RowTable::People).then_some(&mut self.people);
        note_person(self.connection, people, key, (name, stored), new)?;
        self.change.push_bytes(key, name, &keeper.out);
        Ok(true)
    }

    /// Plans to change the row of the statement, if it is not the same after the import. Returns
    /// whether its entry in the search index of movies may differ; `None` if the row is the same.
    fn change_to(
        &mut self,
        row: &KeyedRow<'_>,
        keeper: &mut Keeper,
    ) -> rusqlite::Result<Option<bool>> {
        let has_name = self.table.sql().has_name;
        let stored_name = name_of(&self.from);
        let stored = match self.from.value(1) {
            Value::Bytes(stored) => stored,
            _ => &[],
        };
        let name = if keeper.keeps_names() {
            stored_name
        } else {
            row.name
        };
        let is_named = !has_name || name == stored_name;
        if is_named && stored == row.record {
            return Ok(None);
        }
        let merged = match self.table {
            RowTable::Details => keeper.title(stored, row.record),
            RowTable::Series => keeper.series(stored, Some(row.record)),
            RowTable::People => keeper.person(stored, Some(row.record)),
        };
        // A damaged row is replaced.
        let record = merged.map_or(row.record, |()| keeper.out.as_slice());
        if is_named && stored == record {
            return Ok(None);
        }
        if self.table == RowTable::Details {
            self.change.push_bytes(row.key, name, record);
            let is_indexed = details_differ_in_index(stored, record);
            keeper.note_title(stored);
            return Ok(Some(is_indexed));
        }
        let people = (self.table == RowTable::People).then_some(&mut self.people);
        let old = (stored_name, stored);
        note_person(self.connection, people, row.key, old, (name, record))?;
        self.change.push_bytes(row.key, name, record);
        Ok(Some(false))
    }

    /// Writes the differences of the last comparison.
    pub fn write(&mut self, batch: &RowBatch) -> rusqlite::Result<()> {
        let has_name = self.table.sql().has_name;
        let (many, rest) = self.add.as_chunks::<MANY>();
        for places in many {
            execute(&mut self.many, batch, places, has_name)?;
        }
        for place in rest.chunks(1) {
            execute(&mut self.one, batch, place, has_name)?;
        }
        for place in 0..self.change.len() {
            let row = self.change.row(place);
            if row.record.is_empty() {
                self.delete.bind_integer(1, row.key)?;
                let stepped = self.delete.step();
                self.delete.reset();
                stepped?;
            } else {
                execute(&mut self.replace, &self.change, &[place as u32], has_name)?;
            }
        }
        Ok(())
    }
}

/// A name, which is empty if it is unknown, and a record.
type PersonBytes<'a> = (&'a [u8], &'a [u8]);

/// Adds a person to the changed entries in the search index. Without `people` the row belongs to
/// another table.
fn note_person(
    connection: &Connection,
    people: Option<&mut Vec<Key>>,
    key: i64,
    old: PersonBytes<'_>,
    new: PersonBytes<'_>,
) -> rusqlite::Result<()> {
    let (Some(people), Some(key)) = (people, Key::from_value(key)) else {
        return Ok(());
    };
    let values = |(name, record)| {
        let name = str::from_utf8(name).unwrap_or_default();
        (Some(name).filter(|name| !name.is_empty()), record)
    };
    if tells_people_apart(connection, key, values(old), values(new))? {
        people.push(key);
    }
    Ok(())
}

/// The name in the row of a statement; empty when there is none.
fn name_of<'r>(row: &'r Statement<'_>) -> &'r [u8] {
    match row.value(2) {
        Value::Bytes(name) => name,
        _ => &[],
    }
}

/// Runs a statement with the values of these rows: key, record, and perhaps name.
fn execute(
    statement: &mut Statement<'_>,
    batch: &RowBatch,
    places: &[u32],
    has_name: bool,
) -> rusqlite::Result<()> {
    let mut parameter: c_int = 0;
    let mut next = || {
        parameter += 1;
        parameter
    };
    for place in places {
        let row = batch.row(*place as usize);
        statement.bind_integer(next(), row.key)?;
        // SAFETY: the batch is borrowed until the end of this function, and the
        // statement is stepped only here, after this.
        unsafe { statement.bind_blob(next(), row.record)? };
        if has_name && row.name.is_empty() {
            statement.bind_null(next())?;
        } else if has_name {
            // SAFETY: as above.
            unsafe { statement.bind_borrowed(next(), row.name)? };
        }
    }
    let stepped = statement.step();
    statement.reset();
    stepped.map(|_| ())
}
