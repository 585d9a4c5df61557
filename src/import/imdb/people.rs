//! The passes after the one over the titles: series with their episodes, and people with their
//! films.

use std::borrow::Cow;

use super::blocks::{BlockHash, Blocks, RowHash};
use super::error::ImdbError;
use super::faults::{Faults, RowIssue};
use super::file::ImdbFile;
use super::ids::ImdbKey;
use super::key_set::KeySet;
use super::names::PeopleNames;
use super::number_sort::{NumberMerge, NumberSorter};
use super::observer::Observer;
use super::records::{EpisodePlace, HashKind, ImdbPerson, ImdbTarget};
use super::table::Table;
use super::titles::split;
use crate::config::limits;
use crate::import::formats::ratings::Ratings;
use crate::import::values::titles;

/// Places of the columns of `name.basics`.
mod column {
    pub const NAME: usize = 1;
    pub const BORN: usize = 2;
    pub const DIED: usize = 3;
    pub const PROFESSIONS: usize = 4;
    pub const KNOWN_FOR: usize = 5;
}

/// People between two reports of the progress.
const PEOPLE_PER_REPORT: u64 = 1_024;

/// Reads all people and, if titles have votes, their names, so that they can be written next to
/// titles.
pub(super) fn read_names(
    mut people: Table,
    has_votes: bool,
    faults: &mut Faults<'_>,
    observer: &mut Observer<'_>,
) -> Result<PeopleNames, ImdbError> {
    let mut names = PeopleNames::new();
    people.fill(ImdbKey::END, faults)?;
    for person in 0_u64.. {
        if person.is_multiple_of(PEOPLE_PER_REPORT) {
            observer.report()?;
        }
        people.advance(faults)?;
        if people.key() == ImdbKey::END {
            break;
        }
        names.add_person(people.key());
        if let Some(name) = name(&people).filter(|_| has_votes) {
            names.add(people.key(), &name);
        }
    }
    Ok(names)
}

fn name(row: &Table) -> Option<Cow<'_, str>> {
    let name = titles::clean(row.value(column::NAME)?);
    (!name.is_empty() && name.len() <= limits::MAX_TITLE_BYTES).then_some(name)
}

/// Gives every series with its episodes to the target.
pub(super) fn write_series(
    episodes: NumberSorter<u128>,
    seen: &KeySet,
    target: &mut dyn ImdbTarget,
    faults: &mut Faults<'_>,
    observer: &mut Observer<'_>,
) -> Result<(), ImdbError> {
    let mut merge = episodes.finish()?;
    let mut next = merge.next()?;
    let mut places = Vec::new();
    while let Some(first) = next {
        let [series, ..] = split(first);
        let key = ImdbKey::from_order(series);
        places.clear();
        while let Some(number) = next
            && let [same, season, episode, title] = split(number)
            && same == series
        {
            let known = |number: u32| Some(number).filter(|number| *number != u32::MAX);
            let place = EpisodePlace {
                series: key,
                season: known(season),
                episode: known(episode),
            };
            places.push((ImdbKey::from_order(title), place));
            next = merge.next()?;
        }
        if !seen.contains(key) {
            faults.note(
                ImdbFile::Episode,
                RowIssue::UnknownSeries,
                places.len() as u64,
            );
        }
        observer.report()?;
        target.series(key, &places)?;
    }
    Ok(())
}

/// Joins people and credits.
pub(super) struct PeoplePass<'a> {
    /// `name.basics`, if it is there.
    pub people: Option<Table>,
    /// Titles of `title.basics`.
    pub seen: &'a KeySet,
    /// The imported ones of these.
    pub taken: &'a KeySet,
    pub ratings: &'a Ratings,
    /// Whether people without a credit are left out.
    pub only_credited: bool,
    pub blocks: Blocks,
}

impl PeoplePass<'_> {
    /// Gives every person to the target, but for those of blocks that are as they were. Returns
    /// their number.
    pub fn run(
        mut self,
        credits: NumberSorter<u64>,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<u64, ImdbError> {
        let mut credits = Credits::new(credits)?;
        let (mut count, mut reported) = (0, 0);
        loop {
            if count >= reported {
                observer.report()?;
                reported = count + PEOPLE_PER_REPORT;
            }
            let before = faults.count();
            let first = self.people.as_ref().map_or(ImdbKey::END, Table::next_key);
            if first == ImdbKey::END {
                break;
            }
            let (end, hash) = self.begin_block(faults)?;
            let hash = hash.filter(|_| faults.count() == before);
            let stored = self.blocks.stored(first);
            let is_same = stored.is_some() && stored.map(|block| block.hash) == hash;
            if is_same && credits.person() >= end {
                let people = self.people.as_ref().map_or(0, Table::block_len) as u64;
                target.unchanged(0, people);
                count += people;
            } else {
                count += self.read_block(end, &mut credits, target, faults, observer)?;
            }
            if let Some(hash) = hash.filter(|_| faults.count() == before) {
                let block = BlockHash { hash, extra: 0 };
                let mut store =
                    |first, bytes: &[u8]| target.store_hashes(HashKind::People, first, bytes);
                self.blocks.add(first, block, &mut store)?;
            }
        }
        // People that only titles name.
        if let Some(people) = &mut self.people {
            people.fill(ImdbKey::END, faults)?;
        }
        count += self.read_block(ImdbKey::END, &mut credits, target, faults, observer)?;
        let mut store = |first, bytes: &[u8]| target.store_hashes(HashKind::People, first, bytes);
        self.blocks.finish(&mut store)?;
        Ok(count)
    }

    /// Begins a block. Returns the id after it, and the hash of all that its people are made of but
    /// for their films. A block that is too long has none.
    fn begin_block(
        &mut self,
        faults: &mut Faults<'_>,
    ) -> Result<(ImdbKey, Option<u64>), ImdbError> {
        let Some(people) = &mut self.people else {
            return Ok((ImdbKey::END, None));
        };
        let end = self.blocks.fill(people, faults)?;
        let Some(text) = people.block_text() else {
            return Ok((end, None));
        };
        let mut hash = RowHash::new();
        hash.bytes(text.as_bytes());
        let is_readable = people.each_of_block(|person| {
            for title in person.ids(column::KNOWN_FOR, "tt") {
                hash.number(title.is_ok_and(|title| self.taken.contains(title)).into());
            }
        })?;
        Ok((end, is_readable.then(|| Blocks::shortened(hash.finish()))))
    }

    /// Gives the people with ids before `end` to the target, and returns their number.
    fn read_block(
        &mut self,
        end: ImdbKey,
        credits: &mut Credits,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<u64, ImdbError> {
        let (mut films, mut known_for) = (Vec::new(), Vec::new());
        let mut count = 0;
        let mut last = ImdbKey::FIRST;
        self.advance(faults)?;
        for person in 1_u64.. {
            if person.is_multiple_of(PEOPLE_PER_REPORT) {
                observer.report()?;
            }
            let named = self.people.as_ref().map_or(ImdbKey::END, Table::key);
            let key = named.min(credits.person());
            if key >= end {
                break;
            }
            if key == named && key == last {
                faults.note(ImdbFile::Names, RowIssue::Repeated, 1);
                self.advance(faults)?;
                continue;
            }
            last = key;
            let dropped = credits.films_of(key, self.ratings, &mut films)?;
            faults.note(ImdbFile::Principals, RowIssue::TooMany, dropped);
            let row = self.people.as_ref().filter(|_| key == named);
            if row.is_none() && self.people.is_some() {
                faults.note(
                    ImdbFile::Principals,
                    RowIssue::UnknownPerson,
                    films.len() as u64,
                );
            }
            if films.is_empty() && self.only_credited {
                faults.note(ImdbFile::Names, RowIssue::NotWanted, 1);
            } else {
                let record = self.record(key, row, &mut known_for, faults);
                let name = row.and_then(name);
                target.person(&ImdbPerson {
                    name: name.as_deref(),
                    films: &films,
                    ..record
                })?;
                count += 1;
            }
            if key == named {
                self.advance(faults)?;
            }
        }
        Ok(count)
    }

    /// The person of a row of `name.basics`. A number that is not a year becomes unknown.
    fn record<'p>(
        &'p self,
        key: ImdbKey,
        row: Option<&'p Table>,
        known_for: &'p mut Vec<ImdbKey>,
        faults: &mut Faults<'_>,
    ) -> ImdbPerson<'p> {
        known_for.clear();
        for title in row
            .into_iter()
            .flat_map(|row| row.ids(column::KNOWN_FOR, "tt"))
        {
            match title {
                Ok(title) if self.taken.contains(title) => known_for.push(title),
                Ok(title) if self.seen.contains(title) => {}
                Ok(_) => faults.note(ImdbFile::Names, RowIssue::UnknownTitle, 1),
                Err(_) => faults.note(ImdbFile::Names, RowIssue::Unreadable, 1),
            }
        }
        let year = |column| row.and_then(|row| row.number(column).ok().flatten());
        ImdbPerson {
            key,
            name: None,
            born: year(column::BORN),
            died: year(column::DIED),
            professions: row
                .and_then(|row| row.value(column::PROFESSIONS))
                .unwrap_or_default(),
            known_for,
            films: &[],
        }
    }

    fn advance(&mut self, faults: &mut Faults<'_>) -> Result<(), ImdbError> {
        self.people
            .as_mut()
            .map_or(Ok(()), |people| people.advance(faults))
    }
}

/// Credits in the order of the people.
struct Credits {
    merge: NumberMerge<u64>,
    next: Option<u64>,
}

impl Credits {
    fn new(sorter: NumberSorter<u64>) -> Result<Credits, ImdbError> {
        let mut merge = sorter.finish()?;
        let next = merge.next()?;
        Ok(Credits { merge, next })
    }

    /// The person of the next credit.
    fn person(&self) -> ImdbKey {
        let person = |credit: u64| ImdbKey::from_order((credit >> 32) as u32);
        self.next.map_or(ImdbKey::END, person)
    }

    /// Takes the titles of a person, each once. Returns how many were beyond the limit.
    fn films_of(
        &mut self,
        key: ImdbKey,
        ratings: &Ratings,
        films: &mut Vec<(ImdbKey, Option<u32>)>,
    ) -> Result<u64, ImdbError> {
        films.clear();
        let mut dropped = 0;
        while self.person() == key
            && let Some(credit) = self.next
        {
            let title = ImdbKey::from_order(credit as u32);
            if films.last().is_none_or(|(last, _)| *last != title) {
                if films.len() < limits::MAX_PERSON_FILMS {
                    let (_, votes) = ratings.of_number(title.number());
                    films.push((title, votes));
                } else {
                    dropped += 1;
                }
            }
            self.next = self.merge.next()?;
        }
        Ok(dropped)
    }
}
