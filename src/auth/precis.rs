//! The canonical form of user names and passwords: PRECIS, RFC 8264 and 8265. Texts that
//! look the same, such as composed and decomposed letters, have the same form.

use std::borrow::Cow;

use precis_profiles::precis_core::profile::{Profile, Rules};
use precis_profiles::precis_core::{DerivedPropertyValue, Error};
use precis_profiles::{OpaqueString, UsernameCasePreserved};

/// The form of a user name: `UsernameCasePreserved` for each part between spaces.
pub(super) fn user_name(name: &str) -> Result<Cow<'_, str>, Error> {
    if is_ascii_text(name) {
        return Ok(name.into());
    }
    let profile = UsernameCasePreserved::new();
    let parts = name.split(' ').map(|part| match part {
        "" => Ok(part.into()),
        _ => profile.enforce(part),
    });
    let parts: Vec<Cow<'_, str>> = parts.collect::<Result<_, _>>()?;
    Ok(parts.join(" ").into())
}

/// The form of a password: `OpaqueString`. Characters that the profile does not know
/// yet are accepted, because its tables are those of Unicode 6.3.
pub(super) fn password(text: &str) -> Result<Cow<'_, str>, Error> {
    if is_ascii_text(text) {
        return Ok(text.into());
    }
    let profile = OpaqueString::new();
    match profile.prepare(text) {
        Err(Error::BadCodepoint(character))
            if character.property == DerivedPropertyValue::Unassigned => {}
        other => drop(other?),
    }
    profile.normalization_rule(profile.additional_mapping_rule(text)?)
}

/// Both profiles leave printable ASCII as it is.
fn is_ascii_text(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_have_one_form() {
        for (name, form) in [
            ("ann", "ann"),
            ("Ann 93:", "Ann 93:"),
            ("ren\u{e9}", "ren\u{e9}"),
            ("rene\u{301}", "ren\u{e9}"),
            ("rene\u{301} de l'A\u{30a}", "ren\u{e9} de l'\u{c5}"),
            ("\u{ff21}nn", "Ann"),
            (
                "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
                "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            ),
        ] {
            assert_eq!(user_name(name).unwrap(), form);
        }
    }

    #[test]
    fn passwords_keep_their_symbols() {
        for (text, form) in [
            ("a b", "a b"),
            ("pass\u{a0}word", "pass word"),
            ("cafe\u{301}", "caf\u{e9}"),
            // Wide letters and ligatures are not replaced.
            ("\u{ff21}\u{fb01}", "\u{ff21}\u{fb01}"),
            ("\u{1f3ac}", "\u{1f3ac}"),
            // Assigned after Unicode 6.3.
            ("\u{1f980}e\u{301}", "\u{1f980}\u{e9}"),
        ] {
            assert_eq!(password(text).unwrap(), form);
        }
        for text in ["a\u{200b}", "\u{202e}a", "a\u{ad}b", "a\u{7f}"] {
            assert!(password(text).is_err(), "{text:?}");
        }
    }
}
