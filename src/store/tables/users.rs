//! Accounts as rows.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::store::StoreError;
use crate::store::writer::Change;

macro_rules! columns {
    () => {
        "id, name, password_hash, role, created_at, password_id"
    };
}

const BY_NAME: &str = concat!("SELECT ", columns!(), " FROM user WHERE name = ?1");
const ALL: &str = concat!("SELECT ", columns!(), " FROM user ORDER BY name");
const ADD: &str = "INSERT INTO user (name, password_hash, role, created_at, password_id) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
const SET_PASSWORD: &str = "UPDATE user SET password_hash = ?2, password_id = ?3 WHERE name = ?1";
const REPLACE_PASSWORD: &str = "UPDATE user SET password_hash = ?3, password_id = ?4 \
     WHERE name = ?1 AND password_hash = ?2";
const UPGRADE_HASH: &str =
    "UPDATE user SET password_hash = ?3 WHERE name = ?1 AND password_hash = ?2";

/// Whether an account may stop being what it is: nobody could change a movie
/// over the wire if the last admin went.
macro_rules! is_not_the_last_admin {
    () => {
        "(role <> 'admin' OR (SELECT count(*) FROM user WHERE role = 'admin') > 1)"
    };
}

const DELETE: &str = concat!(
    "DELETE FROM user WHERE name = ?1 AND ",
    is_not_the_last_admin!()
);
const DELETE_ANY: &str = "DELETE FROM user WHERE name = ?1";
const SET_ROLE: &str = concat!(
    "UPDATE user SET role = ?2 WHERE name = ?1 AND (?2 = 'admin' OR ",
    is_not_the_last_admin!(),
    ")"
);
const SET_ANY_ROLE: &str = "UPDATE user SET role = ?2 WHERE name = ?1";

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Role {
    /// Asks for movies.
    Reader,
    /// Asks for movies, changes them, and sees the clients.
    Admin,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::Reader => "reader",
            Role::Admin => "admin",
        })
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
    /// Its number.
    pub id: i64,
    /// The user's name.
    pub name: String,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// What it may do.
    pub role: Role,
    /// When it was added, in seconds since 1970.
    pub created_at: i64,
    /// Another number with each new password, though not with each new hash.
    pub password_id: i64,
}

/// A password as it is kept.
#[derive(Clone, Copy)]
pub struct NewPassword<'a> {
    /// Its hash, a PHC string.
    pub hash: &'a str,
    /// The number by which sessions notice that it is another one.
    pub id: i64,
}

/// What is done about the last admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastAdminError {
    /// It stays an admin.
    Stays,
    /// It is an account like any other.
    MayGo,
}

/// Without the hash.
impl fmt::Debug for NewPassword<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// The hash is no password, but it is what a thief of the file would try to break.
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

/// Adds an account; changes no row when the name is taken.
pub fn add(name: &str, password: NewPassword<'_>, role: Role, created_at: i64) -> Change {
    let values = vec![
        text(name),
        text(password.hash),
        text(&role.to_string()),
        Value::Integer(created_at),
        Value::Integer(password.id),
    ];
    of_accounts(ADD, values)
}

/// Sets the password of an account; changes no row when there is no such account.
pub fn set_password(name: &str, new: NewPassword<'_>) -> Change {
    let values = vec![text(name), text(new.hash), Value::Integer(new.id)];
    of_accounts(SET_PASSWORD, values)
}

/// Replaces the password with the hash `old`; changes no row when that is not
/// the password any more.
pub fn replace_password(name: &str, old: &str, new: NewPassword<'_>) -> Change {
    let values = vec![
        text(name),
        text(old),
        text(new.hash),
        Value::Integer(new.id),
    ];
    of_accounts(REPLACE_PASSWORD, values)
}

/// Replaces the hash `old` by `new`, of the same password; changes no row when
/// the hash has become another one. Sessions go on.
pub fn upgrade_password_hash(name: &str, old: &str, new: &str) -> Change {
    let mut change = Change::default();
    change.push_counted(UPGRADE_HASH, vec![text(name), text(old), text(new)]);
    change
}

/// Sets the role of an account; changes no row when there is none, or when it
/// is the last admin and has to stay one.
pub fn set_role(name: &str, role: Role, last_admin: LastAdminError) -> Change {
    let sql = match last_admin {
        LastAdminError::Stays => SET_ROLE,
        LastAdminError::MayGo => SET_ANY_ROLE,
    };
    of_accounts(sql, vec![text(name), text(&role.to_string())])
}

/// Removes an account; changes no row when there is none, or when it is the
/// last admin and has to stay.
pub fn delete(name: &str, last_admin: LastAdminError) -> Change {
    let sql = match last_admin {
        LastAdminError::Stays => DELETE,
        LastAdminError::MayGo => DELETE_ANY,
    };
    of_accounts(sql, vec![text(name)])
}

fn of_accounts(sql: &'static str, values: Vec<Value>) -> Change {
    let mut change = Change::default();
    change.touch_accounts();
    change.push_counted(sql, values);
    change
}

/// The account of that name.
pub(in crate::store) fn by_name(
    path: &Path,
    connection: &Connection,
    name: &str,
) -> Result<Option<Account>, StoreError> {
    connection
        .prepare_cached(BY_NAME)
        .and_then(|mut statement| statement.query_row([name], from_row).optional())
        .map_err(|error| StoreError::sqlite(path, error))
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
    let role = row.get_ref(3)?.as_str()?.parse().map_err(|error: String| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        password_hash: row.get(2)?,
        role,
        created_at: row.get(4)?,
        password_id: row.get(5)?,
    })
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
