//! The line in which a query is typed.

use unicode_segmentation::UnicodeSegmentation;

use crate::config::limits;

/// A line of text with a cursor, which is between two visible characters (grapheme clusters).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct QueryInput {
    text: String,
    /// A byte of the text.
    cursor: usize,
}

impl QueryInput {
    /// A text with the cursor after it.
    pub fn new(text: &str) -> QueryInput {
        let mut query = QueryInput::default();
        text.chars().for_each(|typed| query.insert(typed));
        query
    }

    /// The typed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Types a character; a line has no control characters, and it has a bound.
    pub fn insert(&mut self, typed: char) {
        let is_short = self.text.len() + typed.len_utf8() <= limits::MAX_TYPED_QUERY_BYTES;
        if !typed.is_control() && is_short {
            self.text.insert(self.cursor, typed);
            self.cursor += typed.len_utf8();
        }
    }

    /// Deletes the character before the cursor.
    pub fn backspace(&mut self) {
        self.delete_back_to(self.left_of_cursor());
    }

    /// Deletes the character after the cursor.
    pub fn delete(&mut self) {
        let end = self.right_of_cursor();
        self.text.replace_range(self.cursor..end, "");
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        let before = self.before().trim_end();
        let start = before.rfind(char::is_whitespace);
        let start = start.map_or(0, |at| {
            at + before[at..].chars().next().map_or(0, char::len_utf8)
        });
        self.delete_back_to(start);
    }

    /// Deletes everything before the cursor.
    pub fn delete_line(&mut self) {
        self.delete_back_to(0);
    }

    /// Moves the cursor.
    pub fn left(&mut self) {
        self.cursor = self.left_of_cursor();
    }

    /// Moves the cursor.
    pub fn right(&mut self) {
        self.cursor = self.right_of_cursor();
    }

    /// Moves the cursor to the beginning.
    pub fn home(&mut self) {
        self.cursor = 0;
    }

    /// Moves the cursor to the end.
    pub fn end(&mut self) {
        self.cursor = self.text.len();
    }

    fn delete_back_to(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn left_of_cursor(&self) -> usize {
        let last = self.before().grapheme_indices(true).next_back();
        last.map_or(0, |(start, _)| start)
    }

    fn right_of_cursor(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_by_characters_as_people_see_them() {
        // The last letter is an `e` and an accent of its own.
        let mut query = QueryInput::new("le fabuleux ame\u{301}");
        query.backspace();
        assert_eq!(query.text(), "le fabuleux am");
        query.delete_word();
        assert_eq!(query.text(), "le fabuleux ");
        query.delete_word();
        assert_eq!((query.text(), query.before()), ("le ", "le "));
        query.home();
        query.insert('É');
        query.right();
        query.delete();
        assert_eq!((query.text(), query.before()), ("Él ", "Él"));
        query.left();
        query.left();
        query.left();
        query.backspace();
        assert_eq!(query.before(), "");
        query.end();
        query.delete();
        query.delete_line();
        assert_eq!(query, QueryInput::default());
    }

    #[test]
    fn what_is_no_character_is_not_typed_and_the_line_has_a_bound() {
        assert_eq!(QueryInput::new("a\x1b[\n\tb").text(), "a[b");
        let mut long = QueryInput::new(&"é".repeat(limits::MAX_TYPED_QUERY_BYTES));
        assert_eq!(long.text().len(), limits::MAX_TYPED_QUERY_BYTES);
        long.insert('x');
        assert_eq!(long.text().len(), limits::MAX_TYPED_QUERY_BYTES);
    }
}
