//! The routes for people: one person by the name, and a search.

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::parameter::{Parameter, ParameterKind};
use super::super::request::HttpRequest;
use super::super::response::json;
use super::page;
use crate::api::{Answer, Command, PersonEncoding};
use crate::config::limits;
use crate::search::Query as SearchQuery;
use crate::store::PeopleSearch;

const PERSON_JSON: PersonEncoding = |person| person.to_json().into();

pub(super) const SEARCH_PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "q",
        ParameterKind::Text(limits::MAX_QUERY_BYTES),
        "the words of the full name; the last one may be its beginning",
    )
    .required(),
    Parameter::new(
        "limit",
        ParameterKind::Integer(1, limits::MAX_FIND_ROWS as u64),
        "the most people; without it, 10",
    ),
    page::CURSOR,
];

/// `GET /api/v1/people`.
pub(super) fn search<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let words = request.query.get("q").unwrap_or_default();
    let search = PeopleSearch {
        query: SearchQuery::new(words).map_err(HttpError::bad_request)?,
        after: page::after(request)?,
        rows: page::rows(request, limits::DEFAULT_FIND_ROWS) + 1,
    };
    Ok(Command::People(Box::new(search), PERSON_JSON))
}

pub(super) fn searched(
    answer: Answer,
    request: &HttpRequest<'_>,
) -> Result<HttpResponse, HttpError> {
    page::page("people", answer, request, limits::DEFAULT_FIND_ROWS)
}

/// `GET /api/v1/people/{name}`.
pub(super) fn get<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let (name, encoding) = (request.capture("name"), PERSON_JSON);
    Ok(Command::Person { name, encoding })
}

pub(super) fn row(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    match answer {
        Answer::Row(Some(person)) => Ok(json(person)),
        Answer::Row(None) => Err(HttpError::not_found("there is no person of that name")),
        _ => Err(HttpError::internal("no person was answered")),
    }
}
