//! Spelling: interpretations for a query that no known title has as it was typed. It has words with
//! one or two wrong letters, or missing or extra spaces.
//!
//! Similar words are first looked up among those of the best-known titles, which are in memory. The
//! words of all titles are searched only if none of these is similar, or if no other interpretation
//! has a good answer.

use crate::config::limits;
use std::rc::Rc;

use super::analysis::Analyzed;
use super::known_words::SimilarWord;
use super::query::{
    Interpretation, InterpretationKind, Pattern, Query, TermMatcher, Token, TokenSequence,
    has_initials, penalties,
};

/// Letters of the shortest word in which an error is corrected.
const MIN_LETTERS: usize = 5;
/// The same for a query of several words.
const MIN_LETTERS_AMONG_WORDS: usize = 3;
/// Letters of the shortest word in which two letters may be exchanged.
const MIN_LETTERS_TO_EXCHANGE: usize = 3;
/// Letters of the shortest word in which two errors are corrected.
const MIN_LETTERS_FOR_TWO_ERRORS: usize = 8;
/// Letters of the shortest part of a split word.
const MIN_PART_LETTERS: usize = 2;

/// The words of all titles.
pub trait Vocabulary {
    /// The error of a look-up.
    type Error;

    /// The first word that is not less than `from`, by bytes.
    fn first_word(&self, from: &str) -> Result<Option<String>, Self::Error>;

    /// The approximate number of movies with a matching word.
    fn count(&self, matcher: &TermMatcher) -> Result<u64, Self::Error>;

    /// The number of movies.
    fn movies(&self) -> u64;

    /// Whether enough words were looked up.
    fn is_exhausted(&self) -> bool {
        false
    }

    /// The similar words of the best-known titles, as [`KnownWords::similar`](super::KnownWords::similar) has them.
    fn similar(
        &self,
        typed: &[char],
        is_open: bool,
        most: usize,
    ) -> Result<Rc<Vec<SimilarWord>>, Self::Error>;
}

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

    /// Interpretations in which one of several words is replaced by a similar one, for a query of
    /// known words that no title has together.
    ///
    /// # Errors
    /// An error of the vocabulary.
    pub fn with_another_word<V: Vocabulary>(
        &self,
        vocabulary: &V,
    ) -> Result<Vec<Interpretation>, V::Error> {
        let sequences = self.token_sequences();
        let Some(sequence) = sequences
            .first()
            .filter(|sequence| sequence.words.len() > 1)
        else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for place in 0..sequence.words.len().min(limits::MAX_OTHER_WORDS) {
            let others = respelled(sequence, &[place], Depth::Usual, vocabulary)?;
            if let Some(mut other) = others.into_iter().next() {
                other.penalty = penalties::OTHER_WORD;
                found.push(other);
            }
        }
        Ok(found)
    }
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

/// The patterns that may replace a word of a query.
pub(super) struct Alternatives {
    pub patterns: Vec<Pattern>,
    pub penalty: u8,
}

/// Which words are searched for similar ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Those of the best-known titles, and all words if there is none.
    Usual,
    /// The words of all titles.
    AllWords,
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

/// Whether a title has a word that matches.
pub(super) fn is_known<V: Vocabulary>(word: &Token, vocabulary: &V) -> Result<bool, V::Error> {
    if let Pattern::Range(from, to) = word.pattern() {
        return Ok(vocabulary
            .first_word(&from)?
            .is_some_and(|first| first <= to));
    }
    let first = vocabulary.first_word(&word.text)?;
    Ok(first.is_some_and(|first| {
        if word.is_open {
            first.starts_with(&word.text)
        } else {
            first == word.text
        }
    }))
}

/// The words of titles that are similar to a typed word: those with one error, and those with up to
/// two.
pub(super) fn alternatives<V: Vocabulary>(
    word: &Token,
    is_among_words: bool,
    depth: Depth,
    vocabulary: &V,
) -> Result<Vec<Alternatives>, V::Error> {
    let letters: Vec<char> = word.text.chars().collect();
    let is_long = letters.len() >= MIN_LETTERS_FOR_TWO_ERRORS;
    let similar = if depth == Depth::AllWords || !is_correctable(&letters, word) {
        Rc::default()
    } else {
        vocabulary.similar(
            &letters,
            word.is_open,
            if is_long { EDIT_DISTANCE } else { 1 },
        )?
    };
    let allows_one = letters.len() >= min_letters(is_among_words);
    let mut one: Vec<Pattern> = Vec::new();
    let mut two: Vec<Pattern> = Vec::new();
    for similar in similar.iter() {
        let patterns = match similar.errors {
            1 if allows_one || is_exchange(&letters, &similar.text) => &mut one,
            2 => &mut two,
            _ => continue,
        };
        let pattern = word.with_text(&similar.text).pattern();
        if patterns.len() < limits::MAX_SPELLING_PATTERNS && !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    if one.is_empty() {
        one = one_error(word, is_among_words, vocabulary)?;
    }
    if is_among_words && has_initials(&word.text) {
        let initials = Pattern::Initials(word.text.clone());
        let matcher = TermMatcher {
            patterns: vec![initials.clone()],
        };
        if vocabulary.count(&matcher)? > 0 {
            one.push(initials);
        }
    }
    let mut found = Vec::new();
    if !one.is_empty() {
        found.push(Alternatives {
            patterns: one.clone(),
            penalty: penalties::SPELLING,
        });
    }
    if !two.is_empty() {
        one.append(&mut two);
        one.truncate(limits::MAX_SPELLING_PATTERNS);
        found.push(Alternatives {
            patterns: one,
            penalty: penalties::TWO_ERRORS,
        });
    }
    Ok(found)
}

/// Whether errors in a word are corrected. Words such as `1080p` are codes.
fn is_correctable(letters: &[char], word: &Token) -> bool {
    let digits = letters.iter().filter(|letter| letter.is_numeric()).count();
    letters.len() >= MIN_LETTERS_TO_EXCHANGE && digits <= 1 && !word.is_pair()
}

/// Letters of the shortest word in which a letter is added, left out or replaced.
fn min_letters(is_among_words: bool) -> usize {
    if is_among_words {
        MIN_LETTERS_AMONG_WORDS
    } else {
        MIN_LETTERS
    }
}

/// Whether a word has the same letters in another order.
fn is_exchange(letters: &[char], other: &str) -> bool {
    let mut others: Vec<char> = other.chars().collect();
    let mut letters = letters.to_vec();
    letters.sort_unstable();
    others.sort_unstable();
    letters == others
}

/// The words of titles with one error: a letter is missing, extra or replaced, or two letters are
/// exchanged.
fn one_error<V: Vocabulary>(
    word: &Token,
    is_among_words: bool,
    vocabulary: &V,
) -> Result<Vec<Pattern>, V::Error> {
    let letters: Vec<char> = word.text.chars().collect();
    if !is_correctable(&letters, word) {
        return Ok(Vec::new());
    }
    let mut candidates = SpellingSearch {
        word,
        vocabulary,
        patterns: Vec::new(),
    };
    for place in 0..letters.len() {
        let (before, after) = letters.split_at(place);
        if let [one, other, after @ ..] = after {
            candidates.add(before.iter().chain([other, one]).chain(after))?;
        }
    }
    if letters.len() < min_letters(is_among_words) {
        return Ok(candidates.patterns);
    }
    for place in 0..letters.len() {
        let (before, after) = letters.split_at(place);
        candidates.add(before.iter().chain(&after[1..]))?;
    }
    for place in 0..=letters.len() {
        if vocabulary.is_exhausted() {
            break;
        }
        let (before, after) = letters.split_at(place);
        for letter in letters_after(before, &letters, vocabulary)? {
            candidates.add(before.iter().chain([&letter]).chain(after))?;
            if let [_, after @ ..] = after {
                candidates.add(before.iter().chain([&letter]).chain(after))?;
            }
        }
    }
    Ok(candidates.patterns)
}

/// The letters after these in words of titles, as far as they are of the script of the word.
fn letters_after<V: Vocabulary>(
    before: &[char],
    word: &[char],
    vocabulary: &V,
) -> Result<Vec<char>, V::Error> {
    // Scripts have their letters in blocks of this size, or of several.
    const BLOCK: u32 = 0x80;
    let codes = || word.iter().map(|letter| *letter as u32);
    let first = codes().min().unwrap_or(0) / BLOCK * BLOCK;
    let last = codes().max().unwrap_or(0) / BLOCK * BLOCK + BLOCK - 1;
    let before: String = before.iter().collect();
    let mut letters = Vec::new();
    let mut next = Some(first);
    while let Some(letter) = next.filter(|next| *next <= last).and_then(char::from_u32) {
        let word = vocabulary.first_word(&format!("{before}{letter}"))?;
        let after = word.as_deref().and_then(|word| word.strip_prefix(&before));
        let Some(found) = after.and_then(|after| after.chars().next()) else {
            break;
        };
        letters.push(found);
        next = Some(found as u32 + 1);
    }
    letters.retain(|letter| (*letter as u32) <= last);
    Ok(letters)
}

struct SpellingSearch<'c, V> {
    word: &'c Token,
    vocabulary: &'c V,
    patterns: Vec<Pattern>,
}

impl<V: Vocabulary> SpellingSearch<'_, V> {
    /// Adds a spelling, if a title has it.
    fn add<'l>(&mut self, letters: impl Iterator<Item = &'l char>) -> Result<(), V::Error> {
        let candidate = self.word.with_text(&letters.collect::<String>());
        if self.patterns.len() == limits::MAX_SPELLING_PATTERNS || candidate.text == self.word.text
        {
            return Ok(());
        }
        let pattern = candidate.pattern();
        if !self.patterns.contains(&pattern) && is_known(&candidate, self.vocabulary)? {
            self.patterns.push(pattern);
        }
        Ok(())
    }
}

/// The maximum number of errors in a word.
const EDIT_DISTANCE: usize = 2;

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
mod tests {
    use super::super::known_words::KnownWords;
    use super::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    struct Words(BTreeSet<String>);

    impl Vocabulary for Words {
        type Error = Infallible;

        fn first_word(&self, from: &str) -> Result<Option<String>, Infallible> {
            Ok(self.0.range(from.to_owned()..).next().cloned())
        }

        fn count(&self, matcher: &TermMatcher) -> Result<u64, Infallible> {
            Ok(self.0.iter().filter(|word| matcher.takes(word)).count() as u64)
        }

        fn movies(&self) -> u64 {
            self.0.len() as u64
        }

        fn similar(
            &self,
            typed: &[char],
            is_open: bool,
            most: usize,
        ) -> Result<Rc<Vec<SimilarWord>>, Infallible> {
            let words = self.0.iter().map(|word| (word.as_str(), 0));
            Ok(Rc::new(
                KnownWords::new(words).similar(typed, is_open, most),
            ))
        }
    }

    /// The corrections of a query, for titles with these words.
    fn corrected(query: &str, words: &str) -> Vec<String> {
        let words = Words(words.split(' ').map(str::to_owned).collect());
        let interpretations = Query::new(query).unwrap().corrected(&words).unwrap();
        shown(&interpretations)
    }

    fn shown(interpretations: &[Interpretation]) -> Vec<String> {
        let mut shown: Vec<String> = interpretations
            .iter()
            .map(|interpretation| {
                let words = interpretation.words.iter();
                let words = words.map(|wanted| {
                    wanted
                        .patterns
                        .iter()
                        .map(Pattern::to_string)
                        .collect::<Vec<_>>()
                        .join("|")
                });
                let years = interpretation
                    .years
                    .map(|(from, to)| format!("{from}-{to}"));
                words.chain(years).collect::<Vec<_>>().join(" ")
            })
            .collect();
        shown.sort();
        shown
    }

    #[test]
    fn each_kind_of_mistake_is_put_right() {
        let words = "god godfather godmother the";
        for typed in [
            "godfahter",
            "godfather",
            "goodfather",
            "godfater",
            "gidfather",
            "xgodfather",
            "godfatherx",
            "odfather",
        ] {
            let patterns = corrected(&format!("{typed} the"), words);
            let is_right = typed == "godfather";
            assert_eq!(
                patterns.iter().any(|pattern| pattern == "godfather the*"),
                !is_right,
                "{typed}"
            );
        }
        // A word of two letters is too short to be corrected.
        for typed in ["gd the", "tgodhfatr the"] {
            assert_eq!(corrected(typed, words), [""; 0], "{typed}");
        }
    }

    #[test]
    fn a_word_that_is_begun_is_put_right_too() {
        assert_eq!(corrected("godfaht", "godfather"), ["godfath*"]);
        assert_eq!(corrected("крсетны", "крестный"), ["крестны*"]);
    }

    #[test]
    fn of_words_that_exist_any_may_be_wrong() {
        let words = Words(["house", "mouse", "alien"].map(str::to_owned).into());
        let query = Query::new("house alien").unwrap();
        let found = query.with_another_word(&words).unwrap();
        assert_eq!(shown(&found), ["house alie*", "mouse alien*"]);
        assert_eq!(corrected("house alien", "house mouse alien"), [""; 0]);
    }

    #[test]
    fn two_errors_in_a_long_word_are_corrected() {
        let words = "interstellar interview the";
        assert_eq!(corrected("the intrestelar", words), ["the interstellar*"]);
        assert_eq!(corrected("intrestelar the", words), ["interstellar the*"]);
        assert_eq!(corrected("intvew the", words), [""; 0]);
    }

    #[test]
    fn spaces_are_left_out_and_put_in() {
        assert_eq!(corrected("bat man", "bat man batman"), ["batman*"]);
        assert_eq!(corrected("spiderman", "spider man"), ["spider man*"]);
        assert_eq!(
            corrected("spiderman two", "spider man two"),
            ["spider man two*"]
        );
    }

    #[test]
    fn the_year_stays_a_year() {
        assert_eq!(
            corrected("aliien 1979", "alien"),
            ["alien 1979-1979", "aliien"]
        );
        assert_eq!(corrected("alien 197", "alien"), ["alien 1970-1979"]);
    }

    #[test]
    fn a_corrected_title_is_a_title() {
        let words = Words(["alien", "the"].map(str::to_owned).into());
        let interpretations = Query::new("the alein").unwrap().corrected(&words).unwrap();
        assert_eq!(interpretations[0].keys, ["alien"]);
    }
}
