//! The client is a library for other programs, so it brings few packages.

use std::collections::BTreeSet;
use std::process::Command;

/// The names and versions of the packages that a program gets with the client.
fn packages_of_the_client(options: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--package=catalogue-client",
        ])
        .args(["--edges=normal", "--prefix=none", "--no-dedupe"])
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let package = |line: &str| {
        let words: Vec<&str> = line.split(' ').take(2).collect();
        words.join(" ")
    };
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(package).collect()
}

#[test]
fn the_client_has_few_packages_and_none_of_the_server() {
    let all = packages_of_the_client(&[]);
    let without_tls = packages_of_the_client(&["--no-default-features"]);
    assert!((10..60).contains(&all.len()), "{}: {all:?}", all.len());
    let fewer = without_tls.len();
    assert!((5..25).contains(&fewer), "{fewer}: {without_tls:?}");
    for server in [
        "argon2",
        "clap",
        "crossterm",
        "rusqlite",
        "rustyline",
        "tokio",
    ] {
        let is_it = |package: &&String| package.split(' ').next() == Some(server);
        assert_eq!(all.iter().find(is_it), None);
    }
    assert!(all.iter().any(|package| package.starts_with("rustls v")));
    assert!(
        !without_tls
            .iter()
            .any(|package| package.starts_with("rustls v"))
    );
}
