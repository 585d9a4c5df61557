//! The route of the protocol.

use super::super::policy::{Access, AnswerShape, BodyRule, Policy, Verb};
use super::super::problem::problem;
use super::super::route::{Handler, Route};
use crate::config::limits;
use crate::protocol::commands::CommandId;

static POLICY: Policy = Policy {
    has_cors: false,
    refuses_unknown_parameters: true,
    key_parameter: None,
    takes_cookies: false,
    may_compress: false,
    cache_control: "private, no-store",
    content_security: "",
    refuse: problem,
};

pub(crate) static ROUTES: &[Route] = &[Route {
    verb: Verb::Post,
    path: "/mcp",
    operation: "callTool",
    summary: "the Model Context Protocol: lists and calls tools for assistants",
    access: Access::Command(CommandId::Find),
    parameters: &[],
    body: Some(BodyRule {
        media_type: "application/json",
        schema: "",
        max_bytes: limits::MAX_RPC_BYTES,
        is_secret: false,
    }),
    answer: AnswerShape::json(""),
    policy: &POLICY,
    when: None,
    handler: Handler::Tools,
}];
