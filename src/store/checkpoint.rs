//! Checkpoints: copies the WAL into the file, outside of the writer's commits.
//!
//! SQLite itself does this in the commit that makes the WAL longer than 1,000 pages, and the caller
//! of that commit waits for it. Here a thread with a connection of its own does it. Under
//! continuous changes a checkpoint never reaches the end of the WAL, which therefore never
//! restarts. So when the WAL has grown to its limit, the writer waits once for the rest, which is
//! small.
//!
//! Both checkpoints are passive: they change neither the header of the `-shm` file nor the
//! version of the database, so that cached rows stay valid.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;

use super::{StoreError, open};
use crate::config::limits;
use crate::pool;

/// The checkpoint thread, and the state of the writer about it.
pub(super) struct Checkpointer {
    path: PathBuf,
    copying: Arc<Mutex<Connection>>,
    /// `None` only while it is dropped.
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    alive: Weak<()>,
    /// The length of the WAL in pages when the thread was last woken.
    woken_at: u32,
    /// The length of the WAL when the writer last waited, at most `woken_at`.
    waited_at: u32,
}

impl Checkpointer {
    /// Starts the thread, and turns off the checkpoints in `writer`'s commits.
    ///
    /// # Errors
    /// An error of SQLite, or a thread that was refused.
    pub fn start(path: &Path, writer: &Connection) -> Result<Checkpointer, StoreError> {
        let page_bytes: i64 = writer
            .pragma_query_value(None, "page_size", |row| row.get(0))
            .map_err(|error| StoreError::sqlite(path, error))?;
        let set = || -> rusqlite::Result<()> {
            writer.pragma_update(None, "wal_autocheckpoint", 0)?;
            // After a long read transaction the WAL is truncated again.
            let most = page_bytes * i64::from(limits::MAX_WAL_PAGES);
            writer.pragma_update(None, "journal_size_limit", most)
        };
        set().map_err(|error| StoreError::sqlite(path, error))?;
        let copying = Arc::new(Mutex::new(open::for_changes(path)?));
        let (wake, woken) = crossbeam_channel::bounded(1);
        let life = Arc::new(());
        let alive = Arc::downgrade(&life);
        let thread = pool::spawn("checkpoint", {
            let (path, copying) = (path.to_path_buf(), Arc::clone(&copying));
            move || {
                run(&path, &copying, &woken);
                drop(life);
            }
        })?;
        Ok(Checkpointer {
            path: path.to_path_buf(),
            copying,
            wake: Some(wake),
            thread: Some(thread),
            alive,
            woken_at: 0,
            waited_at: 0,
        })
    }

    /// Becomes dangling when the thread ends.
    pub fn alive(&self) -> Weak<()> {
        Weak::clone(&self.alive)
    }

    /// Is called after a commit, with the length of the WAL in pages.
    pub fn after_commit(&mut self, pages: u32) {
        // The WAL was restarted.
        if pages < self.woken_at {
            (self.woken_at, self.waited_at) = (0, 0);
        }
        // While a reader prevents the WAL from restarting, the writer waits only from time to time.
        if pages - self.waited_at >= limits::MAX_WAL_PAGES {
            (self.woken_at, self.waited_at) = (pages, pages);
            copy(&self.path, &self.copying);
        } else if pages - self.woken_at >= limits::CHECKPOINT_PAGES {
            self.woken_at = pages;
            // A full channel means that it is awake already.
            let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
        }
    }
}

/// The connection is closed before the writer's, which removes the WAL.
impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(path: &Path, copying: &Mutex<Connection>, woken: &Receiver<()>) {
    while let Ok(()) = woken.recv() {
        copy(path, copying);
    }
}

/// Copies the pages that no reader needs in their old state. The rest stays in the WAL, which is as
/// safe, until the next checkpoint.
fn copy(path: &Path, copying: &Mutex<Connection>) {
    let connection = copying.lock().unwrap_or_else(PoisonError::into_inner);
    let copied = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |_| Ok(())));
    if let Err(error) = copied {
        let error = StoreError::sqlite(path, error);
        tracing::warn!(%error, "the log could not be copied into the file");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tempfile::TempDir;

    use super::*;
    use crate::movie::{Fields, Movie};
    use crate::store::{self, Change, ChangeRequest, ReadTransaction, Reader, Receipt, Writer};

    /// The bytes of a page in the WAL: the page and its header.
    const PAGE_BYTES: u64 = 4_096 + 24;
    const MAX_LOG_BYTES: u64 = limits::MAX_WAL_PAGES as u64 * PAGE_BYTES;
    /// More than one commit of [`limits::WRITE_BATCH`] of the rows below adds.
    const SLACK_BYTES: u64 = 8 * 1024 * 1024;

    struct Catalogue {
        folder: TempDir,
        writer: Writer,
        next: usize,
    }

    impl Catalogue {
        fn new() -> Catalogue {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sae.db");
            store::create(&path).unwrap();
            let (writer, _) = Writer::open(&path).unwrap();
            Catalogue {
                folder,
                writer,
                next: 1,
            }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("sae.db")
        }

        fn bytes_of(&self, file: &str) -> u64 {
            std::fs::metadata(self.folder.path().join(file)).map_or(0, |file| file.len())
        }

        /// Adds this number of movies of two or more pages each, in batches of the maximum size.
        fn add(&mut self, movies: usize) {
            for first in (0..movies).step_by(limits::WRITE_BATCH) {
                let several = limits::WRITE_BATCH.min(movies - first);
                let numbers = self.next..self.next + several;
                let receipts: Vec<_> = numbers.map(|number| self.put(number)).collect();
                self.next += several;
                receipts.into_iter().for_each(|receipt| {
                    receipt.wait().unwrap();
                });
            }
        }

        fn put(&self, number: usize) -> Receipt {
            let movie = Movie::new(Fields {
                name: format!("{number:09}"),
                title: "x".repeat(limits::MAX_TITLE_BYTES),
                original_title: Some("y".repeat(limits::MAX_TITLE_BYTES)),
                ..Fields::default()
            });
            let change = Change::PutMovie(Box::new(movie.unwrap().into()));
            self.writer
                .submit(ChangeRequest::from_operator(change))
                .unwrap()
        }
    }

    fn wait_for(what: &str, mut ask: impl FnMut() -> bool) {
        let began = Instant::now();
        while !ask() {
            assert!(began.elapsed() < Duration::from_secs(30), "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Both limits of the WAL are reached: at the lower one it is copied, and at the higher one it
    /// restarts. Only a long read transaction makes it longer, and after that it is truncated.
    #[test]
    fn the_wal_is_copied_and_stays_within_its_limit() {
        let mut catalogue = Catalogue::new();
        let before = catalogue.bytes_of("sae.db");
        catalogue.add(limits::CHECKPOINT_PAGES as usize * 2);
        wait_for("the copy of the WAL", || {
            catalogue.bytes_of("sae.db") > before + 1_000_000
        });
        while catalogue.bytes_of("sae.db") < MAX_LOG_BYTES * 3 / 2 {
            catalogue.add(2_048);
            assert!(catalogue.bytes_of("sae.db-wal") < MAX_LOG_BYTES + SLACK_BYTES);
        }
        let mut reader = Reader::open(&catalogue.path()).unwrap();
        let mut view = ReadTransaction::new(&mut reader);
        let seen = view.count().unwrap();
        while catalogue.bytes_of("sae.db-wal") < MAX_LOG_BYTES + 2 * SLACK_BYTES {
            catalogue.add(2_048);
        }
        assert_eq!(view.count().unwrap(), seen);
        drop(view);
        wait_for("the log was not cut off", || {
            catalogue.add(limits::WRITE_BATCH);
            catalogue.bytes_of("sae.db-wal") <= MAX_LOG_BYTES
        });
    }

    /// A checkpoint must not empty the row caches.
    #[test]
    fn copying_makes_no_reader_forget() {
        let mut catalogue = Catalogue::new();
        let path = catalogue.path();
        let mut reader = Reader::with_cache(&path, &catalogue.writer, 1024 * 1024).unwrap();
        let mut look = || {
            let mut batch = ReadTransaction::new(&mut reader);
            assert!(batch.postcard("1").unwrap().is_some());
            batch.take_reads()
        };
        assert_eq!((look(), look()), (1, 0));
        let before = catalogue.bytes_of("sae.db");
        while catalogue.bytes_of("sae.db") < before + 3_000_000 {
            catalogue.add(100);
            assert_eq!(look(), 0);
        }
    }
}
