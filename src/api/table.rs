//! The one table of commands. It drives dispatch, `HELP`, `COMMAND`, the client's
//! completion, the documentation and the access tests.

use super::accounts::Accounts;
use super::connection::Connection;
use super::connections::Connections;
use super::find::Pages;
use super::movies::Movies;
use super::server::Server;
use super::{Args, Command, Refused};
use crate::api::access::{Permit, RequiredRole};
use crate::protocol::resp::Request;

/// One command.
pub struct Spec {
    /// Its word, in upper case.
    pub name: &'static str,
    /// Other words for the same command, as Redis's users know them.
    pub aliases: &'static [&'static str],
    /// Its arguments: `<one>`, `[optional]`, `one|other`, `<any number> …`.
    pub syntax: &'static str,
    /// Who may run it.
    pub access: RequiredRole,
    /// Whether its arguments hold a password, which belongs in no history and
    /// in no buffer for longer than needed.
    pub secret: bool,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// A line as a person types it, where the syntax alone leaves a question; else empty.
    pub example: &'static str,
    parse: for<'a> fn(Args<'a>) -> Result<Command<'a>, Refused>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Spec {
    /// Understands the arguments of a request that was admitted.
    ///
    /// # Errors
    /// Arguments that the command does not take.
    pub fn parse<'a>(permit: &Permit, request: Request<'a>) -> Result<Command<'a>, Refused> {
        (permit.spec().parse)(Args::new(request))
    }

    /// The arguments of its syntax with whether each may be left out:
    /// `<name> [LIMIT <rows>]` has the two `<name>` and `LIMIT <rows>`.
    pub fn arguments(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let mut rest = self.syntax.trim();
        std::iter::from_fn(move || {
            let end = end_of_argument(rest)?;
            let (argument, behind) = rest.split_at(end);
            rest = behind.trim_start();
            let inner = argument
                .strip_prefix('[')
                .and_then(|inner| inner.strip_suffix(']'));
            Some((inner.unwrap_or(argument), inner.is_some()))
        })
    }

    /// How many words it takes at least, its own included.
    pub fn required_words(&self) -> usize {
        1 + self.arguments().filter(|(_, optional)| !optional).count()
    }

    /// Its word and then its aliases.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Where the first argument of a syntax ends: a space outside of brackets,
/// unless only `…` follows it.
fn end_of_argument(syntax: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, letter) in syntax.char_indices() {
        match letter {
            '[' | '<' => depth += 1,
            ']' | '>' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && !syntax[at..].starts_with(" …") => return Some(at),
            _ => {}
        }
    }
    (!syntax.is_empty()).then_some(syntax.len())
}

/// The command of that word, in any case.
pub fn find(word: &[u8]) -> Option<&'static Spec> {
    position(word).map(|place| &TABLE[place])
}

/// Its place in the table.
pub(super) fn position(word: &[u8]) -> Option<usize> {
    TABLE.iter().position(|spec| {
        spec.words()
            .any(|name| name.as_bytes().eq_ignore_ascii_case(word))
    })
}

/// All commands, the most frequent first.
pub static TABLE: &[Spec] = &[
    Spec {
        name: "SEND",
        aliases: &["GET"],
        syntax: "<name> [POSTCARD|JSON]",
        access: RequiredRole::Reader,
        secret: false,
        summary: "a movie by its name",
        example: "SEND tt0068646 JSON",
        parse: |args| Movies::send(args).map(Command::Movies),
    },
    Spec {
        name: "MSEND",
        aliases: &["MGET"],
        syntax: "<name> …",
        access: RequiredRole::Reader,
        secret: false,
        summary: "several movies by their names",
        example: r#"MSEND 1 2 "the godfather""#,
        parse: |args| Movies::send_many(args).map(Command::Movies),
    },
    Spec {
        name: "EXISTS",
        aliases: &[],
        syntax: "<name> …",
        access: RequiredRole::Reader,
        secret: false,
        summary: "how many of the names there are",
        example: "EXISTS 1 tt0068646",
        parse: |args| Movies::exists(args).map(Command::Movies),
    },
    Spec {
        name: "LIST",
        aliases: &[],
        syntax: "[AFTER <name>] [LIMIT <rows>] [YEAR <years>] [GENRE <genre>] [MIN-RATING <rating>] \
                 [POSTCARD|JSON]",
        access: RequiredRole::Reader,
        secret: false,
        summary: "a page of movies in the order of their names",
        example: "LIST AFTER tt0068646 LIMIT 10 JSON",
        parse: |args| Pages::list(args).map(Command::Pages),
    },
    Spec {
        name: "FIND",
        aliases: &[],
        syntax: "<words> … [YEAR <years>] [GENRE <genre>] [MIN-RATING <rating>] [AFTER <name>] \
                 [LIMIT <rows>] [POSTCARD|JSON]",
        access: RequiredRole::Reader,
        secret: false,
        summary: "movies whose titles have the words, the best first",
        example: "FIND godfa YEAR 1970-1979 MIN-RATING 8 LIMIT 5",
        parse: |args| Pages::find(args).map(Command::Pages),
    },
    Spec {
        name: "COUNT",
        aliases: &["DBSIZE"],
        syntax: "",
        access: RequiredRole::Reader,
        secret: false,
        summary: "the number of movies",
        example: "",
        parse: |args| args.finish().map(|()| Command::Movies(Movies::Count)),
    },
    Spec {
        name: "PUT",
        aliases: &[],
        syntax: "<name> <json>",
        access: RequiredRole::Admin,
        secret: false,
        summary: "adds a movie, or replaces the one of that name",
        example: r#"PUT solaris '{"title":"Solaris","released":"1972-03-20","genres":["Drama","Sci-Fi"]}'"#,
        parse: |args| Movies::put(args).map(Command::Movies),
    },
    Spec {
        name: "DEL",
        aliases: &[],
        syntax: "<name> …",
        access: RequiredRole::Admin,
        secret: false,
        summary: "removes movies, and says how many",
        example: r#"DEL 1 "the godfather""#,
        parse: |args| Movies::delete(args).map(Command::Movies),
    },
    Spec {
        name: "NB",
        aliases: &[],
        syntax: "",
        access: RequiredRole::Reader,
        secret: false,
        summary: "the number of clients connected",
        example: "",
        parse: |args| {
            args.finish()
                .map(|()| Command::Connections(Connections::Number))
        },
    },
    Spec {
        name: "WHO",
        aliases: &[],
        syntax: "",
        access: RequiredRole::Admin,
        secret: false,
        summary: "the clients connected",
        example: "",
        parse: |args| {
            args.finish()
                .map(|()| Command::Connections(Connections::Who))
        },
    },
    Spec {
        name: "UP",
        aliases: &["AUTH"],
        syntax: "<user> <password>",
        access: RequiredRole::Anyone,
        secret: true,
        summary: "logs in",
        example: r#"UP ann "a password with spaces""#,
        parse: |args| Accounts::log_in(args).map(Command::Accounts),
    },
    Spec {
        name: "PASSWD",
        aliases: &[],
        syntax: "<old password> <new password>",
        access: RequiredRole::Reader,
        secret: true,
        summary: "changes your own password",
        example: r#"PASSWD "the old one" "a better one""#,
        parse: |args| Accounts::change_password(args).map(Command::Accounts),
    },
    Spec {
        name: "HELLO",
        aliases: &[],
        syntax: "[2|3] [AUTH <user> <password>] [SETNAME <client name>]",
        access: RequiredRole::Anyone,
        secret: true,
        summary: "chooses the protocol, and logs in",
        example: r#"HELLO 3 AUTH ann "her password" SETNAME kiosk"#,
        parse: |args| Accounts::hello(args).map(Command::Accounts),
    },
    Spec {
        name: "RESET",
        aliases: &[],
        syntax: "",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "logs out and goes back to RESP2",
        example: "",
        parse: |args| args.finish().map(|()| Command::Accounts(Accounts::Reset)),
    },
    Spec {
        name: "END",
        aliases: &["QUIT"],
        syntax: "",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "closes the connection",
        example: "",
        parse: |args| args.finish().map(|()| Command::Connection(Connection::End)),
    },
    Spec {
        name: "HELP",
        aliases: &[],
        syntax: "[<command>]",
        access: RequiredRole::Reader,
        secret: false,
        summary: "this list, or one command of it",
        example: "HELP LIST",
        parse: |args| Server::help(args).map(Command::Server),
    },
    Spec {
        name: "INFO",
        aliases: &[],
        syntax: "[<section>]",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "the server's metrics",
        example: "INFO stats",
        parse: |args| Server::info(args).map(Command::Server),
    },
    Spec {
        name: "PING",
        aliases: &[],
        syntax: "[<text>]",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "answers PONG, or the text",
        example: "",
        parse: |args| Connection::ping(args).map(Command::Connection),
    },
    Spec {
        name: "ECHO",
        aliases: &[],
        syntax: "<text>",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "answers the text",
        example: "",
        parse: |args| Connection::echo(args).map(Command::Connection),
    },
    Spec {
        name: "SELECT",
        aliases: &[],
        syntax: "0",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "there is one database, number 0",
        example: "",
        parse: |args| Connection::select(args).map(Command::Connection),
    },
    Spec {
        name: "CLIENT",
        aliases: &[],
        syntax: "ID|GETNAME|SETNAME <name>|SETINFO <attribute> <value>",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "what client libraries say about themselves",
        example: "CLIENT SETNAME kiosk",
        parse: |args| Connection::client(args).map(Command::Connection),
    },
    Spec {
        name: "COMMAND",
        aliases: &[],
        syntax: "[COUNT|DOCS [<command> …]|INFO [<command> …]]",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "this list, for programs",
        example: "COMMAND INFO SEND",
        parse: |args| Server::command(args).map(Command::Server),
    },
    Spec {
        name: "CONFIG",
        aliases: &[],
        syntax: "GET <parameter> …",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "what redis-benchmark asks before it starts",
        example: "CONFIG GET save",
        parse: |args| Server::config(args).map(Command::Server),
    },
    Spec {
        name: "UNWATCH",
        aliases: &[],
        syntax: "",
        access: RequiredRole::Anyone,
        secret: false,
        summary: "answers OK, there is nothing to unwatch",
        example: "",
        parse: |args| {
            args.finish()
                .map(|()| Command::Connection(Connection::Unwatch))
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::resp::{Decoder, FrameLimits, Step};
    use std::collections::HashSet;

    #[test]
    fn every_word_is_upper_case_and_stands_for_one_command() {
        let mut seen = HashSet::new();
        for word in TABLE.iter().flat_map(Spec::words) {
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
            [("<name>", false), ("POSTCARD|JSON", true)]
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
                ("AFTER <name>", true),
                ("LIMIT <rows>", true),
                ("POSTCARD|JSON", true)
            ]
        );
        assert_eq!(
            arguments("PASSWD"),
            [("<old password>", false), ("<new password>", false)]
        );
        assert_eq!(find(b"UP").unwrap().required_words(), 3);
    }

    /// Whoever types an example gets no lesson about the syntax.
    #[test]
    fn examples_can_be_typed() {
        for spec in TABLE.iter().filter(|spec| !spec.example.is_empty()) {
            let line = format!("{}\n", spec.example);
            let mut decoder = Decoder::default();
            let decoded = decoder.next(line.as_bytes(), FrameLimits::LOGGED_IN);
            let Ok(Step::Request(request, _)) = decoded else {
                panic!("{line} is no request");
            };
            assert_eq!(request.word(0), Some(spec.name.as_bytes()));
            assert!((spec.parse)(Args::new(request)).is_ok(), "{line}");
        }
        let may_have_none = |spec: &&Spec| spec.example.is_empty();
        for spec in TABLE.iter().filter(may_have_none) {
            let arguments = spec
                .arguments()
                .filter(|(argument, _)| argument.contains('<'));
            assert!(arguments.count() < 2, "{spec:?} needs an example");
        }
    }

    #[test]
    fn summaries_read_alike() {
        for spec in TABLE {
            assert!(
                !spec.summary.ends_with('.') && spec.summary.len() < 60,
                "{}",
                spec.name
            );
            assert!(
                spec.summary.starts_with(char::is_lowercase),
                "{}",
                spec.name
            );
        }
    }
}
