//! A change as data: what is to be changed, the actor, and under which preconditions.
//!
//! A [`ChangeRequest`] holds everything that [the applier](super::applier) needs: time and
//! random numbers are values in it. So the same request, applied to the same rows, gives
//! the same rows and the same answer everywhere.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

pub use super::change_error::ChangeError;
use super::tables::api_keys::{KeyGrant, KeyHash};
use super::tables::users::{NewPassword, Role};
use super::version::MovieCondition;
use crate::movie::{FullMovie, Movie};

/// The data of a change. A variant is never removed or reordered, and its fields keep their order:
/// [`ChangeRequest::encode`] promises the bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// As [`Change::PutMovie`] with a movie without details. Only read: earlier versions of this
    /// program wrote it.
    PutPlainMovie(Box<Movie>),
    /// Deletes the movies of these names.
    DeleteMovies {
        /// Names without a movie are ignored.
        names: Vec<String>,
    },
    /// Adds an account.
    AddUser {
        /// The user's name.
        name: String,
        /// The password.
        password: NewPassword,
        /// The role of the account.
        role: Role,
    },
    /// Deletes an account.
    DeleteUser {
        /// The user's name.
        name: String,
        /// Whether the last admin may be deleted.
        force: bool,
    },
    /// Sets the password of an account, and ends its sessions.
    SetPassword {
        /// The user's name.
        name: String,
        /// The new password.
        password: NewPassword,
    },
    /// Sets the role of an account, and ends its sessions.
    SetRole {
        /// The user's name.
        name: String,
        /// The new role.
        role: Role,
        /// Whether the last admin may become a reader.
        force: bool,
    },
    /// Replaces the hash of a password by a newer hash of the same password.
    UpgradePasswordHash {
        /// The user's name.
        name: String,
        /// The hash that is replaced.
        old: PasswordHash,
        /// The new hash.
        new: PasswordHash,
    },
    /// Adds an API key.
    AddKey {
        /// Its name, and what it may do.
        grant: KeyGrant,
        /// The hash of the key.
        hash: KeyHash,
    },
    /// Removes an API key, and ends its sessions.
    RevokeKey {
        /// The key's name.
        name: String,
    },
    /// Notes that an API key was used. It takes no position and has no audit entry.
    NoteKeyUse {
        /// The hash of the key.
        hash: KeyHash,
    },
    /// Adds the movie with its details, or replaces the one of its name, which keeps its id.
    PutMovie(Box<FullMovie>),
    /// As [`Change::PutMovie`], if the condition holds.
    PutMovieIf {
        /// The movie.
        movie: Box<FullMovie>,
        /// The condition on the stored movie.
        condition: MovieCondition,
    },
    /// Deletes the movie of that name, if the condition holds.
    DeleteMovieIf {
        /// The movie's name.
        name: String,
        /// The condition on the stored movie.
        condition: MovieCondition,
    },
}

/// The hash of a password, a PHC string. It is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(_)")
    }
}

/// The account or program that asks for a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// An operator at the command line, with permission to write to the file.
    Operator,
    /// The server itself.
    Server,
    /// The account of a session. The change is refused unless the account still has this
    /// role and this password when the change is applied.
    Account {
        /// The user's name.
        name: String,
        /// The role at the login.
        role: Role,
        /// The password at the login.
        password_id: i64,
    },
    /// An API key. The change is refused unless the key exists, has this role and has not
    /// expired when the change is applied.
    Key {
        /// The hash of the key.
        hash: KeyHash,
        /// The role at the login.
        role: Role,
    },
}

/// A change, and the actor, source and time that belong to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// The time of the request, in seconds since 1970.
    pub time: i64,
    /// The account or program that asks.
    pub actor: Actor,
    /// The source of the request, for the audit trail.
    pub source: String,
    /// The data of the change.
    pub change: Change,
}

/// The version of the encoding. A new version is a new variant.
#[derive(Serialize, Deserialize)]
enum Envelope<R> {
    V1(R),
}

impl Change {
    /// The name of the change in the audit trail.
    pub fn command(&self) -> &'static str {
        match self {
            Change::PutMovie(_) | Change::PutPlainMovie(_) | Change::PutMovieIf { .. } => "put",
            Change::DeleteMovies { .. } | Change::DeleteMovieIf { .. } => "del",
            Change::AddUser { .. } => "adduser",
            Change::DeleteUser { .. } => "deluser",
            Change::SetPassword { .. } => "passwd",
            Change::SetRole { .. } => "role",
            Change::UpgradePasswordHash { .. } => "rehash",
            Change::AddKey { .. } => "addkey",
            Change::RevokeKey { .. } => "revokekey",
            Change::NoteKeyUse { .. } => "keyuse",
        }
    }

    /// The names of the movies that it may change.
    pub fn movies(&self) -> &[String] {
        match self {
            Change::PutMovie(movie) | Change::PutMovieIf { movie, .. } => {
                std::slice::from_ref(&movie.name)
            }
            Change::DeleteMovieIf { name, .. } => std::slice::from_ref(name),
            Change::PutPlainMovie(movie) => std::slice::from_ref(&movie.name),
            Change::DeleteMovies { names } => names,
            _ => &[],
        }
    }

    /// The name of the account or key that it may change.
    pub fn account(&self) -> Option<&str> {
        match self {
            Change::PutMovie(_)
            | Change::PutPlainMovie(_)
            | Change::PutMovieIf { .. }
            | Change::DeleteMovies { .. }
            | Change::DeleteMovieIf { .. }
            | Change::NoteKeyUse { .. } => None,
            Change::AddKey { grant, .. } => Some(&grant.name),
            Change::AddUser { name, .. }
            | Change::DeleteUser { name, .. }
            | Change::SetPassword { name, .. }
            | Change::SetRole { name, .. }
            | Change::UpgradePasswordHash { name, .. }
            | Change::RevokeKey { name } => Some(name),
        }
    }

    /// The approximate memory of the request, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let texts: usize = match self {
            Change::PutMovie(movie) | Change::PutMovieIf { movie, .. } => {
                size_of::<FullMovie>() + text_bytes(movie.movie()) + movie.details().bytes()
            }
            Change::PutPlainMovie(movie) => size_of::<Movie>() + text_bytes(movie),
            Change::DeleteMovies { names } => {
                let names = names.iter().map(|name| size_of::<String>() + name.len());
                names.sum()
            }
            _ => 0,
        };
        size_of::<ChangeRequest>() + texts
    }

    /// Whether sessions of the account or key may end by it.
    pub fn ends_sessions(&self) -> bool {
        self.account().is_some() && !matches!(self, Change::UpgradePasswordHash { .. })
    }

    /// Whether an actor of this role may ask for it; `account` is its name if it is an account.
    pub(super) fn is_permitted_to(&self, account: Option<&str>, role: Role) -> bool {
        match self {
            Change::SetPassword { name, .. } => account == Some(name),
            Change::UpgradePasswordHash { .. } | Change::NoteKeyUse { .. } => false,
            _ => role == Role::Admin,
        }
    }
}

fn text_bytes(movie: &Movie) -> usize {
    let genres: usize = movie.genres.iter().map(String::len).sum();
    let original = movie.original_title.as_ref().map_or(0, String::len);
    movie.name.len() + movie.title.len() + original + genres
}

impl ChangeRequest {
    /// Makes a request with the current time. `source` is the address or the process of the actor.
    pub fn new(actor: Actor, source: impl ToString, change: Change) -> ChangeRequest {
        ChangeRequest {
            time: now(),
            actor,
            source: source.to_string(),
            change,
        }
    }

    /// Makes a request of the operator of this process.
    pub fn from_operator(change: Change) -> ChangeRequest {
        ChangeRequest::new(Actor::Operator, operator_source(), change)
    }

    /// The request as bytes: the version, and the fields in postcard form.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(&Envelope::V1(self)).expect("writing to a vector cannot fail")
    }

    /// Reads what [`ChangeRequest::encode`] wrote.
    ///
    /// # Errors
    /// Bytes that are cut off, of a later version, or hold a movie that is not valid.
    pub fn decode(bytes: &[u8]) -> Result<ChangeRequest, postcard::Error> {
        match postcard::take_from_bytes::<Envelope<ChangeRequest>>(bytes)? {
            (Envelope::V1(request), []) => Ok(request),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        }
    }
}

/// The time in seconds since 1970.
pub fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs() as i64
}

/// The source of requests of the operator of this process.
pub(super) fn operator_source() -> String {
    format!("command line, uid {}", rustix::process::getuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Details, Fields};
    use crate::store::MovieVersion;

    fn password(id: i64) -> NewPassword {
        let hash = "$h".to_owned();
        NewPassword { hash, id }
    }

    fn movie() -> Box<Movie> {
        let fields = Fields {
            name: "m".to_owned(),
            title: "T".to_owned(),
            votes: Some(3),
            ..Fields::default()
        };
        Box::new(Movie::new(fields).unwrap())
    }

    fn full_movie() -> Box<FullMovie> {
        let details = Details {
            kind: Some("odd".to_owned()),
            ..Details::default()
        };
        Box::new(FullMovie::new(*movie(), details).unwrap())
    }

    /// A log may hold these bytes for years. A variant that is changed fails here.
    #[test]
    fn the_bytes_of_every_change_stay_the_same() {
        let name = || "u".to_owned();
        let (role, force) = (Role::Admin, true);
        let cases: [(Change, &[u8]); 13] = [
            (
                Change::PutPlainMovie(movie()),
                b"\x00\x00\x01m\x01T\x00\x00\x00\x00\x00\x01\x03",
            ),
            (
                Change::DeleteMovies {
                    names: vec![name(), "v w".to_owned()],
                },
                b"\x01\x02\x01u\x03v w",
            ),
            (
                Change::AddUser {
                    name: name(),
                    password: password(-2),
                    role,
                },
                b"\x02\x01u\x02$h\x03\x01",
            ),
            (
                Change::DeleteUser {
                    name: name(),
                    force,
                },
                b"\x03\x01u\x01",
            ),
            (
                Change::SetPassword {
                    name: name(),
                    password: password(64),
                },
                b"\x04\x01u\x02$h\x80\x01",
            ),
            (
                Change::SetRole {
                    name: name(),
                    role: Role::Reader,
                    force,
                },
                b"\x05\x01u\x00\x01",
            ),
            (
                Change::UpgradePasswordHash {
                    name: name(),
                    old: PasswordHash("$o".to_owned()),
                    new: PasswordHash("$n".to_owned()),
                },
                b"\x06\x01u\x02$o\x02$n",
            ),
            (
                Change::AddKey {
                    grant: KeyGrant {
                        name: name(),
                        role: Role::Reader,
                        is_search_only: true,
                        expires_at: Some(-1),
                    },
                    hash: KeyHash([b'h'; 32]),
                },
                b"\x07\x01u\x00\x01\x01\x01hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
            ),
            (Change::RevokeKey { name: name() }, b"\x08\x01u"),
            (
                Change::NoteKeyUse {
                    hash: KeyHash([b'h'; 32]),
                },
                b"\x09hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
            ),
            (
                Change::PutMovie(full_movie()),
                b"\x0a\x15\x01\x00\x01m\x01T\x00\x00\x00\x00\x00\x01\x03\x01\x01\x05\x01\x03odd",
            ),
            (
                Change::PutMovieIf {
                    movie: full_movie(),
                    condition: MovieCondition::Present,
                },
                b"\x0b\x15\x01\x00\x01m\x01T\x00\x00\x00\x00\x00\x01\x03\x01\x01\x05\x01\x03odd\x01",
            ),
            (
                Change::DeleteMovieIf {
                    name: name(),
                    condition: MovieCondition::Versions(vec![MovieVersion([b'v'; 12])]),
                },
                b"\x0c\x01u\x02\x01vvvvvvvvvvvv",
            ),
        ];
        let actors: [(Actor, &[u8]); 4] = [
            (Actor::Operator, b"\x00"),
            (Actor::Server, b"\x01"),
            (
                Actor::Account {
                    name: name(),
                    role,
                    password_id: 1,
                },
                b"\x02\x01u\x01\x02",
            ),
            (
                Actor::Key {
                    hash: KeyHash([b'k'; 32]),
                    role,
                },
                b"\x03kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\x01",
            ),
        ];
        for (change, change_bytes) in cases {
            for (actor, actor_bytes) in &actors {
                let request = ChangeRequest {
                    time: 5,
                    actor: actor.clone(),
                    source: "here".to_owned(),
                    change: change.clone(),
                };
                let expected = [b"\x00\x0a", *actor_bytes, b"\x04here", change_bytes].concat();
                assert_eq!(request.encode(), expected, "{change:?}");
                assert_eq!(ChangeRequest::decode(&expected), Ok(request));
                for end in 0..expected.len() {
                    assert!(ChangeRequest::decode(&expected[..end]).is_err());
                }
                let later = [b"\x01", &expected[1..]].concat();
                assert!(ChangeRequest::decode(&later).is_err());
                assert!(ChangeRequest::decode(&[&expected[..], b"\0"].concat()).is_err());
            }
        }
    }

    #[test]
    fn an_encoded_movie_that_is_not_valid_is_refused() {
        for change in [
            Change::PutPlainMovie(movie()),
            Change::PutMovie(full_movie()),
        ] {
            let mut bytes = ChangeRequest::from_operator(change).encode();
            let title = bytes.iter().rposition(|byte| *byte == b'T').unwrap();
            bytes[title] = b'\n';
            assert!(ChangeRequest::decode(&bytes).is_err());
        }
    }
}
