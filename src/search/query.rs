//! What was typed, as what a title has to have.

use thiserror::Error;

use super::letters;
use super::{Folded, Kind};
use crate::config::limits;

/// Years that are taken for the year of a film where they stand in a query.
const FILM_YEARS: std::ops::RangeInclusive<u16> = 1870..=2199;

/// A way to understand a query: every one of the words, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the title or the original title has to have. None of them: any title.
    pub words: Vec<Wanted>,
    /// The [key](Folded::key) of the titles that are exactly what was typed.
    pub keys: Vec<String>,
    /// Which of the words a better title begins with.
    pub lead: usize,
    /// The years that were typed among the words, the first and the last.
    pub years: Option<(u16, u16)>,
}

/// One word that a title has to have, in any of these forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The forms; usually one.
    pub forms: Vec<Form>,
}

/// How a word of a title has to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// It is this word.
    Word(String),
    /// It begins with this.
    Prefix(String),
}

/// Why there is no answer to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
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
    words: Vec<Typed>,
    key: String,
}

/// One word as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub text: String,
    /// Whether it may be the beginning of a longer word.
    pub is_open: bool,
}

impl Query {
    /// Takes what was typed apart. No character has a meaning of its own.
    ///
    /// # Errors
    /// More than the bounds allow.
    pub fn new(text: &str) -> Result<Query, QueryError> {
        if text.len() > limits::MAX_QUERY_BYTES {
            return Err(QueryError::TooLong(text.len()));
        }
        let folded = Folded::new(text);
        let mut words = Vec::new();
        let mut found = folded
            .words()
            .filter(|word| word.kind != Kind::Also)
            .peekable();
        let mut in_pair = false;
        while let Some(word) = found.next() {
            let pair_follows = found.peek().is_some_and(|next| next.kind == Kind::Pair);
            // A character alone says nothing that the pairs around it don't.
            if word.kind == Kind::Single && (pair_follows || in_pair) {
                in_pair = pair_follows;
                continue;
            }
            in_pair = word.kind == Kind::Pair;
            words.push(Typed {
                text: word.text.to_owned(),
                is_open: word.kind == Kind::Main && found.peek().is_none(),
            });
        }
        if words.len() > limits::MAX_QUERY_WORDS {
            return Err(QueryError::TooManyWords(words.len()));
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
    pub fn readings(&self) -> Vec<Reading> {
        let all = self.understandings();
        all.iter().map(Understanding::reading).collect()
    }

    pub(super) fn understandings(&self) -> Vec<Understanding> {
        let mut all = vec![Understanding {
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

    /// The reading in which the last word is the beginning of a year: `alien 197`.
    pub fn with_year_begun(&self) -> Option<Reading> {
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
        is_wanted.then(|| self.without(before.len(), (from, to)).reading())
    }

    /// All words but that one, of these years.
    fn without(&self, at: usize, years: (u16, u16)) -> Understanding {
        let mut words = self.words.clone();
        words.remove(at);
        Understanding {
            words,
            key: None,
            years: Some(years),
        }
    }
}

/// The words in one sense of them.
#[derive(Clone, Debug)]
pub(super) struct Understanding {
    pub words: Vec<Typed>,
    /// The key of the whole, where it is not that of the words.
    pub key: Option<String>,
    pub years: Option<(u16, u16)>,
}

impl Understanding {
    /// What titles have to have in this sense.
    pub fn reading(&self) -> Reading {
        let words = &self.words;
        let is_article = |word: &Typed| letters::is_article(&word.text);
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let key = match &self.key {
            Some(key) => key.clone(),
            // Pairs of characters overlap, so that together they are no title.
            None if words.iter().any(Typed::is_pair) => String::new(),
            None => Folded::new(&text.join(" ")).key().to_owned(),
        };
        let wanted = |word: &Typed| Wanted {
            forms: vec![word.form()],
        };
        Reading {
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

impl Typed {
    fn is_pair(&self) -> bool {
        self.text.contains(letters::is_unspaced)
    }

    pub fn form(&self) -> Form {
        let text = self.text.clone();
        match self.is_open {
            true => Form::Prefix(text),
            false => Form::Word(text),
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

    /// A reading as `word word prefix* (key) from-to`.
    fn show(reading: &Reading) -> String {
        let words: Vec<String> = reading
            .words
            .iter()
            .flat_map(|wanted| &wanted.forms)
            .map(|form| match form {
                Form::Word(word) => word.clone(),
                Form::Prefix(prefix) => format!("{prefix}*"),
            })
            .collect();
        let mut text = format!("{} ({})", words.join(" "), reading.keys.join(","));
        if let Some((from, to)) = reading.years {
            text += &format!(" {from}-{to}");
        }
        text
    }

    fn readings(text: &str) -> Vec<String> {
        Query::new(text)
            .unwrap()
            .readings()
            .iter()
            .map(show)
            .collect()
    }

    #[test]
    fn the_last_word_is_a_beginning() {
        assert_eq!(readings("The Godf"), ["the godf* (godf)"]);
        assert_eq!(
            readings("schindler's list"),
            ["schindlers list* (schindlerslist)"]
        );
        assert_eq!(readings("spider-m"), ["spider m* (spiderm)"]);
        assert_eq!(readings("七人の侍"), ["七人 人の の侍 (七人の侍)"]);
        assert_eq!(readings("侍"), ["侍 (侍)"]);
        assert_eq!(readings("侍 x 千と"), ["侍 x 千と (侍x千と)"]);
        assert_eq!(readings(""), [" ()"]);
    }

    #[test]
    fn a_year_is_a_word_and_a_year() {
        assert_eq!(
            readings("alien 1979"),
            ["alien 1979* (alien1979)", "alien (alien) 1979-1979"]
        );
        assert_eq!(
            readings("1979 alie"),
            ["1979 alie* (1979alie)", "alie* (alie) 1979-1979"]
        );
        assert_eq!(readings("1917"), ["1917* (1917)"]);
        assert_eq!(readings("apollo 13").len(), 1);
        assert_eq!(readings("2001 a space odyssey 1968").len(), 2);
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
        let lead = |text: &str| Query::new(text).unwrap().readings()[0].lead;
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
        assert_eq!(readings("***"), ["**** (***)"]);
    }

    #[test]
    fn the_bounds_are_kept() {
        assert!(Query::new(&"a ".repeat(limits::MAX_QUERY_WORDS)).is_ok());
        assert_eq!(
            Query::new(&"a ".repeat(limits::MAX_QUERY_WORDS + 1)),
            Err(QueryError::TooManyWords(limits::MAX_QUERY_WORDS + 1))
        );
        assert!(Query::new(&"a".repeat(limits::MAX_QUERY_BYTES)).is_ok());
        assert_eq!(
            Query::new(&"a".repeat(limits::MAX_QUERY_BYTES + 1)),
            Err(QueryError::TooLong(limits::MAX_QUERY_BYTES + 1))
        );
    }
}
