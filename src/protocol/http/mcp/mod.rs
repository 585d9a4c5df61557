//! The Model Context Protocol over HTTP, so that assistants use the catalogue. Its tools are
//! the routes of the JSON API about movies.

mod message;
mod route;
mod tools;

pub(super) use message::{
    McpMessages, McpStep, check_version, receive, respond_list, respond_one, result, step,
};
pub(super) use route::ROUTES;
pub(super) use tools::ToolCall;
