//! Titles of MovieLens: title, alternative titles and year in one text.

use super::titles::{last_brackets, split_year};
use crate::movie::Released;

/// The parts of `City of Lost Children, The (Cité des enfants perdus, La) (1995)`.
#[derive(Debug, PartialEq)]
pub(crate) struct MovieLensTitle<'a> {
    pub main: &'a str,
    /// The last title in brackets that is not an `a.k.a.`: MovieLens puts the
    /// original one there.
    pub original: Option<&'a str>,
    pub year: Option<Released>,
}

impl<'a> MovieLensTitle<'a> {
    pub fn parse(text: &'a str) -> MovieLensTitle<'a> {
        let mut title = MovieLensTitle {
            main: text,
            original: None,
            year: None,
        };
        if let Some((rest, year)) = split_year(text) {
            title.main = rest;
            title.year = Some(year);
        }
        while let Some((rest, inside)) = last_brackets(title.main) {
            if belongs_to_the_title(inside) {
                break;
            }
            title.main = rest;
            if !is_also_known_as(inside) {
                title.original.get_or_insert(inside);
            }
        }
        title
    }
}

/// `1-900 (06)` has a number in brackets; `Bon Voyage, Charlie Brown (and Don't
/// Come Back!)` continues in them.
fn belongs_to_the_title(inside: &str) -> bool {
    let goes_on = ["and ", "or "].iter().any(|word| begins_with(inside, word));
    goes_on || inside.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_also_known_as(inside: &str) -> bool {
    ["a.k.a.", "aka "]
        .iter()
        .any(|word| begins_with(inside, word))
}

fn begins_with(text: &str, word: &str) -> bool {
    let start = text.as_bytes().get(..word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, main: &str, original: Option<&str>, year: Option<&str>) {
        let expected = MovieLensTitle {
            main,
            original,
            year: year.map(|year| year.parse().unwrap()),
        };
        assert_eq!(MovieLensTitle::parse(text), expected, "{text:?}");
    }

    #[test]
    fn a_title_is_taken_apart() {
        check("Vow, The (2012)", "Vow, The", None, Some("2012"));
        check(
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "City of Lost Children, The",
            Some("Cité des enfants perdus, La"),
            Some("1995"),
        );
        check(
            "Léon: The Professional (a.k.a. The Professional) (Léon) (1994)",
            "Léon: The Professional",
            Some("Léon"),
            Some("1994"),
        );
        check("Seven (a.k.a. Se7en) (1995)", "Seven", None, Some("1995"));
        check(
            "European Vacation (aka National Lampoon's European Vacation) (1985)",
            "European Vacation",
            None,
            Some("1985"),
        );
        check(
            "To Have, or Not (En avoir (ou pas)) (1995)",
            "To Have, or Not",
            Some("En avoir (ou pas)"),
            Some("1995"),
        );
    }

    #[test]
    fn brackets_that_belong_to_the_title_stay() {
        check(
            "(500) Days of Summer (2009)",
            "(500) Days of Summer",
            None,
            Some("2009"),
        );
        check("1-900 (06) (1994)", "1-900 (06)", None, Some("1994"));
        check("Frontière(s) (2007)", "Frontière(s)", None, Some("2007"));
        check(
            "Bon Voyage, Charlie Brown (and Don't Come Back!) (1980)",
            "Bon Voyage, Charlie Brown (and Don't Come Back!)",
            None,
            Some("1980"),
        );
    }

    #[test]
    fn years_may_be_missing_or_odd() {
        check(
            "Fawlty Towers (1975-1979)",
            "Fawlty Towers",
            None,
            Some("1975"),
        );
        check("Death Note (2006–2007)", "Death Note", None, Some("2006"));
        check(
            "Diplomatic Immunity (2009– )",
            "Diplomatic Immunity",
            None,
            Some("2009"),
        );
        check(
            "Big Bang Theory, The (2007-)",
            "Big Bang Theory, The",
            None,
            Some("2007"),
        );
        check("Babylon 5", "Babylon 5", None, None);
        check("1984 (1984)", "1984", None, Some("1984"));
        check("(1994)", "(1994)", None, None);
        check("Paterson (0000)", "Paterson (0000)", None, None);
        check("Half (1994", "Half (1994", None, None);
        check("Half 1994)", "Half 1994)", None, None);
        check(") (", ") (", None, None);
    }
}
