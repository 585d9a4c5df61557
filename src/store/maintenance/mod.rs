//! Work on the whole file: backup, restore and check.

pub(in crate::store) mod atomic_file;
mod backup;
mod check;

pub use backup::{backup, restore};
pub use check::{CheckFault, Health, check};
