//! The command line in a terminal and in a script.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{Cli, Folder, PROGRAM, TestServer, in_terminal};

fn stderr(args: &[&str], status: i32) -> String {
    let output = Cli::new(args).output(&Folder::empty());
    assert_eq!(output.status.code(), Some(status), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn stdout(folder: &Folder, args: &[&str]) -> String {
    let output = Cli::new(args).output(folder);
    assert!(output.status.success(), "{args:?}: {output:?}");
    assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Without a subcommand the first steps are printed. The exit status is 2, because a script without
/// a subcommand has lost its arguments.
#[test]
fn no_subcommand_prints_the_first_steps() {
    let stderr = stderr(&[], 2);
    for line in [
        "Begin with:",
        "  catalogue demo ",
        "  catalogue init ",
        "  catalogue serve ",
    ] {
        assert!(stderr.contains(line), "{stderr}");
    }
}

#[test]
fn a_typing_error_gets_a_suggestion() {
    for (typed, near) in [("imprt", "import"), ("user", "users"), ("bakcup", "backup")] {
        let stderr = stderr(&[typed], 2);
        assert!(
            stderr.contains("similar subcommand") && stderr.contains(&format!("'{near}'")),
            "{stderr}"
        );
    }
    let stderr = stderr(&["serve", "--lisen", "x"], 2);
    assert!(stderr.contains("'--listen'"), "{stderr}");
}

#[test]
fn the_short_help_is_short() {
    let folder = Folder::empty();
    for command in ["serve", "import", "backup"] {
        let [short, long] = ["-h", "--help"].map(|flag| stdout(&folder, &[command, flag]));
        assert!(long.contains("Examples:") && !short.contains("Examples:"));
        assert!(
            short.lines().count() * 4 < long.lines().count() * 3,
            "{short}\n{long}"
        );
        // The value of a variable may be secret.
        let set = Cli::new([command, "--help"])
            .env("CATALOGUE_DB", "canary")
            .output(&folder);
        let set = String::from_utf8(set.stdout).unwrap();
        assert!(
            set.contains("CATALOGUE_DB") && !set.contains("canary"),
            "{set}"
        );
    }
}

/// The help on a terminal.
fn help(no_color: &str) -> String {
    let mut command = Command::new(PROGRAM);
    command.arg("--help").env("NO_COLOR", no_color);
    let mut session = in_terminal(command);
    session.exp_eof().unwrap()
}

#[test]
fn colours_are_used_on_a_terminal_only() {
    const ESCAPE: char = '\u{1b}';
    assert!(help("").contains(ESCAPE));
    assert!(!help("1").contains(ESCAPE));
    assert!(!stdout(&Folder::empty(), &["--help"]).contains(ESCAPE));
}

/// The reader, such as `less` or `head -1`, closes the pipe without reading.
fn into_a_closed_pipe(folder: &Folder, args: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = Command::new(PROGRAM)
        .args(args)
        .current_dir(folder.path())
        .env_remove("CATALOGUE_DB")
        .env_remove("CATALOGUE_CONFIG")
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_broken_pipe_is_quiet() {
    let folder = Folder::with_accounts();
    for args in [
        &["users"][..],
        &["users", "--json"],
        &["config"],
        &["config", "--json"],
        &["check"],
        &["check", "--json"],
        &["export"],
        &["export", "--format", "csv"],
        &["init"],
        &["--help"],
        &["serve", "--help"],
        &["--version"],
    ] {
        let output = into_a_closed_pipe(&folder, args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{args:?}: {output:?}");
    }
    // The result is the same, however little of the output was read.
    let sqlite = folder.sqlite();
    sqlite
        .execute_batch("UPDATE counters SET movies = 9")
        .unwrap();
    sqlite.close().unwrap();
    let output = into_a_closed_pipe(&folder, &["check"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// More output than a pipe holds, of which one line is read.
#[test]
fn a_closed_pipe_after_one_line_is_no_error() {
    let folder = Folder::with_accounts();
    let sqlite = folder.sqlite();
    let rows = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000) \
                INSERT INTO user (name, password_hash, role, created_at) \
                SELECT 'somebody with a long name ' || n, 'x', 'reader', 0 FROM n";
    sqlite.execute_batch(rows).unwrap();
    sqlite.close().unwrap();
    let first = Cli::new(["users"]).first_line(&folder);
    assert_eq!(first.split_whitespace().next(), Some("USER"));
}

#[test]
fn accounts_as_json() {
    let folder = Folder::initialised();
    assert_eq!(stdout(&folder, &["users", "--json"]), "[]\n");
    let folder = Folder::with_accounts();
    folder
        .sqlite()
        .execute_batch("UPDATE user SET created_at = 0")
        .unwrap();
    let printed = stdout(&folder, &["users", "--json"]);
    let account = |name: &str, role: &str| json!({"name": name, "role": role, "added": "1970-01-01T00:00:00Z"});
    let expected = [
        account("1", "reader"),
        account("2", "reader"),
        account("admin", "admin"),
    ];
    assert_eq!(
        serde_json::from_str::<Value>(&printed).unwrap(),
        json!(expected)
    );
    assert_eq!(printed.lines().count(), 1);
}

/// Refused rows are reported on standard error, so that standard output holds the JSON
/// object only.
#[test]
fn an_import_summary_as_json() {
    let folder = Folder::initialised();
    let rows = "title,released,rating\nHeat,1995,8.3\n,1999,\nWind,1999,11\n";
    std::fs::write(folder.path().join("a.csv"), rows).unwrap();
    for dry_run in [true, false] {
        let args = ["import", "a.csv", "--skip-bad", "--json"];
        let args = args.iter().chain(dry_run.then_some(&"--dry-run"));
        let output = Cli::new(args).output(&folder);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 2);
        let expected = json!({
            "file": "a.csv", "format": "csv", "dry_run": dry_run,
            "added": 1, "changed": 0, "unchanged": 0, "retitled": 0, "refused": 2,
            "faults": {"title": 1, "rating": 1}, "left_out": 0, "dropped": {}, "forgotten": 0,
            "joined": null, "not_joined": null, "encoding": "UTF-8", "key": null,
            "columns": {"title": ["title"], "released": ["released"], "rating": ["rating"]},
        });
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed, expected);
        assert!(output.stdout.ends_with(b"}\n"), "{output:?}");
    }
}

/// The output of the client's prompt on a terminal for one command, with this value of `PAGER`.
fn shown_at_the_prompt(server: &TestServer, pager: &str, line: &str) -> String {
    let mut command = Command::new(PROGRAM);
    command
        .arg("client")
        .current_dir(server.folder().path())
        .env("CATALOGUE_CONNECT", server.address().to_string())
        .env("CATALOGUE_USER", "admin")
        .env("CATALOGUE_PASSWORD", "mdp")
        .env("XDG_STATE_HOME", server.folder().path())
        .env("PAGER", pager);
    let mut session = in_terminal(command);
    // The line editor writes it when it waits for a command.
    const READY: &str = "\x1b[?2004h";
    session.exp_string(READY).unwrap();
    session.send_line(line).unwrap();
    let shown = session.exp_string(READY).unwrap();
    session.send_line("END").unwrap();
    session.exp_eof().unwrap();
    shown
}

#[test]
fn long_answers_go_through_the_pager_of_the_user() {
    let server = TestServer::start();
    let shown = |pager, line| shown_at_the_prompt(&server, pager, line);
    const MARK: &str = "sed 's/^/paged: /'";
    assert!(shown(MARK, "HELP").contains("paged: "));
    assert!(!shown(MARK, "NB").contains("paged: "));
    for none in ["cat", ""] {
        let help = shown(none, "HELP");
        assert!(
            help.contains("EXISTS") && !help.contains("space: more"),
            "{help}"
        );
    }
}
