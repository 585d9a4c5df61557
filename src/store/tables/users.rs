//! The table `user`.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

macro_rules! columns {
    () => {
        "id, name, password_hash, role, created_at, password_id"
    };
}

const BY_NAME: &str = concat!("SELECT ", columns!(), " FROM user WHERE name = ?1");
const ALL: &str = concat!("SELECT ", columns!(), " FROM user ORDER BY name");
const COUNT_ADMINS: &str = "SELECT count(*) FROM user WHERE role = 'admin'";
const ADD: &str = "INSERT INTO user (name, password_hash, role, created_at, password_id) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
const SET_PASSWORD: &str = "UPDATE user SET password_hash = ?2, password_id = ?3 WHERE name = ?1";
const UPGRADE_HASH: &str =
    "UPDATE user SET password_hash = ?3 WHERE name = ?1 AND password_hash = ?2";
const SET_ROLE: &str = "UPDATE user SET role = ?2 WHERE name = ?1";
const DELETE: &str = "DELETE FROM user WHERE name = ?1";

/// The role of an account.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
pub enum Role {
    /// Reads movies.
    Reader,
    /// Reads and changes movies, and lists the connections.
    Admin,
}

impl Role {
    /// The role as the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Admin => "admin",
        }
    }

    pub(super) fn from_column(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
        let role = row.get_ref(column)?.as_str()?.parse();
        role.map_err(|error: String| {
            let text = rusqlite::types::Type::Text;
            rusqlite::Error::FromSqlConversionFailure(column, text, error.into())
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Role, String> {
        match word {
            "reader" => Ok(Role::Reader),
            "admin" => Ok(Role::Admin),
            other => Err(format!(
                "`{other}` is no role, there are `reader` and `admin`"
            )),
        }
    }
}

/// One account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The number of the account.
    pub id: i64,
    /// The user's name.
    pub name: String,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// The role of the account.
    pub role: Role,
    /// The time at which the account was added, in seconds since 1970.
    pub created_at: i64,
    /// The number of the password. A new hash of the same password keeps it.
    pub password_id: i64,
}

/// A new password, as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Its hash, a PHC string.
    pub hash: String,
    /// The number by which sessions notice that the password is another one.
    pub id: i64,
}

/// Without the hash.
impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// Without the hash, which an attacker would try to break.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// Adds an account. Returns whether its name was free.
pub(in crate::store) fn add(
    connection: &Connection,
    name: &str,
    password: &NewPassword,
    role: Role,
    created_at: i64,
) -> rusqlite::Result<bool> {
    let NewPassword { hash, id } = password;
    let values = params![name, hash, role.as_str(), created_at, id];
    changes(connection, ADD, values)
}

/// Sets the password of an account. Returns whether there is such an account.
pub(in crate::store) fn set_password(
    connection: &Connection,
    name: &str,
    new: &NewPassword,
) -> rusqlite::Result<bool> {
    changes(connection, SET_PASSWORD, params![name, new.hash, new.id])
}

/// Replaces the hash `old` by `new`, of the same password, so that sessions continue. Returns
/// whether `old` still was the hash.
pub(in crate::store) fn upgrade_hash(
    connection: &Connection,
    name: &str,
    old: &str,
    new: &str,
) -> rusqlite::Result<bool> {
    changes(connection, UPGRADE_HASH, params![name, old, new])
}

/// Sets the role of an account. Returns whether there is such an account.
pub(in crate::store) fn set_role(
    connection: &Connection,
    name: &str,
    role: Role,
) -> rusqlite::Result<bool> {
    changes(connection, SET_ROLE, params![name, role.as_str()])
}

/// Deletes an account. Returns whether there was one.
pub(in crate::store) fn delete(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    changes(connection, DELETE, params![name])
}

fn changes(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<bool> {
    Ok(connection.prepare_cached(sql)?.execute(values)? > 0)
}

/// The number of admins.
pub(in crate::store) fn count_admins(connection: &Connection) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(COUNT_ADMINS)?;
    let admins: i64 = statement.query_row([], |row| row.get(0))?;
    Ok(admins.unsigned_abs())
}

/// The account of that name.
pub(in crate::store) fn find(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<Option<Account>> {
    let mut statement = connection.prepare_cached(BY_NAME)?;
    statement.query_row([name], from_row).optional()
}

/// The account of that name.
pub(in crate::store) fn by_name(
    path: &Path,
    connection: &Connection,
    name: &str,
) -> Result<Option<Account>, StoreError> {
    find(connection, name).map_err(|error| StoreError::sqlite(path, error))
}

/// All accounts, by name.
pub(in crate::store) fn all(
    path: &Path,
    connection: &Connection,
) -> Result<Vec<Account>, StoreError> {
    connection
        .prepare(ALL)
        .and_then(|mut statement| statement.query_map([], from_row)?.collect())
        .map_err(|error| StoreError::sqlite(path, error))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        // Bytes that are not UTF-8 are no hash, and must not fail the query.
        password_hash: String::from_utf8_lossy(row.get_ref(2)?.as_bytes()?).into_owned(),
        role: Role::from_column(row, 3)?,
        created_at: row.get(4)?,
        password_id: row.get(5)?,
    })
}
