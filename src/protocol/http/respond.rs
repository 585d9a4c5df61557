//! From a request to its response: find the route, check the host, identify the caller, authorize,
//! read the body, run the handler.

use bytes::Bytes;
use hyper::header::{ACCEPT, HOST, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::Value;

use super::bodies::{self, BodyError};
use super::caller::Caller;
use super::error::HttpError;
use super::mcp::{McpMessages, McpStep, ToolCall};
use super::message::HttpResponse;
use super::policy::{Access, Policy, Verb};
use super::problem;
use super::request::{self, HttpRequest};
use super::response;
use super::route::{Exchange, Handler, Route};
use super::router::PathRoutes;
use super::{host, json, mcp, omdb, openapi, pages, router, sequence};
use crate::api::Permit;
use crate::config::limits;

/// A request that its caller may make. Its body is read next.
pub struct Prepared<'r> {
    request: HttpRequest<'r>,
    route: &'static Route,
    index: usize,
    permit: Option<Permit>,
}

/// Checks a request before its body is read, so that a caller without permission sends none.
/// `has_body`: a body follows.
///
/// # Errors
/// The refusal, or the answer to `OPTIONS`.
pub async fn prepare<'r>(
    head: &'r Parts,
    has_body: bool,
    caller: &mut Caller<'_>,
) -> Result<Prepared<'r>, Box<Unprepared>> {
    let mut form = (json::POLICY, None);
    // Before the identification, because the entry can have the account or the key of the caller.
    let waited = sequence::wait(head, caller).await.map_err(Refusal::Error);
    match check(head, has_body, caller, &mut form).and_then(|prepared| waited.map(|()| prepared)) {
        Ok(prepared) => Ok(prepared),
        Err(refusal) => {
            let (policy, route) = form;
            let response = match refusal {
                Refusal::Options(allow) => response::options(&allow, policy.has_cors),
                Refusal::Error(error) => refuse(&error, policy, head),
            };
            Err(Box::new(Unprepared { response, route }))
        }
    }
}

/// The response to a request that is answered without its handler.
pub struct Unprepared {
    /// The response.
    pub response: HttpResponse,
    /// The index of the route, if there is one.
    pub route: Option<usize>,
}

/// The reason why a request is answered without its handler.
enum Refusal {
    /// It asks for the methods of its path.
    Options(String),
    /// It cannot be carried out.
    Error(HttpError),
}

impl<E: Into<HttpError>> From<E> for Refusal {
    fn from(error: E) -> Refusal {
        Refusal::Error(error.into())
    }
}

/// The form of a refusal before the route is known: the form of the usual route of the path. For
/// other paths, a browser gets a page, and a program gets JSON.
fn form_of(head: &Parts, routes: Option<&PathRoutes>) -> &'static Policy {
    let usual = routes
        .into_iter()
        .flatten()
        .find(|(_, route)| route.when.is_none());
    if let Some((_, route)) = usual {
        return route.policy;
    }
    let accepted = request::header(&head.headers, ACCEPT);
    let accepts_pages = accepted.is_some_and(|accepted| accepted.contains("text/html"));
    if accepts_pages && !head.uri.path().starts_with("/api/") {
        pages::PAGE_POLICY
    } else {
        json::POLICY
    }
}

/// `form` becomes that of the route once it is known.
fn check<'r>(
    head: &'r Parts,
    has_body: bool,
    caller: &mut Caller<'_>,
    form: &mut (&'static Policy, Option<usize>),
) -> Result<Prepared<'r>, Refusal> {
    let path = head.uri.path();
    let found = router::find(path);
    form.0 = form_of(head, found.as_ref().map(|(routes, _)| *routes));
    if !omdb::is_of_omdb(&head.uri) {
        host::check(head, caller.session.local, &caller.context.config.hosts)?;
    }
    let Some((routes, captures)) = found else {
        if head.method == Method::OPTIONS && path == "*" {
            return Err(Refusal::Options(router::ALL_METHODS.to_owned()));
        }
        return Err(HttpError::not_found("there is nothing at this path").into());
    };
    let request = HttpRequest::new(head, &captures)?;
    let verb = Verb::from_method(&head.method);
    let route = routes.iter().find(|(_, route)| {
        Some(route.verb) == verb && route.when.is_none_or(|when| when(&request))
    });
    let Some(&(index, route)) = route else {
        let allow = router::allowed(routes);
        if head.method == Method::OPTIONS {
            return Err(Refusal::Options(allow));
        }
        let detail = format_args!("only {allow} are answered here");
        let error = HttpError {
            allow: Some(allow.clone()),
            ..HttpError::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        };
        return Err(error.into());
    };
    *form = (route.policy, Some(index));
    let permit = match route.access {
        Access::Open => None,
        access => caller.admit(&request, access, route.policy)?,
    };
    let refuses_unknown = route.policy.refuses_unknown_parameters;
    request.query.check(route.parameters, refuses_unknown)?;
    if let Some(rule) = &route.body
        && has_body
    {
        bodies::check_type(&request, rule)?;
    }
    Ok(Prepared {
        request,
        route,
        index,
        permit,
    })
}

/// A refusal in the form of a route.
fn refuse(error: &HttpError, policy: &Policy, head: &Parts) -> HttpResponse {
    let mut response = (policy.refuse)(error, head);
    problem::add_fields(error, &mut response);
    response::add_fields(policy, response.headers_mut());
    response
}

impl Prepared<'_> {
    /// The index of its route.
    pub fn route(&self) -> usize {
        self.index
    }

    /// The maximum number of bytes of its body; `None` where the route takes none.
    pub fn max_body_bytes(&self) -> Option<usize> {
        self.route.body.map(|rule| rule.max_bytes)
    }

    /// Whether the body can contain a password.
    pub fn has_secret(&self) -> bool {
        self.route.body.is_some_and(|rule| rule.is_secret)
    }

    /// Runs the handler.
    pub async fn answer(
        mut self,
        body: Result<Bytes, BodyError>,
        caller: &mut Caller<'_>,
    ) -> HttpResponse {
        let policy = self.route.policy;
        let handled = match body {
            Ok(body) => {
                self.request.body = body;
                let handled = self.handle(caller).await;
                if self.has_secret() {
                    bodies::overwrite(std::mem::take(&mut self.request.body));
                }
                handled
            }
            Err(error) => Err(error.refusal(self.max_body_bytes().unwrap_or(0))),
        };
        let mut response = match handled {
            Ok(mut response) => {
                response::finish(&self.request, policy, &mut response);
                sequence::add(caller, &mut response);
                response
            }
            Err(error) => return refuse(&error, policy, self.request.head),
        };
        if response::wants_gzip(&self.request, policy, &response) {
            let body = response.body().clone();
            let compressed = if body.len() < limits::MIN_COMPRESSED_APART_BYTES {
                response::gzip(&body)
            } else {
                // With a full queue it is sent as it is.
                let queries = &caller.context.state.queries;
                let compressed = Box::pin(queries.run(move |_| response::gzip(&body)));
                compressed.await.unwrap_or(None)
            };
            if let Some(compressed) = compressed {
                response::set_gzip(&mut response, compressed);
            }
        }
        response
    }

    async fn handle(&self, caller: &mut Caller<'_>) -> Result<HttpResponse, HttpError> {
        let request = &self.request;
        match self.route.handler {
            Handler::Command { parse, answer } => {
                let Some(permit) = &self.permit else {
                    return Err(HttpError::internal("the route has no command"));
                };
                let command = parse(request)?;
                answer(caller.execute(permit, command).await?, request)
            }
            Handler::Task(run) => run(Exchange { request, caller }).await,
            Handler::Description => Ok(response::json(openapi::document())),
            Handler::Local(run) => run(request),
            Handler::Tools => {
                mcp::check_version(&request.head.headers)?;
                Ok(receive(&request.body, &request.head.headers, caller).await)
            }
        }
    }
}

/// Answers a message of the Model Context Protocol that arrived without a request: in the same
/// way, and to a caller on this machine. The answer to a notification is empty.
pub async fn answer_message(message: &[u8], caller: &mut Caller<'_>) -> Bytes {
    let host = (HOST, HeaderValue::from_static("localhost"));
    let headers = HeaderMap::from_iter([host]);
    receive(message, &headers, caller).await.into_body()
}

/// Answers the message of a request about tools, or each message of a list.
async fn receive(body: &[u8], headers: &HeaderMap, caller: &mut Caller<'_>) -> HttpResponse {
    match mcp::receive(body, headers) {
        Ok(McpMessages::One(message)) => mcp::respond_one(step(message, headers, caller).await),
        Ok(McpMessages::List(messages)) => {
            let mut answers = Vec::with_capacity(messages.len());
            for message in messages {
                answers.extend(step(message, headers, caller).await);
            }
            mcp::respond_list(answers)
        }
        Err(refusal) => mcp::respond_one(Some(refusal)),
    }
}

/// Answers a message about tools. A call is a request to another route.
async fn step(message: Value, headers: &HeaderMap, caller: &mut Caller<'_>) -> Option<Value> {
    match mcp::step(message, |command| caller.may_run(command)) {
        McpStep::Answer(answer) => answer,
        McpStep::Call(id, call) => Some(mcp::result(&id, &inner(*call, headers, caller).await)),
    }
}

async fn inner(call: ToolCall, headers: &HeaderMap, caller: &mut Caller<'_>) -> HttpResponse {
    let Some((head, body)) = call.into_request(headers) else {
        return response::respond(StatusCode::URI_TOO_LONG, "the arguments are too long");
    };
    match prepare(&head, !body.is_empty(), caller).await {
        // Boxed, because its type contains itself.
        Ok(prepared) => Box::pin(prepared.answer(Ok(body), caller)).await,
        Err(unprepared) => unprepared.response,
    }
}
