//! How much work a password's hash is.

use argon2::Params;
use thiserror::Error;

use crate::config::limits;

/// The parameters of new hashes. They are kept with each hash, so they may
/// change without anybody noticing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

/// Memory in KiB and passes that OWASP's Password Storage Cheat Sheet takes for
/// equally good, and for the least that is.
const LEAST: [(u32, u32); 5] = [
    (7_168, 5),
    (9_216, 4),
    (12_288, 3),
    (19_456, 2),
    (47_104, 1),
];

/// Why a cost is not allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CostError {
    /// Passwords could be guessed too fast by whoever has stolen the file.
    #[error(
        "--hash-memory-kib {memory_kib} with --hash-passes {passes} makes guessing too cheap, OWASP asks for {least}",
        least = least()
    )]
    TooCheap {
        /// The memory that was asked for.
        memory_kib: u32,
        /// The passes that were asked for.
        passes: u32,
    },
    /// Logins would take seconds, and gigabytes.
    #[error(
        "a hash takes at most {} KiB and {} passes",
        limits::MAX_HASH_MEMORY_KIB,
        limits::MAX_HASH_PASSES
    )]
    TooExpensive,
}

fn least() -> String {
    let pairs = LEAST.map(|(memory_kib, passes)| format!("{memory_kib} with {passes}"));
    pairs.join(", or ")
}

impl Cost {
    /// A cost that is at least as high as OWASP's least.
    ///
    /// # Errors
    /// Below that, or above what a login may cost.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Cost, CostError> {
        if memory_kib > limits::MAX_HASH_MEMORY_KIB || passes > limits::MAX_HASH_PASSES {
            return Err(CostError::TooExpensive);
        }
        let is_enough =
            |&(least_kib, least): &(u32, u32)| memory_kib >= least_kib && passes >= least;
        match LEAST.iter().any(is_enough) {
            true => Ok(Cost { memory_kib, passes }),
            false => Err(CostError::TooCheap { memory_kib, passes }),
        }
    }

    /// A cost that protects nothing, for tests, which hash thousands of times.
    /// No flag leads here.
    pub const fn unsafely_cheap(memory_kib: u32, passes: u32) -> Cost {
        Cost { memory_kib, passes }
    }

    /// The memory of one hash, in KiB.
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// How often a hash passes over its memory.
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Blocks of 1 KiB that are filled for one hash, to which its time is proportional.
    pub(super) fn blocks(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    pub(super) fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, 1, None)
    }

    /// Whether a hash of this cost is cheaper to break than one of `today`'s.
    pub(super) fn is_below(self, today: Cost) -> bool {
        self.blocks() < today.blocks() || self.memory_kib < today.memory_kib
    }
}

impl From<&Params> for Cost {
    fn from(params: &Params) -> Cost {
        Cost {
            memory_kib: params.m_cost(),
            passes: params.t_cost(),
        }
    }
}

impl Default for Cost {
    fn default() -> Cost {
        Cost {
            memory_kib: limits::DEFAULT_HASH_MEMORY_KIB,
            passes: limits::DEFAULT_HASH_PASSES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_owasp_asks_for_is_the_least() {
        for (memory_kib, passes) in LEAST {
            assert!(Cost::new(memory_kib, passes).is_ok());
            let too_cheap = |memory_kib, passes| {
                Cost::new(memory_kib, passes) == Err(CostError::TooCheap { memory_kib, passes })
            };
            assert!(too_cheap(memory_kib - 1, passes) && too_cheap(memory_kib, passes - 1));
        }
        let default = Cost::default();
        assert_eq!(Cost::new(default.memory_kib, default.passes), Ok(default));
        let (most_kib, most) = (limits::MAX_HASH_MEMORY_KIB, limits::MAX_HASH_PASSES);
        assert!(Cost::new(most_kib, most).is_ok());
        assert_eq!(Cost::new(most_kib + 1, 2), Err(CostError::TooExpensive));
        assert_eq!(Cost::new(most_kib, most + 1), Err(CostError::TooExpensive));
    }

    #[test]
    fn less_memory_or_less_work_is_below() {
        let today = Cost::default();
        for (memory_kib, passes, is_below) in [
            (19_456, 2, false),
            (19_456, 1, true),
            (8_192, 1, true),
            (12_288, 4, true),
            (47_104, 1, false),
            (19_456, 3, false),
        ] {
            let cost = Cost::unsafely_cheap(memory_kib, passes);
            assert_eq!(cost.is_below(today), is_below, "{cost:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_enough() {
        assert_eq!(
            Cost::new(8_192, 1).unwrap_err().to_string(),
            "--hash-memory-kib 8192 with --hash-passes 1 makes guessing too cheap, OWASP asks for \
             7168 with 5, or 9216 with 4, or 12288 with 3, or 19456 with 2, or 47104 with 1"
        );
        assert_eq!(
            Cost::new(1, 21).unwrap_err().to_string(),
            "a hash takes at most 194560 KiB and 20 passes"
        );
    }
}
