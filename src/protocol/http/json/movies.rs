//! Movies by their names.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::response::{self, json, respond};
use super::super::route::{Exchange, TaskFuture};
use super::page::{self, MOVIE_JSON};
use crate::api::{Answer, Command, FullEncoding, MovieNames};
use crate::movie::{self, FullMovie};
use crate::store::MovieCondition;

/// A movie with its details: its entity tag, and its JSON.
const DOCUMENT: FullEncoding = |movie, details| {
    let json = movie::full_to_json(movie, details);
    let tag = response::entity_tag_text(json.as_bytes());
    Bytes::from([tag.as_bytes(), json.as_bytes()].concat())
};

/// The condition of `If-Match` or `If-None-Match: *`.
fn condition(request: &HttpRequest<'_>) -> Option<MovieCondition> {
    if let Some(tags) = request.header(IF_MATCH) {
        return Some(match tags.trim() {
            "*" => MovieCondition::Present,
            tags => MovieCondition::Versions(response::versions(tags)),
        });
    }
    let is_new = request
        .header(IF_NONE_MATCH)
        .is_some_and(|tags| tags.trim() == "*");
    is_new.then_some(MovieCondition::Absent)
}

/// `GET /api/v1/movies/{name}`.
pub(super) fn get<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let (name, encoding) = (request.capture("name"), DOCUMENT);
    Ok(Command::SendDocument { name, encoding })
}

pub(super) fn row(answer: Answer, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    match answer {
        Answer::Row(Some(document)) => {
            let body = document.slice(response::TAG_LENGTH..);
            if request.query.get("fields").is_some() {
                return Ok(json(page::selected(body, request)));
            }
            let mut response = json(body);
            // The whole movie has the tag that `If-Match` compares.
            let tag = document.slice(..response::TAG_LENGTH);
            if let Ok(tag) = HeaderValue::from_maybe_shared(tag) {
                response.headers_mut().insert(ETAG, tag);
            }
            Ok(response)
        }
        Answer::Row(None) => Err(no_such_movie()),
        _ => Err(HttpError::internal("no movie was answered")),
    }
}

fn no_such_movie() -> HttpError {
    HttpError::not_found("there is no movie of that name")
}

/// `GET /api/v1/lookup`.
pub(super) fn look_up<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let request = exchange.request;
        let mut bytes = Vec::new();
        let spans = request.query.all("name").map(|name| {
            let begin = bytes.len() as u32;
            bytes.extend_from_slice(name.as_bytes());
            begin..bytes.len() as u32
        });
        let spans: Vec<_> = spans.collect();
        let names = MovieNames::new(&bytes, &spans);
        let encoding = MOVIE_JSON;
        let Answer::Rows(rows) = exchange.run(Command::SendMany { names, encoding }).await? else {
            return Err(HttpError::internal("no movies were answered"));
        };
        let rows = rows.into_iter().map(|row| match row {
            Some(row) => page::selected(row, request),
            None => Bytes::from_static(b"null"),
        });
        Ok(json(page::object("movies", rows, None)))
    })
}

/// `PUT /api/v1/movies/{name}`.
pub(super) fn put<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let name = exchange.request.capture_text("name")?;
        let text = std::str::from_utf8(&exchange.request.body);
        let text = text.map_err(|_| HttpError::bad_request("the body is not UTF-8"))?;
        let movie = FullMovie::from_json_named(name, text).map_err(HttpError::bad_request)?;
        let movie = Box::new(movie);
        let command = match condition(exchange.request) {
            None => Command::Put(movie),
            Some(condition) => Command::PutIf(movie, condition),
        };
        exchange.run(command).await?;
        Ok(respond(StatusCode::NO_CONTENT, Bytes::new()))
    })
}

/// `DELETE /api/v1/movies/{name}`.
pub(super) fn delete<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        if let Some(condition) = condition(exchange.request) {
            let name = exchange.request.capture_text("name")?.to_owned();
            exchange.run(Command::DeleteIf(name, condition)).await?;
            return Ok(respond(StatusCode::NO_CONTENT, Bytes::new()));
        }
        let name = exchange.request.capture("name");
        let span = 0..name.len() as u32;
        let names = MovieNames::new(name, std::slice::from_ref(&span));
        match exchange.run(Command::Delete(names)).await? {
            Answer::Number(0) => Err(no_such_movie()),
            _ => Ok(respond(StatusCode::NO_CONTENT, Bytes::new())),
        }
    })
}
