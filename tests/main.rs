//! The tests of the built program, from the outside.
//!
//! One binary, because linking one is faster than linking fifteen. Each module
//! has one purpose:

mod support;

/// Crowds that mean harm, while a good client goes on asking.
mod abuse;
/// Every command as every role, before and after the login.
mod access;
/// `adduser`, `passwd`, `deluser` and `users`.
mod accounts;
/// Backups of a catalogue that is being written, and the way back.
mod backup;
/// What a careless or hostile person or client gives us: one clear answer, and the server lives.
mod bad_input;
/// `check`: what it finds, and that it finds nothing where there is nothing.
mod check;
/// The command line as a person and as a script meet it.
mod command_line;
/// The `Dockerfile`, as far as it can be tried without Docker.
mod container;
/// More connections than there is room for, and who of them gets in.
mod crowds;
/// Failed logins make the next ones wait: by address and by account, known or not.
mod delays;
/// What the documents say is what the code does.
mod docs;
/// An acknowledged change survives `kill -9`, a full disk and a torn log.
mod durability;
/// The programs of `examples/`, in four languages.
mod examples;
/// The four commands with which everybody begins.
mod first_run;
/// Nobody reads a row older than the last acknowledged change.
mod freshness;
/// Whole files imported and exported, and read back over TCP.
mod import;
/// `init`, and the files that it must not touch.
mod init;
/// What the server's log says of its connections, and what it never says.
mod logs;
/// The figures over HTTP: what they say, that they are well-formed, and their bounds.
mod metrics;
/// A catalogue of an older level: who brings it up to date, and who leaves it alone.
mod migrations;
/// The first day of somebody new, in an empty folder.
mod new_user;
/// Completions and manual pages.
mod pages;
/// The times after which the server does without a client, and the queue of the queries.
mod patience;
/// What has to hold for any bytes whatever; the bodies of `fuzz/`.
mod properties;
/// Whole conversations, from `tests/scripts/`.
mod protocol;
/// The README's examples.
mod readme;
/// The clients of others: `redis-cli`, redis-py and the `redis` crate.
mod redis_clients;
/// One test for each defect that was found.
mod regression;
/// An export, imported, is the same catalogue.
mod round_trip;
/// What people type finds the film that they mean.
mod search_quality;
/// Search as you type, on a terminal.
mod search_screen;
/// Passwords and hashes: in no log, no answer, no debug output, and not in memory for long.
mod secrets;
/// Under a service manager: sockets handed over, and the unit in `contrib/`.
mod service;
/// An account that is removed, or given another password or role, ends its open sessions.
mod sessions;
/// Flags over variables over `catalogue.toml` over defaults.
mod settings;
/// Too few file descriptors, or no threads: a clear word, and the server goes on.
mod shortage;
/// Stopping, and starting again at once.
mod signals;
/// The time that a refused login takes does not tell whether there is such a user.
mod timing;
/// TLS on the server: the handshake, the farewell, and certificates that are replaced.
mod tls;
/// TLS on the other side: `catalogue cert`, and whom the bundled client trusts.
mod trust;

/// A file that no `mod` line names is compiled by nobody and its tests never run.
#[test]
fn no_file_of_the_tests_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let lines: Vec<&str> = include_str!("main.rs").lines().collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_module = match path.is_dir() {
            true => path.join("mod.rs").exists(),
            false => path.extension().is_some_and(|extension| extension == "rs") && name != "main",
        };
        if is_module {
            let line = format!("mod {name};");
            assert!(lines.contains(&line.as_str()), "main.rs lacks `{line}`");
        }
    }
}
