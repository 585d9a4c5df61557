//! What a caller may ask of an import.

use std::path::PathBuf;

use super::columns::layout::FieldMapping;
use super::errors::{ImportError, quoted};
use super::formats::imdb;
use crate::config::limits;

/// Options of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// IMDb's `title.ratings.tsv`, to join to its `title.basics.tsv`.
    pub ratings: Option<PathBuf>,
    /// The columns that feed fields, where their names do not say it.
    pub maps: Vec<FieldMapping>,
    /// The column that gives the name.
    pub key: Option<String>,
    /// Text before every name.
    pub prefix: String,
    /// The IMDb title types to import; empty for all.
    pub types: Vec<String>,
}

impl ImportOptions {
    /// Checks what does not depend on the file.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        check_prefix(&self.prefix)?;
        check_types(&self.types)
    }
}

fn check_prefix(prefix: &str) -> Result<(), ImportError> {
    if prefix.len() > limits::MAX_IMPORT_PREFIX_BYTES {
        return Err(ImportError::Prefix(format!(
            "has {} bytes, at most {} are allowed",
            prefix.len(),
            limits::MAX_IMPORT_PREFIX_BYTES
        )));
    }
    if prefix.chars().any(char::is_control) {
        let prefix = quoted(prefix);
        return Err(ImportError::Prefix(format!(
            "{prefix} holds a control character"
        )));
    }
    Ok(())
}

fn check_types(types: &[String]) -> Result<(), ImportError> {
    let is_unknown = |name: &&String| !imdb::TITLE_TYPES.contains(&name.as_str());
    match types.iter().find(is_unknown) {
        None => Ok(()),
        Some(name) => Err(ImportError::UnknownType {
            name: quoted(name),
            known: imdb::TITLE_TYPES.join(", "),
        }),
    }
}
