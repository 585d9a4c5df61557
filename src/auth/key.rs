//! API keys: random texts that programs send in place of a user and a password.
//!
//! A key is stored as its BLAKE2s-256 hash. Passwords need argon2, because many people use the same
//! ones. A key has 162 random bits, so finding it from its hash takes 2^161 trials on average, and
//! a fast hash is enough. The hash uses no secret key: an attacker with the file would have that
//! too.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use blake2::{Blake2s256, Digest};
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config::limits;

/// The beginning of every key. Programs that search for leaked secrets can find a key by it.
const PREFIX: &[u8] = b"cat_";
/// The characters after it, with 6 random bits each.
const RANDOM_CHARACTERS: usize = 27;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The user name of a key is this prefix and the name of the key. The name of an account must not
/// begin with it.
pub const KEY_USER_PREFIX: &str = "key:";

/// A new key, shown once. Its memory is overwritten on drop. Its debug output is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<Vec<u8>>);

impl ApiKey {
    /// A random key.
    ///
    /// # Errors
    /// When the operating system's random generator fails.
    pub fn generate() -> Result<ApiKey, SysError> {
        let mut bytes = Zeroizing::new([0u8; RANDOM_CHARACTERS]);
        SysRng.try_fill_bytes(&mut *bytes)?;
        let random = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 64)]);
        let mut key = Zeroizing::new(Vec::with_capacity(PREFIX.len() + RANDOM_CHARACTERS));
        key.extend(PREFIX.iter().copied().chain(random));
        Ok(ApiKey(key))
    }

    /// Its text: ASCII letters, digits, `-` and `_`.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The hash under which it is stored.
    pub fn hash(&self) -> [u8; 32] {
        Blake2s256::digest(self.expose()).into()
    }

    /// The hash of what a client sent as a key; `None` if it does not have the form of a key.
    pub fn hash_of(sent: &[u8]) -> Option<[u8; 32]> {
        let random = sent.strip_prefix(PREFIX)?;
        let is_key =
            random.len() == RANDOM_CHARACTERS && random.iter().all(|byte| ALPHABET.contains(byte));
        is_key.then(|| Blake2s256::digest(sent).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The reason why a new key is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Its name has other characters, none, or too many.
    #[error(
        "the name of a key has 1 to {max} letters, digits, `-`, `_` and `.`, not `{0}`",
        max = limits::MAX_KEY_NAME_BYTES
    )]
    Name(String),
    /// The text is not a lifetime.
    #[error(
        "`{0}` is no lifetime of a key, give hours, days, weeks or years like `90d`, at most 10y"
    )]
    Lifetime(String),
    /// A key cannot be both limited to searches and of the role admin.
    #[error("a key that may only search is one of a reader, leave the role admin out")]
    Scope,
}

/// Checks the name of a new key. It is ASCII, so that it can be read out and typed.
///
/// # Errors
/// [`KeyError::Name`].
pub fn check_key_name(name: &str) -> Result<(), KeyError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=limits::MAX_KEY_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(KeyError::Name(shown(name)))
    }
}

/// The time for which a key is valid: `36h`, `90d`, `8w`, `1y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLifetime(pub Duration);

impl FromStr for KeyLifetime {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<KeyLifetime, KeyError> {
        const HOUR: u64 = 3_600;
        let lifetime = || {
            let unit = match text.bytes().last()? {
                b'h' => HOUR,
                b'd' => 24 * HOUR,
                b'w' => 7 * 24 * HOUR,
                b'y' => 365 * 24 * HOUR,
                _ => return None,
            };
            let number: u64 = text[..text.len() - 1].parse().ok()?;
            Some(Duration::from_secs(number.checked_mul(unit)?))
        };
        lifetime()
            .filter(|lifetime| !lifetime.is_zero() && *lifetime <= limits::MAX_KEY_LIFETIME)
            .map(KeyLifetime)
            .ok_or_else(|| KeyError::Lifetime(shown(text)))
    }
}

/// The beginning of a text, for a message.
fn shown(text: &str) -> String {
    let escaped = text.escape_debug().to_string();
    match escaped
        .char_indices()
        .find(|(at, _)| *at >= limits::MAX_QUOTED_BYTES)
    {
        Some((end, _)) => format!("{}…", &escaped[..end]),
        None => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_have_the_form_of_keys_and_differ() {
        let (one, two) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
        assert_ne!(one, two);
        assert_eq!(ApiKey::hash_of(one.expose()), Some(one.hash()));
        assert_ne!(one.hash(), two.hash());
        const { assert!(6 * RANDOM_CHARACTERS >= 160) };
    }

    #[test]
    fn only_texts_of_that_form_are_hashed() {
        let key = format!("cat_{}", "aZ09-_".repeat(5));
        assert!(ApiKey::hash_of(&key.as_bytes()[..31]).is_some());
        for other in [
            "",
            "cat_",
            &key[..30],
            &key[..32],
            &key[1..32],
            &format!("{}+", &key[..30]),
        ] {
            assert_eq!(ApiKey::hash_of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn names_of_keys_are_checked() {
        for good in ["kiosk", "a.b-c_D9", &"x".repeat(limits::MAX_KEY_NAME_BYTES)] {
            assert_eq!(check_key_name(good), Ok(()));
        }
        for bad in [
            "",
            "a b",
            "a:b",
            "é",
            "a\n",
            &"x".repeat(limits::MAX_KEY_NAME_BYTES + 1),
        ] {
            let message = check_key_name(bad).unwrap_err().to_string();
            assert!(!message.contains('\n') && message.len() < 200, "{message}");
        }
    }

    #[test]
    fn lifetimes_have_a_unit_and_a_bound() {
        let lifetime = |text: &str| text.parse().map(|KeyLifetime(time)| time.as_secs());
        for (text, hours) in [
            ("1h", 1),
            ("90d", 90 * 24),
            ("8w", 8 * 168),
            ("10y", 87_600),
        ] {
            assert_eq!(lifetime(text), Ok(hours * 3_600), "{text}");
        }
        for wrong in [
            "",
            "d",
            "0d",
            "90",
            "-1d",
            "1.5d",
            "11y",
            "3651d",
            "9999999999999999999y",
            "5é",
        ] {
            let refused = lifetime(wrong);
            assert_eq!(
                refused,
                Err(KeyError::Lifetime(wrong.to_owned())),
                "{wrong}"
            );
        }
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", ApiKey::generate().unwrap()), "ApiKey(…)");
    }
}
