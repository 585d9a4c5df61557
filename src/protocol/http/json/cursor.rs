//! Cursors: the end of a page, in a form that only this program reads.

use super::super::error::HttpError;

/// The longest cursor, in bytes.
pub(super) const MAX_CURSOR_BYTES: usize = 2 * crate::config::limits::MAX_NAME_BYTES;

/// The cursor after a row.
pub(super) fn encode(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The row after which the next page begins.
///
/// # Errors
/// A text that no page has given.
pub(super) fn decode(cursor: &str) -> Result<String, HttpError> {
    let digits = cursor.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok())?
    });
    let name = digits.collect::<Option<Vec<u8>>>();
    let name = name.and_then(|name| String::from_utf8(name).ok());
    name.filter(|name| encode(name) == cursor)
        .ok_or_else(|| HttpError::bad_request("`cursor` is not the `next` of an earlier page"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        for name in ["", "tt0068646", "à \u{1f3ac}", "a/b?c&d"] {
            assert_eq!(decode(&encode(name)).as_deref(), Ok(name));
        }
        for cursor in ["x", "7", "7G", "+7", "ff", "4A", " 41"] {
            assert!(decode(cursor).is_err(), "{cursor}");
        }
    }
}
