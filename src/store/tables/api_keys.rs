//! The table `api_key`.

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::users::Role;
use crate::auth::{KeyError, KeyLifetime, check_key_name};
use crate::config::limits;
use crate::store::StoreError;

macro_rules! columns {
    () => {
        "name, hash, role, search_only, created_at, expires_at, last_used_at"
    };
}

const BY_HASH: &str = concat!("SELECT ", columns!(), " FROM api_key WHERE hash = ?1");
const ALL: &str = concat!("SELECT ", columns!(), " FROM api_key ORDER BY name");
const COUNT: &str = "SELECT count(*) FROM api_key";
const ADD: &str = "INSERT INTO api_key (name, hash, role, search_only, created_at, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
const REVOKE: &str = "DELETE FROM api_key WHERE name = ?1";
/// `?2` is the time of the use, `?3` the time before which the last noted use has to be.
const NOTE_USE: &str = "UPDATE api_key SET last_used_at = ?2 \
     WHERE hash = ?1 AND (last_used_at IS NULL OR last_used_at <= ?3)";

/// The hash of a key. It identifies the key, and nothing finds the key from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyHash(pub [u8; 32]);

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(_)")
    }
}

/// The permissions of a key, and the time at which it ends. They never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyGrant {
    /// The key's name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Whether it may search and do nothing else.
    pub is_search_only: bool,
    /// The time at which it ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

impl KeyGrant {
    /// A grant from `now` on, in seconds since 1970.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(
        name: &str,
        role: Role,
        is_search_only: bool,
        lifetime: Option<KeyLifetime>,
        now: i64,
    ) -> Result<KeyGrant, KeyError> {
        check_key_name(name)?;
        if is_search_only && role == Role::Admin {
            return Err(KeyError::Scope);
        }
        let end = |KeyLifetime(time)| now + time.as_secs() as i64;
        Ok(KeyGrant {
            name: name.to_owned(),
            role,
            is_search_only,
            expires_at: lifetime.map(end),
        })
    }

    /// The word for what it may do: `search` or `all`.
    pub fn scope(&self) -> &'static str {
        if self.is_search_only { "search" } else { "all" }
    }

    /// Whether it has ended at a time in seconds since 1970.
    pub fn has_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// One key, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its permissions.
    pub grant: KeyGrant,
    /// Its hash.
    pub hash: KeyHash,
    /// The time at which it was added, in seconds since 1970.
    pub created_at: i64,
    /// The time of the last use, exact to a minute; `None` before the first use.
    pub last_used_at: Option<i64>,
}

/// Adds a key. Returns whether its name was free.
pub(in crate::store) fn add(
    connection: &Connection,
    grant: &KeyGrant,
    hash: &KeyHash,
    created_at: i64,
) -> rusqlite::Result<bool> {
    let KeyGrant {
        name,
        role,
        is_search_only,
        expires_at,
    } = grant;
    let values = params![
        name,
        hash.0,
        role.as_str(),
        is_search_only,
        created_at,
        expires_at
    ];
    Ok(connection.prepare_cached(ADD)?.execute(values)? > 0)
}

/// Removes a key. Returns whether there was one of that name.
pub(in crate::store) fn revoke(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    Ok(connection.prepare_cached(REVOKE)?.execute([name])? > 0)
}

/// Notes that a key was used, unless its last use was noted less than
/// [`limits::KEY_USE_INTERVAL`] ago.
pub(in crate::store) fn note_use(
    connection: &Connection,
    hash: &KeyHash,
    time: i64,
) -> rusqlite::Result<()> {
    let before = time - limits::KEY_USE_INTERVAL.as_secs() as i64;
    let mut statement = connection.prepare_cached(NOTE_USE)?;
    statement.execute(params![hash.0, time, before]).map(drop)
}

/// The number of keys.
pub(in crate::store) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(COUNT)?;
    let keys: i64 = statement.query_row([], |row| row.get(0))?;
    Ok(keys.unsigned_abs())
}

/// The key of that hash.
pub(in crate::store) fn find(
    connection: &Connection,
    hash: &KeyHash,
) -> rusqlite::Result<Option<StoredKey>> {
    let mut statement = connection.prepare_cached(BY_HASH)?;
    statement.query_row([hash.0], from_row).optional()
}

/// All keys, by name.
pub(in crate::store) fn all(
    path: &Path,
    connection: &Connection,
) -> Result<Vec<StoredKey>, StoreError> {
    connection
        .prepare(ALL)
        .and_then(|mut statement| statement.query_map([], from_row)?.collect())
        .map_err(|error| StoreError::sqlite(path, error))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<StoredKey> {
    let grant = KeyGrant {
        name: row.get(0)?,
        role: Role::from_column(row, 2)?,
        is_search_only: row.get(3)?,
        expires_at: row.get(5)?,
    };
    Ok(StoredKey {
        grant,
        hash: KeyHash(row.get(1)?),
        created_at: row.get(4)?,
        last_used_at: row.get(6)?,
    })
}
