//! The four commands of a first run: `init`, `adduser`, `serve`, `client`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use catalogue::movie::{Fields, Movie};
use catalogue::protocol::resp::Reply;
use rexpect::process::WaitStatus;
use rexpect::session::PtySession;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    Cli, Folder, PROGRAM, RawClient, TestServer, http, in_terminal, missing_program, redis_cli,
    wait_for,
};

const GODFATHER: &str = concat!(
    r#"{"id":1,"name":"1","title":"The Godfather","original_title":null,"released":"1972-03-24","#,
    r#""runtime_minutes":175,"genres":["Crime","Drama"],"rating":9.2,"votes":2000000}"#
);
const CARD: &str = "The Godfather (1972-03-24)\n\
                    2 h 55 min · Crime, Drama · 9.2 from 2,000,000 votes\n\
                    1\n";

/// The first movie of `seed.sql`.
fn godfather() -> Movie {
    Movie::new(Fields {
        id: 1,
        name: "1".into(),
        title: "The Godfather".into(),
        original_title: None,
        released: Some("1972-03-24".parse().unwrap()),
        runtime_minutes: Some(175),
        genres: vec!["Crime".into(), "Drama".into()],
        rating: Some(9.2),
        votes: Some(2_000_000),
    })
    .unwrap()
}

/// `catalogue client` as the admin of a server.
fn client(server: &TestServer, args: &[&str]) -> Cli {
    Cli::new([&["client"], args].concat())
        .env("CATALOGUE_CONNECT", server.address().to_string())
        .env("CATALOGUE_USER", "admin")
        .env("CATALOGUE_PASSWORD", "mdp")
}

/// A demo without a terminal and without commands serves its pages until it is stopped.
#[test]
fn the_demo_without_input_prints_the_address_of_its_pages() {
    let mut demo = Command::new(PROGRAM)
        .arg("demo")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("open http://").unwrap();
    let (address, rest) = address
        .split_once("/ in a browser, the user is `admin` ")
        .unwrap();
    assert!(rest.starts_with("with password "), "{line}");
    assert_eq!(lines.next().unwrap().unwrap(), "Ctrl-C ends the demo");
    let address = address.parse().unwrap();
    let page = http::get(address, "/");
    assert!(
        page.status == 200 && page.body.contains("Catalogue"),
        "{page:?}"
    );
    // Three keystrokes.
    let options = http::get(address, "/options?q=god").body;
    assert!(options.contains("</mark>father"), "{options}");
    assert!(demo.try_wait().unwrap().is_none());
    kill_process(Pid::from_child(&demo), Signal::INT).unwrap();
    assert_eq!(demo.wait().unwrap().signal(), Some(Signal::INT.as_raw()));
}

/// The demo of a cluster starts three nodes and etcd, which end with it.
#[test]
fn the_demo_of_a_cluster_has_three_nodes() {
    let without = Command::new(PROGRAM)
        .args(["demo", "--cluster"])
        .env("PATH", "/none")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8(without.stderr).unwrap();
    assert_eq!(
        error,
        "catalogue: the program `etcd` is not installed, install it, for example with `apt install etcd-server`\n"
    );
    if Command::new("etcd").arg("--version").output().is_err() {
        return missing_program("etcd");
    }
    let folder = Folder::empty();
    let mut demo = Command::new(PROGRAM)
        .args(["demo", "--cluster"])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.map(Result::unwrap).take(4).collect();
    let password = lines[0].rsplit(' ').next().unwrap();
    assert_eq!(lines[3], "Ctrl-C ends the demo");
    let mut others = lines[1..3].iter().map(|line| {
        let (_, address) = line.rsplit_once(' ').unwrap();
        RawClient::connect(address.parse().unwrap()).login("admin", password)
    });
    let (mut one, mut other) = (others.next().unwrap(), others.next().unwrap());
    wait_for("a change", || {
        let put = one.ask(&["PUT", "new", r#"{"title":"New"}"#]);
        (put == Reply::Status("OK".to_owned())).then_some(())
    });
    wait_for("the change on another node", || {
        matches!(other.ask(&["SEND", "new"]), Reply::Bulk(_)).then_some(())
    });
    kill_process(Pid::from_child(&demo), Signal::INT).unwrap();
    assert_eq!(demo.wait().unwrap().signal(), Some(Signal::INT.as_raw()));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn four_commands_from_nothing_to_the_first_answer() {
    let folder = Folder::empty();
    Cli::new(["init"])
        .stdout("created `sae.db` with 3 movies, add the first account with `catalogue adduser admin`\n")
        .run(&folder);
    Cli::new(["adduser", "admin"])
        .stdin("mdp\n")
        .stdout("added `admin` as admin\n")
        .run(&folder);
    let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
    let address = server.address();
    assert_eq!(
        server.greeting(),
        format!("serving `sae.db` with 3 movies on {address}, Ctrl-C stops\n")
    );
    client(&server, &["SEND", "1"])
        .stdout(CARD)
        .run(server.folder());
    let Reply::Bulk(row) = server.admin().ask(&["SEND", "1"]) else {
        panic!("no row");
    };
    assert_eq!(Movie::from_postcard(&row).unwrap(), godfather());
    // The same answers as bytes, for authors of other clients.
    let mut bytes = RawClient::connect(address);
    let row = godfather().to_postcard();
    bytes
        .send("UP admin mdp\nSEND 1\n")
        .expect(format!("+PASSOK\r\n${}\r\n", row.len()))
        .expect(row);
    if let Some(cli) = redis_cli(&server, "admin", "mdp") {
        assert_eq!(cli.ask(&["SEND", "1", "JSON"]), format!("{GODFATHER}\n"));
    }
}

#[test]
fn a_server_without_accounts_says_what_is_missing() {
    let folder = Folder::initialised();
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--http", "off"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let second = lines.map(Result::unwrap).nth(1);
    child.kill().unwrap();
    child.wait().unwrap();
    let hint = "nobody can log in yet, add an account with `catalogue adduser admin`";
    assert_eq!(second.as_deref(), Some(hint));
}

#[test]
fn one_command_and_its_exit_status() {
    let server = TestServer::start();
    let folder = server.folder();
    client(&server, &["--json", "SEND", "1"])
        .stdout(format!("{GODFATHER}\n"))
        .run(folder);
    client(&server, &["COUNT"]).stdout("3\n").run(folder);
    client(&server, &["send", "9"])
        .fails("no such movie `9`; LIST shows the names there are")
        .run(folder);
    client(&server, &["--json", "SEND", "9"])
        .stdout("null\n")
        .fails("no such movie `9`; LIST shows the names there are")
        .run(folder);
    client(&server, &["FOO"])
        .fails("unknown command 'FOO'")
        .run(folder);
    client(&server, &["PUT", "4", r#"{"title":"Four"}"#])
        .stdout("OK\n")
        .run(folder);
    client(&server, &["COUNT"]).stdout("4\n").run(folder);
}

#[test]
fn commands_from_a_pipe() {
    let server = TestServer::start();
    let folder = server.folder();
    let commands = "SEND 1\n\nCOUNT\n";
    for args in [&[][..], &["-"]] {
        client(&server, args)
            .stdin(commands)
            .stdout(format!("{CARD}3\n"))
            .run(folder);
        client(&server, &[&["--json"], args].concat())
            .stdin(commands)
            .stdout(format!("{GODFATHER}\n3\n"))
            .run(folder);
        // The other commands run.
        client(&server, args)
            .stdin("SEND 9\nCOUNT\n")
            .stdout("3\n")
            .fails("line 1: no such movie `9`; LIST shows the names there are")
            .run(folder);
    }
}

#[test]
fn a_login_that_fails_is_tried_once() {
    let server = TestServer::start();
    let folder = server.folder();
    client(&server, &["COUNT"])
        .env("CATALOGUE_PASSWORD", "wrong")
        .fails("wrong user or password, 2 attempts left")
        .run(folder);
    let mut admin = server.admin();
    assert_eq!(admin.ask(&["NB"]), Reply::Integer(1));
    // The password may be the first line of standard input, before the commands.
    client(&server, &["--password-stdin", "-"])
        .env("CATALOGUE_PASSWORD", "wrong")
        .stdin("mdp\nCOUNT\n")
        .stdout("3\n")
        .run(folder);
    let advice = "a password among the arguments can be seen by everybody on this machine; \
                  give --user, and the password when asked for it or in CATALOGUE_PASSWORD";
    client(&server, &["UP", "admin", "mdp"])
        .status(2)
        .stderr(format!("catalogue: {advice}\n"))
        .run(folder);
}

#[test]
fn a_server_that_does_not_run_is_named() {
    let folder = Folder::empty();
    // Only the superuser can listen on this port, and no program does.
    let address = "127.0.0.1:1";
    Cli::new(["client", "COUNT"])
        .env("CATALOGUE_CONNECT", address)
        .fails(format!(
            "no server answers at {address}: connection refused; start one with `catalogue serve`, or give another address with --connect"
        ))
        .run(&folder);
}

/// The client's prompt on a terminal, after the password was typed.
fn prompt(server: &TestServer) -> PtySession {
    let mut command = Command::new(PROGRAM);
    command
        .args(["client", "--user", "admin", "--connect"])
        .arg(server.address().to_string())
        .current_dir(server.folder().path())
        .env("HOME", server.folder().path())
        .env("XDG_STATE_HOME", server.folder().path())
        .env_remove("CATALOGUE_PASSWORD")
        .env("NO_COLOR", "1");
    let mut session = in_terminal(command);
    session.exp_regex("assword[^:]*: ").unwrap();
    session.send_line("mdp").unwrap();
    session
}

fn exit_status(session: &mut PtySession) -> i32 {
    match session.process().wait() {
        Ok(WaitStatus::Exited(_, status)) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_at_the_prompt() {
    let server = TestServer::start();
    let mut session = prompt(&server);
    let shown = session.exp_string("> ").unwrap();
    assert!(!shown.contains("mdp"), "{shown}");
    session.send_line("SEND 2 JSON").unwrap();
    session.exp_string("Alien").unwrap();
    session.exp_string("> ").unwrap();
    session.send_line("END").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(exit_status(&mut session), 0);
}

#[test]
fn a_server_killed_under_an_open_prompt_is_named() {
    let server = TestServer::start();
    let address = server.address();
    let mut session = prompt(&server);
    session.exp_string("> ").unwrap();
    let _folder = server.kill();
    session.send_line("SEND 1").unwrap();
    session
        .exp_string(&format!(
            "the server at {address} has closed the connection"
        ))
        .unwrap();
    session.exp_eof().unwrap();
    assert_eq!(exit_status(&mut session), 1);
}

#[test]
fn a_server_killed_under_a_pipe_is_named() {
    let server = TestServer::start();
    let address = server.address().to_string();
    let mut child = Command::new(PROGRAM)
        .args(["client", "--json", "-"])
        .env("CATALOGUE_CONNECT", &address)
        .env("CATALOGUE_USER", "admin")
        .env("CATALOGUE_PASSWORD", "mdp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"COUNT\n").unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    assert_eq!(first, "3\n");
    let _folder = server.kill();
    let _ = stdin.write_all(b"COUNT\nCOUNT\n");
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let closed = format!("the server at {address} has closed the connection\n");
    assert!(
        stderr.starts_with("catalogue: ") && stderr.ends_with(&closed),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
