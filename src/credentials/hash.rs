//! argon2id, with memory that a thread keeps from one hash to the next.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;

use super::Password;
use crate::limits;

/// The blocks that a hash works in, 19 MiB with today's parameters. A thread
/// keeps its own while there are hashes to do.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// So many blocks.
    ///
    /// Room is reserved for more, and never touched: glibc's allocator gives
    /// back at once what had more than 32 MiB, and anything shorter only the
    /// first time.
    fn blocks(&mut self, number: usize) -> &mut [Block] {
        const MAPPED_BYTES: usize = 33 * 1024 * 1024;
        if self.0.capacity() == 0 {
            self.0.reserve_exact(number.max(MAPPED_BYTES / Block::SIZE));
        }
        if self.0.len() < number {
            self.0.resize(number, Block::default());
        }
        &mut self.0[..number]
    }

    /// Gives the blocks back.
    pub fn shrink(&mut self) {
        self.0 = Vec::new();
    }
}

/// What the check of a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password, or there is no such account.
    Wrong,
    /// It is the password.
    Right {
        /// Whether its hash has weaker parameters than today's and should be made anew.
        outdated: bool,
    },
}

/// Why a password could not be hashed or checked.
#[derive(Debug, Error)]
pub enum HashError {
    /// The operating system gave no salt.
    #[error("the operating system's random generator failed: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// The stored hash is no argon2 hash in PHC form, or asks for too much memory.
    #[error("the stored hash cannot be read: {0}")]
    Stored(String),
}

impl From<argon2::Error> for HashError {
    fn from(error: argon2::Error) -> HashError {
        HashError::Stored(error.to_string())
    }
}

impl From<argon2::password_hash::phc::Error> for HashError {
    fn from(error: argon2::password_hash::phc::Error) -> HashError {
        HashError::Stored(error.to_string())
    }
}

/// Today's parameters, the crate's defaults: m = 19 MiB, t = 2, p = 1, the
/// first choice of OWASP's Password Storage Cheat Sheet.
fn today() -> Params {
    Params::DEFAULT
}

/// Hashes a password with a new salt. Gives a PHC string.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn hash(password: &Password, memory: &mut Memory) -> Result<String, HashError> {
    let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
    SysRng.try_fill_bytes(&mut salt)?;
    let params = today();
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    fill(
        password,
        &salt,
        Algorithm::Argon2id,
        Version::V0x13,
        &params,
        memory,
        &mut out,
    )?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params)
            .map_err(|error| HashError::Stored(error.to_string()))?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&out)?),
    };
    Ok(hash.to_string())
}

/// Checks an offered password against a stored hash. Without one, for a user
/// that does not exist, it does the same work and says wrong.
///
/// # Errors
/// A stored hash that cannot be read.
pub fn verify(
    password: &Password,
    stored: Option<&str>,
    memory: &mut Memory,
) -> Result<Verdict, HashError> {
    let Some(stored) = stored else {
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        let salt = [0; argon2::RECOMMENDED_SALT_LEN];
        fill(
            password,
            &salt,
            Algorithm::Argon2id,
            Version::V0x13,
            &today(),
            memory,
            &mut out,
        )?;
        return Ok(Verdict::Wrong);
    };
    let unreadable = |what: &str| HashError::Stored(what.to_owned());
    let stored = PasswordHash::new(stored)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())
        .map_err(|_| unreadable("its algorithm is not argon2"))?;
    let version = match stored.version {
        Some(version) => Version::try_from(version)?,
        None => Version::default(),
    };
    let params = Params::try_from(&stored).map_err(|error| unreadable(&error.to_string()))?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(unreadable("it has no salt or no output"));
    };
    let mut out = vec![0; expected.len()];
    fill(
        password, salt, algorithm, version, &params, memory, &mut out,
    )?;
    // `Output` compares in constant time.
    Ok(if Output::new(&out)? == *expected {
        Verdict::Right {
            outdated: weaker(algorithm, version, &params),
        }
    } else {
        Verdict::Wrong
    })
}

/// Whether a hash with these parameters is cheaper to break than one of today's.
fn weaker(algorithm: Algorithm, version: Version, params: &Params) -> bool {
    algorithm != Algorithm::Argon2id
        || version != Version::V0x13
        || params.m_cost() < today().m_cost()
        || params.t_cost() < today().t_cost()
}

fn fill(
    password: &Password,
    salt: &[u8],
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    memory: &mut Memory,
    out: &mut [u8],
) -> Result<(), HashError> {
    if params.m_cost() > limits::MAX_HASH_MEMORY_KIB {
        return Err(HashError::Stored(format!(
            "it asks for {} KiB of memory",
            params.m_cost()
        )));
    }
    let blocks = params.block_count();
    let argon2 = Argon2::new(algorithm, version, params.clone());
    argon2.hash_password_into_with_memory(password.expose(), salt, out, memory.blocks(blocks))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};

    fn password(text: &str) -> Password {
        Password::offered(text.as_bytes())
    }

    #[test]
    fn a_hash_is_a_phc_string_that_others_can_check() {
        let memory = &mut Memory::default();
        let hash = hash(&password("a:b c\"d"), memory).unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            Argon2::default()
                .verify_password(b"a:b c\"d", hash.as_str())
                .is_ok()
        );
        let right = verify(&password("a:b c\"d"), Some(&hash), memory).unwrap();
        assert_eq!(right, Verdict::Right { outdated: false });
        assert_eq!(
            verify(&password("a:b c\"D"), Some(&hash), memory).unwrap(),
            Verdict::Wrong
        );
        assert_eq!(
            verify(&password("a:b c\"d"), None, memory).unwrap(),
            Verdict::Wrong
        );
    }

    #[test]
    fn a_weaker_hash_is_accepted_and_told() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let hash = weak.hash_password(b"mdp").unwrap().to_string();
        let verdict = verify(&password("mdp"), Some(&hash), &mut Memory::default()).unwrap();
        assert_eq!(verdict, Verdict::Right { outdated: true });
    }

    #[test]
    fn what_is_no_hash_is_an_error_and_not_a_login() {
        let memory = &mut Memory::default();
        for stored in [
            "",
            "mdp",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
            "$scrypt$ln=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
            "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
        ] {
            assert!(
                verify(&password("mdp"), Some(stored), memory).is_err(),
                "{stored}"
            );
        }
    }
}
