//! Password hashing with argon2id. A thread reuses its memory for the next hash.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;

use super::{Cost, Password};
use crate::config::limits;

/// The working memory of a hash, 19 MiB with the default cost. Each thread
/// keeps its own until it is idle.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// The first `number` blocks.
    ///
    /// glibc returns an allocation to the operating system at once only if it is
    /// larger than 32 MiB, so at least that much is reserved. Pages that are not
    /// touched cost nothing.
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

    /// Frees the memory.
    pub fn shrink(&mut self) {
        self.0 = Vec::new();
    }
}

/// The result of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The password does not match.
    Mismatch,
    /// The password matches.
    Match {
        /// The stored hash has weaker parameters than the configured ones and
        /// should be replaced.
        is_outdated: bool,
    },
}

/// The reason why a password could not be hashed or checked.
#[derive(Debug, Error)]
pub enum HashError {
    /// The operating system's random generator failed.
    #[error("the operating system's random generator failed: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// The stored hash is no PHC string of argon2, or its cost is above the limit.
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

/// Hashes a password with a new salt and returns a PHC string.
///
/// # Errors
/// [`HashError::Random`].
pub fn hash(password: &Password, cost: Cost, memory: &mut Memory) -> Result<String, HashError> {
    let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
    SysRng.try_fill_bytes(&mut salt)?;
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let parameters = HashParameters::new(cost)?;
    parameters.fill(password, &salt, memory, &mut out)?;
    phc(&parameters.params, &salt, &out)
}

/// A random hash that no password matches. An unknown account is checked
/// against it, so that its login costs the same work as that of a known one.
///
/// # Errors
/// [`HashError::Random`].
pub(super) fn dummy_hash(cost: Cost) -> Result<String, HashError> {
    let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
    SysRng.try_fill_bytes(&mut salt)?;
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    SysRng.try_fill_bytes(&mut out)?;
    phc(&cost.params()?, &salt, &out)
}

fn phc(params: &Params, salt: &[u8], out: &[u8]) -> Result<String, HashError> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)
            .map_err(|error| HashError::Stored(error.to_string()))?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(out)?),
    };
    Ok(hash.to_string())
}

/// Compares a password with a stored hash, and the hash's parameters with the
/// `configured` cost.
///
/// # Errors
/// [`HashError::Stored`].
pub fn verify(
    password: &Password,
    stored: &str,
    configured: Cost,
    memory: &mut Memory,
) -> Result<Verification, HashError> {
    let stored = PasswordHash::new(stored)?;
    let parameters = HashParameters::read(&stored)?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(incomplete());
    };
    let mut out = vec![0; expected.len()];
    parameters.fill(password, salt, memory, &mut out)?;
    // The comparison of `Output` takes constant time.
    Ok(if Output::new(&out)? == *expected {
        Verification::Match {
            is_outdated: parameters.are_weaker(configured),
        }
    } else {
        Verification::Mismatch
    })
}

/// Checks that a stored hash can be used to verify passwords.
///
/// # Errors
/// [`HashError::Stored`].
pub fn check_stored(stored: &str) -> Result<(), HashError> {
    let stored = PasswordHash::new(stored)?;
    HashParameters::read(&stored)?;
    match (&stored.salt, &stored.hash) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(incomplete()),
    }
}

fn incomplete() -> HashError {
    HashError::Stored("it has no salt or no output".to_owned())
}

/// The cost of a stored hash.
///
/// # Errors
/// [`HashError::Stored`].
pub(super) fn cost_of(stored: &str) -> Result<Cost, HashError> {
    let parameters = HashParameters::read(&PasswordHash::new(stored)?)?;
    Ok(Cost::from(&parameters.params))
}

/// Hashes the given number of blocks and discards the result. A failed login
/// calls it so that all failed logins take the same time.
///
/// # Errors
/// None with a cost within the limits.
pub(super) fn equalize_work(
    password: &Password,
    mut blocks: u64,
    cost: Cost,
    memory: &mut Memory,
) -> Result<(), HashError> {
    let salt = [0; argon2::RECOMMENDED_SALT_LEN];
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    while blocks >= u64::from(Params::MIN_M_COST) {
        let memory_kib = u64::from(cost.memory_kib()).min(blocks);
        let passes = blocks / memory_kib;
        blocks -= memory_kib * passes;
        let part = Cost::new_unchecked(memory_kib as u32, passes as u32);
        HashParameters::new(part)?.fill(password, &salt, memory, &mut out)?;
    }
    Ok(())
}

/// The parameters of a hash, without its salt.
struct HashParameters {
    algorithm: Algorithm,
    version: Version,
    params: Params,
}

impl HashParameters {
    fn new(cost: Cost) -> Result<HashParameters, HashError> {
        Ok(HashParameters {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: cost.params()?,
        })
    }

    fn read(stored: &PasswordHash) -> Result<HashParameters, HashError> {
        let unreadable = |what: &str| HashError::Stored(what.to_owned());
        let algorithm = Algorithm::try_from(stored.algorithm.as_str())
            .map_err(|_| unreadable("its algorithm is not argon2"))?;
        let version = match stored.version {
            Some(version) => Version::try_from(version)?,
            None => Version::default(),
        };
        let params = Params::try_from(stored).map_err(|error| unreadable(&error.to_string()))?;
        if params.m_cost() > limits::MAX_HASH_MEMORY_KIB
            || params.t_cost() > limits::MAX_HASH_PASSES
        {
            return Err(HashError::Stored(format!(
                "it asks for {} KiB of memory and {} passes",
                params.m_cost(),
                params.t_cost()
            )));
        }
        Ok(HashParameters {
            algorithm,
            version,
            params,
        })
    }

    /// Whether such a hash is cheaper to break than a new one of the `configured` cost.
    fn are_weaker(&self, configured: Cost) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || Cost::from(&self.params).is_below(configured)
    }

    fn fill(
        &self,
        password: &Password,
        salt: &[u8],
        memory: &mut Memory,
        out: &mut [u8],
    ) -> Result<(), HashError> {
        let memory = memory.blocks(self.params.block_count());
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(password.expose(), salt, out, memory)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};

    fn password(text: &str) -> Password {
        Password::from_bytes(text.as_bytes())
    }

    #[test]
    fn a_hash_is_a_phc_string_that_other_programs_can_verify() {
        let memory = &mut Memory::default();
        let hash = hash(&password("a:b c\"d"), Cost::default(), memory).unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            Argon2::default()
                .verify_password(b"a:b c\"d", hash.as_str())
                .is_ok()
        );
        let mut check = |text: &str, hash: &str| {
            verify(&password(text), hash, Cost::default(), memory).unwrap()
        };
        let matching = Verification::Match { is_outdated: false };
        assert_eq!(check("a:b c\"d", &hash), matching);
        assert_eq!(check("a:b c\"D", &hash), Verification::Mismatch);
        let dummy_hash = dummy_hash(Cost::default()).unwrap();
        assert_eq!(dummy_hash.len(), hash.len());
        assert_eq!(check("a:b c\"d", &dummy_hash), Verification::Mismatch);
    }

    #[test]
    fn a_weaker_hash_is_accepted_and_reported() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let hash = weak.hash_password(b"mdp").unwrap().to_string();
        let check = |configured| {
            verify(&password("mdp"), &hash, configured, &mut Memory::default()).unwrap()
        };
        assert_eq!(
            check(Cost::default()),
            Verification::Match { is_outdated: true }
        );
        let cheap = Cost::new_unchecked(8 * 1024, 1);
        assert_eq!(check(cheap), Verification::Match { is_outdated: false });
        assert_eq!(cost_of(&hash).unwrap(), cheap);
    }

    #[test]
    fn another_algorithm_or_version_is_outdated() {
        for (algorithm, version) in [
            (Algorithm::Argon2i, Version::V0x13),
            (Algorithm::Argon2id, Version::V0x10),
        ] {
            let params = Params::new(64, 1, 1, None).unwrap();
            let hash = Argon2::new(algorithm, version, params).hash_password(b"mdp");
            let hash = hash.unwrap().to_string();
            let configured = Cost::new_unchecked(64, 1);
            let result = verify(&password("mdp"), &hash, configured, &mut Memory::default());
            assert_eq!(result.unwrap(), Verification::Match { is_outdated: true });
        }
    }

    #[test]
    fn any_number_of_blocks_can_be_hashed() {
        let memory = &mut Memory::default();
        let cost = Cost::new_unchecked(64, 1);
        for blocks in [0, 1, 7, 8, 63, 64, 65, 200] {
            equalize_work(&password("mdp"), blocks, cost, memory).unwrap();
        }
    }

    #[test]
    fn an_unreadable_hash_is_an_error() {
        let memory = &mut Memory::default();
        for stored in [
            "",
            "mdp",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
            "$scrypt$ln=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
            "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
            "$argon2id$v=19$m=64,t=4000000,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
        ] {
            let checked = verify(&password("mdp"), stored, Cost::default(), memory);
            assert!(checked.is_err(), "{stored}");
            assert!(
                cost_of(stored).is_err() || !stored.contains("m=4194304"),
                "{stored}"
            );
        }
    }
}
