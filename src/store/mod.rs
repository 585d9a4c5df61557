//! The SQLite file: opening it, reading it, and the single writer. Only this module contains SQL.

mod applier;
mod bulk;
mod change;
mod change_error;
mod checkpoint;
mod create;
mod error;
mod file_id;
mod file_watch;
mod file_writer;
mod invalidation;
mod maintenance;
mod migrate;
mod open;
mod packed_record;
mod paths;
mod probe;
mod progress;
mod read_transaction;
mod reader;
mod records;
mod replica;
mod row_cache;
mod schema;
mod search_index;
mod sizes;
mod sql;
mod tables;
mod version;
mod wal_index;
mod write_queue;
mod writer;

pub use applier::Changed;
pub use bulk::{Counts, LoadCounts, Loader, RecordLoader, RecordParts, RowCounts, TakenVotes};
pub use change::{Actor, Change, ChangeError, ChangeRequest, PasswordHash, now};
pub use create::{Contents, Created, create, create_unless};
pub use error::StoreError;
pub use file_writer::WriteCounts;
pub use maintenance::{
    AtomicFile, CheckFault, Health, SnapshotFile, backup, check, compact, reindex, restore,
};
pub use migrate::migrate;
pub use open::{is_of_a_database, warn_if_exposed};
pub use packed_record::read_packed_records;
pub(crate) use packed_record::{
    AkaParts, CreditList, CreditParts, EpisodeLink, Film, IdPrefix, Key, PersonParts, TitlePacker,
    TitleText, pack_person, pack_series,
};
pub use paths::folder_of;
pub use probe::Probe;
pub use progress::{Progress, ProgressObserver};
pub use read_transaction::ReadTransaction;
pub use reader::Reader;
pub use records::EpisodePage;
pub use replica::{
    EntryResults, LogEntry, Replica, cluster_position, join_cluster, leave_cluster, sync_wal,
};
pub use schema::{LATEST_SCHEMA_VERSION, Migrated};
pub use search_index::{Listing, PeopleSearch, Search, SearchOrder};
pub use sizes::Sizes;
pub use sql::{SqlError, SqlQueries, SqlValue};
pub use tables::api_keys::{KeyGrant, KeyHash, StoredKey};
pub use tables::audit::AuditEntry;
pub use tables::cluster::{ClusterId, ClusterPosition, LogHash};
pub(crate) use tables::imdb_hashes::SourceHashes;
pub use tables::users::{Account, NewPassword, Role};
pub use version::{MovieCondition, MovieVersion};
pub use write_queue::{QueueFullError, QueuedChange, Receipt};
pub use writer::Writer;
