//! The paths and the verbs of the justfile that the pages name.

use std::fs;
use std::path::PathBuf;

use super::source::{files, relative, root};

/// A page for readers: its path from the root, and its text.
pub struct Page {
    /// The path.
    pub path: String,
    /// The text.
    pub text: String,
}

/// Every Markdown page of the repository.
pub fn pages() -> Vec<Page> {
    let mut found: Vec<PathBuf> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    for folder in ["docs", "contrib", "examples", ".github", "crates", "fuzz"] {
        if root().join(folder).exists() {
            found.extend(files(&root().join(folder)));
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found.sort();
    let read = |path: &PathBuf| Page {
        path: relative(path),
        text: fs::read_to_string(path).unwrap(),
    };
    found.iter().map(read).collect()
}

/// The paths into the repository that a text names, such as `src/store/`.
pub fn paths(text: &str) -> Vec<&str> {
    const FOLDERS: [&str; 10] = [
        "src/",
        "crates/",
        "tests/",
        "docs/",
        "examples/",
        "contrib/",
        "benches/",
        "fuzz/",
        "migrations/",
        ".ci/",
    ];
    let is_part = |character: char| character.is_alphanumeric() || "_-./*".contains(character);
    let words = text.split(|character| !is_part(character));
    let words = words.map(|word| word.trim_start_matches("../").trim_end_matches('.'));
    words
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .collect()
}

/// Whether a path that a page names exists. `*` stands for any part of a name.
pub fn exists(path: &str) -> bool {
    let Some((before, after)) = path.split_once('*') else {
        return root().join(path).exists();
    };
    let (folder, begin) = before.rsplit_once('/').unwrap();
    let Ok(entries) = fs::read_dir(root().join(folder)) else {
        return false;
    };
    let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let end = after.split('/').next().unwrap();
    names.any(|name| name.starts_with(begin) && name.ends_with(end))
}

/// The verbs of `just` that a text names, in backticks or at the beginning of a line.
pub fn verbs(text: &str) -> Vec<&str> {
    let begins = text.match_indices("just ").filter(|(at, _)| {
        let before = text[..*at].trim_end_matches(' ');
        before.is_empty() || before.ends_with(['`', '\n', '$', '&', ';'])
    });
    begins
        .filter(|(at, _)| *at == 0 || !text[..*at].ends_with("\n") || in_code_block(text, *at))
        .filter_map(|(at, word)| {
            let verb = &text[at + word.len()..];
            let is_part = |character: char| character.is_ascii_lowercase() || character == '-';
            let length = verb
                .find(|character| !is_part(character))
                .unwrap_or(verb.len());
            (length > 0).then(|| &verb[..length])
        })
        .collect()
}

fn in_code_block(text: &str, at: usize) -> bool {
    text[..at].matches("```").count() % 2 == 1
}

/// The verbs that the justfile has.
pub fn known_verbs() -> Vec<String> {
    let justfile = fs::read_to_string(root().join("justfile")).unwrap();
    let recipes = justfile.lines().filter(|line| {
        line.starts_with(|character: char| character.is_ascii_lowercase()) && !line.contains(":=")
    });
    let names = recipes.map(|line| line.split([' ', ':']).next().unwrap().to_owned());
    names.collect()
}
