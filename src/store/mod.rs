//! The one SQLite file: opening it, reading it, and the single writer. The only place with SQL.

mod bulk;
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

pub use bulk::{Counts, Loader, Progress, Stage, Watch};
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
pub use tables::users::{Account, LastAdminError, NewPassword, Role};
pub use writer::{Busy, Change, Changed, Receipt, WriteCounts, Writer};

/// The changes that the writer knows, by what they change.
pub mod change {
    pub use super::tables::movies::{delete as delete_movies, put as put_movie};
    pub use super::tables::users::{
        add as add_user, delete as delete_user, replace_password, set_password, set_role,
        upgrade_password_hash,
    };
}
