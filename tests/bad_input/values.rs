//! Names, passwords, movies and queries: any bytes, and the limits of their lengths.

use std::time::{Duration, Instant};

use catalogue::config::limits;
use catalogue::movie::Movie;
use catalogue::protocol::resp::Reply;

use super::{ok, still_answers};
use crate::support::{TestServer, frame};

/// A row that is damaged while it is served affects only its own answers.
#[test]
fn an_invalid_row_is_named() {
    let server = TestServer::start();
    let sqlite = server.folder().sqlite();
    sqlite
        .execute("UPDATE movie SET rating = 11 WHERE name = '1'", [])
        .unwrap();
    let mut client = server.reader();
    let refusal = "the movie `1` in the database is not valid: rating `11` is not between 0 and 10";
    assert_eq!(client.ask(&["SEND", "1"]), Reply::error("ERR", refusal));
    assert!(matches!(client.ask(&["SEND", "2"]), Reply::Bulk(_)));
}

/// A name that another program wrote can end no line and turn no text.
#[test]
fn the_name_of_an_invalid_row_is_escaped_and_cut() {
    let server = TestServer::start();
    let sqlite = server.folder().sqlite();
    for (name, shown) in [
        (
            "a\r\n+OK\u{1b}\u{202e}".to_owned(),
            r"a\r\n+OK\u{1b}\u{202e}",
        ),
        ("n".repeat(65), &format!("{}…", "n".repeat(64))),
    ] {
        let renamed = "UPDATE movie SET name = ?1, rating = 11 WHERE id = 1";
        sqlite.execute(renamed, [&name]).unwrap();
        let Reply::Error(refusal) = server.reader().ask(&["SEND", &name]) else {
            panic!("`{shown}` was sent");
        };
        let start = format!("ERR the movie `{shown}` in the database is not valid: ");
        assert!(refusal.starts_with(&start), "{refusal}");
        assert!(!refusal.contains(|letter: char| letter.is_control() || letter == '\u{202e}'));
    }
}

#[test]
fn names_of_any_bytes_match_no_movie() {
    let server = TestServer::start();
    let mut client = server.reader();
    let longest = "n".repeat(limits::MAX_NAME_BYTES);
    let too_long = "n".repeat(limits::MAX_NAME_BYTES + 1);
    for name in [
        "",
        " ",
        "a b",
        "\"",
        "'",
        "a:b",
        "a\nb",
        "\r\n+OK\r\n",
        "🎬",
        "\0",
        &longest,
        &too_long,
    ] {
        assert_eq!(client.ask(&["SEND", name]), Reply::Null, "{name:?}");
        assert_eq!(client.ask(&["EXISTS", name]), Reply::Integer(0), "{name:?}");
        assert_eq!(
            client.ask(&["MSEND", name]),
            Reply::Array(vec![Reply::Null]),
            "{name:?}"
        );
    }
    for raw in [&b"\xff"[..], b"\xc3", b"\0\xfe"] {
        client.send(frame(&[b"SEND", raw])).expect("$-1\r\n");
    }
}

#[test]
fn users_and_passwords_of_any_bytes_are_refused() {
    let server = TestServer::start();
    let long = "u".repeat(limits::MAX_USER_BYTES + 1);
    let longer = "p".repeat(limits::MAX_PASSWORD_BYTES + 1);
    for (user, password) in [
        ("admin", ""),
        ("", "mdp"),
        ("admin ", "mdp"),
        ("ADMIN", "mdp"),
        ("admin", "mdp\0"),
        ("a b", "\""),
        ("a:b", "'"),
        ("\r\n", "🎬"),
        (&long, "mdp"),
        ("admin", &longer),
        ("' OR 1=1 --", "x"),
    ] {
        assert_eq!(
            server.raw_client().ask(&["UP", user, password]),
            Reply::error("ECHEC", "wrong user or password, 2 attempts left"),
            "{user:?} {password:?}"
        );
    }
    let refusal = "-ECHEC wrong user or password, 2 attempts left\r\n";
    server
        .raw_client()
        .send(frame(&[b"UP", b"\xff\xfe", b"\xff"]))
        .expect(refusal);
    still_answers(&server);
}

/// The movies that are refused, one byte or one item above a limit, with the reason.
fn movies_above_a_limit() -> Vec<(String, String, &'static str)> {
    let name = "n".repeat(limits::MAX_NAME_BYTES);
    let title = "t".repeat(limits::MAX_TITLE_BYTES);
    let genre = "g".repeat(limits::MAX_GENRE_BYTES + 1);
    let field = |field: &str| ("x".to_owned(), format!(r#"{{"title":"x",{field}}}"#));
    let with_reason = |(name, json), reason| (name, json, reason);
    vec![
        (
            format!("{name}n"),
            r#"{"title":"x"}"#.to_owned(),
            "name has 256 bytes, at most 255 are allowed",
        ),
        (
            "x".to_owned(),
            format!(r#"{{"title":"{title}t"}}"#),
            "title has 1025 bytes, at most 1024 are allowed",
        ),
        with_reason(
            field(&format!(r#""original_title":"{title}t""#)),
            "original_title has 1025 bytes, at most 1024 are allowed",
        ),
        with_reason(
            field(r#""runtime_minutes":100001"#),
            "runtime_minutes `100001` is not between 1 and 100000",
        ),
        with_reason(
            field(r#""runtime_minutes":0"#),
            "runtime_minutes `0` is not between 1 and 100000",
        ),
        with_reason(
            field(r#""rating":-0.1"#),
            "rating `-0.1` is not between 0 and 10",
        ),
        with_reason(
            field(&format!(r#""genres":[{}]"#, genres(limits::MAX_GENRES + 1))),
            "33 genres were given, at most 32 are allowed",
        ),
        with_reason(
            field(&format!(r#""genres":["{genre}"]"#)),
            "genre has 65 bytes, at most 64 are allowed",
        ),
    ]
}

/// So many different genres of the greatest length, as the items of a JSON array.
fn genres(number: usize) -> String {
    let genre = "g".repeat(limits::MAX_GENRE_BYTES - 2);
    let each = (10..10 + number).map(|n| format!("\"{genre}{n}\""));
    each.collect::<Vec<_>>().join(",")
}

/// A movie is stored at the limits of its fields, and refused above each of them.
#[test]
fn movies_at_their_limits() {
    let server = TestServer::start();
    let mut client = server.admin();
    let name = "n".repeat(limits::MAX_NAME_BYTES);
    let title = "t".repeat(limits::MAX_TITLE_BYTES);
    let full = format!(
        r#"{{"title":"{title}","original_title":"{title}","runtime_minutes":{},"rating":{:?},"votes":{},"genres":[{}]}}"#,
        limits::MAX_RUNTIME_MINUTES,
        limits::MAX_RATING,
        u32::MAX,
        genres(limits::MAX_GENRES)
    );
    assert_eq!(client.ask(&["PUT", &name, &full]), ok());
    let Reply::Bulk(row) = client.ask(&["SEND", &name, "JSON"]) else {
        panic!("no row");
    };
    let stored = Movie::from_json(std::str::from_utf8(&row).unwrap()).unwrap();
    assert_eq!((&stored.name, &stored.title), (&name, &title));
    let found = (stored.votes, stored.genres.len());
    assert_eq!(found, (Some(u32::MAX), limits::MAX_GENRES));
    for (name, movie, reason) in movies_above_a_limit() {
        let refusal = format_args!("not a movie in json form: {reason}");
        assert_eq!(
            client.ask(&["PUT", &name, &movie]),
            Reply::error("ERR", refusal)
        );
    }
    assert_eq!(client.ask(&["COUNT"]), Reply::Integer(4));
}

#[test]
fn client_names_at_their_limit() {
    let server = TestServer::start();
    let mut client = server.raw_client();
    let longest = "c".repeat(limits::MAX_CLIENT_NAME_BYTES);
    assert_eq!(client.ask(&["CLIENT", "SETNAME", &longest]), ok());
    let refusal = Reply::error(
        "ERR",
        "the client name has 65 bytes, at most 64 are allowed",
    );
    let longer = format!("{longest}c");
    assert_eq!(client.ask(&["CLIENT", "SETNAME", &longer]), refusal);
    assert_eq!(client.ask(&["HELLO", "2", "SETNAME", &longer]), refusal);
    assert_eq!(client.ask(&["CLIENT", "GETNAME"]), Reply::text(longest));
    assert_eq!(client.ask(&["CLIENT", "SETNAME", ""]), ok());
    assert_eq!(client.ask(&["CLIENT", "GETNAME"]), Reply::Null);
}

#[test]
fn pages_at_their_limits() {
    let server = TestServer::start();
    let mut client = server.admin();
    let total = limits::MAX_LIST_ROWS + 1;
    let lines = (0..total).map(|number| format!("PUT n{number} '{{\"title\":\"x\"}}'\r\n"));
    client.send(lines.collect::<String>());
    for _ in 0..total {
        assert_eq!(client.reply(), ok());
    }
    let rows = |reply: Reply| match reply {
        Reply::Array(rows) => rows.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(rows(client.ask(&["LIST"])), limits::DEFAULT_LIST_ROWS);
    assert_eq!(
        rows(client.ask(&["LIST", "LIMIT", "1000"])),
        limits::MAX_LIST_ROWS
    );
    let refusal = "LIMIT `1001` is not a number between 1 and 1000";
    assert_eq!(
        client.ask(&["LIST", "LIMIT", "1001"]),
        Reply::error("ERR", refusal)
    );
}

#[test]
fn searches_at_their_limits() {
    let server = TestServer::start();
    let mut client = server.reader();
    let nothing = Reply::Array(Vec::new());
    let many = vec!["zq"; limits::MAX_QUERY_WORDS + 1].join(" ");
    assert_eq!(client.ask(&["FIND", &many[3..]]), nothing);
    let refusal = "65 words were given, at most 64 are allowed";
    assert_eq!(client.ask(&["FIND", &many]), Reply::error("ERR", refusal));
    let long = "x".repeat(limits::MAX_QUERY_BYTES + 1);
    assert_eq!(client.ask(&["FIND", &long[1..]]), nothing);
    let refusal = "the words have 1025 bytes, at most 1024 are allowed";
    assert_eq!(client.ask(&["FIND", &long]), Reply::error("ERR", refusal));
}

/// Every argument has a limit that is checked before it is processed, and an error repeats
/// little of it.
#[test]
fn long_arguments_are_refused_at_once_and_not_repeated() {
    let server = TestServer::start();
    let mut admin = server.admin();
    // One character that compatibility decomposition makes eighteen of.
    let long = "\u{fdfa}".repeat(300_000);
    let unknown_field = format!("{{\"title\":\"T\",\"{}\":1}}", "x".repeat(60_000));
    let began = Instant::now();
    for words in [
        &["LIST", "GENRE", &long][..],
        &["LIST", "AFTER", &long],
        &["LIST", "YEAR", &long],
        &["LIST", "MIN-RATING", &long],
        &["LIST", "LIMIT", &long],
        &["LIST", &long],
        &["FIND", "alien", "GENRE", &long],
        &["FIND", &long],
        &["HELP", &long],
        &["PUT", &long, "{}"],
        &["PUT", "x", &long],
        &["PUT", "x", &unknown_field],
        &["CLIENT", "SETNAME", &long],
        &[&long],
    ] {
        let Reply::Error(text) = admin.ask(words) else {
            panic!("{} was not refused", words[0]);
        };
        assert!(text.len() < 700, "{} repeats {}", words[0], text.len());
    }
    // The first alone took more than a second when it was analysed.
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    for name in ["SEND", "EXISTS", "MSEND", "DEL"] {
        let reply = admin.ask(&[name, &long]);
        assert!(!matches!(reply, Reply::Error(_)), "{reply:?}");
    }
}
