//! Removing an account, or changing its password or role, ends its open sessions.

use std::time::Duration;

use catalogue::protocol::commands::COMMANDS;
use catalogue::protocol::resp::Reply;

use crate::support::{Cli, Folder, RawClient, TestServer};

fn ended() -> Reply {
    Reply::error("EC", "your account was changed, connect and log in again")
}

/// No further command runs. The next one is refused, or the connection is closed already.
/// Then it is closed.
#[track_caller]
fn has_ended(client: &mut RawClient, words: &[&str]) {
    let request: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    client.send_unless_closed(crate::support::frame(&request));
    if let Some(reply) = client.reply_or_end() {
        assert_eq!(reply, ended(), "{words:?}");
        client.closed();
    }
}

#[track_caller]
fn catalogue(folder: &Folder, args: &[&str], stdin: &str, stderr: &str) {
    Cli::new(args).stdin(stdin).stdout(stderr).run(folder);
}

/// Changes of the account `1` by another process.
const CHANGES: [(&[&str], &str, &str); 3] = [
    (&["deluser", "1"], "", "removed `1`\n"),
    (&["passwd", "1"], "new\n", "changed the password of `1`\n"),
    (&["role", "1", "admin"], "", "made `1` admin\n"),
];

#[test]
fn every_change_of_an_account_ends_its_sessions_and_no_others() {
    for (args, stdin, stderr) in CHANGES {
        for workers in ["1", "3"] {
            let server = TestServer::start_with(&["--workers", workers]);
            let mut sessions: Vec<RawClient> = (0..6).map(|_| server.reader()).collect();
            let mut others = [
                server.admin(),
                server.raw_client().login("2", "2"),
                server.raw_client(),
            ];
            for client in &mut sessions {
                assert_eq!(client.ask(&["SEND", "9"]), Reply::Null);
            }
            catalogue(server.folder(), args, stdin, stderr);
            let (asking, silent) = sessions.split_at_mut(3);
            for client in asking {
                has_ended(client, &["SEND", "1"]);
            }
            // Silent sessions are closed as well.
            silent.iter_mut().for_each(RawClient::closed);
            for client in &mut others[..2] {
                assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3), "{args:?}");
            }
            assert_eq!(others[2].ask(&["PING"]), Reply::Status("PONG".to_owned()));
        }
    }
}

/// Each command of the table, sent by a removed account. `PUT` and `DEL` are among them,
/// which read nothing.
#[test]
fn no_command_runs_for_a_removed_account() {
    let server = TestServer::start();
    catalogue(
        server.folder(),
        &["role", "2", "admin"],
        "",
        "made `2` admin\n",
    );
    let connect = || server.raw_client().login("2", "2");
    let mut sessions: Vec<RawClient> = COMMANDS.iter().map(|_| connect()).collect();
    let mut watcher = server.reader();
    catalogue(server.folder(), &["deluser", "2"], "", "removed `2`\n");
    for (spec, client) in COMMANDS.iter().zip(&mut sessions) {
        let words = match spec.name {
            "PUT" => vec!["PUT", "4", r#"{"title":"Four"}"#],
            "UP" => vec!["UP", "admin", "mdp"],
            name => vec![name, "1"],
        };
        has_ended(client, &words);
    }
    assert_eq!(watcher.ask(&["COUNT"]), Reply::Integer(3));
}

#[test]
fn a_new_password_ends_the_other_sessions_and_leaves_the_one_that_chose_it() {
    for workers in ["1", "3"] {
        let server = TestServer::start_with(&["--workers", workers]);
        let mut sessions: Vec<RawClient> = (0..6).map(|_| server.reader()).collect();
        let mut own = server.reader();
        own.send("PASSWD 1 new\r\nCOUNT\r\n")
            .expect("+OK\r\n:3\r\n");
        for client in &mut sessions {
            has_ended(client, &["COUNT"]);
        }
        // It stays open after the other sessions were closed, and after the next change.
        std::thread::sleep(Duration::from_millis(1_500));
        own.send("PASSWD new newer\r\n").expect("+OK\r\n");
        assert_eq!(own.ask(&["COUNT"]), Reply::Integer(3));
        server.raw_client().login("1", "newer");
    }
}

/// A new account with the same name, and even the same password, is a different account.
#[test]
fn an_account_that_was_removed_and_added_again_is_a_new_one() {
    let server = TestServer::start();
    let mut session = server.reader();
    catalogue(server.folder(), &["deluser", "1"], "", "removed `1`\n");
    let stderr = "added `1` as reader\n";
    catalogue(server.folder(), &["adduser", "1"], "1\n", stderr);
    has_ended(&mut session, &["COUNT"]);
    server.raw_client().login("1", "1");
}

/// The same password with another hash is the same password.
#[test]
fn a_rehash_ends_no_session() {
    let folder = Folder::with_accounts();
    let (old, server) = {
        let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
        server.reader();
        let (_, folder) = server.stop();
        let flags = ["--hash-memory-kib", "24576", "--hash-passes", "3"];
        let old = stored_hash(&folder, "1");
        (old, TestServer::serve(folder, "127.0.0.1:0", &flags))
    };
    assert!(old.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{old}");
    let mut pool: Vec<RawClient> = (0..10).map(|_| server.reader()).collect();
    let new = crate::support::wait_for("another hash", || {
        Some(stored_hash(server.folder(), "1")).filter(|hash| *hash != old)
    });
    assert!(new.starts_with("$argon2id$v=19$m=24576,t=3,p=1$"), "{new}");
    std::thread::sleep(Duration::from_millis(1_500));
    for client in &mut pool {
        assert_eq!(client.ask(&["COUNT"]), Reply::Integer(3));
    }
    server.reader();
    assert_eq!(stored_hash(server.folder(), "1"), new);
    // Other accounts did not change. A new password gets such a hash too.
    assert_eq!(stored_hash(server.folder(), "2").len(), old.len());
    pool[0].send("PASSWD 1 new\r\n").expect("+OK\r\n");
    let hash = stored_hash(server.folder(), "1");
    assert!(
        hash.starts_with("$argon2id$v=19$m=24576,t=3,p=1$"),
        "{hash}"
    );
}

fn stored_hash(folder: &Folder, user: &str) -> String {
    let sql = "SELECT password_hash FROM user WHERE name = ?1";
    let row = folder.sqlite().query_row(sql, [user], |row| row.get(0));
    row.unwrap()
}

#[test]
fn the_last_admin_is_neither_removed_nor_demoted_by_mistake() {
    let folder = Folder::with_accounts();
    let refusal = "`admin` is the last admin and stays, make another one first with `catalogue adduser --role admin`, or give --force";
    Cli::new(["deluser", "admin"]).fails(refusal).run(&folder);
    Cli::new(["role", "admin", "reader"])
        .fails(refusal)
        .run(&folder);
    Cli::new(["role", "3", "reader"])
        .fails("no user `3`, `catalogue users` lists the accounts")
        .run(&folder);
    // The role of admin can be given back.
    catalogue(
        &folder,
        &["role", "admin", "admin"],
        "",
        "made `admin` admin\n",
    );
    catalogue(&folder, &["role", "1", "admin"], "", "made `1` admin\n");
    catalogue(
        &folder,
        &["role", "admin", "reader"],
        "",
        "made `admin` reader\n",
    );
    let refusal = refusal.replacen("admin", "1", 1);
    Cli::new(["role", "1", "reader"])
        .fails(refusal)
        .run(&folder);
    let force = ["role", "1", "reader", "--force"];
    catalogue(&folder, &force, "", "made `1` reader\n");
    catalogue(&folder, &["role", "2", "admin"], "", "made `2` admin\n");
    catalogue(&folder, &["deluser", "2", "--force"], "", "removed `2`\n");
}

/// A connection that got its last refusal is not counted while its client leaves it open.
#[test]
fn a_refused_session_leaves_the_list_at_once() {
    let server = TestServer::start();
    let mut watcher = server.admin();
    let mut guessing = server.raw_client();
    for _ in 0..3 {
        guessing.ask(&["UP", "1", "wrong"]);
    }
    assert_eq!(watcher.ask(&["NB"]), Reply::Integer(1));
    let Reply::Array(listed) = watcher.ask(&["WHO"]) else {
        panic!("no list");
    };
    assert_eq!(listed.len(), 1);
    guessing.closed();
    assert_eq!(watcher.ask(&["NB"]), Reply::Integer(1));
}
