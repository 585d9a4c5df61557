//! HTTP: requests to commands, answers to responses. No I/O.
//!
//! The [route table](ROUTES) drives dispatch, the description for OpenAPI, the table in
//! docs/http.md and the tests of access.

mod bodies;
mod caller;
mod cookie;
mod error;
mod health;
mod host;
mod json;
mod login;
mod mcp;
mod message;
mod omdb;
mod openapi;
mod origin;
mod pages;
mod parameter;
mod policy;
mod problem;
mod query;
mod request;
mod respond;
mod response;
mod route;
mod router;
mod routes;
mod sequence;

pub use bodies::{BodyError, overwrite};
pub use caller::{Caller, HttpContext, HttpSession};
pub use error::HttpError;
pub use message::HttpResponse;
pub use openapi::document as openapi_document;
pub use parameter::{Parameter, ParameterKind};
pub use policy::{Access, AnswerShape, BodyRule, Policy, Verb};
pub use query::Query;
pub use request::HttpRequest;
pub use respond::{Prepared, Unprepared, answer_message, prepare};
pub use response::{STATUSES, refuse_plaintext, refuse_unreadable};
pub use route::{Exchange, Handler, Route, TaskFuture};
pub use router::routes;
pub use routes::ROUTES;
