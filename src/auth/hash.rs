//! argon2id, with memory that a thread keeps from one hash to the next.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;

use super::{Cost, Password};
use crate::config::limits;

/// The blocks that a hash works in, 19 MiB with the default cost. A thread
/// keeps its own while there are hashes to do.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// So many blocks.
    ///
    /// ConnectionLimits is reserved for more, and never touched: glibc's allocator gives
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
    /// The stored hash is no argon2 hash in PHC form, or asks for too much.
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

/// Hashes a password with a new salt. Gives a PHC string.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn hash(password: &Password, cost: Cost, memory: &mut Memory) -> Result<String, HashError> {
    let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
    SysRng.try_fill_bytes(&mut salt)?;
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let recipe = Recipe::new(cost)?;
    recipe.fill(password, &salt, memory, &mut out)?;
    phc(&recipe.params, &salt, &out)
}

/// What stands for the hash of an account that does not exist, so that checking
/// a password against it is the same work. No password has it.
///
/// # Errors
/// When the operating system has no randomness to give.
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

/// Checks an offered password against a stored hash, and whether that is weaker
/// than one that costs as much as `today`'s.
///
/// # Errors
/// A stored hash that cannot be read.
pub fn verify(
    password: &Password,
    stored: &str,
    today: Cost,
    memory: &mut Memory,
) -> Result<Verdict, HashError> {
    let stored = PasswordHash::new(stored)?;
    let recipe = Recipe::read(&stored)?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(incomplete());
    };
    let mut out = vec![0; expected.len()];
    recipe.fill(password, salt, memory, &mut out)?;
    // `Output` compares in constant time.
    Ok(if Output::new(&out)? == *expected {
        Verdict::Right {
            outdated: recipe.is_weaker(today),
        }
    } else {
        Verdict::Wrong
    })
}

/// Whether passwords can be checked against a stored hash at all.
///
/// # Errors
/// A stored hash that cannot be read.
pub fn check_stored(stored: &str) -> Result<(), HashError> {
    let stored = PasswordHash::new(stored)?;
    Recipe::read(&stored)?;
    match (&stored.salt, &stored.hash) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(incomplete()),
    }
}

fn incomplete() -> HashError {
    HashError::Stored("it has no salt or no output".to_owned())
}

/// What checking a password against a stored hash costs.
///
/// # Errors
/// A stored hash that cannot be read.
pub(super) fn cost_of(stored: &str) -> Result<Cost, HashError> {
    let recipe = Recipe::read(&PasswordHash::new(stored)?)?;
    Ok(Cost::from(&recipe.params))
}

/// Does as much work as so many blocks of hashes are, for nothing: what a
/// refused login lacks to the work of all others.
///
/// # Errors
/// Never, with a cost that hashes could have.
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
        let part = Cost::unsafely_cheap(memory_kib as u32, passes as u32);
        Recipe::new(part)?.fill(password, &salt, memory, &mut out)?;
    }
    Ok(())
}

/// Everything that makes a hash, beside the password and the salt.
struct Recipe {
    algorithm: Algorithm,
    version: Version,
    params: Params,
}

impl Recipe {
    /// Of new hashes.
    fn new(cost: Cost) -> Result<Recipe, HashError> {
        Ok(Recipe {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: cost.params()?,
        })
    }

    fn read(stored: &PasswordHash) -> Result<Recipe, HashError> {
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
        Ok(Recipe {
            algorithm,
            version,
            params,
        })
    }

    /// Whether a hash of this kind is cheaper to break than one of today's.
    fn is_weaker(&self, today: Cost) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || Cost::from(&self.params).is_below(today)
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
        Password::offered(text.as_bytes())
    }

    #[test]
    fn a_hash_is_a_phc_string_that_others_can_check() {
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
        let right = Verdict::Right { outdated: false };
        assert_eq!(check("a:b c\"d", &hash), right);
        assert_eq!(check("a:b c\"D", &hash), Verdict::Wrong);
        let dummy_hash = dummy_hash(Cost::default()).unwrap();
        assert_eq!(dummy_hash.len(), hash.len());
        assert_eq!(check("a:b c\"d", &dummy_hash), Verdict::Wrong);
    }

    #[test]
    fn a_weaker_hash_is_accepted_and_told() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let hash = weak.hash_password(b"mdp").unwrap().to_string();
        let check = |today| verify(&password("mdp"), &hash, today, &mut Memory::default()).unwrap();
        assert_eq!(check(Cost::default()), Verdict::Right { outdated: true });
        let cheap = Cost::unsafely_cheap(8 * 1024, 1);
        assert_eq!(check(cheap), Verdict::Right { outdated: false });
        assert_eq!(cost_of(&hash).unwrap(), cheap);
    }

    /// Another kind of argon2 is weaker than any cost.
    #[test]
    fn another_algorithm_or_version_is_outdated() {
        for (algorithm, version) in [
            (Algorithm::Argon2i, Version::V0x13),
            (Algorithm::Argon2id, Version::V0x10),
        ] {
            let params = Params::new(64, 1, 1, None).unwrap();
            let hash = Argon2::new(algorithm, version, params).hash_password(b"mdp");
            let hash = hash.unwrap().to_string();
            let today = Cost::unsafely_cheap(64, 1);
            let verdict = verify(&password("mdp"), &hash, today, &mut Memory::default());
            assert_eq!(verdict.unwrap(), Verdict::Right { outdated: true });
        }
    }

    #[test]
    fn work_is_wasted_whatever_is_left_of_it() {
        let memory = &mut Memory::default();
        let cost = Cost::unsafely_cheap(64, 1);
        for blocks in [0, 1, 7, 8, 63, 64, 65, 200] {
            equalize_work(&password("mdp"), blocks, cost, memory).unwrap();
        }
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
