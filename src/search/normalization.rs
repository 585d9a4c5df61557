//! Normalization: the letters of a text as people type them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::letters;

/// The separators of a normalized text: space, apostrophe, ampersand, anything else.
pub(super) const SPACE: char = ' ';
pub(super) const APOSTROPHE: char = '\'';
pub(super) const AMPERSAND: char = '&';
pub(super) const MARK: char = '-';

/// Appends the normalized letters of a text, and one mark for each other character.
pub(super) fn normalize(text: &str, letters: &mut String) {
    if text.is_ascii() {
        return letters.extend(text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' => char::from(byte),
            b'A'..=b'Z' => char::from(byte.to_ascii_lowercase()),
            b' ' | b'\t'..=b'\r' => SPACE,
            b'\'' | b'`' => APOSTROPHE,
            b'&' | b'+' => AMPERSAND,
            _ => MARK,
        }));
    }
    let prepared = text.chars().flat_map(|letter| {
        let apart = letters::stands_apart(letter).then_some(SPACE);
        let letter = if letters::is_apostrophe(letter) {
            APOSTROPHE
        } else {
            letter
        };
        apart.into_iter().chain([letter])
    });
    let folded = prepared
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|letter| !letters::is_left_out(*letter))
        .nfc();
    for letter in folded {
        if let Some(typed) = letters::typed_as(letter) {
            letters.push_str(typed);
        } else {
            letters.push(match letter {
                // That of `ŉ`, which is one character before normalization.
                letter if letters::is_apostrophe(letter) => APOSTROPHE,
                letter if letter.is_alphanumeric() || is_combining_mark(letter) => {
                    letters::unified(letter)
                }
                letter if letter.is_whitespace() => SPACE,
                APOSTROPHE | AMPERSAND => letter,
                '+' => AMPERSAND,
                _ => MARK,
            });
        }
    }
}
