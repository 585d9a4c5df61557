//! OMDb's API: its parameters, fields and formats, so that clients of OMDb work with the address of
//! this server.

mod answer;
mod film;
mod parameters;
mod respond;

use hyper::Uri;

use super::parameter::{Parameter, ParameterKind};
use super::policy::{Access, AnswerShape, Policy, Verb};
use super::request::HttpRequest;
use super::route::{Handler, Route};
use crate::config::limits;
use crate::protocol::commands::CommandId;

use parameters::KEY;

static POLICY: Policy = Policy {
    has_cors: true,
    refuses_unknown_parameters: false,
    key_parameter: Some(KEY),
    takes_cookies: false,
    may_compress: true,
    // An answer depends on the key, and a change of a movie is seen at once.
    cache_control: "private, no-cache",
    content_security: "",
    refuse: respond::refuse,
};

const fn text(name: &'static str, doc: &'static str) -> Parameter {
    Parameter::new(name, ParameterKind::Text(limits::MAX_QUERY_BYTES), doc)
}

const PARAMETERS: &[Parameter] = &[
    text(KEY, "the API key"),
    text("i", "a film by its name in the catalogue"),
    text("t", "a film by its title"),
    text("s", "a page of a search, instead of one film"),
    text("type", "`movie`, `series`, `episode` or `game`"),
    text("y", "the year of release"),
    text("page", "the page of a search, 10 films each"),
    text("Season", "the episodes of a season of the series"),
    text("Episode", "one episode of the season"),
    text("r", "`json` or `xml`"),
    text(
        "callback",
        "the function that a script is to call with the JSON",
    ),
];

const OMDB: Route = Route {
    verb: Verb::Get,
    path: "/omdb",
    operation: "askOmdb",
    summary: "OMDb's API: one film, a season, or a search",
    access: Access::Command(CommandId::Find),
    parameters: PARAMETERS,
    body: None,
    answer: AnswerShape::json(""),
    policy: &POLICY,
    when: None,
    handler: Handler::Task(respond::answer),
};

pub(super) static ROUTES: &[Route] = &[
    OMDB,
    Route {
        path: "/omdb/",
        operation: "askOmdbBelow",
        summary: "the same for a client that adds a slash",
        ..OMDB
    },
    Route {
        path: "/",
        operation: "askOmdbAtRoot",
        summary: "the same for a client that cannot change the path",
        when: Some(is_for_omdb),
        ..OMDB
    },
];

/// Whether a target in absolute form is one of OMDb itself, from a client that uses this server as its
/// proxy.
pub(super) fn is_of_omdb(target: &Uri) -> bool {
    let host = target.host().unwrap_or_default();
    let mut names = ["www.omdbapi.com", "omdbapi.com"].into_iter();
    names.any(|name| name.eq_ignore_ascii_case(host))
        && ROUTES.iter().any(|route| route.path == target.path())
}

/// Whether a request to `/` is from a client of OMDb.
fn is_for_omdb(request: &HttpRequest<'_>) -> bool {
    let has = |name: &str| {
        request
            .query
            .pairs()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    };
    has(KEY) && ["i", "t", "s"].into_iter().any(has)
}
