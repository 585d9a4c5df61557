//! Work on the whole file: backup, restore and check.

pub(in crate::store) mod atomic_file;
mod backup;
mod check;
mod reindex;

pub use backup::{backup, restore};
pub use check::{CheckFault, Health, check};
pub use reindex::{compact, reindex};
