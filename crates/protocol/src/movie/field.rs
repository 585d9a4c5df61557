//! The description of one field of a movie.

/// One field of a movie, for code that handles all fields.
#[derive(Debug)]
pub struct FieldDescription {
    /// Its name in JSON, in columns of files and in SQL.
    pub name: &'static str,
    /// Its description, as Markdown.
    pub doc: &'static str,
    /// The type of its JSON value, in words.
    pub json: &'static str,
    /// Whether it is one value that a cell of a table can hold.
    pub is_plain: bool,
    /// The keys of its objects; empty when it has none.
    pub keys: &'static [&'static str],
}
