//! Queries: the typed text as conditions on titles.

use thiserror::Error;

use super::analysis::{Analyzed, WordKind};
use super::interpretation::{
    Interpretation, InterpretationKind, Pattern, TermMatcher, lead, penalties,
};
use super::letters;
use crate::config::limits;

/// The minimum number of letters of an incomplete word of a person's name, in a query for a movie of
/// the person.
const MIN_BEGINNING_LETTERS: usize = 3;
/// Numbers that can be a year in a query.
const FILM_YEARS: std::ops::RangeInclusive<u16> = 1870..=2199;

/// The reason for which a text is not a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum QueryTextError {
    /// The text is longer than any title.
    #[error("the words have {0} bytes, at most {max} are allowed", max = limits::MAX_QUERY_BYTES)]
    TooLong(usize),
    /// The text has more words than the limit.
    #[error("{0} words were given, at most {max} are allowed", max = limits::MAX_QUERY_WORDS)]
    TooManyWords(usize),
}

/// An analyzed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub(super) words: Vec<Token>,
    key: String,
    /// The words with the last consonant of a Hangul syllable moved to the next syllable.
    unfinished: Vec<Token>,
    /// Whether a space follows the last word.
    is_closed: bool,
}

/// One word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub text: String,
    /// Whether it may be the beginning of a longer word.
    pub is_open: bool,
}

impl Query {
    /// Analyzes a text. No character has a special meaning.
    ///
    /// # Errors
    /// The text exceeds a limit.
    pub fn new(text: &str) -> Result<Query, QueryTextError> {
        if text.len() > limits::MAX_QUERY_BYTES {
            return Err(QueryTextError::TooLong(text.len()));
        }
        let analyzed = Analyzed::new(text);
        let words = tokens(&analyzed);
        if words.len() > limits::MAX_QUERY_WORDS {
            return Err(QueryTextError::TooManyWords(words.len()));
        }
        Ok(Query {
            unfinished: unfinished(text),
            words,
            key: analyzed.key().to_owned(),
            is_closed: text.ends_with(char::is_whitespace),
        })
    }

    /// Whether the query has no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a space follows the last word, so that it is complete.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The interpretations of the query as it was typed: `alien 1979` is two words of a title, and
    /// also a film of 1979.
    pub fn interpretations(&self) -> Vec<Interpretation> {
        let mut all: Vec<_> = self
            .token_sequences()
            .iter()
            .map(TokenSequence::interpretation)
            .collect();
        if let [word] = self.words.as_slice()
            && has_initials(&word.text)
        {
            all.push(Interpretation {
                kind: InterpretationKind::Initials,
                words: vec![TermMatcher {
                    patterns: vec![Pattern::Initials(word.text.clone())],
                }],
                keys: Vec::new(),
                lead: 0,
                years: None,
                penalty: penalties::INITIALS,
                series: None,
                films: None,
            });
        }
        all
    }

    pub(super) fn token_sequences(&self) -> Vec<TokenSequence> {
        let typed = |words: &[Token], key: &str| TokenSequence {
            words: words.to_vec(),
            key: Some(key.to_owned()),
            years: None,
        };
        let mut all = vec![typed(&self.words, &self.key)];
        if !self.unfinished.is_empty() {
            all.push(typed(&self.unfinished, ""));
        }
        let year = self.words.iter().enumerate().rev().find_map(|(at, word)| {
            let year = film_year(&word.text)?;
            Some((at, year))
        });
        if let (Some((at, year)), 2..) = (year, self.words.len()) {
            all.push(self.without(at, (year, year)));
        }
        all
    }

    /// The interpretation in which the last word is the beginning of a year: `alien 197`.
    pub fn with_year_begun(&self) -> Option<Interpretation> {
        let (last, before) = self.words.split_last()?;
        let begun = last.text.parse::<u16>().ok()?;
        let missing = match last.text.len() {
            2 => 100,
            3 => 10,
            _ => return None,
        };
        let (from, to) = (begun * missing, begun * missing + missing - 1);
        let is_year = FILM_YEARS.contains(&from) || FILM_YEARS.contains(&to);
        let is_wanted = is_year && !before.is_empty();
        is_wanted.then(|| self.without(before.len(), (from, to)).interpretation())
    }

    /// The interpretation that leaves the year out, which may be wrong.
    pub(super) fn without_year(&self) -> Option<Interpretation> {
        let sequences = self.token_sequences();
        let mut sequence = sequences
            .into_iter()
            .find(|sequence| sequence.years.is_some())?;
        sequence.years = None;
        let mut interpretation = sequence.interpretation();
        interpretation.kind = InterpretationKind::FewerWords;
        interpretation.penalty = penalties::YEAR;
        Some(interpretation)
    }

    /// The first `words` words, and the others. `None` when one of the two has no word, or when
    /// parts of words overlap.
    pub fn split_at(&self, words: usize) -> Option<(Query, Query)> {
        let (first, others) = self.words.split_at_checked(words)?;
        if first.is_empty() || others.is_empty() || self.words.iter().any(Token::is_pair) {
            return None;
        }
        let text = |words: &[Token]| {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            words.join(" ")
        };
        let first = Query::new(&text(first)).ok()?;
        Some((first, Query::new(&text(others)).ok()?))
    }

    /// The query as typed, for episodes of a series.
    pub fn of_series(&self, series: i64) -> Interpretation {
        let sequence = TokenSequence {
            words: self.words.clone(),
            key: Some(self.key.clone()),
            years: None,
        };
        Interpretation {
            kind: InterpretationKind::Series,
            penalty: penalties::SERIES,
            series: Some(series),
            ..sequence.interpretation()
        }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The same query with a last word that is complete.
    pub fn complete(mut self) -> Query {
        if let Some(last) = self.words.last_mut() {
            last.is_open = false;
        }
        self.unfinished.clear();
        self
    }

    /// Whether the last word is too short to limit the answers.
    pub fn ends_with_few_letters(&self) -> bool {
        let last = self.words.last();
        last.is_some_and(|last| last.is_open && last.text.chars().count() < MIN_BEGINNING_LETTERS)
    }

    /// Whether the query can be the name of a person and nothing else. One word can be the beginning
    /// of many names.
    pub fn can_be_a_person(&self) -> bool {
        match self.words.as_slice() {
            [word] => word.text.chars().count() > MIN_BEGINNING_LETTERS,
            _ => !self.ends_with_few_letters(),
        }
    }

    /// The query as typed, for movies of a person. A year alone is a year of release too.
    pub fn of_person(&self) -> Vec<Interpretation> {
        let mut sequences = self.token_sequences();
        if let [word] = self.words.as_slice()
            && let Some(year) = film_year(&word.text)
        {
            sequences.push(self.without(0, (year, year)));
        }
        let of_person = |sequence: &TokenSequence| Interpretation {
            kind: InterpretationKind::Person,
            penalty: penalties::PERSON,
            ..sequence.interpretation()
        };
        sequences.iter().map(of_person).collect()
    }

    /// All words except that one, of films of these years.
    fn without(&self, at: usize, years: (u16, u16)) -> TokenSequence {
        let mut words = self.words.clone();
        words.remove(at);
        TokenSequence {
            words,
            key: None,
            years: Some(years),
        }
    }
}

/// The words of an analyzed query.
fn tokens(analyzed: &Analyzed) -> Vec<Token> {
    let mut words = Vec::new();
    let mut found = analyzed
        .words()
        .filter(|word| word.kind != WordKind::Also)
        .peekable();
    let mut in_pair = false;
    while let Some(word) = found.next() {
        let pair_follows = found.peek().is_some_and(|next| next.kind == WordKind::Pair);
        // The pairs around a character already contain it.
        if word.kind == WordKind::Single && (pair_follows || in_pair) {
            in_pair = pair_follows;
            continue;
        }
        in_pair = word.kind == WordKind::Pair;
        words.push(Token {
            text: word.text.to_owned(),
            is_open: false,
        });
    }
    if let Some(last) = words.last_mut() {
        last.is_open = true;
    }
    words
}

/// The words of a query whose last Hangul syllable ends with a consonant that may begin the next
/// one. Empty for other queries.
fn unfinished(text: &str) -> Vec<Token> {
    let text = text.trim_end();
    let last = text.chars().next_back();
    let Some((last, moved)) =
        last.and_then(|last| Some((last, letters::without_last_consonant(last)?)))
    else {
        return Vec::new();
    };
    let text = &text[..text.len() - last.len_utf8()];
    tokens(&Analyzed::new(&format!("{text}{}{}", moved[0], moved[1])))
}

/// Whether a word may be the initials of a title.
pub(super) fn has_initials(word: &str) -> bool {
    let is_numbered = word.ends_with(|letter: char| letter.is_ascii_digit());
    let enough = letters::MIN_INITIALS - usize::from(is_numbered);
    (enough..=limits::MAX_INITIALS).contains(&word.len())
        && word.starts_with(|letter: char| letter.is_ascii_lowercase())
        && word.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

/// The words of a query in one of its meanings.
#[derive(Clone, Debug)]
pub(super) struct TokenSequence {
    pub words: Vec<Token>,
    /// The key of the whole text, if it differs from that of the words.
    pub key: Option<String>,
    pub years: Option<(u16, u16)>,
}

impl TokenSequence {
    /// The conditions on titles in this meaning.
    pub fn interpretation(&self) -> Interpretation {
        let words = &self.words;
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let key = match &self.key {
            Some(key) => key.clone(),
            // Pairs of characters overlap, so their concatenation is not a title.
            None if words.iter().any(Token::is_pair) => String::new(),
            None => Analyzed::new(&text.join(" ")).key().to_owned(),
        };
        let matchers: Vec<TermMatcher> = words.iter().map(Token::matcher).collect();
        let mut keys: Vec<String> = Some(key)
            .filter(|key| !key.is_empty())
            .into_iter()
            .collect();
        // An article that is glued to the title is not part of its key.
        if let ([word], None) = (words.as_slice(), self.years) {
            let glued = ["the", "a", "an"]
                .into_iter()
                .filter_map(|article| word.text.strip_prefix(article));
            keys.extend(glued.filter(|rest| rest.len() > 2).map(str::to_owned));
        }
        Interpretation {
            kind: match self.years {
                Some(_) => InterpretationKind::Year,
                None => InterpretationKind::Typed,
            },
            lead: lead(&matchers),
            words: matchers,
            keys,
            years: self.years,
            penalty: 0,
            series: None,
            films: None,
        }
    }
}

impl Token {
    pub fn is_pair(&self) -> bool {
        self.text.contains(letters::is_unspaced)
    }

    /// The same with other letters.
    pub fn with_text(&self, text: &str) -> Token {
        Token {
            text: text.to_owned(),
            is_open: self.is_open,
        }
    }

    pub fn matcher(&self) -> TermMatcher {
        TermMatcher {
            patterns: vec![self.pattern()],
        }
    }

    pub fn pattern(&self) -> Pattern {
        let text = self.text.clone();
        if !self.is_open {
            return Pattern::Word(text);
        }
        let last = text.chars().next_back();
        match last.filter(|last| letters::is_unspaced(*last)) {
            None => Pattern::Prefix(text),
            Some(last) => match letters::syllables_from(last) {
                None => Pattern::Word(text),
                Some((first, end)) => {
                    let before = &text[..text.len() - last.len_utf8()];
                    Pattern::Range(format!("{before}{first}"), format!("{before}{end}"))
                }
            },
        }
    }
}

/// The year that a word may be.
pub(super) fn film_year(word: &str) -> Option<u16> {
    let year = word.parse().ok()?;
    (word.len() == 4 && FILM_YEARS.contains(&year)).then_some(year)
}

#[cfg(test)]
mod tests;
