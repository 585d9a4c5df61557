//! What is known of a command apart from its execution.

use std::fmt;

/// The role that a caller needs to run a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequiredRole {
    /// No role: commands that client libraries send before and after a login, and the login itself.
    Anyone,
    /// Logged in.
    Reader,
    /// Logged in as an admin.
    Admin,
}

impl fmt::Display for RequiredRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            RequiredRole::Anyone => "anyone",
            RequiredRole::Reader => "reader",
            RequiredRole::Admin => "admin",
        })
    }
}

/// Identifies a command. As a number it is the index of its description in [`COMMANDS`](super::COMMANDS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table describes each")]
pub enum CommandId {
    Send,
    SendMany,
    Exists,
    List,
    Find,
    Person,
    People,
    Episodes,
    Count,
    Put,
    Delete,
    CountConnections,
    ListConnections,
    Audit,
    Cluster,
    Key,
    User,
    LogIn,
    ChangePassword,
    Hello,
    Reset,
    End,
    Help,
    Info,
    Ping,
    Echo,
    Select,
    Client,
    Command,
    Config,
    Unwatch,
}

/// The description of one command.
pub struct CommandDescription {
    /// The command.
    pub id: CommandId,
    /// Its word, in upper case.
    pub name: &'static str,
    /// Other words for the same command, as users of Redis know them.
    pub aliases: &'static [&'static str],
    /// Its arguments: `<one>`, `[optional]`, `one|other`, `<any number> …`.
    pub syntax: &'static str,
    /// The role that it requires.
    pub role: RequiredRole,
    /// Whether its arguments or its answer may hold a password or a key. Such a command is not kept
    /// in the history, and its bytes are overwritten in memory after use.
    pub secret: bool,
    /// Its purpose, in a few words.
    pub summary: &'static str,
    /// An example, if the syntax alone is not clear; else empty.
    pub example: &'static str,
}

impl fmt::Debug for CommandDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl CommandDescription {
    /// The arguments of its syntax, and whether each is optional: `<name> [LIMIT <rows>]` has the
    /// two `<name>` and `LIMIT <rows>`.
    pub fn arguments(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let mut rest = self.syntax.trim();
        std::iter::from_fn(move || {
            let end = end_of_argument(rest)?;
            let (argument, after) = rest.split_at(end);
            rest = after.trim_start();
            let inner = argument
                .strip_prefix('[')
                .and_then(|inner| inner.strip_suffix(']'));
            Some((inner.unwrap_or(argument), inner.is_some()))
        })
    }

    /// Whether a key that is limited to searches may run it.
    pub fn is_search(&self) -> bool {
        matches!(self.id, CommandId::Find | CommandId::People)
    }

    /// The least number of words of a request, the command word included.
    pub fn required_words(&self) -> usize {
        1 + self.arguments().filter(|(_, optional)| !optional).count()
    }

    /// Its word, then its aliases.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// The end of the first argument of a syntax: a space outside of brackets, unless only `…` follows
/// it.
fn end_of_argument(syntax: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (index, letter) in syntax.char_indices() {
        match letter {
            '[' | '<' => depth += 1,
            ']' | '>' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && !syntax[index..].starts_with(" …") => return Some(index),
            _ => {}
        }
    }
    (!syntax.is_empty()).then_some(syntax.len())
}
