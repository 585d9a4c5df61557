//! The movies that several lists have in common.

/// A walk through a list of movies, from the best known to the least.
pub trait Cursor {
    /// The id of a movie in the list. A better-known movie has a smaller one.
    type Movie: Ord + Clone;
    /// The error of a list.
    type Error;

    /// The current movie; `None` at the end of the list.
    fn movie(&self) -> Option<Self::Movie>;

    /// Whether the title of that movie begins with the word.
    fn at_start(&self) -> bool;

    /// Goes to that movie, or to the first one after it. It never goes back.
    fn seek(&mut self, movie: &Self::Movie) -> Result<(), Self::Error>;

    /// The approximate number of movies.
    fn size(&self) -> u64;
}

/// A walk through the movies that are in all of several lists.
pub struct Intersection<C> {
    /// The shortest first.
    required: Vec<C>,
    /// The list of the word with which a better title begins.
    lead: Option<usize>,
    /// The list of movies that have the last word complete. Without a list, all movies have it
    /// complete.
    whole: Option<C>,
    /// The list of episodes.
    episodes: Option<C>,
}

/// A movie that is in all lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<M> {
    /// The movie.
    pub movie: M,
    /// Whether its title begins with the word of `lead`.
    pub at_start: bool,
    /// Whether it has the last word complete.
    pub is_whole: bool,
    /// Whether it is in the list of episodes.
    pub is_episode: bool,
}

impl<C: Cursor> Intersection<C> {
    /// Intersects these lists. `lead` is the index of the list whose word should begin the title. A
    /// movie that is not in `whole` has a longer word in place of the last word.
    pub fn new(
        lists: Vec<C>,
        lead: Option<usize>,
        whole: Option<C>,
        episodes: Option<C>,
    ) -> Intersection<C> {
        let mut lists: Vec<(usize, C)> = lists.into_iter().enumerate().collect();
        lists.sort_by_key(|(_, list)| list.size());
        let lead = lead.and_then(|lead| lists.iter().position(|(place, _)| *place == lead));
        Intersection {
            required: lists.into_iter().map(|(_, list)| list).collect(),
            lead,
            whole,
            episodes,
        }
    }

    /// The first match that is this movie or after it.
    ///
    /// # Errors
    /// The answer of a list to a seek.
    pub fn seek(&mut self, from: &C::Movie) -> Result<Option<Hit<C::Movie>>, C::Error> {
        let mut wanted = from.clone();
        let mut agreeing = 0;
        let mut at = 0;
        while agreeing < self.required.len() {
            let list = &mut self.required[at];
            list.seek(&wanted)?;
            let Some(movie) = list.movie() else {
                return Ok(None);
            };
            if movie > wanted {
                wanted = movie;
                // The shortest list gives the next candidate.
                agreeing = usize::from(at == 0);
                at = usize::from(at == 0);
                continue;
            }
            agreeing += 1;
            at = (at + 1) % self.required.len();
        }
        if self.required.is_empty() {
            return Ok(None);
        }
        let is_whole = Self::has(&mut self.whole, &wanted)?.unwrap_or(true);
        let is_episode = Self::has(&mut self.episodes, &wanted)?.unwrap_or(false);
        Ok(Some(Hit {
            at_start: self.lead.is_none_or(|lead| self.required[lead].at_start()),
            movie: wanted,
            is_whole,
            is_episode,
        }))
    }

    /// Whether a list has a movie.
    fn has(list: &mut Option<C>, movie: &C::Movie) -> Result<Option<bool>, C::Error> {
        let Some(list) = list else {
            return Ok(None);
        };
        list.seek(movie)?;
        Ok(Some(list.movie().as_ref() == Some(movie)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    struct List(Vec<u32>, usize);

    impl Cursor for List {
        type Movie = u32;
        type Error = Infallible;

        fn movie(&self) -> Option<u32> {
            self.0.get(self.1).copied()
        }

        fn at_start(&self) -> bool {
            self.0[self.1].is_multiple_of(2)
        }

        fn seek(&mut self, movie: &u32) -> Result<(), Infallible> {
            while self.0.get(self.1).is_some_and(|here| here < movie) {
                self.1 += 1;
            }
            Ok(())
        }

        fn size(&self) -> u64 {
            self.0.len() as u64
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_all_lists_have(
            lists in proptest::collection::vec(proptest::collection::btree_set(0u32..40, 0..30), 1..5),
            whole in proptest::collection::btree_set(0u32..40, 0..30),
        ) {
            let cursor = |set: &BTreeSet<u32>| List(set.iter().copied().collect(), 0);
            let mut matcher =
                Intersection::new(lists.iter().map(cursor).collect(), Some(0), Some(cursor(&whole)), None);
            let mut found = Vec::new();
            let mut from = 0;
            while let Some(next) = matcher.seek(&from).unwrap() {
                from = next.movie + 1;
                found.push(next);
            }
            let expected: Vec<_> = (0..40)
                .filter(|movie| lists.iter().all(|list| list.contains(movie)))
                .map(|movie| Hit { movie, at_start: movie % 2 == 0, is_whole: whole.contains(&movie), is_episode: false })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
