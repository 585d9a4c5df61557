//! One page of answers: group after group, the best first.

use super::SMALL_GROUP;
use super::base::Base;
use super::budget::Trouble;
use super::fresh::{Fresh, Key};
use super::part::{Bucket, Portion, Source};
use super::rows::{Found, Rows};
use crate::movie::View;
use crate::search::{Filter, Group, Rank, Reading};

/// A page under way.
pub(super) struct Page<'p, 'b, 'r, T, F> {
    pub base: &'p Base<'b>,
    pub fresh: &'p Fresh<'b>,
    pub rows: &'p mut Rows<'r, F>,
    /// What is looked for.
    pub readings: &'p [Reading],
    pub filter: &'p Filter,
    /// What the page begins behind.
    pub after: Option<&'p Rank>,
    /// The most rows that it may have.
    pub most: usize,
    /// How many movies of each group are looked for.
    pub portion: usize,
    /// The rows until now.
    pub found: Vec<T>,
}

/// How a page came to its end.
pub(super) enum End {
    /// It has what it should.
    Done,
    /// Too few movies were looked for, and too many of them were no answer.
    TooFew,
}

impl<T, F: FnMut(View<'_>) -> T> Page<'_, '_, '_, T, F> {
    /// Fills the page.
    pub fn fill(&mut self) -> Result<End, Trouble> {
        let after = self.after.map(|after| after.group);
        if after.is_none_or(|group| group == Group::EXACT)
            && let Some(end) = self.exact()?
        {
            return Ok(end);
        }
        let after = after.filter(|group| group.is_longer);
        let first_level = after.map_or(u8::MAX, |group| group.level.0);
        let (base, fresh) = (self.base, self.fresh);
        let mut in_base = Source::of_words(base, self.readings, self.filter)?;
        let mut in_fresh = Source::of_words(fresh, self.readings, self.filter)?;
        in_base.seek(first_level)?;
        in_fresh.seek(first_level)?;
        while let Some(level) = in_base.level().max(in_fresh.level()) {
            let first = match after {
                Some(group) if level == first_level => group,
                _ => Group::longer(level, true, true),
            };
            let portions = self.portions(first, base.of_level(level))?;
            let found = (
                in_base.level_by_quality(level, &portions.0)?,
                in_fresh.level_by_quality(level, &portions.1)?,
            );
            for (quality, found) in (0..).zip(found.0.into_iter().zip(found.1)) {
                let group = Group { quality, ..first };
                if quality >= first.quality
                    && let Some(end) = self.settle(group, found)?
                {
                    return Ok(end);
                }
            }
        }
        Ok(End::Done)
    }

    /// The films whose title is what was typed.
    fn exact(&mut self) -> Result<Option<End>, Trouble> {
        if self.readings.iter().all(|reading| reading.keys.is_empty()) {
            return Ok(None);
        }
        let (base, fresh) = (self.base, self.fresh);
        let mut in_base = Source::of_titles(base, self.readings, self.filter)?;
        let mut in_fresh = Source::of_titles(fresh, self.readings, self.filter)?;
        in_base.seek(u8::MAX)?;
        in_fresh.seek(u8::MAX)?;
        let portions = self.portions(Group::EXACT, 0..base.movies())?;
        let found = (in_base.all(&portions.0)?, in_fresh.all(&portions.1)?);
        self.settle(Group::EXACT, found)
    }

    /// What of a group, and of the worse ones of its level, is wanted.
    fn portions(
        &mut self,
        first: Group,
        in_base: std::ops::Range<u64>,
    ) -> Result<(Portion<u64>, Portion<Key>), Trouble> {
        let after = self.after.filter(|after| after.group == first);
        let in_base = after.map(|after| self.rows.behind(self.base, in_base, after));
        let in_fresh = after.map(|after| (-i64::from(after.votes.0), after.name.clone()));
        Ok((
            Portion {
                quality: first.quality,
                from: in_base.transpose()?,
                most: self.portion,
            },
            Portion {
                quality: first.quality,
                from: in_fresh,
                most: self.portion,
            },
        ))
    }

    /// Puts the movies of a group on the page, in order. Gives the end of the
    /// page when it has come.
    fn settle(
        &mut self,
        group: Group,
        (base, fresh): (Bucket<u64>, Bucket<Key>),
    ) -> Result<Option<End>, Trouble> {
        let is_cut = base.is_cut || fresh.is_cut;
        let before = base.before.len() + fresh.before.len();
        if !is_cut && before + base.movies.len() + fresh.movies.len() <= SMALL_GROUP {
            let mut found = Vec::new();
            for movie in base.before.into_iter().chain(base.movies) {
                found.extend(self.of_base(movie, group)?);
            }
            for movie in fresh.before.into_iter().chain(fresh.movies) {
                found.extend(self.of_fresh(movie, group)?);
            }
            found.sort_by(|one, other| one.rank.cmp(&other.rank));
            found.into_iter().for_each(|found| self.add(found));
        } else {
            self.merge(group, base.movies, fresh.movies)?;
        }
        Ok(match self.found.len() == self.most {
            true => Some(End::Done),
            false => is_cut.then_some(End::TooFew),
        })
    }

    /// Puts the movies of a large group on the page, as far as there is room.
    fn merge(&mut self, group: Group, base: Vec<u64>, fresh: Vec<Key>) -> Result<(), Trouble> {
        let (mut base, mut fresh) = (base.into_iter(), fresh.into_iter());
        let (mut of_base, mut of_fresh) = (None, None);
        while self.found.len() < self.most {
            while of_base.is_none()
                && let Some(movie) = base.next()
            {
                of_base = self.of_base(movie, group)?;
            }
            while of_fresh.is_none()
                && let Some(movie) = fresh.next()
            {
                of_fresh = self.of_fresh(movie, group)?;
            }
            let better = match (&of_base, &of_fresh) {
                (None, None) => break,
                (Some(base), Some(fresh)) if base.rank < fresh.rank => of_base.take(),
                (Some(_), None) => of_base.take(),
                _ => of_fresh.take(),
            };
            better.into_iter().for_each(|found| self.add(found));
        }
        Ok(())
    }

    fn of_base(&mut self, movie: u64, group: Group) -> Result<Option<Found<T>>, Trouble> {
        self.rows
            .of_base(self.base, self.fresh, movie, group, self.readings)
    }

    fn of_fresh(&mut self, movie: Key, group: Group) -> Result<Option<Found<T>>, Trouble> {
        self.rows.of_fresh(&movie, group, self.readings)
    }

    fn add(&mut self, found: Found<T>) {
        let is_behind = self.after.is_none_or(|after| found.rank > *after);
        if is_behind && self.found.len() < self.most {
            self.found.push(found.row);
        }
    }
}
