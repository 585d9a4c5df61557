//! The table of commands for people (`HELP`) and for programs (`COMMAND`).

use std::fmt::Write as _;

use super::Reply;
use crate::protocol::commands::{COMMANDS, CommandDescription, RequiredRole};

/// Width of the left column of `HELP`, in characters. A longer syntax has a line of its own.
const HELP_COLUMN: usize = 34;

pub(super) fn all() -> String {
    let mut text = String::new();
    for command in COMMANDS {
        let head = format!("{} {}", command.name, command.syntax);
        let mark = if command.role == RequiredRole::Admin {
            " (admin)"
        } else {
            ""
        };
        let gap = match head.chars().count() {
            0..HELP_COLUMN => "",
            _ => &format!("\n{:HELP_COLUMN$}", ""),
        };
        let _ = writeln!(text, "{head:HELP_COLUMN$}{gap}{}{mark}", command.summary);
    }
    text.push_str(
        "Words with spaces are quoted: SEND \"the godfather\". HELP <command> describes one command.",
    );
    text
}

pub(super) fn one(command: &CommandDescription) -> String {
    let mut text = format!("{} {}", command.name, command.syntax)
        .trim_end()
        .to_owned();
    let _ = write!(text, "\n  {}\n  for: {}", command.summary, command.role);
    if !command.aliases.is_empty() {
        let _ = write!(text, "\n  also: {}", command.aliases.join(", "));
    }
    if !command.example.is_empty() {
        let _ = write!(text, "\n  example: {}", command.example);
    }
    text
}

/// The ten elements of Redis 7: name, arity (a minimum when negative), flags, the positions of keys,
/// and four empty lists: ACL categories, tips, key specifications and subcommands.
pub(super) fn command_info(command: &'static CommandDescription) -> Reply {
    let required = command.required_words() as i64;
    let exact = command
        .syntax
        .chars()
        .all(|letter| !matches!(letter, '[' | '…'));
    let flag = if command.role == RequiredRole::Admin {
        "write"
    } else {
        "readonly"
    };
    let nothing = || Reply::Array(Vec::new());
    Reply::Array(vec![
        Reply::text(command.name.to_lowercase()),
        Reply::Integer(if exact { required } else { -required }),
        Reply::Array(vec![Reply::Simple(flag)]),
        Reply::Integer(0),
        Reply::Integer(0),
        Reply::Integer(0),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
    ])
}

pub(super) fn command_docs(
    word: &'static str,
    command: &'static CommandDescription,
) -> (Reply, Reply) {
    let arguments = command.arguments().map(|(text, optional)| {
        let mut argument = vec![
            (Reply::text("name"), Reply::text(text)),
            (Reply::text("type"), Reply::text("string")),
            (Reply::text("display_text"), Reply::text(text)),
        ];
        if optional {
            argument.push((
                Reply::text("flags"),
                Reply::Array(vec![Reply::Simple("optional")]),
            ));
        }
        Reply::Map(argument)
    });
    let docs = vec![
        (Reply::text("summary"), Reply::text(command.summary)),
        (Reply::text("since"), Reply::text("0.1.0")),
        (Reply::text("group"), Reply::text("catalogue")),
        (Reply::text("arguments"), Reply::Array(arguments.collect())),
    ];
    (Reply::text(word.to_lowercase()), Reply::Map(docs))
}
