//! The import of an uploaded file. One import runs at a time, on a thread of its own. It imports
//! all rows or none. On a node of a cluster, all rows are checked first; then each is a change.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use tempfile::NamedTempFile;

use super::error::{ApiError, ApiErrorKind};
use super::log_import::LogImport;
use crate::config::limits;
use crate::import::{self, ImportOptions};
use crate::pool;
use crate::store::{Counts, Loader, Progress, ProgressObserver, Writer};

/// Rows between two updates of the progress and checks for a cancellation.
const ROWS_PER_UPDATE: u64 = 512;

/// How an uploaded file is imported.
#[derive(Clone, Copy, Debug, Default)]
pub struct UploadOptions {
    /// Whether rows that cannot be imported are skipped, instead of ending the import.
    pub skips_bad_rows: bool,
    /// Whether the catalogue keeps known values that the file does not have.
    pub merges: bool,
    /// Whether nothing is changed.
    pub is_dry_run: bool,
}

/// The state of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// It reads or writes.
    Running,
    /// It is complete: what was changed.
    Done(String),
    /// Nothing was changed, and why.
    Failed(String),
}

/// An import, in progress or ended.
#[derive(Clone, Debug)]
pub struct UploadStatus {
    /// The name of the file as the browser gave it.
    pub file: String,
    /// Whether it is running, or how it ended.
    pub state: UploadState,
    /// The step, its progress and its size.
    pub progress: Progress,
    /// The first rows that were refused, each with its line and reason.
    pub refused: Vec<String>,
    /// The number of refused rows.
    pub refused_rows: u64,
}

/// The imports of a server.
#[derive(Debug)]
pub struct Uploads {
    database: PathBuf,
    latest: Mutex<Option<Upload>>,
}

#[derive(Debug)]
struct Upload {
    shared: Arc<SharedStatus>,
    thread: Option<JoinHandle<()>>,
}

/// State that the thread of an import shares with its observers.
#[derive(Debug)]
struct SharedStatus {
    status: Mutex<UploadStatus>,
    cancelled: Arc<AtomicBool>,
}

impl Uploads {
    /// No import yet, for the catalogue in this file.
    pub fn new(database: &Path) -> Uploads {
        Uploads {
            database: database.to_path_buf(),
            latest: Mutex::default(),
        }
    }

    /// Imports a file on a thread of its own. `log` is the writer of a node of a cluster.
    ///
    /// # Errors
    /// [`ApiErrorKind::Conflict`] while another import runs.
    pub fn start(
        &self,
        file: &str,
        bytes: Bytes,
        options: UploadOptions,
        log: Option<Writer>,
    ) -> Result<(), ApiError> {
        let mut latest = locked(&self.latest);
        if let Some(upload) = &*latest
            && upload.shared.status().state == UploadState::Running
        {
            let message = "another import is under way, wait for its end or cancel it";
            return Err(ApiError::new(ApiErrorKind::Conflict, message));
        }
        let shared = Arc::new(SharedStatus::new(file));
        let (observed, database) = (Arc::clone(&shared), self.database.clone());
        let run = move || {
            let state = match observed.import(&database, bytes, options, log.as_ref()) {
                Ok(summary) => UploadState::Done(summary),
                Err(reason) => UploadState::Failed(reason),
            };
            observed.status().state = state;
        };
        let thread = pool::spawn("upload", run);
        let thread = thread.map_err(|error| ApiError::new(ApiErrorKind::Busy, error))?;
        let thread = Some(thread);
        *latest = Some(Upload { shared, thread });
        Ok(())
    }

    /// The import that runs, or the last one.
    pub fn status(&self) -> Option<UploadStatus> {
        let latest = locked(&self.latest);
        latest.as_ref().map(|upload| upload.shared.status().clone())
    }

    /// Cancels the import that runs. It then changes nothing.
    pub fn cancel(&self) {
        if let Some(upload) = &*locked(&self.latest) {
            upload.shared.cancelled.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        self.cancel();
        let upload = locked(&self.latest).take();
        if let Some(thread) = upload.and_then(|upload| upload.thread) {
            // A panic was reported by its thread.
            let _ = thread.join();
        }
    }
}

impl SharedStatus {
    fn new(file: &str) -> SharedStatus {
        let (work, done, all) = ("reading", 0, 0);
        SharedStatus {
            status: Mutex::new(UploadStatus {
                file: file.to_owned(),
                state: UploadState::Running,
                progress: Progress { work, done, all },
                refused: Vec::new(),
                refused_rows: 0,
            }),
            cancelled: Arc::default(),
        }
    }

    fn status(&self) -> MutexGuard<'_, UploadStatus> {
        locked(&self.status)
    }

    /// Imports the bytes from a temporary file that only this user can read.
    fn import(
        &self,
        database: &Path,
        bytes: Bytes,
        options: UploadOptions,
        log: Option<&Writer>,
    ) -> Result<String, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let mut file = NamedTempFile::new().map_err(|error| text(&error))?;
        file.write_all(&bytes).map_err(|error| text(&error))?;
        drop(bytes);
        let loader = if options.is_dry_run || log.is_some() {
            Loader::dry_run(database)
        } else {
            Loader::begin(database)
        };
        let mut loader = loader
            .map_err(|error| text(&error))?
            .with_merge(options.merges);
        self.read(file.path(), &mut loader, options)?;
        let report = |progress| self.status().progress = progress;
        let mut observer = ProgressObserver::new(Arc::clone(&self.cancelled), report);
        let counts = loader
            .commit_observed(&mut observer)
            .map_err(|error| text(&error))?;
        if let Some(writer) = log.filter(|_| !options.is_dry_run) {
            self.send(file.path(), database, writer, options)?;
        }
        Ok(summary(
            &counts,
            self.status().refused_rows,
            options.is_dry_run,
        ))
    }

    /// Passes every movie of the file to the loader.
    fn read(&self, file: &Path, loader: &mut Loader, options: UploadOptions) -> Result<(), String> {
        let hide_path = |error: String| error.replace(&file.display().to_string(), "the file");
        let movies = import::open(file, &ImportOptions::default());
        let mut movies = movies.map_err(|error| hide_path(error.to_string()))?;
        loader.set_details(movies.detected().detail_names());
        let meter = movies.meter().clone();
        let mut imported = 0_u64;
        for row in 0_u64.. {
            if row.is_multiple_of(ROWS_PER_UPDATE) {
                if self.cancelled.load(Ordering::Relaxed) {
                    return Err("cancelled, nothing was changed".to_owned());
                }
                let (done, all) = (
                    meter.bytes_read() >> 10,
                    meter.bytes_total().unwrap_or(0) >> 10,
                );
                self.status().progress = Progress {
                    work: "KiB read",
                    done,
                    all,
                };
            }
            match movies.next_view() {
                None => break,
                Some(Ok(row)) => {
                    imported += 1;
                    let put = loader.put_full(&row.movie, row.details);
                    put.map_err(|error| error.to_string())?;
                }
                Some(Err(error)) => {
                    let ends = !options.skips_bad_rows || error.ends_the_import();
                    let error = hide_path(error.to_string());
                    self.refuse(&error);
                    if ends {
                        return Err(format!("{error}; nothing was changed"));
                    }
                }
            }
        }
        if imported == 0 {
            return Err(
                "the file has no movie that can be imported, nothing was changed".to_owned(),
            );
        }
        Ok(())
    }

    /// Sends every movie of a file that was checked before to the log of the cluster.
    fn send(
        &self,
        file: &Path,
        database: &Path,
        writer: &Writer,
        options: UploadOptions,
    ) -> Result<(), String> {
        let movies = import::open(file, &ImportOptions::default());
        let mut movies = movies.map_err(|error| error.to_string())?;
        let (name, meter) = (self.status().file.clone(), movies.meter().clone());
        let import = LogImport::new(database, writer, &name, &movies, options.merges);
        let mut import = import.map_err(|error| error.to_string())?;
        let stopped = |import: &LogImport<'_>, reason: &str| {
            let changed = import.changed();
            format!("{reason}; {changed} movies were changed, import the file again for the others")
        };
        for row in 0_u64.. {
            if self.cancelled.load(Ordering::Relaxed) {
                let waited = import.wait_for_all().err();
                return Err(stopped(&import, waited.as_deref().unwrap_or("cancelled")));
            }
            if row.is_multiple_of(ROWS_PER_UPDATE) {
                self.status().progress = Progress {
                    work: "KiB sent to the cluster",
                    done: meter.bytes_read() >> 10,
                    all: meter.bytes_total().unwrap_or(0) >> 10,
                };
            }
            match movies.next_view() {
                None => break,
                Some(Ok(row)) => {
                    let put = import.put(row);
                    put.map_err(|error| stopped(&import, &error))?;
                }
                // It was counted when the file was checked.
                Some(Err(_)) => {}
            }
        }
        let waited = import.wait_for_all();
        waited.map_err(|error| stopped(&import, &error))
    }

    fn refuse(&self, error: &str) {
        let mut status = self.status();
        status.refused_rows += 1;
        if status.refused.len() < limits::MAX_REPORTED_FAULTS {
            status.refused.push(error.to_owned());
        }
    }
}

/// The changes of an import, or of its dry run.
fn summary(counts: &Counts, refused: u64, is_dry_run: bool) -> String {
    let Counts {
        added,
        changed,
        unchanged,
        ..
    } = counts;
    let end = if is_dry_run {
        "; nothing was changed"
    } else {
        ""
    };
    format!("{added} added, {changed} changed, {unchanged} unchanged, {refused} refused{end}")
}

/// The state stays valid after a panic, so a poisoned lock is used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{self, ReadTransaction, Reader};

    /// A catalogue, and the end of the import of this text.
    fn import(text: &'static str, options: UploadOptions) -> (u64, UploadStatus) {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("films.db");
        store::create(&database).unwrap();
        let uploads = Uploads::new(&database);
        uploads
            .start(
                "films.csv",
                Bytes::from_static(text.as_bytes()),
                options,
                None,
            )
            .unwrap();
        let thread = locked(&uploads.latest).as_mut().unwrap().thread.take();
        thread.unwrap().join().unwrap();
        let mut reader = Reader::open(&database).unwrap();
        let movies = ReadTransaction::new(&mut reader).count().unwrap();
        (movies, uploads.status().unwrap())
    }

    #[test]
    fn a_file_is_imported_whole_or_not_at_all() {
        let text = "name,title,rating\na,Alpha,7\nb,Beta,11\nc,Gamma,8\n";
        let (movies, status) = import(text, UploadOptions::default());
        assert_eq!((movies, status.refused_rows), (3, 1));
        let UploadState::Failed(reason) = status.state else {
            panic!("{status:?}");
        };
        assert!(
            reason.contains("the file:3") && reason.ends_with("nothing was changed"),
            "{reason}"
        );

        let skips_bad_rows = UploadOptions {
            skips_bad_rows: true,
            ..UploadOptions::default()
        };
        let (movies, status) = import(text, skips_bad_rows);
        assert_eq!(movies, 5, "{status:?}");
        let done = "2 added, 0 changed, 0 unchanged, 1 refused";
        assert_eq!(status.state, UploadState::Done(done.to_owned()));
        assert_eq!(status.refused.len(), 1);
    }

    #[test]
    fn a_dry_run_changes_nothing() {
        let is_dry_run = UploadOptions {
            is_dry_run: true,
            ..UploadOptions::default()
        };
        let (movies, status) = import("name,title\na,Alpha\n", is_dry_run);
        assert_eq!(movies, 3);
        let done = "1 added, 0 changed, 0 unchanged, 0 refused; nothing was changed";
        assert_eq!(status.state, UploadState::Done(done.to_owned()));
    }
}
