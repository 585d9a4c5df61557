//! Bytes that change on the disk: `check` finds each changed row that can be found.

use std::fs;

use catalogue::store::{self, ProgressObserver};

use super::with_rows;
use crate::support::{Folder, Rng, measured, soak_rounds};

const ROUNDS: u64 = 60;
const ROWS: u64 = 200;

/// The fields of each movie that the search index has.
const ROWS_SQL: &str = "SELECT name, title, coalesce(original_title, ''), genres, \
    coalesce(votes, -1) FROM movie NOT INDEXED ORDER BY name";

type Rows = Vec<(String, String, String, String, i64)>;

/// The rows of a file, or nothing when SQLite or UTF-8 cannot read them.
fn rows(folder: &Folder) -> Option<Rows> {
    let sqlite = folder.sqlite();
    let mut statement = sqlite.prepare(ROWS_SQL).ok()?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    };
    statement
        .query_map([], read)
        .ok()?
        .collect::<Result<_, _>>()
        .ok()
}

/// Changed bytes anywhere, each second time in a row of a movie: a row that cannot be read, or differs in what the search index
/// knows of it, is a fault. Bytes that no check covers are the free ones, and fields that
/// nothing else in the file depends on.
#[test]
fn check_finds_every_changed_row_that_can_be_found() {
    let rounds = soak_rounds().unwrap_or(ROUNDS);
    let whole = with_rows(ROWS);
    let before = rows(&Folder::with_files(&[("sae.db", &whole)])).unwrap();
    let titles: Vec<usize> = memchr::memmem::find_iter(&whole, "Film ").collect();
    let mut rng = Rng(13);
    let (mut changed, mut found, mut silent) = (0, 0, 0);
    for round in 0..rounds {
        let mut bytes = whole.clone();
        let length = 1 + rng.below(8) as usize;
        // Anywhere after the header, by which the file is recognised, or in a row of a movie.
        let at = match round % 2 {
            0 => 100 + rng.below((bytes.len() - 100 - length) as u64) as usize,
            _ => titles[rng.below(titles.len() as u64) as usize] - rng.below(8) as usize,
        };
        for byte in &mut bytes[at..at + length] {
            *byte ^= 1 + rng.below(255) as u8;
        }
        let folder = Folder::empty();
        fs::write(folder.db(), bytes).unwrap();
        let health = store::check(&folder.db(), &mut ProgressObserver::silent());
        let is_found = health.is_ok_and(|health| health.faults_total > 0);
        let is_changed = rows(&folder).is_none_or(|rows| rows != before);
        assert!(
            is_found || !is_changed,
            "round {round}: {length} bytes at {at}"
        );
        changed += u64::from(is_changed);
        found += u64::from(is_found);
        silent += u64::from(!is_found);
    }
    assert!(
        changed > rounds / 5 && silent < rounds,
        "{changed} {silent}"
    );
    if soak_rounds().is_some() {
        measured(&format!(
            "\n- changed bytes at random places: {rounds} rounds, {changed} with changed or unreadable rows, `check` found {found}, changed rows that it did not find: 0"
        ));
    }
}
