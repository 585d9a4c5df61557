//! The position of the name in a cached row.

use crate::movie::name_in_postcard;

/// The position of the name in a cached row.
pub(in crate::store) trait CachedForm {
    /// The name in a row, if it is one.
    fn name(row: &[u8]) -> Option<&[u8]>;
}

/// Rows in postcard form.
pub(in crate::store) struct PostcardForm;

/// Documents, each after its name and the length of the name in one byte.
pub(in crate::store) struct NamedDocument;

impl CachedForm for PostcardForm {
    fn name(row: &[u8]) -> Option<&[u8]> {
        name_in_postcard(row)
    }
}

impl CachedForm for NamedDocument {
    fn name(row: &[u8]) -> Option<&[u8]> {
        let (&length, rest) = row.split_first()?;
        rest.get(..length.into())
    }
}
