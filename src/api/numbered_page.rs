//! Pages of a search by their numbers, with the number of all movies that were found.

use std::convert;

use super::answer::{Answer, Execution, FullEncoding};
use super::execution::query;
use super::state::ServerState;
use crate::movie::Details;
use crate::store::{ReadTransaction, Reader, Search, StoreError};

/// Decides by the details of a movie whether it is on the page.
pub type DetailsFilter = Box<dyn Fn(&Details) -> bool + Send>;

/// A page of a search, for protocols that count pages. All movies that the search finds are read,
/// so the `rows` of the search limit the work.
pub struct NumberedPage {
    /// The search. Its rows are the most movies of all pages.
    pub search: Search,
    /// Whether a movie counts by its details. Without it every movie does.
    pub counts: Option<DetailsFilter>,
    /// The movies before the page.
    pub skip: usize,
    /// The maximum number of movies of the page.
    pub rows: usize,
    /// How they are encoded.
    pub encoding: FullEncoding,
}

pub(super) fn find(state: &ServerState, page: Box<NumberedPage>) -> Execution<'_> {
    let read = move |reader: &mut Reader| page.read(&mut ReadTransaction::new(reader));
    query(state, read, convert::identity)
}

impl NumberedPage {
    fn read(&self, reader: &mut Reader) -> Result<Answer, StoreError> {
        let names = reader.find(&self.search, |movie| movie.name.to_owned())?;
        let (mut rows, mut total) = (Vec::new(), 0);
        for name in names {
            let is_shown = (self.skip..self.skip.saturating_add(self.rows)).contains(&total);
            if self.counts.is_none() && !is_shown {
                total += 1;
                continue;
            }
            let row = reader.with_full_movie(&name, |movie, details| {
                let counts = self.counts.as_ref().is_none_or(|counts| counts(details));
                counts.then(|| is_shown.then(|| (self.encoding)(movie, details)))
            })?;
            if let Some(row) = row.flatten() {
                total += 1;
                rows.extend(row);
            }
        }
        Ok(Answer::Found { rows, total })
    }
}
