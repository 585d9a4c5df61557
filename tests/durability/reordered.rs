//! Writes that reach the disk in another order, or not at all: SQLite's crash test
//! (<https://www.sqlite.org/testing.html>, 3.3) with the writes of this program.
//!
//! Each test records the writes and syncs of one piece of work. Then it builds the files that
//! a crash after each of them could leave, and opens them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use catalogue::movie::{Fields, Movie};
use catalogue::store::{
    self, Change, ChangeRequest, LATEST_SCHEMA_VERSION, Loader, ProgressObserver, Writer,
};

use super::recorded_files::{Event, FileEvent, Recording};
use super::{is_whole, with_rows, write_older};
use crate::support::{Folder, Rng, measured, soak_rounds};

/// The unit that a disk writes as a whole or not (SQLite's assumption as well).
const SECTOR_BYTES: usize = 512;
pub(super) const ROWS: u64 = 40;
pub(super) const CHANGES: u64 = 12;

/// Files by their names.
type Files = BTreeMap<String, Vec<u8>>;

/// The files on a disk while events are replayed.
#[derive(Clone)]
pub(super) struct Disk {
    synced: Files,
    /// Events that may or may not have reached the disk.
    pending: Vec<(String, FileEvent)>,
}

impl Disk {
    fn read(folder: &Folder) -> Disk {
        let read = |name: String| {
            let bytes = fs::read(folder.path().join(&name)).unwrap();
            (name, bytes)
        };
        Disk {
            synced: folder.files().into_iter().map(read).collect(),
            pending: Vec::new(),
        }
    }

    fn apply(&mut self, name: &str, event: &FileEvent) {
        match event {
            FileEvent::Sync => {
                let is_new = !self.synced.contains_key(name);
                let (synced, pending) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(|(other, _)| other == name);
                self.pending = pending;
                let synced: Vec<(String, FileEvent)> = synced;
                for (name, event) in synced {
                    apply(&mut self.synced, &name, &event);
                }
                // SQLite syncs the folder when it syncs a new journal or a new WAL.
                if is_new && (name.ends_with("-journal") || name.ends_with("-wal")) {
                    self.sync_folder();
                }
            }
            FileEvent::Delete(is_synced) => {
                self.pending.push((name.to_owned(), event.clone()));
                if *is_synced {
                    self.sync_folder();
                }
            }
            other => self.pending.push((name.to_owned(), other.clone())),
        }
    }

    /// The removal of each file is on the disk.
    fn sync_folder(&mut self) {
        let is_removal = |event: &FileEvent| matches!(event, FileEvent::Delete(_));
        while let Some(last) = self
            .pending
            .iter()
            .rposition(|(_, event)| is_removal(event))
        {
            let name = self.pending[last].0.clone();
            let mut place = 0;
            self.pending.retain(|(other, _)| {
                place += 1;
                *other != name || place > last + 1
            });
            self.synced.remove(&name);
        }
    }

    /// All that was written is there, as after `kill -9`.
    fn complete(&self) -> Files {
        self.after_crash(|_, event| vec![event.clone()])
    }

    /// Nothing is there that was not synced.
    fn only_synced(&self) -> Files {
        self.synced.clone()
    }

    /// Each of the unsynced events is there, or not, or in part.
    fn random(&self, rng: &mut Rng) -> Files {
        self.after_crash(|_, event| match (event, rng.below(8)) {
            (_, 0..3) => Vec::new(),
            (FileEvent::Write(at, bytes), 3..5) => torn(*at, bytes, rng),
            _ => vec![event.clone()],
        })
    }

    /// The unsynced events of one file are there and those of the others are not, and the
    /// reverse, for each file: the disk may write one file before the others.
    fn one_file_first(&self) -> Vec<Files> {
        let names: BTreeSet<&String> = self.pending.iter().map(|(name, _)| name).collect();
        let names = names.iter().filter(|_| names.len() > 1);
        let states = names.flat_map(|first| {
            [true, false].map(|is_first| {
                self.after_crash(|name, event| {
                    let is_there = (name == first.as_str()) == is_first;
                    is_there.then(|| event.clone()).into_iter().collect()
                })
            })
        });
        states.collect()
    }

    fn after_crash(&self, mut left: impl FnMut(&str, &FileEvent) -> Vec<FileEvent>) -> Files {
        let mut files = self.synced.clone();
        let mut kept = HashSet::new();
        for (name, event) in &self.pending {
            // Later events are those of a new file, which has no name while the old one is there.
            if kept.contains(name) {
                continue;
            }
            let left = left(name, event);
            if left.is_empty() && matches!(event, FileEvent::Delete(_)) {
                kept.insert(name);
            }
            for event in left {
                apply(&mut files, name, &event);
            }
        }
        files
    }
}

fn apply(files: &mut Files, name: &str, event: &FileEvent) {
    if matches!(event, FileEvent::Delete(_)) {
        files.remove(name);
        return;
    }
    let file = files.entry(name.to_owned()).or_default();
    match event {
        FileEvent::Write(at, bytes) => {
            file.resize(file.len().max(at + bytes.len()), 0);
            file[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        FileEvent::Truncate(size) => file.resize(*size, 0),
        FileEvent::Sync | FileEvent::Delete(_) => {}
    }
}

/// The sectors of a write: each is there, or not, or holds other bytes.
fn torn(at: usize, bytes: &[u8], rng: &mut Rng) -> Vec<FileEvent> {
    let mut left = Vec::new();
    let mut begin = 0;
    while begin < bytes.len() {
        let sector_end = ((at + begin) / SECTOR_BYTES + 1) * SECTOR_BYTES - at;
        let mut sector = bytes[begin..sector_end.min(bytes.len())].to_vec();
        let outcome = rng.below(4);
        if outcome == 0 {
            sector.fill_with(|| rng.below(256) as u8);
        }
        let length = sector.len();
        if outcome != 1 {
            left.push(FileEvent::Write(at + begin, sector));
        }
        begin += length;
    }
    left
}

/// Opens the files that a crash after each event could leave. `is_right` gets their folder
/// and the number of acknowledged changes. Returns the number of crashes.
pub(super) fn crash_everywhere(
    before: Disk,
    events: &[Event],
    is_right: impl Fn(&Folder, u64),
) -> usize {
    let random_rounds = soak_rounds().map_or(1, |rounds| rounds.div_ceil(20));
    let mut rng = Rng(5);
    let mut disk = before;
    let mut acknowledged = 0;
    let mut seen = HashSet::new();
    let folder = Folder::empty();
    for event in events {
        match event {
            Event::Acknowledged => acknowledged += 1,
            Event::File(name, event) => disk.apply(name, event),
        }
        let mut states = vec![disk.complete(), disk.only_synced()];
        states.extend(disk.one_file_first());
        states.extend((0..random_rounds).map(|_| disk.random(&mut rng)));
        for files in states {
            let mut hasher = DefaultHasher::new();
            (&files, acknowledged).hash(&mut hasher);
            if seen.insert(hasher.finish()) {
                write_files(folder.path(), &files);
                is_right(&folder, acknowledged);
            }
        }
    }
    seen.len()
}

/// Replaces the files of a folder.
fn write_files(folder: &Path, files: &Files) {
    for entry in fs::read_dir(folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (name, bytes) in files {
        // After a power cut there is no `-shm`: SQLite never syncs it.
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn report(what: &str, crashes: usize) {
    if soak_rounds().is_some() {
        measured(&format!(
            "\n- crashes with reordered, lost and torn writes during {what}: {crashes}, acknowledged changes lost: 0, damaged files: 0"
        ));
    }
}

fn ask<T: rusqlite::types::FromSql>(folder: &Folder, sql: &str) -> T {
    let sqlite = folder.sqlite();
    sqlite.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A folder with these bytes as its catalogue, and the disk that it is on.
pub(super) fn folder_with(bytes: &[u8]) -> (Folder, Disk) {
    let folder = Folder::with_files(&[("sae.db", bytes)]);
    let disk = Disk::read(&folder);
    (folder, disk)
}

#[track_caller]
fn is_in_order(folder: &Folder) {
    let health = store::check(&folder.db(), &mut ProgressObserver::silent()).unwrap();
    assert_eq!(health.faults, []);
}

/// The disk and the events of changes by the server's writer, and of the checkpoint when it ends.
pub(super) fn changes() -> (Disk, Vec<Event>) {
    let (folder, before) = folder_with(&with_rows(ROWS));
    let recording = Recording::start(folder.path());
    let (writer, thread) = Writer::open(&folder.db()).unwrap();
    for number in 0..CHANGES {
        let names = vec![format!("old {}", number + 3)];
        let change = ChangeRequest::from_operator(Change::DeleteMovies { names });
        writer.submit(change).unwrap().wait().unwrap();
        recording.acknowledge();
    }
    drop(writer);
    thread.join().unwrap();
    (before, recording.finish())
}

#[test]
fn no_acknowledged_change_is_lost_to_reordered_writes() {
    let (before, events) = changes();
    let crashes = crash_everywhere(before, &events, |folder, acknowledged| {
        is_whole(folder);
        let left: i64 = ask(folder, "SELECT count(*) FROM movie");
        let deleted = ROWS - u64::try_from(left).unwrap();
        assert!((acknowledged..=acknowledged + 1).contains(&deleted));
        let first =
            "SELECT min(CAST(substr(name, 5) AS INTEGER)) FROM movie WHERE name LIKE 'old%'";
        assert_eq!(ask::<i64>(folder, first), deleted as i64 + 3);
    });
    report("changes", crashes);
}

#[test]
fn a_migration_that_ends_at_any_write_can_be_repeated() {
    let folder = Folder::empty();
    write_older(&folder, ROWS);
    let before = Disk::read(&folder);
    let recording = Recording::start(folder.path());
    let migrated = store::migrate(&folder.db()).unwrap();
    assert_eq!(migrated.to, LATEST_SCHEMA_VERSION);
    recording.acknowledge();
    let crashes = crash_everywhere(before, &recording.finish(), |folder, acknowledged| {
        let version: i64 = ask(folder, "PRAGMA user_version");
        assert!(acknowledged == 0 || version == LATEST_SCHEMA_VERSION as i64);
        store::migrate(&folder.db()).unwrap();
        is_in_order(folder);
        assert_eq!(
            ask::<i64>(folder, "SELECT count(*) FROM movie"),
            ROWS as i64
        );
    });
    report("a migration", crashes);
}

#[test]
fn a_restore_that_ends_at_any_write_is_complete_or_absent() {
    let (folder, _) = folder_with(&with_rows(ROWS));
    fs::write(folder.path().join("copy.db"), with_rows(ROWS / 2)).unwrap();
    let before = Disk::read(&folder);
    let recording = Recording::start(folder.path());
    let copy = folder.path().join("copy.db");
    store::restore(&copy, &folder.db(), true, &mut ProgressObserver::silent()).unwrap();
    recording.acknowledge();
    let crashes = crash_everywhere(before, &recording.finish(), |folder, acknowledged| {
        is_in_order(folder);
        let movies = ask::<i64>(folder, "SELECT movies FROM counters") as u64;
        assert!(movies == ROWS / 2 || movies == ROWS && acknowledged == 0);
    });
    report("`restore --force`", crashes);
}

/// Into a small catalogue, which has a rollback journal meanwhile, and into a larger one.
#[test]
fn an_import_that_ends_at_any_write_is_complete_or_absent() {
    let mut crashes = 0;
    for rows in [4, 10 * ROWS] {
        let (folder, before) = folder_with(&with_rows(rows));
        let recording = Recording::start(folder.path());
        let mut loader = Loader::begin(&folder.db()).unwrap();
        for number in 0..ROWS {
            let fields = Fields {
                name: format!("new {number}"),
                title: "A film".to_owned(),
                ..Fields::default()
            };
            loader.put(&Movie::new(fields).unwrap().view()).unwrap();
        }
        loader.commit().unwrap();
        recording.acknowledge();
        crashes += crash_everywhere(before, &recording.finish(), |folder, acknowledged| {
            is_in_order(folder);
            let movies = ask::<i64>(folder, "SELECT movies FROM counters") as u64;
            assert!(movies == rows + ROWS || movies == rows && acknowledged == 0);
        });
    }
    report("an import", crashes);
}

#[test]
fn a_reindex_that_ends_at_any_write_leaves_an_index_in_order() {
    let (folder, before) = folder_with(&with_rows(ROWS));
    let recording = Recording::start(folder.path());
    store::reindex(&folder.db(), &mut ProgressObserver::silent()).unwrap();
    let crashes = crash_everywhere(before, &recording.finish(), |folder, _| {
        is_in_order(folder);
        let movies: i64 = ask(folder, "SELECT count(*) FROM movie");
        assert_eq!(movies, ROWS as i64);
    });
    report("`reindex`", crashes);
}
