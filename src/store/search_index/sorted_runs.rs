//! External sorting: sorted runs, all but the last in a temporary file, which are then merged.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::search::postings::take_number;

/// Bytes of a run that one read brings in.
const READ_BYTES: usize = 64 * 1024;
/// The longest number in bytes.
const NUMBER_BYTES: usize = 10;

/// Sorted runs of records.
pub(super) struct SortedRuns {
    folder: PathBuf,
    file: Option<File>,
    /// The end of each run in the file.
    ends: Vec<u64>,
    last: Vec<u8>,
}

impl SortedRuns {
    /// No runs yet. `folder` is for the temporary file.
    pub fn new(folder: PathBuf) -> SortedRuns {
        SortedRuns {
            folder,
            file: None,
            ends: Vec::new(),
            last: Vec::new(),
        }
    }

    pub fn add(&mut self, run: Vec<u8>) -> io::Result<()> {
        if !self.last.is_empty() {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(tempfile::tempfile_in(&self.folder)?),
            };
            file.write_all(&self.last)?;
            let end = self.ends.last().unwrap_or(&0) + self.last.len() as u64;
            self.ends.push(end);
        }
        self.last = run;
        Ok(())
    }

    pub fn readers(&self) -> Vec<RunReader<'_>> {
        let mut start = 0;
        let mut readers = Vec::with_capacity(self.ends.len() + 1);
        for &end in &self.ends {
            readers.push(RunReader {
                file: self.file.as_ref(),
                from: start,
                to: end,
                kept: Vec::new(),
                memory: &[],
                at: 0,
            });
            start = end;
        }
        readers.push(RunReader {
            file: None,
            from: 0,
            to: 0,
            kept: Vec::new(),
            memory: &self.last,
            at: 0,
        });
        readers
    }
}

/// Reads one run from its beginning.
pub(super) struct RunReader<'r> {
    file: Option<&'r File>,
    /// The part of the file that is not read yet.
    from: u64,
    to: u64,
    /// Bytes that were read.
    kept: Vec<u8>,
    /// A run that is in memory.
    memory: &'r [u8],
    /// How many bytes were used.
    at: usize,
}

impl RunReader<'_> {
    /// The next number, or `None` at the end of the run.
    pub fn number(&mut self) -> io::Result<Option<u64>> {
        self.need(NUMBER_BYTES)?;
        let mut at = self.at;
        let number = take_number(self.bytes(), &mut at);
        self.at = at;
        Ok(number)
    }

    /// Appends the next bytes to `into`.
    pub fn take(&mut self, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
        self.need(length)?;
        let end = self.at + length;
        let bytes = self.bytes().get(self.at..end);
        into.extend_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        self.at = end;
        Ok(())
    }

    fn bytes(&self) -> &[u8] {
        match self.file {
            Some(_) => &self.kept,
            None => self.memory,
        }
    }

    /// Reads more of the file when fewer than `bytes` are in memory.
    fn need(&mut self, bytes: usize) -> io::Result<()> {
        let Some(file) = self.file else {
            return Ok(());
        };
        if self.kept.len() - self.at >= bytes || self.from == self.to {
            return Ok(());
        }
        self.kept.drain(..self.at);
        self.at = 0;
        let more = (READ_BYTES.max(bytes) as u64).min(self.to - self.from);
        let start = self.kept.len();
        self.kept.resize(start + more as usize, 0);
        file.read_exact_at(&mut self.kept[start..], self.from)?;
        self.from += more;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::postings::push_number;

    #[test]
    fn runs_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = SortedRuns::new(folder.path().to_path_buf());
        for run in 0..3_u64 {
            let mut bytes = Vec::new();
            for number in 0..50_000 {
                push_number(&mut bytes, number * (run + 1));
                bytes.extend(b"text");
            }
            runs.add(bytes).unwrap();
        }
        for (run, mut reader) in (0..3_u64).zip(runs.readers()) {
            for number in 0..50_000 {
                assert_eq!(reader.number().unwrap(), Some(number * (run + 1)));
                let mut text = Vec::new();
                reader.take(4, &mut text).unwrap();
                assert_eq!(text, b"text");
            }
            assert_eq!(reader.number().unwrap(), None);
        }
    }
}
