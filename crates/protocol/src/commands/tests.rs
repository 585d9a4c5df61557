//! Tests of the table of commands.

use super::*;
use std::collections::HashSet;

#[test]
fn an_id_is_the_index_of_its_description() {
    for (index, command) in COMMANDS.iter().enumerate() {
        assert_eq!(command.id.index(), index, "{command:?}");
        assert_eq!(command.id.description().name, command.name);
    }
}

#[test]
fn every_word_is_upper_case_and_stands_for_one_command() {
    let mut seen = HashSet::new();
    for word in COMMANDS.iter().flat_map(CommandDescription::words) {
        assert!(word.bytes().all(|byte| byte.is_ascii_uppercase()), "{word}");
        assert!(seen.insert(word), "{word} stands twice");
    }
}

#[test]
fn words_are_found_in_any_case() {
    assert_eq!(find(b"sEnD").unwrap().name, "SEND");
    assert_eq!(find(b"get").unwrap().name, "SEND");
    for word in [&b""[..], b"SEN", b"SENDS", b"\xff"] {
        assert!(find(word).is_none());
    }
}

#[test]
fn the_syntax_is_taken_apart_at_its_spaces() {
    let arguments = |name: &str| {
        find(name.as_bytes())
            .unwrap()
            .arguments()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        arguments("SEND"),
        [("<name>", false), ("FULL", true), ("POSTCARD|JSON", true)]
    );
    assert_eq!(arguments("MSEND"), [("<name> …", false)]);
    assert_eq!(arguments("NB"), []);
    assert_eq!(
        arguments("FIND"),
        [
            ("<words> …", false),
            ("YEAR <years>", true),
            ("GENRE <genre>", true),
            ("MIN-RATING <rating>", true),
            ("TYPE <type>", true),
            ("PERSON <name>", true),
            ("ADULT no|yes", true),
            ("REGION <region>", true),
            ("SORT relevance|votes|rating|year|title", true),
            ("AFTER <name>", true),
            ("LIMIT <rows>", true),
            ("EXPLAIN", true),
            ("POSTCARD|JSON", true)
        ]
    );
    assert_eq!(
        arguments("PASSWD"),
        [("<old password>", false), ("<new password>", false)]
    );
    assert_eq!(find(b"UP").unwrap().required_words(), 3);
}

#[test]
fn a_command_with_several_arguments_has_an_example() {
    for command in COMMANDS.iter().filter(|command| command.example.is_empty()) {
        let arguments = command.arguments();
        let placeholders = arguments.filter(|(argument, _)| argument.contains('<'));
        assert!(placeholders.count() < 2, "{command:?} needs an example");
    }
}

#[test]
fn summaries_read_alike() {
    for command in COMMANDS {
        assert!(
            !command.summary.ends_with('.') && command.summary.len() < 60,
            "{}",
            command.name
        );
        assert!(
            command.summary.starts_with(char::is_lowercase),
            "{}",
            command.name
        );
    }
}
