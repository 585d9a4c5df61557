//! An import on a node of a cluster: each row becomes a change in the cluster's log. Other changes
//! are made in between, so that an import does not delay them.

use std::collections::VecDeque;
use std::path::Path;

use crate::config::limits;
use crate::import::{ImportedMovie, MovieReader};
use crate::movie::{self, Details, Fields, FullMovie, Movie, MovieError, Released};
use crate::store::{
    Actor, Change, ChangeError, ChangeRequest, MovieCondition, MovieVersion, ReadTransaction,
    Reader, Receipt, StoreError, Writer,
};

/// Sends the rows of a file to the log.
pub(super) struct LogImport<'i> {
    writer: &'i Writer,
    reader: Reader,
    /// The file, for the audit trail.
    source: String,
    /// The details for which the file has columns.
    fields: Vec<&'static str>,
    /// Whether a movie keeps known values that the file does not have.
    merges: bool,
    /// The rows that were sent, the oldest first.
    sent: VecDeque<(Row, Receipt)>,
    /// The number of movies that were changed.
    changed: u64,
}

/// One row of a file.
struct Row {
    movie: Movie,
    details: Option<Details>,
}

impl Row {
    fn new(row: ImportedMovie<'_>) -> Result<Row, MovieError> {
        Ok(Row {
            // The ids of a cluster are those of its log.
            movie: Movie::new(Fields {
                id: 0,
                ..row.movie.to_movie()?.into_fields()
            })?,
            details: row.details.cloned(),
        })
    }
}

impl<'i> LogImport<'i> {
    /// For the catalogue at `database`, which a node of a cluster serves.
    pub fn new(
        database: &Path,
        writer: &'i Writer,
        file: &str,
        movies: &MovieReader,
        merges: bool,
    ) -> Result<LogImport<'i>, StoreError> {
        Ok(LogImport {
            writer,
            reader: Reader::open(database)?,
            source: format!("import of {file}"),
            fields: movies.detected().detail_names().collect(),
            merges,
            sent: VecDeque::new(),
            changed: 0,
        })
    }

    /// Sends the change of a row, if its movie is another one than that of the catalogue. Waits for
    /// older ones if many are not applied yet.
    pub fn put(&mut self, row: ImportedMovie<'_>) -> Result<(), String> {
        let row = Row::new(row).map_err(|error| error.to_string())?;
        if self
            .sent
            .iter()
            .any(|(sent, _)| sent.movie.name == row.movie.name)
        {
            self.wait_for_all()?;
        }
        if self.sent.len() >= limits::MAX_LOG_IMPORT_CHANGES {
            self.wait_for_oldest()?;
        }
        self.send(row)
    }

    /// The number of movies that were changed so far.
    pub fn changed(&self) -> u64 {
        self.changed
    }

    /// Waits until all changes are applied.
    pub fn wait_for_all(&mut self) -> Result<(), String> {
        while !self.sent.is_empty() {
            self.wait_for_oldest()?;
        }
        Ok(())
    }

    fn wait_for_oldest(&mut self) -> Result<(), String> {
        let Some((row, mut receipt)) = self.sent.pop_front() else {
            return Ok(());
        };
        for _ in 0..limits::MAX_LOG_IMPORT_ATTEMPTS {
            match receipt.wait() {
                Ok(_) => {
                    self.changed += 1;
                    return Ok(());
                }
                Err(StoreError::Refused(ChangeError::OtherVersion(_))) => {}
                Err(error) => return Err(error.to_string()),
            }
            match self.change(&row)? {
                None => return Ok(()),
                Some(change) => receipt = self.submit(change)?,
            }
        }
        let name = row.movie.into_fields().name;
        Err(ChangeError::OtherVersion(name).to_string())
    }

    fn send(&mut self, row: Row) -> Result<(), String> {
        if let Some(change) = self.change(&row)? {
            let receipt = self.submit(change)?;
            self.sent.push_back((row, receipt));
        }
        Ok(())
    }

    /// Waits for space in the queue.
    fn submit(&mut self, change: Change) -> Result<Receipt, String> {
        let request = ChangeRequest::new(Actor::Server, &self.source, change);
        loop {
            match self.writer.submit(request.clone()) {
                Ok(receipt) => return Ok(receipt),
                Err(_) if !self.sent.is_empty() => self.wait_for_oldest()?,
                Err(_) => std::thread::sleep(limits::LOAD_LOOK),
            }
        }
    }

    /// The change that a row makes in the catalogue as it is now.
    fn change(&mut self, row: &Row) -> Result<Option<Change>, String> {
        let mut transaction = ReadTransaction::new(&mut self.reader);
        let stored = transaction.with_full_movie(&row.movie.name, |movie, details| {
            let version = MovieVersion::from_json(movie::full_to_json(movie, details).as_bytes());
            let full = movie
                .to_movie()
                .and_then(|movie| FullMovie::new(movie, details.clone()));
            (version, full)
        });
        drop(transaction);
        let (condition, stored) = match stored.map_err(|error| error.to_string())? {
            None => (MovieCondition::Absent, None),
            Some((version, full)) => (MovieCondition::Versions(vec![version]), full.ok()),
        };
        let new = self.merged(row, stored.clone());
        let new = new.map_err(|error| error.to_string())?;
        if stored.is_some_and(|stored| is_same(stored, &new)) {
            return Ok(None);
        }
        let movie = Box::new(new);
        Ok(Some(Change::PutMovieIf { movie, condition }))
    }

    /// The movie of a row, with what it keeps of the stored one.
    fn merged(&self, row: &Row, stored: Option<FullMovie>) -> Result<FullMovie, MovieError> {
        let (old, mut details) = stored.map_or_else(
            || (None, Details::default()),
            |stored| {
                let (movie, details) = stored.into_parts();
                (Some(movie), details)
            },
        );
        let mut movie = row.movie.clone();
        if let Some(old) = old.filter(|_| self.merges) {
            movie = filled(movie, old)?;
        }
        if let Some(new) = &row.details {
            let replaces = |name: &str| !self.merges && self.fields.contains(&name);
            details.update(new.clone(), replaces);
        }
        FullMovie::new(movie, details)
    }
}

/// Whether two movies differ in nothing but their ids.
fn is_same(stored: FullMovie, new: &FullMovie) -> bool {
    let (movie, details) = stored.into_parts();
    let without_id = |movie: Movie| Fields {
        id: 0,
        ..movie.into_fields()
    };
    without_id(movie) == without_id(new.movie().clone()) && details == *new.details()
}

/// A movie with the values of the stored one where it has none. A more precise date stays.
fn filled(movie: Movie, old: Movie) -> Result<Movie, MovieError> {
    let (new, old) = (movie.into_fields(), old.into_fields());
    let original_title = new.original_title.or(old.original_title);
    let known = old.released.map(|old| old.to_string()).unwrap_or_default();
    let is_more_precise = |new: &Released| known.starts_with(&new.to_string());
    Movie::new(Fields {
        original_title: original_title.filter(|original| *original != new.title),
        released: new
            .released
            .filter(|new| !is_more_precise(new))
            .or(old.released),
        runtime_minutes: new.runtime_minutes.or(old.runtime_minutes),
        genres: if new.genres.is_empty() {
            old.genres
        } else {
            new.genres
        },
        rating: new.rating.or(old.rating),
        votes: new.votes.or(old.votes),
        ..Fields {
            id: 0,
            name: new.name,
            title: new.title,
            ..Fields::default()
        }
    })
}
