//! Queries with the words of a series and of one of its episodes: `simpsons homie the clown`.

use super::budget::QueryError;
use super::corpus::Corpus;
use super::query::IndexSearch;
use super::request::Search;
use super::row_lookup::RowLookup;
use crate::config::limits;
use crate::search::{Cursor, Interpretation, Placement, Query, of_type};
use crate::store::packed_record::IdPrefix;
use crate::store::tables::{episodes, other_names};

/// The types of series, in lower case.
const SERIES: [&str; 2] = ["tvseries", "tvminiseries"];

impl IndexSearch<'_> {
    /// Interpretations in which the first words are the title of a series, or its beginning, and the
    /// others are words of an episode.
    pub(super) fn with_series(&self) -> Result<Vec<Interpretation>, QueryError> {
        let mut found = Vec::new();
        let mut kinds = Vec::new();
        for kind in SERIES {
            kinds.extend(self.has_type(kind)?.then_some(kind));
        }
        for words in (1..=limits::MAX_SERIES_WORDS).rev() {
            let Some((series, episode)) = self.search.query.split_at(words) else {
                continue;
            };
            for kind in &kinds {
                if let Some(key) = self.series(&series, kind)? {
                    found.push(episode.of_series(key));
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Whether a movie has this type.
    fn has_type(&self, kind: &str) -> Result<bool, QueryError> {
        let range = of_type(kind);
        Ok(self.base.within(&range)?.size() + self.delta.within(&range)?.size() > 0)
    }

    /// The key of the best-known series whose title begins with the words of a query, if it has
    /// episodes.
    fn series(&self, query: &Query, kind: &str) -> Result<Option<i64>, QueryError> {
        let mut search = Search::new(query.clone(), 1);
        search.filter.kind = Some(kind.to_owned());
        let index = self.with_search(Corpus::Movies, &search)?;
        let mut rows = RowLookup::new(*index, |movie, found| {
            (found.placement >= Placement::Beginning).then(|| movie.name.to_owned())
        })?;
        rows.interpret(query.interpretations());
        let name = index.first(&mut rows)?.flatten();
        let key = name.map(|name| other_names::key(self.connection, IdPrefix::Title, &name));
        let Some(key) = key.transpose()?.flatten() else {
            return Ok(None);
        };
        let has_episodes = episodes::get(self.connection, key)?.is_some();
        Ok(has_episodes.then_some(key.value()))
    }
}
