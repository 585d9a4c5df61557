//! Work on the whole file: backup, restore and check.

pub(in crate::store) mod atomic_file;
mod backup;
mod check;
pub(in crate::store) mod copy;
mod reindex;
mod restore;
mod snapshot;

pub use atomic_file::AtomicFile;
pub use backup::backup;
pub use check::{CheckFault, Health, check};
pub use reindex::{compact, reindex};
pub use restore::restore;
pub use snapshot::SnapshotFile;
