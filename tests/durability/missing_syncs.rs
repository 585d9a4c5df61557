//! The crash tests with reordered writes notice a missing sync. The same work without a sync
//! loses acknowledged changes, so a test that finds no loss says something.

use std::cell::Cell;

use rusqlite::Connection;

use super::recorded_files::{Event, FileEvent, Recording};
use super::reordered::{CHANGES, Disk, ROWS, changes, crash_everywhere, folder_with};
use super::with_rows;
use crate::support::Folder;

/// The crashes after which an acknowledged change is lost, or the file is damaged.
fn losses(before: Disk, events: &[Event]) -> u64 {
    let lost = Cell::new(0);
    crash_everywhere(before, events, |folder, acknowledged| {
        let deleted = deleted(folder).ok();
        let is_right =
            deleted.is_some_and(|deleted| (acknowledged..=acknowledged + 1).contains(&deleted));
        lost.set(lost.get() + u64::from(!is_right));
    });
    lost.get()
}

/// How many movies were deleted, if the file is sound.
fn deleted(folder: &Folder) -> rusqlite::Result<u64> {
    let sqlite = Connection::open(folder.db())?;
    let ask = |sql: &str| -> rusqlite::Result<i64> { sqlite.query_row(sql, [], |row| row.get(0)) };
    ask("SELECT 1 FROM pragma_integrity_check WHERE integrity_check = 'ok'")?;
    Ok(ROWS - ask("SELECT count(*) FROM movie")?.unsigned_abs())
}

/// Changes by a connection that syncs as `PRAGMA synchronous` says.
fn changes_with(synchronous: &str) -> (Disk, Vec<Event>) {
    let (folder, before) = folder_with(&with_rows(ROWS));
    let recording = Recording::start(folder.path());
    let sqlite = Connection::open(folder.db()).unwrap();
    let settings = format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}");
    sqlite.execute_batch(&settings).unwrap();
    for number in 0..CHANGES {
        let name = format!("old {}", number + 3);
        sqlite
            .execute("DELETE FROM movie WHERE name = ?1", [name])
            .unwrap();
        recording.acknowledge();
    }
    drop(sqlite);
    (before, recording.finish())
}

#[test]
fn a_connection_that_does_not_sync_loses_changes() {
    for (synchronous, is_durable) in [("FULL", true), ("NORMAL", false), ("OFF", false)] {
        let (before, events) = changes_with(synchronous);
        let lost = losses(before, &events);
        assert_eq!(
            lost == 0,
            is_durable,
            "synchronous = {synchronous}: {lost} losses"
        );
    }
}

/// The syncs of the server's writer, left out of each file in turn.
#[test]
fn a_writer_without_the_syncs_of_one_file_loses_changes() {
    let (before, events) = changes();
    assert_eq!(losses(before.clone(), &events), 0);
    for unsynced in ["sae.db", "sae.db-wal"] {
        let is_kept = |event: &&Event| !matches!(event, Event::File(name, FileEvent::Sync) if name == unsynced);
        let kept: Vec<Event> = events.iter().filter(is_kept).cloned().collect();
        assert!(kept.len() < events.len(), "`{unsynced}` is never synced");
        assert!(
            losses(before.clone(), &kept) > 0,
            "`{unsynced}` needs no sync"
        );
    }
}
