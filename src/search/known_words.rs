//! The words of the best-known titles, in memory, to correct spellings.
//!
//! A search for a similar word compares sets of letters first. This excludes all but a few in a
//! hundred words.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::letters::is_unspaced;
use super::postings::{push_number, take_number};
use crate::config::limits;

/// Letters of the shortest word.
const MIN_LETTERS: usize = 3;

/// Words, each with the [level](super::level) of the best-known movie that has it.
#[derive(Debug, Default)]
pub struct KnownWords {
    text: String,
    words: Vec<KnownWord>,
}

#[derive(Clone, Copy, Debug)]
struct KnownWord {
    start: u32,
    bytes: u8,
    level: u8,
    letters: LetterSet,
}

/// The letters of a word, by the last five bits of their codes.
#[derive(Clone, Copy, Debug, Default)]
struct LetterSet(u32);

impl LetterSet {
    fn new(letters: impl Iterator<Item = char>) -> LetterSet {
        LetterSet(letters.fold(0, |set, letter| set | 1 << (letter as u32 % u32::BITS)))
    }

    /// The number of letters that `other` lacks.
    fn without(self, other: LetterSet) -> u32 {
        (self.0 & !other.0).count_ones()
    }
}

/// A word that is similar to a typed one, or the beginning of such a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimilarWord {
    /// The number of errors in the typed word.
    pub errors: usize,
    /// The level of the best-known movie that has the word.
    pub level: Reverse<u8>,
    /// The word.
    pub text: String,
}

impl KnownWords {
    /// Words in their order, each with a level.
    pub fn new<'w>(words: impl IntoIterator<Item = (&'w str, u8)>) -> KnownWords {
        let mut known = KnownWords::default();
        for (word, level) in words {
            known.push(word, level);
        }
        known
    }

    fn push(&mut self, word: &str, level: u8) {
        let (Ok(start), Ok(bytes)) = (u32::try_from(self.text.len()), u8::try_from(word.len()))
        else {
            return;
        };
        self.text.push_str(word);
        self.words.push(KnownWord {
            start,
            bytes,
            level,
            letters: LetterSet::new(word.chars()),
        });
    }

    /// Adds the words of some packed bytes.
    pub fn add_packed(&mut self, bytes: &[u8]) {
        let (mut word, mut at) = (Vec::new(), 0);
        let mut next = || {
            let shared = take_number(bytes, &mut at)? as usize;
            let length = take_number(bytes, &mut at)? as usize;
            word.truncate(shared);
            word.extend_from_slice(bytes.get(at..at.checked_add(length)?)?);
            at += length;
            let level = take_number(bytes, &mut at)?;
            let word = std::str::from_utf8(&word).ok()?;
            self.push(word, level as u8);
            Some(())
        };
        while next().is_some() {}
    }

    /// The words that differ from the typed letters by some errors and no more than `most`, those
    /// with the fewest errors first, and then the best known. With `is_open` the typed word may be
    /// the beginning of a longer one.
    pub fn similar(&self, typed: &[char], is_open: bool, most: usize) -> Vec<SimilarWord> {
        let mut found = Vec::new();
        if typed.len() > limits::MAX_COMPARED_LETTERS {
            return found;
        }
        let letters = LetterSet::new(typed.iter().copied());
        let (fewest, limit) = (typed.len().saturating_sub(most), most as u32);
        for word in &self.words {
            if usize::from(word.bytes) < fewest
                || letters.without(word.letters) > limit
                || !is_open && word.letters.without(letters) > limit
            {
                continue;
            }
            let start = word.start as usize;
            let text = &self.text[start..start + usize::from(word.bytes)];
            if let Some((errors @ 1.., end)) = errors(typed, text, is_open, most) {
                found.push(SimilarWord {
                    errors,
                    level: Reverse(word.level),
                    text: text[..end].to_owned(),
                });
            }
        }
        found.sort_unstable();
        found
    }
}

/// The errors in a typed word, with two exchanged letters as one, and the part of the word of a title
/// that matches, in bytes. For a beginning the part with the fewest errors counts. `None` when there
/// are more than `most`.
fn errors(typed: &[char], word: &str, is_open: bool, most: usize) -> Option<(usize, usize)> {
    const ROW: usize = limits::MAX_COMPARED_LETTERS + 2;
    const MANY: u8 = u8::MAX / 2;
    let length = typed.len();
    let (mut older, mut last, mut row) = ([MANY; ROW], [MANY; ROW], [MANY; ROW]);
    for (place, errors) in row[..=length].iter_mut().enumerate() {
        *errors = place as u8;
    }
    let mut best: Option<(usize, usize)> = None;
    let mut before = None;
    for (number, (at, letter)) in (1..).zip(word.char_indices()) {
        if number > length + most {
            break;
        }
        (older, last, row) = (last, row, older);
        // Further away from the diagonal there are too many errors.
        let first = number.saturating_sub(most).max(1);
        let end = length.min(number + most);
        row[first - 1] = if first == 1 { number as u8 } else { MANY };
        let mut least = row[first - 1];
        for place in first..=end {
            let other = typed[place - 1];
            let replaced = last[place - 1] + u8::from(other != letter);
            let mut errors = replaced.min(last[place] + 1).min(row[place - 1] + 1);
            if place > 1 && before == Some(other) && typed[place - 2] == letter {
                errors = errors.min(older[place - 2] + 1);
            }
            row[place] = errors;
            least = least.min(errors);
        }
        row[end + 1] = MANY;
        let errors = usize::from(row[length]);
        if is_open && end == length && best.is_none_or(|best| errors <= best.0) {
            best = Some((errors, at + letter.len_utf8()));
        }
        if usize::from(least) > most {
            return best.filter(|best| best.0 <= most);
        }
        before = Some(letter);
    }
    if !is_open {
        let letters = word.chars().count();
        best = (letters <= length + most).then(|| (usize::from(row[length]), word.len()));
    }
    best.filter(|best| best.0 <= most)
}

/// Chooses the words of the best-known movies.
#[derive(Debug, Default)]
pub struct KnownWordsBuilder {
    /// The number of the best-known movie of each word, and the word. The greatest is on top.
    words: BinaryHeap<(u64, String)>,
}

impl KnownWordsBuilder {
    /// Adds a word and the number of the best-known movie that has it.
    pub fn add(&mut self, word: &str, movie: u64) {
        let is_long = word.chars().nth(MIN_LETTERS - 1).is_some() && word.len() <= u8::MAX.into();
        if !is_long || word.contains(|letter: char| is_unspaced(letter) || letter.is_numeric()) {
            return;
        }
        if self.words.len() < limits::MAX_KNOWN_WORDS {
            self.words.push((movie, word.to_owned()));
        } else if let Some(mut worst) = self.words.peek_mut()
            && (movie, word) < (worst.0, worst.1.as_str())
        {
            *worst = (movie, word.to_owned());
        }
    }

    /// The chosen words in their order, packed into pieces of about `piece_bytes`. `level` is the
    /// level of a movie.
    pub fn pack(self, piece_bytes: usize, level: impl Fn(u64) -> u8) -> Vec<Vec<u8>> {
        let mut words: Vec<(String, u64)> = (self.words.into_iter())
            .map(|(movie, word)| (word, movie))
            .collect();
        words.sort_unstable();
        let mut pieces = vec![Vec::new()];
        let mut before = "";
        for (word, movie) in &words {
            if pieces
                .last()
                .is_some_and(|piece| piece.len() >= piece_bytes)
            {
                pieces.push(Vec::new());
                before = "";
            }
            if let Some(piece) = pieces.last_mut() {
                let shared = before.bytes().zip(word.bytes()).take_while(|(a, b)| a == b);
                let shared = shared.count();
                push_number(piece, shared as u64);
                push_number(piece, (word.len() - shared) as u64);
                piece.extend_from_slice(&word.as_bytes()[shared..]);
                push_number(piece, level(*movie).into());
            }
            before = word;
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similar(typed: &str, is_open: bool, most: usize) -> Vec<String> {
        let words = [
            ("god", 3),
            ("godfather", 20),
            ("godmother", 9),
            ("крестный", 8),
        ];
        let letters: Vec<char> = typed.chars().collect();
        let found = KnownWords::new(words).similar(&letters, is_open, most);
        let show = |word: SimilarWord| format!("{} {}", word.errors, word.text);
        found.into_iter().map(show).collect()
    }

    #[test]
    fn words_with_few_errors_are_similar() {
        assert_eq!(similar("godfahter", false, 1), ["1 godfather"]);
        assert_eq!(similar("gdofahter", false, 2), ["2 godfather"]);
        assert_eq!(
            similar("godother", false, 2),
            ["1 godmother", "2 godfather"]
        );
        assert_eq!(similar("крсетный", false, 1), ["1 крестный"]);
        assert_eq!(similar("godfather", false, 1), [""; 0]);
        assert_eq!(similar("gdofahter", false, 1), [""; 0]);
        assert_eq!(similar(&"g".repeat(99), true, 2), [""; 0]);
    }

    #[test]
    fn a_beginning_is_similar_to_a_beginning() {
        assert_eq!(similar("gdofath", true, 1), ["1 godfath"]);
        assert_eq!(similar("gidf", true, 1), ["1 godf"]);
    }

    #[test]
    fn the_words_of_the_best_known_movies_are_packed() {
        let mut builder = KnownWordsBuilder::default();
        for number in 0..limits::MAX_KNOWN_WORDS as u64 + 5 {
            builder.add(
                &format!("word{}", "x".repeat(1 + number as usize % 3)),
                number,
            );
        }
        for (word, movie) in [
            ("alien", 1),
            ("aliens", 2),
            ("be", 3),
            ("r2d2", 4),
            ("七人の侍", 5),
        ] {
            builder.add(word, movie);
        }
        assert_eq!(builder.words.len(), limits::MAX_KNOWN_WORDS);
        let mut known = KnownWords::default();
        for piece in builder.pack(100, |movie| movie as u8) {
            known.add_packed(&piece);
        }
        let of = |typed: &str| known.similar(&typed.chars().collect::<Vec<_>>(), false, 1);
        assert_eq!(of("aliex")[0].text, "alien");
        assert_eq!(
            (of("aliensx")[0].text.as_str(), of("aliensx")[0].level),
            ("aliens", Reverse(2))
        );
        assert_eq!(of("r2d3"), []);
        known.add_packed(&[9, 9, 9]);
    }
}
