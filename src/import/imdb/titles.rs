//! The merge-join of the files of titles: one pass over all of them, in the order of the ids.

use super::error::ImdbError;
use super::faults::{Faults, RowIssue};
use super::file::ImdbFile;
use super::ids::ImdbKey;
use super::key_set::KeySet;
use super::names::PeopleNames;
use super::number_sort::NumberSorter;
use super::observer::Observer;
use super::options::ImdbOptions;
use super::records::{EpisodePlace, ImdbCounts, ImdbTarget, ImdbTitle};
use super::table::Table;
use super::title_rows::TitleRows;
use crate::import::errors::RecordError;
use crate::import::formats::imdb::ImdbRowBuilder;

/// Places of the columns that are read.
mod column {
    pub const TYPE: usize = 1;
    pub const IS_ADULT: usize = 4;
    pub const END_YEAR: usize = 6;
    pub const SERIES: usize = 1;
    pub const SEASON: usize = 2;
    pub const EPISODE: usize = 3;
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
                skipped += u64::from(table.key() > ImdbKey::FIRST);
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
    /// Person and title: 32 bits each.
    pub credits: NumberSorter<u64>,
    /// Series, season, episode, title: 32 bits each, the highest where it is unknown.
    pub episodes: NumberSorter<u128>,
    pub counts: ImdbCounts,
    /// Titles with a rating, whether they were taken or not.
    pub rated: u64,
}

/// Joins the files of titles.
pub(super) struct TitleJoin<'a> {
    pub basics: Table,
    pub tables: TitleTables,
    pub builder: ImdbRowBuilder,
    pub names: PeopleNames,
    pub options: &'a ImdbOptions,
}

impl TitleJoin<'_> {
    /// Gives every title to the target.
    pub fn run(
        &mut self,
        pass: &mut TitlePass,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<(), ImdbError> {
        let mut rows = TitleRows::default();
        let columns = self.basics.imdb_columns();
        for title in 0_u64.. {
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
            let movie = match self.builder.row(basics.row(), &columns, &mut unknown) {
                Ok(movie) => movie,
                Err(error) => {
                    basics.refuse(error, faults)?;
                    self.tables.skip(key, RowIssue::TitleRefused, faults)?;
                    continue;
                }
            };
            let place = self.tables.collect(key, &mut rows, faults)?;
            let record = ImdbTitle {
                key,
                movie,
                kind: basics.value(column::TYPE),
                adult: basics.value(column::IS_ADULT).map(|flag| flag == "1"),
                ended: basics.number(column::END_YEAR).ok().flatten(),
                series: place,
                rows: &rows,
                names: votes.is_some().then_some(&self.names),
            };
            pass.add(&record)?;
            target.title(&record)?;
        }
        Ok(())
    }
}

impl TitlePass {
    fn add(&mut self, record: &ImdbTitle<'_>) -> Result<(), ImdbError> {
        let title = record.key.order();
        for credit in record.rows.credits() {
            let person = u64::from(credit.person.order());
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
        self.counts.titles += 1;
        self.counts.akas += record.rows.akas().len() as u64;
        self.counts.credits += record.rows.credits().len() as u64;
        self.counts.episodes += u64::from(record.series.is_some());
        Ok(())
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
