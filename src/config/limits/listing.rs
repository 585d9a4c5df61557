//! Every bound of the server as `INFO limits` shows it, from one list. A test
//! sees to it that none of `limits.rs` is forgotten.

use std::fmt::Display;
use std::time::Duration;

use crate::config::{Config, limits};

/// Names and values.
pub type LimitList = Vec<(String, String)>;

/// A bound as text.
trait Shown: Sync {
    /// What its unit adds to its name.
    const UNIT: &'static str = "";

    fn text(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Shown for $number {
            fn text(&self) -> String {
                self.to_string()
            }
        })*
    };
}

numbers!(u8, i32, u32, i64, u64, usize, f64);

impl Shown for Duration {
    const UNIT: &'static str = "_seconds";

    fn text(&self) -> String {
        self.as_secs().to_string()
    }
}

/// Name and value of one that nobody can configure.
fn fixed<T: Shown>(name: &str, bound: T) -> (String, String) {
    (name.to_ascii_lowercase() + T::UNIT, bound.text())
}

macro_rules! fixed {
    ($($name:ident)*) => {
        [$(fixed(stringify!($name), limits::$name)),*]
    };
}

/// The bounds of a server: first those of its configuration, by the names of
/// the flags, and then those of the program.
pub fn list(config: &Config) -> LimitList {
    let mut bounds = configured(config).to_vec();
    bounds.extend(fixed!(
        MAX_FRAME_BYTES MAX_FRAME_BYTES_BEFORE_LOGIN MAX_INLINE_BYTES MAX_ARGUMENTS
        MAX_ARGUMENTS_BEFORE_LOGIN MAX_LENGTH_LINE_BYTES MAX_NAMES_PER_COMMAND MAX_LOGIN_ATTEMPTS
        DEFAULT_LIST_ROWS MAX_LIST_ROWS DEFAULT_FIND_ROWS MAX_FIND_ROWS
        MAX_QUERY_BYTES MAX_QUERY_WORDS MAX_SEARCH_STEPS MAX_LIST_STEPS OUTPUT_BATCH_BYTES MAX_STEPS_PER_TURN MAX_STEPS_PER_TURN_BEFORE_LOGIN LOOK_AHEAD
        MAX_NAME_BYTES MAX_TITLE_BYTES MAX_GENRES MAX_GENRE_BYTES MAX_RUNTIME_MINUTES MAX_RATING
        MAX_USER_BYTES MAX_PASSWORD_BYTES MAX_CLIENT_NAME_BYTES
        MAX_HASH_MEMORY_KIB MAX_HASH_PASSES HASH_THREADS HASH_QUEUE
        LOGIN_CACHE_TTL MAX_CACHED_LOGINS
        ADDRESS_FREE_FAILURES ACCOUNT_FREE_FAILURES MAX_ADDRESS_DELAY MAX_ACCOUNT_DELAY
        FAILURE_DECAY FAILURE_SLOTS KNOWN_ADDRESS_ACCOUNTS KNOWN_ADDRESSES_PER_ACCOUNT KNOWN_ADDRESS_TTL
        ACCEPT_BACKLOG MAX_REFUSALS LOG_QUEUE LOG_DRAIN_TIMEOUT QUERY_THREADS QUERY_QUEUE POOL_IDLE WRITE_QUEUE WRITE_BATCH
        MAX_METRICS_CONNECTIONS MAX_METRICS_REQUEST_BYTES METRICS_TIMEOUT METRICS_DATABASE_TIMEOUT
        TLS_OUTPUT_BYTES MAX_PEM_BYTES MMAP_BYTES MAX_INVALIDATIONS MAX_WAL_PAGES BUSY_TIMEOUT LINGER MAX_LINGER_BYTES DRAIN_TIMEOUT
    ));
    bounds
}

fn configured(config: &Config) -> [(String, String); 10] {
    let seconds = |time: Duration| time.as_secs();
    let bound = |name: &str, value: &dyn Display| (name.to_owned(), value.to_string());
    let (room, cost, timeouts) = (&config.connection_limits, config.hash_cost, config.timeouts);
    [
        bound("workers", &config.workers),
        bound("max_connections", &room.connections),
        bound("max_unauthenticated", &room.unauthenticated),
        bound("max_connections_per_address", &room.per_address),
        bound("hash_memory_kib", &cost.memory_kib()),
        bound("hash_passes", &cost.passes()),
        bound("cache_mib", &config.cache_mib),
        bound("login_grace_seconds", &seconds(timeouts.login)),
        bound("idle_seconds", &seconds(timeouts.idle)),
        bound("write_timeout_seconds", &seconds(timeouts.write)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Constants that are the defaults of what is configured.
    const DEFAULTS: &[&str] = &[
        "DEFAULT_MAX_CONNECTIONS",
        "DEFAULT_MAX_UNAUTHENTICATED",
        "DEFAULT_MAX_CONNECTIONS_PER_ADDRESS",
        "DEFAULT_HASH_MEMORY_KIB",
        "DEFAULT_HASH_PASSES",
        "DEFAULT_CACHE_MIB",
        "LOGIN_GRACE",
        "IDLE_TIMEOUT",
        "WRITE_TIMEOUT",
    ];

    /// Constants that bound something else than a running server: flags, files
    /// that are imported, and the bundled client.
    const INTERNAL: &[&str] = &[
        "MAX_WORKERS",
        "MAX_CONFIGURABLE_CONNECTIONS",
        "MAX_CACHE_MIB",
        "MAX_TIMEOUT_SECONDS",
        "RESERVED_FILES",
        "FILES_PER_WORKER",
        "METRICS_FILES",
        "USUAL_ROW_BYTES",
        "MAX_REPLY_DEPTH",
        "MAX_REPLY_BYTES",
        "CONNECT_TIMEOUT",
        "ANSWER_TIMEOUT",
        "CERTIFICATE_DAYS",
        "MAX_CERTIFICATE_NAMES",
        "MAX_NAMES_REFRESHED",
        "MIN_FRESH_TO_TIDY",
        "MIN_MOVIES_TO_REPORT",
        "CACHED_STATEMENTS",
        "WRITER_CACHE_KIB",
        "CHECKPOINT_PAGES",
        "MAX_IMPORT_RECORD_BYTES",
        "MAX_REPORTED_FAULTS",
        "IMPORT_HEAD_BYTES",
        "IMPORT_SAMPLE_RECORDS",
        "IMPORT_SAMPLE_BYTES",
        "IMPORT_BLOCK_BYTES",
        "IMPORT_BLOCKS",
        "LOAD_BATCH_BYTES",
        "LOAD_BATCHES",
        "LOAD_CHUNK_BYTES",
        "LOAD_RUNS",
        "LOAD_RUN_BUFFER_BYTES",
        "LOAD_CACHE_KIB",
        "LOAD_ROWS_PASSED",
        "LOAD_LOOK",
        "LOAD_WAL_TIMEOUT",
        "FEW_MOVIES",
        "MAX_KEPT_ID",
        "MAX_KEPT_ID_BLOCKS",
        "MAX_IMPORT_PREFIX_BYTES",
        "MAX_MADE_NAMES",
        "MAX_IMPORT_RATINGS",
        "MAX_LISTED_COLUMNS",
        "MAX_TYPED_QUERY_BYTES",
        "MAX_HISTORY_ENTRIES",
        "MAX_CONFIG_FILE_BYTES",
        "MAX_CHECK_FAULTS",
    ];

    /// The names of the constants of `limits.rs`, from its text.
    fn names() -> impl Iterator<Item = &'static str> {
        let lines = include_str!("mod.rs").lines();
        lines.filter_map(|line| Some(line.strip_prefix("pub const ")?.split_once(':')?.0))
    }

    fn config() -> Config {
        Config::new("sae.db".into(), "127.0.0.1:0".parse().unwrap())
    }

    #[test]
    fn no_bound_is_forgotten() {
        let bounds = list(&config());
        let shown: HashSet<&str> = bounds.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(shown.len(), bounds.len(), "a bound is shown twice");
        for name in names() {
            let lower = name.to_ascii_lowercase();
            let seconds = format!("{lower}_seconds");
            let is_shown = shown.contains(lower.as_str()) || shown.contains(seconds.as_str());
            match (DEFAULTS.contains(&name), INTERNAL.contains(&name)) {
                (false, false) => assert!(is_shown, "{name} is in no list"),
                (false, true) => assert!(!is_shown, "{name} is shown and internal"),
                (is_default, is_internal) => assert!(is_default && !is_internal, "{name}"),
            }
        }
        let all: HashSet<&str> = names().collect();
        for name in [DEFAULTS, INTERNAL].concat() {
            assert!(all.contains(name), "there is no {name}");
        }
    }

    #[test]
    fn what_is_configured_is_shown_as_it_is() {
        let bounds = list(&Config {
            connection_limits: crate::config::ConnectionLimits::new(100),
            ..config()
        });
        let value = |wanted: &str| {
            let found = bounds.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("max_connections"), Some("100"));
        assert_eq!(value("max_unauthenticated"), Some("50"));
        assert_eq!(value("login_grace_seconds"), Some("120"));
        assert_eq!(value("max_account_delay_seconds"), Some("60"));
        assert_eq!(value("max_rating"), Some("10"));
    }
}
