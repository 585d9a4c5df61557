//! Nothing that was acknowledged is lost: to `kill -9` at any moment, to a disk
//! without room, to a log that was cut off or garbled, to missing permissions.
//! An import that meets them leaves the catalogue as it was. After each of them SQLite's `integrity_check` finds the file in order.

mod disk;
mod history;
mod imports;
mod kills;
mod torn;

use crate::support::Folder;

/// SQLite finds nothing wrong with the catalogue, and it has counted its movies right.
#[track_caller]
fn is_whole(folder: &Folder) {
    let sqlite = folder.sqlite();
    let ask = |sql: &str| -> String { sqlite.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    let counted = ask("SELECT CAST(movies AS TEXT) FROM tally");
    assert_eq!(counted, ask("SELECT CAST(count(*) AS TEXT) FROM movie"));
}
