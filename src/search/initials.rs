//! The initials of a title, such as `lotr`.

use super::letters;
use super::synonyms;
use crate::config::limits;

/// The initials of all words of a title, of the first `before` words, and of the other words, each
/// with and without a leading article and a number at the end. Sorted, and none twice.
pub(super) fn of_title(words: &[&str], before: usize) -> Vec<String> {
    let (before, after) = words.split_at(before);
    let mut initials: Vec<String> = Vec::new();
    for part in [words, before, after] {
        let has_article = part.first().is_some_and(|first| letters::is_article(first));
        for from in [0, usize::from(has_article)] {
            for with_digits in [true, false] {
                add_initials(&part[from..], with_digits, &mut initials);
            }
        }
    }
    initials.sort();
    initials.dedup();
    initials
}

/// Adds the initials of words, and of the words before a number at the end with that number and
/// without it. Other numerals are digits or letters.
fn add_initials(words: &[&str], with_digits: bool, initials: &mut Vec<String>) {
    let digits = |word: &str| {
        let same = synonyms::of(word).filter(|same| same.number.is_some() && word.len() > 1);
        same.map(|same| same.words[0])
    };
    let letters = |words: &[&str]| -> String {
        let first = |word: &&str| {
            digits(word)
                .filter(|_| with_digits)
                .unwrap_or(word)
                .chars()
                .next()
        };
        words.iter().filter_map(first).collect()
    };
    let mut add = |initials_of: String, enough: usize| {
        if (enough..=limits::MAX_INITIALS).contains(&initials_of.chars().count()) {
            initials.push(initials_of);
        }
    };
    let enough = letters::MIN_INITIALS;
    add(letters(words), enough);
    let Some((last, before)) = words.split_last() else {
        return;
    };
    let number = digits(last).unwrap_or(last);
    if number.starts_with(char::is_numeric) {
        let is_counted = before.last().is_some_and(|word| synonyms::is_counted(word));
        let named = letters(&before[..before.len() - usize::from(is_counted)]);
        add(format!("{named}{number}"), enough - 1);
        add(named, enough);
    }
}
