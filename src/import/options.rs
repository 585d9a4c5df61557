//! The options of an import.

use std::path::PathBuf;

use encoding_rs::Encoding;

use super::columns::mapping::FieldMapping;
use super::errors::{ImportError, quoted};
use super::source::encoding;
use super::title_types::TITLE_TYPES;
use super::values::dates::DateOrder;
use crate::config::limits;

/// Options of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// IMDb's `title.ratings.tsv`, to join to its `title.basics.tsv`.
    pub ratings: Option<PathBuf>,
    /// The columns of fields that are not found by their names.
    pub maps: Vec<FieldMapping>,
    /// The column of the name.
    pub key: Option<String>,
    /// Text before every name.
    pub prefix: String,
    /// The IMDb title types to import; empty for all.
    pub types: Vec<String>,
    /// Whether a value other than title and name that cannot be read is left unknown.
    pub lenient: bool,
    /// The order of day and month in dates such as `12/06/1998`.
    pub dates: Option<DateOrder>,
    /// The best rating, where it is not 10.
    pub rating_scale: Option<f64>,
    /// The label of the encoding, where it is not UTF-8.
    pub encoding: Option<String>,
    /// Lines before the header.
    pub skip_lines: u64,
    /// The columns of a file without a header.
    pub columns: Vec<String>,
}

impl ImportOptions {
    /// Checks the options that do not depend on the file.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        check_prefix(&self.prefix)?;
        check_scale(self.rating_scale)?;
        check_types(&self.types)
    }

    /// The encoding of the file.
    pub(super) fn encoding(&self) -> Result<Option<&'static Encoding>, ImportError> {
        let Some(label) = &self.encoding else {
            return Ok(None);
        };
        match encoding::from_label(label) {
            Some(encoding) => Ok(Some(encoding)),
            None => Err(ImportError::UnknownEncoding(quoted(label))),
        }
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

fn check_scale(scale: Option<f64>) -> Result<(), ImportError> {
    match scale {
        Some(scale) if !(scale > 0.0 && scale <= limits::MAX_RATING_SCALE) => {
            Err(ImportError::RatingScale(scale))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_types(types: &[String]) -> Result<(), ImportError> {
    let is_unknown = |name: &&String| !TITLE_TYPES.contains(&name.as_str());
    match types.iter().find(is_unknown) {
        None => Ok(()),
        Some(name) => Err(ImportError::UnknownType {
            name: quoted(name),
            known: TITLE_TYPES.join(", "),
        }),
    }
}
