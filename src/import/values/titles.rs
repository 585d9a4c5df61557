//! Normalises the titles of data sets.

use std::borrow::Cow;

use super::dates::{self, ParsedDate};
use crate::movie::Released;

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

/// The text with its HTML entities decoded: `&amp;`, `&eacute;`, `&#39;`.
pub(crate) fn decode_entities(text: &str) -> Cow<'_, str> {
    if text.contains('&') && text.contains(';') {
        html_escape::decode_html_entities(text)
    } else {
        Cow::Borrowed(text)
    }
}

/// Splits the year off `Alien (1979)`. `None` for a title without one.
pub(crate) fn split_year(title: &str) -> Option<(&str, Released)> {
    let (rest, inside) = last_brackets(title)?;
    Some((rest, year(inside)?))
}

/// Splits off the brackets at the end: the text before them and the text inside.
pub(crate) fn last_brackets(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    let mut depth = 1;
    for (at, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let rest = text[..at].strip_suffix(' ')?.trim_end();
            return (!rest.is_empty()).then_some((rest, inner[at + 1..].trim()));
        }
    }
    None
}

/// A year, or the first of a span such as `2006–2007`.
fn year(inside: &str) -> Option<Released> {
    if inside.len() == 4 {
        return inside.parse().ok();
    }
    inside
        .as_bytes()
        .first()
        .filter(|byte| byte.is_ascii_digit())?;
    let only_years = inside
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '–' | ' '));
    if !only_years || inside.chars().count() == 7 || inside.len() < 4 {
        return None;
    }
    match dates::parse(inside) {
        Ok(ParsedDate::Certain(date)) => Released::new(date.year(), None, None),
        _ => None,
    }
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
    fn entities_are_decoded_and_other_ampersands_stay() {
        for (text, decoded) in [
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("Am&eacute;lie", "Amélie"),
            ("It&#39;s &#x41;", "It's A"),
            ("A & B; C", "A & B; C"),
            ("R&B", "R&B"),
        ] {
            assert_eq!(decode_entities(text), decoded, "{text:?}");
        }
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
