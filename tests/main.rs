//! Tests of the built program from the outside.
//!
//! They are one binary, because linking one is faster than linking forty. Each module
//! has one purpose.

mod support;

/// Hostile clients do not slow down a well-behaved one.
mod abuse;
/// Every command with every role, before and after the login.
mod access;
/// `adduser`, `passwd`, `deluser` and `users`.
mod accounts;
/// The audit trail.
mod audit;
/// Backups of a catalogue that is being written, and `restore`.
mod backup;
/// Invalid and hostile input: one clear answer, and the server keeps running.
mod bad_input;
/// The pages in Chromium, as people use them.
mod browser;
/// `check` finds damage, and reports none in an intact file.
mod check;
/// TLS in the bundled client, and `catalogue cert`.
mod client_tls;
/// Three nodes with one log in etcd: what fails, and what no failure loses.
mod cluster;
/// The command line in a terminal and in a script.
mod command_line;
/// The limits on connections, and which connections are refused or closed.
mod connection_limits;
/// The `Dockerfile`, as far as it can be tested without Docker.
mod container;
/// The pages agree with the code.
mod docs;
/// An acknowledged change survives `kill -9`, a power cut, a full disk and a torn WAL.
mod durability;
/// The programs of `examples/`, in four languages.
mod examples;
/// Too few file descriptors or threads: a clear message, and the server recovers.
mod exhaustion;
/// The four commands of a first run.
mod first_run;
/// Files of the database that other programs moved, replaced, removed or filled with code.
mod foreign_files;
/// No client reads a row older than the last acknowledged change.
mod freshness;
/// Rules about the source: module structure, sizes, names, and paths in the pages.
mod house;
/// HTTP: the JSON API, its limits, and hostile requests.
mod http;
/// Whole files imported and exported, and read back over TCP.
mod import;
/// `init`, and the files that it must not change.
mod init;
/// API keys at the command line and over the wire.
mod keys;
/// One server with several listeners.
mod listeners;
/// The server's log lines about connections, and the data that must not be in them.
mod logs;
/// Shell completions and manual pages.
mod man_pages;
/// The metrics over HTTP: values, format and limits.
mod metrics;
/// Catalogues with an older schema version, and the commands that upgrade them.
mod migrations;
/// The shell session of a new user in an empty folder.
mod new_user;
/// OMDb's API, and clients of OMDb with this server's address.
mod omdb;
/// The packages that a program gets with the client.
mod packages;
/// Properties that hold for any bytes. The bodies are those of `fuzz/`.
mod properties;
/// Whole conversations, from `tests/scripts/`.
mod protocol;
/// Failed logins delay the next ones, per address and per account.
mod rate_limit;
/// The README's examples.
mod readme;
/// Clients of other projects: `redis-cli`, redis-py and the `redis` crate.
mod redis_clients;
/// One test for each defect that was found.
mod regression;
/// An exported catalogue that is imported again is the same catalogue.
mod round_trip;
/// A search with usual typing finds the movie that was meant.
mod search_quality;
/// The search screen of the client, in a terminal.
mod search_screen;
/// Passwords and hashes are in no log, answer or debug output, and are wiped from memory.
mod secrets;
/// Socket activation, readiness messages, and the units in `contrib/`.
mod service;
/// Removing an account, or changing its password or role, ends its open sessions.
mod sessions;
/// Precedence: flags, then variables, then `catalogue.toml`, then defaults.
mod settings;
/// Stopping, and starting again at once.
mod signals;
/// `catalogue sql`: the queries of its page, and what it refuses.
mod sql;
/// Time limits on clients, and the queue of queries.
mod timeouts;
/// The time that a refused login takes does not show whether the user exists.
mod timing;
/// TLS in the server: handshake, close_notify, and certificates that are replaced.
mod tls;
/// The units of `contrib/` under a booted systemd.
mod units;

/// A file that no `mod` line names is not compiled, and its tests never run.
#[test]
fn no_file_of_the_tests_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let lines: Vec<&str> = include_str!("main.rs").lines().collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_module = if path.is_dir() {
            path.join("mod.rs").exists()
        } else {
            path.extension().is_some_and(|extension| extension == "rs") && name != "main"
        };
        if is_module {
            let line = format!("mod {name};");
            assert!(lines.contains(&line.as_str()), "main.rs lacks `{line}`");
        }
    }
}
