//! The parts of a title that match a query.

use unicode_segmentation::UnicodeSegmentation;

use super::analysis::Analyzed;
use super::interpretation::Interpretation;

/// A part of a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TitlePart<'t> {
    /// Its text, as the title has it.
    pub text: &'t str,
    /// Whether it matches a word of the query.
    pub is_match: bool,
}

/// Splits a title into the parts that match an interpretation, and those between them.
pub fn highlight<'t>(title: &'t str, interpretation: &Interpretation) -> Vec<TitlePart<'t>> {
    let mut analyzed = Analyzed::default();
    let mut matches = |piece: &str| {
        piece.contains(char::is_alphanumeric) && {
            analyzed.analyze(piece);
            let takes = |word: &str| interpretation.words.iter().any(|one| one.takes(word));
            analyzed.words().any(|word| takes(word.text))
        }
    };
    let mut parts: Vec<TitlePart<'t>> = Vec::new();
    let mut begin = 0;
    for (at, piece) in title.split_word_bound_indices() {
        let (is_match, end) = (matches(piece), at + piece.len());
        match parts.last_mut() {
            Some(part) if part.is_match == is_match => part.text = &title[begin..end],
            _ => {
                begin = at;
                let text = piece;
                parts.push(TitlePart { text, is_match });
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Query;

    /// The title with brackets around each match.
    fn marked(title: &str, query: &str) -> String {
        let query = Query::new(query).unwrap();
        let interpretation = &query.interpretations()[0];
        let parts = highlight(title, interpretation);
        assert_eq!(
            parts.iter().map(|part| part.text).collect::<String>(),
            title
        );
        let mark = |part: &TitlePart<'_>| {
            if part.is_match {
                format!("[{}]", part.text)
            } else {
                part.text.to_owned()
            }
        };
        parts.iter().map(mark).collect()
    }

    #[test]
    fn words_and_beginnings_of_words_are_marked() {
        assert_eq!(
            marked("The Godfather Part II", "godfa"),
            "The [Godfather] Part II"
        );
        assert_eq!(marked("Amélie", "AMELIE"), "[Amélie]");
        assert_eq!(marked("Spider-Man", "man "), "Spider-[Man]");
        assert_eq!(marked("Alien", "predator"), "Alien");
        assert_eq!(marked("", "a"), "");
        assert_eq!(marked("A & B: C", "b c"), "A & [B]: [C]");
    }
}
