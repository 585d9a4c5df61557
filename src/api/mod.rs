//! The service layer: everything that the server can do, independent of any protocol. It takes
//! typed commands and returns typed answers.

pub mod access;
mod accounts;
mod answer;
mod cluster;
mod command;
mod context;
mod error;
mod execution;
mod identity;
mod info;
mod info_section;
mod key_cache;
mod keys;
mod log_import;
mod movies;
mod names;
mod numbered_page;
pub mod session;
pub mod state;
mod uploads;
mod users;
mod web_sessions;

pub use access::Permit;
pub use accounts::Credentials;
pub use answer::{
    Answer, EpisodeEncoding, Execution, FullEncoding, MatchEncoding, PersonEncoding, RowEncoding,
};
pub use cluster::{AppliedTarget, wait_until_applied};
pub use command::{Command, execute};
pub use context::Context;
pub use error::{ApiError, ApiErrorKind};
pub use identity::{AuthMethod, Identity};
pub use info_section::InfoSection;
pub use key_cache::KeyCache;
pub use movies::FilmsPage;
pub use names::MovieNames;
pub use numbered_page::{DetailsFilter, NumberedPage};
pub use state::ServerState;
pub use uploads::{UploadOptions, UploadState, UploadStatus, Uploads};
pub use users::NewUser;
pub use web_sessions::WebSessions;
