//! The table of commands: name, syntax and required role of each. The table has no dependencies:
//! dispatch, `HELP`, `COMMAND`, the client's completion, the documentation and the access tests use
//! it.

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

/// Identifies a command. As a number it is the index of its description in [`COMMANDS`].
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

impl CommandId {
    /// The index of its description in [`COMMANDS`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its description.
    pub fn description(self) -> &'static CommandDescription {
        &COMMANDS[self.index()]
    }
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

/// The command of that word, in any case.
pub fn find(word: &[u8]) -> Option<&'static CommandDescription> {
    COMMANDS.iter().find(|command| {
        command
            .words()
            .any(|name| name.as_bytes().eq_ignore_ascii_case(word))
    })
}

/// All commands, the most frequent first.
pub static COMMANDS: &[CommandDescription] = &[
    CommandDescription {
        id: CommandId::Send,
        name: "SEND",
        aliases: &["GET"],
        syntax: "<name> [FULL] [POSTCARD|JSON]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "a movie by its name, or all that is known of it",
        example: "SEND tt0068646 FULL JSON",
    },
    CommandDescription {
        id: CommandId::SendMany,
        name: "MSEND",
        aliases: &["MGET"],
        syntax: "<name> …",
        role: RequiredRole::Reader,
        secret: false,
        summary: "several movies by their names",
        example: r#"MSEND 1 2 "the godfather""#,
    },
    CommandDescription {
        id: CommandId::Exists,
        name: "EXISTS",
        aliases: &[],
        syntax: "<name> …",
        role: RequiredRole::Reader,
        secret: false,
        summary: "the number of these names that exist",
        example: "EXISTS 1 tt0068646",
    },
    CommandDescription {
        id: CommandId::List,
        name: "LIST",
        aliases: &[],
        syntax: "[AFTER <name>] [LIMIT <rows>] [YEAR <years>] [GENRE <genre>] [MIN-RATING <rating>] \
                 [POSTCARD|JSON]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "a page of movies in the order of their names",
        example: "LIST AFTER tt0068646 LIMIT 10 JSON",
    },
    CommandDescription {
        id: CommandId::Find,
        name: "FIND",
        aliases: &[],
        syntax: "<words> … [YEAR <years>] [GENRE <genre>] [MIN-RATING <rating>] [TYPE <type>] \
                 [PERSON <name>] [ADULT no|yes] [REGION <region>] \
                 [SORT relevance|votes|rating|year|title] [AFTER <name>] [LIMIT <rows>] [EXPLAIN] \
                 [POSTCARD|JSON]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "movies whose titles have the words, the best first",
        example: "FIND godfa YEAR 1970-1979 MIN-RATING 8 LIMIT 5",
    },
    CommandDescription {
        id: CommandId::Person,
        name: "PERSON",
        aliases: &[],
        syntax: "<name> [POSTCARD|JSON]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "a person by the name in a movie's credits",
        example: "PERSON nm0000008 JSON",
    },
    CommandDescription {
        id: CommandId::People,
        name: "PEOPLE",
        aliases: &[],
        syntax: "<words> … [AFTER <name>] [LIMIT <rows>] [POSTCARD|JSON]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "people whose full names have the words, the best first",
        example: "PEOPLE al paci LIMIT 5",
    },
    CommandDescription {
        id: CommandId::Episodes,
        name: "EPISODES",
        aliases: &[],
        syntax: "<series> [SEASON <number>] [AFTER <name>] [LIMIT <rows>] [POSTCARD|JSON]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "a page of the episodes of a series, in their order",
        example: "EPISODES tt0903747 SEASON 1 JSON",
    },
    CommandDescription {
        id: CommandId::Count,
        name: "COUNT",
        aliases: &["DBSIZE"],
        syntax: "",
        role: RequiredRole::Reader,
        secret: false,
        summary: "the number of movies",
        example: "",
    },
    CommandDescription {
        id: CommandId::Put,
        name: "PUT",
        aliases: &[],
        syntax: "<name> <json>",
        role: RequiredRole::Admin,
        secret: false,
        summary: "adds a movie, or replaces the one of that name",
        example: r#"PUT solaris '{"title":"Solaris","released":"1972-03-20","genres":["Drama","Sci-Fi"]}'"#,
    },
    CommandDescription {
        id: CommandId::Delete,
        name: "DEL",
        aliases: &[],
        syntax: "<name> …",
        role: RequiredRole::Admin,
        secret: false,
        summary: "removes movies, and says how many",
        example: r#"DEL 1 "the godfather""#,
    },
    CommandDescription {
        id: CommandId::CountConnections,
        name: "NB",
        aliases: &[],
        syntax: "",
        role: RequiredRole::Reader,
        secret: false,
        summary: "the number of clients connected",
        example: "",
    },
    CommandDescription {
        id: CommandId::ListConnections,
        name: "WHO",
        aliases: &[],
        syntax: "",
        role: RequiredRole::Admin,
        secret: false,
        summary: "the clients connected",
        example: "",
    },
    CommandDescription {
        id: CommandId::Audit,
        name: "AUDIT",
        aliases: &[],
        syntax: "[AFTER <position>] [LIMIT <number>]",
        role: RequiredRole::Admin,
        secret: false,
        summary: "the audit trail: the last changes, or those after a position",
        example: "AUDIT AFTER 17 LIMIT 100",
    },
    CommandDescription {
        id: CommandId::Cluster,
        name: "CLUSTER",
        aliases: &[],
        syntax: "SEQ|WAIT <sequence>|HEAD <milliseconds>",
        role: RequiredRole::Reader,
        secret: false,
        summary: "the entry of your last change in the cluster's log, or waits until this node has one",
        example: "CLUSTER WAIT 4711 500",
    },
    CommandDescription {
        id: CommandId::Key,
        name: "KEY",
        aliases: &[],
        syntax: "ADD <name> [ROLE reader|admin] [SEARCH-ONLY] [EXPIRES <time>]|LIST|REVOKE <name>",
        role: RequiredRole::Admin,
        secret: true,
        summary: "adds, lists and revokes API keys",
        example: "KEY ADD kiosk EXPIRES 90d",
    },
    CommandDescription {
        id: CommandId::User,
        name: "USER",
        aliases: &[],
        syntax: "ADD <name> <password> [ROLE reader|admin]|DEL <name>|LIST|ROLE <name> reader|admin",
        role: RequiredRole::Admin,
        secret: true,
        summary: "adds, lists and removes accounts, and changes their roles",
        example: "USER ROLE maria admin",
    },
    CommandDescription {
        id: CommandId::LogIn,
        name: "UP",
        aliases: &["AUTH"],
        syntax: "<user> <password>",
        role: RequiredRole::Anyone,
        secret: true,
        summary: "logs in",
        example: r#"UP ann "a password with spaces""#,
    },
    CommandDescription {
        id: CommandId::ChangePassword,
        name: "PASSWD",
        aliases: &[],
        syntax: "<old password> <new password>",
        role: RequiredRole::Reader,
        secret: true,
        summary: "changes your own password",
        example: r#"PASSWD "the old one" "a better one""#,
    },
    CommandDescription {
        id: CommandId::Hello,
        name: "HELLO",
        aliases: &[],
        syntax: "[2|3] [AUTH <user> <password>] [SETNAME <client name>]",
        role: RequiredRole::Anyone,
        secret: true,
        summary: "chooses the protocol, and logs in",
        example: r#"HELLO 3 AUTH ann "her password" SETNAME kiosk"#,
    },
    CommandDescription {
        id: CommandId::Reset,
        name: "RESET",
        aliases: &[],
        syntax: "",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "logs out and goes back to RESP2",
        example: "",
    },
    CommandDescription {
        id: CommandId::End,
        name: "END",
        aliases: &["QUIT"],
        syntax: "",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "closes the connection",
        example: "",
    },
    CommandDescription {
        id: CommandId::Help,
        name: "HELP",
        aliases: &[],
        syntax: "[<command>]",
        role: RequiredRole::Reader,
        secret: false,
        summary: "this list, or one command of it",
        example: "HELP LIST",
    },
    CommandDescription {
        id: CommandId::Info,
        name: "INFO",
        aliases: &[],
        syntax: "[<section>]",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "the server's metrics",
        example: "INFO stats",
    },
    CommandDescription {
        id: CommandId::Ping,
        name: "PING",
        aliases: &[],
        syntax: "[<text>]",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "answers PONG, or the text",
        example: "",
    },
    CommandDescription {
        id: CommandId::Echo,
        name: "ECHO",
        aliases: &[],
        syntax: "<text>",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "answers the text",
        example: "",
    },
    CommandDescription {
        id: CommandId::Select,
        name: "SELECT",
        aliases: &[],
        syntax: "0",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "there is one database, number 0",
        example: "",
    },
    CommandDescription {
        id: CommandId::Client,
        name: "CLIENT",
        aliases: &[],
        syntax: "ID|GETNAME|SETNAME <name>|SETINFO <attribute> <value>",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "the name and the library of the connection",
        example: "CLIENT SETNAME kiosk",
    },
    CommandDescription {
        id: CommandId::Command,
        name: "COMMAND",
        aliases: &[],
        syntax: "[COUNT|DOCS [<command> …]|INFO [<command> …]]",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "this list, for programs",
        example: "COMMAND INFO SEND",
    },
    CommandDescription {
        id: CommandId::Config,
        name: "CONFIG",
        aliases: &[],
        syntax: "GET <parameter> …",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "settings that redis-benchmark reads before it starts",
        example: "CONFIG GET save",
    },
    CommandDescription {
        id: CommandId::Unwatch,
        name: "UNWATCH",
        aliases: &[],
        syntax: "",
        role: RequiredRole::Anyone,
        secret: false,
        summary: "answers OK, there is nothing to unwatch",
        example: "",
    },
];

#[cfg(test)]
mod tests {
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
}
