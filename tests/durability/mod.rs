//! Acknowledged changes survive `kill -9` at any moment, a full disk, a truncated or
//! damaged WAL, and missing permissions. An import under these conditions leaves the
//! catalogue unchanged. After each of them SQLite's `integrity_check` reports `ok`.

mod disk;
mod history;
mod imports;
mod kills;
mod torn;

use crate::support::Folder;

/// SQLite finds no fault in the catalogue, and the stored counter of movies is right.
#[track_caller]
fn is_whole(folder: &Folder) {
    let sqlite = folder.sqlite();
    let ask = |sql: &str| -> String { sqlite.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    let counted = ask("SELECT CAST(movies AS TEXT) FROM counters");
    assert_eq!(counted, ask("SELECT CAST(count(*) AS TEXT) FROM movie"));
}
