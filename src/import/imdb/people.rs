//! The passes after the one over the titles: series with their episodes, and people with their
//! films.

use std::borrow::Cow;

use super::error::ImdbError;
use super::faults::{Faults, RowIssue};
use super::file::ImdbFile;
use super::ids::ImdbKey;
use super::key_set::KeySet;
use super::names::PeopleNames;
use super::number_sort::{NumberMerge, NumberSorter};
use super::observer::Observer;
use super::records::{EpisodePlace, ImdbPerson, ImdbTarget};
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

/// Reads the names of all people, so that they can be written next to titles.
pub(super) fn read_names(
    mut people: Table,
    faults: &mut Faults<'_>,
    observer: &mut Observer<'_>,
) -> Result<PeopleNames, ImdbError> {
    let mut names = PeopleNames::new();
    for person in 0_u64.. {
        if person.is_multiple_of(PEOPLE_PER_REPORT) {
            observer.report()?;
        }
        people.advance(faults)?;
        if people.key() == ImdbKey::END {
            break;
        }
        if let Some(name) = name(&people) {
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
}

impl PeoplePass<'_> {
    /// Gives every person to the target, and their number.
    pub fn run(
        mut self,
        credits: NumberSorter<u64>,
        target: &mut dyn ImdbTarget,
        faults: &mut Faults<'_>,
        observer: &mut Observer<'_>,
    ) -> Result<u64, ImdbError> {
        let mut credits = Credits::new(credits)?;
        let (mut films, mut known_for) = (Vec::new(), Vec::new());
        let mut count = 0;
        let mut last = ImdbKey::FIRST;
        self.advance(faults)?;
        for person in 0_u64.. {
            if person.is_multiple_of(PEOPLE_PER_REPORT) {
                observer.report()?;
            }
            let named = self.people.as_ref().map_or(ImdbKey::END, Table::key);
            let key = named.min(credits.person());
            if key == ImdbKey::END {
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
