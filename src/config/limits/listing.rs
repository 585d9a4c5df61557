//! The limits of a server as `INFO limits` shows them.

use std::time::Duration;

use catalogue_protocol::limits::{Limit, Visibility};

use crate::config::Config;

/// Names with their units, and values.
pub type LimitList = Vec<(String, String)>;

/// The limits of every crate.
pub fn all() -> impl Iterator<Item = &'static Limit> {
    let tables = [
        catalogue_protocol::limits::LIMITS,
        super::table::LIMITS,
        catalogue_client::limits::LIMITS,
    ];
    tables.into_iter().flatten()
}

/// The configured limits under the names of their flags, then the fixed ones.
pub fn list(config: &Config) -> LimitList {
    let seconds = |time: Duration| time.as_secs();
    let (connections, cost, timeouts) =
        (&config.connection_limits, config.hash_cost, config.timeouts);
    let configured = [
        ("workers", config.workers as u64),
        ("max_connections", connections.connections as u64),
        ("max_unauthenticated", connections.unauthenticated as u64),
        (
            "max_connections_per_address",
            connections.per_address as u64,
        ),
        ("hash_memory_kib", cost.memory_kib().into()),
        ("hash_passes", cost.passes().into()),
        ("cache_mib", config.cache_mib as u64),
        ("login_grace_seconds", seconds(timeouts.login)),
        ("idle_seconds", seconds(timeouts.idle)),
        ("write_timeout_seconds", seconds(timeouts.write)),
    ];
    let fixed = all().filter(|limit| limit.visibility == Visibility::Shown);
    configured
        .map(|(name, value)| (name.to_owned(), value.to_string()))
        .into_iter()
        .chain(fixed.map(|limit| (limit.key(), (limit.value)())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConnectionLimits;
    use std::collections::HashSet;

    fn config() -> Config {
        Config::new("sae.db".into(), "127.0.0.1:0".parse().unwrap())
    }

    #[test]
    fn every_limit_has_a_name_of_its_own_and_an_explanation() {
        let mut keys: HashSet<String> = HashSet::new();
        for limit in all() {
            assert!(keys.insert(limit.key()), "{} stands twice", limit.name);
            assert!(limit.doc.trim_end().ends_with('.'), "{}", limit.name);
        }
        let shown = list(&config());
        let names: HashSet<_> = shown.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), shown.len());
    }

    #[test]
    fn configured_values_are_shown() {
        let limits = list(&Config {
            connection_limits: ConnectionLimits::new(100),
            ..config()
        });
        let value = |wanted: &str| {
            let found = limits.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("max_connections"), Some("100"));
        assert_eq!(value("max_unauthenticated"), Some("50"));
        assert_eq!(value("login_grace_seconds"), Some("120"));
        assert_eq!(value("max_account_delay_seconds"), Some("60"));
        assert_eq!(value("max_rating"), Some("10"));
    }
}
