//! Spelling: interpretations for a query that no known title has as it was typed. It has words with
//! one or two wrong letters, or missing or extra spaces.
//!
//! Similar words are first looked up among those of the best-known titles, which are in memory. The
//! words of all titles are searched only if none of these is similar, or if no other interpretation
//! has a good answer.

use super::alternatives::{Depth, Vocabulary, alternatives, is_known};
use super::analysis::Analyzed;
use super::interpretation::{Interpretation, InterpretationKind, TermMatcher, penalties};
use super::query::{Query, Token, TokenSequence};
use crate::config::limits;

/// Letters of the shortest part of a split word.
const MIN_PART_LETTERS: usize = 2;
/// A rare word is in one of so many titles, or in these titles of a small catalogue.
const TITLES_OF_RARE_WORD: u64 = 1_000;
const MIN_RARE_TITLES: u64 = 10;
/// Letters of the shortest known word that is replaced by a similar one.
const MIN_OTHER_LETTERS: usize = 4;

impl Query {
    /// Interpretations with corrected words and spaces.
    ///
    /// # Errors
    /// An error of the vocabulary.
    pub fn corrected<V: Vocabulary>(
        &self,
        vocabulary: &V,
    ) -> Result<Vec<Interpretation>, V::Error> {
        let years = [self.with_year_begun(), self.without_year()];
        let mut found: Vec<Interpretation> = years.into_iter().flatten().collect();
        for sequence in self.token_sequences() {
            found.extend(respelled_unknown(&sequence, Depth::Usual, vocabulary)?);
            joined(&sequence, vocabulary, &mut found)?;
            split(&sequence, vocabulary, &mut found)?;
        }
        Ok(found)
    }

    /// Interpretations with corrected words, for which the words of all titles are searched.
    ///
    /// # Errors
    /// An error of the vocabulary.
    pub fn corrected_by_all_words<V: Vocabulary>(
        &self,
        vocabulary: &V,
    ) -> Result<Vec<Interpretation>, V::Error> {
        let mut found = Vec::new();
        for sequence in self.token_sequences() {
            found.extend(respelled_unknown(&sequence, Depth::AllWords, vocabulary)?);
        }
        Ok(found)
    }

    /// Interpretations in which one of several known words is replaced by a similar one, like all
    /// unknown words, for a query with known words that no title has together. With `is_rare_only`,
    /// only a word that few titles have is replaced: a wrong word is rarely a frequent one.
    ///
    /// # Errors
    /// An error of the vocabulary.
    pub fn with_another_word<V: Vocabulary>(
        &self,
        vocabulary: &V,
        is_rare_only: bool,
    ) -> Result<Vec<Interpretation>, V::Error> {
        let sequences = self.token_sequences();
        let Some(sequence) = sequences
            .first()
            .filter(|sequence| sequence.words.len() > 1)
        else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        let unknown = unknown(&sequence.words, vocabulary)?;
        if unknown.len() >= limits::MAX_CORRECTED_WORDS {
            return Ok(found);
        }
        let known = (0..sequence.words.len()).filter(|place| {
            let letters = sequence.words[*place].text.chars().count();
            letters >= MIN_OTHER_LETTERS && !unknown.contains(place)
        });
        for place in known.take(limits::MAX_OTHER_WORDS) {
            if is_rare_only && !is_rare(&sequence.words[place], vocabulary)? {
                continue;
            }
            let places: Vec<usize> = unknown.iter().copied().chain([place]).collect();
            let others = respelled(sequence, &places, Depth::Usual, vocabulary)?;
            if let Some(mut other) = others.into_iter().next() {
                let spelling = penalties::SPELLING * unknown.len() as u8;
                other.penalty = penalties::OTHER_WORD + spelling;
                found.push(other);
            }
        }
        Ok(found)
    }
}

/// Whether few titles have a whole word.
fn is_rare<V: Vocabulary>(word: &Token, vocabulary: &V) -> Result<bool, V::Error> {
    let whole = Token {
        is_open: false,
        ..word.clone()
    };
    let most = MIN_RARE_TITLES + vocabulary.movies() / TITLES_OF_RARE_WORD;
    Ok(vocabulary.count(&whole.matcher())? <= most)
}

/// The places of the words that no title has.
fn unknown<V: Vocabulary>(words: &[Token], vocabulary: &V) -> Result<Vec<usize>, V::Error> {
    let mut unknown = Vec::new();
    for (place, word) in words.iter().enumerate() {
        if !is_known(word, vocabulary)? {
            unknown.push(place);
        }
    }
    Ok(unknown)
}

/// Replaces the words that no title has. A single word is replaced in any case.
fn respelled_unknown<V: Vocabulary>(
    sequence: &TokenSequence,
    depth: Depth,
    vocabulary: &V,
) -> Result<Vec<Interpretation>, V::Error> {
    let places = match sequence.words.len() {
        1 => vec![0],
        _ => unknown(&sequence.words, vocabulary)?,
    };
    if (1..=limits::MAX_CORRECTED_WORDS).contains(&places.len()) {
        respelled(sequence, &places, depth, vocabulary)
    } else {
        Ok(Vec::new())
    }
}

/// Replaces the words at these places by words with as few errors as possible, and by words with up to
/// two. Empty when titles have no similar words.
fn respelled<V: Vocabulary>(
    sequence: &TokenSequence,
    places: &[usize],
    depth: Depth,
    vocabulary: &V,
) -> Result<Vec<Interpretation>, V::Error> {
    let mut usual = sequence.interpretation();
    usual.kind = InterpretationKind::Spelling;
    let mut wide = usual.clone();
    for &place in places {
        let is_among_words = sequence.words.len() > 1;
        let found = alternatives(&sequence.words[place], is_among_words, depth, vocabulary)?;
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return Ok(Vec::new());
        };
        for (interpretation, alternatives) in [(&mut usual, first), (&mut wide, last)] {
            let penalty = interpretation.penalty.saturating_add(alternatives.penalty);
            interpretation.penalty = penalty;
            interpretation.words[place] = TermMatcher {
                patterns: alternatives.patterns.clone(),
            };
        }
    }
    let mut found = vec![usual, wide];
    found.dedup();
    for interpretation in &mut found {
        interpretation.keys = keys(&interpretation.words);
    }
    Ok(found)
}

/// Joins each two adjacent words.
fn joined<V: Vocabulary>(
    sequence: &TokenSequence,
    vocabulary: &V,
    found: &mut Vec<Interpretation>,
) -> Result<(), V::Error> {
    for place in 1..sequence.words.len() {
        let mut joined = sequence.clone();
        let second = joined.words.remove(place);
        let first = &mut joined.words[place - 1];
        first.text.push_str(&second.text);
        first.is_open = second.is_open;
        if is_known(first, vocabulary)? {
            let mut interpretation = joined.interpretation();
            interpretation.kind = InterpretationKind::Joined;
            interpretation.penalty = penalties::SPACE;
            found.push(interpretation);
        }
    }
    Ok(())
}

/// Splits each word that no title has into words of titles.
fn split<V: Vocabulary>(
    sequence: &TokenSequence,
    vocabulary: &V,
    found: &mut Vec<Interpretation>,
) -> Result<(), V::Error> {
    for (place, word) in sequence.words.iter().enumerate() {
        if word.is_pair() || word.text.chars().count() < 2 * MIN_PART_LETTERS {
            continue;
        }
        if sequence.words.len() > 1 && is_known(word, vocabulary)? {
            continue;
        }
        let mut splits = Vec::new();
        parts(
            &word.text,
            word.is_open,
            &mut Vec::new(),
            &mut splits,
            vocabulary,
        )?;
        // The fewest parts first.
        splits.sort_by_key(Vec::len);
        for parts in splits.into_iter().take(limits::MAX_WORD_SPLITS) {
            let mut split = sequence.clone();
            let penalty = penalties::SPACE + parts.len() as u8 - 2;
            split.words.splice(place..=place, parts);
            let mut interpretation = split.interpretation();
            interpretation.kind = InterpretationKind::Split;
            interpretation.penalty = penalty;
            found.push(interpretation);
        }
    }
    Ok(())
}

/// Finds the ways to split `rest` into words of titles, after the parts `before`.
fn parts<V: Vocabulary>(
    rest: &str,
    is_open: bool,
    before: &mut Vec<Token>,
    splits: &mut Vec<Vec<Token>>,
    vocabulary: &V,
) -> Result<(), V::Error> {
    if before.len() == limits::MAX_WORD_PARTS || splits.len() >= 4 * limits::MAX_WORD_SPLITS {
        return Ok(());
    }
    let last = Token {
        text: rest.to_owned(),
        is_open,
    };
    let is_long = rest.chars().count() >= MIN_PART_LETTERS;
    if !before.is_empty() && (is_long || rest.parse::<u8>().is_ok()) && is_known(&last, vocabulary)?
    {
        let mut split = before.clone();
        split.push(last);
        splits.push(split);
    }
    for (end, letter) in rest.char_indices().skip(MIN_PART_LETTERS - 1) {
        let first = &rest[..end + letter.len_utf8()];
        if first.len() == rest.len() {
            break;
        }
        let Some(word) = vocabulary.first_word(first)? else {
            break;
        };
        if !word.starts_with(first) {
            break;
        }
        if word == first {
            before.push(Token {
                text: word,
                is_open: false,
            });
            parts(&rest[first.len()..], is_open, before, splits, vocabulary)?;
            before.pop();
        }
    }
    Ok(())
}

/// The keys of titles that have one pattern of each word and nothing else. Empty when there are many.
pub(super) fn keys(words: &[TermMatcher]) -> Vec<String> {
    let number: usize = words
        .iter()
        .map(|matcher| matcher.patterns.len())
        .fold(1, usize::saturating_mul);
    if number > limits::MAX_SPELLING_KEYS {
        return Vec::new();
    }
    let mut titles = vec![String::new()];
    for matcher in words {
        let longer = titles
            .iter()
            .flat_map(|title| matcher.wholes().map(move |word| format!("{title} {word}")));
        titles = longer.collect();
    }
    let keys = titles
        .iter()
        .map(|title| Analyzed::new(title).key().to_owned());
    keys.collect()
}

#[cfg(test)]
mod tests;
