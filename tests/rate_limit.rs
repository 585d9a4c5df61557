//! Failed logins delay the next ones, per address and per account, known or not.

use std::time::Duration;

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;

use crate::support::{Folder, RawClient, TestServer, wait_for};

/// Guessing clients have addresses from this number on, honest ones lower addresses.
const ATTACKERS: usize = 1_000;

fn passok() -> Reply {
    Reply::Status("PASSOK".to_owned())
}

/// The seconds of `-BUSY retry in N s`, or nothing for another reply.
fn wait(reply: &Reply) -> Option<u64> {
    let Reply::Error(words) = reply else {
        return None;
    };
    let seconds = words.strip_prefix("BUSY retry in ")?.strip_suffix(" s")?;
    Some(seconds.parse().unwrap())
}

/// Guesses at an account, each from another address, until one guess is left.
fn all_but_one(server: &TestServer, user: &str) {
    for guess in 1..limits::ACCOUNT_FREE_FAILURES as usize {
        let mut client = server.raw_client_from(ATTACKERS + guess);
        let reply = client.ask(&["UP", user, &format!("guess {guess}")]);
        let wrong = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
        assert_eq!(reply, wrong);
    }
}

/// Logs in as soon as it is allowed.
#[track_caller]
fn logs_in_at_last(
    mut connect: impl FnMut() -> RawClient,
    user: &str,
    password: &str,
) -> RawClient {
    wait_for("the login", || {
        let mut client = connect();
        let reply = client.ask(&["UP", user, password]);
        if let Some(seconds) = wait(&reply) {
            std::thread::sleep(Duration::from_millis(seconds * 1_000 / 4));
            return None;
        }
        assert_eq!(reply, passok());
        Some(client)
    })
}

#[test]
fn guesses_at_an_account_delay_unknown_addresses_only() {
    let server = TestServer::start();
    let mut own = server.raw_client_from(1);
    assert_eq!(own.ask(&["UP", "1", "1"]), passok());
    all_but_one(&server, "1");
    let mut unauthenticated = server.raw_client_from(2);
    // In one write, so that no time passes between the last guess and the next login.
    unauthenticated
        .send("UP 1 guess\r\nUP 1 1\r\nAUTH 1 1\r\nHELLO 3 AUTH 1 1\r\nPING\r\nUP 2 guess\r\n")
        .expect("-ECHEC wrong user or password, 2 attempts left\r\n")
        .expect("-BUSY retry in 1 s\r\n".repeat(3))
        // Refused at once, not delayed, and no attempt is used up.
        .expect("+PONG\r\n-ECHEC wrong user or password, 1 attempt left\r\n");
    // A known address can log in at once, and every other one after the delay.
    assert_eq!(server.raw_client_from(1).ask(&["UP", "1", "1"]), passok());
    assert_eq!(server.metric(&mut own, "logins_wrong"), 6);
    assert_eq!(server.metric(&mut own, "logins_delayed"), 3);
    logs_in_at_last(|| server.raw_client_from(2), "1", "1");
}

/// The effect of failures is the same for existing and missing accounts.
#[test]
fn an_unknown_account_is_delayed_like_a_known_one() {
    let server = TestServer::start();
    for user in ["1", "nobody", "1 ", ""] {
        all_but_one(&server, user);
        server
            .raw_client_from(2)
            .send(format!("UP '{user}' guess\r\nUP '{user}' 1\r\n"))
            .expect("-ECHEC wrong user or password, 2 attempts left\r\n-BUSY retry in 1 s\r\n");
    }
}

#[test]
fn an_address_that_guesses_is_delayed_for_every_account() {
    let server = TestServer::start();
    let mut other = server.reader();
    for guess in 1..limits::ADDRESS_FREE_FAILURES {
        let mut client = server.raw_client_from(ATTACKERS);
        let user = format!("secret {guess}");
        let wrong = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
        assert_eq!(client.ask(&["UP", &user, "1"]), wrong);
    }
    server
        .raw_client_from(ATTACKERS)
        .send("UP secret guess\r\nUP 1 1\r\nUP nobody 1\r\n")
        .expect("-ECHEC wrong user or password, 2 attempts left\r\n")
        .expect("-BUSY retry in 1 s\r\n".repeat(2));
    assert_eq!(server.raw_client_from(2).ask(&["UP", "1", "1"]), passok());
    assert_eq!(other.ask(&["COUNT"]), Reply::Integer(3));
    // The log reports it, without the typed words.
    let line = server.logged("too many logins failed");
    assert!(line.contains("address=127.0.3.232"), "{line}");
    assert!(!line.contains("secret"), "{line}");
    logs_in_at_last(|| server.raw_client_from(ATTACKERS), "1", "1");
}

#[test]
fn a_wrong_old_password_counts_like_a_wrong_login() {
    let server = TestServer::start();
    let connect = |_| {
        let mut client = server.raw_client_from(1);
        assert_eq!(client.ask(&["UP", "1", "1"]), passok());
        client
    };
    // Two each, because the third failure closes a connection.
    let free = limits::ADDRESS_FREE_FAILURES;
    let mut clients: Vec<RawClient> = (0..=free / 2).map(connect).collect();
    for guess in 1..free {
        let reply = clients[guess as usize / 2].ask(&["PASSWD", &format!("guess {guess}"), "new"]);
        assert!(matches!(&reply, Reply::Error(words) if words.starts_with("ECHEC wrong password")));
        if guess + 1 == limits::ACCOUNT_FREE_FAILURES {
            server
                .raw_client_from(2)
                .send("UP 1 guess\r\nUP 1 1\r\n")
                .expect("-ECHEC wrong user or password, 2 attempts left\r\n-BUSY retry in 1 s\r\n");
        }
    }
    // Now the user's own address is delayed too, even for the right password.
    clients[free as usize / 2]
        .send("PASSWD guess new\r\nPASSWD 1 new\r\nCOUNT\r\n")
        .expect("-ECHEC wrong password, 2 attempts left\r\n-BUSY retry in 1 s\r\n:3\r\n");
}

#[test]
fn a_typing_error_causes_no_delay() {
    let server = TestServer::start();
    for day in 0..3 {
        let mut client = server.raw_client();
        for error in 0..3 {
            let reply = client.ask(&["UP", "1", &format!("{day} {error}")]);
            assert!(matches!(&reply, Reply::Error(words) if words.starts_with("EC")));
        }
        client.closed();
        server.raw_client().login("1", "1");
    }
}

/// Pools of client libraries log in like this, right after a few errors.
#[test]
fn a_pool_of_connections_is_not_delayed() {
    let server = TestServer::start();
    for guess in 0..limits::ACCOUNT_FREE_FAILURES - 1 {
        server.raw_client().ask(&["UP", "1", &guess.to_string()]);
    }
    let mut pool: Vec<RawClient> = (0..50).map(|_| server.raw_client()).collect();
    for client in &mut pool {
        client.send("UP 1 1\r\nCOUNT\r\n");
    }
    for client in &mut pool {
        client.expect("+PASSOK\r\n:3\r\n");
    }
}

/// A service with an outdated password, whose connections share an address with another
/// service.
#[test]
fn a_client_that_repeats_an_old_password_delays_no_other() {
    let server = TestServer::start();
    for _ in 0..3 * limits::ADDRESS_FREE_FAILURES {
        let reply = server.raw_client().ask(&["UP", "2", "old"]);
        let wrong = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
        assert_eq!(reply, wrong);
    }
    server.raw_client().login("1", "1");
    server.raw_client().login("2", "2");
}

#[test]
fn clients_of_a_shared_address_do_not_delay_each_other() {
    let folder = Folder::with_accounts();
    let flags = ["--shared-address", "127.0.3.232,::1"];
    let server = TestServer::serve(folder, "127.0.0.1:0", &flags);
    for guess in 0..2 * limits::ADDRESS_FREE_FAILURES {
        let mut client = server.raw_client_from(ATTACKERS);
        client.ask(&["UP", &guess.to_string(), "guess"]);
    }
    assert_eq!(
        server
            .raw_client_from(ATTACKERS)
            .ask(&["UP", "admin", "mdp"]),
        passok()
    );
}
