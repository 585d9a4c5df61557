//! The names of types, and the files that define them.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Crate, identifier, item_length};

/// The name of each type, trait and alias, with the files that define it.
pub fn types(crates: &[Crate]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in crates.iter().flat_map(|member| &member.sources) {
        for name in defined(&source.code) {
            found.entry(name).or_default().insert(source.path.clone());
        }
    }
    found
}

/// The types that a code defines, also within functions. Associated types are not among them.
fn defined(code: &str) -> Vec<String> {
    let mut code = code.to_owned();
    for block in ["impl", "trait"] {
        forget_associated_types(&mut code, block);
    }
    let mut names = Vec::new();
    for keyword in ["struct ", "enum ", "union ", "trait ", "type "] {
        for (at, _) in code.match_indices(keyword) {
            let before = code[..at].trim_end_matches(' ');
            let is_keyword = before.is_empty() || before.ends_with(['\n', ')', '}', ';', '{', ']']);
            if is_keyword || before.ends_with("pub") || before.ends_with("unsafe") {
                names
                    .extend(identifier(code[at + keyword.len()..].trim_start()).map(str::to_owned));
            }
        }
    }
    names
}

/// Replaces `type` at the beginning of a line within such a block.
fn forget_associated_types(code: &mut String, block: &str) {
    let starts: Vec<usize> = code
        .match_indices(block)
        .filter(|(at, _)| {
            let line = code[..*at].rsplit('\n').next().unwrap();
            line.split_whitespace()
                .all(|word| word.starts_with("pub") || word == "unsafe")
        })
        .map(|(at, _)| at)
        .collect();
    for start in starts {
        let end = start + item_length(&code[start..]);
        let blanked = code[start..end].replace(" type ", "      ");
        code.replace_range(start..end, &blanked);
    }
}
