//! Passwords and user names as people give them.

use std::fmt;

use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config::limits;
use crate::movie::{MovieError, check_text};

/// A password in memory. It is overwritten when it is dropped, and its debug
/// output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

/// Why a new password is not allowed. The text never holds the password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PasswordError {
    /// No characters.
    #[error("the password is empty, it needs at least one character")]
    Empty,
    /// Over the bound.
    #[error("the password has {0} bytes, at most {max} are allowed", max = limits::MAX_PASSWORD_BYTES)]
    TooLong(usize),
    /// A newline, a tab or another character that cannot be typed at a prompt.
    #[error("the password holds a control character, it could not be typed at a prompt")]
    Control,
    /// Not UTF-8.
    #[error("the password is not valid UTF-8")]
    NotText,
}

/// Why a new user name is not allowed.
#[derive(Debug, Error, PartialEq)]
#[error(transparent)]
pub struct UserNameError(#[from] MovieError);

/// The rules of a user name: 1 to 255 bytes, no control character.
///
/// # Errors
/// The rule that is broken.
pub fn check_user(name: &str) -> Result<(), UserNameError> {
    Ok(check_text("the user name", name, limits::MAX_USER_BYTES)?)
}

impl Password {
    /// A password that somebody chose for an account.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn chosen(password: &[u8]) -> Result<Password, PasswordError> {
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
        Ok(Password::offered(password))
    }

    /// A password that somebody offers at a login. Any bytes will do: whether
    /// they are right is found out by the hash alone.
    pub fn offered(password: &[u8]) -> Password {
        Password(Zeroizing::new(password.to_vec()))
    }

    /// A new password from the operating system's generator: 24 characters out
    /// of 32, 120 bits, none of them easily taken for another.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn generate() -> Result<Password, rand::rngs::SysError> {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = Zeroizing::new([0u8; 24]);
        SysRng.try_fill_bytes(&mut *bytes)?;
        let letters = bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)]);
        Ok(Password(Zeroizing::new(letters.collect())))
    }

    /// The bytes, for hashing and for sending.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// A number for a new password, by which sessions notice that it has changed.
/// A hash that is made anew for the same password keeps it.
///
/// # Errors
/// When the operating system's generator fails.
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
    fn the_rules_of_a_new_password() {
        for good in [
            "1",
            "mdp",
            "a:b c\"d",
            "🎬",
            &"x".repeat(limits::MAX_PASSWORD_BYTES),
        ] {
            assert!(Password::chosen(good.as_bytes()).is_ok(), "{good:?}");
        }
        let cases = [
            (&b""[..], PasswordError::Empty),
            (b"a\nb", PasswordError::Control),
            (b"\xff", PasswordError::NotText),
            (
                &[b'x'; limits::MAX_PASSWORD_BYTES + 1],
                PasswordError::TooLong(1_025),
            ),
        ];
        for (bad, expected) in cases {
            assert_eq!(Password::chosen(bad), Err(expected));
        }
    }

    #[test]
    fn the_rules_of_a_user_name() {
        assert_eq!(check_user("jean-paul du 93:"), Ok(()));
        assert_eq!(check_user(&"u".repeat(limits::MAX_USER_BYTES)), Ok(()));
        let said = |name: &str| check_user(name).unwrap_err().to_string();
        assert_eq!(
            said(""),
            "the user name is empty, it needs at least one character"
        );
        assert_eq!(
            said("a\tb"),
            "the user name `a\\tb` holds a control character"
        );
        assert_eq!(
            said(&"u".repeat(256)),
            "the user name has 256 bytes, at most 255 are allowed"
        );
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", Password::offered(b"secret")), "Password(…)");
    }

    #[test]
    fn generated_passwords_are_valid_and_differ() {
        let (one, two) = (Password::generate().unwrap(), Password::generate().unwrap());
        assert_ne!(one, two);
        assert!(Password::chosen(one.expose()).is_ok());
        assert_eq!(one.expose().len(), 24);
    }
}
