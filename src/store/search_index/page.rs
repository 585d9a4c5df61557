//! One page of answers: group after group, the best first.

use super::base::Base;
use super::budget::QueryError;
use super::delta::{Delta, DeltaKey};
use super::row_lookup::{FoundMovie, RowLookup};
use super::segment::{Bucket, Portion, SMALL_GROUP, SegmentSearch};
use crate::movie::MovieRef;
use crate::search::{Filter, Group, Interpretation, Rank};

/// A page under way.
pub(super) struct PageBuilder<'p, 'b, 'r, T, F> {
    pub base: &'p Base<'b>,
    pub delta: &'p Delta<'b>,
    pub rows: &'p mut RowLookup<'r, F>,
    /// What is looked for.
    pub interpretations: &'p [Interpretation],
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
pub(super) enum PageEnd {
    /// It has what it should.
    Done,
    /// Too few movies were looked for, and too many of them were no answer.
    TooFew,
}

impl<T, F: FnMut(MovieRef<'_>) -> T> PageBuilder<'_, '_, '_, T, F> {
    /// Fills the page.
    pub fn fill(&mut self) -> Result<PageEnd, QueryError> {
        let after = self.after.map(|after| after.group);
        if after.is_none_or(|group| group == Group::EXACT)
            && let Some(end) = self.exact()?
        {
            return Ok(end);
        }
        let after = after.filter(|group| group.is_longer);
        let first_level = after.map_or(u8::MAX, |group| group.level.0);
        let (base, delta) = (self.base, self.delta);
        let mut in_base = SegmentSearch::of_words(base, self.interpretations, self.filter)?;
        let mut in_delta = SegmentSearch::of_words(delta, self.interpretations, self.filter)?;
        in_base.seek(first_level)?;
        in_delta.seek(first_level)?;
        while let Some(level) = in_base.level().max(in_delta.level()) {
            let first = match after {
                Some(group) if level == first_level => group,
                _ => Group::longer(level, true, true),
            };
            let portions = self.portions(first, base.of_level(level))?;
            let found = (
                in_base.level_by_quality(level, &portions.0)?,
                in_delta.level_by_quality(level, &portions.1)?,
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
        Ok(PageEnd::Done)
    }

    /// The films whose title is what was typed.
    fn exact(&mut self) -> Result<Option<PageEnd>, QueryError> {
        if self
            .interpretations
            .iter()
            .all(|interpretation| interpretation.keys.is_empty())
        {
            return Ok(None);
        }
        let (base, delta) = (self.base, self.delta);
        let mut in_base = SegmentSearch::of_titles(base, self.interpretations, self.filter)?;
        let mut in_delta = SegmentSearch::of_titles(delta, self.interpretations, self.filter)?;
        in_base.seek(u8::MAX)?;
        in_delta.seek(u8::MAX)?;
        let portions = self.portions(Group::EXACT, 0..base.movies())?;
        let found = (in_base.all(&portions.0)?, in_delta.all(&portions.1)?);
        self.settle(Group::EXACT, found)
    }

    /// What of a group, and of the worse ones of its level, is wanted.
    fn portions(
        &mut self,
        first: Group,
        in_base: std::ops::Range<u64>,
    ) -> Result<(Portion<u64>, Portion<DeltaKey>), QueryError> {
        let after = self.after.filter(|after| after.group == first);
        let in_base = after.map(|after| self.rows.behind(self.base, in_base, after));
        let in_delta = after.map(|after| (-i64::from(after.votes.0), after.name.clone()));
        Ok((
            Portion {
                quality: first.quality,
                from: in_base.transpose()?,
                most: self.portion,
            },
            Portion {
                quality: first.quality,
                from: in_delta,
                most: self.portion,
            },
        ))
    }

    /// Puts the movies of a group on the page, in order. Gives the end of the
    /// page when it has come.
    fn settle(
        &mut self,
        group: Group,
        (base, delta): (Bucket<u64>, Bucket<DeltaKey>),
    ) -> Result<Option<PageEnd>, QueryError> {
        let is_cut = base.is_cut || delta.is_cut;
        let before = base.before.len() + delta.before.len();
        if !is_cut && before + base.movies.len() + delta.movies.len() <= SMALL_GROUP {
            let mut found = Vec::new();
            for movie in base.before.into_iter().chain(base.movies) {
                found.extend(self.in_base_group(movie, group)?);
            }
            for movie in delta.before.into_iter().chain(delta.movies) {
                found.extend(self.in_delta_group(movie, group)?);
            }
            found.sort_by(|one, other| one.rank.cmp(&other.rank));
            found.into_iter().for_each(|found| self.add(found));
        } else {
            self.merge(group, base.movies, delta.movies)?;
        }
        Ok(match self.found.len() == self.most {
            true => Some(PageEnd::Done),
            false => is_cut.then_some(PageEnd::TooFew),
        })
    }

    /// Puts the movies of a large group on the page, as far as there is room.
    fn merge(
        &mut self,
        group: Group,
        base: Vec<u64>,
        delta: Vec<DeltaKey>,
    ) -> Result<(), QueryError> {
        let (mut base, mut delta) = (base.into_iter(), delta.into_iter());
        let (mut in_base_group, mut in_delta_group) = (None, None);
        while self.found.len() < self.most {
            while in_base_group.is_none()
                && let Some(movie) = base.next()
            {
                in_base_group = self.in_base_group(movie, group)?;
            }
            while in_delta_group.is_none()
                && let Some(movie) = delta.next()
            {
                in_delta_group = self.in_delta_group(movie, group)?;
            }
            let better = match (&in_base_group, &in_delta_group) {
                (None, None) => break,
                (Some(base), Some(delta)) if base.rank < delta.rank => in_base_group.take(),
                (Some(_), None) => in_base_group.take(),
                _ => in_delta_group.take(),
            };
            better.into_iter().for_each(|found| self.add(found));
        }
        Ok(())
    }

    fn in_base_group(
        &mut self,
        movie: u64,
        group: Group,
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        self.rows
            .in_base_group(self.base, self.delta, movie, group, self.interpretations)
    }

    fn in_delta_group(
        &mut self,
        movie: DeltaKey,
        group: Group,
    ) -> Result<Option<FoundMovie<T>>, QueryError> {
        self.rows
            .in_delta_group(&movie, group, self.interpretations)
    }

    fn add(&mut self, found: FoundMovie<T>) {
        let is_behind = self.after.is_none_or(|after| found.rank > *after);
        if is_behind && self.found.len() < self.most {
            self.found.push(found.row);
        }
    }
}
