//! The score of an answer.

/// How good an answer is without its exact votes: two units are a doubling of votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub i16);

impl Score {
    /// No score is higher.
    pub const MAX: Score = Score(i16::MAX);
}
