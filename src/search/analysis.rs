//! Texts as the words that people type: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::letters;

/// Raised whenever the same text would give other words than before: an index
/// that was made with other words has to be made anew.
pub const ANALYZER_VERSION: i64 = 2;

/// Letters that count of one word. What is behind them can neither be found nor missed.
const MAX_WORD_LETTERS: usize = 40;
/// Parts of `s.h.i.e.l.d` that are also taken as one word.
const MAX_JOINED_PARTS: usize = 12;

/// What a word is to the text that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// One of the words that together are the text.
    Main,
    /// Another way to type one of them, or several of them together.
    Also,
    /// A character of a script without spaces.
    Single,
    /// Two such characters that follow each other.
    Pair,
}

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// What it is.
    pub kind: WordKind,
    /// Whether the text begins with it, a leading article aside.
    pub at_start: bool,
}

/// A text taken apart. One of these can be used for text after text.
///
/// - `Amélie` is the word `amelie`, and so are `AMELIE` and `Ａｍéｌｉｅ`.
/// - `Schindler's` is `schindlers`, and also `schindler` and `s`.
/// - `Spider-Man` is `spider` and `man`, and also `spiderman`.
/// - `Rocky II` is `rocky` and `ii`, and also `2` and `two`.
/// - `七人の侍` is every character of it and every two that follow each other.
#[derive(Clone, Debug, Default)]
pub struct Analyzed {
    /// The letters, with a mark for what stood between them.
    letters: String,
    /// The words one behind the other.
    text: String,
    words: Vec<Span>,
    key: String,
    /// How many places there are until now.
    places: usize,
    /// Whether the text begins with an article.
    has_article: bool,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    kind: WordKind,
    place: usize,
}

/// Pieces as one word, whose marks are in the order in which they are typed as one.
fn joined<'p>(pieces: impl Iterator<Item = &'p str>) -> String {
    let joined: String = pieces.collect();
    match joined.is_ascii() {
        true => joined,
        false => joined.nfc().collect(),
    }
}

/// What [`Analyzed::letters`] has between letters: space, apostrophe, ampersand, anything else.
const SPACE: char = ' ';
const APOSTROPHE: char = '\'';
const AMPERSAND: char = '&';
const MARK: char = '-';

impl Analyzed {
    /// Takes a text apart.
    pub fn new(text: &str) -> Analyzed {
        let mut folded = Analyzed::default();
        folded.analyze(text);
        folded
    }

    /// Takes another text apart, in the same memory.
    pub fn analyze(&mut self, text: &str) {
        self.text.clear();
        self.words.clear();
        self.key.clear();
        self.places = 0;
        self.has_article = false;
        let mut letters = std::mem::take(&mut self.letters);
        letters.clear();
        fold_letters(text, &mut letters);
        for chunk in letters.split(SPACE) {
            self.chunk(chunk);
        }
        if !self.words.iter().any(|span| span.kind != WordKind::Also) {
            self.raw(text);
        }
        self.letters = letters;
    }

    /// The words, in the order of the text.
    pub fn words(&self) -> impl Iterator<Item = Word<'_>> {
        let lead = usize::from(self.has_article && self.places > 1);
        self.words.iter().map(move |span| Word {
            text: &self.text[span.start..span.end],
            kind: span.kind,
            at_start: span.place <= lead,
        })
    }

    /// All letters of the text without a leading article. Two titles with the
    /// same key are the same title, however it is written.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stands between two spaces.
    fn chunk(&mut self, chunk: &str) {
        if chunk == "&" {
            self.push(WordKind::Also, "and");
            self.key.push_str("and");
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
        if (2..=MAX_JOINED_PARTS).contains(&number) && !chunk.contains(letters::is_unspaced) {
            let joined = joined(chunk.split([MARK, AMPERSAND, APOSTROPHE]));
            self.push_at(WordKind::Also, &joined, first);
        }
    }

    /// Pieces between apostrophes, which are one word without them.
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
        if pieces().count() <= MAX_JOINED_PARTS {
            for piece in pieces().filter(|piece| !piece.contains(letters::is_unspaced)) {
                self.push_at(WordKind::Also, piece, place);
            }
        }
    }

    /// A word, or characters of a script without spaces, or both.
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
            let (run, behind) = rest.split_at(end);
            rest = behind;
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
        self.push(WordKind::Main, word);
        self.places += 1;
        if place == 1 && self.has_article {
            self.key.clear();
        }
        self.has_article |= is_article;
        self.key.push_str(word);
        for other in letters::other_numerals(word) {
            self.push_at(WordKind::Also, other, place);
        }
    }

    fn unspaced(&mut self, run: &str) {
        if self.places == 1 && self.has_article {
            self.key.clear();
        }
        self.key.push_str(run);
        let mut letters = run.char_indices();
        while let Some((start, letter)) = letters.next() {
            let end = start + letter.len_utf8();
            self.push(WordKind::Single, &run[start..end]);
            if let Some(next) = letters.clone().next() {
                self.push(WordKind::Pair, &run[start..end + next.1.len_utf8()]);
            }
            self.places += 1;
        }
    }

    /// A text without any letter or digit has its marks for words: there is a film `$`.
    fn raw(&mut self, text: &str) {
        for word in text.split_whitespace() {
            let place = self.places;
            self.push_at(WordKind::Main, word, place);
            self.key.push_str(word);
            self.places += 1;
        }
    }

    fn push(&mut self, kind: WordKind, word: &str) {
        self.push_at(kind, word, self.places);
    }

    fn push_at(&mut self, kind: WordKind, word: &str, place: usize) {
        let start = self.text.len();
        match word.len() {
            0..=MAX_WORD_LETTERS => self.text.push_str(word),
            _ => self.text.extend(word.chars().take(MAX_WORD_LETTERS)),
        }
        self.words.push(Span {
            start,
            end: self.text.len(),
            kind,
            place,
        });
    }
}

/// Appends the letters of a text as people type them, and one mark for each
/// other character.
fn fold_letters(text: &str, letters: &mut String) {
    if text.is_ascii() {
        return letters.extend(text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' => char::from(byte),
            b'A'..=b'Z' => char::from(byte.to_ascii_lowercase()),
            b' ' | b'\t'..=b'\r' => SPACE,
            b'\'' | b'`' => APOSTROPHE,
            b'&' | b'+' => AMPERSAND,
            _ => MARK,
        }));
    }
    let prepared = text.chars().flat_map(|letter| {
        let apart = letters::stands_apart(letter).then_some(SPACE);
        let letter = match letters::is_apostrophe(letter) {
            true => APOSTROPHE,
            false => letter,
        };
        apart.into_iter().chain([letter])
    });
    let folded = prepared
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|letter| !letters::is_left_out(*letter))
        .nfc();
    for letter in folded {
        if let Some(typed) = letters::typed_as(letter) {
            letters.push_str(typed);
        } else {
            letters.push(match letter {
                // The one of `ŉ`, which is a letter of its own otherwise.
                letter if letters::is_apostrophe(letter) => APOSTROPHE,
                letter if letter.is_alphanumeric() || is_combining_mark(letter) => {
                    letters::as_hiragana(letter)
                }
                letter if letter.is_whitespace() => SPACE,
                APOSTROPHE | AMPERSAND => letter,
                '+' => AMPERSAND,
                _ => MARK,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str, kinds: &[WordKind]) -> Vec<String> {
        let folded = Analyzed::new(text);
        let words = folded.words().filter(|word| kinds.contains(&word.kind));
        words.map(|word| word.text.to_owned()).collect()
    }

    fn main(text: &str) -> String {
        of(text, &[WordKind::Main]).join(" ")
    }

    fn also(text: &str) -> String {
        of(text, &[WordKind::Also]).join(" ")
    }

    fn key(text: &str) -> String {
        Analyzed::new(text).key().to_owned()
    }

    #[test]
    fn case_accents_and_widths_do_not_count() {
        for (text, words) in [
            ("Amélie", "amelie"),
            ("Ｇｏｄｆａｔｈｅｒ", "godfather"),
            ("Le fabuleux destin d'Amélie", "le fabuleux destin damelie"),
            ("Ødipus på Strøget", "odipus pa stroget"),
            ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
            ("Die große Stille", "die grosse stille"),
            ("DIE GROẞE STILLE", "die grosse stille"),
            ("Æon Flux, Œuvre", "aeon flux oeuvre"),
            ("İstanbul'da ılık", "istanbulda ilik"),
            ("Þór", "thor"),
            ("Ёлки", "елки"),
            ("БРАТ", "брат"),
            ("Ο Θίασος", "ο θιασοσ"),
            ("ﬁnal ﬂight", "final flight"),
            ("e\u{301}te\u{301}", "ete"),
        ] {
            assert_eq!(main(text), words, "{text}");
        }
    }

    #[test]
    fn punctuation_stands_between_words_and_apostrophes_inside() {
        for (text, words, others) in [
            ("Schindler's List", "schindlers list", "schindler s"),
            ("Ocean’s Eleven", "oceans eleven", "ocean s 11 xi"),
            (
                "Spider-Man: No Way Home",
                "spider man no way home",
                "spiderman",
            ),
            (
                "E.T. the Extra-Terrestrial",
                "e t the extra terrestrial",
                "et extraterrestrial",
            ),
            ("M*A*S*H", "m a s h", "mash"),
            ("WALL·E", "wall e", "walle"),
            ("Rock 'n' Roll", "rock n roll", ""),
            ("L'Avventura", "lavventura", "l avventura"),
            ("Fast & Furious", "fast furious", "and"),
            ("Romeo + Juliet", "romeo juliet", "and"),
            ("Rocky II", "rocky ii", "2 two"),
            ("8½", "8 1 2", "viii eight one ii two 12"),
            ("Alien³", "alien 3", "iii three"),
            ("9/11", "9 11", "ix nine xi eleven 911"),
        ] {
            assert_eq!(
                (main(text), also(text)),
                (words.into(), others.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn scripts_without_spaces_are_taken_by_one_and_two_characters() {
        assert_eq!(
            of("七人の侍", &[WordKind::Single]),
            ["七", "人", "の", "侍"]
        );
        assert_eq!(of("七人の侍", &[WordKind::Pair]), ["七人", "人の", "の侍"]);
        assert_eq!(of("기생충", &[WordKind::Pair]), ["기생", "생충"]);
        assert_eq!(
            of("ドラゴンボールZ", &[WordKind::Pair])[..2],
            ["どら", "らご"]
        );
        assert_eq!(main("ドラゴンボールZ"), "z");
        assert_eq!(of("ﾄﾞﾗｺﾞﾝ", &[WordKind::Pair]), ["どら", "らご", "ごん"]);
    }

    #[test]
    fn the_key_is_the_title_however_it_is_written() {
        for (one, other) in [
            ("Spider-Man", "spiderman"),
            ("E.T.", "ET"),
            ("The Godfather", "godfather"),
            ("Fast & Furious", "fast and furious"),
            ("Schindler's List", "schindlers list"),
            ("八½", "八 1/2"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_eq!(key("The"), "the");
        assert_eq!(key("The 千"), "千");
        assert_ne!(key("Aliens"), key("Alien"));
    }

    #[test]
    fn a_title_begins_behind_its_article() {
        let at_start = |text: &str| {
            let folded = Analyzed::new(text);
            let words = folded.words().filter(|word| word.at_start);
            words.map(|word| word.text.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(at_start("The Dark Knight"), ["the", "dark"]);
        assert_eq!(at_start("Dark Star"), ["dark"]);
        assert_eq!(at_start("The"), ["the"]);
        assert_eq!(at_start("千と"), ["千", "千と"]);
    }

    #[test]
    fn a_text_of_marks_alone_is_its_marks() {
        assert_eq!(main("$"), "$");
        assert_eq!(main("*** !"), "*** !");
        assert_eq!(main("&"), "&");
        assert_eq!(main("$ dollar"), "dollar");
        assert_eq!(main(" \t"), "");
    }

    /// An apostrophe keeps two marks apart that stand in another order without it.
    #[test]
    fn letters_that_come_together_are_in_their_usual_order() {
        assert_eq!(main("\u{10d24}'\u{16ff0}"), "\u{16ff0}\u{10d24}");
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(main(&"ä".repeat(300)).len(), MAX_WORD_LETTERS);
        assert_eq!(main(&"ж".repeat(300)).chars().count(), MAX_WORD_LETTERS);
    }

    proptest! {
        /// Folding what was folded changes nothing, and nothing makes it fail.
        #[test]
        fn folded_words_stay_as_they_are(text in "\\PC{0,40}") {
            let words = of(&text, &[WordKind::Main]);
            let again = of(&words.join(" "), &[WordKind::Main]);
            if key(&text).chars().any(char::is_alphanumeric) {
                prop_assert_eq!(words, again);
            }
        }
    }
}
