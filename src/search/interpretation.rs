//! Interpretations: the conditions on titles that a query may mean.

use std::fmt;
use std::rc::Rc;

use serde::Serialize;

use super::letters;
use super::score::Score;

/// One way to understand a query: all of its words, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpretation {
    /// How the query is understood.
    pub kind: InterpretationKind,
    /// The words that a title must have. Without words, every title matches.
    pub words: Vec<TermMatcher>,
    /// The [keys](super::analysis::Analyzed::key) of titles that are exactly what was typed.
    pub keys: Vec<String>,
    /// The index of the word with which a better title begins.
    pub lead: usize,
    /// The first and the last year, if the query has a year.
    pub years: Option<(u16, u16)>,
    /// The penalty of its answers, in units of [`Score`].
    pub penalty: u8,
    /// The key of the series of which the answers are episodes.
    pub series: Option<i64>,
    /// The movies of a person that have the other words. The interpretation has no other answers.
    pub films: Option<Rc<[PersonFilm]>>,
}

/// A movie of a person that has the words of an [`Interpretation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonFilm {
    /// The highest score that it can have.
    pub score: Score,
    /// Its votes.
    pub votes: u32,
    /// Its name.
    pub name: String,
}

/// How a query is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InterpretationKind {
    /// As it was typed.
    Typed,
    /// One word is a year of release.
    Year,
    /// One word has the initials of a title.
    Initials,
    /// Some words are spelled otherwise.
    Spelling,
    /// Two words are joined to one.
    Joined,
    /// One word is split into several.
    Split,
    /// Some words are those of a series.
    Series,
    /// Some words are those of a person.
    Person,
    /// Some words are left out.
    FewerWords,
}

/// One word that a title must have, in any of these patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermMatcher {
    /// The patterns; usually one.
    pub patterns: Vec<Pattern>,
}

/// A pattern of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// This word.
    Word(String),
    /// Words that begin with this.
    Prefix(String),
    /// Words from the first to the last one.
    Range(String, String),
    /// Titles with these initials.
    Initials(String),
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Word(word) => formatter.write_str(word),
            Pattern::Prefix(prefix) => write!(formatter, "{prefix}*"),
            Pattern::Range(from, to) => write!(formatter, "{from}..{to}"),
            Pattern::Initials(letters) => write!(formatter, "{letters}."),
        }
    }
}

/// The penalties of interpretations. The values were tuned with the queries of
/// `tests/search_quality`.
pub(super) mod penalties {
    /// Initials.
    pub const INITIALS: u8 = 0;
    /// One letter is wrong.
    pub const SPELLING: u8 = 6;
    /// A known word is replaced by another one.
    pub const OTHER_WORD: u8 = 10;
    /// Two letters are wrong.
    pub const TWO_ERRORS: u8 = 10;
    /// A year is left out.
    pub const YEAR: u8 = 5;
    /// A whole title was typed, so that any other interpretation is less probable.
    pub const WHOLE_TITLE: u8 = 12;
    /// Some words are those of a series.
    pub const SERIES: u8 = 4;
    /// Some words are those of a person.
    pub const PERSON: u8 = 4;
    /// A space is missing or extra.
    pub const SPACE: u8 = 4;
}

/// The index of the first word after an article.
pub(super) fn lead(words: &[TermMatcher]) -> usize {
    let is_article = |first: &TermMatcher| matches!(first.patterns.as_slice(), [Pattern::Word(word)] if letters::is_article(word));
    usize::from(words.len() > 1 && words.first().is_some_and(is_article))
}
