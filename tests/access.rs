//! Every command with every role, before and after the login. The commands come from the
//! program's own table, so a new command is tested without a change here, and fails until
//! it has an example.

use catalogue::protocol::commands::{COMMANDS, CommandDescription, RequiredRole};
use catalogue::protocol::resp::Reply;

use crate::support::{RawClient, TestServer};

/// Arguments with which each command succeeds, for every role that may run it and however
/// often it runs.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("SEND", &["1", "JSON"]),
    ("MSEND", &["1", "9"]),
    ("EXISTS", &["1"]),
    ("LIST", &["AFTER", "1", "LIMIT", "1", "JSON"]),
    ("FIND", &["god", "LIMIT", "1", "JSON"]),
    ("PERSON", &["nm0000008", "JSON"]),
    ("PEOPLE", &["marlon", "LIMIT", "1", "JSON"]),
    ("EPISODES", &["1", "SEASON", "1", "LIMIT", "2", "JSON"]),
    ("COUNT", &[]),
    ("PUT", &["1", r#"{"title":"Changed"}"#]),
    ("DEL", &["2"]),
    ("NB", &[]),
    ("WHO", &[]),
    ("AUDIT", &["LIMIT", "1"]),
    ("CLUSTER", &["SEQ"]),
    ("KEY", &["LIST"]),
    ("USER", &["LIST"]),
    ("UP", &["2", "2"]),
    ("PASSWD", &["1", "1"]),
    ("HELLO", &["3", "AUTH", "2", "2", "SETNAME", "me"]),
    ("RESET", &[]),
    ("END", &[]),
    ("HELP", &["SEND"]),
    ("INFO", &["server"]),
    ("PING", &[]),
    ("ECHO", &["hello"]),
    ("SELECT", &["0"]),
    ("CLIENT", &["ID"]),
    ("COMMAND", &["COUNT"]),
    ("CONFIG", &["GET", "save"]),
    ("UNWATCH", &[]),
];

/// The client that sends a command.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asker {
    Stranger,
    Reader,
    Admin,
}

/// The outcome of a command.
#[derive(Debug, PartialEq)]
enum Fate {
    /// It ran.
    Done,
    /// It was refused because it needs a login, and an attempt was used up.
    LoginRequired,
    /// It was refused because it needs another role.
    NoPermission,
}

fn expected(access: RequiredRole, asker: Asker) -> Fate {
    match (access, asker) {
        (RequiredRole::Anyone, _) | (RequiredRole::Reader, Asker::Reader) | (_, Asker::Admin) => {
            Fate::Done
        }
        (RequiredRole::Admin, Asker::Reader) => Fate::NoPermission,
        (RequiredRole::Reader | RequiredRole::Admin, Asker::Stranger) => Fate::LoginRequired,
    }
}

fn fate(spec: &CommandDescription, reply: &Reply) -> Fate {
    let Reply::Error(words) = reply else {
        return Fate::Done;
    };
    if words == "ECHEC login required, send UP <user> <password>, 2 attempts left" {
        return Fate::LoginRequired;
    }
    assert_eq!(*words, format!("NOPERM {} needs the role admin", spec.name));
    Fate::NoPermission
}

fn example(spec: &CommandDescription) -> &'static [&'static str] {
    let found = EXAMPLES.iter().find(|(name, _)| *name == spec.name);
    found
        .unwrap_or_else(|| panic!("{} has no example in tests/access.rs", spec.name))
        .1
}

/// The admin of this catalogue has the reader's password, so that one example of `PASSWD`
/// fits both.
fn connect(server: &TestServer, asker: Asker) -> RawClient {
    match asker {
        Asker::Stranger => server.raw_client(),
        Asker::Reader => server.reader(),
        Asker::Admin => server.raw_client().login("admin", "1"),
    }
}

fn rows(server: &TestServer) -> Vec<(String, String)> {
    let sqlite = server.folder().sqlite();
    let mut rows = sqlite
        .prepare(
            "SELECT name, title FROM movie UNION ALL SELECT name, role FROM user ORDER BY 1, 2",
        )
        .unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_command_requires_its_role() {
    let server = TestServer::start();
    let changed = server.admin().ask(&["PASSWD", "mdp", "1"]);
    assert_eq!(changed, Reply::Status("OK".to_owned()));
    let before = rows(&server);
    for asker in [Asker::Stranger, Asker::Reader, Asker::Admin] {
        assert_eq!(rows(&server), before, "changed by those who may not");
        for spec in COMMANDS {
            for word in spec.words() {
                for word in [word.to_owned(), word.to_lowercase()] {
                    let mut words = vec![word.as_str()];
                    words.extend(example(spec));
                    let reply = connect(&server, asker).ask(&words);
                    assert_eq!(
                        fate(spec, &reply),
                        expected(spec.role, asker),
                        "{words:?} as {asker:?} was answered {reply:?}"
                    );
                }
            }
        }
    }
    assert_ne!(rows(&server), before, "the admin changed nothing");
}

/// Permission is checked before arguments, so a refusal reveals nothing about the
/// arguments.
#[test]
fn the_role_is_checked_before_the_arguments() {
    let server = TestServer::start();
    for spec in COMMANDS {
        let words = [spec.name, "a", "b", "c", "d", "e", "f", "g"];
        for asker in [Asker::Stranger, Asker::Reader] {
            let fate_of = expected(spec.role, asker);
            if fate_of != Fate::Done {
                let reply = connect(&server, asker).ask(&words);
                assert_eq!(fate(spec, &reply), fate_of, "{words:?} as {asker:?}");
            }
        }
    }
}

/// Commands that client libraries send on their own use up no attempt. Every other
/// refusal does.
#[test]
fn only_our_own_commands_use_up_attempts() {
    let server = TestServer::start();
    let wrong = |left: &str| Reply::error("ECHEC", format_args!("wrong user or password, {left}"));
    for spec in COMMANDS {
        let mut client = server.raw_client();
        if matches!(spec.name, "END" | "UP" | "HELLO") {
            continue;
        }
        let mut words = vec![spec.name];
        words.extend(example(spec));
        client.ask(&words);
        let left = match spec.role {
            RequiredRole::Anyone => "2 attempts left",
            RequiredRole::Reader | RequiredRole::Admin => "1 attempt left",
        };
        assert_eq!(client.ask(&["UP", "1", "wrong"]), wrong(left), "{words:?}");
    }
}

#[test]
fn every_example_is_of_a_command() {
    for (name, _) in EXAMPLES {
        assert!(COMMANDS.iter().any(|spec| spec.name == *name), "{name}");
    }
    assert_eq!(EXAMPLES.len(), COMMANDS.len());
}
