//! Reads the log: first the older entries by their revisions, over several connections, and then
//! the new entries over a watch.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::entry;
use super::error::ClusterError;
use super::etcd::{EtcdClient, EtcdEngine, EtcdError, KeyValue};
use super::keys::{LOG, find_cluster};
use super::status::{ClusterStatus, NotReady};
use crate::config::limits;
use crate::store::LogEntry;

/// Time between two attempts to reach the log.
const PAUSE: Duration = Duration::from_millis(100);
/// A node that is more revisions behind the end of the log reads them over several connections.
const NEAR: u64 = 16;
/// Interval in which a node that has read the whole log checks whether it has applied it.
const SHORT_PAUSE: Duration = Duration::from_millis(20);
/// Minimum time between two warnings of an outage.
const WARNING_INTERVAL: Duration = Duration::from_secs(30);

/// The thread that reads the log.
pub(super) struct LogReader {
    engine: Arc<EtcdEngine>,
    client: EtcdClient,
    /// The connections for reading older entries.
    lanes: Vec<EtcdClient>,
    entries: Sender<LogEntry>,
    status: Arc<ClusterStatus>,
    path: PathBuf,
    /// The last entry that was read, and its number.
    last: (u64, u64),
    /// The first revision that was not read.
    next: u64,
}

/// Why reading was interrupted.
enum Interruption {
    Etcd(EtcdError),
    /// The log cannot be read further, or the node stops.
    End,
}

impl From<EtcdError> for Interruption {
    fn from(error: EtcdError) -> Interruption {
        Interruption::Etcd(error)
    }
}

impl LogReader {
    pub fn new(
        engine: &Arc<EtcdEngine>,
        entries: Sender<LogEntry>,
        status: &Arc<ClusterStatus>,
        path: PathBuf,
    ) -> LogReader {
        let position = status.position();
        LogReader {
            client: EtcdClient::new(Arc::clone(engine)),
            engine: Arc::clone(engine),
            lanes: Vec::new(),
            entries,
            status: Arc::clone(status),
            path,
            last: (position.sequence, position.number),
            next: position.sequence + 1,
        }
    }

    /// Reads until the node stops.
    pub async fn run(mut self) {
        let mut is_known = false;
        let mut warned: Option<Instant> = None;
        while !self.status.is_stopping() {
            if !is_known {
                match check_engine(&mut self.client, &self.status, &self.path).await {
                    Ok(head) => {
                        self.status.set_head(head);
                        is_known = true;
                    }
                    Err(ClusterError::Etcd(error)) => {
                        tracing::debug!(%error, "the log does not answer");
                        sleep(PAUSE).await;
                        continue;
                    }
                    Err(error) => {
                        tracing::error!(%error, "this node cannot take part in the cluster");
                        return;
                    }
                }
            }
            let interrupted = match self.follow().await {
                Ok(()) => break,
                Err(Interruption::Etcd(error)) if error.is_compacted() => {
                    self.pass_compaction().await
                }
                Err(interruption) => Err(interruption),
            };
            match interrupted {
                Ok(()) => {}
                Err(Interruption::Etcd(error)) => {
                    if warned.is_none_or(|before| before.elapsed() >= WARNING_INTERVAL) {
                        warned = Some(Instant::now());
                        tracing::warn!(%error, "reading the cluster's log was interrupted");
                    }
                    self.client.take_next_member();
                    sleep(PAUSE).await;
                }
                Err(Interruption::End) => break,
            }
        }
        self.stay_in_contact().await;
    }

    /// Reads to the end of the log, and then the entries that are appended, until the node stops.
    async fn follow(&mut self) -> Result<(), Interruption> {
        loop {
            let head = self.client.head(LOG).await?;
            self.status.set_head(head);
            if head < self.next + NEAR {
                break;
            }
            self.status.set_problem(Some(NotReady::CatchingUp));
            while self.next <= head {
                let last = head.min(self.next + limits::CLUSTER_CATCH_UP_WINDOW - 1);
                for found in self.read_range(last).await? {
                    self.hand_on(found)?;
                }
                self.next = last + 1;
            }
        }
        let mut watch = self.client.watch(LOG, self.next).await?;
        let mut quiet_since = Instant::now();
        while !self.status.is_stopping() {
            let is_applied = self.status.position().sequence >= self.last.0;
            if is_applied && self.status.head() <= self.last.0 {
                let is_kind = |problem: &NotReady| matches!(problem, NotReady::CatchingUp);
                self.status.replace_problem(is_kind, None);
            }
            let is_current = self.status.problem().is_none();
            let tick = if is_current { PAUSE } else { SHORT_PAUSE };
            let found = tokio::select! {
                found = timeout(tick, watch.next()) => found,
                () = self.status.probe_wanted() => {
                    self.probe().await?;
                    continue;
                }
            };
            let found = match found {
                Ok(found) => found?,
                Err(_) if quiet_since.elapsed() < limits::CLUSTER_PROBE_INTERVAL => continue,
                Err(_) if self.probe().await? <= self.last.0 => Vec::new(),
                // The newest entry can still be on its way.
                Err(_) => match timeout(limits::ETCD_APPEND_TIMEOUT, watch.next()).await {
                    Ok(found) => found?,
                    Err(_) => {
                        let reason = "its watch is behind".to_owned();
                        return Err(EtcdError::NoAnswer(reason).into());
                    }
                },
            };
            for found in found {
                let revision = found.mod_revision;
                self.status.set_head(revision);
                self.hand_on(found)?;
                self.next = revision + 1;
            }
            quiet_since = Instant::now();
        }
        Ok(())
    }

    /// Asks for the end of the log, which a watch does not report when its member is stopped or
    /// cut off.
    async fn probe(&mut self) -> Result<u64, EtcdError> {
        let number = self.status.begin_probe();
        match self.client.head(LOG).await {
            Ok(head) => {
                self.status.end_probe(number, head);
                Ok(head)
            }
            Err(error) => {
                self.status.fail_probe();
                Err(error)
            }
        }
    }

    /// Reads the entries from the next revision to this one, over several connections.
    async fn read_range(&mut self, last: u64) -> Result<Vec<KeyValue>, EtcdError> {
        let first = self.next;
        let lanes = limits::CLUSTER_CATCH_UP_CONNECTIONS as u64;
        let mut tasks = JoinSet::new();
        for lane in 0..lanes.min(last + 1 - first) {
            let mut client = match self.lanes.pop() {
                Some(client) => client,
                None => EtcdClient::new(Arc::clone(&self.engine)),
            };
            tasks.spawn(async move {
                let mut found = Vec::new();
                for revision in (first + lane..=last).step_by(lanes as usize) {
                    match client.get_at(LOG, revision).await {
                        Ok(value) => found.extend(value),
                        Err(error) => return (client, Err(error)),
                    }
                }
                (client, Ok(found))
            });
        }
        let mut all = Vec::new();
        let mut failed = None;
        while let Some(read) = tasks.join_next().await {
            let Ok((client, found)) = read else { continue };
            self.lanes.push(client);
            match found {
                Ok(found) => all.extend(found),
                Err(error) => failed = Some(error),
            }
        }
        // At the revision of another key, the key of the log has the entry before.
        all.retain(|found| found.mod_revision >= first);
        all.sort_by_key(|found| found.mod_revision);
        all.dedup_by_key(|found| found.mod_revision);
        failed.map_or(Ok(all), Err)
    }

    /// Sends an entry to the thread that applies it.
    fn hand_on(&mut self, found: KeyValue) -> Result<(), Interruption> {
        let (sequence, number) = (found.mod_revision, found.version);
        if sequence <= self.last.0 {
            return Ok(());
        }
        let entry = entry::decode(found).map_err(|error| {
            tracing::error!(%error, sequence, "the log cannot be followed any more");
            self.status.set_problem(Some(NotReady::NeedsUpgrade));
            Interruption::End
        })?;
        self.last = (sequence, number);
        self.entries.send(entry).map_err(|_| Interruption::End)
    }

    /// Continues after revisions that etcd has removed, if this node has read their entries before.
    async fn pass_compaction(&mut self) -> Result<(), Interruption> {
        let (newest, revision) = self.client.newest(LOG).await?;
        if newest.version > self.last.1 + 1 {
            self.status.set_problem(Some(NotReady::NeedsSnapshot));
            return Err(Interruption::End);
        }
        if newest.version > self.last.1 {
            self.hand_on(newest)?;
        }
        self.next = revision + 1;
        Ok(())
    }

    /// Reads only the end of the log, so that the metrics show how far behind this node is.
    async fn stay_in_contact(&mut self) {
        while !self.status.is_stopping() {
            if let Ok(head) = self.client.head(LOG).await {
                self.status.set_head(head);
            }
            sleep(limits::CLUSTER_PROBE_INTERVAL / 4).await;
        }
    }
}

/// Checks that the engine has the cluster and the log of this file. Gives the end of the log.
///
/// # Errors
/// [`ClusterError::OtherCluster`], [`ClusterError::LogIsOlder`], or etcd's.
pub(super) async fn check_engine(
    client: &mut EtcdClient,
    status: &ClusterStatus,
    path: &std::path::Path,
) -> Result<u64, ClusterError> {
    let expected = find_cluster(client).await?;
    let expected = expected.ok_or(ClusterError::NoCluster)?;
    let position = status.position();
    status.set_secret(expected.secret);
    let expected = expected.id;
    if expected != position.cluster {
        return Err(ClusterError::OtherCluster {
            path: path.to_path_buf(),
            found: position.cluster,
            expected,
        });
    }
    let head = client.head(LOG).await?;
    if head < position.sequence {
        return Err(ClusterError::LogIsOlder {
            path: path.to_path_buf(),
            applied: position.sequence,
            head,
        });
    }
    Ok(head)
}
