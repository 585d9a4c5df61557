//! What may have been meant, when no title has what was typed: one mistake put
//! right, in a word that is long enough to tell, or a space too many or too few.

use super::analysis::Analyzed;
use super::query::{Interpretation, Pattern, Query, TermMatcher, Token, TokenSequence};

/// Letters of the shortest word in which any mistake is looked for.
const MIN_LETTERS: usize = 5;
/// Letters of the shortest word in which two may stand in the other order.
const MIN_LETTERS_IN_ORDER: usize = 3;
/// Letters of the shortest part of a word that was two.
const MIN_PART_LETTERS: usize = 2;
/// Words that one may have been meant for.
const MAX_PATTERNS: usize = 64;
/// AnalyzedTitles that a query may have been meant for.
const MOST_KEYS: usize = 64;

/// The words that titles have, in order: gives the first that is this one or behind it.
type FirstWord<'f, E> = dyn Fn(&str) -> Result<Option<String>, E> + 'f;

impl Query {
    /// The interpretations with one mistake put right. `first_word` gives the first of
    /// all words of titles that is the given one or behind it, in the order of
    /// their bytes.
    ///
    /// # Errors
    /// What `first_word` says.
    pub fn corrected<E>(
        &self,
        first_word: impl Fn(&str) -> Result<Option<String>, E>,
    ) -> Result<Vec<Interpretation>, E> {
        let mut interpretations: Vec<Interpretation> = self.with_year_begun().into_iter().collect();
        for sequence in self.token_sequences() {
            respelled(&sequence, &first_word, &mut interpretations)?;
            joined(&sequence, &first_word, &mut interpretations)?;
            split(&sequence, &first_word, &mut interpretations)?;
        }
        Ok(interpretations)
    }
}

/// With another word in place of each that no title has. When titles have all
/// of them, but none has them together, any one may be wrong.
fn respelled<E>(
    sequence: &TokenSequence,
    first_word: &FirstWord<'_, E>,
    interpretations: &mut Vec<Interpretation>,
) -> Result<(), E> {
    let words = &sequence.words;
    let mut unknown = Vec::new();
    for (place, word) in words.iter().enumerate() {
        if !is_known(word, first_word)? {
            unknown.push(place);
        }
    }
    let attempts: Vec<Vec<usize>> = match unknown.is_empty() {
        true => (0..words.len()).map(|place| vec![place]).collect(),
        false => vec![unknown],
    };
    for places in attempts {
        let mut interpretation = sequence.interpretation();
        for &place in &places {
            let patterns = spellings(&words[place], first_word)?;
            interpretation.words[place] = TermMatcher { patterns };
        }
        if places
            .iter()
            .all(|&place| !interpretation.words[place].patterns.is_empty())
        {
            interpretation.keys = keys(&interpretation.words);
            interpretations.push(interpretation);
        }
    }
    Ok(())
}

/// With two words as one.
fn joined<E>(
    sequence: &TokenSequence,
    first_word: &FirstWord<'_, E>,
    interpretations: &mut Vec<Interpretation>,
) -> Result<(), E> {
    for place in 1..sequence.words.len() {
        let mut joined = sequence.clone();
        let second = joined.words.remove(place);
        let first = &mut joined.words[place - 1];
        first.text.push_str(&second.text);
        first.is_open = second.is_open;
        if is_known(first, first_word)? {
            interpretations.push(joined.interpretation());
        }
    }
    Ok(())
}

/// With a word that no title has as two.
fn split<E>(
    sequence: &TokenSequence,
    first_word: &FirstWord<'_, E>,
    interpretations: &mut Vec<Interpretation>,
) -> Result<(), E> {
    for (place, word) in sequence.words.iter().enumerate() {
        let ends: Vec<usize> = word.text.char_indices().map(|(at, _)| at).collect();
        if ends.len() < 2 * MIN_PART_LETTERS || is_known(word, first_word)? {
            continue;
        }
        for &end in &ends[MIN_PART_LETTERS..=ends.len() - MIN_PART_LETTERS] {
            let (first, second) = word.text.split_at(end);
            let parts = [
                Token {
                    text: first.to_owned(),
                    is_open: false,
                },
                Token {
                    text: second.to_owned(),
                    is_open: word.is_open,
                },
            ];
            if is_known(&parts[0], first_word)? && is_known(&parts[1], first_word)? {
                let mut split = sequence.clone();
                split.words.splice(place..=place, parts);
                interpretations.push(split.interpretation());
            }
        }
    }
    Ok(())
}

/// Whether a title has the word, or one that begins with it.
fn is_known<E>(word: &Token, first_word: &FirstWord<'_, E>) -> Result<bool, E> {
    let first = first_word(&word.text)?;
    Ok(first.is_some_and(|first| match word.is_open {
        true => first.starts_with(&word.text),
        false => first == word.text,
    }))
}

/// The words of titles that a word becomes by one letter more, less, or
/// another, or by two letters in the other order.
fn spellings<E>(word: &Token, first_word: &FirstWord<'_, E>) -> Result<Vec<Pattern>, E> {
    let letters: Vec<char> = word.text.chars().collect();
    if letters.len() < MIN_LETTERS_IN_ORDER || letters.iter().all(|letter| letter.is_numeric()) {
        return Ok(Vec::new());
    }
    let mut candidates = Candidates {
        word,
        first_word,
        patterns: Vec::new(),
    };
    for place in 0..letters.len() {
        let (before, behind) = letters.split_at(place);
        if let [one, other, behind @ ..] = behind {
            candidates.add(before.iter().chain([other, one]).chain(behind))?;
        }
    }
    if letters.len() < MIN_LETTERS {
        return Ok(candidates.patterns);
    }
    for place in 0..letters.len() {
        let (before, behind) = letters.split_at(place);
        candidates.add(before.iter().chain(&behind[1..]))?;
    }
    for place in 0..=letters.len() {
        let (before, behind) = letters.split_at(place);
        for letter in letters_behind(before, &letters, first_word)? {
            candidates.add(before.iter().chain([&letter]).chain(behind))?;
            if let [_, behind @ ..] = behind {
                candidates.add(before.iter().chain([&letter]).chain(behind))?;
            }
        }
    }
    Ok(candidates.patterns)
}

/// The letters that stand behind these in words of titles, as far as they are
/// of the script of the word.
fn letters_behind<E>(
    before: &[char],
    word: &[char],
    first_word: &FirstWord<'_, E>,
) -> Result<Vec<char>, E> {
    // Scripts have their letters in blocks of this size, or of several.
    const BLOCK: u32 = 0x80;
    let codes = || word.iter().map(|letter| *letter as u32);
    let first = codes().min().unwrap_or(0) / BLOCK * BLOCK;
    let last = codes().max().unwrap_or(0) / BLOCK * BLOCK + BLOCK - 1;
    let before: String = before.iter().collect();
    let mut letters = Vec::new();
    let mut next = Some(first);
    while let Some(letter) = next.filter(|next| *next <= last).and_then(char::from_u32) {
        let word = first_word(&format!("{before}{letter}"))?;
        let behind = word.as_deref().and_then(|word| word.strip_prefix(&before));
        let Some(found) = behind.and_then(|behind| behind.chars().next()) else {
            break;
        };
        letters.push(found);
        next = Some(found as u32 + 1);
    }
    letters.retain(|letter| (*letter as u32) <= last);
    Ok(letters)
}

struct Candidates<'c, E> {
    word: &'c Token,
    first_word: &'c FirstWord<'c, E>,
    patterns: Vec<Pattern>,
}

impl<E> Candidates<'_, E> {
    /// Adds a spelling, if a title has it.
    fn add<'l>(&mut self, letters: impl Iterator<Item = &'l char>) -> Result<(), E> {
        let candidate = Token {
            text: letters.collect(),
            is_open: self.word.is_open,
        };
        if self.patterns.len() == MAX_PATTERNS || candidate.text == self.word.text {
            return Ok(());
        }
        let pattern = candidate.pattern();
        if !self.patterns.contains(&pattern) && is_known(&candidate, self.first_word)? {
            self.patterns.push(pattern);
        }
        Ok(())
    }
}

/// The keys of the titles that have one pattern of each word and nothing else; none when there are many.
fn keys(words: &[TermMatcher]) -> Vec<String> {
    let number: usize = words
        .iter()
        .map(|wanted| wanted.patterns.len())
        .fold(1, usize::saturating_mul);
    if number > MOST_KEYS {
        return Vec::new();
    }
    let mut titles = vec![String::new()];
    for wanted in words {
        let longer = titles
            .iter()
            .flat_map(|title| wanted.wholes().map(move |word| format!("{title} {word}")));
        titles = longer.collect();
    }
    let keys = titles
        .iter()
        .map(|title| Analyzed::new(title).key().to_owned());
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    /// What a query may have been meant for, where titles have these words.
    fn corrected(query: &str, words: &str) -> Vec<String> {
        let words: BTreeSet<String> = words.split(' ').map(str::to_owned).collect();
        let first_word =
            |from: &str| Ok::<_, Infallible>(words.range(from.to_owned()..).next().cloned());
        let interpretations = Query::new(query).unwrap().corrected(first_word).unwrap();
        let show = |pattern: &Pattern| match pattern {
            Pattern::Word(word) => word.clone(),
            Pattern::Prefix(prefix) => format!("{prefix}*"),
        };
        let mut shown: Vec<String> = interpretations
            .iter()
            .map(|interpretation| {
                let words = interpretation.words.iter();
                let words = words.map(|wanted| {
                    wanted
                        .patterns
                        .iter()
                        .map(show)
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
        // Two mistakes, and mistakes in short words, are too many.
        for typed in ["godfhaetr the", "gd the", "godd the"] {
            assert_eq!(corrected(typed, words), [""; 0], "{typed}");
        }
    }

    #[test]
    fn a_word_that_is_begun_is_put_right_too() {
        assert_eq!(corrected("godfaht", "godfather"), ["godfath*|godfat*"]);
        assert_eq!(corrected("крсетны", "крестный"), ["крестны*"]);
    }

    #[test]
    fn of_words_that_exist_any_may_be_wrong() {
        assert_eq!(
            corrected("house alien", "house mouse alien"),
            ["house alie*", "mouse alien*"]
        );
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
        assert_eq!(corrected("aliien 1979", "alien"), ["alien 1979-1979"]);
        assert_eq!(corrected("alien 197", "alien"), ["alien 1970-1979"]);
    }

    #[test]
    fn a_corrected_title_is_a_title() {
        let first_word = |from: &str| {
            Ok::<_, Infallible>(
                ["alien", "the"]
                    .into_iter()
                    .find(|word| *word >= from)
                    .map(str::to_owned),
            )
        };
        let interpretations = Query::new("the alein")
            .unwrap()
            .corrected(first_word)
            .unwrap();
        assert_eq!(interpretations[0].keys, ["alien"]);
    }
}
