//! Opens the files and runs the passes over them.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blocks::{Blocks, HashChunks, PEOPLE_PER_BLOCK, RowHash, TITLES_PER_BLOCK};
use super::error::ImdbError;
use super::faults::{Faults, RowIssue};
use super::file::ImdbFile;
use super::files::ImdbFiles;
use super::ids::ImdbKey;
use super::key_set::KeySet;
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

/// The version of the rules by which rows become records. Hashes of other versions are not used.
const RULES_VERSION: u64 = 1;

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
            is_choice: self.options.is_choice(),
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
            read: KeySet::default(),
            credits: NumberSorter::new(&self.folder),
            episodes: NumberSorter::new(&self.folder),
            other_episodes: HashMap::new(),
            counts: ImdbCounts::default(),
            rated: 0,
        };
        let (ratings, hashes) = self.titles(&mut pass, target, faults, &mut observer)?;
        let TitlePass {
            seen,
            taken,
            read,
            credits,
            episodes,
            other_episodes,
            mut counts,
            rated,
        } = pass;
        if self.files.path(ImdbFile::Ratings).is_some() {
            let unknown = ratings.len() as u64 - rated;
            faults.note(ImdbFile::Ratings, RowIssue::UnknownTitle, unknown);
        }
        let read = TakenTitles {
            titles: Arc::new(read),
            ratings: Arc::new(ratings),
        };
        target.titles_end(read.clone())?;
        write_series(episodes, &seen, target, faults, &mut observer)?;
        for (series, episodes) in other_episodes {
            if !seen.contains(series) {
                faults.note(ImdbFile::Episode, RowIssue::UnknownSeries, episodes);
            }
        }
        let people = PeoplePass {
            people: self.open(ImdbFile::Names, faults, &mut observer)?,
            seen: &seen,
            taken: &taken,
            ratings: &read.ratings,
            only_credited: self.options.is_choice(),
            blocks: Blocks::new(hashes, PEOPLE_PER_BLOCK),
        };
        counts.people = people.run(credits, target, faults, &mut observer)?;
        Ok(counts)
    }

    /// A hash of all but the rows that records are made of: the rules, the options, and the first
    /// line of each file. `None` when titles are left out, which may still have credits.
    fn signature(&self) -> Result<Option<u64>, ImportError> {
        if self.options.is_choice() {
            return Ok(None);
        }
        let mut hash = RowHash::new();
        hash.number(RULES_VERSION);
        hash.number(self.options.lenient.into());
        for (file, path) in self.files.iter() {
            hash.number(file as u64);
            let source = SourceFile::open(path, None, &mut ReadMeter::new())?;
            hash.bytes(
                source
                    .head
                    .split(|byte| *byte == b'\n')
                    .next()
                    .unwrap_or_default(),
            );
        }
        Ok(Some(hash.finish()))
    }

    /// Joins the files of titles. Returns the stored hashes of people too.
    fn titles(
        &self,
        pass: &mut TitlePass,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<(Ratings, HashChunks), ImdbError> {
        let signature = self.signature()?;
        let mut builder = ImdbRowBuilder::new(String::new(), self.options.lenient);
        let ratings = &mut builder.ratings;
        match self.open(ImdbFile::Ratings, faults, observer)? {
            Some(table) => read_ratings(table, ratings, faults)?,
            None => keep_ratings(target, ratings)?,
        }
        let has = |file| self.files.path(file).is_some();
        let has_votes = ratings.len() > 0;
        let names = if has(ImdbFile::Principals) || has(ImdbFile::Crew) {
            // Rows that it refuses are counted when the file is read again.
            let mut ignored = |_: &RowError| {};
            let mut first = Faults::new(faults.skips_bad(), &mut ignored);
            self.open(ImdbFile::Names, &mut first, observer)?
                .map(|people| read_names(people, has_votes, &mut first, observer))
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
        let hashes = target.stored_hashes(signature)?;
        let mut join = TitleJoin {
            basics,
            tables,
            builder,
            names,
            options: &self.options,
            blocks: Blocks::new(hashes.titles, TITLES_PER_BLOCK),
        };
        join.run(pass, target, faults, observer)?;
        Ok((join.builder.ratings, hashes.people))
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
        table.start(faults).map(Some)
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
    table.fill(ImdbKey::END, faults)?;
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
