//! The Model Context Protocol over HTTP, so that assistants use the catalogue. Its tools are
//! the routes of the JSON API about movies.

mod message;
mod route;
mod tools;

pub(super) use message::{McpStep, result, step};
pub(super) use route::ROUTES;
pub(super) use tools::ToolCall;
