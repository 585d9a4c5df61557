//! The only code that carries changes out, in the transaction of its caller.
//!
//! It checks the preconditions of a change, writes the rows, derives from them the entries
//! of the search index and the counters, and adds the audit entry. It reads no clock and no
//! random number: what it does depends on the request and on the rows alone.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::StoreError;
use super::change::{Actor, Change, ChangeError, ChangeRequest};
use super::search_index::delta_writer;
use super::tables::users::{Account, Role};
use super::tables::{audit, counters, movies, users};

/// What a change did, once it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The number of movies or accounts that it changed.
    pub rows: u64,
}

/// Why a change was not applied.
#[derive(Debug)]
pub(super) enum ApplyError {
    /// A precondition does not hold. Every replica says the same.
    Refused(ChangeError),
    /// What SQLite says on this machine.
    Sqlite(rusqlite::Error),
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
    /// A precondition that does not hold, or what SQLite says. Some errors of SQLite end
    /// the transaction.
    pub fn apply(&mut self, request: &ChangeRequest) -> Result<Changed, ApplyError> {
        self.run("SAVEPOINT change")?;
        match self.write(request) {
            Ok(rows) => {
                self.run("RELEASE change")?;
                self.position += i64::from(rows > 0);
                Ok(Changed { rows })
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

    /// Records work that the caller did in the transaction by itself, such as an import.
    pub fn record(
        &mut self,
        time: i64,
        source: &str,
        command: &str,
        names: &[&str],
    ) -> rusqlite::Result<()> {
        self.position += 1;
        let at = (self.position, time);
        audit::add(self.connection, at, None, source, command, names)
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
            actor,
            source,
            change,
        } = request;
        self.check_actor(actor, change)?;
        let rows = self.write_rows(change, *time)?;
        if rows == 0 {
            return Ok(0);
        }
        let account = match actor {
            Actor::Account { name, .. } => Some(name.as_str()),
            Actor::Operator | Actor::Server => None,
        };
        let names: Vec<&str> = match change.account() {
            Some(name) => vec![name],
            None => change.movies().iter().map(String::as_str).collect(),
        };
        let at = (self.position + 1, *time);
        audit::add(
            self.connection,
            at,
            account,
            source,
            change.command(),
            &names,
        )?;
        Ok(rows)
    }

    /// Checks that the account of the actor is as it was at the login, and may do this.
    fn check_actor(&self, actor: &Actor, change: &Change) -> Result<(), ApplyError> {
        let Actor::Account {
            name,
            role,
            password_id,
        } = actor
        else {
            return Ok(());
        };
        let account = users::find(self.connection, name)?;
        let is_current = account
            .is_some_and(|account| (account.role, account.password_id) == (*role, *password_id));
        if !is_current {
            return Err(ChangeError::ActorChanged.into());
        }
        if !change.is_permitted_to(name, *role) {
            return Err(ChangeError::NotPermitted.into());
        }
        Ok(())
    }

    fn write_rows(&self, change: &Change, time: i64) -> Result<u64, ApplyError> {
        let connection = self.connection;
        match change {
            Change::PutMovie(movie) => {
                movies::put(connection, movie)?;
                self.index(delta_writer::put(&movie.view()))?;
                Ok(1)
            }
            Change::DeleteMovies { names } => self.delete_movies(names),
            Change::AddUser {
                name,
                password,
                role,
            } => match users::add(connection, name, password, *role, time)? {
                true => Ok(1),
                false => Err(ChangeError::UserExists(name.clone()).into()),
            },
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
                match users::upgrade_hash(connection, name, &old.0, &new.0)? {
                    true => Ok(1),
                    false => Err(ChangeError::PasswordChanged(name.clone()).into()),
                }
            }
        }
    }

    fn delete_movies(&self, names: &[String]) -> Result<u64, ApplyError> {
        let mut deleted = 0;
        for name in names {
            deleted += u64::from(movies::delete(self.connection, name)?);
            self.index(delta_writer::delete(name))?;
        }
        Ok(deleted)
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

    /// Checks that an admin is left without this account, unless that `may_be`.
    fn check_last_admin(&self, name: &str, may_be: bool) -> Result<(), ApplyError> {
        let account = self.account(name)?;
        let is_last = account.role == Role::Admin && users::count_admins(self.connection)? == 1;
        if is_last && !may_be {
            return Err(ChangeError::LastAdmin(name.to_owned()).into());
        }
        Ok(())
    }
}
