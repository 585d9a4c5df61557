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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};
    use crate::store::change::PasswordHash;
    use crate::store::schema;
    use crate::store::tables::users::NewPassword;

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::to_latest(Path::new("memory"), &mut connection).unwrap();
        connection
    }

    fn movie(name: &str, title: &str) -> Change {
        let fields = Fields {
            name: name.to_owned(),
            title: title.to_owned(),
            ..Fields::default()
        };
        Change::PutMovie(Box::new(Movie::new(fields).unwrap()))
    }

    fn user(name: &str, role: Role, id: i64) -> Change {
        let hash = format!("hash of {name}");
        Change::AddUser {
            name: name.to_owned(),
            password: NewPassword { hash, id },
            role,
        }
    }

    fn account(name: &str, role: Role, password_id: i64) -> Actor {
        Actor::Account {
            name: name.to_owned(),
            role,
            password_id,
        }
    }

    fn request(actor: Actor, change: Change) -> ChangeRequest {
        ChangeRequest {
            time: 7,
            actor,
            source: "here".to_owned(),
            change,
        }
    }

    fn apply(connection: &Connection, actor: Actor, change: Change) -> Result<u64, ChangeError> {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut applier = Applier::new(connection).unwrap();
        let result = applier.apply(&request(actor, change));
        applier.finish().unwrap();
        connection.execute_batch("COMMIT").unwrap();
        match result {
            Ok(changed) => Ok(changed.rows),
            Err(ApplyError::Refused(error)) => Err(error),
            Err(ApplyError::Sqlite(error)) => panic!("{error}"),
        }
    }

    /// Every row of every table, as text.
    fn dump(connection: &Connection) -> Vec<String> {
        let mut rows = Vec::new();
        for table in [
            "movie",
            "user",
            "counters",
            "audit",
            "fresh_title",
            "fresh_list",
        ] {
            let sql = format!("SELECT * FROM {table}");
            let mut statement = connection.prepare(&sql).unwrap();
            let columns = statement.column_count();
            let mut found = statement.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                let values = (0..columns).map(|column| format!("{:?}", row.get_ref(column)));
                rows.push(format!("{table} {}", values.collect::<Vec<_>>().join(" ")));
            }
        }
        rows
    }

    #[test]
    fn the_same_requests_give_the_same_rows_everywhere() {
        let admin = || account("a", Role::Admin, 1);
        let changes = || {
            let name = || "u".to_owned();
            [
                (Actor::Operator, user("a", Role::Admin, 1)),
                (admin(), movie("m", "One")),
                (admin(), movie("n", "Two")),
                (admin(), movie("m", "Three")),
                (Actor::Operator, user("u", Role::Reader, 5)),
                (account("u", Role::Reader, 5), movie("o", "Refused")),
                (
                    Actor::Server,
                    Change::UpgradePasswordHash {
                        name: name(),
                        old: PasswordHash("hash of u".to_owned()),
                        new: PasswordHash("newer".to_owned()),
                    },
                ),
                (
                    admin(),
                    Change::DeleteMovies {
                        names: vec!["n".to_owned(), "none".to_owned()],
                    },
                ),
                (
                    Actor::Operator,
                    Change::DeleteUser {
                        name: name(),
                        force: false,
                    },
                ),
            ]
        };
        let replicas = [database(), database()];
        let answers = replicas.each_ref().map(|replica| {
            let requests = changes().into_iter();
            let answers = requests.map(|(actor, change)| apply(replica, actor, change));
            answers.collect::<Vec<_>>()
        });
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0][5], Err(ChangeError::NotPermitted));
        assert_eq!(dump(&replicas[0]), dump(&replicas[1]));
        assert_eq!(counters::applied_position(&replicas[0]), Ok(8));
        assert_eq!(counters::movies_and_next_id(&replicas[0]), Ok((1, 3)));
        let trail = audit::read(&replicas[0], Some(0), 100).unwrap();
        let lines = trail.iter().map(|entry| {
            let account = entry.account.as_deref().unwrap_or("-");
            format!(
                "{} {account} {} {:?}",
                entry.position, entry.command, entry.names
            )
        });
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [
                r#"1 - adduser ["a"]"#,
                r#"2 a put ["m"]"#,
                r#"3 a put ["n"]"#,
                r#"4 a put ["m"]"#,
                r#"5 - adduser ["u"]"#,
                r#"6 - rehash ["u"]"#,
                r#"7 a del ["n", "none"]"#,
                r#"8 - deluser ["u"]"#,
            ]
        );
    }

    #[test]
    fn the_account_of_the_actor_has_to_be_as_at_the_login() {
        let connection = database();
        apply(&connection, Actor::Operator, user("a", Role::Admin, 1)).unwrap();
        apply(&connection, Actor::Operator, user("u", Role::Reader, 2)).unwrap();
        let before = dump(&connection);
        for (actor, refusal) in [
            (account("a", Role::Admin, 9), ChangeError::ActorChanged),
            (account("a", Role::Reader, 1), ChangeError::ActorChanged),
            (account("gone", Role::Admin, 1), ChangeError::ActorChanged),
            (account("u", Role::Reader, 2), ChangeError::NotPermitted),
        ] {
            let error = apply(&connection, actor, movie("m", "One")).unwrap_err();
            assert_eq!(error, refusal);
            assert!(StoreError::from(error).is_deterministic());
        }
        assert_eq!(
            dump(&connection),
            before,
            "a refused change leaves no trace"
        );
        assert!(!StoreError::Full("f".into()).is_deterministic());
    }

    #[test]
    fn an_account_changes_its_own_password_alone() {
        let connection = database();
        for (name, role) in [("a", Role::Admin), ("u", Role::Reader)] {
            apply(&connection, Actor::Operator, user(name, role, 1)).unwrap();
        }
        let set = |name: &str| Change::SetPassword {
            name: name.to_owned(),
            password: NewPassword {
                hash: "new".to_owned(),
                id: 3,
            },
        };
        let other = apply(&connection, account("a", Role::Admin, 1), set("u"));
        assert_eq!(other, Err(ChangeError::NotPermitted));
        let own = || account("u", Role::Reader, 1);
        assert_eq!(apply(&connection, own(), set("u")), Ok(1));
        assert_eq!(
            apply(&connection, own(), set("u")),
            Err(ChangeError::ActorChanged)
        );
    }

    #[test]
    fn the_last_admin_stays_unless_that_is_forced() {
        let connection = database();
        let (name, role) = ("a".to_owned(), Role::Reader);
        apply(&connection, Actor::Operator, user("a", Role::Admin, 1)).unwrap();
        let delete = |force| Change::DeleteUser {
            name: name.clone(),
            force,
        };
        let demote = |force| Change::SetRole {
            name: name.clone(),
            role,
            force,
        };
        for change in [delete(false), demote(false)] {
            let refused = apply(&connection, Actor::Operator, change);
            assert_eq!(refused, Err(ChangeError::LastAdmin(name.clone())));
        }
        for change in [demote(true), delete(true)] {
            assert_eq!(apply(&connection, Actor::Operator, change), Ok(1));
        }
        let gone = apply(&connection, Actor::Operator, delete(true));
        assert_eq!(gone, Err(ChangeError::NoSuchUser(name)));
    }
}
