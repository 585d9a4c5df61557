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
    /// An error of SQLite on this machine.
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

    /// Checks the condition of a change. A stored movie that is not valid meets none.
    fn check_condition(&self, name: &str, condition: &MovieCondition) -> Result<(), ApplyError> {
        let version = |movie: MovieRef<'_>, details: &Details| {
            MovieVersion::from_json(movie::full_to_json(movie, details).as_bytes())
        };
        let records = Records::new(Path::new(""), self.connection);
        let holds = match records.full_movie(name, version) {
            Ok(stored) => condition.holds(stored),
            Err(StoreError::Sqlite(error)) => return Err(error.into()),
            Err(_) => false,
        };
        if holds {
            return Ok(());
        }
        Err(ChangeError::OtherVersion(name.to_owned()).into())
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
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};
    use crate::store::change::PasswordHash;
    use crate::store::schema;
    use crate::store::tables::api_keys::{KeyGrant, KeyHash};
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
        Change::PutMovie(Box::new(Movie::new(fields).unwrap().into()))
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
            "api_key",
            "counters",
            "audit",
            "fresh_title",
            "fresh_person",
            "fresh_person_list",
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

    fn key(name: &str, role: Role, byte: u8, expires_at: Option<i64>) -> Change {
        let grant = KeyGrant {
            name: name.to_owned(),
            role,
            is_search_only: false,
            expires_at,
        };
        let hash = KeyHash([byte; 32]);
        Change::AddKey { grant, hash }
    }

    #[test]
    fn the_key_of_the_actor_has_to_exist_with_its_role_at_the_time_of_the_change() {
        let connection = database();
        for (name, role, byte, end) in [
            ("a", Role::Admin, 1, None),
            ("old", Role::Admin, 2, Some(7)),
            ("new", Role::Admin, 3, Some(8)),
            ("r", Role::Reader, 4, None),
        ] {
            assert_eq!(
                apply(&connection, Actor::Operator, key(name, role, byte, end)),
                Ok(1)
            );
        }
        let (changed, refused) = (ChangeError::ActorChanged, ChangeError::NotPermitted);
        for (byte, role, expected) in [
            (1, Role::Admin, Ok(1)),
            (1, Role::Reader, Err(changed.clone())),
            (2, Role::Admin, Err(changed.clone())),
            (3, Role::Admin, Ok(1)),
            (4, Role::Reader, Err(refused.clone())),
            (9, Role::Admin, Err(changed.clone())),
        ] {
            let actor = || Actor::Key {
                hash: KeyHash([byte; 32]),
                role,
            };
            assert_eq!(
                apply(&connection, actor(), movie("m", "One")),
                expected,
                "{byte}"
            );
        }
        let trail = audit::read(&connection, None, 1).unwrap();
        assert_eq!(trail[0].account.as_deref(), Some("key:new"));
        // A key never changes a password, not even that of an account of its name.
        apply(&connection, Actor::Operator, user("key:a", Role::Reader, 1)).unwrap();
        let actor = || Actor::Key {
            hash: KeyHash([1; 32]),
            role: Role::Admin,
        };
        let set = Change::SetPassword {
            name: "key:a".to_owned(),
            password: NewPassword {
                hash: "new".to_owned(),
                id: 3,
            },
        };
        assert_eq!(apply(&connection, actor(), set), Err(refused));
        let revoke = || Change::RevokeKey {
            name: "a".to_owned(),
        };
        assert_eq!(apply(&connection, actor(), revoke()), Ok(1));
        assert_eq!(apply(&connection, actor(), movie("m", "Two")), Err(changed));
        let none = ChangeError::NoSuchKey("a".to_owned());
        assert_eq!(apply(&connection, Actor::Operator, revoke()), Err(none));
    }

    #[test]
    fn the_names_and_the_number_of_keys_are_bounded() {
        let connection = database();
        for number in 0..limits::MAX_KEYS {
            let sql = "INSERT INTO api_key VALUES (?1, ?2, 'reader', 0, 0, NULL, NULL)";
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            connection
                .execute(sql, rusqlite::params![format!("k{number}"), hash])
                .unwrap();
        }
        let add = || key("one.more", Role::Reader, 7, None);
        assert_eq!(
            apply(&connection, Actor::Operator, add()),
            Err(ChangeError::TooManyKeys)
        );
        let revoke = |name: &str| Change::RevokeKey {
            name: name.to_owned(),
        };
        assert_eq!(apply(&connection, Actor::Operator, revoke("k7")), Ok(1));
        let twice = apply(
            &connection,
            Actor::Operator,
            key("k8", Role::Reader, 7, None),
        );
        assert_eq!(twice, Err(ChangeError::KeyExists("k8".to_owned())));
        assert_eq!(apply(&connection, Actor::Operator, add()), Ok(1));
    }

    #[test]
    fn the_last_use_of_a_key_is_noted_once_a_minute_and_is_no_change() {
        let connection = database();
        apply(
            &connection,
            Actor::Operator,
            key("a", Role::Reader, 1, None),
        )
        .unwrap();
        let hash = KeyHash([1; 32]);
        for (time, noted) in [(100, 100), (159, 100), (160, 160), (90, 160)] {
            let change = Change::NoteKeyUse { hash };
            let request = ChangeRequest {
                time,
                ..request(Actor::Server, change)
            };
            let mut applier = Applier::new(&connection).unwrap();
            assert_eq!(applier.apply(&request).unwrap().rows, 0);
            applier.finish().unwrap();
            let key = api_keys::find(&connection, &hash).unwrap().unwrap();
            assert_eq!(key.last_used_at, Some(noted));
        }
        assert_eq!(counters::applied_position(&connection), Ok(1));
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
