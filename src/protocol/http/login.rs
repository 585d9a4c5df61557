//! `POST /login` and `POST /logout`: logins in a browser, which continue with its cookie.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION, SET_COOKIE};

use super::error::HttpError;
use super::message::HttpResponse;
use super::policy::{Access, AnswerShape, BodyRule, Policy, Verb};
use super::problem::text_problem;
use super::response::respond;
use super::route::{Exchange, Handler, Route, TaskFuture};
use crate::api::{Command, Credentials};
use crate::auth::Password;
use crate::config::limits;

static POLICY: Policy = Policy {
    has_cors: false,
    refuses_unknown_parameters: false,
    key_parameter: None,
    takes_cookies: true,
    may_compress: false,
    cache_control: "private, no-store",
    content_security: "default-src 'none'; frame-ancestors 'none'",
    refuse: text_problem,
};

pub(super) const FORM: BodyRule = BodyRule {
    media_type: "application/x-www-form-urlencoded",
    schema: "",
    max_bytes: limits::MAX_FORM_BYTES,
    is_secret: true,
};

const LOGOUT: Route = Route {
    verb: Verb::Post,
    path: "/logout",
    operation: "logOut",
    summary: "logs a browser out",
    access: Access::Open,
    parameters: &[],
    body: None,
    answer: AnswerShape {
        status: 303,
        media_type: "",
        schema: "",
    },
    policy: &POLICY,
    when: None,
    handler: Handler::Task(log_out),
};

/// The routes. The login form is in `pages`.
pub(super) static ROUTES: &[Route] = &[LOGOUT];

/// Logs in with the password of an account, on the hashing threads and with the delays of any
/// login. Returns the field that sets the cookie.
///
/// # Errors
/// A wrong user or password, a delay, or a page of another site that sent the form.
pub(super) async fn begin(
    exchange: &mut Exchange<'_, '_>,
    user: &str,
    password: &str,
) -> Result<HeaderValue, HttpError> {
    exchange.caller.check_origin(exchange.request.head)?;
    let (user, password) = (user.as_bytes(), Password::from_bytes(password.as_bytes()));
    let credentials = Credentials { user, password };
    exchange.run(Command::LogIn(credentials)).await?;
    exchange.caller.begin_web_session()
}

fn log_out<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        exchange.caller.check_origin(exchange.request.head)?;
        let removal = exchange.caller.end_web_session(exchange.request.head);
        Ok(see_other("/", removal))
    })
}

/// Sends the browser to a page of this server.
pub(super) fn see_other(path: &str, cookie: HeaderValue) -> HttpResponse {
    let mut response = respond(StatusCode::SEE_OTHER, Bytes::new());
    let path = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, path);
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// A path of this server. Every other text becomes the front page, so that no link to the login
/// leads to another site afterwards.
pub(super) fn own_path(next: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    if next.starts_with('/') && !next.starts_with("//") && next.bytes().all(is_plain) {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_login_leads_to_no_other_site() {
        for path in ["/", "/admin", "/film/a%2Fb?season=1"] {
            assert_eq!(own_path(path), path);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/é",
        ] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
