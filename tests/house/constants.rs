//! Constants that are limits by their names.

use super::source::{Source, identifier};

/// Words in the name of a limit.
const WORDS: [&str; 7] = [
    "MAX", "MOST", "LIMIT", "TIMEOUT", "QUEUE", "CAPACITY", "ATTEMPTS",
];

/// The constants of a file that are limits by their names and values: a number or a time. A
/// value that is computed from other constants is no limit of its own.
pub fn limits(source: &Source) -> Vec<String> {
    if source.path.contains("/limits") {
        return Vec::new();
    }
    let constants = source
        .code
        .match_indices("const ")
        .filter_map(|(at, word)| {
            let rest = &source.code[at + word.len()..];
            let name = identifier(rest)?;
            let (_, value) = rest[..rest.find(';')?].split_once(" = ")?;
            let is_limit = name.split('_').any(|word| WORDS.contains(&word));
            (is_limit && is_literal(value)).then(|| format!("{}: {name}", source.path))
        });
    constants.collect()
}

fn is_literal(value: &str) -> bool {
    let number = value.trim().trim_start_matches("Duration::from_");
    let is_time = number.len() < value.trim().len();
    let is_part = |byte: u8| b"0123456789_.* <()".contains(&byte);
    is_time || number.bytes().all(is_part) && number.bytes().any(|byte| byte.is_ascii_digit())
}

#[test]
fn a_number_and_a_time_are_limits() {
    let code = "const MAX_A: usize = 4 * 1_024;\nconst A_TIMEOUT: Duration = Duration::from_secs(1);\n\
                const MAX_B: u64 = u64::MAX >> 1;\nconst MOST: &str = \"a\";\nconst STEP: u8 = 1;\n";
    let found = limits(&Source::from_text("src/a.rs", code.to_owned()));
    assert_eq!(found, ["src/a.rs: MAX_A", "src/a.rs: A_TIMEOUT"]);
}
