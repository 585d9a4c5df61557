//! Passwords and user names: their rules, and new passwords.

use std::fmt;

use precis_profiles::precis_core;
use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::key::KEY_USER_PREFIX;
use super::precis;
use crate::config::limits;
use crate::movie::{MovieError, check_text};

/// A password in memory. Its memory is overwritten on drop. Its debug output is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

/// The reason why a new password is refused. The message never contains the password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PasswordError {
    /// It is empty.
    #[error("the password is empty, it needs at least one character")]
    Empty,
    /// It is longer than [`limits::MAX_PASSWORD_BYTES`].
    #[error("the password has {0} bytes, at most {max} are allowed", max = limits::MAX_PASSWORD_BYTES)]
    TooLong(usize),
    /// It contains a character that cannot be typed at a prompt, such as a newline.
    #[error("the password holds a control character, it could not be typed at a prompt")]
    Control,
    /// It is not UTF-8.
    #[error("the password is not valid UTF-8")]
    NotText,
    /// It contains a character that RFC 8265 does not allow, for example an invisible one.
    #[error("the password holds an invisible or obsolete character, leave it out")]
    Character,
}

/// The reason why a new user name is refused.
#[derive(Debug, Error, PartialEq)]
pub enum UserNameError {
    /// Its length, or a control character.
    #[error(transparent)]
    Text(#[from] MovieError),
    /// It contains a character that RFC 8265 does not allow in user names.
    #[error(
        "the user name holds the character U+{0:04X}, use letters, digits, spaces and ASCII punctuation"
    )]
    Character(u32),
    /// It begins like the name of an API key.
    #[error(
        "a user name that begins with `{KEY_USER_PREFIX}` is that of an API key, choose another"
    )]
    Key,
    /// It mixes letters of both writing directions.
    #[error("the user name mixes writing directions, use letters of one direction")]
    Direction,
}

/// Checks a new user name and returns its canonical form.
///
/// # Errors
/// [`UserNameError`].
pub fn new_user(name: &str) -> Result<String, UserNameError> {
    check_user(name)?;
    let form = precis::user_name(name).map_err(|error| match error {
        precis_core::Error::BadCodepoint(character) => UserNameError::Character(character.cp),
        _ => UserNameError::Direction,
    })?;
    check_user(&form)?;
    if form.starts_with(KEY_USER_PREFIX) {
        return Err(UserNameError::Key);
    }
    Ok(form.into_owned())
}

/// The canonical form of the user name of a login, if it differs from what was sent.
/// An account that was added before there was this form may have another name.
pub fn canonical_user(name: &str) -> Option<String> {
    if name.len() > limits::MAX_USER_BYTES * NFD_EXPANSION {
        return None;
    }
    let form = precis::user_name(name).ok()?;
    (form != name).then(|| form.into_owned())
}

/// How many times longer than its canonical form a text in UTF-8 can be (Unicode
/// Standard Annex 15, expansion of NFD).
const NFD_EXPANSION: usize = 3;

/// Checks a stored user name: 1 to 255 bytes, no control character.
///
/// # Errors
/// [`UserNameError`].
pub fn check_user(name: &str) -> Result<(), UserNameError> {
    Ok(check_text("the user name", name, limits::MAX_USER_BYTES)?)
}

impl Password {
    /// A new password of an account, in its canonical form.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn new(password: &[u8]) -> Result<Password, PasswordError> {
        let text = std::str::from_utf8(password).map_err(|_| PasswordError::NotText)?;
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > limits::MAX_PASSWORD_BYTES {
            return Err(PasswordError::TooLong(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(PasswordError::Control);
        }
        let form = precis::password(text).map_err(|_| PasswordError::Character)?;
        Ok(Password::from_bytes(form.as_bytes()))
    }

    /// The canonical form of the password of a login, if it differs from what was sent.
    /// A password that was set before there was this form may have another one.
    pub(super) fn canonical(&self) -> Option<Password> {
        let text = std::str::from_utf8(&self.0).ok()?;
        if text.len() > limits::MAX_PASSWORD_BYTES * NFD_EXPANSION {
            return None;
        }
        let form = precis::password(text).ok()?;
        (form != text).then(|| Password::from_bytes(form.as_bytes()))
    }

    /// The password of a login attempt, which may be any bytes.
    pub fn from_bytes(password: &[u8]) -> Password {
        Password(Zeroizing::new(password.to_vec()))
    }

    /// A random password of 24 characters out of 32, which is 120 bits. No two of these characters
    /// look alike.
    ///
    /// # Errors
    /// When the operating system's random generator fails.
    pub fn generate() -> Result<Password, rand::rngs::SysError> {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = Zeroizing::new([0u8; 24]);
        SysRng.try_fill_bytes(&mut *bytes)?;
        let letters = bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)]);
        Ok(Password(Zeroizing::new(letters.collect())))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// A random id for a new password. Sessions compare it to detect that the
/// password was changed. A new hash of the same password keeps the id.
///
/// # Errors
/// When the operating system's random generator fails.
pub fn new_password_id() -> Result<i64, rand::rngs::SysError> {
    Ok(SysRng.try_next_u64()?.cast_signed())
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_passwords_are_checked() {
        for good in [
            "1",
            "mdp",
            "a:b c\"d",
            "🎬",
            &"x".repeat(limits::MAX_PASSWORD_BYTES),
        ] {
            assert!(Password::new(good.as_bytes()).is_ok(), "{good:?}");
        }
        let cases = [
            (&b""[..], PasswordError::Empty),
            (b"a\nb", PasswordError::Control),
            (b"\xff", PasswordError::NotText),
            ("a\u{200b}".as_bytes(), PasswordError::Character),
            (
                &[b'x'; limits::MAX_PASSWORD_BYTES + 1],
                PasswordError::TooLong(1_025),
            ),
        ];
        for (bad, expected) in cases {
            assert_eq!(Password::new(bad), Err(expected));
        }
    }

    #[test]
    fn user_names_are_checked() {
        assert_eq!(check_user("jean-paul du 93:"), Ok(()));
        assert_eq!(
            new_user("rene\u{301} du 93:"),
            Ok("ren\u{e9} du 93:".to_owned())
        );
        for (name, character) in [
            ("a\u{202e}b", 0x202e),
            ("a\u{200b}", 0x200b),
            ("\u{1f3ac}", 0x1f3ac),
        ] {
            assert_eq!(new_user(name), Err(UserNameError::Character(character)));
        }
        assert_eq!(new_user("\u{5d0}b"), Err(UserNameError::Direction));
        // The second has a letter of another width, which the canonical form replaces.
        for name in ["key:", "\u{ff4b}ey:kiosk"] {
            assert_eq!(new_user(name), Err(UserNameError::Key));
        }
        assert_eq!(check_user(&"u".repeat(limits::MAX_USER_BYTES)), Ok(()));
        let error = |name: &str| check_user(name).unwrap_err().to_string();
        assert_eq!(
            error(""),
            "the user name is empty, it needs at least one character"
        );
        assert_eq!(
            error("a\tb"),
            "the user name `a\\tb` holds a control character"
        );
        assert_eq!(
            error(&"u".repeat(256)),
            "the user name has 256 bytes, at most 255 are allowed"
        );
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(
            format!("{:?}", Password::from_bytes(b"secret")),
            "Password(…)"
        );
    }

    #[test]
    fn generated_passwords_are_valid_and_differ() {
        let (one, two) = (Password::generate().unwrap(), Password::generate().unwrap());
        assert_ne!(one, two);
        assert!(Password::new(one.expose()).is_ok());
        assert_eq!(one.expose().len(), 24);
    }
}
