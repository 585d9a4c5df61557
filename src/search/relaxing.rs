//! Relaxing: interpretations that leave words out, for a query that no known title answers.

use super::alternatives::{Depth, Vocabulary, alternatives, is_known};
use super::interpretation::{Interpretation, InterpretationKind, TermMatcher, lead, penalties};
use super::query::{Query, Token, film_year};
use super::spelling::keys;
use crate::config::limits;

/// The penalty of a word that is left out, without its weight.
const LEFT_OUT: f64 = 4.0;
/// The part of a word's weight that is a penalty when it is left out.
const WEIGHT: f64 = 0.75;
/// The penalty of a word that no title has.
const UNKNOWN: f64 = 3.0;
/// The least part of the weight of all words that an interpretation keeps.
const MIN_WEIGHT_LEFT: f64 = 0.2;

/// A word that titles have.
struct WeightedWord {
    matcher: TermMatcher,
    /// How selective the word is: the binary logarithm of all movies divided by the movies
    /// that have it.
    weight: f64,
    /// The penalty for leaving it out.
    cost: f64,
}

impl Query {
    /// Interpretations that leave out words: those that no title has, and one, two or more of the
    /// others. A word that many titles have is left out at a lower penalty.
    ///
    /// # Errors
    /// An error of the vocabulary.
    pub fn with_fewer_words<V: Vocabulary>(
        &self,
        vocabulary: &V,
    ) -> Result<Vec<Interpretation>, V::Error> {
        let mut words = Vec::new();
        let mut penalty = 0.0;
        let mut corrected = 0;
        for token in self.words.iter().take(limits::MAX_RELAXED_WORDS) {
            let is_corrected =
                corrected < limits::MAX_CORRECTED_WORDS && !is_known(token, vocabulary)?;
            corrected += usize::from(is_corrected);
            match weighted(token, is_corrected, self.words.len() > 1, vocabulary)? {
                (Some(word), respelled) => {
                    penalty += respelled;
                    words.push(word);
                }
                (None, unknown) => penalty += unknown,
            }
        }
        let mut found: Vec<(f64, Vec<usize>)> = Vec::new();
        for kept in kept_sets(words.len()) {
            let is_all = kept.len() == self.words.len();
            let weight = |at: &usize| words[*at].weight;
            let (all, left): (f64, f64) = (
                words.iter().map(|word| word.weight).sum(),
                kept.iter().map(weight).sum(),
            );
            if is_all || kept.is_empty() || left < MIN_WEIGHT_LEFT * all {
                continue;
            }
            let left_out = (0..words.len()).filter(|at| !kept.contains(at));
            let cost: f64 = left_out.map(|at| words[at].cost).sum();
            found.push((penalty + cost, kept));
        }
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        found.dedup_by(|one, other| one.1 == other.1);
        found.truncate(limits::MAX_RELAXED_INTERPRETATIONS);
        let interpretation = |(penalty, kept): (f64, Vec<usize>)| {
            let words: Vec<TermMatcher> =
                kept.iter().map(|at| words[*at].matcher.clone()).collect();
            Interpretation {
                kind: InterpretationKind::FewerWords,
                keys: keys(&words),
                lead: lead(&words),
                words,
                years: None,
                penalty: penalty.min(f64::from(u8::MAX)) as u8,
                series: None,
                films: None,
            }
        };
        Ok(found.into_iter().map(interpretation).collect())
    }
}

/// A word of a query with the penalty of its spelling, or no word and the penalty for leaving it
/// out.
fn weighted<V: Vocabulary>(
    token: &Token,
    is_corrected: bool,
    is_among_words: bool,
    vocabulary: &V,
) -> Result<(Option<WeightedWord>, f64), V::Error> {
    let mut penalty = 0.0;
    let mut matcher = token.matcher();
    if is_corrected {
        let spellings = alternatives(token, is_among_words, Depth::Usual, vocabulary)?;
        let spellings = spellings.into_iter().next();
        penalty = spellings.as_ref().map_or(0.0, |found| found.penalty.into());
        matcher.patterns = spellings.map_or_else(Vec::new, |found| found.patterns);
    }
    let (movies, having) = (vocabulary.movies(), vocabulary.count(&matcher)?);
    if having == 0 {
        return Ok((None, UNKNOWN));
    }
    let weight = ((movies + 2) as f64 / (having + 1) as f64).log2().max(0.5);
    let cost = if film_year(&token.text).is_some() {
        f64::from(penalties::YEAR)
    } else {
        LEFT_OUT + WEIGHT * weight
    };
    Ok((
        Some(WeightedWord {
            matcher,
            weight,
            cost,
        }),
        penalty,
    ))
}

/// The sets of words that are kept: all, all but one or two, and words that follow each other.
fn kept_sets(words: usize) -> Vec<Vec<usize>> {
    let but = |left_out: [usize; 2]| (0..words).filter(|at| !left_out.contains(at)).collect();
    let mut sets: Vec<Vec<usize>> = vec![(0..words).collect()];
    for one in 0..words {
        sets.push(but([one, one]));
        if words <= limits::MAX_WORDS_RELAXED_IN_PAIRS {
            sets.extend((one + 1..words).map(|other| but([one, other])));
        }
    }
    for from in 0..words {
        sets.extend((from + 1..=words).map(|to| (from..to).collect()));
    }
    sets.sort();
    sets.dedup();
    sets
}
