//! The analyzed titles of a movie.

use super::analysis::{Analyzed, Word, WordKind};
use super::interpretation::{Pattern, TermMatcher};
use super::ranking::level;
use crate::movie::MovieRef;

/// The lowest level of a movie whose initials are indexed: 4,096 votes.
const INITIALS_LEVEL: u8 = 13;

/// The analyzed titles of a movie.
#[derive(Debug, Default)]
pub struct AnalyzedTitles {
    title: Analyzed,
    original: Analyzed,
    has_original: bool,
    has_initials: bool,
    /// Other titles with their texts, of which the first `other_count` are those of the movie.
    others: Vec<(Analyzed, String)>,
    other_count: usize,
}

impl AnalyzedTitles {
    /// Analyzes the titles of a movie and reuses the memory.
    pub fn analyze(&mut self, movie: &MovieRef<'_>) {
        self.title.analyze(movie.title);
        self.has_original = movie.original_title.is_some();
        if let Some(original) = movie.original_title {
            self.original.analyze(original);
        }
        self.has_initials = level(movie.votes.unwrap_or(0)) >= INITIALS_LEVEL;
        self.other_count = 0;
    }

    /// Analyzes the full name of a person. Its initials are not indexed.
    pub fn analyze_person(&mut self, name: &str) {
        self.title.analyze(name);
        (self.has_original, self.has_initials) = (false, false);
        self.other_count = 0;
    }

    /// Adds another title of the movie, unless it has one with the same key.
    pub fn add_other(&mut self, title: &str) {
        if self.others.len() == self.other_count {
            self.others.push(Default::default());
        }
        let (before, other) = self.others.split_at_mut(self.other_count);
        let (analyzed, text) = &mut other[0];
        analyzed.analyze(title);
        let key = analyzed.key();
        let is_known = self.title.key() == key
            || self.has_original && self.original.key() == key
            || before.iter().any(|(known, _)| known.key() == key);
        if !is_known {
            text.clear();
            text.push_str(title);
            self.other_count += 1;
        }
    }

    /// The other titles, with their texts.
    pub(super) fn others(&self) -> &[(Analyzed, String)] {
        &self.others[..self.other_count]
    }

    /// The words of all other titles.
    pub fn other_words(&self) -> impl Iterator<Item = Word<'_>> {
        self.others().iter().flat_map(|(other, _)| other.words())
    }

    /// The keys of all other titles.
    pub fn other_keys(&self) -> impl Iterator<Item = &str> {
        self.others().iter().map(|(other, _)| other.key())
    }

    pub(super) fn analyzed(&self) -> impl Iterator<Item = &Analyzed> {
        let original = self.has_original.then_some(&self.original);
        [&self.title].into_iter().chain(original)
    }

    /// The words of both titles.
    pub fn words(&self) -> impl Iterator<Item = Word<'_>> {
        self.analyzed().flat_map(Analyzed::words)
    }

    /// The initials of both titles, for a movie with many votes.
    pub fn initials(&self) -> Vec<String> {
        if self.has_initials {
            self.analyzed().flat_map(Analyzed::initials).collect()
        } else {
            Vec::new()
        }
    }

    /// Whether a title has a matching word this many times: `la la` asks for a word twice.
    pub(super) fn have(&self, matcher: &TermMatcher, times: usize) -> bool {
        if matcher
            .patterns
            .iter()
            .any(|pattern| self.has_pattern_of_initials(pattern))
        {
            return true;
        }
        if times == 1 {
            return self.words().any(|word| matcher.takes(word.text));
        }
        self.analyzed().any(|title| {
            let words = title.words().filter(|word| word.kind != WordKind::Also);
            words.filter(|word| matcher.takes(word.text)).count() >= times
        })
    }

    fn has_pattern_of_initials(&self, pattern: &Pattern) -> bool {
        matches!(pattern, Pattern::Initials(letters) if self.initials().contains(letters))
    }

    /// The keys of both titles, without repetition.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let first = self.title.key();
        self.analyzed()
            .map(Analyzed::key)
            .enumerate()
            .filter(move |(at, key)| *at == 0 || *key != first)
            .map(|(_, key)| key)
    }
}
