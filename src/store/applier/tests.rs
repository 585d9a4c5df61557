//! Tests of the changes that the applier makes and refuses.

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

fn full(name: &str, series: &str, person: &str, votes: u32) -> Change {
    let movie = records::tests::full_movie(name, series, person, votes);
    Change::PutMovie(Box::new(movie))
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
        Err(error) => panic!("{error:?}"),
    }
}

/// Every row of every table, as text.
fn dump(connection: &Connection) -> Vec<String> {
    let mut rows = Vec::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = connection.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for table in tables.map(Result::unwrap) {
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

/// Changes of movies, people, series and accounts, one of which is refused.
fn changes() -> Vec<(Actor, Change)> {
    let admin = || account("a", Role::Admin, 1);
    let name = || "u".to_owned();
    vec![
        (Actor::Operator, user("a", Role::Admin, 1)),
        (admin(), movie("m", "One")),
        (admin(), movie("n", "Two")),
        (admin(), movie("m", "Three")),
        (admin(), full("tt0000001", "own", "nm0000001", 7)),
        (admin(), full("tt0000002", "own", "ann", 8)),
        (admin(), full("tt0000001", "other", "ann", 9)),
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
                names: ["n", "none", "tt0000002"].map(str::to_owned).to_vec(),
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
}

#[test]
fn the_same_requests_give_the_same_rows_everywhere() {
    let replicas = [database(), database()];
    let answers = replicas.each_ref().map(|replica| {
        let requests = changes().into_iter();
        let answers = requests.map(|(actor, change)| apply(replica, actor, change));
        answers.collect::<Vec<_>>()
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][8], Err(ChangeError::NotPermitted));
    let rows = dump(&replicas[0]);
    for table in ["title_details", "person", "series", "other_name"] {
        let is_of_table = |row: &String| row.starts_with(&format!("{table} "));
        assert!(rows.iter().any(is_of_table), "{table}");
    }
    assert_eq!(rows, dump(&replicas[1]));
    assert_eq!(counters::applied_position(&replicas[0]), Ok(11));
    assert_eq!(counters::movies_and_next_id(&replicas[0]), Ok((2, 5)));
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
            r#"5 a put ["tt0000001"]"#,
            r#"6 a put ["tt0000002"]"#,
            r#"7 a put ["tt0000001"]"#,
            r#"8 - adduser ["u"]"#,
            r#"9 - rehash ["u"]"#,
            r#"10 a del ["n", "none", "tt0000002"]"#,
            r#"11 - deluser ["u"]"#,
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
