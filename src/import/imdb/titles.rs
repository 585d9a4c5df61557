//! The merge-join of the files of titles: one pass over all of them, in the order of the ids.

use std::collections::HashMap;

use super::blocks::{BlockHash, Blocks, RowHash};
use super::error::ImdbError;
use super::faults::{Faults, RowIssue};
use super::file::ImdbFile;
use super::ids::ImdbKey;
use super::key_set::KeySet;
use super::names::PeopleNames;
use super::number_sort::NumberSorter;
use super::observer::Observer;
use super::options::ImdbOptions;
use super::records::{EpisodePlace, HashKind, ImdbCounts, ImdbTarget, ImdbTitle};
use super::table::Table;
use super::title_rows::TitleRows;
use crate::import::errors::RecordError;
use crate::import::formats::imdb::{Column, ImdbRowBuilder};

/// Places of the columns that are read.
mod column {
    pub const TYPE: usize = 1;
    pub const IS_ADULT: usize = 4;
    pub const END_YEAR: usize = 6;
    pub const SERIES: usize = 1;
    pub const SEASON: usize = 2;
    pub const EPISODE: usize = 3;
    /// Columns with people.
    pub const PERSON: usize = 2;
    pub const DIRECTORS: usize = 1;
    pub const WRITERS: usize = 2;
}

/// Titles between two reports of the progress.
const TITLES_PER_REPORT: u64 = 512;

/// The files next to `title.basics`.
#[derive(Default)]
pub(super) struct TitleTables {
    pub akas: Option<Table>,
    pub principals: Option<Table>,
    pub crew: Option<Table>,
    pub episode: Option<Table>,
}

impl TitleTables {
    /// Begins the block before an id.
    fn fill(&mut self, end: ImdbKey, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        self.all().try_for_each(|table| table.fill(end, faults))
    }

    /// Advances to the first rows of the block.
    fn start(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        self.all().try_for_each(|table| {
            table.rewind();
            table.advance(faults)
        })
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Table> {
        [
            &mut self.akas,
            &mut self.principals,
            &mut self.crew,
            &mut self.episode,
        ]
        .into_iter()
        .flatten()
    }

    /// Skips the rows before a key, whose titles are unknown.
    fn skip_to(&mut self, key: ImdbKey, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        for table in self.all() {
            let mut skipped = 0;
            while table.key() < key {
                skipped += 1;
                table.advance(faults)?;
            }
            faults.note(table.kind, RowIssue::UnknownTitle, skipped);
        }
        Ok(())
    }

    /// Skips the rows of a title.
    fn skip(
        &mut self,
        key: ImdbKey,
        why: RowIssue,
        faults: &mut Faults<'_>,
    ) -> Result<(), ImdbError> {
        for table in self.all() {
            let mut skipped = 0;
            while table.key() == key {
                skipped += 1;
                table.advance(faults)?;
            }
            faults.note(table.kind, why, skipped);
        }
        Ok(())
    }

    /// Collects the rows of a title.
    fn collect(
        &mut self,
        key: ImdbKey,
        rows: &mut TitleRows,
        faults: &mut Faults<'_>,
    ) -> Result<Option<EpisodePlace>, ImdbError> {
        rows.clear();
        each_row(&mut self.akas, key, faults, |row, faults| {
            if let Some(why) = rows.add_aka(row) {
                faults.note(ImdbFile::Akas, why, 1);
            }
            Ok(())
        })?;
        each_row(&mut self.principals, key, faults, |row, faults| {
            if let Some(why) = rows.add_credit(row)? {
                faults.note(ImdbFile::Principals, why, 1);
            }
            Ok(())
        })?;
        each_row(&mut self.crew, key, faults, |row, faults| {
            faults.note(ImdbFile::Crew, RowIssue::TooMany, rows.add_crew(row)?);
            Ok(())
        })?;
        let mut place = None;
        each_row(&mut self.episode, key, faults, |row, faults| {
            faults.note(
                ImdbFile::Episode,
                RowIssue::Repeated,
                u64::from(place.is_some()),
            );
            place = Some(episode_place(row)?);
            Ok(())
        })?;
        Ok(place)
    }
}

fn each_row(
    table: &mut Option<Table>,
    key: ImdbKey,
    faults: &mut Faults<'_>,
    mut take: impl FnMut(&Table, &mut Faults<'_>) -> Result<(), RecordError>,
) -> Result<(), ImdbError> {
    let Some(table) = table else { return Ok(()) };
    while table.key() == key {
        if let Err(error) = take(table, faults) {
            table.refuse(error, faults)?;
        }
        table.advance(faults)?;
    }
    Ok(())
}

fn episode_place(row: &Table) -> Result<EpisodePlace, RecordError> {
    let series = row.value(column::SERIES).unwrap_or_default();
    Ok(EpisodePlace {
        series: ImdbKey::parse(series, "tt")
            .ok_or_else(|| row.bad_value(column::SERIES, "an id like tt0000001"))?,
        season: row.number(column::SEASON)?,
        episode: row.number(column::EPISODE)?,
    })
}

/// The results of the pass over the titles, for the passes after it.
pub(super) struct TitlePass {
    /// Titles of `title.basics`.
    pub seen: KeySet,
    /// The imported ones of these.
    pub taken: KeySet,
    /// The ones of these that were read, because they are not as they were.
    pub read: KeySet,
    /// Person and title: 32 bits each.
    pub credits: NumberSorter<u64>,
    /// Series, season, episode, title: 32 bits each, the highest where it is unknown.
    pub episodes: NumberSorter<u128>,
    /// The episodes of each series that were passed over.
    pub other_episodes: HashMap<ImdbKey, u64>,
    pub counts: ImdbCounts,
    /// Titles with a rating, whether they were taken or not.
    pub rated: u64,
}

/// Joins the files of titles.
pub(super) struct TitleJoin<'a> {
    pub basics: Table,
    pub tables: TitleTables,
    pub builder: ImdbRowBuilder,
    /// `name.basics`, if it is there.
    pub names: Option<PeopleNames>,
    pub options: &'a ImdbOptions,
    pub blocks: Blocks,
}

impl TitleJoin<'_> {
    /// Gives every title to the target, but for those of blocks that are as they were.
    pub fn run(
        &mut self,
        pass: &mut TitlePass,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<(), ImdbError> {
        let mut rows = TitleRows::default();
        let columns = self.basics.imdb_columns();
        let mut reported = 0;
        loop {
            if pass.counts.titles >= reported {
                observer.report()?;
                reported = pass.counts.titles + TITLES_PER_REPORT;
            }
            let first = self.basics.next_key();
            if first == ImdbKey::END {
                break;
            }
            let before = faults.count();
            let end = self.blocks.fill(&mut self.basics, faults)?;
            self.tables.fill(end, faults)?;
            let is_faultless = faults.count() == before;
            let hash = if is_faultless { self.hash()? } else { None };
            let stored = self.blocks.stored(first);
            let block = match (stored, hash) {
                (Some(stored), Some(hash)) if stored.hash == hash => {
                    self.pass_over(stored.extra, pass)?;
                    target.unchanged(self.basics.block_keys().len() as u64, 0);
                    Some(stored)
                }
                _ => {
                    let credits = pass.counts.credits;
                    let listed = self.tables.principals.as_ref().map_or(0, Table::block_len);
                    let is_known =
                        self.read_block(&mut rows, &columns, pass, target, faults, observer)?;
                    let extra = (pass.counts.credits - credits).checked_sub(listed as u64);
                    let hash = hash.filter(|_| is_known && faults.count() == before);
                    hash.zip(extra)
                        .map(|(hash, extra)| BlockHash { hash, extra })
                }
            };
            if let Some(block) = block {
                let mut store =
                    |first, bytes: &[u8]| target.store_hashes(HashKind::Titles, first, bytes);
                self.blocks.add(first, block, &mut store)?;
            }
        }
        self.tables.fill(ImdbKey::END, faults)?;
        self.tables.start(faults)?;
        self.tables.skip_to(ImdbKey::END, faults)?;
        let mut store = |first, bytes: &[u8]| target.store_hashes(HashKind::Titles, first, bytes);
        Ok(std::mem::take(&mut self.blocks).finish(&mut store)?)
    }

    /// The hash of all that the titles of the block are made of: their rows, their ratings, and the
    /// names of the people of rated titles. `None` for a very long block.
    fn hash(&mut self) -> Result<Option<u64>, ImdbError> {
        let mut hash = RowHash::new();
        let mut has_rated = false;
        for key in self.basics.block_keys() {
            let (rating, votes) = self.builder.ratings.of_number(key.number());
            has_rated |= votes.is_some();
            hash.number(rating.map_or(u64::MAX, f64::to_bits));
            hash.number(votes.map_or(u64::MAX, u64::from));
        }
        let tables = [Some(&self.basics)].into_iter().chain([
            self.tables.akas.as_ref(),
            self.tables.principals.as_ref(),
            self.tables.crew.as_ref(),
            self.tables.episode.as_ref(),
        ]);
        for table in tables {
            let Some(text) = table.map_or(Some(""), Table::block_text) else {
                return Ok(None);
            };
            hash.bytes(text.as_bytes());
        }
        let is_readable = !has_rated || self.hash_names(&mut hash)?;
        Ok(is_readable.then(|| Blocks::shortened(hash.finish())))
    }

    /// Adds the names of the people of the block. Returns whether all rows could be read.
    fn hash_names(&mut self, hash: &mut RowHash) -> Result<bool, ImdbError> {
        let mut is_readable = true;
        let Some(names) = self.names.as_ref().filter(|names| !names.is_empty()) else {
            return Ok(true);
        };
        let TitleTables {
            principals, crew, ..
        } = &mut self.tables;
        for table in [principals, crew].into_iter().flatten() {
            let columns: &[usize] = match table.kind {
                ImdbFile::Principals => &[column::PERSON],
                _ => &[column::DIRECTORS, column::WRITERS],
            };
            is_readable &= table.each_of_block(|row| {
                for person in columns.iter().flat_map(|column| row.ids(*column, "nm")) {
                    let name = person.ok().and_then(|person| names.get(person));
                    hash.bytes(name.unwrap_or_default().as_bytes());
                }
            })?;
        }
        Ok(is_readable)
    }

    /// Counts the titles of the block, which are as they were.
    fn pass_over(&mut self, other_credits: u64, pass: &mut TitlePass) -> Result<(), ImdbError> {
        for key in self.basics.block_keys() {
            pass.seen.insert(key);
            pass.taken.insert(key);
            let (_, votes) = self.builder.ratings.of_number(key.number());
            pass.rated += u64::from(votes.is_some());
            pass.counts.titles += 1;
        }
        let rows = |table: &Option<Table>| table.as_ref().map_or(0, Table::block_len) as u64;
        pass.counts.akas += rows(&self.tables.akas);
        pass.counts.credits += rows(&self.tables.principals) + other_credits;
        pass.counts.episodes += rows(&self.tables.episode);
        if let Some(episodes) = &mut self.tables.episode {
            episodes.each_of_block(|row| {
                let series = row.value(column::SERIES).unwrap_or_default();
                if let Some(series) = ImdbKey::parse(series, "tt") {
                    *pass.other_episodes.entry(series).or_default() += 1;
                }
            })?;
        }
        Ok(())
    }

    /// Gives the titles of the block to the target. Returns whether all of their people are known.
    fn read_block(
        &mut self,
        rows: &mut TitleRows,
        columns: &[Column],
        pass: &mut TitlePass,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<bool, ImdbError> {
        let mut is_known = true;
        self.tables.start(faults)?;
        for title in 1_u64.. {
            if title.is_multiple_of(TITLES_PER_REPORT) {
                observer.report()?;
            }
            self.basics.advance(faults)?;
            let key = self.basics.key();
            self.tables.skip_to(key, faults)?;
            if key == ImdbKey::END {
                break;
            }
            if !pass.seen.insert(key) {
                faults.note(ImdbFile::Basics, RowIssue::Repeated, 1);
                continue;
            }
            let (_, votes) = self.builder.ratings.of_number(key.number());
            pass.rated += u64::from(votes.is_some());
            if !self.options.takes(self.basics.value(column::TYPE), votes) {
                faults.note(ImdbFile::Basics, RowIssue::NotWanted, 1);
                self.tables.skip(key, RowIssue::NotWanted, faults)?;
                continue;
            }
            let basics = &self.basics;
            let mut unknown = |error| faults.leave_unknown(basics.located(error));
            let movie = match self.builder.row(basics.row(), columns, &mut unknown) {
                Ok(movie) => movie,
                Err(error) => {
                    basics.refuse(error, faults)?;
                    self.tables.skip(key, RowIssue::TitleRefused, faults)?;
                    continue;
                }
            };
            let place = self.tables.collect(key, rows, faults)?;
            let record = ImdbTitle {
                key,
                movie,
                kind: basics.value(column::TYPE),
                adult: basics.value(column::IS_ADULT).map(|flag| flag == "1"),
                ended: basics.number(column::END_YEAR).ok().flatten(),
                series: place,
                rows,
                names: self.names.as_ref().filter(|_| votes.is_some()),
            };
            is_known &= pass.add(&record, self.names.as_ref())?;
            target.title(&record)?;
        }
        Ok(is_known)
    }
}

impl TitlePass {
    /// Adds a title. Returns whether all of its people are known.
    fn add(
        &mut self,
        record: &ImdbTitle<'_>,
        names: Option<&PeopleNames>,
    ) -> Result<bool, ImdbError> {
        let mut is_known = true;
        let title = record.key.order();
        for credit in record.rows.credits() {
            let person = u64::from(credit.person.order());
            is_known &= names.is_none_or(|names| names.has_person(credit.person));
            self.credits.push(person << 32 | u64::from(title))?;
        }
        if let Some(place) = record.series {
            let number = |number: Option<u32>| number.unwrap_or(u32::MAX);
            let numbers = [
                place.series.order(),
                number(place.season),
                number(place.episode),
                title,
            ];
            self.episodes.push(join(numbers))?;
        }
        self.taken.insert(record.key);
        self.read.insert(record.key);
        self.counts.titles += 1;
        self.counts.akas += record.rows.akas().len() as u64;
        self.counts.credits += record.rows.credits().len() as u64;
        self.counts.episodes += u64::from(record.series.is_some());
        Ok(is_known)
    }
}

/// One number that is ordered like the four.
fn join(numbers: [u32; 4]) -> u128 {
    numbers
        .into_iter()
        .fold(0, |all, number| all << 32 | u128::from(number))
}

/// The four numbers of a [`join`].
pub(super) fn split(number: u128) -> [u32; 4] {
    [96, 64, 32, 0].map(|shift| (number >> shift) as u32)
}
