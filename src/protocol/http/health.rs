//! `/healthz` and `/readyz`, for programs that monitor the server.

use hyper::StatusCode;

use super::error::HttpError;
use super::policy::{Access, AnswerShape, Policy, Verb};
use super::problem::text_problem;
use super::response::content;
use super::route::{Exchange, Handler, Route, TaskFuture};
use crate::store::{ReadTransaction, Reader};

static POLICY: Policy = Policy {
    has_cors: false,
    refuses_unknown_parameters: false,
    key_parameter: None,
    takes_cookies: false,
    may_compress: false,
    cache_control: "no-store",
    content_security: "",
    refuse: text_problem,
};

const TEXT: &str = "text/plain; charset=utf-8";

const HEALTH: Route = Route {
    verb: Verb::Get,
    path: "/healthz",
    operation: "getHealth",
    summary: "says that the server is alive",
    access: Access::Open,
    parameters: &[],
    body: None,
    answer: AnswerShape::text(TEXT),
    policy: &POLICY,
    when: None,
    handler: Handler::Local(|_| Ok(content(TEXT, "alive\n"))),
};

pub(super) static ROUTES: &[Route] = &[
    HEALTH,
    Route {
        path: "/readyz",
        operation: "getReadiness",
        summary: "says whether the database answers, and a node follows its cluster",
        handler: Handler::Task(ready),
        ..HEALTH
    },
];

fn ready<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let look = |reader: &mut Reader| ReadTransaction::new(reader).count();
        let unready = |detail| HttpError::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        let state = exchange.caller.context.state;
        if let Err(reason) = state.readiness() {
            return Err(unready(reason));
        }
        match state.queries.run(look).await {
            Ok(Ok(_)) => Ok(content(TEXT, "ready\n")),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database does not answer");
                Err(unready(
                    "the database does not answer, see the server's log",
                ))
            }
            Err(_) => Err(unready("the database does not answer in time")),
        }
    })
}
