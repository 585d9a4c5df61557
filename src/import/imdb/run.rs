//! Opens the files and runs the passes over them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ImdbError;
use super::faults::{Faults, RowIssue};
use super::file::ImdbFile;
use super::files::ImdbFiles;
use super::ids::ImdbKey;
use super::key_set::KeySet;
use super::names::PeopleNames;
use super::number_sort::NumberSorter;
use super::observer::{ImdbProgress, Observer};
use super::options::{ImdbOptions, ImdbPart};
use super::people::{PeoplePass, read_names, write_series};
use super::records::{ImdbCounts, ImdbTarget, TakenTitles};
use super::table::Table;
use super::titles::{TitleJoin, TitlePass, TitleTables};
use crate::import::errors::{ImportError, RowError};
use crate::import::formats::imdb::ImdbRowBuilder;
use crate::import::formats::ratings::Ratings;
use crate::import::source::{ReadMeter, SourceFile};
use crate::store::RecordParts;

/// An import of IMDb's files.
pub struct ImdbImport {
    files: ImdbFiles,
    options: ImdbOptions,
    /// For temporary files.
    folder: PathBuf,
    /// Files that have to be sorted.
    unordered: BTreeSet<ImdbFile>,
}

impl ImdbImport {
    /// Prepares the import; temporary files go into the folder.
    ///
    /// # Errors
    /// No `title.basics`, or options that do not go together.
    pub fn new(
        mut files: ImdbFiles,
        options: ImdbOptions,
        folder: &Path,
    ) -> Result<ImdbImport, ImportError> {
        options.check()?;
        if files.path(ImdbFile::Basics).is_none() {
            return Err(ImportError::NoBasics);
        }
        if options.min_votes > 0 && files.path(ImdbFile::Ratings).is_none() {
            return Err(ImportError::NoRatings);
        }
        for (part, of_it) in [
            (ImdbPart::Akas, &[ImdbFile::Akas][..]),
            (ImdbPart::Episodes, &[ImdbFile::Episode]),
            (
                ImdbPart::People,
                &[ImdbFile::Principals, ImdbFile::Crew, ImdbFile::Names],
            ),
        ] {
            if options.is_without(part) {
                of_it.iter().for_each(|file| files.remove(*file));
            }
        }
        Ok(ImdbImport {
            files,
            options,
            folder: folder.to_path_buf(),
            unordered: BTreeSet::new(),
        })
    }

    /// The files that are imported.
    pub fn files(&self) -> &ImdbFiles {
        &self.files
    }

    /// The fields that these files have; the catalogue keeps its values of the other fields.
    pub fn parts(&self) -> RecordParts {
        let has = |file| self.files.path(file).is_some();
        RecordParts {
            akas: has(ImdbFile::Akas),
            credits: has(ImdbFile::Principals),
            directors: has(ImdbFile::Principals) || has(ImdbFile::Crew),
            episodes: has(ImdbFile::Episode),
            people: has(ImdbFile::Names),
        }
    }

    /// Sorts a file in the next run. Returns whether that is new.
    pub fn sort(&mut self, file: ImdbFile) -> bool {
        self.unordered.insert(file)
    }

    /// Reads all files, and gives their records to the target. `observe` is called at intervals,
    /// and returns whether to continue.
    ///
    /// # Errors
    /// Any [`ImdbError`].
    pub fn run(
        &self,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observe: &mut dyn FnMut(&ImdbProgress) -> bool,
    ) -> Result<ImdbCounts, ImdbError> {
        let mut observer = Observer {
            meters: Vec::new(),
            observe,
        };
        let mut pass = TitlePass {
            seen: KeySet::default(),
            taken: KeySet::default(),
            credits: NumberSorter::new(&self.folder),
            episodes: NumberSorter::new(&self.folder),
            counts: ImdbCounts::default(),
            rated: 0,
        };
        let ratings = self.titles(&mut pass, target, faults, &mut observer)?;
        let TitlePass {
            seen,
            taken,
            credits,
            episodes,
            mut counts,
            rated,
        } = pass;
        if self.files.path(ImdbFile::Ratings).is_some() {
            let unknown = ratings.len() as u64 - rated;
            faults.note(ImdbFile::Ratings, RowIssue::UnknownTitle, unknown);
        }
        let taken = TakenTitles {
            titles: Arc::new(taken),
            ratings: Arc::new(ratings),
        };
        target.titles_end(taken.clone())?;
        write_series(episodes, &seen, target, faults, &mut observer)?;
        let people = PeoplePass {
            people: self.open(ImdbFile::Names, faults, &mut observer)?,
            seen: &seen,
            taken: &taken.titles,
            ratings: &taken.ratings,
            only_credited: self.options.is_choice(),
        };
        counts.people = people.run(credits, target, faults, &mut observer)?;
        Ok(counts)
    }

    /// Joins the files of titles.
    fn titles(
        &self,
        pass: &mut TitlePass,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<Ratings, ImdbError> {
        let mut builder = ImdbRowBuilder::new(String::new(), self.options.lenient);
        let ratings = &mut builder.ratings;
        match self.open(ImdbFile::Ratings, faults, observer)? {
            Some(table) => read_ratings(table, ratings, faults)?,
            None => keep_ratings(target, ratings)?,
        }
        let has = |file| self.files.path(file).is_some();
        let names = if ratings.len() > 0 && (has(ImdbFile::Principals) || has(ImdbFile::Crew)) {
            // Rows that it refuses are counted when the file is read again.
            let mut ignored = |_: &RowError| {};
            let mut first = Faults::new(faults.skips_bad(), &mut ignored);
            self.open(ImdbFile::Names, &mut first, observer)?
                .map(|people| read_names(people, &mut first, observer))
                .transpose()?
        } else {
            None
        };
        let Some(basics) = self.open(ImdbFile::Basics, faults, observer)? else {
            return Err(ImportError::NoBasics.into());
        };
        let tables = TitleTables {
            akas: self.open(ImdbFile::Akas, faults, observer)?,
            principals: self.open(ImdbFile::Principals, faults, observer)?,
            crew: self.open(ImdbFile::Crew, faults, observer)?,
            episode: self.open(ImdbFile::Episode, faults, observer)?,
        };
        let mut join = TitleJoin {
            basics,
            tables,
            builder,
            names: names.unwrap_or_else(PeopleNames::new),
            options: &self.options,
        };
        join.run(pass, target, faults, observer)?;
        Ok(join.builder.ratings)
    }

    /// Opens a file, if it is there. One that is not in order is sorted.
    fn open(
        &self,
        file: ImdbFile,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<Option<Table>, ImdbError> {
        let Some(path) = self.files.path(file) else {
            return Ok(None);
        };
        let mut meter = ReadMeter::new();
        let source = SourceFile::open(path, None, &mut meter)?;
        observer.meters.push((file, meter));
        let table = Table::open(file, source)?;
        if self.unordered.contains(&file) {
            return table.sorted(&self.folder, faults).map(Some);
        }
        Ok(Some(table))
    }
}

/// Titles keep their ratings if the files have none.
fn keep_ratings(target: &dyn ImdbTarget, ratings: &mut Ratings) -> Result<(), ImdbError> {
    let mut is_kept = true;
    target.stored_titles(&mut |movie| {
        is_kept = is_kept && ratings.add_stored(movie.name, (movie.rating, movie.votes));
    })?;
    ratings.sort();
    if is_kept {
        Ok(())
    } else {
        Err(ImportError::TooManyRatings.into())
    }
}

fn read_ratings(
    mut table: Table,
    ratings: &mut Ratings,
    faults: &mut Faults<'_>,
) -> Result<(), ImdbError> {
    loop {
        table.advance(faults)?;
        if table.key() == ImdbKey::END {
            ratings.sort();
            return Ok(());
        }
        if let Err(error) = ratings.add(table.row()) {
            table.refuse(error, faults)?;
        }
    }
}
