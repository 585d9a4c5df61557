//! Restores next to every other command.

use std::fs;
use std::thread;
use std::time::Duration;

use catalogue::protocol::resp::Reply;

use super::{is_whole, with_rows};
use crate::support::{Cli, Folder, Rng, TestServer, measured, soak_rounds};

const COMMANDS: [&[&str]; 8] = [
    &["reindex"],
    &["check"],
    &["export", "--force", "all.jsonl"],
    &["backup", "--force", "other.db"],
    &["import", "more.jsonl"],
    &["passwd", "2"],
    &["audit"],
    &["restore", "--force", "copy.db"],
];

#[track_caller]
fn in_order(folder: &Folder) {
    let output = Cli::new(["check"]).output(folder);
    assert!(output.status.success(), "{output:?}");
    is_whole(folder);
}

/// Either may wait for the other. The database stays in order, and the next server works with its
/// file.
#[test]
fn a_restore_may_run_next_to_any_command() {
    let rounds = soak_rounds().unwrap_or(COMMANDS.len() as u64);
    let mut rng = Rng(9);
    let mut folder =
        Folder::with_files(&[("sae.db", with_rows(2_000)), ("copy.db", with_rows(1_000))]);
    folder.write("more.jsonl", "{\"name\":\"more\",\"title\":\"More\"}\n");
    for round in 0..rounds {
        let command = COMMANDS[(round % COMMANDS.len() as u64) as usize];
        let pauses = [0; 2].map(|_| Duration::from_millis(rng.below(60)));
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(pauses[0]);
                Cli::new(["restore", "--force", "copy.db"]).output(&folder)
            });
            scope.spawn(|| {
                thread::sleep(pauses[1]);
                Cli::new(command).stdin("2\n").output(&folder)
            });
        });
        in_order(&folder);
        if round % 8 == 7 {
            let server = TestServer::serve(folder, "127.0.0.1:0", &[]);
            let name = format!("last {round}");
            let put = server
                .admin()
                .ask(&["PUT", &name, r#"{"title":"The last one"}"#]);
            assert_eq!(put, Reply::Status("OK".to_owned()));
            folder = server.kill();
            let found = "SELECT count(*) FROM movie WHERE name = ?1";
            let found = folder.sqlite().query_row(found, [&name], |row| row.get(0));
            assert_eq!(found, Ok(1));
            in_order(&folder);
        }
    }
    let _ = fs::remove_file(folder.path().join("other.db"));
    if soak_rounds().is_some() {
        measured(&format!(
            "\n- restores next to every other command: {rounds} rounds, damaged files: 0"
        ));
    }
}
