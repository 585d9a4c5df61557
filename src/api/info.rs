//! Properties of the server: version, counters, sizes and limits.

use super::answer::Answer;
use super::error::{ApiError, unavailable};
use super::identity::Identity;
use super::info_section::InfoSection;
use super::session::Session;
use super::state::ServerState;
use crate::cluster::ClusterStatus;
use crate::metrics::Recorder;
use crate::monitoring::{MetricsSnapshot, info as shown_metrics};
use crate::store::Reader;

/// The sections of a logged-in caller; none before a login, or for a key that may only search.
pub(super) fn info(
    session: &Session,
    state: &ServerState,
    reader: &mut Reader,
    recorder: &Recorder,
) -> Result<Answer, ApiError> {
    if session.identity().is_none_or(Identity::is_search_only) {
        return Ok(Answer::Info(Vec::new()));
    }
    // The counters then include this command and the earlier ones of this connection.
    let timer = recorder.start(recorder.end_with_pending());
    let sizes = reader.sizes().map_err(unavailable);
    let sections = sizes.map(|sizes| sections(&MetricsSnapshot::new(state, Some(sizes))));
    recorder.finish(timer);
    sections.map(Answer::Info)
}

fn sections(snapshot: &MetricsSnapshot<'_>) -> Vec<InfoSection> {
    let metrics = shown_metrics(snapshot);
    let of_metrics = |name: &'static str| {
        let shown = metrics.iter().filter(|(section, ..)| *section == name);
        InfoSection {
            name,
            properties: shown
                .map(|(_, key, value)| ((*key).to_owned(), value.to_string()))
                .collect(),
        }
    };
    let mut sections = vec![
        server(snapshot.state),
        of_metrics("Clients"),
        of_metrics("Stats"),
        of_metrics("Catalogue"),
    ];
    sections.extend(snapshot.state.cluster.as_deref().map(cluster));
    sections.push(InfoSection {
        name: "Limits",
        properties: snapshot.state.bounds.clone(),
    });
    sections
}

/// The state of the cluster on this node.
fn cluster(status: &ClusterStatus) -> InfoSection {
    let position = status.position();
    let state = match status.readiness() {
        Ok(()) => "ready",
        Err(problem) => problem.reason(),
    };
    let (version, has_leader) = status.engine().unwrap_or_default();
    let stale = status.since_contact().map_or(-1, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    });
    let properties = [
        ("cluster_id", position.cluster.to_string()),
        ("cluster_node", status.node.to_string()),
        ("cluster_state", state.to_owned()),
        ("cluster_sequence", position.sequence.to_string()),
        ("cluster_head", status.head().to_string()),
        ("cluster_lag", status.lag().to_string()),
        ("cluster_seconds_since_contact", stale.to_string()),
        ("cluster_nodes", status.members().len().to_string()),
        ("cluster_hash", position.hash.to_string()),
        ("cluster_etcd_version", version),
        ("cluster_etcd_has_leader", u8::from(has_leader).to_string()),
    ];
    InfoSection {
        name: "Cluster",
        properties: properties
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
    }
}

fn server(state: &ServerState) -> InfoSection {
    let uptime = state.started.elapsed().as_secs();
    let property = |name: &str, value: String| (name.to_owned(), value);
    InfoSection {
        name: "Server",
        properties: vec![
            property("catalogue_version", env!("CARGO_PKG_VERSION").to_owned()),
            property("process_id", std::process::id().to_string()),
            property("uptime_in_seconds", uptime.to_string()),
        ],
    }
}
