//! What was typed, as what a title has to have.

use thiserror::Error;

use super::analysis::{Analyzed, WordKind};
use super::letters;
use crate::config::limits;

/// Years that are taken for the year of a film where they stand in a query.
const FILM_YEARS: std::ops::RangeInclusive<u16> = 1870..=2199;

/// A way to understand a query: every one of the words, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpretation {
    /// What the title or the original title has to have. None of them: any title.
    pub words: Vec<TermMatcher>,
    /// The [key](Analyzed::key) of the titles that are exactly what was typed.
    pub keys: Vec<String>,
    /// Which of the words a better title begins with.
    pub lead: usize,
    /// The years that were typed among the words, the first and the last.
    pub years: Option<(u16, u16)>,
}

/// One word that a title has to have, in any of these patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermMatcher {
    /// The patterns; usually one.
    pub patterns: Vec<Pattern>,
}

/// How a word of a title has to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// It is this word.
    Word(String),
    /// It begins with this.
    Prefix(String),
}

/// Why there is no answer to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum QueryTextError {
    /// Longer than any title.
    #[error("the words have {0} bytes, at most {max} are allowed", max = limits::MAX_QUERY_BYTES)]
    TooLong(usize),
    /// More words than the bound.
    #[error("{0} words were given, at most {max} are allowed", max = limits::MAX_QUERY_WORDS)]
    TooManyWords(usize),
}

/// What was typed, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    words: Vec<Token>,
    key: String,
}

/// One word as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub text: String,
    /// Whether it may be the beginning of a longer word.
    pub is_open: bool,
}

impl Query {
    /// Takes what was typed apart. No character has a meaning of its own.
    ///
    /// # Errors
    /// More than the bounds allow.
    pub fn new(text: &str) -> Result<Query, QueryTextError> {
        if text.len() > limits::MAX_QUERY_BYTES {
            return Err(QueryTextError::TooLong(text.len()));
        }
        let folded = Analyzed::new(text);
        let mut words = Vec::new();
        let mut found = folded
            .words()
            .filter(|word| word.kind != WordKind::Also)
            .peekable();
        let mut in_pair = false;
        while let Some(word) = found.next() {
            let pair_follows = found.peek().is_some_and(|next| next.kind == WordKind::Pair);
            // A character alone says nothing that the pairs around it don't.
            if word.kind == WordKind::Single && (pair_follows || in_pair) {
                in_pair = pair_follows;
                continue;
            }
            in_pair = word.kind == WordKind::Pair;
            words.push(Token {
                text: word.text.to_owned(),
                is_open: word.kind == WordKind::Main && found.peek().is_none(),
            });
        }
        if words.len() > limits::MAX_QUERY_WORDS {
            return Err(QueryTextError::TooManyWords(words.len()));
        }
        Ok(Query {
            words,
            key: folded.key().to_owned(),
        })
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The ways to understand it, each as good as the other: `alien 1979` is
    /// two words of a title, and also a film of 1979.
    pub fn interpretations(&self) -> Vec<Interpretation> {
        let all = self.token_sequences();
        all.iter().map(TokenSequence::interpretation).collect()
    }

    pub(super) fn token_sequences(&self) -> Vec<TokenSequence> {
        let mut all = vec![TokenSequence {
            words: self.words.clone(),
            key: Some(self.key.clone()),
            years: None,
        }];
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

    /// All words but that one, of these years.
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

/// The words in one sense of them.
#[derive(Clone, Debug)]
pub(super) struct TokenSequence {
    pub words: Vec<Token>,
    /// The key of the whole, where it is not that of the words.
    pub key: Option<String>,
    pub years: Option<(u16, u16)>,
}

impl TokenSequence {
    /// What titles have to have in this sense.
    pub fn interpretation(&self) -> Interpretation {
        let words = &self.words;
        let is_article = |word: &Token| letters::is_article(&word.text);
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let key = match &self.key {
            Some(key) => key.clone(),
            // Pairs of characters overlap, so that together they are no title.
            None if words.iter().any(Token::is_pair) => String::new(),
            None => Analyzed::new(&text.join(" ")).key().to_owned(),
        };
        let wanted = |word: &Token| TermMatcher {
            patterns: vec![word.pattern()],
        };
        Interpretation {
            lead: usize::from(words.len() > 1 && is_article(&words[0])),
            words: words.iter().map(wanted).collect(),
            keys: Some(key)
                .filter(|key| !key.is_empty())
                .into_iter()
                .collect(),
            years: self.years,
        }
    }
}

impl Token {
    fn is_pair(&self) -> bool {
        self.text.contains(letters::is_unspaced)
    }

    pub fn pattern(&self) -> Pattern {
        let text = self.text.clone();
        match self.is_open {
            true => Pattern::Prefix(text),
            false => Pattern::Word(text),
        }
    }
}

fn film_year(word: &str) -> Option<u16> {
    let year = word.parse().ok()?;
    (word.len() == 4 && FILM_YEARS.contains(&year)).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A interpretation as `word word prefix* (key) from-to`.
    fn show(interpretation: &Interpretation) -> String {
        let words: Vec<String> = interpretation
            .words
            .iter()
            .flat_map(|wanted| &wanted.patterns)
            .map(|pattern| match pattern {
                Pattern::Word(word) => word.clone(),
                Pattern::Prefix(prefix) => format!("{prefix}*"),
            })
            .collect();
        let mut text = format!("{} ({})", words.join(" "), interpretation.keys.join(","));
        if let Some((from, to)) = interpretation.years {
            text += &format!(" {from}-{to}");
        }
        text
    }

    fn interpretations(text: &str) -> Vec<String> {
        Query::new(text)
            .unwrap()
            .interpretations()
            .iter()
            .map(show)
            .collect()
    }

    #[test]
    fn the_last_word_is_a_beginning() {
        assert_eq!(interpretations("The Godf"), ["the godf* (godf)"]);
        assert_eq!(
            interpretations("schindler's list"),
            ["schindlers list* (schindlerslist)"]
        );
        assert_eq!(interpretations("spider-m"), ["spider m* (spiderm)"]);
        assert_eq!(interpretations("七人の侍"), ["七人 人の の侍 (七人の侍)"]);
        assert_eq!(interpretations("侍"), ["侍 (侍)"]);
        assert_eq!(interpretations("侍 x 千と"), ["侍 x 千と (侍x千と)"]);
        assert_eq!(interpretations(""), [" ()"]);
    }

    #[test]
    fn a_year_is_a_word_and_a_year() {
        assert_eq!(
            interpretations("alien 1979"),
            ["alien 1979* (alien1979)", "alien (alien) 1979-1979"]
        );
        assert_eq!(
            interpretations("1979 alie"),
            ["1979 alie* (1979alie)", "alie* (alie) 1979-1979"]
        );
        assert_eq!(interpretations("1917"), ["1917* (1917)"]);
        assert_eq!(interpretations("apollo 13").len(), 1);
        assert_eq!(interpretations("2001 a space odyssey 1968").len(), 2);
        let begun = |text: &str| Query::new(text).unwrap().with_year_begun();
        assert_eq!(
            show(&begun("alien 197").unwrap()),
            "alien (alien) 1970-1979"
        );
        assert_eq!(show(&begun("alien 20").unwrap()), "alien (alien) 2000-2099");
        for text in ["alien 3", "300", "area 51", "alien 1979", "alien"] {
            assert_eq!(begun(text), None, "{text}");
        }
    }

    #[test]
    fn a_title_leads_behind_the_article_of_the_query() {
        let lead = |text: &str| Query::new(text).unwrap().interpretations()[0].lead;
        assert_eq!([lead("the godf"), lead("godf"), lead("the")], [1, 0, 0]);
    }

    #[test]
    fn nothing_has_a_meaning_of_its_own() {
        for text in ["\"a\" AND *", "a:b -c", "NEAR(a, b)", "a* OR %_", "'; DROP"] {
            let query = Query::new(text).unwrap();
            assert!(
                query
                    .words
                    .iter()
                    .all(|word| word.text.chars().all(char::is_alphanumeric))
            );
        }
        assert_eq!(interpretations("***"), ["**** (***)"]);
    }

    #[test]
    fn the_bounds_are_kept() {
        assert!(Query::new(&"a ".repeat(limits::MAX_QUERY_WORDS)).is_ok());
        assert_eq!(
            Query::new(&"a ".repeat(limits::MAX_QUERY_WORDS + 1)),
            Err(QueryTextError::TooManyWords(limits::MAX_QUERY_WORDS + 1))
        );
        assert!(Query::new(&"a".repeat(limits::MAX_QUERY_BYTES)).is_ok());
        assert_eq!(
            Query::new(&"a".repeat(limits::MAX_QUERY_BYTES + 1)),
            Err(QueryTextError::TooLong(limits::MAX_QUERY_BYTES + 1))
        );
    }
}
