//! The score of an answer.

/// The score of an answer, without its exact votes. Twice the votes are two units more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub i16);

impl Score {
    /// The maximum score.
    pub const MAX: Score = Score(i16::MAX);
}
