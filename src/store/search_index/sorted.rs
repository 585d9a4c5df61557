//! Pages in an order other than that of relevance, and the films of people.
//!
//! All answers are read, and the first ones in the order are kept. In the order of votes, reading
//! stops at the first level whose movies come after the kept ones.

use super::budget::QueryError;
use super::query::IndexSearch;
use super::request::{Place, SearchOrder};
use super::row_lookup::RowLookup;
use super::segment::{Segment, SegmentSearch};
use crate::movie::MovieRef;
use crate::search::{QueryMatch, level};
use crate::store::StoreError;

/// The first answers after a place.
struct FirstAnswers<T> {
    after: Option<Place>,
    most: usize,
    /// Sorted up to `most`, with some later ones after them.
    found: Vec<(Place, T)>,
}

impl<T> FirstAnswers<T> {
    fn add(&mut self, place: Place, row: T) {
        if self.after.as_ref().is_none_or(|after| place > *after) {
            self.found.push((place, row));
            if self.found.len() > 2 * self.most {
                self.sort();
            }
        }
    }

    fn sort(&mut self) {
        self.found.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.found.dedup_by(|(one, _), (other, _)| one == other);
        self.found.truncate(self.most);
    }

    /// Whether movies of a lower level of votes come after all of these.
    fn is_full_above(&mut self, lower: u8) -> bool {
        if self.found.len() < self.most {
            return false;
        }
        self.sort();
        self.found.len() == self.most
            && self
                .found
                .last()
                .is_some_and(|(last, _)| level(last.votes.0) > lower)
    }
}

impl IndexSearch<'_> {
    /// The page of a search in its order.
    pub(super) fn sorted<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
    ) -> Result<Vec<T>, QueryError> {
        let query = &self.search.query;
        rows.interpret(query.interpretations());
        let mut found = self.sorted_answers(rows)?;
        if found.is_empty() && !query.is_empty() && self.search.after.is_none() {
            rows.interpret(query.corrected(self)?);
            rows.interpret(query.with_fewer_words(self)?);
            found = self.sorted_answers(rows)?;
        }
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }

    fn sorted_answers<T>(
        &self,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
    ) -> Result<Vec<(Place, T)>, QueryError> {
        let after = match &self.search.after {
            None => None,
            Some(name) => match rows.placed(name)? {
                Some((place, _)) => Some(place),
                None => return Err(StoreError::NotAnAnswer(name.clone()).into()),
            },
        };
        let mut answers = FirstAnswers {
            after,
            most: self.search.rows,
            found: Vec::new(),
        };
        let stops = match self.search.order {
            SearchOrder::Votes => true,
            SearchOrder::Relevance => self.search.query.is_empty(),
            _ => false,
        };
        if self.search.filter.people.is_empty() {
            self.add_all(&self.base, rows, &mut answers, stops)?;
            self.add_all(&self.delta, rows, &mut answers, stops)?;
        } else {
            for (votes, name) in self.films()? {
                if stops && answers.is_full_above(level(votes)) {
                    break;
                }
                if let Some((place, row)) = rows.placed(&name)? {
                    answers.add(place, row);
                }
            }
        }
        answers.sort();
        Ok(answers.found)
    }

    /// Adds the answers of a segment.
    fn add_all<T, S: Segment>(
        &self,
        segment: &S,
        rows: &mut RowLookup<'_, impl FnMut(MovieRef<'_>, QueryMatch<'_>) -> T>,
        answers: &mut FirstAnswers<T>,
        stops: bool,
    ) -> Result<(), QueryError> {
        let interpretations = rows.interpretations().to_vec();
        let mut walks = SegmentSearch::of_words(segment, &interpretations, &self.search.filter)?;
        walks.start(None)?;
        let mut last = u8::MAX;
        walks.each(|movie| {
            let here = segment.level(&movie);
            if stops && here < last && answers.is_full_above(here) {
                return Ok(false);
            }
            last = here;
            if let Some(name) = segment.name(&movie)?
                && (segment.is_newest() || !self.delta.has(&name)?)
                && let Some((place, row)) = rows.placed(&name)?
            {
                answers.add(place, row);
            }
            Ok(true)
        })
    }
}
