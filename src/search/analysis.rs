//! Text analysis: the words of a text, without case, accents and punctuation.

use crate::config::limits;
use unicode_normalization::UnicodeNormalization;

use super::initials;
use super::letters;
use super::normalization::{AMPERSAND, APOSTROPHE, MARK, SPACE, normalize};
use super::synonyms::{self, Synonyms};

/// The version of these rules. An index with another version is rebuilt.
pub const ANALYZER_VERSION: i64 = 6;

/// The kind of a word in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// One of the words that make up the text.
    Main,
    /// Another spelling of one or several of them.
    Also,
    /// A character of a script without spaces.
    Single,
    /// Two adjacent characters of such a script.
    Pair,
}

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// Its kind.
    pub kind: WordKind,
    /// Whether the text begins with it, apart from a leading article.
    pub at_start: bool,
    /// Its place in the text.
    pub place: usize,
    /// The place of the next word.
    pub next: usize,
}

/// An analyzed text. One value can be reused for many texts.
///
/// - `Amélie` is the word `amelie`, as are `AMELIE` and `Ａｍéｌｉｅ`.
/// - `Schindler's` is `schindlers`, and also `schindler` and `s`.
/// - `Spider-Man` is `spider` and `man`, and also `spiderman`.
/// - `Rocky II` is `rocky` and `ii`, and also `2` and `two`.
/// - `七人の侍` is each of its characters and each pair of adjacent ones.
#[derive(Clone, Debug, Default)]
pub struct Analyzed {
    /// The normalized letters, with one mark for each separator.
    letters: String,
    /// The words, one after the other.
    text: String,
    words: Vec<Span>,
    key: String,
    /// The number of places so far.
    places: usize,
    /// Whether the text begins with an article.
    has_article: bool,
    /// The last word, if it is of a script with spaces.
    last: Option<LastWord>,
    /// The place after the last character of a script without spaces, and that character.
    last_character: Option<(usize, char)>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    kind: WordKind,
    place: usize,
    next: usize,
}

/// The facts about the previous word that the next one needs.
#[derive(Clone, Copy, Debug)]
struct LastWord {
    place: usize,
    /// The start of its key.
    key_start: usize,
    /// Its tens, for a word such as `twenty`.
    tens: Option<u8>,
    /// Whether a number follows, as after `part`.
    is_counted: bool,
    /// Its value as a Roman numeral of one letter.
    roman: Option<&'static Synonyms>,
}

/// Pieces as one word, with combining marks in their usual order.
fn joined<'p>(pieces: impl Iterator<Item = &'p str>) -> String {
    let joined: String = pieces.collect();
    if joined.is_ascii() {
        joined
    } else {
        joined.nfc().collect()
    }
}

impl Analyzed {
    /// Analyzes a text.
    pub fn new(text: &str) -> Analyzed {
        let mut analyzed = Analyzed::default();
        analyzed.analyze(text);
        analyzed
    }

    /// Analyzes another text and reuses the memory.
    pub fn analyze(&mut self, text: &str) {
        self.analyze_plain(text);
        if let Some(typed) = letters::with_two_letters(text) {
            self.add_variants(&Analyzed::new(&typed));
        }
    }

    fn analyze_plain(&mut self, text: &str) {
        self.text.clear();
        self.words.clear();
        self.key.clear();
        self.places = 0;
        self.has_article = false;
        (self.last, self.last_character) = (None, None);
        let mut letters = std::mem::take(&mut self.letters);
        letters.clear();
        normalize(text, &mut letters);
        for chunk in letters.split(SPACE) {
            self.chunk(chunk);
        }
        self.last_numeral();
        if !self.words.iter().any(|span| span.kind != WordKind::Also) {
            self.raw(text);
        }
        self.letters = letters;
    }

    /// The words, in the order of the text.
    pub fn words(&self) -> impl Iterator<Item = Word<'_>> {
        let start = self.start();
        self.words.iter().map(move |span| Word {
            text: &self.text[span.start..span.end],
            kind: span.kind,
            at_start: span.place <= start,
            place: span.place,
            next: span.next,
        })
    }

    /// The place of the first word after a leading article.
    pub fn start(&self) -> usize {
        usize::from(self.has_article && self.places > 1)
    }

    /// The number of places.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The letters of the text without a leading article, with numbers and abbreviations in one
    /// form. Texts with the same key are the same title.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The first letters of the words: of all of them, of those before a colon or dash, and of those
    /// after it. A leading article may be left out, and so may a number at the end.
    pub fn initials(&self) -> Vec<String> {
        let mains = self.words.iter().filter(|span| span.kind == WordKind::Main);
        let words: Vec<&str> = mains.map(|span| &self.text[span.start..span.end]).collect();
        initials::of_title(&words, self.words_before_mark().min(words.len()))
    }

    /// The number of words before a colon or dash, or 0.
    fn words_before_mark(&self) -> usize {
        let mut words = 0;
        for chunk in self.letters.split(SPACE) {
            let in_chunk = chunk.split([MARK, AMPERSAND]);
            words += in_chunk.filter(|word| !word.is_empty()).count();
            if chunk.ends_with(MARK) {
                return words;
            }
        }
        0
    }

    /// Adds the words of the same text in another spelling.
    fn add_variants(&mut self, typed: &Analyzed) {
        if typed.places != self.places {
            return;
        }
        for word in typed.words() {
            let is_known = self.words.iter().any(|span| {
                span.place == word.place && self.text[span.start..span.end] == *word.text
            });
            if !is_known {
                self.push(WordKind::Also, word.text, word.place, word.next);
            }
        }
    }

    /// Adds the words between two spaces.
    fn chunk(&mut self, chunk: &str) {
        if chunk == "&" {
            self.push(WordKind::Also, "and", self.places, self.places);
            self.push(WordKind::Also, "n", self.places, self.places);
            self.key.push_str("and");
            self.last = None;
            return;
        }
        let compounds = || {
            chunk
                .split([MARK, AMPERSAND])
                .filter(|compound| compound.contains(|letter| letter != APOSTROPHE))
        };
        let first = self.places;
        for compound in compounds() {
            self.compound(compound);
        }
        let number = compounds().count();
        if (2..=limits::MAX_JOINED_PARTS).contains(&number) && !chunk.contains(letters::is_unspaced)
        {
            let joined = joined(chunk.split([MARK, AMPERSAND, APOSTROPHE]));
            self.push(WordKind::Also, &joined, first, self.places);
        }
    }

    /// Adds pieces between apostrophes, which are one word.
    fn compound(&mut self, compound: &str) {
        let pieces = || compound.split(APOSTROPHE).filter(|piece| !piece.is_empty());
        let mut all = pieces();
        let (Some(first), second) = (all.next(), all.next()) else {
            return;
        };
        if second.is_none() {
            return self.main(first);
        }
        let place = self.places;
        self.main(&joined(pieces()));
        if pieces().count() <= limits::MAX_JOINED_PARTS {
            for piece in pieces().filter(|piece| !piece.contains(letters::is_unspaced)) {
                self.push(WordKind::Also, piece, place, self.places);
            }
        }
    }

    /// Adds a word, or characters of a script without spaces, or both.
    fn main(&mut self, word: &str) {
        if word.is_ascii() || !word.contains(letters::is_unspaced) {
            return self.spaced(word);
        }
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let unspaced = letters::is_unspaced(first);
            let end = rest
                .find(|letter| letters::is_unspaced(letter) != unspaced)
                .unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            rest = after;
            if unspaced {
                self.unspaced(run);
            } else {
                self.spaced(run);
            }
        }
    }

    fn spaced(&mut self, word: &str) {
        let place = self.places;
        let is_article = place == 0 && letters::is_article(word);
        self.push(WordKind::Main, word, place, place + 1);
        self.places += 1;
        if place == 1 && self.has_article {
            self.key.clear();
        }
        self.has_article |= is_article;
        let before = self.last.filter(|last| last.place + 1 == place);
        let key_start = self.key.len();
        let same = synonyms::of(word);
        let roman = same.filter(|same| {
            same.number.is_some() && word.len() == 1 && !word.starts_with(char::is_numeric)
        });
        match same {
            Some(same) if roman.is_none() => {
                self.key.push_str(same.words[0]);
                self.synonyms(same, word, place);
            }
            Some(same) if word != "i" => {
                self.key.push_str(word);
                self.synonyms(same, word, place);
            }
            _ => self.key.push_str(word),
        }
        self.last = Some(LastWord {
            place,
            key_start,
            tens: same.and_then(|same| same.tens()),
            is_counted: synonyms::is_counted(word),
            roman,
        });
        let unit = same
            .and_then(|same| same.number)
            .filter(|number| (1..=9).contains(number));
        match (before, unit, roman) {
            (Some(before), _, Some(roman)) if before.is_counted => {
                self.numeral(roman, place, key_start)
            }
            (
                Some(LastWord {
                    tens: Some(tens),
                    key_start,
                    place: first,
                    ..
                }),
                Some(unit),
                _,
            ) => {
                let number = (tens + unit).to_string();
                self.key.truncate(key_start);
                self.key.push_str(&number);
                self.push(WordKind::Also, &number, first, place + 1);
            }
            _ => self.written_number(word, place),
        }
    }

    /// Adds the other words of a group of synonyms.
    fn synonyms(&mut self, same: &'static Synonyms, word: &str, place: usize) {
        for other in same.words.iter().filter(|other| **other != word) {
            self.push(WordKind::Also, other, place, place + 1);
        }
    }

    /// Takes a letter as a Roman numeral.
    fn numeral(&mut self, roman: &'static Synonyms, place: usize, key_start: usize) {
        self.key.truncate(key_start);
        self.key.push_str(roman.words[0]);
        if roman.number == Some(1) {
            self.synonyms(roman, "i", place);
        }
    }

    /// A letter at the end of a text is a Roman numeral.
    fn last_numeral(&mut self) {
        if let Some(LastWord {
            place,
            key_start,
            roman: Some(roman),
            is_counted: false,
            ..
        }) = self.last
            && place > self.start()
            && place + 1 == self.places
        {
            self.numeral(roman, place, key_start);
        }
    }

    /// Adds the words of a number such as `21`.
    fn written_number(&mut self, word: &str, place: usize) {
        let Ok(number @ 21..=99) = word.parse::<u8>() else {
            return;
        };
        if let Some((tens, unit)) = synonyms::written(number) {
            self.push(WordKind::Also, tens, place, place);
            self.push(WordKind::Also, unit, place, place + 1);
        }
    }

    fn unspaced(&mut self, run: &str) {
        if self.places == 1 && self.has_article {
            self.key.clear();
        }
        self.key.push_str(run);
        self.last = None;
        // Parts that a mark or a space separates are typed without it too.
        if let (Some((place, before)), Some(first)) = (self.last_character, run.chars().next())
            && place == self.places
        {
            let pair = String::from_iter([before, first]);
            self.push(WordKind::Also, &pair, place - 1, place);
        }
        let mut letters = run.char_indices();
        while let Some((start, letter)) = letters.next() {
            let (end, place) = (start + letter.len_utf8(), self.places);
            self.push(WordKind::Single, &run[start..end], place, place + 1);
            if let Some((_, next)) = letters.clone().next() {
                self.push(
                    WordKind::Pair,
                    &run[start..end + next.len_utf8()],
                    place,
                    place + 1,
                );
            }
            self.places += 1;
            self.last_character = Some((self.places, letter));
        }
    }

    /// The words of a text without letters and digits are its marks: there is a film `$`.
    fn raw(&mut self, text: &str) {
        for word in text.split_whitespace() {
            let place = self.places;
            self.push(WordKind::Main, word, place, place + 1);
            self.key.push_str(word);
            self.places += 1;
        }
    }

    fn push(&mut self, kind: WordKind, word: &str, place: usize, next: usize) {
        let start = self.text.len();
        match word.len() {
            0..=limits::MAX_INDEXED_LETTERS => self.text.push_str(word),
            _ => self
                .text
                .extend(word.chars().take(limits::MAX_INDEXED_LETTERS)),
        }
        self.words.push(Span {
            start,
            end: self.text.len(),
            kind,
            place,
            next,
        });
    }
}

#[cfg(test)]
mod tests;
