//! Appends the changes of this node to the log, in the place of the writer. Waiting changes become
//! one entry. Only one entry at a time is sent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};
use tokio::runtime::Runtime;

use super::entry::EntryBuilder;
use super::etcd::EtcdClient;
use super::keys::LOG;
use super::status::{ClusterStatus, NotReady};
use crate::config::limits;
use crate::store::{QueuedChange, StoreError};

/// Interval in which a waiting sequencer checks the time limits of the other changes.
const TICK: Duration = Duration::from_millis(50);
/// Time between two attempts when every member refuses connections.
const PAUSE: Duration = Duration::from_millis(50);
const NO_LOG: &str = "the cluster's log cannot be reached";

/// The thread that appends entries to the log.
pub(super) struct Sequencer {
    pub client: EtcdClient,
    pub runtime: Runtime,
    pub waiting: WaitingChanges,
    pub status: Arc<ClusterStatus>,
}

/// The changes that are not sent yet.
pub(super) struct WaitingChanges {
    queue: Receiver<QueuedChange>,
    changes: VecDeque<WaitingChange>,
    is_closed: bool,
}

struct WaitingChange {
    change: QueuedChange,
    bytes: Vec<u8>,
    since: Instant,
}

/// The result of appending an entry.
enum Appended {
    Made,
    NotMade(String),
    Unsure,
}

impl Sequencer {
    /// Appends entries until the queue is closed and all changes are answered, or until the node stops.
    pub fn run(mut self) {
        let mut counter = 0;
        while (self.waiting.receive() || !self.status.pending.is_empty())
            && !self.status.is_stopping()
        {
            self.waiting.expire();
            let is_late = |since: Instant| since.elapsed() > limits::CLUSTER_WRITE_TIMEOUT;
            self.status.pending.give_up(is_late);
            if self.waiting.changes.is_empty() {
                if self.waiting.is_closed {
                    std::thread::sleep(TICK);
                }
                continue;
            }
            if let Some(reason) = self.refusal() {
                self.waiting.refuse(&reason);
                continue;
            }
            counter += 1;
            self.append_next(counter);
        }
        self.status.stop();
        // A node that stops by itself does not apply what it has sent.
        self.status.pending.give_up(|_| true);
        self.waiting.refuse("this node stops");
    }

    /// The reason why this node refuses changes, if it does.
    fn refusal(&self) -> Option<String> {
        if self.status.since_contact().is_none() {
            return Some(NO_LOG.to_owned());
        }
        match self.status.problem()? {
            NotReady::CatchingUp if self.status.lag() <= limits::MAX_CLUSTER_WRITE_LAG => None,
            problem => Some(problem.reason().to_owned()),
        }
    }

    fn append_next(&mut self, counter: u64) {
        let Sequencer {
            client,
            runtime,
            waiting,
            status,
        } = self;
        let (entry, since, changes) = waiting.next_entry();
        status.pending.add(counter, since, changes);
        status.set_waiting(waiting.changes.len());
        let value = entry.finish(status.node.0, counter);
        let appended = runtime.block_on(async {
            let append = append(client, status, &value, (counter, since));
            let mut append = std::pin::pin!(append);
            loop {
                tokio::select! {
                    appended = &mut append => return appended,
                    () = tokio::time::sleep(TICK) => {
                        waiting.take_all();
                        waiting.expire();
                        status.set_waiting(waiting.changes.len());
                    }
                }
            }
        });
        let error: &dyn Fn() -> StoreError = match &appended {
            Appended::Made => return,
            Appended::NotMade(reason) => &|| StoreError::NotMade(reason.clone()),
            Appended::Unsure => &|| StoreError::Unsure,
        };
        for change in status.pending.take(counter) {
            change.answer(Err(error()));
        }
    }
}

/// Sends an entry until it is acknowledged, or until the time limit of its oldest change. Every
/// attempt has the same counter, so the entry is applied once even if it arrives twice.
async fn append(
    client: &mut EtcdClient,
    status: &ClusterStatus,
    value: &[u8],
    (counter, since): (u64, Instant),
) -> Appended {
    let mut may_be_made = false;
    for attempt in 0_u32.. {
        let left = limits::CLUSTER_WRITE_TIMEOUT.saturating_sub(since.elapsed());
        if left.is_zero() {
            break;
        }
        // An answer was lost, and the entry has come back through the log.
        if may_be_made && !status.pending.contains(counter) {
            return Appended::Made;
        }
        let limit = if attempt < limits::ETCD_SHORT_ATTEMPTS {
            limits::ETCD_APPEND_TIMEOUT
        } else {
            3 * limits::ETCD_APPEND_TIMEOUT
        };
        match client.put(LOG, value, 0, limit.min(left)).await {
            Ok(sequence) => {
                status.set_head(sequence);
                return Appended::Made;
            }
            Err(error) if error.is_final() && !may_be_made => {
                return Appended::NotMade(error.to_string());
            }
            Err(error) => {
                tracing::debug!(%error, attempt, "an entry was not acknowledged");
                may_be_made |= !error.had_no_effect();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    if may_be_made {
        Appended::Unsure
    } else {
        Appended::NotMade(NO_LOG.to_owned())
    }
}

impl WaitingChanges {
    /// The changes of a queue.
    pub fn new(queue: Receiver<QueuedChange>) -> WaitingChanges {
        WaitingChanges {
            queue,
            changes: VecDeque::new(),
            is_closed: false,
        }
    }

    /// Waits for a change if there is none. Returns `false` after the last change.
    fn receive(&mut self) -> bool {
        if self.changes.is_empty() && !self.is_closed {
            match self.queue.recv_timeout(TICK) {
                Ok(change) => self.push(change),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.is_closed = true,
            }
        }
        self.take_all();
        !self.changes.is_empty() || !self.is_closed
    }

    /// Takes all changes from the queue.
    fn take_all(&mut self) {
        while self.changes.len() < limits::WRITE_QUEUE {
            match self.queue.try_recv() {
                Ok(change) => self.push(change),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.is_closed = true;
                    return;
                }
            }
        }
    }

    fn push(&mut self, change: QueuedChange) {
        let bytes = change.request.encode();
        if bytes.len() > limits::MAX_CLUSTER_CHANGE_BYTES {
            return change.answer(Err(StoreError::TooLargeForLog(bytes.len())));
        }
        self.changes.push_back(WaitingChange {
            change,
            bytes,
            since: Instant::now(),
        });
    }

    /// Refuses the changes that waited for too long.
    fn expire(&mut self) {
        let is_late =
            |change: &mut WaitingChange| change.since.elapsed() > limits::CLUSTER_WRITE_TIMEOUT;
        while let Some(late) = self.changes.pop_front_if(is_late) {
            let error = StoreError::NotMade(NO_LOG.to_owned());
            late.change.answer(Err(error));
        }
    }

    fn refuse(&mut self, reason: &str) {
        for waiting in self.changes.drain(..) {
            let error = StoreError::NotMade(reason.to_owned());
            waiting.change.answer(Err(error));
        }
    }

    /// Takes the changes for one entry. Also returns the time since which the oldest one waits.
    fn next_entry(&mut self) -> (EntryBuilder, Instant, Vec<QueuedChange>) {
        let mut entry = EntryBuilder::default();
        let mut changes = Vec::new();
        let since = self
            .changes
            .front()
            .map_or_else(Instant::now, |one| one.since);
        let belongs = |entry: &EntryBuilder, next: &WaitingChange| entry.has_room(&next.bytes);
        while let Some(next) = self.changes.pop_front_if(|next| belongs(&entry, next)) {
            entry.push(next.bytes);
            changes.push(next.change);
        }
        (entry, since, changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::pending::PendingChanges;
    use crate::store::{self, Actor, Change, ChangeRequest, ClusterId, Receipt, Replica, Writer};

    /// The queue of a node, and its writer. The folder has its file.
    fn queue() -> (tempfile::TempDir, Writer, WaitingChanges) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sae.db");
        store::create(&path).unwrap();
        store::join_cluster(&path, ClusterId([7; 16])).unwrap();
        let (writer, queue, _) = Replica::open(&path).unwrap();
        (folder, writer, WaitingChanges::new(queue))
    }

    fn delete(writer: &Writer, names: Vec<String>) -> Receipt {
        let request = ChangeRequest {
            time: 1,
            actor: Actor::Operator,
            source: "test".to_owned(),
            change: Change::DeleteMovies { names },
        };
        writer.submit(request).unwrap()
    }

    #[test]
    fn a_change_that_no_entry_can_have_is_refused_with_its_size() {
        let (_folder, writer, mut waiting) = queue();
        let most = limits::MAX_CLUSTER_CHANGE_BYTES;
        let large = delete(&writer, vec!["n".repeat(most)]);
        let small = delete(&writer, vec!["n".repeat(most - 100)]);
        assert!(waiting.receive());
        let error = large.wait().unwrap_err();
        assert!(matches!(error, StoreError::TooLargeForLog(bytes) if bytes > most));
        let text = error.to_string();
        assert!(text.ends_with("in a cluster it may have 1048576"), "{text}");
        let (_, _, changes) = waiting.next_entry();
        assert_eq!(changes.len(), 1);
        drop((changes, small));
    }

    #[test]
    fn changes_without_a_result_are_unsure() {
        let (_folder, writer, mut waiting) = queue();
        let pending = PendingChanges::default();
        let receipts: Vec<Receipt> = (0..3)
            .map(|n| delete(&writer, vec![format!("n{n}")]))
            .collect();
        waiting.receive();
        let (_, since, changes) = waiting.next_entry();
        pending.add(1, since, changes);
        pending.give_up(|_| false);
        assert!(pending.contains(1));
        pending.give_up(|_| true);
        assert!(pending.is_empty());
        for receipt in receipts {
            assert!(matches!(receipt.wait(), Err(StoreError::Unsure)));
        }
    }
}
