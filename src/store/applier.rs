//! The only code that applies changes, in the transaction of its caller.
//!
//! It checks the preconditions of a change, writes the rows, derives from them the entries of the
//! search index and the counters, and adds the audit entry. It reads no clock and no random number,
//! so its result depends only on the request and on the rows.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::StoreError;
use super::change::{Actor, Change, ChangeError, ChangeRequest};
use super::packed_record::Key;
use super::records::{self, Records};
use super::search_index::{Corpus, delta_writer, tells_people_apart};
use super::tables::persons::PersonValues;
use super::tables::users::{Account, Role};
use super::tables::{api_keys, audit, counters, users};
use super::version::{MovieCondition, MovieVersion};
use crate::auth::KEY_USER_PREFIX;
use crate::config::limits;
use crate::movie::{self, Details, FullMovie, MovieRef};

/// The result of a change, once it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The number of movies or accounts that it changed.
    pub rows: u64,
    /// The entry of the cluster's log that has the change; 0 without a cluster.
    pub sequence: u64,
}

/// The reason why a change was not applied.
#[derive(Debug)]
pub(super) enum ApplyError {
    /// A precondition does not hold. Every replica returns this error.
    Refused(ChangeError),
    /// An error of SQLite.
    Sqlite(rusqlite::Error),
    /// An error of reading the rows.
    Read(StoreError),
}

impl From<ChangeError> for ApplyError {
    fn from(error: ChangeError) -> ApplyError {
        ApplyError::Refused(error)
    }
}

impl From<rusqlite::Error> for ApplyError {
    fn from(error: rusqlite::Error) -> ApplyError {
        ApplyError::Sqlite(error)
    }
}

impl ApplyError {
    /// The error about the file at `path`.
    pub fn about(self, path: &Path) -> StoreError {
        match self {
            ApplyError::Refused(error) => StoreError::Refused(error),
            ApplyError::Sqlite(error) => StoreError::sqlite(path, error),
            ApplyError::Read(error) => error,
        }
    }
}

/// Applies changes within one transaction.
pub(super) struct Applier<'c> {
    connection: &'c Connection,
    stored: i64,
    position: i64,
}

impl<'c> Applier<'c> {
    /// Continues after the last position of the file. `connection` is in a transaction.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Applier<'c>> {
        let position = counters::applied_position(connection)?;
        Ok(Applier {
            connection,
            stored: position,
            position,
        })
    }

    /// Applies a change as a whole or not at all. A change that changes rows takes the
    /// next position.
    ///
    /// # Errors
    /// A precondition that does not hold, or an error of SQLite. Some errors of SQLite end
    /// the transaction.
    pub fn apply(&mut self, request: &ChangeRequest) -> Result<Changed, ApplyError> {
        self.run("SAVEPOINT change")?;
        match self.write(request) {
            Ok(rows) => {
                self.run("RELEASE change")?;
                self.position += i64::from(rows > 0);
                Ok(Changed { rows, sequence: 0 })
            }
            Err(error) => {
                if !self.connection.is_autocommit() {
                    self.run("ROLLBACK TO change")?;
                    self.run("RELEASE change")?;
                }
                Err(error)
            }
        }
    }

    /// Records a change that the caller made in the transaction without the applier, such as an
    /// import.
    pub fn record(&mut self, time: i64, source: &str, command: &str) -> rusqlite::Result<()> {
        self.position += 1;
        let at = (self.position, time);
        audit::add(self.connection, at, None, source, command, &[])
    }

    /// Stores the position. The caller commits after it.
    pub fn finish(self) -> rusqlite::Result<()> {
        if self.position == self.stored {
            return Ok(());
        }
        counters::set_applied_position(self.connection, self.position)
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn write(&self, request: &ChangeRequest) -> Result<u64, ApplyError> {
        let ChangeRequest {
            time,
            source,
            change,
            ..
        } = request;
        let actor = self.check_actor(request)?;
        let rows = self.write_rows(change, *time)?;
        if rows == 0 {
            return Ok(0);
        }
        let names: Vec<&str> = match change.account() {
            Some(name) => vec![name],
            None => change.movies().iter().map(String::as_str).collect(),
        };
        let at = (self.position + 1, *time);
        audit::add(
            self.connection,
            at,
            actor.as_deref(),
            source,
            change.command(),
            &names,
        )?;
        Ok(rows)
    }

    /// Checks that the account or key of the actor is as it was at the login, and may do this.
    /// Returns its name for the audit trail.
    fn check_actor(&self, request: &ChangeRequest) -> Result<Option<String>, ApplyError> {
        let (name, role, account) = match &request.actor {
            Actor::Operator | Actor::Server => return Ok(None),
            Actor::Account {
                name,
                role,
                password_id,
            } => {
                let account = users::find(self.connection, name)?
                    .filter(|account| (account.role, account.password_id) == (*role, *password_id));
                (account.map(|account| account.name), *role, Some(name))
            }
            Actor::Key { hash, role } => {
                let key = api_keys::find(self.connection, hash)?
                    .map(|key| key.grant)
                    .filter(|grant| grant.role == *role && !grant.has_expired(request.time));
                let name = key.map(|grant| format!("{KEY_USER_PREFIX}{}", grant.name));
                (name, *role, None)
            }
        };
        let name = name.ok_or(ChangeError::ActorChanged)?;
        if !(request.change).is_permitted_to(account.map(String::as_str), role) {
            return Err(ChangeError::NotPermitted.into());
        }
        Ok(Some(name))
    }

    fn write_rows(&self, change: &Change, time: i64) -> Result<u64, ApplyError> {
        let connection = self.connection;
        match change {
            Change::PutMovie(movie) => self.put_movie(movie),
            Change::PutPlainMovie(movie) => self.put_movie(&FullMovie::from(*movie.clone())),
            Change::PutMovieIf { movie, condition } => {
                self.check_condition(&movie.name, condition)?;
                self.put_movie(movie)
            }
            Change::DeleteMovies { names } => self.delete_movies(names),
            Change::DeleteMovieIf { name, condition } => {
                self.check_condition(name, condition)?;
                self.delete_movies(std::slice::from_ref(name))
            }
            Change::AddUser {
                name,
                password,
                role,
            } => {
                if users::add(connection, name, password, *role, time)? {
                    Ok(1)
                } else {
                    Err(ChangeError::UserExists(name.clone()).into())
                }
            }
            Change::DeleteUser { name, force } => {
                self.check_last_admin(name, *force)?;
                users::delete(connection, name)?;
                Ok(1)
            }
            Change::SetPassword { name, password } => {
                self.account(name)?;
                users::set_password(connection, name, password)?;
                Ok(1)
            }
            Change::SetRole { name, role, force } => {
                self.check_last_admin(name, *force || *role == Role::Admin)?;
                users::set_role(connection, name, *role)?;
                Ok(1)
            }
            Change::UpgradePasswordHash { name, old, new } => {
                if users::upgrade_hash(connection, name, &old.0, &new.0)? {
                    Ok(1)
                } else {
                    Err(ChangeError::PasswordChanged(name.clone()).into())
                }
            }
            Change::AddKey { grant, hash } => {
                if api_keys::count(connection)? >= limits::MAX_KEYS {
                    return Err(ChangeError::TooManyKeys.into());
                }
                if api_keys::add(connection, grant, hash, time)? {
                    Ok(1)
                } else {
                    Err(ChangeError::KeyExists(grant.name.clone()).into())
                }
            }
            Change::RevokeKey { name } => {
                if api_keys::revoke(connection, name)? {
                    Ok(1)
                } else {
                    Err(ChangeError::NoSuchKey(name.clone()).into())
                }
            }
            Change::NoteKeyUse { hash } => {
                api_keys::note_use(connection, hash, time)?;
                Ok(0)
            }
        }
    }

    /// Checks the condition of a change. A stored movie that is not valid meets none. Every other
    /// error of reading it is an error of this machine, and is no answer to the condition.
    fn check_condition(&self, name: &str, condition: &MovieCondition) -> Result<(), ApplyError> {
        let version = |movie: MovieRef<'_>, details: &Details| {
            MovieVersion::from_json(movie::full_to_json(movie, details).as_bytes())
        };
        let path = Path::new(self.connection.path().unwrap_or_default());
        let records = Records::new(path, self.connection);
        let name = name.to_owned();
        let refusal = match records.full_movie(&name, version) {
            Ok(stored) if condition.holds(stored) => return Ok(()),
            Ok(None) => ChangeError::NoSuchMovie(name),
            Ok(Some(_)) if *condition == MovieCondition::Absent => ChangeError::MovieExists(name),
            Ok(Some(_)) | Err(StoreError::InvalidRow { .. }) => ChangeError::OtherVersion(name),
            Err(error) => return Err(ApplyError::Read(error)),
        };
        Err(refusal.into())
    }

    fn put_movie(&self, movie: &FullMovie) -> Result<u64, ApplyError> {
        let mut people = Vec::new();
        let mut changed = |key, old: PersonValues<'_>, new: PersonValues<'_>| {
            self.note_person(&mut people, key, old, new)
        };
        records::put(self.connection, movie, &mut changed)?;
        let view = movie.view();
        self.index(delta_writer::put(Corpus::Movies, self.connection, &view)?)?;
        self.index_people(&people)?;
        Ok(1)
    }

    fn delete_movies(&self, names: &[String]) -> Result<u64, ApplyError> {
        let mut deleted = 0;
        for name in names {
            let mut people = Vec::new();
            let mut changed = |key, old: PersonValues<'_>, new: PersonValues<'_>| {
                self.note_person(&mut people, key, old, new)
            };
            deleted += u64::from(records::delete(self.connection, name, &mut changed)?);
            self.index(delta_writer::delete(Corpus::Movies, name))?;
            self.index_people(&people)?;
        }
        Ok(deleted)
    }

    /// Adds a person to the set of changed entries in the search index.
    fn note_person(
        &self,
        people: &mut Vec<Key>,
        key: Key,
        old: PersonValues<'_>,
        new: PersonValues<'_>,
    ) -> rusqlite::Result<()> {
        if tells_people_apart(self.connection, key, old, new)? {
            people.push(key);
        }
        Ok(())
    }

    /// Updates the entries of people in the search index.
    fn index_people(&self, people: &[Key]) -> rusqlite::Result<()> {
        for key in people {
            self.index(delta_writer::update_person(self.connection, *key)?)?;
        }
        Ok(())
    }

    /// Runs the statements that bring the search index up to date.
    fn index(&self, statements: Vec<(&'static str, Vec<Value>)>) -> rusqlite::Result<()> {
        for (sql, values) in statements {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.execute(params_from_iter(values))?;
        }
        Ok(())
    }

    /// The account of that name, which has to exist.
    fn account(&self, name: &str) -> Result<Account, ApplyError> {
        let account = users::find(self.connection, name)?;
        account.ok_or_else(|| ChangeError::NoSuchUser(name.to_owned()).into())
    }

    /// Checks that another admin exists, unless `may_be`.
    fn check_last_admin(&self, name: &str, may_be: bool) -> Result<(), ApplyError> {
        let account = self.account(name)?;
        let is_last = account.role == Role::Admin && users::count_admins(self.connection)? == 1;
        if is_last && !may_be {
            return Err(ChangeError::LastAdmin(name.to_owned()).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
