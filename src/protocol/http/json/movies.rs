//! Movies by their names.

use bytes::Bytes;
use hyper::StatusCode;

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::response::{json, respond};
use super::super::route::{Exchange, TaskFuture};
use super::page::{self, FULL_JSON, MOVIE_JSON};
use crate::api::{Answer, Command, MovieNames};
use crate::movie::FullMovie;

/// `GET /api/v1/movies/{name}`.
pub(super) fn get<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let (name, encoding) = (request.capture("name"), FULL_JSON);
    Ok(Command::SendFull { name, encoding })
}

pub(super) fn row(answer: Answer, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    match answer {
        Answer::Row(Some(row)) => Ok(json(page::selected(row, request))),
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
        exchange.run(Command::Put(Box::new(movie))).await?;
        Ok(respond(StatusCode::NO_CONTENT, Bytes::new()))
    })
}

/// `DELETE /api/v1/movies/{name}`.
pub(super) fn delete<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let name = exchange.request.capture("name");
        let span = 0..name.len() as u32;
        let names = MovieNames::new(name, std::slice::from_ref(&span));
        match exchange.run(Command::Delete(names)).await? {
            Answer::Number(0) => Err(no_such_movie()),
            _ => Ok(respond(StatusCode::NO_CONTENT, Bytes::new())),
        }
    })
}
