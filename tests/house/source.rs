//! Reads the source of the workspace as text: comments and literals blanked, tests left out.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// Its path from the root of the workspace.
    pub path: String,
    /// Its text, as it is.
    pub text: String,
    /// The text with comments, literals and `#[cfg(test)]` items replaced by spaces.
    /// Line ends and byte offsets are those of `text`.
    pub code: String,
    /// The number of lines that are not part of a `#[cfg(test)]` item.
    pub lines: usize,
}

/// A crate of the workspace, and its files without those of unit tests.
pub struct Crate {
    /// The name under which other crates import it.
    pub name: String,
    /// The folder of its `lib.rs`, from the root of the workspace.
    pub folder: String,
    /// Its files.
    pub sources: Vec<Source>,
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The crates of the workspace: the root package and those in `crates/`.
pub fn workspace() -> Vec<Crate> {
    let mut folders = vec![root().to_owned()];
    if let Ok(entries) = fs::read_dir(root().join("crates")) {
        folders.extend(entries.map(|entry| entry.unwrap().path()));
    }
    folders.retain(|folder| folder.join("Cargo.toml").exists());
    folders.sort();
    folders.iter().map(|folder| read_crate(folder)).collect()
}

fn read_crate(folder: &Path) -> Crate {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "))
        .expect("a package has a name");
    let mut sources = Vec::new();
    for path in rust_files(&folder.join("src")) {
        let source = Source::read(&path);
        if !is_test_file(&source.path) {
            sources.push(source);
        }
    }
    Crate {
        name: name.trim_matches('"').replace('-', "_"),
        folder: relative(&folder.join("src")),
        sources,
    }
}

/// `tests.rs`, or a file in a folder `tests`.
fn is_test_file(path: &str) -> bool {
    path.split('/')
        .skip(1)
        .any(|part| part == "tests" || part == "tests.rs")
}

/// All Rust files in a folder and its folders, in order.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = files(folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// All files in a folder and its folders, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path from the root of the workspace.
pub fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

impl Source {
    /// Reads a file.
    pub fn read(path: &Path) -> Source {
        let text = fs::read_to_string(path).unwrap();
        Source::from_text(&relative(path), text)
    }

    /// A source file with this text.
    pub fn from_text(path: &str, text: String) -> Source {
        let mut code = blank_comments_and_literals(&text);
        let mut lines = text.lines().count();
        while let Some(item) = first_test_item(&code) {
            lines -= code[item.clone()].lines().count();
            blank(&mut code, item);
        }
        Source {
            path: path.to_owned(),
            text,
            code,
            lines,
        }
    }
}

/// Replaces all but line ends by spaces. Characters of several bytes become several spaces.
fn blank(code: &mut String, range: Range<usize>) {
    let spaces: String = code[range.clone()]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    code.replace_range(range, &spaces);
}

fn blank_comments_and_literals(text: &str) -> String {
    let mut code = text.to_owned();
    let mut at = 0;
    while at < text.len() {
        let length = match hidden_length(&text[at..]) {
            Some(length) => {
                blank(&mut code, at..at + length);
                length
            }
            // An identifier is passed over whole, so that its last letter begins no literal.
            None => identifier(&text[at..])
                .map_or_else(|| text[at..].chars().next().unwrap().len_utf8(), str::len),
        };
        at += length;
    }
    code
}

/// The length of the comment or literal with which a text begins.
fn hidden_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment_length(rest));
    }
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix);
        after.is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    });
    if let Some(prefix) = prefix {
        let after = &rest[prefix.len()..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        if prefix.ends_with('r') {
            let end = format!("\"{}", "#".repeat(hashes));
            let begin = prefix.len() + hashes + 1;
            return Some(begin + rest[begin..].find(&end).unwrap() + end.len());
        }
        if hashes == 0 {
            return Some(prefix.len() + quoted_length(after, b'"'));
        }
    }
    let after = rest.strip_prefix('b').unwrap_or(rest);
    let is_character = after.strip_prefix('\'').is_some_and(|inner| {
        let mut characters = inner.chars();
        characters.next() == Some('\\') || characters.next() == Some('\'')
    });
    is_character.then(|| rest.len() - after.len() + quoted_length(after, b'\''))
}

fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..]
                .chars()
                .next()
                .expect("an end of the comment")
                .len_utf8();
        }
        if depth == 0 {
            return at;
        }
    }
}

/// The length of a literal with escapes that begins and ends with this byte.
fn quoted_length(rest: &str, quote: u8) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// The identifier with which a text begins.
pub fn identifier(text: &str) -> Option<&str> {
    let is_part = |character: char| character == '_' || character.is_alphanumeric();
    let length = text
        .find(|character| !is_part(character))
        .unwrap_or(text.len());
    let begins_well = text.starts_with(|character: char| !character.is_ascii_digit());
    (length > 0 && begins_well).then(|| &text[..length])
}

/// The first `#[cfg(test)]` with its item.
fn first_test_item(code: &str) -> Option<Range<usize>> {
    let begin = ["#[cfg(test)]", "#[cfg(all(test,"]
        .iter()
        .filter_map(|attribute| code.find(attribute))
        .min()?;
    let mut at = begin;
    while code[at..].trim_start().starts_with("#[") {
        at += code[at..].find("#[").unwrap() + 1;
        at += bracketed_length(&code[at..]);
    }
    Some(begin..at + item_length(&code[at..]))
}

/// The length of an item, a statement or a field: to its `;`, its `,` or the end of its block.
pub fn item_length(rest: &str) -> usize {
    const ENDS_AT_SEMICOLON: [&str; 5] = ["use", "const", "static", "type", "let"];
    const ENDS_AT_BLOCK: [&str; 6] = ["fn", "struct", "enum", "impl", "mod", "trait"];
    let words: Vec<&str> = rest
        .split([' ', '\n', '<'])
        .filter(|word| !word.is_empty())
        .take(3)
        .collect();
    let has_one_of = |keywords: &[&str]| words.iter().any(|word| keywords.contains(word));
    let ends_at_semicolon = has_one_of(&ENDS_AT_SEMICOLON) && !words.contains(&"fn");
    let ends_at_comma = !has_one_of(&ENDS_AT_BLOCK) && !ends_at_semicolon;
    let mut at = 0;
    while at < rest.len() {
        match rest.as_bytes()[at] {
            b';' => return at + 1,
            b',' if ends_at_comma => return at + 1,
            b'}' | b')' | b']' => return at,
            b'(' | b'[' => at += bracketed_length(&rest[at..]),
            b'{' if ends_at_semicolon => at += bracketed_length(&rest[at..]),
            b'{' => return at + bracketed_length(&rest[at..]),
            _ => at += 1,
        }
    }
    at
}

/// The length of a text in brackets, which is at the beginning.
pub fn bracketed_length(rest: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    rest.len()
}
