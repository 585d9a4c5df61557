//! The JSON API under `/api/v1`.

mod accounts;
mod cursor;
mod keys;
mod movies;
mod page;
mod people;
mod policy;
mod server;

use super::parameter::{Parameter, ParameterKind};
use super::policy::{Access, AnswerShape, BodyRule, Verb};
use super::route::{Handler, Route};
use crate::config::limits;
use crate::protocol::commands::CommandId;

use policy::ADMIN_POLICY;
pub(super) use policy::POLICY;

/// A route of readers.
const READ: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/movies/{name}",
    operation: "getMovie",
    summary: "a movie by its name",
    access: Access::Command(CommandId::Send),
    parameters: &[page::FULL_FIELDS],
    body: None,
    answer: AnswerShape::json("Movie"),
    policy: POLICY,
    when: None,
    handler: Handler::Command {
        parse: movies::get,
        answer: movies::row,
    },
};

const ACCOUNT: Route = Route {
    verb: Verb::Delete,
    path: "/api/v1/accounts/{name}",
    operation: "removeAccount",
    summary: "removes an account",
    access: Access::Command(CommandId::User),
    parameters: &[],
    answer: AnswerShape::EMPTY,
    policy: ADMIN_POLICY,
    handler: Handler::Task(accounts::remove),
    ..READ
};

const fn account_body(schema: &'static str) -> Option<BodyRule> {
    Some(BodyRule {
        media_type: "application/json",
        schema,
        max_bytes: limits::MAX_FORM_BYTES,
        is_secret: true,
    })
}

const CHANGE: Route = Route {
    verb: Verb::Delete,
    operation: "deleteMovie",
    summary: "removes a movie",
    access: Access::Command(CommandId::Delete),
    parameters: &[],
    answer: AnswerShape::EMPTY,
    handler: Handler::Task(movies::delete),
    ..READ
};

const PUT: Route = Route {
    verb: Verb::Put,
    operation: "putMovie",
    summary: "adds a movie, or replaces the one of that name",
    access: Access::Command(CommandId::Put),
    body: Some(BodyRule {
        media_type: "application/json",
        schema: "NewMovie",
        max_bytes: limits::MAX_MOVIE_JSON_BYTES,
        is_secret: false,
    }),
    handler: Handler::Task(movies::put),
    ..CHANGE
};

/// A name in a parameter. Programs remove `.` and `..` from a path, escaped or not.
const NAME: &[Parameter] = &[Parameter::new(
    "name",
    ParameterKind::Text(limits::MAX_NAME_BYTES),
    "the name of the movie",
)
.required()];

pub(super) static ROUTES: &[Route] = &[
    READ,
    PUT,
    CHANGE,
    Route {
        path: "/api/v1/movies",
        operation: "putMovieByName",
        summary: "adds or replaces a movie by a parameter, as the names `.` and `..` need it",
        parameters: NAME,
        ..PUT
    },
    Route {
        path: "/api/v1/movies",
        operation: "deleteMovieByName",
        summary: "removes a movie by a parameter",
        parameters: NAME,
        ..CHANGE
    },
    Route {
        path: "/api/v1/movies",
        operation: "listMovies",
        summary: "movies in the order of their names",
        access: Access::Command(CommandId::List),
        parameters: page::LIST_PARAMETERS,
        answer: AnswerShape::json("MoviePage"),
        handler: Handler::Command {
            parse: page::list,
            answer: page::listed,
        },
        ..READ
    },
    Route {
        path: "/api/v1/lookup",
        operation: "lookUpMovies",
        summary: "several movies by their names, in that order",
        access: Access::Command(CommandId::SendMany),
        parameters: &[
            Parameter::new(
                "name",
                ParameterKind::Texts(limits::MAX_NAME_BYTES),
                "the name of a movie; may be given several times",
            )
            .required(),
            page::FIELDS,
        ],
        answer: AnswerShape::json("MovieLookup"),
        handler: Handler::Task(movies::look_up),
        ..READ
    },
    Route {
        path: "/api/v1/search",
        operation: "searchMovies",
        summary: "movies whose titles have the words, the best first",
        access: Access::Command(CommandId::Find),
        parameters: page::SEARCH_PARAMETERS,
        answer: AnswerShape::json("MoviePage"),
        handler: Handler::Command {
            parse: page::search,
            answer: page::searched,
        },
        ..READ
    },
    Route {
        path: "/api/v1/suggestions",
        operation: "suggestMovies",
        summary: "titles for what was typed so far, the best first",
        access: Access::Command(CommandId::Find),
        parameters: page::SUGGESTION_PARAMETERS,
        answer: AnswerShape::json("Suggestions"),
        handler: Handler::Command {
            parse: page::suggest,
            answer: page::suggested,
        },
        ..READ
    },
    Route {
        path: "/api/v1/people",
        operation: "searchPeople",
        summary: "people whose full names have the words, the best first",
        access: Access::Command(CommandId::People),
        parameters: people::SEARCH_PARAMETERS,
        answer: AnswerShape::json("PeoplePage"),
        handler: Handler::Command {
            parse: people::search,
            answer: people::searched,
        },
        ..READ
    },
    Route {
        path: "/api/v1/people/{name}",
        operation: "getPerson",
        summary: "a person by the name in a movie's credits",
        access: Access::Command(CommandId::Person),
        parameters: &[],
        answer: AnswerShape::json("Person"),
        handler: Handler::Command {
            parse: people::get,
            answer: people::row,
        },
        ..READ
    },
    Route {
        path: "/api/v1/count",
        operation: "countMovies",
        summary: "the number of movies",
        access: Access::Command(CommandId::Count),
        parameters: &[],
        answer: AnswerShape::json("Count"),
        handler: Handler::Command {
            parse: server::count,
            answer: server::counted,
        },
        ..READ
    },
    Route {
        path: "/api/v1/keys",
        operation: "listKeys",
        summary: "the API keys, without the keys themselves",
        access: Access::Command(CommandId::Key),
        parameters: &[],
        answer: AnswerShape::json("Keys"),
        policy: ADMIN_POLICY,
        handler: Handler::Command {
            parse: keys::list,
            answer: keys::listed,
        },
        ..READ
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/keys",
        operation: "addKey",
        summary: "adds an API key, which is shown this once",
        access: Access::Command(CommandId::Key),
        parameters: &[],
        body: Some(BodyRule {
            media_type: "application/json",
            schema: "KeyRequest",
            max_bytes: limits::MAX_KEY_REQUEST_BYTES,
            is_secret: false,
        }),
        answer: AnswerShape {
            status: 201,
            ..AnswerShape::json("NewKey")
        },
        policy: ADMIN_POLICY,
        handler: Handler::Task(keys::add),
        ..READ
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/keys/{name}",
        operation: "revokeKey",
        summary: "revokes an API key",
        access: Access::Command(CommandId::Key),
        parameters: &[],
        answer: AnswerShape::EMPTY,
        policy: ADMIN_POLICY,
        handler: Handler::Task(keys::revoke),
        ..READ
    },
    Route {
        verb: Verb::Get,
        path: "/api/v1/accounts",
        operation: "listAccounts",
        summary: "the accounts",
        answer: AnswerShape::json("Accounts"),
        handler: Handler::Command {
            parse: accounts::list,
            answer: accounts::listed,
        },
        ..ACCOUNT
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/accounts",
        operation: "addAccount",
        summary: "adds an account",
        body: account_body("AccountRequest"),
        answer: AnswerShape {
            status: 201,
            ..AnswerShape::json("NewAccount")
        },
        handler: Handler::Task(accounts::add),
        ..ACCOUNT
    },
    ACCOUNT,
    Route {
        verb: Verb::Put,
        path: "/api/v1/accounts/{name}/role",
        operation: "setRole",
        summary: "changes the role of an account, and ends its sessions",
        body: account_body("RoleRequest"),
        handler: Handler::Task(accounts::set_role),
        ..ACCOUNT
    },
    Route {
        verb: Verb::Put,
        path: "/api/v1/password",
        operation: "changePassword",
        summary: "changes the password of the caller's own account, after a login of a browser",
        access: Access::Command(CommandId::ChangePassword),
        body: account_body("PasswordRequest"),
        handler: Handler::Task(accounts::change_password),
        ..ACCOUNT
    },
    Route {
        path: "/api/v1/connections",
        operation: "listConnections",
        summary: "the open connections",
        access: Access::Command(CommandId::ListConnections),
        parameters: &[],
        answer: AnswerShape::json("Connections"),
        policy: ADMIN_POLICY,
        handler: Handler::Command {
            parse: server::connections,
            answer: server::connected,
        },
        ..READ
    },
    Route {
        path: "/api/v1/audit",
        operation: "listAuditEntries",
        summary: "the last entries of the audit trail, or the next ones",
        access: Access::Command(CommandId::Audit),
        parameters: server::AUDIT_PARAMETERS,
        answer: AnswerShape::json("AuditPage"),
        policy: ADMIN_POLICY,
        handler: Handler::Command {
            parse: server::audit,
            answer: server::audited,
        },
        ..READ
    },
    Route {
        path: "/api/v1/metrics",
        operation: "getMetrics",
        summary: "the server's metrics and limits, by section",
        access: Access::AdminOnly(CommandId::Info),
        parameters: &[],
        answer: AnswerShape::json("Metrics"),
        policy: ADMIN_POLICY,
        handler: Handler::Command {
            parse: server::metrics,
            answer: server::measured,
        },
        ..READ
    },
    Route {
        path: "/api/v1/openapi.json",
        operation: "getDescription",
        summary: "this description of the API, for OpenAPI 3.1",
        access: Access::Open,
        parameters: &[],
        answer: AnswerShape::json(""),
        handler: Handler::Description,
        ..READ
    },
];
