//! The loader's end of the thread that writes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rusqlite::Connection;

use super::keep::RecordParts;
use super::packed::Batch;
use super::record_writer::LoadCounts;
use super::write::{Job, Purpose, Shared, Writer};
use crate::config::limits;
use crate::pool;
use crate::store::{ProgressObserver, StoreError};

/// The thread that writes.
pub(super) struct Thread {
    jobs: Option<Sender<Job>>,
    emptied: Receiver<Batch>,
    handle: Option<JoinHandle<Result<LoadCounts, StoreError>>>,
    /// Closed when the thread ends.
    running: Receiver<()>,
    pub shared: Arc<Shared>,
}

impl Thread {
    pub fn start(
        path: &Path,
        connection: Connection,
        purpose: Purpose,
        parts: RecordParts,
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
            parts,
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

    /// Passes the movies of a batch, which are in order, to it, and leaves an empty batch.
    pub fn hand_on(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let empty = self.empty_batch();
        self.send(Job::Load(std::mem::replace(batch, empty)))
    }

    /// A batch without movies, whose memory was used before if there is one.
    pub fn empty_batch(&self) -> Batch {
        self.emptied.try_recv().unwrap_or_default()
    }

    /// Gives it a job.
    pub fn send(&mut self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref();
        if jobs.is_some_and(|jobs| jobs.send(job).is_ok()) {
            return Ok(());
        }
        // It has ended before its time.
        self.ended().and(Err(StoreError::Stopped))
    }

    /// Makes it commit, and waits for its end.
    pub fn commit(
        mut self,
        movies: u64,
        observer: &mut ProgressObserver<'_>,
    ) -> Result<LoadCounts, StoreError> {
        self.send(Job::Commit)?;
        while let Err(RecvTimeoutError::Timeout) = self.running.recv_timeout(limits::LOAD_LOOK) {
            if self.report(movies, observer).is_err() {
                self.shared.stop.store(true, Ordering::Relaxed);
            }
        }
        self.ended()
    }

    /// Reports its progress with these movies.
    pub fn report(
        &self,
        movies: u64,
        observer: &mut ProgressObserver<'_>,
    ) -> Result<(), StoreError> {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let shared = &*self.shared;
        match count(&shared.to_index) {
            0 => observer.report("writing", count(&shared.written), movies),
            all => observer.report("indexing for search", count(&shared.indexed), all),
        }
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> Result<LoadCounts, StoreError> {
        self.jobs = None;
        let ended = self.handle.take().map(JoinHandle::join);
        match ended {
            Some(Ok(counts)) => counts,
            _ => Err(StoreError::Stopped),
        }
    }
}

/// If the loader is dropped before the commit, nothing of the import is kept.
impl Drop for Thread {
    fn drop(&mut self) {
        let _ = self.ended();
    }
}
