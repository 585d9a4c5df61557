//! The paths of a database: its file, and the files that SQLite keeps next to it.

use std::path::{Path, PathBuf};

use super::file_id::FileId;

/// The endings of the files that SQLite keeps next to a database
/// (<https://www.sqlite.org/tempfiles.html>).
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The files that SQLite may keep next to a database.
pub(super) fn companions(database: &Path) -> impl Iterator<Item = PathBuf> {
    let database = resolve_link(database);
    COMPANIONS
        .into_iter()
        .map(move |ending| with_ending(&database, ending))
}

/// The write-ahead log of a database.
pub(super) fn wal(database: &Path) -> PathBuf {
    with_ending(&resolve_link(database), "-wal")
}

/// The index of the write-ahead log, which the connections to a database share.
pub(super) fn wal_index(database: &Path) -> PathBuf {
    with_ending(&resolve_link(database), "-shm")
}

fn with_ending(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The file that a symbolic link leads to: SQLite keeps its files next to that one.
pub(super) fn resolve_link(database: &Path) -> PathBuf {
    if database.is_symlink() {
        database.canonicalize().unwrap_or(database.to_path_buf())
    } else {
        database.to_path_buf()
    }
}

/// The folder of a file.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether `path` is the database at `database`, or one of the files that SQLite keeps or
/// will keep next to it.
pub(super) fn is_file_of(path: &Path, database: &Path) -> bool {
    let database = database.canonicalize().unwrap_or(database.to_path_buf());
    let mut ours = std::iter::once(database.clone()).chain(companions(&database));
    let (place, file) = (without_links(path), FileId::read(path).ok());
    ours.any(|ours| place == ours || file.is_some() && FileId::read(&ours).ok() == file)
}

/// The path without links and dots, of a file that may not exist.
fn without_links(path: &Path) -> PathBuf {
    match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}
