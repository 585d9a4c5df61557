//! A section of the server's properties.

/// A section of properties: names and values in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfoSection {
    /// Its name.
    pub name: &'static str,
    /// Its properties.
    pub properties: Vec<(String, String)>,
}
