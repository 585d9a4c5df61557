//! The answer of a command, at once or later, independent of any protocol.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use super::error::ApiError;
use super::info_section::InfoSection;
use crate::auth::ApiKey;
use crate::connections::ConnectionInfo;
use crate::movie::{Details, EpisodeRef, MovieRef, Person};
use crate::search::QueryMatch;
use crate::store::{Account, AuditEntry, StoredKey};

/// The result of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The command was carried out.
    Done,
    /// One movie in the requested encoding; `None` if no movie has that name.
    Row(Option<Bytes>),
    /// Several movies in the order of the request; `None` for a name without a movie.
    Rows(Vec<Option<Bytes>>),
    /// A page of movies in its order.
    Page(Vec<Bytes>),
    /// A numbered page of movies, and the number of all of them.
    Found {
        /// The movies of the page.
        rows: Vec<Bytes>,
        /// The number of all that were found.
        total: usize,
    },
    /// A count.
    Number(u64),
    /// The open connections, by id.
    Connections(Vec<ConnectionInfo>),
    /// Entries of the audit trail, by position.
    Audit(Vec<AuditEntry>),
    /// The API keys, by name.
    Keys(Vec<StoredKey>),
    /// The accounts, by name.
    Accounts(Vec<Account>),
    /// A new API key, which is shown this once.
    NewKey(ApiKey),
    /// Properties of the server, by section. Empty before a login.
    Info(Vec<InfoSection>),
}

/// The form in which a protocol gets the movies of an [`Answer`].
#[derive(Clone, Copy, Debug)]
pub enum RowEncoding {
    /// The postcard row of docs/protocol.md, which the caches hold and share without a copy.
    Postcard,
    /// A JSON object that this function of the protocol writes.
    With(fn(MovieRef<'_>) -> Bytes),
}

/// Encodes a movie with its details.
pub type FullEncoding = fn(MovieRef<'_>, &Details) -> Bytes;

/// Encodes an episode.
pub type EpisodeEncoding = fn(EpisodeRef<'_>) -> Bytes;

/// Encodes a person.
pub type PersonEncoding = fn(&Person) -> Bytes;

/// Encodes a movie with its match.
pub type MatchEncoding = fn(MovieRef<'_>, QueryMatch<'_>) -> Bytes;

impl RowEncoding {
    pub(super) fn encode(self, movie: MovieRef<'_>) -> Bytes {
        match self {
            RowEncoding::Postcard => Bytes::from(movie.to_postcard()),
            RowEncoding::With(encode) => encode(movie),
        }
    }

    /// Encodes an answer to a search. A JSON object has `matched` too, the other title that matches,
    /// and `shown`, the title in the region of the search.
    pub(super) fn encode_match(self, movie: MovieRef<'_>, found: QueryMatch<'_>) -> Bytes {
        let row = self.encode(movie);
        let titles = [("matched", found.matched), ("shown", found.shown)];
        let object = match self {
            RowEncoding::With(_) if titles.iter().any(|(_, title)| title.is_some()) => {
                row.strip_suffix(b"}")
            }
            _ => None,
        };
        let Some(object) = object else {
            return row;
        };
        let mut longer = object.to_vec();
        for (key, title) in titles {
            if let Some(title) = title {
                let title = serde_json::Value::from(title);
                longer.extend_from_slice(format!(",\"{key}\":{title}").as_bytes());
            }
        }
        longer.push(b'}');
        Bytes::from(longer)
    }
}

/// An answer, or the future of one.
pub enum Execution<'s> {
    /// The answer.
    Now(Result<Answer, ApiError>),
    /// The answer of another thread: to a login, a change or a query. The connection's
    /// next command waits for it; other connections do not.
    Later(Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + 's>>),
}

impl<'s> Execution<'s> {
    pub(super) fn later(answer: impl Future<Output = Result<Answer, ApiError>> + 's) -> Self {
        Execution::Later(Box::pin(answer))
    }
}

impl From<Answer> for Execution<'_> {
    fn from(answer: Answer) -> Self {
        Execution::Now(Ok(answer))
    }
}

impl From<Result<Answer, ApiError>> for Execution<'_> {
    fn from(answer: Result<Answer, ApiError>) -> Self {
        Execution::Now(answer)
    }
}
