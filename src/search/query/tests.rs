//! Tests of what a typed text means.

use super::*;

/// An interpretation as `word word prefix* (key) from-to`.
fn show(interpretation: &Interpretation) -> String {
    let words: Vec<String> = interpretation
        .words
        .iter()
        .flat_map(|wanted| &wanted.patterns)
        .map(Pattern::to_string)
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
fn the_word_after_the_article_of_a_query_leads() {
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
