//! The number of lines of functions.

use super::source::{Source, identifier, item_length};

/// Each function of a file with its number of lines, from its signature to its last brace.
pub fn functions(source: &Source) -> Vec<(String, usize)> {
    let code = &source.code;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let begins_a_word = code[..at].ends_with([' ', '\n']) || at == 0;
        let name = identifier(code[at + 3..].trim_start());
        if let Some(name) = name.filter(|_| begins_a_word) {
            let lines = code[at..at + item_length(&code[at..])].lines().count();
            found.push((name.to_owned(), lines));
        }
    }
    found
}
