//! Explanations: the reasons for the place of a movie among the answers to a query.

use serde::Serialize;

use super::interpretation::{InterpretationKind, Pattern};
use super::matching::QueryMatch;
use super::ranking::{Placement, level};
use crate::movie::MovieRef;

/// The reasons for the place of a movie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The movie's name.
    pub name: String,
    /// The movie's title.
    pub title: String,
    /// The number of votes.
    pub votes: u32,
    /// The level of the votes.
    pub level: u8,
    /// The score: two units are a level.
    pub score: i16,
    /// The place of the words in the title.
    pub placement: Placement,
    /// How the query was understood.
    pub interpretation: InterpretationKind,
    /// The penalty of that interpretation.
    pub penalty: u8,
    /// The patterns of each word: `word`, `beginning*`, `first..last`, or `initials.`.
    pub words: Vec<String>,
    /// The other title that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// The first and the last year, if the query has a year.
    pub years: Option<(u16, u16)>,
}

impl Explanation {
    /// The explanation of a match.
    pub fn new(movie: &MovieRef<'_>, found: &QueryMatch<'_>) -> Explanation {
        let interpretation = found.interpretation;
        let votes = movie.votes.unwrap_or(0);
        let words = interpretation.words.iter().map(|matcher| {
            let patterns = matcher.patterns.iter().map(Pattern::to_string);
            patterns.collect::<Vec<_>>().join("|")
        });
        Explanation {
            name: movie.name.to_owned(),
            title: movie.title.to_owned(),
            votes,
            level: level(votes),
            score: found.score.0,
            placement: found.placement,
            interpretation: interpretation.kind,
            penalty: interpretation.penalty,
            words: words.collect(),
            matched: found.matched.map(str::to_owned),
            years: interpretation.years,
        }
    }

    /// The explanation as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
