//! Ranking: the order of the answers to a query.
//!
//! The [`Score`] of an answer is the [level] of its votes, plus a bonus for the [`Placement`] of
//! the words in its title, minus the penalty of the interpretation. Each level has twice the votes
//! of the one below. Answers with the same score are ordered by votes and then by name, so no two
//! movies have the same [`Rank`].
//!
//! A rank depends only on the movie, the query and the interpretations, never on other movies. So a
//! page of answers can begin after any movie.

use std::cmp::Reverse;

use serde::Serialize;

use super::interpretation::{Interpretation, InterpretationKind};
use super::score::Score;
use crate::movie::MovieRef;

/// Units of a level.
const UNITS_PER_LEVEL: i16 = 2;

/// The order of a movie among the answers to a query: a smaller rank is a better answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The score.
    pub score: Reverse<Score>,
    /// The number of votes.
    pub votes: Reverse<u32>,
    /// The movie's name.
    pub name: String,
}

/// The place of the words of a query in a title, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Anywhere.
    Anywhere,
    /// The first word is at the start of the title.
    Start,
    /// All words follow each other as typed.
    Phrase,
    /// The title begins with all words as typed.
    Beginning,
    /// The words are the whole title.
    Whole,
    /// The words are the whole title, and a space follows them.
    WholeAndClosed,
}

impl Placement {
    /// The bonus in a title that has more words than the query, in units of [`Score`]. `is_whole`:
    /// the last word is complete.
    pub fn bonus(self, is_whole: bool) -> i16 {
        let bonus = match self {
            Placement::Anywhere => 0,
            Placement::Start => 1,
            Placement::Phrase => 2,
            Placement::Beginning | Placement::Whole | Placement::WholeAndClosed => 5,
        };
        bonus + i16::from(is_whole)
    }

    /// The best placement of the words of a movie in a list. It is exact for a single word.
    pub fn best(words: usize, at_start: bool) -> Placement {
        match (words, at_start) {
            (0 | 1, false) => Placement::Anywhere,
            (_, true) => Placement::Beginning,
            (_, false) => Placement::Phrase,
        }
    }
}

/// The bonus of a short whole title. An unknown film whose title was typed precedes a film with a
/// longer title, if that has at most 64 times its votes.
const WHOLE_BONUS: i16 = 14;
/// Letters of the longest title with that bonus. A longer one is less often the beginning of another
/// title by chance, so each further letter adds [`LETTER_BONUS`], up to a limit.
const SHORT_TITLE_LETTERS: usize = 6;
const LETTER_BONUS: usize = 2;
const HIGHEST_LETTERS_BONUS: usize = 16;
/// The further bonus of a whole title when a space follows it.
const CLOSED_BONUS: i16 = 8;

/// The difference between the bonus of a whole title and that of a whole other title.
pub const OTHER_TITLE_LESS: i16 = 3;

/// The highest bonus of a title that has more words than the query.
pub const LONGER_TITLE_BONUS: i16 = 6;

impl Interpretation {
    /// The bonus of a movie whose whole title is the query.
    pub fn whole_bonus(&self, is_closed: bool) -> i16 {
        let letters = self.keys.iter().map(|key| key.chars().count()).min();
        let more = match self.kind {
            InterpretationKind::FewerWords => 0,
            _ => letters.unwrap_or(0).saturating_sub(SHORT_TITLE_LETTERS),
        };
        let closed = if is_closed { CLOSED_BONUS } else { 0 };
        WHOLE_BONUS + (LETTER_BONUS * more).min(HIGHEST_LETTERS_BONUS) as i16 + closed
    }
}

/// The score of a level with this bonus and penalty.
pub fn score(level: u8, bonus: i16, penalty: u8) -> Score {
    Score(UNITS_PER_LEVEL * i16::from(level) + bonus - i16::from(penalty))
}

/// The highest level of a movie that may have this score with this penalty.
pub fn highest_level(score: Score, penalty: u8) -> u8 {
    let level = (score.0 + i16::from(penalty)).div_euclid(UNITS_PER_LEVEL);
    level.clamp(0, i16::from(u8::MAX)) as u8
}

/// 0 without votes, and one more with every doubling: at most 32.
pub fn level(votes: u32) -> u8 {
    (u32::BITS - votes.leading_zeros()) as u8
}

/// The score of a title, which is less for an episode.
pub fn episode_score(score: Score, is_episode: bool) -> Score {
    Score(score.0 - i16::from(is_episode))
}

/// The rank of a movie with this score.
pub fn rank(score: Score, movie: &MovieRef<'_>) -> Rank {
    Rank {
        score: Reverse(score),
        votes: Reverse(movie.votes.unwrap_or(0)),
        name: movie.name.to_owned(),
    }
}
