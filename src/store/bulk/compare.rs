//! Compares the movies of a batch with the rows of the catalogue. Only differences are
//! written.

use std::cmp::Ordering;
use std::ops::AddAssign;

use rusqlite::Connection;

use super::packed::{Batch, Packed};
use super::raw::{Statement, Value};
use crate::config::limits;
use crate::store::tables::movies;

/// The result for the movies of an import. Of several of one name each is compared with the one
/// before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// No movie had that name.
    pub added: u64,
    /// It replaced the movie with its name, and got its id.
    pub changed: u64,
    /// The same movie was stored.
    pub unchanged: u64,
    /// How many of the changed movies have another title than before.
    pub retitled: u64,
    /// Values that were known and are replaced with unknown ones.
    pub forgotten: u64,
}

impl Counts {
    /// Counts a movie of which there was one of its name. `None` is one that is no valid movie.
    /// Returns whether it was the same.
    fn compared(&mut self, movie: &Packed<'_>, before: Option<&Packed<'_>>) -> bool {
        let is_same = before.is_some_and(|before| before.says_the_same_as(movie));
        if is_same {
            self.unchanged += 1
        } else {
            self.changed += 1
        }
        let is_retitled = before.is_some_and(|before| before.title != movie.title);
        self.retitled += u64::from(is_retitled);
        self.forgotten += before.map_or(0, |before| forgotten(before, movie));
        is_same
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.retitled += other.retitled;
        self.forgotten += other.forgotten;
    }
}

/// How many values of a movie its replacement does not have.
fn forgotten(before: &Packed<'_>, after: &Packed<'_>) -> u64 {
    let lost = [
        before.released.is_some() && after.released.is_none(),
        before.runtime_minutes.is_some() && after.runtime_minutes.is_none(),
        !before.genres.is_empty() && after.genres.is_empty(),
        before.rating.is_some() && after.rating.is_none(),
        before.votes.is_some() && after.votes.is_none(),
    ];
    lost.into_iter().filter(|lost| *lost).count() as u64
}

/// The movies of a batch that are written, as indexes in it.
#[derive(Default)]
pub(super) struct Plan {
    /// New movies, in the order of their names.
    pub add: Vec<u32>,
    /// Movies that replace others.
    pub change: Vec<u32>,
    /// Movies that are counted as unchanged.
    same: Vec<u32>,
    pub counts: Counts,
}

/// Compares batches with the stored movies.
pub(super) struct Comparison<'c> {
    from: Statement<'c>,
    /// The last movie of the batch before, where it is not written: the next
    /// batch may begin with its name.
    before: Option<Batch>,
}

impl<'c> Comparison<'c> {
    /// For the movies that a connection sees.
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Comparison<'c>> {
        Ok(Comparison {
            from: Statement::prepare(connection, movies::FROM_NAME_ON)?,
            before: None,
        })
    }

    /// The same for movies that are not written.
    pub fn for_dry_run(connection: &'c Connection) -> rusqlite::Result<Comparison<'c>> {
        Ok(Comparison {
            before: Some(Batch::default()),
            ..Comparison::new(connection)?
        })
    }

    /// Compares a batch, whose names are in order, and puts into the plan what
    /// is to be written of it. `replaced` is shown what another movie is to
    /// replace, and that one; nothing when it is no valid movie, as another program
    /// may have written it.
    pub fn compare<E: From<rusqlite::Error>>(
        &mut self,
        batch: &Batch,
        plan: &mut Plan,
        mut replaced: impl FnMut(Option<&Packed<'_>>, &Packed<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        plan.add.clear();
        plan.change.clear();
        plan.same.clear();
        plan.counts = Counts::default();
        let mut done = match &self.before {
            Some(before) => plan.judge_again(batch, before),
            None => 0,
        };
        while done < batch.len() {
            done = self.walk(batch, done, plan, &mut replaced)?;
        }
        // The batch is written next, and an open statement slows that down.
        self.from.reset();
        if let Some(before) = &mut self.before
            && let Some(last) = batch.len().checked_sub(1)
        {
            before.clear();
            before.push_record(batch.record(last));
        }
        Ok(())
    }

    /// Reads the stored movies in order, from the name at `start` on, as long as the batch has
    /// enough of them. Returns the index in the batch from which a look-up is faster.
    fn walk<E: From<rusqlite::Error>>(
        &mut self,
        batch: &Batch,
        start: usize,
        plan: &mut Plan,
        replaced: &mut impl FnMut(Option<&Packed<'_>>, &Packed<'_>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let first = str::from_utf8(batch.name(start)).map_err(rusqlite::Error::from)?;
        self.from.reset();
        self.from.bind_text(1, first)?;
        self.from.step()?;
        let mut place = start;
        while place < batch.len() {
            match self.seek(batch.name(place))? {
                Place::Behind => place = plan.judge_new(batch, place) + 1,
                Place::TooFarBefore => return Ok(place),
                Place::Here => {
                    let there = stored(&self.from);
                    let last = plan.judge(batch, place, there.as_ref());
                    if plan.change.last() == Some(&(last as u32)) {
                        replaced(there.as_ref(), &batch.movie(last))?;
                    }
                    place = last + 1;
                }
            }
        }
        Ok(place)
    }

    /// Continues to a name, or to the first one after it.
    fn seek(&mut self, name: &[u8]) -> rusqlite::Result<Place> {
        for _ in 0..=limits::LOAD_ROWS_PASSED {
            if !self.from.is_at_row() {
                return Ok(Place::Behind);
            }
            let Value::Bytes(there) = self.from.value(NAME) else {
                return Ok(Place::Behind);
            };
            match there.cmp(name) {
                Ordering::Less => self.from.step()?,
                Ordering::Equal => return Ok(Place::Here),
                Ordering::Greater => return Ok(Place::Behind),
            };
        }
        Ok(Place::TooFarBefore)
    }
}

/// The position of the stored rows relative to a name.
enum Place {
    Here,
    Behind,
    /// Another walk is shorter.
    TooFarBefore,
}

impl Plan {
    /// Whether no movie had the name of this one.
    pub fn is_new(&self, place: usize) -> bool {
        self.add.binary_search(&(place as u32)).is_ok()
    }

    /// Counts a movie of which only the details differ, and returns whether it is one: it is no new
    /// movie, and nothing else of it is changed.
    pub fn differs_in_details(&mut self, place: usize) -> bool {
        let is_same = self.same.binary_search(&(place as u32)).is_ok();
        if is_same {
            self.counts.unchanged -= 1;
            self.counts.changed += 1;
        }
        is_same
    }

    /// Counts a movie of which there was one of its name, and returns whether it was the same.
    fn compared(&mut self, batch: &Batch, place: usize, before: Option<&Packed<'_>>) -> bool {
        let is_same = self.counts.compared(&batch.movie(place), before);
        if is_same {
            self.same.push(place as u32);
        }
        is_same
    }

    /// Decides about the movies of a name that is there, which begin at `first`, and returns the
    /// place of the last of them.
    fn judge(&mut self, batch: &Batch, first: usize, there: Option<&Packed<'_>>) -> usize {
        let mut last = first;
        let mut is_same = self.compared(batch, first, there);
        while let Some(next) = next_of_name(batch, last) {
            self.compared(batch, next, Some(&batch.movie(last)));
            is_same = there.is_some_and(|there| there.says_the_same_as(&batch.movie(next)));
            last = next;
        }
        if !is_same {
            self.change.push(last as u32);
        }
        last
    }

    /// Compares the movies at the beginning of a batch that have the name of the last one before
    /// it. Returns the place after them.
    fn judge_again(&mut self, batch: &Batch, before: &Batch) -> usize {
        if before.is_empty() {
            return 0;
        }
        let mut before = before.movie(0);
        let mut place = 0;
        while place < batch.len() && batch.name(place) == before.name {
            self.compared(batch, place, Some(&before));
            before = batch.movie(place);
            place += 1;
        }
        place
    }

    /// The same for a name that is new.
    fn judge_new(&mut self, batch: &Batch, first: usize) -> usize {
        self.counts.added += 1;
        let mut last = first;
        while let Some(next) = next_of_name(batch, last) {
            self.compared(batch, next, Some(&batch.movie(last)));
            last = next;
        }
        self.add.push(last as u32);
        last
    }
}

/// The place of the next movie, if it has the same name.
pub(super) fn next_of_name(batch: &Batch, place: usize) -> Option<usize> {
    let next = place + 1;
    (next < batch.len() && batch.name(next) == batch.name(place)).then_some(next)
}

/// The column of the name in [`movies::FROM_NAME_ON`].
const NAME: i32 = 1;

/// The movie in a row of [`movies::FROM_NAME_ON`]. `None` when its values are not
/// those of a movie.
pub(super) fn stored<'r>(row: &'r Statement<'_>) -> Option<Packed<'r>> {
    let text = |column| match row.value(column) {
        Value::Bytes(text) => Some(Some(text)),
        Value::Null => Some(None),
        _ => None,
    };
    let number = |column| match row.value(column) {
        Value::Integer(number) => u32::try_from(number).ok().map(Some),
        Value::Null => Some(None),
        _ => None,
    };
    Some(Packed {
        id: None,
        name: text(NAME)??,
        title: text(2)??,
        original_title: text(3)?,
        released: text(4)?,
        runtime_minutes: number(5)?,
        genres: text(6)??,
        rating: match row.value(7) {
            Value::Real(rating) => Some(rating),
            Value::Null => None,
            _ => return None,
        },
        votes: number(8)?,
        details: &[],
    })
}
