//! The one SQLite file: opening it, reading it, and the single writer. The only place with SQL.

mod backup;
mod bulk;
mod cache;
mod changes;
mod check;
mod checkpoint;
mod error;
mod header;
mod index;
mod migrate;
mod movies;
mod onlooker;
mod open;
mod probe;
mod reader;
mod unfinished;
mod users;
mod writer;

pub use backup::{backup, restore};
pub use bulk::{Counts, Loader, Progress, Stage, Watch};
pub use cache::CacheCounts;
pub use check::{CheckFault, Health, check};
pub use error::StoreError;
pub use index::{Listing, Search};
pub use migrate::{LATEST, Migrated};
pub use onlooker::Onlooker;
pub use open::{
    Contents, Created, create, create_unless, is_of_a_database, migrate, reindex, tidy,
};
pub use probe::{Probe, Sizes};
pub use reader::{Batch, Reader};
pub use users::{Account, LastAdmin, NewPassword, Role};
pub use writer::{Busy, Change, Changed, Receipt, WriteCounts, Writer};

/// The changes that the writer knows, by what they change.
pub mod change {
    pub use super::movies::{delete as delete_movies, put as put_movie};
    pub use super::users::{
        add as add_user, delete as delete_user, replace_password, set_password, set_role,
        upgrade_password_hash,
    };
}
