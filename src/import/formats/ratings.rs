//! IMDb's `title.ratings.tsv`, in memory, to be joined to the titles.

use crate::config::limits;
use crate::import::errors::{RecordError, RowErrorKind};
use crate::import::field::Field;

/// Ids of one block of the index.
const IDS_PER_BLOCK: u32 = 64;

/// The rating and the votes of one title.
pub(crate) type RatingAndVotes = (Option<f64>, Option<u32>);

/// The rating of one title.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rating {
    /// The digits of `tt0000001`.
    id: u32,
    votes: u32,
    /// [`NO_RATING`] if only the votes are known.
    thousandths: u16,
    has_votes: bool,
}

const NO_RATING: u16 = u16::MAX;

/// The ratings by title: 12 bytes each, sorted, so that 1.6 million take 20 MB.
pub(crate) struct Ratings {
    ratings: Vec<Rating>,
    /// The start of the ratings of each block of ids, and the end of the last block.
    blocks: Vec<u32>,
    sorted: bool,
    most: usize,
}

impl Ratings {
    pub fn new() -> Ratings {
        Ratings {
            ratings: Vec::new(),
            blocks: Vec::new(),
            sorted: false,
            most: limits::MAX_IMPORT_RATINGS,
        }
    }

    /// Adds one line of the file after its header.
    ///
    /// # Errors
    /// The line is not a rating, or the limit is exceeded.
    pub fn add(&mut self, line: &str) -> Result<(), RecordError> {
        let mut values = line.split('\t');
        let (Some(id), Some(rating), Some(votes), None) =
            (values.next(), values.next(), values.next(), values.next())
        else {
            return Err(RecordError::from_column_count(line.split('\t').count(), 3));
        };
        if self.ratings.len() >= self.most {
            return Err(RecordError::new(
                RowErrorKind::Unreadable,
                format!("more than {} ratings are not kept", self.most),
            ));
        }
        self.ratings.push(Rating {
            id: number_of(id)
                .ok_or_else(|| bad(Field::Name, "tconst", id, "an id like tt0000001"))?,
            votes: votes
                .parse()
                .map_err(|_| bad(Field::Votes, "numVotes", votes, "a whole number"))?,
            has_votes: true,
            thousandths: tenths(rating).ok_or_else(|| {
                bad(
                    Field::Rating,
                    "averageRating",
                    rating,
                    "between 0.0 and 10.0",
                )
            })? * 100,
        });
        self.sorted = false;
        Ok(())
    }

    /// Adds the rating of a title of the catalogue. Titles without an id of IMDb are left out.
    /// Returns whether the limit is kept.
    pub fn add_stored(&mut self, name: &str, (rating, votes): RatingAndVotes) -> bool {
        let Some(id) = number_of(name).filter(|_| rating.is_some() || votes.is_some()) else {
            return true;
        };
        self.ratings.push(Rating {
            id,
            votes: votes.unwrap_or_default(),
            thousandths: rating.map_or(NO_RATING, |rating| (rating * 1e3).round() as u16),
            has_votes: votes.is_some(),
        });
        self.sorted = false;
        self.ratings.len() <= self.most
    }

    /// Sorts for look-ups. The last of several ratings of a title counts.
    pub fn sort(&mut self) {
        self.ratings.sort_by_key(|rating| rating.id);
        self.ratings.reverse();
        self.ratings.dedup_by_key(|rating| rating.id);
        self.ratings.reverse();
        self.blocks.clear();
        for (place, rating) in self.ratings.iter().enumerate() {
            let block = (rating.id / IDS_PER_BLOCK) as usize;
            if self.blocks.len() <= block {
                self.blocks.resize(block + 1, place as u32);
            }
        }
        self.blocks.push(self.ratings.len() as u32);
        self.sorted = true;
    }

    /// The rating and the votes of a title.
    pub fn get(&self, tconst: &str) -> RatingAndVotes {
        if self.ratings.is_empty() {
            return (None, None);
        }
        number_of(tconst).map_or((None, None), |id| self.of_number(id))
    }

    /// The rating and the votes of the title with this number in its id.
    pub fn of_number(&self, id: u32) -> RatingAndVotes {
        let Some(rating) = self.find(id) else {
            return (None, None);
        };
        let known = Some(rating.thousandths).filter(|known| *known != NO_RATING);
        let votes = rating.has_votes.then_some(rating.votes);
        (known.map(|known| f64::from(known) / 1e3), votes)
    }

    fn find(&self, id: u32) -> Option<&Rating> {
        debug_assert!(self.sorted || self.ratings.is_empty());
        let block = (id / IDS_PER_BLOCK) as usize;
        let end = *self.blocks.get(block + 1)? as usize;
        let ratings = self.ratings.get(self.blocks[block] as usize..end)?;
        ratings.iter().find(|rating| rating.id == id)
    }

    /// How many titles have a rating.
    pub fn len(&self) -> usize {
        self.ratings.len()
    }
}

fn bad(field: Field, column: &str, value: &str, rule: &str) -> RecordError {
    let value = crate::import::errors::quoted(value);
    RecordError::with_field(field, format!("{column} {value} is not {rule}"))
}

/// The number in `tt0000001`; `None` for an id of another form.
fn number_of(tconst: &str) -> Option<u32> {
    let digits = tconst.strip_prefix("tt")?;
    let canonical = digits.len() == 7 || (digits.len() > 7 && !digits.starts_with('0'));
    (canonical && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|number| *number <= limits::MAX_IMDB_ID)
}

/// `5.7` as 57.
fn tenths(rating: &str) -> Option<u16> {
    let (whole, tenth) = rating.split_once('.').unwrap_or((rating, "0"));
    let digits = tenth.len() == 1 && !whole.is_empty() && whole.len() <= 2;
    if !digits
        || !rating
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let tenths = whole.parse::<u16>().ok()? * 10 + tenth.parse::<u16>().ok()?;
    Some(tenths).filter(|tenths| *tenths <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_found_by_its_title_and_the_last_one_counts() {
        let mut ratings = Ratings::new();
        for line in [
            "tt0000009\t5.3\t215",
            "tt10000000\t10.0\t1",
            "tt0000001\t5.7\t2150",
            "tt0000009\t6\t4294967295",
        ] {
            ratings.add(line).unwrap();
        }
        ratings.sort();
        let found = |rating, votes| (Some(rating), Some(votes));
        assert_eq!(ratings.get("tt0000001"), found(5.7, 2150));
        assert_eq!(ratings.get("tt0000009"), found(6.0, u32::MAX));
        assert_eq!(ratings.get("tt10000000"), found(10.0, 1));
        for unknown in [
            "tt0000002",
            "tt1",
            "tt010000000",
            "nm0000001",
            "tt999999999999",
            "",
            "tt+000001",
        ] {
            assert_eq!(ratings.get(unknown), (None, None), "{unknown}");
        }
        assert_eq!(size_of::<Rating>(), 12);
    }

    #[test]
    fn one_rating_more_than_the_bound_ends_the_import() {
        let mut ratings = Ratings {
            most: 1,
            ..Ratings::new()
        };
        ratings.add("tt0000001\t5.7\t1").unwrap();
        let refused = ratings.add("tt0000002\t5.7\t1").unwrap_err();
        assert_eq!(refused.reason, "more than 1 ratings are not kept");
        assert!(refused.kind.ends_the_import());
        assert!(ratings.add_stored("mine", (Some(5.0), Some(1))));
        assert!(!ratings.add_stored("tt0000003", (Some(5.0), Some(1))));
    }

    #[test]
    fn ratings_of_the_catalogue_come_back() {
        let mut ratings = Ratings::new();
        let stored = [
            ("tt0000001", (Some(8.1), Some(7))),
            ("tt0000002", (Some(8.125), None)),
            ("tt0000003", (None, Some(0))),
            ("tt0000004", (None, None)),
            ("mine", (Some(5.0), Some(1))),
        ];
        for (name, rating) in stored {
            assert!(ratings.add_stored(name, rating));
        }
        ratings.sort();
        for (name, rating) in &stored[..4] {
            assert_eq!(ratings.get(name), *rating, "{name}");
        }
        assert_eq!(ratings.len(), 3);
    }

    #[test]
    fn what_is_no_rating_is_refused() {
        let mut ratings = Ratings::new();
        for (line, reason) in [
            ("tt0000001\t5.7", "the row has 2 columns and the header 3"),
            (
                "tt0000001\t5.7\t1\t1",
                "the row has 4 columns and the header 3",
            ),
            ("1\t5.7\t1", "tconst `1` is not an id like tt0000001"),
            ("tt0000001\t10.1\t1", "averageRating `10.1` is not between"),
            ("tt0000001\t5.75\t1", "averageRating `5.75` is not between"),
            ("tt0000001\t\t1", "averageRating `` is not between"),
            ("tt0000001\t99\t1", "averageRating `99` is not between"),
            ("tt0000001\t5.7\t-1", "numVotes `-1` is not a whole number"),
        ] {
            let refused = ratings.add(line).unwrap_err();
            assert!(refused.reason.starts_with(reason), "{}", refused.reason);
        }
    }
}
