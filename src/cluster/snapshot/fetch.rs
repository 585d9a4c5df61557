//! Fetches a snapshot from another node.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, HOST};
use hyper::{Request, Response, StatusCode};
use tokio::time::timeout;

use super::PATH;
use crate::cluster::error::ClusterError;
use crate::cluster::etcd::{EtcdClient, EtcdEngine, EtcdError};
use crate::cluster::keys::{ClusterKey, Member, members};
use crate::config::{EtcdEndpoint, limits};
use crate::store::{SnapshotFile, StoreError};

/// Time between two reports of the progress.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// Replaces the catalogue at `path` by a snapshot of another node. No process may have the
/// catalogue open. The nodes with the most entries are tried first.
///
/// # Errors
/// [`ClusterError::NoSnapshot`] if no node sends a complete snapshot.
pub(in crate::cluster) async fn fetch(
    path: &Path,
    engine: &EtcdEngine,
    client: &mut EtcdClient,
    cluster: &ClusterKey,
) -> Result<(), ClusterError> {
    let began = Instant::now();
    let mut last_error = "no other node serves snapshots (--cluster-listen)".to_owned();
    loop {
        let mut found = members(client).await?;
        found.sort_by_key(|member| std::cmp::Reverse(member.durable));
        for member in found.iter().filter(|member| !member.snapshots.is_empty()) {
            match from_member(path, engine, cluster, member).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    let (node, host) = (&member.node, &member.host);
                    tracing::warn!(%error, node, host, "no snapshot of this node");
                    last_error = error.to_string();
                }
            }
        }
        if began.elapsed() > limits::CLUSTER_START_TIMEOUT {
            return Err(ClusterError::NoSnapshot(path.to_path_buf(), last_error));
        }
        tokio::time::sleep(limits::ETCD_APPEND_TIMEOUT).await;
    }
}

async fn from_member(
    path: &Path,
    engine: &EtcdEngine,
    cluster: &ClusterKey,
    member: &Member,
) -> Result<(), ClusterError> {
    let endpoint = member.snapshots.parse::<EtcdEndpoint>();
    let endpoint = endpoint.map_err(EtcdError::Unreachable)?;
    let mut sender = engine.connect(&endpoint).await?;
    let no_answer = |error: &dyn ToString| EtcdError::NoAnswer(error.to_string());
    let request = request(&endpoint, &cluster.secret);
    // The node makes a copy of its file first.
    let answer = timeout(limits::SNAPSHOT_TIMEOUT, sender.send_request(request)).await;
    let answer = answer.map_err(|_| no_answer(&"no answer in time"))?;
    let answer = answer.map_err(|error| no_answer(&error))?;
    if answer.status() != StatusCode::OK {
        return Err(no_answer(&format_args!("HTTP status {}", answer.status())).into());
    }
    let mut file = SnapshotFile::new(path)?;
    tracing::info!(from = member.snapshots, "fetching a snapshot");
    receive(path, answer, &mut file).await?;
    let position = file.install(cluster.id)?;
    tracing::info!(sequence = position.sequence, "a snapshot was fetched");
    Ok(())
}

/// Writes the whole body to a file.
async fn receive(
    path: &Path,
    answer: Response<Incoming>,
    file: &mut SnapshotFile,
) -> Result<(), ClusterError> {
    let no_answer = |error: &dyn ToString| EtcdError::NoAnswer(error.to_string());
    let length = answer.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let all = length.ok_or_else(|| no_answer(&"a snapshot without a length"))?;
    let mut body = answer.into_body();
    let (mut done, mut reported) = (0, Instant::now());
    while done < all {
        let frame = timeout(limits::CLUSTER_LEASE, body.frame()).await;
        let frame = frame.map_err(|_| no_answer(&"the node stopped sending"))?;
        let frame = frame.ok_or_else(|| no_answer(&"the snapshot has no end"))?;
        let frame = frame.map_err(|error| no_answer(&error))?;
        if let Ok(bytes) = frame.into_data() {
            done += bytes.len() as u64;
            let written = file.file().write_all(&bytes);
            written.map_err(|error| StoreError::writing(path, &error))?;
        }
        if reported.elapsed() > REPORT_INTERVAL {
            reported = Instant::now();
            let [done, all] = [done, all].map(|bytes| bytes >> 20);
            tracing::info!("{done} of {all} MiB of the snapshot were fetched");
        }
    }
    Ok(())
}

fn request(endpoint: &EtcdEndpoint, secret: &str) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    let headers = [
        (HOST, format!("{}:{}", endpoint.host, endpoint.port)),
        (AUTHORIZATION, format!("Bearer {secret}")),
    ];
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            request.headers_mut().insert(name, value);
        }
    }
    if let Ok(uri) = PATH.parse() {
        *request.uri_mut() = uri;
    }
    request
}
