//! `HELP`, `INFO`, `COMMAND`, `CONFIG`.

use std::fmt::Write as _;

use super::args::Rest;
use super::outcome::or_error;
use super::{Args, Context, Outcome, Refused, ServerState, Spec, TABLE, find};
use crate::api::access::RequiredRole;
use crate::monitoring::{MetricsSnapshot, info as info_of};
use crate::protocol::resp::Reply;
use crate::store::{Sizes, StoreError};

/// A command about the server.
pub enum Server<'a> {
    /// `HELP`: the table for a person.
    HelpAll,
    /// `HELP <command>`: one line of it.
    HelpOne(&'static Spec),
    /// `INFO [<section>]`.
    Info(Option<&'a [u8]>),
    /// `COMMAND`, `COMMAND INFO`, `COMMAND COUNT`, `COMMAND DOCS`: the table for a program.
    Commands(Listing, Vec<&'static Spec>),
    /// `CONFIG GET <parameter> …`.
    Config(Rest<'a>),
}

/// What `COMMAND` is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Names, arity and flags.
    Info,
    /// How many there are.
    Count,
    /// Summaries and arguments, from which `redis-cli` makes its hints.
    Docs,
}

impl<'a> Server<'a> {
    pub(super) fn help(mut args: Args<'a>) -> Result<Server<'a>, Refused> {
        let word = args.take();
        args.finish()?;
        match word {
            None => Ok(Server::HelpAll),
            Some(word) => find(word).map(Server::HelpOne).ok_or_else(|| {
                let word = word.escape_ascii();
                Refused::because(format_args!("no command `{word}`, HELP lists all of them"))
            }),
        }
    }

    pub(super) fn info(mut args: Args<'a>) -> Result<Server<'a>, Refused> {
        let section = args.take();
        args.finish()?;
        Ok(Server::Info(section))
    }

    pub(super) fn command(mut args: Args<'a>) -> Result<Server<'a>, Refused> {
        let listing = match () {
            () if args.is_empty() || args.keyword("INFO") => Listing::Info,
            () if args.keyword("COUNT") => Listing::Count,
            () if args.keyword("DOCS") => Listing::Docs,
            () => {
                let words = "COMMAND takes COUNT, DOCS and INFO here";
                return Err(Refused::Because(Reply::error("NO", words)));
            }
        };
        let named: Vec<_> = std::iter::from_fn(|| args.take()).collect();
        let specs = match named[..] {
            [] => TABLE.iter().collect(),
            _ => named.into_iter().filter_map(find).collect(),
        };
        Ok(Server::Commands(listing, specs))
    }

    pub(super) fn config(mut args: Args<'a>) -> Result<Server<'a>, Refused> {
        if args.keyword("GET") {
            return args.rest().map(Server::Config);
        }
        Err(Refused::Because(Reply::error(
            "NO",
            "CONFIG takes only GET here",
        )))
    }

    pub(super) fn execute<'s>(self, context: Context<'s, '_>) -> Outcome<'s> {
        match self {
            Server::HelpAll => Reply::text(help()).into(),
            Server::HelpOne(spec) => Reply::text(help_one(spec)).into(),
            Server::Info(section) => info(context, section).into(),
            Server::Commands(Listing::Count, specs) => Reply::Integer(specs.len() as i64).into(),
            Server::Commands(Listing::Info, specs) => {
                Reply::Array(specs.into_iter().map(command_info).collect()).into()
            }
            Server::Commands(Listing::Docs, specs) => {
                let docs = specs
                    .into_iter()
                    .flat_map(|spec| spec.words().map(|w| command_docs(w, spec)));
                Reply::Map(docs.collect()).into()
            }
            Server::Config(parameters) => {
                Reply::Map(parameters.filter_map(parameter).collect()).into()
            }
        }
    }
}

/// How wide the left column of `HELP` is; what is longer has a line of its own.
const HELP_COLUMN: usize = 34;

fn help() -> String {
    let mut text = String::new();
    for spec in TABLE {
        let head = format!("{} {}", spec.name, spec.syntax);
        let mark = if spec.access == RequiredRole::Admin {
            " (admin)"
        } else {
            ""
        };
        let gap = match head.chars().count() {
            0..HELP_COLUMN => "",
            _ => &format!("\n{:HELP_COLUMN$}", ""),
        };
        let _ = writeln!(text, "{head:HELP_COLUMN$}{gap}{}{mark}", spec.summary);
    }
    text.push_str(
        "Words with spaces are quoted: SEND \"the godfather\". HELP <command> tells more.",
    );
    text
}

fn help_one(spec: &Spec) -> String {
    let mut text = format!("{} {}", spec.name, spec.syntax)
        .trim_end()
        .to_owned();
    let _ = write!(text, "\n  {}\n  for: {}", spec.summary, spec.access);
    if !spec.aliases.is_empty() {
        let _ = write!(text, "\n  also: {}", spec.aliases.join(", "));
    }
    if !spec.example.is_empty() {
        let _ = write!(text, "\n  example: {}", spec.example);
    }
    text
}

/// Before the login only what handshakes look for.
fn info(context: Context<'_, '_>, section: Option<&[u8]>) -> Reply {
    if context.session.who().is_none() {
        return Reply::text("# Server\r\nloading:0\r\n# Replication\r\nrole:master\r\n");
    }
    // So that it counts what came before it on this connection, and itself.
    let running = context
        .recorder
        .start(context.recorder.end_with_one_apart());
    let reply = sections_of(context.state, context.reader.sizes(), section);
    context.recorder.finish(running);
    reply
}

fn sections_of(
    state: &ServerState,
    sizes: Result<Sizes, StoreError>,
    section: Option<&[u8]>,
) -> Reply {
    let sizes = match sizes {
        Ok(sizes) => sizes,
        Err(error) => return or_error(Err(error)),
    };
    let scene = MetricsSnapshot::new(state, Some(sizes));
    let mut text = String::new();
    for (name, metrics) in sections(&scene) {
        if is_wanted(name, section) {
            let gap = if text.is_empty() { "" } else { "\r\n" };
            let _ = write!(text, "{gap}# {name}\r\n");
            for (key, value) in metrics {
                let _ = write!(text, "{key}:{value}\r\n");
            }
        }
    }
    Reply::text(text)
}

/// The limits, which are many and never change, only when they are asked for.
fn is_wanted(name: &str, section: Option<&[u8]>) -> bool {
    let section = section.unwrap_or(b"default");
    let is = |word: &[u8]| section.eq_ignore_ascii_case(word);
    is(name.as_bytes()) || is(b"all") || is(b"everything") || (is(b"default") && name != LIMITS)
}

/// The section with every bound.
const LIMITS: &str = "Limits";

type Section<'d> = Vec<(&'d str, String)>;

fn sections<'d>(scene: &MetricsSnapshot<'d>) -> [(&'static str, Section<'d>); 6] {
    let metrics = info_of(scene);
    let of = |wanted: &str| {
        let section = metrics.iter().filter(|(section, ..)| *section == wanted);
        section
            .map(|(_, key, value)| (*key, value.to_string()))
            .collect()
    };
    let limits = scene.state.bounds.iter();
    [
        ("Server", server_section(scene.state)),
        ("Registry", of("Registry")),
        ("Stats", of("Stats")),
        ("Replication", vec![("role", "master".to_owned())]),
        ("Catalogue", of("Catalogue")),
        (
            LIMITS,
            limits
                .map(|(name, bound)| (name.as_str(), bound.clone()))
                .collect(),
        ),
    ]
}

fn server_section(state: &ServerState) -> Section<'_> {
    let uptime = state.started.elapsed().as_secs();
    vec![
        ("catalogue_version", env!("CARGO_PKG_VERSION").to_owned()),
        ("process_id", std::process::id().to_string()),
        ("uptime_in_seconds", uptime.to_string()),
        ("loading", "0".to_owned()),
    ]
}

/// What `redis-benchmark` asks for: a server that saves nothing by itself.
fn parameter(name: &[u8]) -> Option<(Reply, Reply)> {
    let (name, value) = match name.to_ascii_lowercase().as_slice() {
        b"save" => ("save", ""),
        b"appendonly" => ("appendonly", "no"),
        _ => return None,
    };
    Some((Reply::text(name), Reply::text(value)))
}

/// Name, arity (at least so many words when negative), flags, and the places of keys.
fn command_info(spec: &'static Spec) -> Reply {
    let required = spec.required_words() as i64;
    let exact = spec
        .syntax
        .chars()
        .all(|letter| !matches!(letter, '[' | '…'));
    let flag = if spec.access == RequiredRole::Admin {
        "write"
    } else {
        "readonly"
    };
    Reply::Array(vec![
        Reply::text(spec.name.to_lowercase()),
        Reply::Integer(if exact { required } else { -required }),
        Reply::Array(vec![Reply::Simple(flag)]),
        Reply::Integer(0),
        Reply::Integer(0),
        Reply::Integer(0),
    ])
}

fn command_docs(word: &'static str, spec: &'static Spec) -> (Reply, Reply) {
    let arguments = spec.arguments().map(|(text, optional)| {
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
        (Reply::text("summary"), Reply::text(spec.summary)),
        (Reply::text("since"), Reply::text("0.1.0")),
        (Reply::text("group"), Reply::text("catalogue")),
        (Reply::text("arguments"), Reply::Array(arguments.collect())),
    ];
    (Reply::text(word.to_lowercase()), Reply::Map(docs))
}
