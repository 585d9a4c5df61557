//! Errors of the store, grouped by what an operator does next.

use std::io;
use std::path::{Path, PathBuf};

use catalogue_protocol::QuotedValue;
use rusqlite::ErrorCode;
use rusqlite::types::Type;
use thiserror::Error;

use crate::movie::MovieError;
use crate::pool::ThreadError;
use crate::store::change::ChangeError;

/// The reason why the database could not be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("no catalogue at `{0}`")]
    Missing(PathBuf),
    /// A file of another program.
    #[error("`{0}` is not a catalogue and was left as it is")]
    Foreign(PathBuf),
    /// A file that SQLite would take for changes of a new database.
    #[error("`{0}` belongs to a database that is gone, move it away and try again")]
    LeftOver(PathBuf),
    /// A file that is only replaced on request.
    #[error("`{0}` is there already and was left as it is")]
    Exists(PathBuf),
    /// A database that cannot be replaced while another program uses it.
    #[error(
        "`{0}` is open in another program, such as a server, stop that first, nothing was changed"
    )]
    InUse(PathBuf),
    /// A device or a folder instead of a file.
    #[error("`{0}` is no ordinary file and was left as it is, choose another one")]
    NotAFile(PathBuf),
    /// A backup over the database itself, or a restore from it.
    #[error("`{0}` belongs to the database itself, choose another file")]
    OverItself(PathBuf),
    /// There is no such backup.
    #[error("there is no backup at `{0}`")]
    NoBackup(PathBuf),
    /// A file of another program, given as a backup.
    #[error("`{0}` is not a backup of a catalogue, nothing was changed")]
    NotABackup(PathBuf),
    /// A backup with missing or damaged pages.
    #[error("the backup `{0}` is damaged ({1}), nothing was changed, take another one")]
    BadBackup(PathBuf, String),
    /// Missing or damaged pages.
    #[error("`{0}` is damaged ({1}), restore it from a backup")]
    Damaged(PathBuf, String),
    /// A row whose packed values cannot be decoded.
    #[error("`{0}` is damaged ({1}), restore it from a backup")]
    DamagedRow(PathBuf, String),
    /// Made by a later version of this program.
    #[error(
        "`{path}` has schema version {found} and this program knows {known}, use a newer catalogue"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The latest schema version of this program.
        known: usize,
    },
    /// Made by an earlier version, and opened by a command that does not change it.
    #[error("`{0}` has an older schema version")]
    Outdated(PathBuf),
    /// Another process holds the write lock for longer than the busy timeout.
    #[error("`{0}` is locked by another process, try again when that has finished")]
    Locked(PathBuf),
    /// The disk, or the quota, is full.
    #[error("no space left for `{0}`, nothing was changed, make room and try again")]
    Full(PathBuf),
    /// Writing failed: a broken disk, a quota, a limit on the size of files.
    #[error(
        "`{0}` could not be written to ({1}), nothing was changed, check its disk, the quota and `ulimit -f`"
    )]
    Unwritten(PathBuf, String),
    /// The file or its folder may not be written to.
    #[error("`{0}` cannot be written, check the permissions of the file and its folder")]
    ReadOnly(PathBuf),
    /// The file may not be opened at all.
    #[error("`{0}` cannot be opened: {1}")]
    Unreadable(PathBuf, String),
    /// A row of another program that breaks a rule of a movie.
    #[error(
        "the movie `{}` in the database is not valid: {reason}",
        QuotedValue(name)
    )]
    InvalidRow {
        /// The name of the row.
        name: String,
        /// The rule.
        reason: MovieError,
    },
    /// The writer has no thread to run on.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// The writer has stopped, because the server is stopping.
    #[error("the writer has stopped")]
    Stopped,
    /// Ctrl-C, or a request to stop.
    #[error("interrupted, nothing was changed")]
    Interrupted,
    /// More movies than an index can have.
    #[error("{0} movies are more than can be indexed")]
    TooManyMovies(usize),
    /// A search that needs more steps than its limit.
    #[error("this takes too long to find, give more or longer words")]
    TooMuchWork,
    /// A page that begins after a movie that is not among the answers.
    #[error("`{0}` is not among the answers, begin again without AFTER")]
    NotAnAnswer(String),
    /// The file, or a file next to it, was moved, replaced or removed while it was in use.
    #[error(
        "`{0}` was moved, replaced or removed while it was in use, changes are refused, restart the server"
    )]
    Moved(PathBuf),
    /// A file of a cluster, which only a node of the cluster may change.
    #[error(
        "`{0}` belongs to a cluster and was left as it is, send changes to a node of the cluster (PUT, DEL, USER, KEY), serve the file with --cluster, or take it out with `catalogue cluster leave`"
    )]
    OfACluster(PathBuf),
    /// A file without a cluster, where one of a cluster is needed.
    #[error(
        "`{0}` belongs to no cluster, make one of it with `catalogue cluster init`, or start with an empty folder"
    )]
    OfNoCluster(PathBuf),
    /// Entries of the cluster's log are missing.
    #[error("`{0}` cannot follow the cluster's log: entries after {1} are missing")]
    LogGap(PathBuf, u64),
    /// The change was never sent to the cluster's log.
    #[error("not made: {0}, try again")]
    NotMade(String),
    /// A change that is larger than an entry of the cluster's log may be.
    #[error("not made: the change has {0} bytes, in a cluster it may have {max}", max = crate::config::limits::MAX_CLUSTER_CHANGE_BYTES)]
    TooLargeForLog(usize),
    /// The change was sent to the cluster's log, and no answer came in time.
    #[error("unsure whether it was made: the cluster did not answer within {} s, look before you try again", crate::config::limits::CLUSTER_WRITE_TIMEOUT.as_secs())]
    Unsure,
    /// A precondition of a change does not hold.
    #[error(transparent)]
    Refused(#[from] ChangeError),
    /// Any other error of SQLite.
    #[error("sqlite: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Whether the error follows from the change and the rows alone, so that every replica
    /// has the same one. All others are local to this machine: a full disk, a lock, a
    /// broken file.
    pub fn is_deterministic(&self) -> bool {
        match self {
            StoreError::Refused(_) | StoreError::InvalidRow { .. } | StoreError::DamagedRow(..) => {
                true
            }
            StoreError::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig)
            ),
            _ => false,
        }
    }

    /// Sorts an error of SQLite about the file at `path`.
    pub(super) fn sqlite(path: &Path, error: rusqlite::Error) -> StoreError {
        let path = path.to_path_buf();
        if let rusqlite::Error::FromSqlConversionFailure(_, Type::Blob, reason) = &error {
            return StoreError::DamagedRow(path, reason.to_string());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(path),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged(path, error.to_string())
            }
            Some(ErrorCode::DiskFull) => StoreError::Full(path),
            Some(ErrorCode::SystemIoFailure) if is_of_writing(&error) => {
                StoreError::Unwritten(path, error.to_string())
            }
            Some(ErrorCode::OperationInterrupted) => StoreError::Interrupted,
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(path),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::Unreadable(path, error.to_string())
            }
            _ => StoreError::Sqlite(error),
        }
    }

    /// An error of creating an unfinished file for `place`. It names `place`, because users do
    /// not know the name of the unfinished file.
    pub(super) fn new_file(place: &Path, error: io::Error) -> StoreError {
        let place = place.to_path_buf();
        match error.kind() {
            io::ErrorKind::NotFound => {
                StoreError::Unreadable(place, "its folder does not exist".to_owned())
            }
            io::ErrorKind::PermissionDenied => StoreError::ReadOnly(place),
            _ => StoreError::io(&place, error),
        }
    }

    /// An error of writing to a file for `path`.
    pub fn writing(path: &Path, error: &io::Error) -> StoreError {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(path),
            _ => StoreError::Unwritten(path, error.to_string()),
        }
    }

    /// Sorts an error of the operating system about the file at `path`.
    pub(super) fn io(path: &Path, error: io::Error) -> StoreError {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::NotFound => StoreError::Missing(path),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(path),
            io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly(path),
            _ => StoreError::Unreadable(path, error.to_string()),
        }
    }
}

/// Whether a write failed. SQLite has an error for a full disk, but none for a full quota.
fn is_of_writing(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(
            ffi::SQLITE_IOERR_WRITE
                | ffi::SQLITE_IOERR_FSYNC
                | ffi::SQLITE_IOERR_DIR_FSYNC
                | ffi::SQLITE_IOERR_TRUNCATE
                | ffi::SQLITE_IOERR_SHMSIZE
        )
    )
}
