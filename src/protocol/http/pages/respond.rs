//! The response rules that all pages share.

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use maud::Markup;

use super::super::error::HttpError;
use super::super::host::host_of;
use super::super::message::HttpResponse;
use super::super::policy::Policy;
use super::super::problem::text_problem;
use super::super::response::{content, respond};
use super::super::route::Exchange;
use super::error_page::error_page;
use super::layout::{Shell, Viewer};
use super::links::with_parameters;
use crate::store::Role;

const HTML: &str = "text/html; charset=utf-8";

/// Only the server's own files are loaded or run. The picture of a movie may come from another
/// address.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' https: data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The rules of pages that readers see.
pub(in super::super) static PAGE_POLICY: &Policy = &PAGES;

const PAGES: Policy = Policy {
    has_cors: false,
    refuses_unknown_parameters: false,
    key_parameter: None,
    takes_cookies: true,
    may_compress: true,
    cache_control: "private, no-cache",
    content_security: CONTENT_SECURITY,
    refuse: refuse_with_page,
};

/// The rules of pages with data that only one account may see. They repeat input of the user, so
/// they are never compressed.
pub(super) static ADMIN_PAGE_POLICY: &Policy = &Policy {
    may_compress: false,
    cache_control: "private, no-store",
    ..PAGES
};

/// The rules of parts of pages, which the script asks for.
pub(super) static FRAGMENT_POLICY: &Policy = &Policy {
    refuse: text_problem,
    ..PAGES
};

/// The rules of files that every client may have.
pub(super) static FILE_POLICY: &Policy = &Policy {
    takes_cookies: false,
    cache_control: "public, max-age=86400",
    ..PAGES
};

/// A page.
pub(super) fn html(markup: Markup) -> HttpResponse {
    content(HTML, markup.into_string())
}

/// Sends the browser to another page of the server.
pub(super) fn see_other(path: &str) -> HttpResponse {
    let mut response = respond(StatusCode::SEE_OTHER, "");
    let path = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, path);
    response
}

/// A refusal as a page. A browser without a login is sent to the login page.
fn refuse_with_page(error: &HttpError, head: &Parts) -> HttpResponse {
    if error.status == StatusCode::UNAUTHORIZED {
        let path = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let next = if head.method.is_safe() { path } else { "/" };
        return see_other(&with_parameters("/login", [("next", next)]));
    }
    let page = error_page(&Shell::default(), error.status.as_u16(), &error.detail);
    let mut response = html(page);
    *response.status_mut() = error.status;
    response
}

/// The account of a request, as pages show it.
pub(super) fn viewer(exchange: &Exchange<'_, '_>) -> Option<Viewer> {
    exchange.caller.identity().map(|identity| Viewer {
        user: identity.user.to_string(),
        is_admin: identity.role == Role::Admin,
    })
}

/// The address of the server in the browser. The host was checked before.
pub(super) fn base(exchange: &Exchange<'_, '_>) -> String {
    let host = host_of(exchange.request.head).unwrap_or_default();
    let scheme = if exchange.caller.session.is_secure {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}
