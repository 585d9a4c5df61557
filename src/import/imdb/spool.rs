//! The rows of a file that is not in order, sorted by their ids.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::ids::ImdbKey;
use super::number_sort::{NumberMerge, NumberSorter};
use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::formats::lines::LineError;

/// The number of the line and the length of its text, before each row.
const HEAD_BYTES: usize = 12;

/// Writes rows to a temporary file, and sorts their positions.
pub(super) struct SpoolWriter {
    file: BufWriter<File>,
    offset: u64,
    order: NumberSorter<u128>,
}

impl SpoolWriter {
    /// A spool in a folder.
    ///
    /// # Errors
    /// The temporary file cannot be made.
    pub fn new(folder: &Path) -> io::Result<SpoolWriter> {
        let file = tempfile::tempfile_in(folder)?;
        Ok(SpoolWriter {
            file: BufWriter::with_capacity(limits::LOAD_RUN_BUFFER_BYTES, file),
            offset: 0,
            order: NumberSorter::new(folder),
        })
    }

    /// Takes a row. Rows of the same key keep their order.
    ///
    /// # Errors
    /// A temporary file could not be written.
    pub fn add(&mut self, key: ImdbKey, line: u64, row: &str) -> io::Result<()> {
        self.order
            .push(u128::from(key.order()) << 64 | u128::from(self.offset))?;
        self.file.write_all(&line.to_le_bytes())?;
        self.file.write_all(&(row.len() as u32).to_le_bytes())?;
        self.file.write_all(row.as_bytes())?;
        self.offset += (HEAD_BYTES + row.len()) as u64;
        Ok(())
    }

    /// The rows in order. `is_terminated` says whether the last line of the file ended with a
    /// newline.
    ///
    /// # Errors
    /// A temporary file could not be written.
    pub fn finish(self, is_terminated: bool) -> io::Result<Spool> {
        Ok(Spool {
            file: self.file.into_inner()?,
            order: self.order.finish()?,
            row: Vec::new(),
            is_terminated,
        })
    }
}

/// Rows in the order of their ids.
pub(super) struct Spool {
    file: File,
    order: NumberMerge<u128>,
    row: Vec<u8>,
    pub is_terminated: bool,
}

impl Spool {
    /// Advances to the next row, and returns its line in the original file.
    pub fn advance(&mut self) -> Option<Result<u64, LineError>> {
        self.read()
            .map_err(|error| (0, RecordError::from_io(&error)))
            .transpose()
    }

    /// The row.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.row).unwrap_or_default()
    }

    fn read(&mut self) -> io::Result<Option<u64>> {
        let Some(number) = self.order.next()? else {
            return Ok(None);
        };
        let offset = number as u64;
        let mut head = [0; HEAD_BYTES];
        self.file.read_exact_at(&mut head, offset)?;
        let [line @ .., l0, l1, l2, l3] = head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        self.row.resize(length as usize, 0);
        self.file
            .read_exact_at(&mut self.row, offset + HEAD_BYTES as u64)?;
        Ok(Some(u64::from_le_bytes(line)))
    }
}
