//! Applies the entries of the log to the file of this node, and answers the changes of this
//! node.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::status::{ClusterStatus, NotReady};
use crate::config::limits;
use crate::store::{EntryResults, LogEntry, Replica, StoreError};

/// Time between two attempts to apply an entry, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// Interval in which an idle thread checks the other threads.
const TICK: Duration = Duration::from_millis(250);

/// The thread that applies entries.
pub(super) struct ApplyThread {
    pub replica: Replica,
    pub entries: Receiver<LogEntry>,
    pub status: Arc<ClusterStatus>,
    /// The other threads of the node. They end with this one.
    pub others: Vec<JoinHandle<()>>,
}

impl ApplyThread {
    /// Applies entries until the node stops, or until another of its threads has ended.
    pub fn run(mut self) {
        loop {
            match self.entries.recv_timeout(TICK) {
                Ok(first) => {
                    let mut batch = vec![first];
                    let more = limits::CLUSTER_APPLY_BATCH - 1;
                    batch.extend(self.entries.try_iter().take(more));
                    if self.status.must_fetch() || !self.apply(&batch) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.replica.is_moved();
                    if self.status.must_fetch() || self.others.iter().any(JoinHandle::is_finished) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if self.status.must_fetch()
            && let Err(error) = self.replica.set_needs_snapshot()
        {
            tracing::error!(%error, "the file could not be marked");
        }
        let ApplyThread {
            replica,
            entries,
            status,
            others,
        } = self;
        status.stop();
        drop(entries);
        for thread in others {
            if thread.join().is_err() {
                tracing::error!("a thread of the cluster panicked");
            }
        }
        drop(replica);
    }

    /// Applies entries, and tries again after an error of this machine, so that no entry is left
    /// out. Returns `false` if the node stops before.
    fn apply(&mut self, batch: &[LogEntry]) -> bool {
        let (mut pause, longest) = PAUSES;
        let results = loop {
            match self.replica.apply(batch) {
                Ok(results) => break results,
                Err(error @ StoreError::LogGap(..)) => {
                    tracing::error!(%error, "the log cannot be followed any more");
                    self.status.set_problem(Some(NotReady::NeedsSnapshot));
                }
                Err(error) => {
                    let problem = NotReady::Stopped(error.to_string());
                    self.status.set_problem(Some(problem));
                }
            }
            if self.status.is_stopping() || self.status.must_fetch() {
                return false;
            }
            std::thread::sleep(pause);
            pause = (2 * pause).min(longest);
        };
        self.status.set_position(self.replica.position());
        // The log may have grown a lot meanwhile.
        let was_stopped = |problem: &NotReady| matches!(problem, NotReady::Stopped(_));
        self.status
            .replace_problem(was_stopped, Some(NotReady::CatchingUp));
        self.answer(batch, results);
        true
    }

    /// Answers the changes that this process appended. An entry that was applied before has
    /// no results, and its changes were answered then.
    fn answer(&self, batch: &[LogEntry], results: Vec<EntryResults>) {
        for (entry, results) in batch.iter().zip(results) {
            if entry.producer == self.status.node.0 && !results.is_empty() {
                self.status.pending.answer(entry.counter, results);
            }
        }
    }
}
