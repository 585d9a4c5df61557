//! Sorts more movies than fit into memory by their names.
//!
//! A full chunk is sorted on a thread of its own, while the next one fills, and written to a
//! temporary file as a run. At the end the runs are merged. Movies of the same name keep their
//! order. Memory holds two chunks and a buffer for each run. When the limit of runs is
//! reached, they are merged into one.

use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::packed::{self, Batch, LENGTH_BYTES};
use crate::config::limits;

/// A temporary file of movies in order.
type Run = File;

/// Runs by how often they were merged, the newest in the first list. Every run
/// of a list is older than those of the list before it.
struct Runs {
    folder: PathBuf,
    levels: Vec<Vec<Run>>,
    most: usize,
}

/// Sorts chunks, and keeps them in temporary files in a folder.
pub(super) struct Sorter {
    chunks: Option<Sender<Batch>>,
    empty: Receiver<Batch>,
    thread: Option<JoinHandle<io::Result<Runs>>>,
}

impl Sorter {
    /// Starts the thread. The files have no names, so they vanish with the process.
    pub fn start(folder: &Path, most_runs: usize) -> io::Result<Sorter> {
        let mut runs = Runs {
            folder: folder.to_path_buf(),
            levels: Vec::new(),
            most: most_runs,
        };
        // No queue: one chunk is filled while the other one is sorted.
        let (chunks, waiting) = bounded::<Batch>(0);
        let (emptied, empty) = bounded(1);
        let thread = std::thread::Builder::new()
            .name("sort".to_owned())
            .spawn(move || {
                for mut chunk in waiting {
                    runs.add(&chunk)?;
                    chunk.clear();
                    // The queue may have the other chunk already.
                    let _ = emptied.try_send(chunk);
                }
                Ok(runs)
            })?;
        Ok(Sorter {
            chunks: Some(chunks),
            empty,
            thread: Some(thread),
        })
    }

    /// Takes a chunk, and returns an empty one.
    ///
    /// # Errors
    /// A temporary file could not be written.
    pub fn take(&mut self, chunk: Batch) -> io::Result<Batch> {
        let sent = self.chunks.as_ref().map(|chunks| chunks.send(chunk));
        match sent {
            Some(Ok(())) => Ok(self.empty.try_recv().unwrap_or_default()),
            // The thread has ended, with an error.
            _ => match self.runs() {
                Err(error) => Err(error),
                Ok(_) => Err(io::Error::other("the sorting thread has ended")),
            },
        }
    }

    /// Reads all movies in order.
    ///
    /// # Errors
    /// A temporary file could not be written or read.
    pub fn finish(mut self) -> io::Result<Merge> {
        let runs = self.runs()?;
        Merge::new(runs.oldest_first())
    }

    fn runs(&mut self) -> io::Result<Runs> {
        self.chunks = None;
        let ended = self.thread.take().map(JoinHandle::join);
        match ended {
            Some(Ok(runs)) => runs,
            _ => Err(io::Error::other("the sorting thread has ended")),
        }
    }
}

impl Runs {
    /// Adds a run of the movies of a chunk.
    fn add(&mut self, chunk: &Batch) -> io::Result<()> {
        let mut run = BufWriter::with_capacity(
            limits::LOAD_RUN_BUFFER_BYTES,
            tempfile::tempfile_in(&self.folder)?,
        );
        for place in in_order(chunk) {
            run.write_all(chunk.record(place as usize))?;
        }
        self.push(0, run.into_inner()?)
    }

    /// Adds a run to a list. A list that is full becomes a run of the next one.
    fn push(&mut self, level: usize, run: Run) -> io::Result<()> {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(run);
        if self.levels[level].len() < self.most {
            return Ok(());
        }
        let mut merge = Merge::new(std::mem::take(&mut self.levels[level]))?;
        let mut merged = BufWriter::with_capacity(
            limits::LOAD_RUN_BUFFER_BYTES,
            tempfile::tempfile_in(&self.folder)?,
        );
        while let Some(record) = merge.next()? {
            merged.write_all(record)?;
        }
        self.push(level + 1, merged.into_inner()?)
    }

    fn oldest_first(self) -> Vec<Run> {
        self.levels.into_iter().rev().flatten().collect()
    }
}

/// The indexes of a chunk's movies in the order of their names. Movies of the same name keep
/// their order.
pub(super) fn in_order(chunk: &Batch) -> Vec<u32> {
    if chunk.is_empty() {
        return Vec::new();
    }
    // Names of one file often begin alike (`tt00`). The eight bytes after that decide nearly
    // every comparison, without reading the movies.
    let first = chunk.name(0);
    let names = || (0..chunk.len()).map(|place| chunk.name(place));
    let common = names().fold(first.len(), |common, name| {
        let alike = |(one, other): &(&u8, &u8)| one == other;
        name.iter().zip(&first[..common]).take_while(alike).count()
    });
    let mut keys: Vec<(u64, u32)> = names()
        .map(|name| leading(&name[common..]))
        .zip(0..)
        .collect();
    keys.sort_unstable_by(|(one, first), (other, second)| {
        one.cmp(other)
            .then_with(|| {
                chunk
                    .name(*first as usize)
                    .cmp(chunk.name(*second as usize))
            })
            .then(first.cmp(second))
    });
    keys.into_iter().map(|(_, place)| place).collect()
}

/// The first eight bytes, as a number that is ordered like them.
fn leading(bytes: &[u8]) -> u64 {
    let mut leading = [0; 8];
    let length = bytes.len().min(leading.len());
    leading[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(leading)
}

/// Merges several runs.
pub(super) struct Merge {
    /// The oldest first.
    runs: Vec<Reader>,
    /// The runs that have a movie left, the smallest name on top.
    heads: BinaryHeap<Head>,
    /// The run of the last movie.
    given: bool,
}

/// The next movie of a run.
#[derive(PartialEq, Eq)]
struct Head {
    name: Vec<u8>,
    run: usize,
}

/// Reversed, because the heap returns the greatest.
impl Ord for Head {
    fn cmp(&self, other: &Head) -> std::cmp::Ordering {
        (&other.name, other.run).cmp(&(&self.name, self.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Merge {
    /// For the same name, the earlier run comes first.
    fn new(runs: Vec<Run>) -> io::Result<Merge> {
        let mut merge = Merge {
            runs: Vec::with_capacity(runs.len()),
            heads: BinaryHeap::with_capacity(runs.len()),
            given: false,
        };
        for (place, run) in runs.into_iter().enumerate() {
            let mut reader = Reader::new(run)?;
            if reader.advance()? {
                let name = packed::name(&reader.record).to_vec();
                merge.heads.push(Head { name, run: place });
            }
            merge.runs.push(reader);
        }
        Ok(merge)
    }

    /// The bytes of the next movie, as of [`Batch::record`].
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if std::mem::take(&mut self.given)
            && let Some(mut head) = self.heads.peek_mut()
        {
            let reader = &mut self.runs[head.run];
            if reader.advance()? {
                head.name.clear();
                head.name.extend_from_slice(packed::name(&reader.record));
            } else {
                PeekMut::pop(head);
            }
        }
        self.given = true;
        let first = self.heads.peek();
        Ok(first.map(|head| self.runs[head.run].record.as_slice()))
    }
}

/// Reads a run from its beginning.
struct Reader {
    run: BufReader<Run>,
    record: Vec<u8>,
}

impl Reader {
    fn new(mut run: Run) -> io::Result<Reader> {
        run.rewind()?;
        Ok(Reader {
            run: BufReader::with_capacity(limits::LOAD_RUN_BUFFER_BYTES, run),
            record: Vec::new(),
        })
    }

    /// Reads the next movie, if there is one.
    fn advance(&mut self) -> io::Result<bool> {
        let mut start = [0; LENGTH_BYTES];
        match self.run.read_exact(&mut start) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
        self.record.resize(packed::length(start), 0);
        self.record[..LENGTH_BYTES].copy_from_slice(&start);
        self.run.read_exact(&mut self.record[LENGTH_BYTES..])?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::movie::{Fields, Movie};

    /// A movie whose votes are the position of its row.
    fn movie(name: &str, number: u32) -> Movie {
        Movie::new(Fields {
            name: name.to_owned(),
            title: "t".to_owned(),
            votes: Some(number),
            ..Fields::default()
        })
        .unwrap()
    }

    /// The result of sorting chunks of this number of movies.
    fn sorted(names: &[String], per_chunk: usize, most_runs: usize) -> Vec<(Vec<u8>, u32)> {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::start(folder.path(), most_runs).unwrap();
        for (chunk, names) in names.chunks(per_chunk).enumerate() {
            let mut batch = Batch::default();
            for (place, name) in names.iter().enumerate() {
                batch.push(&movie(name, (chunk * per_chunk + place) as u32).view());
            }
            let empty = sorter.take(batch).unwrap();
            assert!(empty.is_empty());
        }
        let mut merge = sorter.finish().unwrap();
        let mut all = Vec::new();
        let mut batch = Batch::default();
        while let Some(record) = merge.next().unwrap() {
            batch.clear();
            batch.push_record(record);
            let movie = batch.movie(0);
            all.push((movie.name.to_vec(), movie.votes.unwrap()));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn movies_are_sorted_and_equal_names_keep_their_order(
            names in prop::collection::vec("tt[0-9a-c]{0,2}|[a-zé]{1,12}", 0..120),
            per_chunk in 1_usize..20,
            most_runs in 2_usize..5,
        ) {
            let mut expected: Vec<(Vec<u8>, u32)> =
                names.iter().map(|name| name.clone().into_bytes()).zip(0..).collect();
            expected.sort();
            prop_assert_eq!(sorted(&names, per_chunk, most_runs), expected);
        }
    }

    #[test]
    fn no_more_runs_than_the_bound_are_open() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs {
            folder: folder.path().to_path_buf(),
            levels: Vec::new(),
            most: 3,
        };
        let mut batch = Batch::default();
        batch.push(&movie("a", 1).view());
        for _ in 0..100 {
            runs.add(&batch).unwrap();
            assert!(runs.levels.iter().all(|level| level.len() < 3));
        }
        let mut merge = Merge::new(runs.oldest_first()).unwrap();
        let mut count = 0;
        while merge.next().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, 100);
    }

    #[test]
    fn a_missing_folder_is_an_error_at_the_next_chunk() {
        let mut sorter = Sorter::start(Path::new("/nowhere/at/all"), 8).unwrap();
        let mut failed = false;
        for number in 0..3 {
            let mut batch = Batch::default();
            batch.push(&movie("a", number).view());
            failed |= sorter.take(batch).is_err();
        }
        assert!(failed);
    }
}
