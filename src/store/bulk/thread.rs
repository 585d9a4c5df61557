//! The loader's end of the thread that writes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rusqlite::Connection;

use super::compare::Counts;
use super::packed::Batch;
use super::write::{Job, Purpose, Shared, Writer};
use crate::config::limits;
use crate::pool;
use crate::store::StoreError;

/// What an import does once its file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Comparing movies, and writing what differs.
    Writing,
    /// Bringing the search index up to date.
    Indexing,
}

/// How far an import is once its file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it does.
    pub stage: Stage,
    /// Movies for which that is done.
    pub done: u64,
    /// All movies for which it is to be done.
    pub all: u64,
}

/// What is told of the progress every now and then. `false` gives the import up.
pub type Watch<'w> = dyn FnMut(Progress) -> bool + 'w;

/// The thread that writes.
pub(super) struct Thread {
    jobs: Option<Sender<Job>>,
    emptied: Receiver<Batch>,
    handle: Option<JoinHandle<Result<Counts, StoreError>>>,
    /// Closed when the thread ends.
    running: Receiver<()>,
    pub shared: Arc<Shared>,
}

impl Thread {
    /// Starts it.
    pub fn start(
        path: &Path,
        connection: Connection,
        purpose: Purpose,
    ) -> Result<Thread, StoreError> {
        let (jobs, waiting) = bounded(limits::LOAD_BATCHES);
        let (empty, emptied) = bounded(limits::LOAD_BATCHES);
        let (ends, running) = bounded(0);
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            path: path.to_path_buf(),
            connection,
            jobs: waiting,
            emptied: empty,
            purpose,
        };
        let handle = pool::spawn("load", {
            let shared = Arc::clone(&shared);
            move || {
                let _closed_at_the_end: Sender<()> = ends;
                writer.run(&shared)
            }
        })?;
        Ok(Thread {
            jobs: Some(jobs),
            emptied,
            handle: Some(handle),
            running,
            shared,
        })
    }

    /// Gives it the movies of a batch, which are in order, and puts an empty one there.
    pub fn hand_on(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let empty = self.emptied.try_recv().unwrap_or_default();
        self.send(Job::Load(std::mem::replace(batch, empty)))
    }

    fn send(&mut self, job: Job) -> Result<(), StoreError> {
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        match sent {
            Some(Ok(())) => Ok(()),
            // It has ended before its time.
            _ => self.ended().and(Err(StoreError::Stopped)),
        }
    }

    /// Has it commit, and waits for its end.
    pub fn commit(mut self, movies: u64, watch: &mut Watch<'_>) -> Result<Counts, StoreError> {
        self.send(Job::Commit)?;
        while let Err(RecvTimeoutError::Timeout) = self.running.recv_timeout(limits::LOAD_LOOK) {
            if !watch(self.progress(movies)) {
                self.shared.stop.store(true, Ordering::Relaxed);
            }
        }
        self.ended()
    }

    /// How far it is with so many movies.
    pub fn progress(&self, movies: u64) -> Progress {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let shared = &*self.shared;
        match count(&shared.to_index) {
            0 => Progress {
                stage: Stage::Writing,
                done: count(&shared.written),
                all: movies,
            },
            all => Progress {
                stage: Stage::Indexing,
                done: count(&shared.indexed),
                all,
            },
        }
    }

    /// Waits for its end.
    fn ended(&mut self) -> Result<Counts, StoreError> {
        self.jobs = None;
        let ended = self.handle.take().map(JoinHandle::join);
        match ended {
            Some(Ok(counts)) => counts,
            _ => Err(StoreError::Stopped),
        }
    }
}

/// When the loader is gone, nothing of the import is left.
impl Drop for Thread {
    fn drop(&mut self) {
        let _ = self.ended();
    }
}
