//! Versions of movies, for changes that depend on the stored movie.

use blake2::{Blake2s256, Digest};
use serde::{Deserialize, Serialize};

/// A hash of the JSON of a movie with its details. Two movies have the same one with a
/// probability of 2^-96.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovieVersion(pub [u8; MovieVersion::BYTES]);

impl MovieVersion {
    /// The bytes of the hash.
    pub const BYTES: usize = 12;

    /// The version of a movie with this JSON.
    pub fn from_json(json: &[u8]) -> MovieVersion {
        let hash = Blake2s256::digest(json);
        let mut version = [0; MovieVersion::BYTES];
        version.copy_from_slice(&hash[..MovieVersion::BYTES]);
        MovieVersion(version)
    }
}

/// The condition of a change on the stored movie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MovieCondition {
    /// No movie of that name.
    Absent,
    /// Any movie of that name.
    Present,
    /// A movie of that name in one of these versions.
    Versions(Vec<MovieVersion>),
}

impl MovieCondition {
    /// Whether it holds for the stored version; `None` is no movie.
    pub fn holds(&self, stored: Option<MovieVersion>) -> bool {
        match (self, stored) {
            (MovieCondition::Absent, stored) => stored.is_none(),
            (_, None) => false,
            (MovieCondition::Present, Some(_)) => true,
            (MovieCondition::Versions(versions), Some(stored)) => versions.contains(&stored),
        }
    }
}
