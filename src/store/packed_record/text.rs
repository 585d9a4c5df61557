//! The texts to which a packed title refers.

/// The titles of a movie, to which its packed record refers.
#[derive(Clone, Copy, Debug)]
pub struct TitleText<'a> {
    /// The title.
    pub title: &'a str,
    /// The title in its own language, where it differs.
    pub original_title: Option<&'a str>,
}

impl<'a> TitleText<'a> {
    /// The title in its own language.
    pub fn original(self) -> &'a str {
        self.original_title.unwrap_or(self.title)
    }
}
