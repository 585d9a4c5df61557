//! The reasons for which a change is refused, the same on every replica.

use thiserror::Error;

use crate::config::limits;

/// The reason why a change was refused. The refusal is deterministic: it depends on the request and
/// on the rows alone, so every replica refuses the same change.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChangeError {
    /// The account or key of the actor was removed or has expired, or the account has another
    /// role or password.
    #[error("your account was changed, connect and log in again")]
    ActorChanged,
    /// The actor may not make this change.
    #[error("this change needs the role admin")]
    NotPermitted,
    /// An account of this name exists.
    #[error("user `{0}` exists already")]
    UserExists(String),
    /// No account has this name.
    #[error("no user `{0}`")]
    NoSuchUser(String),
    /// Without the account there would be no admin.
    #[error("`{0}` is the last admin and stays")]
    LastAdmin(String),
    /// The hash that was to be replaced is not the stored one.
    #[error("the password of `{0}` was changed meanwhile")]
    PasswordChanged(String),
    /// The condition of a change does not hold.
    #[error("another version of `{0}` is stored, read it again")]
    OtherVersion(String),
    /// The condition of a change needs a movie of this name.
    #[error("there is no movie `{0}`")]
    NoSuchMovie(String),
    /// The condition of a change needs that there is no movie of this name.
    #[error("movie `{0}` exists already, read it first")]
    MovieExists(String),
    /// A key of this name exists.
    #[error("key `{0}` exists already")]
    KeyExists(String),
    /// No key has this name.
    #[error("no key `{0}`")]
    NoSuchKey(String),
    /// The catalogue has the maximum number of keys.
    #[error("there are {} keys, revoke one first", limits::MAX_KEYS)]
    TooManyKeys,
}
