//! The SQL that all tables of packed records have.

/// The statements with which an import reads and writes such a table. Rows have the key, the
/// record, and those of people also the full name.
pub(in crate::store) struct RowSql {
    /// Rows from the key `?1` on, in order.
    pub from_key_on: &'static str,
    /// The beginning of an insertion, before the values.
    pub into: &'static str,
    /// Replaces the row of the key `?1`.
    pub replace: &'static str,
    /// Deletes the row of the key `?1`.
    pub delete: &'static str,
    /// Whether rows have a name.
    pub has_name: bool,
}
