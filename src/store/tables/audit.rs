//! The table `audit`: the changes with their accounts, bounded by age and by number.

use rusqlite::{Connection, Row, params};
use serde::Serialize;

use crate::config::limits;

macro_rules! columns {
    () => {
        "position, time, account, source, command, names, named"
    };
}

const ADD: &str = concat!(
    "INSERT INTO audit (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
);
const AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM audit WHERE position > ?1 ORDER BY position LIMIT ?2"
);
const LAST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM audit ORDER BY position DESC LIMIT ?1"
);
/// The first position that is young enough. `?1` is the oldest time that is kept.
const FIRST_SINCE: &str = "SELECT position FROM audit WHERE time >= ?1 ORDER BY position LIMIT 1";
/// `?1` is the first position that is kept, `?2` the most rows that are removed.
const REMOVE: &str = "DELETE FROM audit WHERE position IN \
     (SELECT position FROM audit WHERE position < ?1 ORDER BY position LIMIT ?2)";

/// Changes between two removals of old rows.
const CHANGES_PER_REMOVAL: i64 = 64;

/// One entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// The position of the change: 1, 2, 3 …
    pub position: i64,
    /// The time of the request, in seconds since 1970.
    pub time: i64,
    /// The account that asked; `None` for an operator at the command line.
    pub account: Option<String>,
    /// The source of the request.
    pub source: String,
    /// The name of the change.
    pub command: String,
    /// The movies or accounts: the first of them, at most
    /// [`limits::MAX_AUDIT_NAMES_BYTES`] together.
    pub names: Vec<String>,
    /// The number of all of them.
    pub named: u64,
}

/// Adds the entry of a change. `names` may hold more than an entry stores.
pub(in crate::store) fn add(
    connection: &Connection,
    (position, time): (i64, i64),
    account: Option<&str>,
    source: &str,
    command: &str,
    names: &[&str],
) -> rusqlite::Result<()> {
    let mut bytes = 0;
    let kept = names.iter().take_while(|name| {
        bytes += name.len();
        bytes <= limits::MAX_AUDIT_NAMES_BYTES
    });
    let kept: Vec<_> = kept.collect();
    let kept = serde_json::to_string(&kept).unwrap_or_default();
    let named = names.len() as i64;
    let values = params![position, time, account, source, command, kept, named];
    connection.prepare_cached(ADD)?.execute(values)?;
    if position % CHANGES_PER_REMOVAL == 0 {
        remove_old(connection, position, time)?;
    }
    Ok(())
}

/// Removes entries that are too old or too many, as of a position and its time.
fn remove_old(connection: &Connection, position: i64, time: i64) -> rusqlite::Result<()> {
    let oldest = time - limits::MAX_AUDIT_AGE.as_secs() as i64;
    let mut statement = connection.prepare_cached(FIRST_SINCE)?;
    let first: i64 = statement.query_row([oldest], |row| row.get(0))?;
    let first = first.max(position - limits::MAX_AUDIT_ENTRIES + 1);
    connection
        .prepare_cached(REMOVE)?
        .execute([first, limits::MAX_AUDIT_ROWS_PER_REMOVAL])?;
    Ok(())
}

/// At most `limit` entries after a position, in order; without one, the last of all.
pub(in crate::store) fn read(
    connection: &Connection,
    after: Option<i64>,
    limit: u32,
) -> rusqlite::Result<Vec<AuditEntry>> {
    match after {
        Some(after) => {
            let mut statement = connection.prepare_cached(AFTER)?;
            let rows = statement.query_map([after, limit.into()], from_row)?;
            rows.collect()
        }
        None => {
            let mut statement = connection.prepare_cached(LAST)?;
            let rows = statement.query_map([limit], from_row)?;
            let mut entries: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
            entries.reverse();
            Ok(entries)
        }
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let names = row.get_ref(5)?.as_str()?;
    Ok(AuditEntry {
        position: row.get(0)?,
        time: row.get(1)?,
        account: row.get(2)?,
        source: row.get(3)?,
        command: row.get(4)?,
        names: serde_json::from_str(names).unwrap_or_default(),
        named: row.get::<_, i64>(6)?.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let sql = include_str!("../../../migrations/0004_counters_and_audit.sql");
        let (_, sql) = sql.split_once("DROP TABLE tally;").unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn bounds(connection: &Connection) -> (i64, i64, i64) {
        let sql = "SELECT min(position), max(position), count(*) FROM audit";
        connection
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
    }

    #[test]
    fn entries_are_bounded_in_number_and_age() {
        let connection = trail();
        connection.execute_batch("BEGIN").unwrap();
        let most = limits::MAX_AUDIT_ENTRIES;
        for position in 1..=most + CHANGES_PER_REMOVAL {
            add(&connection, (position, 7), None, "here", "put", &["m"]).unwrap();
        }
        let (first, last, count) = bounds(&connection);
        assert!(count <= most + CHANGES_PER_REMOVAL && last - first < count);
        assert!(first > 1, "nothing was removed");
        let late = 8 + limits::MAX_AUDIT_AGE.as_secs() as i64;
        let removals = most / limits::MAX_AUDIT_ROWS_PER_REMOVAL + 2;
        for position in last + 1..=last + removals * CHANGES_PER_REMOVAL {
            add(&connection, (position, late), None, "here", "put", &["m"]).unwrap();
        }
        assert_eq!(bounds(&connection).0, last + 1);
    }

    #[test]
    fn the_names_of_an_entry_are_bounded() {
        let connection = trail();
        let name = "n".repeat(limits::MAX_NAME_BYTES);
        let names = vec![name.as_str(); limits::MAX_NAMES_PER_COMMAND];
        add(&connection, (1, 7), Some("a"), "here", "del", &names).unwrap();
        let entry = read(&connection, None, 9).unwrap().pop().unwrap();
        assert_eq!(entry.named, limits::MAX_NAMES_PER_COMMAND as u64);
        assert_eq!(
            entry.names.len(),
            limits::MAX_AUDIT_NAMES_BYTES / name.len()
        );
    }
}
