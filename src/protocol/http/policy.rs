//! The parts of a row of the route table.

use hyper::Method;
use hyper::http::request::Parts;

use super::error::HttpError;
use super::message::HttpResponse;
use crate::protocol::commands::{CommandId, RequiredRole};

/// The method of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads; also `HEAD`.
    Get,
    /// Adds or replaces.
    Put,
    /// Adds, or does something else.
    Post,
    /// Removes.
    Delete,
}

impl Verb {
    /// Its word in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Put => "PUT",
            Verb::Post => "POST",
            Verb::Delete => "DELETE",
        }
    }

    /// The verb of a method, if a route can have it.
    pub fn from_method(method: &Method) -> Option<Verb> {
        match *method {
            Method::GET | Method::HEAD => Some(Verb::Get),
            Method::PUT => Some(Verb::Put),
            Method::POST => Some(Verb::Post),
            Method::DELETE => Some(Verb::Delete),
            _ => None,
        }
    }
}

/// The role that a route requires.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Every client, without a key.
    Open,
    /// The callers that may run this command.
    Command(CommandId),
    /// Admins that may run this command.
    AdminOnly(CommandId),
}

impl Access {
    /// The role that a caller needs.
    pub fn role(self) -> RequiredRole {
        match self {
            Access::Open => RequiredRole::Anyone,
            Access::Command(command) => command.description().role,
            Access::AdminOnly(_) => RequiredRole::Admin,
        }
    }
}

/// The body that a route takes.
#[derive(Clone, Copy, Debug)]
pub struct BodyRule {
    /// Its media type.
    pub media_type: &'static str,
    /// Its schema in the description for OpenAPI.
    pub schema: &'static str,
    /// The maximum number of bytes.
    pub max_bytes: usize,
    /// Whether it can contain a password. Then its memory is overwritten.
    pub is_secret: bool,
}

/// A successful response of a route.
#[derive(Clone, Copy, Debug)]
pub struct AnswerShape {
    /// Its status.
    pub status: u16,
    /// Its media type; empty without a body.
    pub media_type: &'static str,
    /// Its schema in the description for OpenAPI; empty where every text is one.
    pub schema: &'static str,
}

impl AnswerShape {
    /// Status 200 and JSON of this schema.
    pub const fn json(schema: &'static str) -> AnswerShape {
        AnswerShape {
            status: 200,
            media_type: "application/json",
            schema,
        }
    }

    /// Status 200 and text of this media type.
    pub const fn text(media_type: &'static str) -> AnswerShape {
        AnswerShape {
            status: 200,
            media_type,
            schema: "",
        }
    }

    /// Status 204, without a body.
    pub const EMPTY: AnswerShape = AnswerShape {
        status: 204,
        media_type: "",
        schema: "",
    };
}

/// The rules that routes of one kind share.
pub struct Policy {
    /// Whether pages of other origins may use it, with a key and never with a cookie.
    pub has_cors: bool,
    /// Whether a parameter that is not in the table is refused. Otherwise it is ignored.
    pub refuses_unknown_parameters: bool,
    /// The name of the parameter that may hold a key, if there is one.
    pub key_parameter: Option<&'static str>,
    /// Whether the cookie of a login counts.
    pub takes_cookies: bool,
    /// Whether the bodies of responses may be compressed. Never where a response holds both a
    /// secret and a text of the request.
    pub may_compress: bool,
    /// The value of `Cache-Control`, unless the handler sets another one.
    pub cache_control: &'static str,
    /// The value of `Content-Security-Policy`; empty for none.
    pub content_security: &'static str,
    /// A refusal in the form of these routes.
    pub refuse: fn(&HttpError, &Parts) -> HttpResponse,
}
