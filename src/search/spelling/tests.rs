//! Tests of corrected spellings and spaces.

use super::super::interpretation::Pattern;
use super::super::known_words::{KnownWords, SimilarWord};
use super::*;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::rc::Rc;

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
    let found = query.with_another_word(&words, false).unwrap();
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
