//! Writes the details of imported movies, after the movies of their batch.

use rusqlite::Connection;

use super::compare::{Plan, next_of_name};
use super::packed::Batch;
use super::people_buffer::PeopleBuffer;
use crate::movie::Details;
use crate::store::packed_record::{IdPrefix, TitleText};
use crate::store::records::{
    self, Basis, PeopleEditor, PersonChanged, StoredDetails, use_stored_names,
};

/// The details for which a file has columns.
#[derive(Debug)]
pub(super) struct DetailFields {
    pub fields: Vec<&'static str>,
    /// Bytes of people that wait.
    pub people_bytes: usize,
}

/// Compares and writes details.
pub(super) struct DetailsWriter<'c> {
    connection: &'c Connection,
    /// These become the values of the file, known or unknown.
    replaces: Vec<&'static str>,
    is_dry_run: bool,
    people: PeopleBuffer<'c>,
    /// The last movie. The next batch may begin with its name, and a dry run does not write it.
    last: Option<(Vec<u8>, Details)>,
}

impl<'c> DetailsWriter<'c> {
    /// With `merges`, a movie keeps the details that are unknown in the file.
    pub fn new(
        connection: &'c Connection,
        fields: &DetailFields,
        merges: bool,
        is_dry_run: bool,
    ) -> DetailsWriter<'c> {
        DetailsWriter {
            connection,
            replaces: if merges {
                Vec::new()
            } else {
                fields.fields.clone()
            },
            is_dry_run,
            people: PeopleBuffer::new(connection, fields.people_bytes),
            last: None,
        }
    }

    /// Must be called before the movies of a batch are changed: people in the details of the last
    /// movie have to be stored before this movie is changed again.
    pub fn before(&mut self, batch: &Batch, changed: PersonChanged<'_>) -> rusqlite::Result<()> {
        let is_again = |(last, _): &(Vec<u8>, Details)| *last == batch.name(0);
        if self.people.is_full() || self.last.as_ref().is_some_and(is_again) {
            self.people.flush(changed)?;
        }
        Ok(())
    }

    /// Stores the details of a batch whose movies are stored, and counts them. `changed` is called
    /// with the name of each movie whose details differ.
    pub fn write(
        &mut self,
        batch: &Batch,
        plan: &mut Plan,
        mut changed: impl FnMut(&str),
    ) -> rusqlite::Result<()> {
        let mut first = 0;
        while first < batch.len() {
            let mut last = first;
            while let Some(next) = next_of_name(batch, last) {
                last = next;
            }
            let name = str::from_utf8(batch.name(last))?;
            if (first..=last).all(|place| batch.movie(place).details.is_empty()) {
                first = last + 1;
                continue;
            }
            if self.write_movie(batch, name, (first, last), plan)? {
                changed(name);
            }
            first = last + 1;
        }
        Ok(())
    }

    /// Stores the details of a movie, which has the rows from `first` to `last`. Returns whether
    /// they differ.
    fn write_movie(
        &mut self,
        batch: &Batch,
        name: &str,
        (first, last): (usize, usize),
        plan: &mut Plan,
    ) -> rusqlite::Result<bool> {
        let movie = batch.movie(last).view();
        let is_new = plan.is_new(last);
        let text = TitleText {
            title: movie.title,
            original_title: movie.original_title,
        };
        let stored = match self.last.take() {
            Some((last, details)) if self.is_dry_run && last == name.as_bytes() => StoredDetails {
                details,
                ..StoredDetails::default()
            },
            _ if is_new => StoredDetails::default(),
            _ => {
                let text = Some(text).filter(|_| !self.is_dry_run);
                StoredDetails::read(self.connection, name, text)?
            }
        };
        let mut details = stored.details.clone();
        let mut differs = Vec::new();
        for place in first..=last {
            let new = batch.movie(place).details;
            if !new.is_empty() && self.update(&mut details, new, &mut plan.counts.forgotten)? {
                differs.push(place);
            }
        }
        let mut is_changed = details != stored.details;
        if is_changed && !self.is_dry_run {
            let key = match stored.key {
                Some(key) => key,
                None => self.people.key(IdPrefix::Title, name)?,
            };
            let (basis, details) = (Basis::new(&movie), details.clone());
            let (connection, people) = (self.connection, &mut self.people);
            is_changed =
                records::write_details(connection, key, &stored.packed, basis, details, people)?;
            // A single row gives the same record after all.
            if !is_changed && first == last {
                differs.clear();
            }
        }
        for place in differs {
            plan.differs_in_details(place);
        }
        if last + 1 == batch.len() {
            self.last = Some((name.as_bytes().to_vec(), details));
        }
        Ok(is_changed)
    }

    /// Brings details up to date with a row. Returns whether they differ.
    fn update(
        &self,
        details: &mut Details,
        packed: &[u8],
        forgotten: &mut u64,
    ) -> rusqlite::Result<bool> {
        let mut new: Details = postcard::from_bytes(packed).expect("the loader packed it");
        // These are derived from other movies.
        new.seasons = None;
        if let (Some(new), Some(known)) = (&mut new.series, &details.series)
            && new.name == known.name
        {
            new.title.clone_from(&known.title);
        }
        let before = details.clone();
        let replaces = |name: &str| self.replaces.contains(&name);
        *forgotten += details.update(new, replaces);
        if *details != before && !before.is_empty() {
            use_stored_names(self.connection, details)?;
        }
        Ok(*details != before)
    }

    /// Writes the people that wait.
    pub fn finish(mut self, changed: PersonChanged<'_>) -> rusqlite::Result<()> {
        self.people.flush(changed)
    }
}
