//! Why a call of etcd failed.

use thiserror::Error;

/// Why a call failed, grouped by its known effect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EtcdError {
    /// Nothing was sent.
    #[error("etcd cannot be reached: {0}")]
    Unreachable(String),
    /// The request was sent, and no answer reports its effect.
    #[error("etcd did not answer: {0}")]
    NoAnswer(String),
    /// etcd refused the request.
    #[error("etcd: {message}")]
    Refused {
        /// The code, in the terms of gRPC.
        code: u32,
        /// Its message.
        message: String,
    },
    /// The answer is from another etcd than the answers before it.
    #[error("another etcd answers at `{0}` than before, check the addresses of --cluster")]
    OtherEngine(String),
}

impl EtcdError {
    /// Whether the revision was compacted.
    pub fn is_compacted(&self) -> bool {
        matches!(self, EtcdError::Refused { message, .. } if message.contains("has been compacted"))
    }

    /// Whether the request had no effect and will have none.
    pub fn had_no_effect(&self) -> bool {
        /// `INVALID_ARGUMENT`, `PERMISSION_DENIED` and `UNAUTHENTICATED` of gRPC.
        const REFUSALS: [u32; 3] = [3, 7, 16];
        match self {
            EtcdError::Unreachable(_) => true,
            EtcdError::NoAnswer(_) | EtcdError::OtherEngine(_) => false,
            EtcdError::Refused { code, message } => {
                REFUSALS.contains(code) || message.contains("database space exceeded")
            }
        }
    }

    /// Whether all further attempts will fail.
    pub fn is_final(&self) -> bool {
        matches!(self, EtcdError::Refused { .. }) && self.had_no_effect()
    }
}
