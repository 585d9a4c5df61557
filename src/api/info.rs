//! Properties of the server: version, counters, sizes and limits.

use super::answer::Answer;
use super::error::{ApiError, unavailable};
use super::identity::Identity;
use super::info_section::InfoSection;
use super::session::Session;
use super::state::ServerState;
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
    vec![
        server(snapshot.state),
        of_metrics("Clients"),
        of_metrics("Stats"),
        of_metrics("Catalogue"),
        InfoSection {
            name: "Limits",
            properties: snapshot.state.bounds.clone(),
        },
    ]
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
