//! The words of titles that may replace a typed word: similar words and initials.

use std::rc::Rc;

use super::interpretation::{Pattern, TermMatcher, penalties};
use super::known_words::SimilarWord;
use super::query::{Token, has_initials};
use crate::config::limits;

/// Letters of the shortest word in which an error is corrected.
const MIN_LETTERS: usize = 4;
/// Letters of the shortest beginning of a word in which an error is corrected. A shorter word is
/// complete.
const MIN_LETTERS_OF_BEGINNING: usize = 5;
/// Letters of the shortest word in which an error is corrected, in a query of several words.
const MIN_LETTERS_AMONG_WORDS: usize = 3;
/// Letters of the shortest word in which two letters may be exchanged.
const MIN_LETTERS_TO_EXCHANGE: usize = 3;
/// Letters of the shortest word in which two errors are corrected.
const MIN_LETTERS_FOR_TWO_ERRORS: usize = 7;
/// The maximum number of errors in a word.
const EDIT_DISTANCE: usize = 2;

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
    let is_beginning = is_among_words || letters.len() >= MIN_LETTERS_OF_BEGINNING;
    let word = &Token {
        is_open: word.is_open && is_beginning,
        ..word.clone()
    };
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
