//! A row of the route table.

use std::future::Future;
use std::pin::Pin;

use super::caller::Caller;
use super::error::HttpError;
use super::message::HttpResponse;
use super::parameter::Parameter;
use super::policy::{Access, AnswerShape, BodyRule, Policy, Verb};
use super::request::HttpRequest;
use crate::api::{Answer, ApiError, Command};

/// A method and a path, with their handler and rules.
pub struct Route {
    /// The method. `HEAD` is answered like `GET`.
    pub verb: Verb,
    /// The path, with a name in braces for each part that varies: `/api/v1/movies/{name}`.
    pub path: &'static str,
    /// Its name for programs, in camel case. It is unique.
    pub operation: &'static str,
    /// Its purpose, in a few words.
    pub summary: &'static str,
    /// The role that it requires.
    pub access: Access,
    /// Its parameters in the query string.
    pub parameters: &'static [Parameter],
    /// The body that it takes.
    pub body: Option<BodyRule>,
    /// A successful response.
    pub answer: AnswerShape,
    /// The rules that it shares with other routes.
    pub policy: &'static Policy,
    /// Whether it serves a request to its method and path. The first route that does is taken.
    pub when: Option<fn(&HttpRequest<'_>) -> bool>,
    /// Answers a request.
    pub handler: Handler,
}

/// Answers the requests of a route.
pub enum Handler {
    /// Runs one command.
    Command {
        /// Makes the command of a request.
        parse: for<'r> fn(&'r HttpRequest<'r>) -> Result<Command<'r>, HttpError>,
        /// Makes the response from its answer.
        answer: fn(Answer, &HttpRequest<'_>) -> Result<HttpResponse, HttpError>,
    },
    /// Runs any number of commands.
    Task(for<'r, 'w> fn(Exchange<'r, 'w>) -> TaskFuture<'r>),
    /// Answers with the description for OpenAPI.
    Description,
    /// Lists and calls tools, which are other routes.
    Tools,
    /// Runs none.
    Local(fn(&HttpRequest<'_>) -> Result<HttpResponse, HttpError>),
}

/// The future of a response.
pub type TaskFuture<'r> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + 'r>>;

/// A request, and the caller as whom commands run.
pub struct Exchange<'r, 'w> {
    /// The request.
    pub request: &'r HttpRequest<'r>,
    /// The caller.
    pub caller: &'r mut Caller<'w>,
}

impl Exchange<'_, '_> {
    /// Runs a command as the caller, if the caller may.
    ///
    /// # Errors
    /// The refusal, or why the command failed.
    pub async fn run(&mut self, command: Command<'_>) -> Result<Answer, ApiError> {
        let permit = self.caller.authorize(command.id().description())?;
        self.caller.execute(&permit, command).await
    }
}
