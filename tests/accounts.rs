//! `adduser`, `passwd`, `deluser` and `users`.

use catalogue::auth::{Cost, Memory, Password, hash};
use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use rexpect::session::PtySession;

use crate::support::{Cli, Folder, PROGRAM, TestServer, frame, in_terminal, wait_for};

/// Whether a login with this password succeeds.
#[track_caller]
fn gets_in(server: &TestServer, user: &str, password: &[u8]) -> bool {
    let request = frame(&[b"UP", user.as_bytes(), password]);
    match server.raw_client().send(request).reply() {
        Reply::Status(status) if status == "PASSOK" => true,
        Reply::Error(words) if words == "ECHEC wrong user or password, 2 attempts left" => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_accounts_of_the_report() {
    let folder = Folder::initialised();
    for (user, password, role) in [
        ("admin", "mdp", "admin"),
        ("1", "1\n", "reader"),
        ("2", "2\r\n", "reader"),
        ("quoted", "a:b c\"d\n", "reader"),
    ] {
        Cli::new(["adduser", user])
            .stdin(password)
            .stdout(format!("added `{user}` as {role}\n"))
            .run(&folder);
    }
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    for (user, password) in [
        ("admin", "mdp"),
        ("1", "1"),
        ("2", "2"),
        ("quoted", "a:b c\"d"),
    ] {
        assert!(gets_in(&server, user, password.as_bytes()), "{user}");
        assert!(!gets_in(&server, user, b"mdp "), "{user}");
    }
    let mut client = server.raw_client();
    client
        .send("UP quoted \"a:b c\\\"d\"\n")
        .expect("+PASSOK\r\n");
}

#[test]
fn the_first_account_is_an_admin_by_default() {
    let folder = Folder::initialised();
    for (args, stderr) in [
        (
            vec!["adduser", "a", "--role", "reader"],
            "added `a` as reader\n",
        ),
        (vec!["adduser", "b"], "added `b` as reader\n"),
        (
            vec!["adduser", "c", "--role", "admin"],
            "added `c` as admin\n",
        ),
    ] {
        Cli::new(args).stdin("x\n").stdout(stderr).run(&folder);
    }
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let output = Cli::new(["users"]).output(&folder);
    let table = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows[0], ["USER", "ROLE", "ADDED"]);
    for (row, (user, role)) in
        rows[1..]
            .iter()
            .zip([("a", "reader"), ("b", "reader"), ("c", "admin")])
    {
        assert_eq!(row[..2], [user, role]);
        // The date may change between the two runs.
        assert!(row[2] == today || row[2] < today.as_str(), "{row:?}");
    }
    assert_eq!(rows.len(), 4);
}

#[test]
fn an_empty_list_of_accounts_is_reported() {
    let folder = Folder::initialised();
    Cli::new(["users"])
        .stdout("no accounts yet, add the first one with `catalogue adduser admin`\n")
        .run(&folder);
}

/// Composed and decomposed letters are the same name and the same password.
#[test]
fn names_and_passwords_have_one_canonical_form() {
    let folder = Folder::with_accounts();
    Cli::new(["adduser", "ne\u{301}e"])
        .stdin("cafe\u{301}\n")
        .stdout("added `n\u{e9}e` as reader\n")
        .run(&folder);
    Cli::new(["adduser", "n\u{e9}e"])
        .stdin("x\n")
        .fails(
            "user `n\u{e9}e` exists already, change the password with `catalogue passwd n\u{e9}e`",
        )
        .run(&folder);
    Cli::new(["role", "ne\u{301}e", "admin"])
        .stdout("made `n\u{e9}e` admin\n")
        .run(&folder);
    // An account of an earlier version: its name and password were kept as they were sent.
    let (old_name, old_password) = ("oe\u{301}\u{202e}", "de\u{301}");
    let password = Password::from_bytes(old_password.as_bytes());
    let hash = hash(&password, Cost::default(), &mut Memory::default()).unwrap();
    let sql =
        "INSERT INTO user (name, password_hash, role, created_at) VALUES (?1, ?2, 'reader', 0)";
    folder.sqlite().execute(sql, [old_name, &hash]).unwrap();
    let listed = Cli::new(["users"]).output(&folder);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("o\u{65}\u{301}\\u{202e}"), "{listed}");
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    let passok = Reply::Status("PASSOK".to_owned());
    for (name, password) in [
        ("n\u{e9}e", "caf\u{e9}"),
        ("ne\u{301}e", "caf\u{e9}"),
        ("n\u{e9}e", "cafe\u{301}"),
        ("n\u{ff45}\u{301}e", "cafe\u{301}"),
        (old_name, old_password),
    ] {
        let reply = server.raw_client().ask(&["UP", name, password]);
        assert_eq!(reply, passok, "{name:?}");
    }
    // The first login of the old account has replaced its hash.
    let old_in_new_form = || server.raw_client().ask(&["UP", old_name, "d\u{e9}"]);
    wait_for("the new hash", || {
        (old_in_new_form() == passok).then_some(())
    });
}

#[test]
fn user_names_hold_no_invisible_characters() {
    let folder = Folder::with_accounts();
    for (name, character) in [
        ("a\u{202e}b", "202E"),
        ("a\u{200b}", "200B"),
        ("\u{1f3ac}", "1F3AC"),
    ] {
        Cli::new(["adduser", name])
            .stdin("x\n")
            .fails(format!(
                "the user name holds the character U+{character}, use letters, digits, spaces and \
                 ASCII punctuation"
            ))
            .run(&folder);
    }
    Cli::new(["adduser", "a"])
        .stdin("a\u{200b}\n")
        .fails("the password holds an invisible or obsolete character, leave it out")
        .run(&folder);
}

/// No answer shows that the account exists.
#[test]
fn an_account_with_an_unusable_hash_is_answered_like_an_unknown_one() {
    let server = TestServer::start();
    let sql = "UPDATE user SET password_hash = CAST(x'ff' AS TEXT) WHERE name = '1'";
    assert_eq!(server.folder().sqlite().execute(sql, []).unwrap(), 1);
    let ask = |name: &str| server.raw_client().ask(&["UP", name, "1"]);
    assert_eq!(ask("1"), ask("nobody"));
}

#[test]
fn a_user_name_is_unique() {
    let folder = Folder::with_accounts();
    Cli::new(["adduser", "1"])
        .stdin("x\n")
        .fails("user `1` exists already, change the password with `catalogue passwd 1`")
        .run(&folder);
    Cli::new(["passwd", "3"])
        .stdin("x\n")
        .fails("no user `3`, `catalogue users` lists the accounts")
        .run(&folder);
    Cli::new(["deluser", "3"])
        .fails("no user `3`, `catalogue users` lists the accounts")
        .run(&folder);
}

#[test]
fn a_changed_password_replaces_the_old_one() {
    let server = TestServer::start();
    let folder = server.folder();
    assert!(gets_in(&server, "1", b"1"));
    Cli::new(["passwd", "1"])
        .stdin("new\n")
        .stdout("changed the password of `1`\n")
        .run(folder);
    assert!(gets_in(&server, "1", b"new"));
    assert!(!gets_in(&server, "1", b"1"));
    // While the server runs, added and removed accounts take effect at once.
    Cli::new(["adduser", "3"])
        .stdin("3\n")
        .stdout("added `3` as reader\n")
        .run(folder);
    assert!(gets_in(&server, "3", b"3"));
    Cli::new(["deluser", "3"])
        .stdout("removed `3`\n")
        .run(folder);
    assert!(!gets_in(&server, "3", b"3"));
}

#[test]
fn the_last_admin_cannot_be_removed() {
    let folder = Folder::with_accounts();
    let refusal = "`admin` is the last admin and stays, make another one first with `catalogue adduser --role admin`, or give --force";
    Cli::new(["deluser", "admin"]).fails(refusal).run(&folder);
    Cli::new(["adduser", "other", "--role", "admin"])
        .stdin("x\n")
        .stdout("added `other` as admin\n")
        .run(&folder);
    Cli::new(["deluser", "admin"])
        .stdout("removed `admin`\n")
        .run(&folder);
    Cli::new(["deluser", "other"])
        .fails(refusal.replacen("admin", "other", 1))
        .run(&folder);
}

/// OWASP's minimum is the minimum for every command that makes a hash.
#[test]
fn hashes_have_the_requested_cost_and_a_safe_minimum() {
    let folder = Folder::with_accounts();
    for args in [&["serve"][..], &["adduser", "3"], &["passwd", "1"]] {
        let flags = ["--hash-memory-kib", "8192", "--hash-passes", "4"];
        Cli::new(args.iter().chain(&flags))
            .stdin("x\n")
            .status(2)
            .stderr(
                "catalogue: a password hash with memory 8192 KiB and passes 4 is too weak, OWASP \
                 recommends at least 7168 with 5, or 9216 with 4, or 12288 with 3, or 19456 with \
                 2, or 47104 with 1; set --hash-memory-kib and --hash-passes\n",
            )
            .run(&folder);
    }
    Cli::new(["adduser", "3"])
        .env("CATALOGUE_HASH_MEMORY_KIB", "7168")
        .env("CATALOGUE_HASH_PASSES", "5")
        .stdin("x\n")
        .stdout("added `3` as reader\n")
        .run(&folder);
    let sql =
        "SELECT count(*) FROM user WHERE password_hash LIKE '$argon2id$v=19$m=7168,t=5,p=1$%'";
    let found = folder
        .sqlite()
        .query_row(sql, [], |row| row.get::<_, i64>(0));
    assert_eq!(found, Ok(1));
}

#[test]
fn a_generated_password_is_shown_once_and_works() {
    let server = TestServer::start();
    let mut shown = Vec::new();
    for (args, head) in [
        (
            ["adduser", "3", "--generate"],
            "added `3` as reader\npassword: ",
        ),
        (
            ["passwd", "3", "--generate"],
            "changed the password of `3`\npassword: ",
        ),
    ] {
        let output = Cli::new(args).output(server.folder());
        assert!(output.status.success() && output.stderr.is_empty());
        let text = String::from_utf8(output.stdout).unwrap();
        let password = text
            .strip_prefix(head)
            .unwrap()
            .strip_suffix('\n')
            .unwrap()
            .to_owned();
        assert_eq!(password.len(), 24);
        assert!(gets_in(&server, "3", password.as_bytes()));
        shown.push(password);
    }
    assert!(!gets_in(&server, "3", shown[0].as_bytes()));
}

#[test]
fn passwords_at_their_limits() {
    let server = TestServer::start();
    let folder = server.folder();
    let longest = "x".repeat(limits::MAX_PASSWORD_BYTES);
    for (user, password) in [
        ("long", longest.as_str()),
        ("film", "🎬 é"),
        ("spaces", "  two  "),
    ] {
        Cli::new(["adduser", user])
            .stdin(format!("{password}\nthe next line is not read\n"))
            .stdout(format!("added `{user}` as reader\n"))
            .run(folder);
        assert!(gets_in(&server, user, password.as_bytes()), "{user}");
    }
    for (password, refusal) in [
        (
            &b""[..],
            "the password is empty, it needs at least one character",
        ),
        (
            b"\n",
            "the password is empty, it needs at least one character",
        ),
        (
            b"a\tb\n",
            "the password holds a control character, it could not be typed at a prompt",
        ),
        (
            b"a\x00b\n",
            "the password holds a control character, it could not be typed at a prompt",
        ),
        (b"\xff\n", "the password is not valid UTF-8"),
        (
            format!("{longest}x\n").as_bytes(),
            "the password has 1025 bytes, at most 1024 are allowed",
        ),
    ] {
        Cli::new(["adduser", "refused"])
            .stdin(password)
            .fails(refusal)
            .run(folder);
        Cli::new(["passwd", "1"])
            .stdin(password)
            .fails(refusal)
            .run(folder);
    }
    assert!(gets_in(&server, "1", b"1"));
    assert!(!gets_in(&server, "refused", b""));
}

#[test]
fn user_names_at_their_limits() {
    let server = TestServer::start();
    let folder = server.folder();
    let longest = "u".repeat(limits::MAX_USER_BYTES);
    for user in [
        &longest,
        "jean paul",
        "a\"b'c",
        "a:b",
        "電影",
        "-dash",
        "Admin",
    ] {
        Cli::new(["adduser", "--role", "reader", "--", user])
            .stdin("p\n")
            .stdout(format!("added `{user}` as reader\n"))
            .run(folder);
        assert!(gets_in(&server, user, b"p"), "{user}");
    }
    let too_long = "u".repeat(limits::MAX_USER_BYTES + 1);
    for (user, refusal) in [
        (
            "",
            "the user name is empty, it needs at least one character",
        ),
        ("a\nb", "the user name `a\\nb` holds a control character"),
        (
            &too_long,
            "the user name has 256 bytes, at most 255 are allowed",
        ),
    ] {
        Cli::new(["adduser", user])
            .stdin("p\n")
            .fails(refusal)
            .run(folder);
    }
    assert!(!gets_in(&server, &too_long, b"p"));
    assert!(!gets_in(&server, "", b""));
}

/// A name that got into the file by other means cannot control the terminal.
#[test]
fn names_are_escaped_on_every_output() {
    let folder = Folder::with_accounts();
    let odd = "e\u{1b}[2J\u{202e}\u{200b}ve";
    let escaped = r"e\u{1b}[2J\u{202e}\u{200b}ve";
    let renamed = folder
        .sqlite()
        .execute("UPDATE user SET name = ? WHERE name = '1'", [odd])
        .unwrap();
    assert_eq!(renamed, 1);
    for args in [
        &["users"][..],
        &["users", "--json"],
        &["deluser", "no\u{202e}body"],
        &["role", odd, "reader"],
        &["deluser", odd],
    ] {
        let output = Cli::new(args).output(&folder);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        let is_raw = |letter: char| {
            letter.is_control() && letter != '\n' || matches!(letter, '\u{202e}' | '\u{200b}')
        };
        assert!(!text.contains(is_raw), "{args:?}: {text}");
        let expected = match args {
            ["users", "--json"] => r"e\u001b[2J\u202e\u200bve",
            ["deluser", "no\u{202e}body"] => r"no user `no\u{202e}body`",
            _ => escaped,
        };
        assert!(text.contains(expected), "{args:?}: {text}");
    }
}

#[test]
fn no_password_is_taken_from_the_command_line() {
    let folder = Folder::initialised();
    let output = Cli::new(["adduser", "admin", "mdp"]).output(&folder);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.starts_with("error: unexpected argument 'mdp' found\n"),
        "{words}"
    );
}

#[test]
fn the_file_holds_a_hash_and_no_password() {
    let folder = Folder::initialised();
    Cli::new(["adduser", "admin"])
        .stdin("correct horse\n")
        .stdout("added `admin` as admin\n")
        .run(&folder);
    let bytes = std::fs::read(folder.db()).unwrap();
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!holds(b"correct horse"));
}

/// Runs the program on a terminal with these arguments.
fn at_a_terminal(folder: &Folder, args: &[&str]) -> PtySession {
    let mut command = std::process::Command::new(PROGRAM);
    command.args(args).current_dir(folder.path());
    in_terminal(command)
}

#[test]
fn a_prompt_shows_nothing_of_the_password() {
    let folder = Folder::initialised();
    let mut session = at_a_terminal(&folder, &["adduser", "admin"]);
    session.exp_string("password for `admin`: ").unwrap();
    session.send_line("a:b c\"d e").unwrap();
    let between = session.exp_string("the same again: ").unwrap();
    session.send_line("a:b c\"d e").unwrap();
    let behind = session.exp_string("added `admin` as admin").unwrap();
    for shown in [between, behind] {
        assert_eq!(shown.trim(), "");
    }
    session.exp_eof().unwrap();
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert!(gets_in(&server, "admin", b"a:b c\"d e"));
}

#[test]
fn a_short_password_at_the_prompt_is_accepted_with_a_warning() {
    let folder = Folder::initialised();
    for (password, is_short) in [("1234567", true), ("éééééééé", false)] {
        let user = format!("u{}", password.len());
        let mut session = at_a_terminal(&folder, &["adduser", &user]);
        session
            .exp_string(&format!("password for `{user}`: "))
            .unwrap();
        session.send_line(password).unwrap();
        session.exp_string("the same again: ").unwrap();
        session.send_line(password).unwrap();
        let shown = session.exp_string(&format!("added `{user}` as ")).unwrap();
        assert_eq!(shown.contains("the password is short"), is_short, "{shown}");
        session.exp_eof().unwrap();
    }
}

#[test]
fn two_different_passwords_at_the_prompt_change_nothing() {
    let folder = Folder::with_accounts();
    let mut session = at_a_terminal(&folder, &["passwd", "1"]);
    session.exp_string("password for `1`: ").unwrap();
    session.send_line("one").unwrap();
    session.exp_string("the same again: ").unwrap();
    session.send_line("two").unwrap();
    session
        .exp_string("catalogue: the two passwords are not the same, nothing was changed")
        .unwrap();
    session.exp_eof().unwrap();
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    assert!(gets_in(&server, "1", b"1"));
}

/// An empty password is refused before it is requested again.
#[test]
fn an_empty_password_at_the_prompt_is_refused_at_once() {
    let folder = Folder::initialised();
    let mut session = at_a_terminal(&folder, &["adduser", "admin"]);
    session.exp_string("password for `admin`: ").unwrap();
    session.send_line("").unwrap();
    session
        .exp_string("catalogue: the password is empty, it needs at least one character")
        .unwrap();
    session.exp_eof().unwrap();
}

/// An admin changes accounts over the wire; the sessions of a changed account end.
#[test]
fn accounts_change_over_the_wire() {
    let server = TestServer::start();
    let mut admin = server.admin();
    let ok = Reply::Status("OK".to_owned());
    let refused = |reply: Reply| match reply {
        Reply::Error(words) => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        admin.ask(&["USER", "ADD", "maria", "a b", "ROLE", "admin"]),
        ok
    );
    assert!(gets_in(&server, "maria", b"a b"));
    assert!(refused(admin.ask(&["USER", "ADD", "maria", "x"])).contains("`maria`"));
    assert!(refused(admin.ask(&["USER", "ADD", "a\nb", "x"])).contains("control character"));
    assert!(refused(admin.ask(&["USER", "ADD", "b", ""])).contains("password is empty"));
    let Reply::Array(users) = admin.ask(&["USER", "LIST"]) else {
        panic!("no list");
    };
    let names = users.iter().map(|user| match user {
        Reply::Array(fields) => fields[1].clone(),
        other => panic!("{other:?}"),
    });
    assert!(names.into_iter().any(|name| name == Reply::text("maria")));
    let mut maria = server.raw_client();
    maria.ask(&["UP", "maria", "a b"]);
    assert_eq!(admin.ask(&["USER", "ROLE", "maria", "reader"]), ok);
    assert!(refused(maria.ask(&["NB"])).starts_with("EC "));
    assert_eq!(admin.ask(&["USER", "DEL", "maria"]), ok);
    assert!(!gets_in(&server, "maria", b"a b"));
    assert!(refused(admin.ask(&["USER", "DEL", "maria"])).contains("`maria`"));
    assert!(refused(admin.ask(&["USER", "DEL", "admin"])).contains("last admin"));
}
