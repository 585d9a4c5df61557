//! Acknowledged changes survive `kill -9` at any moment, a power cut, a full disk, a truncated
//! or damaged WAL, and missing permissions. An import under these conditions leaves the
//! catalogue unchanged. After each of them SQLite's `integrity_check` reports `ok`.

mod damage;
mod disk;
mod folders;
mod history;
mod imports;
mod kills;
mod missing_syncs;
mod power;
mod recorded_files;
mod reordered;
mod restores;
mod shared;
mod torn;

use std::fs;

use crate::support::{Cli, Folder};

/// SQLite finds no fault in the catalogue, and the stored counter of movies is right.
#[track_caller]
fn is_whole(folder: &Folder) {
    let sqlite = folder.sqlite();
    let ask = |sql: &str| -> String { sqlite.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    let counted = ask("SELECT CAST(movies AS TEXT) FROM counters");
    assert_eq!(counted, ask("SELECT CAST(count(*) AS TEXT) FROM movie"));
}

/// The bytes of a catalogue with the accounts of [`Folder::with_accounts`] and this many
/// movies, of which three are those of every new catalogue.
fn with_rows(movies: u64) -> Vec<u8> {
    let folder = Folder::with_accounts();
    let rows: String = (3..movies).map(|n| format!("old {n},Film {n}\n")).collect();
    folder.write("rows.csv", &format!("name,title\n{rows}"));
    let output = Cli::new(["import", "rows.csv"]).output(&folder);
    assert!(output.status.success(), "{output:?}");
    fs::read(folder.db()).unwrap()
}

/// Writes a catalogue of the first schema version with this many movies, and an account
/// `admin`.
fn write_older(folder: &Folder, movies: u64) {
    let stored = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/schema_versions/version-1.db"
    );
    fs::copy(stored, folder.db()).unwrap();
    let rows = format!(
        "WITH RECURSIVE n (n) AS (SELECT 7 UNION ALL SELECT n + 1 FROM n WHERE n < {movies}) \
         INSERT INTO movie (name, id, title, genres) SELECT 'old ' || n, n, 'Film ' || n, '' FROM n; \
         UPDATE tally SET movies = {movies}, next_movie_id = {movies} + 1"
    );
    folder.sqlite().execute_batch(&rows).unwrap();
}
