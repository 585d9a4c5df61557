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
    let mut matches = |text: &str| {
        is_text(text) && {
            analyzed.analyze(text);
            let takes = |word: &str| interpretation.words.iter().any(|one| one.takes(word));
            analyzed.words().any(|word| takes(word.text))
        }
    };
    let mut pieces: Vec<TitlePart<'t>> = title
        .split_word_bounds()
        .map(|text| TitlePart {
            text,
            is_match: matches(text),
        })
        .collect();
    let is_space = |piece: &TitlePart<'_>| piece.text.trim().is_empty();
    for chunk in pieces.chunk_by_mut(|one, next| !is_space(one) && !is_space(next)) {
        // `Spider-Man` is also the word `spiderman`.
        let is_unmarked = chunk.len() > 1 && !chunk.iter().any(|piece| piece.is_match);
        if is_unmarked && matches(&chunk.iter().map(|piece| piece.text).collect::<String>()) {
            mark(chunk);
        }
    }
    // A title that is equal but for its spaces, such as `The Godfather` to `god father`.
    let is_unmarked = !pieces.iter().any(|piece| piece.is_match);
    if is_unmarked
        && interpretation
            .keys
            .iter()
            .any(|key| key == Analyzed::new(title).key())
    {
        mark(&mut pieces);
    }
    let mut parts: Vec<TitlePart<'t>> = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for piece in pieces {
        let start = end;
        end += piece.text.len();
        match parts.last_mut() {
            Some(part) if part.is_match == piece.is_match => part.text = &title[begin..end],
            _ => {
                begin = start;
                parts.push(piece);
            }
        }
    }
    parts
}

fn is_text(piece: &str) -> bool {
    piece.contains(char::is_alphanumeric)
}

/// Marks the pieces from the first to the last one that is no punctuation.
fn mark(pieces: &mut [TitlePart<'_>]) {
    let first = pieces.iter().position(|piece| is_text(piece.text));
    let last = pieces.iter().rposition(|piece| is_text(piece.text));
    if let (Some(first), Some(last)) = (first, last) {
        for piece in &mut pieces[first..=last] {
            piece.is_match = true;
        }
    }
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

    #[test]
    fn a_title_with_other_spaces_is_marked() {
        assert_eq!(marked("The Godfather", "god father"), "[The Godfather]");
        assert_eq!(
            marked("Spider-Man: No Way Home", "spiderman"),
            "[Spider-Man]: No Way Home"
        );
        assert_eq!(marked("Heat", "godfather"), "Heat");
    }
}
