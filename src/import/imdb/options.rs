//! The options of an import of IMDb's files.

use std::fmt;
use std::str::FromStr;

use crate::import::errors::ImportError;
use crate::import::options::check_types;

/// A part of IMDb that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImdbPart {
    /// Other titles.
    Akas,
    /// People, and the credits of titles.
    People,
    /// Episodes of series.
    Episodes,
}

impl ImdbPart {
    /// Every part.
    pub const ALL: [ImdbPart; 3] = [ImdbPart::Akas, ImdbPart::People, ImdbPart::Episodes];
}

impl fmt::Display for ImdbPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ImdbPart::Akas => "akas",
            ImdbPart::People => "people",
            ImdbPart::Episodes => "episodes",
        })
    }
}

impl FromStr for ImdbPart {
    type Err = String;

    fn from_str(text: &str) -> Result<ImdbPart, String> {
        let found = ImdbPart::ALL
            .into_iter()
            .find(|part| part.to_string() == text);
        found.ok_or_else(|| "use akas, people or episodes".to_owned())
    }
}

/// Options of an import of IMDb's files.
#[derive(Clone, Debug, Default)]
pub struct ImdbOptions {
    /// Parts to leave out.
    pub without: Vec<ImdbPart>,
    /// Types of titles to import; empty for all.
    pub types: Vec<String>,
    /// Votes that a title needs.
    pub min_votes: u32,
    /// Whether a side value that cannot be read is left unknown.
    pub lenient: bool,
}

impl ImdbOptions {
    /// Checks the options that do not depend on the files.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        check_types(&self.types)
    }

    pub(super) fn is_without(&self, part: ImdbPart) -> bool {
        self.without.contains(&part)
    }

    /// Whether a title of this type with these votes is imported.
    pub(super) fn takes(&self, kind: Option<&str>, votes: Option<u32>) -> bool {
        let kind = kind.unwrap_or_default();
        (self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind))
            && votes.unwrap_or(0) >= self.min_votes
            && !(kind == "tvEpisode" && self.is_without(ImdbPart::Episodes))
    }

    /// Whether some titles are left out.
    pub(super) fn is_choice(&self) -> bool {
        !self.types.is_empty() || self.min_votes > 0 || self.is_without(ImdbPart::Episodes)
    }
}
