//! The codes of errors.

/// The codes with which errors begin, in the order in which they are counted.
pub const ERROR_CODES: &[&str] = &["ECHEC", "EC", "NO", "NOPERM", "NOPROTO", "BUSY", "ERR"];
