//! The state of the cluster that the threads of a node share, also shown to operators.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use zeroize::Zeroizing;

use super::etcd::EngineStatus;
use super::keys::{Member, NodeId};
use super::pending::PendingChanges;
use crate::config::limits;
use crate::store::{ClusterPosition, LogHash};

/// Why a node does not follow the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// It applies older entries.
    CatchingUp,
    /// The log does not answer.
    NoLog,
    /// An error of this machine, such as a full disk.
    Stopped(String),
    /// An entry of a later version.
    NeedsUpgrade,
    /// The file cannot follow the log any more.
    NeedsSnapshot,
    /// The other nodes have another hash at the same entry.
    Differs,
}

impl NotReady {
    /// The reason without names of files, for clients without a login.
    pub fn reason(&self) -> &'static str {
        match self {
            NotReady::CatchingUp => "this node is behind the cluster and catches up",
            NotReady::NoLog => "the cluster's log does not answer",
            NotReady::Stopped(_) => {
                "this node cannot write to its disk and is behind the cluster, see its log"
            }
            NotReady::NeedsUpgrade => "this node is too old for the cluster, upgrade it",
            NotReady::NeedsSnapshot => "this node needs a snapshot of another node",
            NotReady::Differs => "this node differs from the other nodes",
        }
    }
}

/// The state of the cluster that the threads of a node share.
pub struct ClusterStatus {
    /// This process.
    pub node: NodeId,
    position: Mutex<ClusterPosition>,
    /// The sequence of the last applied entry.
    applied: watch::Sender<u64>,
    head: AtomicU64,
    /// The number of the last probe of the log's end that was answered, and its answer.
    probes: watch::Sender<(u64, u64)>,
    probes_begun: AtomicU64,
    /// Has a permit when a probe is wanted.
    wanted: Notify,
    /// The time of the last answer of the log.
    contact: Mutex<Option<Instant>>,
    problem: Mutex<Option<NotReady>>,
    members: Mutex<Vec<Member>>,
    engine: Mutex<Option<EngineStatus>>,
    /// The last positions of this node.
    recent: Mutex<VecDeque<(u64, LogHash)>>,
    secret: OnceLock<Zeroizing<String>>,
    is_stopping: AtomicBool,
    pub(super) pending: PendingChanges,
    /// The number of changes that wait until the log has those before them.
    waiting: AtomicUsize,
}

impl ClusterStatus {
    pub(super) fn new(position: ClusterPosition, node: NodeId) -> ClusterStatus {
        ClusterStatus {
            node,
            position: Mutex::new(position),
            applied: watch::Sender::new(position.sequence),
            head: AtomicU64::new(position.sequence),
            probes: watch::Sender::new((0, 0)),
            probes_begun: AtomicU64::new(0),
            wanted: Notify::new(),
            contact: Mutex::new(None),
            problem: Mutex::new(Some(NotReady::CatchingUp)),
            members: Mutex::default(),
            engine: Mutex::default(),
            recent: Mutex::new(VecDeque::from([(position.sequence, position.hash)])),
            secret: OnceLock::new(),
            is_stopping: AtomicBool::new(false),
            pending: PendingChanges::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The position of the last entry that this node has applied.
    pub fn position(&self) -> ClusterPosition {
        *locked(&self.position)
    }

    /// The last known entry of the log.
    pub fn head(&self) -> u64 {
        self.head.load(Ordering::Relaxed)
    }

    /// The number of revisions of the log that this node has not applied.
    pub fn lag(&self) -> u64 {
        self.head().saturating_sub(self.position().sequence)
    }

    /// Time since the last answer of the log; `None` before its first answer.
    pub fn since_contact(&self) -> Option<Duration> {
        locked(&self.contact).map(|contact| contact.elapsed())
    }

    /// The nodes that were registered when this node last asked.
    pub fn members(&self) -> Vec<Member> {
        locked(&self.members).clone()
    }

    /// The version of the etcd member that answered last, and whether it has a leader.
    pub fn engine(&self) -> Option<(String, bool)> {
        let engine = locked(&self.engine);
        engine
            .as_ref()
            .map(|engine| (engine.version.clone(), engine.leader != 0))
    }

    /// Whether this node follows the cluster.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn readiness(&self) -> Result<(), NotReady> {
        if let Some(problem) = &*locked(&self.problem) {
            return Err(problem.clone());
        }
        match self.since_contact() {
            Some(since) if since <= limits::CLUSTER_STALE_TIMEOUT => Ok(()),
            _ => Err(NotReady::NoLog),
        }
    }

    /// Waits until an entry was applied here.
    pub async fn wait_for(&self, sequence: u64) {
        let mut applied = self.applied.subscribe();
        // The sender is in this struct.
        let _ = applied.wait_for(|&applied| applied >= sequence).await;
    }

    /// Asks etcd for the end of the log. It has every entry that was acknowledged before.
    pub async fn fresh_head(&self) -> u64 {
        let mut probes = self.probes.subscribe();
        let begun = self.probes_begun.load(Ordering::SeqCst);
        self.wanted.notify_one();
        // A probe that had begun before may have missed the last entry.
        let probe = probes.wait_for(|&(number, _)| number > begun).await;
        probe.map_or(u64::MAX, |probe| probe.1)
    }

    /// Waits until a fresh end of the log is wanted.
    pub(super) async fn probe_wanted(&self) {
        self.wanted.notified().await;
    }

    /// Gives the number of a probe that begins.
    pub(super) fn begin_probe(&self) -> u64 {
        self.probes_begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Notes that a probe has no answer. The clients that wait for it get the next one.
    pub(super) fn fail_probe(&self) {
        self.wanted.notify_one();
    }

    /// Notes the answer to a probe.
    pub(super) fn end_probe(&self, number: u64, head: u64) {
        self.set_head(head);
        self.probes.send_replace((number, head));
    }

    /// The secret of the cluster, once etcd has answered.
    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.get().map(|secret| secret.as_str())
    }

    pub(super) fn set_secret(&self, secret: Zeroizing<String>) {
        // The first secret stays, because a cluster never changes its secret.
        let _ = self.secret.set(secret);
    }

    /// The hash of this node at a recent sequence number.
    pub(super) fn hash_at(&self, sequence: u64) -> Option<LogHash> {
        let recent = locked(&self.recent);
        let mut recent = recent.iter().rev();
        recent.find_map(|(at, hash)| (*at == sequence).then_some(*hash))
    }

    pub(super) fn set_position(&self, position: ClusterPosition) {
        let mut recent = locked(&self.recent);
        recent.push_back((position.sequence, position.hash));
        if recent.len() > limits::MAX_RECENT_POSITIONS {
            recent.pop_front();
        }
        drop(recent);
        *locked(&self.position) = position;
        self.applied.send_replace(position.sequence);
    }

    /// Stores the end of the log, and the time of this answer.
    pub(super) fn set_head(&self, head: u64) {
        self.head.fetch_max(head, Ordering::Relaxed);
        *locked(&self.contact) = Some(Instant::now());
    }

    pub(super) fn set_members(&self, members: Vec<Member>) {
        *locked(&self.members) = members;
    }

    pub(super) fn set_engine(&self, engine: EngineStatus) {
        *locked(&self.engine) = Some(engine);
    }

    /// Stores a problem, and logs it if it is new. `NeedsSnapshot`, `NeedsUpgrade` and `Differs` stay
    /// until a restart.
    pub(super) fn set_problem(&self, new: Option<NotReady>) {
        self.replace_problem(|_| true, new);
    }

    /// As [`set_problem`](ClusterStatus::set_problem), if the problem before is of this kind.
    pub(super) fn replace_problem(&self, is_kind: fn(&NotReady) -> bool, new: Option<NotReady>) {
        let mut problem = locked(&self.problem);
        let stays = |problem: &NotReady| {
            let is_final = matches!(
                problem,
                NotReady::NeedsUpgrade | NotReady::NeedsSnapshot | NotReady::Differs
            );
            is_final || !is_kind(problem)
        };
        if problem.as_ref().is_some_and(stays) || *problem == new {
            return;
        }
        match &new {
            None => tracing::info!("this node follows the cluster"),
            Some(NotReady::CatchingUp) => tracing::info!("catching up with the cluster"),
            Some(NotReady::Stopped(error)) => {
                tracing::error!(%error, "entries of the cluster's log cannot be applied, trying again");
            }
            Some(problem) => tracing::error!("{}", problem.reason()),
        }
        *problem = new;
    }

    /// Whether the node must stop and fetch a snapshot: its file differs from the other nodes, or the
    /// log no longer has the next entry and another node serves snapshots.
    pub fn must_fetch(&self) -> bool {
        match self.problem() {
            Some(NotReady::Differs) => true,
            Some(NotReady::NeedsSnapshot) => {
                let here = self.node.to_string();
                let members = locked(&self.members);
                let mut others = members.iter().filter(|member| member.node != here);
                others.any(|member| !member.snapshots.is_empty())
            }
            _ => false,
        }
    }

    /// The problem, if there is one.
    pub(super) fn problem(&self) -> Option<NotReady> {
        locked(&self.problem).clone()
    }

    /// The number of changes that are not sent to the log yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn set_waiting(&self, changes: usize) {
        self.waiting.store(changes, Ordering::Relaxed);
    }

    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}

/// A panic leaves the state usable, so a poisoned lock is taken anyway.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ClusterId;

    fn status() -> ClusterStatus {
        let position = ClusterPosition {
            cluster: ClusterId([1; 16]),
            sequence: 5,
            number: 2,
            hash: LogHash([2; 32]),
            needs_snapshot: false,
        };
        ClusterStatus::new(position, NodeId(1))
    }

    #[test]
    fn only_the_wanted_kind_of_problem_is_replaced_and_a_final_one_stays() {
        let status = status();
        let stopped = |problem: &NotReady| matches!(problem, NotReady::Stopped(_));
        status.replace_problem(stopped, None);
        assert_eq!(status.problem(), Some(NotReady::CatchingUp));
        status.set_problem(Some(NotReady::Stopped("full".to_owned())));
        status.replace_problem(stopped, Some(NotReady::CatchingUp));
        assert_eq!(status.problem(), Some(NotReady::CatchingUp));
        status.set_problem(None);
        assert_eq!(status.problem(), None);
        status.set_problem(Some(NotReady::NeedsUpgrade));
        status.set_problem(None);
        assert_eq!(status.problem(), Some(NotReady::NeedsUpgrade));
    }

    /// A client that waits for the end of the log gets it from the probe after one that failed.
    #[tokio::test]
    async fn a_failed_probe_is_repeated() {
        let status = status();
        let probes = async {
            status.probe_wanted().await;
            status.begin_probe();
            status.fail_probe();
            status.probe_wanted().await;
            let number = status.begin_probe();
            status.end_probe(number, 9);
        };
        let both = async { tokio::join!(status.fresh_head(), probes) };
        let (head, ()) = tokio::time::timeout(Duration::from_secs(10), both)
            .await
            .unwrap();
        assert_eq!((head, status.head()), (9, 9));
    }
}
