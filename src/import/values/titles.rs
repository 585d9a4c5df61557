//! Normalises the titles of data sets.

use std::borrow::Cow;

/// Articles that library catalogues write after a comma: English, French,
/// German, Italian, Spanish, Portuguese, Dutch and the Scandinavian languages.
const ARTICLES: &[&str] = &[
    "The", "A", "An", "Le", "La", "Les", "Un", "Une", "Der", "Die", "Das", "Ein", "Eine", "Il",
    "Lo", "I", "Gli", "Uno", "Una", "El", "Los", "Las", "O", "Os", "As", "Um", "Uma", "De", "Het",
    "Een", "Den", "Det", "En", "Ett", "Et",
];

/// Articles that stand before their word without a space.
const ELIDED_ARTICLES: &[&str] = &["L'", "L’"];

/// Trims the text and replaces each run of white space and control characters
/// with one space. Borrowed when nothing changes.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let mut cleaned = String::with_capacity(text.len());
    for word in words {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
    }
    Cow::Owned(cleaned)
}

/// Whether there is nothing to clean. Nearly every title is clean, so checking all
/// bytes without an early return is faster.
fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(b'!'..), Some(b'!'..)) = (bytes.first(), bytes.last()) else {
        return text.is_empty();
    };
    let suspect = |byte: u8| !(b' '..0x7f).contains(&byte);
    let suspects = bytes
        .iter()
        .fold(false, |found, byte| found | suspect(*byte));
    let two_spaces = bytes
        .iter()
        .zip(&bytes[1..])
        .fold(false, |found, (one, next)| {
            found | ((*one == b' ') & (*next == b' '))
        });
    let cleaned_away = |c: char| c.is_control() || (c.is_whitespace() && c != ' ');
    !two_spaces && (!suspects || !text.contains(cleaned_away))
}

/// `Vow, The` becomes `The Vow`; `Avventura, L'` becomes `L'Avventura`.
pub(crate) fn article_first(title: &str) -> Cow<'_, str> {
    let Some((rest, tail)) = title.rsplit_once(',') else {
        return Cow::Borrowed(title);
    };
    let (rest, article) = (rest.trim_end(), tail.trim_start());
    if rest.is_empty() {
        Cow::Borrowed(title)
    } else if ARTICLES.contains(&article) {
        Cow::Owned(format!("{article} {rest}"))
    } else if ELIDED_ARTICLES.contains(&article) {
        Cow::Owned(format!("{article}{rest}"))
    } else {
        Cow::Borrowed(title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_control_characters_become_one_space() {
        for (text, cleaned) in [
            ("", ""),
            (" ", ""),
            ("Alien", "Alien"),
            ("A B", "A B"),
            ("  The  Thing \t", "The Thing"),
            ("Avatar\u{a0}", "Avatar"),
            ("a\r\n\u{0}b", "a b"),
            ("\u{85}", ""),
            ("八月\u{3000}の狂詩曲", "八月 の狂詩曲"),
        ] {
            assert_eq!(clean(text), cleaned, "{text:?}");
        }
        assert!(matches!(clean("Un condamné"), Cow::Borrowed(_)));
    }

    #[test]
    fn articles_go_first() {
        for (title, expected) in [
            ("Vow, The", "The Vow"),
            ("Avventura, L'", "L'Avventura"),
            ("Cité des enfants perdus, La", "La Cité des enfants perdus"),
            (
                "Good, the Bad and the Ugly, The",
                "The Good, the Bad and the Ugly",
            ),
            ("Vitelloni, I", "I Vitelloni"),
            ("Story of O,The", "The Story of O"),
            ("Paris, Texas", "Paris, Texas"),
            ("Jamón, Jamón", "Jamón, Jamón"),
            ("Yes, Madam", "Yes, Madam"),
            (", The", ", The"),
            ("The", "The"),
            ("", ""),
        ] {
            assert_eq!(article_first(title), expected, "{title:?}");
        }
    }
}
