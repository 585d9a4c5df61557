//! Sorts more numbers than fit into memory, in temporary files.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::config::limits;

/// A number that can be sorted.
pub(super) trait Number: Copy + Ord + Send + 'static {
    type Bytes: AsRef<[u8]>;

    fn to_bytes(self) -> Self::Bytes;
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Number for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn to_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }

            fn from_bytes(bytes: &[u8]) -> $number {
                let mut number = [0; size_of::<$number>()];
                number.copy_from_slice(bytes);
                <$number>::from_le_bytes(number)
            }
        }
    )*};
}

number!(u64, u128);

/// The file of a chunk, and its memory.
type SortedChunk<N> = (File, Vec<N>);

/// Takes numbers in any order. A full chunk is sorted on a thread of its own, while the next one
/// fills, and written to a temporary file without a name.
pub(super) struct NumberSorter<N> {
    folder: PathBuf,
    chunk: Vec<N>,
    numbers_per_chunk: usize,
    /// The chunk that is being sorted; it comes back empty, with its file.
    sorting: Option<JoinHandle<io::Result<SortedChunk<N>>>>,
    runs: Vec<File>,
    most_runs: usize,
}

impl<N: Number> NumberSorter<N> {
    /// A sorter whose temporary files are in a folder.
    pub fn new(folder: &Path) -> NumberSorter<N> {
        NumberSorter {
            folder: folder.to_path_buf(),
            chunk: Vec::new(),
            numbers_per_chunk: limits::IMDB_SORTED_BYTES / size_of::<N>(),
            sorting: None,
            runs: Vec::new(),
            most_runs: limits::LOAD_RUNS,
        }
    }

    /// Takes a number.
    ///
    /// # Errors
    /// A temporary file could not be written.
    pub fn push(&mut self, number: N) -> io::Result<()> {
        self.chunk.push(number);
        if self.chunk.len() >= self.numbers_per_chunk {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let emptied = self.collect()?;
        let mut chunk = std::mem::replace(&mut self.chunk, emptied);
        let folder = self.folder.clone();
        let thread = std::thread::Builder::new().name("sort".to_owned());
        self.sorting = Some(thread.spawn(move || {
            chunk.sort_unstable();
            let run = write_run(&folder, chunk.iter().map(|number| Ok(*number)))?;
            chunk.clear();
            Ok((run, chunk))
        })?);
        Ok(())
    }

    /// Waits for the chunk that is being sorted, and returns its memory.
    fn collect(&mut self) -> io::Result<Vec<N>> {
        let Some(sorting) = self.sorting.take() else {
            return Ok(Vec::new());
        };
        let stopped = |_| io::Error::other("the sorting thread has ended");
        let (run, emptied) = sorting.join().map_err(stopped)??;
        self.runs.push(run);
        if self.runs.len() >= self.most_runs {
            let mut merge = NumberMerge::<N>::new(std::mem::take(&mut self.runs), Vec::new())?;
            let all = std::iter::from_fn(|| merge.next().transpose());
            self.runs.push(write_run(&self.folder, all)?);
        }
        Ok(emptied)
    }

    /// All numbers in order.
    ///
    /// # Errors
    /// A temporary file could not be written or read.
    pub fn finish(mut self) -> io::Result<NumberMerge<N>> {
        self.collect()?;
        self.chunk.sort_unstable();
        NumberMerge::new(self.runs, self.chunk)
    }
}

fn write_run<N: Number>(
    folder: &Path,
    numbers: impl Iterator<Item = io::Result<N>>,
) -> io::Result<File> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut buffer = Vec::with_capacity(limits::LOAD_RUN_BUFFER_BYTES);
    for number in numbers {
        buffer.extend_from_slice(number?.to_bytes().as_ref());
        if buffer.len() + size_of::<N>() > limits::LOAD_RUN_BUFFER_BYTES {
            file.write_all(&buffer)?;
            buffer.clear();
        }
    }
    file.write_all(&buffer)?;
    Ok(file)
}

/// Returns sorted numbers.
pub(super) struct NumberMerge<N> {
    runs: Vec<NumberRun<N>>,
    /// The next number of each run.
    heads: BinaryHeap<Reverse<(N, usize)>>,
}

impl<N: Number> NumberMerge<N> {
    fn new(files: Vec<File>, chunk: Vec<N>) -> io::Result<NumberMerge<N>> {
        let mut runs = Vec::with_capacity(files.len() + 1);
        for mut file in files {
            file.rewind()?;
            runs.push(NumberRun {
                file: Some(file),
                numbers: Vec::new(),
                at: 0,
            });
        }
        runs.push(NumberRun {
            file: None,
            numbers: chunk,
            at: 0,
        });
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (place, run) in runs.iter_mut().enumerate() {
            if let Some(number) = run.next()? {
                heads.push(Reverse((number, place)));
            }
        }
        Ok(NumberMerge { runs, heads })
    }

    /// The next number.
    ///
    /// # Errors
    /// A temporary file could not be read.
    pub fn next(&mut self) -> io::Result<Option<N>> {
        let Some(mut head) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let Reverse((number, place)) = *head;
        match self.runs[place].next()? {
            Some(next) => *head = Reverse((next, place)),
            None => {
                PeekMut::pop(head);
            }
        }
        Ok(Some(number))
    }
}

/// Sorted numbers, in a file or in memory.
struct NumberRun<N> {
    file: Option<File>,
    numbers: Vec<N>,
    at: usize,
}

impl<N: Number> NumberRun<N> {
    fn next(&mut self) -> io::Result<Option<N>> {
        if self.at == self.numbers.len() {
            self.refill()?;
        }
        let number = self.numbers.get(self.at).copied();
        self.at += 1;
        Ok(number)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.numbers.clear();
        self.at = 0;
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        file.take(limits::LOAD_RUN_BUFFER_BYTES as u64)
            .read_to_end(&mut bytes)?;
        let numbers = bytes.chunks_exact(size_of::<N>());
        self.numbers.extend(numbers.map(N::from_bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_whatever_fits_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        for (count, per_chunk, most_runs) in [
            (0, 2, 3),
            (1, 2, 3),
            (7, 100, 3),
            (1_000, 7, 3),
            (1_000, 10, 200),
        ] {
            let mut sorter = NumberSorter::new(folder.path());
            (sorter.numbers_per_chunk, sorter.most_runs) = (per_chunk, most_runs);
            // 7,919 is prime, so these are all numbers below `count` but for the high bits.
            let numbers = (0..count).map(|number: u128| (number * 7_919) % 1_009 + (number << 100));
            let mut expected: Vec<u128> = numbers.clone().collect();
            expected.sort_unstable();
            for number in numbers {
                sorter.push(number).unwrap();
                assert!(sorter.runs.len() < most_runs);
            }
            let mut merge = sorter.finish().unwrap();
            let mut sorted = Vec::new();
            while let Some(number) = merge.next().unwrap() {
                sorted.push(number);
            }
            assert_eq!(sorted, expected);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_does_not_exist_is_an_error() {
        let mut sorter = NumberSorter::<u64>::new(Path::new("/nowhere/at/all"));
        sorter.numbers_per_chunk = 1;
        let failed = (0..3).any(|number| sorter.push(number).is_err());
        assert!(failed);
    }
}
