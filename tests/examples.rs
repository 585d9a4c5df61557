//! The programs of `examples/` print what they promise. A program whose language is not
//! installed is skipped, and the skip is reported.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{PROGRAM, TestServer, missing_program};

/// Runs an example against a server and checks its output.
#[track_caller]
fn check(command: &mut Command) {
    let server = TestServer::start();
    let output = command
        .arg("godf")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CATALOGUE_CONNECT", server.address().to_string())
        .env("CATALOGUE_USER", "admin")
        .env("CATALOGUE_PASSWORD", "mdp")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{printed}{stderr}");
    let lines: Vec<&str> = printed.lines().collect();
    let [movie, found, missing, refused] = lines[..] else {
        panic!("{printed}{stderr}");
    };
    assert_eq!(movie, "The Godfather (1972-03-24)");
    assert_eq!(found, "found The Godfather");
    assert_eq!(missing, "no movie is called no-such-name");
    assert!(
        refused.starts_with("refused: ") && refused.contains("assword"),
        "{refused}"
    );
}

/// A program of `examples/` that Cargo has built with the tests.
fn built(name: &str) -> Option<PathBuf> {
    let folder = Path::new(PROGRAM).parent()?.join("examples");
    let path = folder.join(name);
    if !path.exists() {
        missing_program("cargo build --examples");
        return None;
    }
    Some(path)
}

fn works(program: &str, args: &[&str]) -> bool {
    let output = Command::new(program).args(args).output();
    let works = output.is_ok_and(|output| output.status.success());
    if !works {
        missing_program(&format!("{program} {}", args.join(" ")));
    }
    works
}

#[test]
fn rust_with_our_client_library() {
    if let Some(program) = built("client") {
        check(&mut Command::new(program));
    }
}

#[test]
fn rust_with_the_redis_crate() {
    if let Some(program) = built("redis_crate") {
        check(&mut Command::new(program));
    }
}

#[test]
fn python_with_redis_py() {
    let python = std::env::var("CATALOGUE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if works(&python, &["-c", "import redis"]) {
        check(Command::new(python).arg("examples/client.py"));
    }
}

#[test]
fn node_with_ioredis() {
    // Node searches packages next to the program, so the test copies it there.
    let folder =
        std::env::var("CATALOGUE_TEST_NODE").unwrap_or_else(|_| "target/ci-node".to_owned());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if !folder.join("node_modules/ioredis").exists() || !works("node", &["--version"]) {
        missing_program("ioredis");
        return;
    }
    let program = folder.join("client.mjs");
    std::fs::copy("examples/client.mjs", &program).unwrap();
    check(Command::new("node").arg(program));
}

#[test]
fn shell_with_redis_cli() {
    if works("redis-cli", &["--version"]) {
        check(Command::new("sh").arg("examples/client.sh"));
    }
}
