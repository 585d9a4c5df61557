//! The cost of a password hash: its memory and its passes.

use argon2::Params;
use thiserror::Error;

use crate::config::limits;

/// The parameters of new hashes. Each hash is stored with its own parameters,
/// so changing these does not invalidate stored hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

/// The weakest parameters, memory in KiB and passes, that OWASP's Password Storage
/// Cheat Sheet recommends. It rates these five as equally strong.
const MIN_PARAMETERS: [(u32, u32); 5] = [
    (7_168, 5),
    (9_216, 4),
    (12_288, 3),
    (19_456, 2),
    (47_104, 1),
];

/// The reason why a cost is not allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CostError {
    /// An attacker with a stolen file could guess passwords too fast.
    #[error(
        "a password hash with memory {memory_kib} KiB and passes {passes} is too weak, OWASP recommends at least {}",
        min_parameters()
    )]
    TooCheap {
        /// The requested memory in KiB.
        memory_kib: u32,
        /// The requested passes.
        passes: u32,
    },
    /// A login would take seconds and gigabytes.
    #[error(
        "a password hash may have at most {} KiB and {} passes",
        limits::MAX_HASH_MEMORY_KIB,
        limits::MAX_HASH_PASSES
    )]
    TooExpensive,
}

fn min_parameters() -> String {
    let pairs = MIN_PARAMETERS.map(|(memory_kib, passes)| format!("{memory_kib} with {passes}"));
    pairs.join(", or ")
}

impl Cost {
    /// A cost between OWASP's minimum and the limit.
    ///
    /// # Errors
    /// [`CostError`] outside of these bounds.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Cost, CostError> {
        if memory_kib > limits::MAX_HASH_MEMORY_KIB || passes > limits::MAX_HASH_PASSES {
            return Err(CostError::TooExpensive);
        }
        let is_enough =
            |&(min_kib, min_passes): &(u32, u32)| memory_kib >= min_kib && passes >= min_passes;
        if MIN_PARAMETERS.iter().any(is_enough) {
            Ok(Cost { memory_kib, passes })
        } else {
            Err(CostError::TooCheap { memory_kib, passes })
        }
    }

    /// A cost without a lower bound, for tests, which hash thousands of times.
    /// The command line never uses it.
    pub const fn new_unchecked(memory_kib: u32, passes: u32) -> Cost {
        Cost { memory_kib, passes }
    }

    /// The memory of one hash, in KiB.
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// The number of passes over the memory.
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Blocks of 1 KiB that one hash fills. The time of a hash is proportional to them.
    pub(super) fn blocks(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    pub(super) fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, 1, None)
    }

    /// Whether a hash of this cost is cheaper to break than one of the `configured` cost.
    pub(super) fn is_below(self, configured: Cost) -> bool {
        self.blocks() < configured.blocks() || self.memory_kib < configured.memory_kib
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
    fn costs_below_the_minimum_of_owasp_are_refused() {
        for (memory_kib, passes) in MIN_PARAMETERS {
            assert!(Cost::new(memory_kib, passes).is_ok());
            let too_cheap = |memory_kib, passes| {
                Cost::new(memory_kib, passes) == Err(CostError::TooCheap { memory_kib, passes })
            };
            assert!(too_cheap(memory_kib - 1, passes) && too_cheap(memory_kib, passes - 1));
        }
        let default = Cost::default();
        assert_eq!(Cost::new(default.memory_kib, default.passes), Ok(default));
        let (max_kib, max_passes) = (limits::MAX_HASH_MEMORY_KIB, limits::MAX_HASH_PASSES);
        assert!(Cost::new(max_kib, max_passes).is_ok());
        for (memory_kib, passes) in [(max_kib + 1, 2), (max_kib, max_passes + 1)] {
            assert_eq!(Cost::new(memory_kib, passes), Err(CostError::TooExpensive));
        }
    }

    #[test]
    fn less_memory_or_less_work_is_a_lower_cost() {
        let configured = Cost::default();
        for (memory_kib, passes, is_below) in [
            (19_456, 2, false),
            (19_456, 1, true),
            (8_192, 1, true),
            (12_288, 4, true),
            (47_104, 1, false),
            (19_456, 3, false),
        ] {
            let cost = Cost::new_unchecked(memory_kib, passes);
            assert_eq!(cost.is_below(configured), is_below, "{cost:?}");
        }
    }

    #[test]
    fn a_refusal_lists_the_minimum() {
        assert_eq!(
            Cost::new(8_192, 1).unwrap_err().to_string(),
            "a password hash with memory 8192 KiB and passes 1 is too weak, OWASP recommends \
             at least 7168 with 5, or 9216 with 4, or 12288 with 3, or 19456 with 2, or 47104 with 1"
        );
        assert_eq!(
            Cost::new(1, 21).unwrap_err().to_string(),
            "a password hash may have at most 194560 KiB and 20 passes"
        );
    }
}
