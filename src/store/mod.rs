//! The one SQLite file: opening it, reading it, and the single writer. The only place with SQL.

mod applier;
mod bulk;
mod change;
mod checkpoint;
mod error;
mod invalidation;
mod maintenance;
mod migrate;
mod open;
mod probe;
mod progress;
mod reader;
mod row_cache;
mod search_index;
mod tables;
mod wal_index;
mod writer;

pub use applier::Changed;
pub use bulk::{Counts, Loader, Progress, Stage, Watch};
pub use change::{Actor, Change, ChangeError, ChangeRequest, PasswordHash};
pub use error::StoreError;
pub use maintenance::{CheckFault, Health, backup, check, restore};
pub use migrate::{LATEST_SCHEMA_VERSION, Migrated};
pub use open::{
    Contents, Created, compact, create, create_unless, is_of_a_database, migrate, reindex,
};
pub use probe::{Probe, Sizes};
pub use progress::ProgressObserver;
pub use reader::{ReadTransaction, Reader};
pub use search_index::{Listing, Search};
pub use tables::audit::AuditEntry;
pub use tables::users::{Account, NewPassword, Role};
pub use writer::{QueueFullError, Receipt, WriteCounts, Writer};
