//! The routes of the pages.

use super::super::login;
use super::super::parameter::{Parameter, ParameterKind};
use super::super::policy::{Access, AnswerShape, BodyRule, Verb};
use super::super::route::{Handler, Route};
use super::admin::{forms, monitor};
use super::respond::{ADMIN_PAGE_POLICY, FILE_POLICY, FRAGMENT_POLICY, PAGE_POLICY};
use super::{account, public, show, site};
use crate::config::limits;
use crate::protocol::commands::CommandId;

const HTML: AnswerShape = AnswerShape::text("text/html");

const WORDS: Parameter = Parameter::new(
    "q",
    ParameterKind::Text(limits::MAX_QUERY_BYTES),
    "the words of a title or a name; the last one may be its beginning",
);

/// A name in a parameter. Browsers remove `.` and `..` from a path, escaped or not.
const NAME: &[Parameter] = &[Parameter::new(
    "name",
    ParameterKind::Text(limits::MAX_NAME_BYTES),
    "the name",
)
.required()];

/// A page for readers.
const PAGE: Route = Route {
    verb: Verb::Get,
    path: "/",
    operation: "showHome",
    summary: "the front page, with the search box",
    access: Access::Command(CommandId::Find),
    parameters: &[],
    body: None,
    answer: HTML,
    policy: PAGE_POLICY,
    when: None,
    handler: Handler::Task(public::home),
};

/// A file that every client may have.
const FILE: Route = Route {
    path: "/assets/{file}",
    operation: "getAsset",
    summary: "the style sheet or the script of the pages",
    access: Access::Open,
    answer: AnswerShape::text("text/css"),
    policy: FILE_POLICY,
    handler: Handler::Local(site::asset),
    ..PAGE
};

/// A page for admins.
const ADMIN: Route = Route {
    path: "/admin",
    operation: "showMetrics",
    summary: "the page of metrics",
    access: Access::AdminOnly(CommandId::Info),
    policy: ADMIN_PAGE_POLICY,
    handler: Handler::Task(monitor::metrics),
    ..PAGE
};

/// A form for admins.
const FORM: Route = Route {
    verb: Verb::Post,
    path: "/admin/accounts/add",
    operation: "submitAccount",
    summary: "adds an account",
    access: Access::Command(CommandId::User),
    body: Some(login::FORM),
    answer: AnswerShape {
        status: 303,
        media_type: "",
        schema: "",
    },
    handler: Handler::Task(forms::add_account),
    ..ADMIN
};

pub(in super::super) static ROUTES: &[Route] = &[
    PAGE,
    Route {
        path: "/browse",
        operation: "showBrowse",
        summary: "the page of genres, decades and ratings",
        handler: Handler::Task(public::browse),
        ..PAGE
    },
    Route {
        path: "/search",
        operation: "showResults",
        summary: "a page of results",
        parameters: &[
            WORDS,
            Parameter::new(
                "genre",
                ParameterKind::Text(limits::MAX_GENRE_BYTES),
                "a genre",
            ),
            Parameter::new(
                "decade",
                ParameterKind::Integer(1, 9990),
                "the first year of a decade",
            ),
            Parameter::new(
                "rating",
                ParameterKind::Number(0.0, limits::MAX_RATING),
                "the lowest rating",
            ),
            Parameter::new(
                "type",
                ParameterKind::Text(limits::MAX_LABEL_BYTES),
                "a type of title, such as `tvSeries`",
            ),
            Parameter::new(
                "sort",
                ParameterKind::Choice(&["relevance", "votes", "rating", "year", "title"]),
                "another order than that of relevance",
            ),
            Parameter::new(
                "after",
                ParameterKind::Text(limits::MAX_NAME_BYTES),
                "the last name of the page before",
            ),
        ],
        handler: Handler::Task(public::search),
        ..PAGE
    },
    Route {
        path: "/film/{name}",
        operation: "showFilm",
        summary: "the page of a movie",
        access: Access::Command(CommandId::Send),
        handler: Handler::Task(show::film),
        ..PAGE
    },
    Route {
        path: "/person/{name}",
        operation: "showPerson",
        summary: "the page of a person",
        access: Access::Command(CommandId::Person),
        handler: Handler::Task(show::person),
        ..PAGE
    },
    Route {
        path: "/film",
        operation: "showFilmByName",
        summary: "the same by a parameter",
        access: Access::Command(CommandId::Send),
        parameters: NAME,
        handler: Handler::Task(show::film),
        ..PAGE
    },
    Route {
        path: "/person",
        operation: "showPersonByName",
        summary: "the same by a parameter",
        access: Access::Command(CommandId::Person),
        parameters: NAME,
        handler: Handler::Task(show::person),
        ..PAGE
    },
    Route {
        path: "/options",
        operation: "getOptions",
        summary: "the options of the search box, for the script",
        parameters: &[WORDS],
        policy: FRAGMENT_POLICY,
        handler: Handler::Task(public::options),
        ..PAGE
    },
    Route {
        path: "/suggest",
        operation: "getSuggestions",
        summary: "suggestions for a browser's address bar",
        parameters: &[WORDS],
        answer: AnswerShape::text("application/x-suggestions+json"),
        policy: FRAGMENT_POLICY,
        handler: Handler::Task(site::suggested),
        ..PAGE
    },
    FILE,
    Route {
        path: "/favicon.svg",
        operation: "getIcon",
        summary: "the icon",
        answer: AnswerShape::text("image/svg+xml"),
        handler: Handler::Local(site::icon),
        ..FILE
    },
    Route {
        path: "/robots.txt",
        operation: "getRobots",
        summary: "the rules for robots",
        answer: AnswerShape::text("text/plain"),
        handler: Handler::Local(site::robots),
        ..FILE
    },
    Route {
        path: "/opensearch.xml",
        operation: "getOpenSearch",
        summary: "how a browser's address bar searches",
        answer: AnswerShape::text("application/opensearchdescription+xml"),
        handler: Handler::Task(site::open_search),
        ..FILE
    },
    Route {
        path: "/login",
        operation: "showLogin",
        summary: "the login page",
        access: Access::Open,
        policy: ADMIN_PAGE_POLICY,
        handler: Handler::Task(site::show_login),
        ..PAGE
    },
    Route {
        path: "/login",
        operation: "logIn",
        summary: "logs a browser in, by a form with `user`, `password` and `next`",
        access: Access::Open,
        handler: Handler::Task(site::log_in),
        ..FORM
    },
    Route {
        path: "/account",
        operation: "showAccount",
        summary: "the page of one's own account",
        parameters: &[Parameter::new(
            "done",
            ParameterKind::Text(limits::MAX_LABEL_BYTES),
            "the password was changed",
        )],
        policy: ADMIN_PAGE_POLICY,
        handler: Handler::Task(account::show),
        ..PAGE
    },
    Route {
        path: "/account",
        operation: "submitOwnPassword",
        summary: "changes the password of one's own account",
        access: Access::Command(CommandId::ChangePassword),
        handler: Handler::Task(account::submit),
        ..FORM
    },
    ADMIN,
    Route {
        path: "/admin/metrics",
        operation: "showMetricsFragment",
        summary: "the changing part of the page of metrics",
        handler: Handler::Task(monitor::metrics_fragment),
        ..ADMIN
    },
    Route {
        path: "/admin/connections",
        operation: "showConnections",
        summary: "the page of connections",
        access: Access::Command(CommandId::ListConnections),
        handler: Handler::Task(forms::connections),
        ..ADMIN
    },
    Route {
        path: "/admin/accounts",
        operation: "showAccounts",
        summary: "the page of accounts",
        access: Access::Command(CommandId::User),
        handler: Handler::Task(forms::accounts),
        ..ADMIN
    },
    FORM,
    Route {
        path: "/admin/accounts/role",
        operation: "submitRole",
        summary: "changes the role of an account",
        handler: Handler::Task(forms::set_role),
        ..FORM
    },
    Route {
        path: "/admin/accounts/remove",
        operation: "submitAccountRemoval",
        summary: "removes an account",
        handler: Handler::Task(forms::remove_account),
        ..FORM
    },
    Route {
        path: "/admin/accounts/password",
        operation: "submitPassword",
        summary: "changes the password of one's own account",
        handler: Handler::Task(forms::change_password),
        ..FORM
    },
    Route {
        path: "/admin/keys",
        operation: "showKeys",
        summary: "the page of API keys",
        access: Access::Command(CommandId::Key),
        handler: Handler::Task(forms::keys),
        ..ADMIN
    },
    Route {
        path: "/admin/keys/add",
        operation: "submitKey",
        summary: "adds an API key, and shows it once",
        access: Access::Command(CommandId::Key),
        answer: HTML,
        handler: Handler::Task(forms::add_key),
        ..FORM
    },
    Route {
        path: "/admin/keys/revoke",
        operation: "submitKeyRevocation",
        summary: "revokes an API key",
        access: Access::Command(CommandId::Key),
        handler: Handler::Task(forms::revoke_key),
        ..FORM
    },
    Route {
        path: "/admin/import",
        operation: "showImport",
        summary: "the page of imports",
        access: Access::Command(CommandId::Put),
        handler: Handler::Task(monitor::import),
        ..ADMIN
    },
    Route {
        path: "/admin/import/progress",
        operation: "showImportProgress",
        summary: "the progress of an import",
        access: Access::Command(CommandId::Put),
        handler: Handler::Task(monitor::progress),
        ..ADMIN
    },
    Route {
        path: "/admin/import",
        operation: "submitImport",
        summary: "imports an uploaded file",
        access: Access::Command(CommandId::Put),
        body: Some(BodyRule {
            media_type: "multipart/form-data",
            schema: "",
            max_bytes: limits::MAX_UPLOAD_BYTES,
            is_secret: false,
        }),
        handler: Handler::Task(monitor::upload),
        ..FORM
    },
    Route {
        path: "/admin/import/cancel",
        operation: "submitImportCancellation",
        summary: "cancels an import",
        access: Access::Command(CommandId::Put),
        handler: Handler::Task(monitor::cancel),
        ..FORM
    },
];
