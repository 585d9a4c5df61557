//! `catalogue client --search` on a terminal.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::PtySession;

use crate::support::{Cli, PROGRAM, TestServer, in_terminal};

const ESCAPE: &str = "\x1b";
const DOWN: &str = "\x1b[B";
const LEAVES_SCREEN: &str = "\x1b[?1049l";

/// The search screen of an authenticated client, with these words as its query.
fn search(server: &TestServer, words: &[&str]) -> PtySession {
    let mut command = Command::new(PROGRAM);
    command
        .args(["client", "--search"])
        .args(words)
        .env("CATALOGUE_CONNECT", server.address().to_string())
        .env("CATALOGUE_USER", "admin")
        .env("CATALOGUE_PASSWORD", "mdp")
        .env("NO_COLOR", "1");
    in_terminal(command)
}

fn press(session: &mut PtySession, keys: &str) {
    session.send(keys).unwrap();
    session.flush().unwrap();
}

#[track_caller]
fn ended(mut session: PtySession, expected: i32) -> String {
    session.exp_string(LEAVES_SCREEN).unwrap();
    let rest = session.exp_eof().unwrap();
    match session.process().wait() {
        Ok(WaitStatus::Exited(_, status)) => assert_eq!(status, expected),
        other => panic!("{other:?}"),
    }
    rest
}

#[test]
fn results_change_with_every_key() {
    let server = TestServer::start();
    let mut session = search(&server, &[]);
    session.exp_string("type words of a title").unwrap();
    press(&mut session, "a");
    session.exp_string("Alien").unwrap();
    session.exp_string("  2001  Am").unwrap();
    press(&mut session, "m");
    session.exp_string("find: am").unwrap();
    session.exp_string("> 2001  Am").unwrap();
    // Enter shows the card. Escape returns to the list, and then leaves.
    press(&mut session, "\r");
    session.exp_string("Le Fabuleux Destin").unwrap();
    session.exp_string("Esc: back to the list").unwrap();
    press(&mut session, ESCAPE);
    session.exp_string("Esc: leave").unwrap();
    press(&mut session, "zzz");
    session.exp_string("nothing found for `amzzz`").unwrap();
    press(&mut session, ESCAPE);
    assert_eq!(ended(session, 0).trim(), "");
}

#[test]
fn the_words_of_the_command_line_are_searched_first() {
    let server = TestServer::start();
    let mut session = search(&server, &["the", "godf"]);
    session.exp_string("find: the godf").unwrap();
    session.exp_string("> 1972  The Godfather").unwrap();
    press(&mut session, DOWN);
    // Ctrl-C leaves at any time.
    press(&mut session, "\x03");
    ended(session, 0);
}

#[test]
fn a_lost_server_is_named_and_the_terminal_is_restored() {
    let server = TestServer::start();
    let mut session = search(&server, &["alien"]);
    session.exp_string("> 1979  Alien").unwrap();
    let address = server.address();
    server.kill();
    press(&mut session, "s");
    let stderr = ended(session, 1);
    let words = format!("the server at {address} has closed the connection");
    assert!(stderr.contains(&words), "{stderr}");
}

#[test]
fn without_a_terminal_an_alternative_is_named() {
    let server = TestServer::start();
    Cli::new(["client", "--search"])
        .env("CATALOGUE_CONNECT", server.address().to_string())
        .status(2)
        .stderr(
            "catalogue: --search needs a terminal; for a pipe or a file, give the command FIND\n",
        )
        .run(server.folder());
}

/// From a series to a season, its episode, and the movies of an actor, and back.
#[test]
fn a_card_leads_to_seasons_and_to_the_movies_of_its_people() {
    let server = TestServer::start();
    let mut admin = server.admin();
    for (name, movie) in [
        (
            "s",
            r#"{"title":"Zyzx Series","type":"tvSeries","votes":9}"#,
        ),
        (
            "e",
            r#"{"title":"Zyzx Pilot","series":{"name":"s","season":1,"episode":1},
                "cast":[{"name":"nm1","person":"Ann Actor"}]}"#,
        ),
        ("f", r#"{"title":"Film of Ann","cast":[{"name":"nm1"}]}"#),
    ] {
        admin.ask(&["PUT", name, movie]);
    }
    let mut session = search(&server, &["zyzx", "series"]);
    session.exp_string("> ").unwrap();
    press(&mut session, "\r");
    session.exp_string("> season 1").unwrap();
    press(&mut session, "\r");
    session.exp_string("Zyzx Pilot").unwrap();
    press(&mut session, "\r");
    session.exp_string("movies of Ann Actor").unwrap();
    // The first link of an episode is its series.
    press(&mut session, DOWN);
    session.exp_string("> movies of Ann Actor").unwrap();
    press(&mut session, "\r");
    session.exp_string("Film of Ann").unwrap();
    session.exp_string("Enter: open   Esc: back").unwrap();
    for _ in 0..4 {
        press(&mut session, ESCAPE);
        // A key that follows at once would be a part of the same sequence.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    session.exp_string("Esc: leave").unwrap();
    press(&mut session, ESCAPE);
    ended(session, 0);
}
