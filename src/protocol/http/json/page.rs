//! Pages of movies: lists and searches.

use bytes::Bytes;
use hyper::header::{HeaderValue, LINK};
use serde::{Deserialize, Serialize};

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::parameter::{Parameter, ParameterKind};
use super::super::request::HttpRequest;
use super::super::response::json;
use super::cursor;
use crate::api::{Answer, Command, RowEncoding};
use crate::config::limits;
use crate::movie::{MovieRef, Released};
use crate::search::{
    Filter, Query as SearchQuery, QueryMatch, TitlePart, genre_key, highlight, parse_years,
};
use crate::store::{Listing, Search, SearchOrder};

pub(super) const MOVIE_JSON: RowEncoding = RowEncoding::With(|movie| Bytes::from(movie.to_json()));

/// The fields of a movie without its details, in their order.
const MOVIE_FIELDS: &[&str] = &[
    "id",
    "name",
    "title",
    "original_title",
    "released",
    "runtime_minutes",
    "genres",
    "rating",
    "votes",
];

pub(super) const FULL_FIELDS: Parameter = Parameter::new(
    "fields",
    ParameterKind::MovieFields,
    "the fields of the movie; without it, all",
);

pub(super) const FIELDS: Parameter = Parameter::new(
    "fields",
    ParameterKind::Choices(MOVIE_FIELDS),
    "the fields of each movie; without it, all",
);

const YEAR: Parameter = Parameter::new(
    "year",
    ParameterKind::Text(limits::MAX_REPEATED_BYTES),
    "the year of release, or two years: `1979`, `1970-1979`",
);
const GENRE: Parameter = Parameter::new(
    "genre",
    ParameterKind::Text(limits::MAX_GENRE_BYTES),
    "a genre, in any case",
);
const MIN_RATING: Parameter = Parameter::new(
    "min_rating",
    ParameterKind::Number(0.0, limits::MAX_RATING),
    "the lowest rating",
);
pub(super) const CURSOR: Parameter = Parameter::new(
    "cursor",
    ParameterKind::Text(cursor::MAX_CURSOR_BYTES),
    "where the page begins: `next` of the page before",
);

pub(super) const LIST_PARAMETERS: &[Parameter] = &[
    YEAR,
    GENRE,
    MIN_RATING,
    Parameter::new(
        "limit",
        ParameterKind::Integer(1, limits::MAX_LIST_ROWS as u64),
        "the most movies; without it, 20",
    ),
    CURSOR,
    FIELDS,
];

pub(super) const SEARCH_PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "q",
        ParameterKind::Text(limits::MAX_QUERY_BYTES),
        "the words of the title; the last one may be its beginning",
    )
    .required(),
    YEAR,
    GENRE,
    MIN_RATING,
    Parameter::new(
        "type",
        ParameterKind::Text(limits::MAX_LABEL_BYTES),
        "movies of this type, such as `tvSeries`",
    ),
    Parameter::new(
        "person",
        ParameterKind::Texts(limits::MAX_NAME_BYTES),
        "movies that name this person, such as `nm0000008`; several: all of them",
    ),
    Parameter::new(
        "adult",
        ParameterKind::Choice(&["no", "yes"]),
        "`yes`: movies for adults alone too",
    ),
    Parameter::new(
        "region",
        ParameterKind::Text(limits::MAX_LABEL_BYTES),
        "adds `shown`, the title in this region",
    ),
    Parameter::new(
        "sort",
        ParameterKind::Choice(&["relevance", "votes", "rating", "year", "title"]),
        "another order than that of relevance",
    ),
    Parameter::new(
        "limit",
        ParameterKind::Integer(1, limits::MAX_FIND_ROWS as u64),
        "the most movies; without it, 10",
    ),
    CURSOR,
    FIELDS,
    Parameter::new(
        "highlight",
        ParameterKind::Choice(&["true", "false"]),
        "`true` gives each movie the parts of its title in `highlight`",
    ),
];

pub(super) const SUGGESTION_PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "q",
        ParameterKind::Text(limits::MAX_QUERY_BYTES),
        "what was typed so far",
    )
    .required(),
    Parameter::new(
        "limit",
        ParameterKind::Integer(1, limits::MAX_SUGGESTIONS as u64),
        "the most titles; without it, 8",
    ),
];

/// A movie whose title has highlighted parts.
#[derive(Serialize)]
struct Highlighted<'m> {
    #[serde(flatten)]
    movie: MovieRef<'m>,
    highlight: Vec<HighlightedPart<'m>>,
}

/// A title that was found while its beginning was typed.
#[derive(Serialize)]
struct Suggestion<'m> {
    name: &'m str,
    title: &'m str,
    year: Option<u16>,
    rating: Option<f64>,
    votes: Option<u32>,
    highlight: Vec<HighlightedPart<'m>>,
}

/// A part of a title.
#[derive(Serialize)]
struct HighlightedPart<'m> {
    text: &'m str,
    is_match: bool,
}

fn highlighted<'m>(title: &'m str, found: &QueryMatch<'_>) -> Vec<HighlightedPart<'m>> {
    let parts = highlight(title, found.interpretation).into_iter();
    let part = |TitlePart { text, is_match }| HighlightedPart { text, is_match };
    parts.map(part).collect()
}

fn to_json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// The movies that one page has at most. The store returns one more row, if there is a next page.
pub(super) fn rows(request: &HttpRequest<'_>, default: usize) -> usize {
    let limit = request.query.integer("limit");
    limit.map_or(default, |limit| limit as usize)
}

/// `GET /api/v1/movies`.
pub(super) fn list<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let listing = Listing {
        filter: filter(request)?,
        after: after(request)?,
        rows: rows(request, limits::DEFAULT_LIST_ROWS) + 1,
    };
    Ok(Command::List(Box::new(listing), MOVIE_JSON))
}

pub(super) fn listed(answer: Answer, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    page("movies", answer, request, limits::DEFAULT_LIST_ROWS)
}

/// `GET /api/v1/search`.
pub(super) fn search<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let words = request.query.get("q").unwrap_or_default();
    let query = SearchQuery::new(words).map_err(HttpError::bad_request)?;
    let text = |name| request.query.get(name).map(str::to_owned);
    let people = request.query.all("person").take(limits::MAX_FIND_PEOPLE);
    let sort = request.query.get("sort").and_then(SearchOrder::from_word);
    let search = Search {
        filter: Filter {
            kind: request.query.get("type").map(str::to_lowercase),
            with_adult: request.query.get("adult") == Some("yes"),
            people: people.map(str::to_owned).collect(),
            ..filter(request)?
        },
        after: after(request)?,
        region: text("region"),
        order: sort.unwrap_or_default(),
        ..Search::new(query, rows(request, limits::DEFAULT_FIND_ROWS) + 1)
    };
    let search = Box::new(search);
    if request.query.get("highlight") != Some("true") {
        return Ok(Command::Find(search, MOVIE_JSON));
    }
    Ok(Command::FindMatches(search, |movie, found| {
        let highlight = highlighted(movie.title, &found);
        to_json(&Highlighted { movie, highlight })
    }))
}

/// `GET /api/v1/suggestions`.
pub(super) fn suggest<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let typed = request.query.get("q").unwrap_or_default();
    let query = SearchQuery::new(typed).map_err(HttpError::bad_request)?;
    let search = Search::new(query, rows(request, limits::DEFAULT_SUGGESTIONS));
    Ok(Command::FindMatches(Box::new(search), |movie, found| {
        to_json(&Suggestion {
            name: movie.name,
            title: movie.title,
            year: movie.released.map(Released::year),
            rating: movie.rating,
            votes: movie.votes,
            highlight: highlighted(movie.title, &found),
        })
    }))
}

pub(super) fn suggested(answer: Answer, _: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
    match answer {
        Answer::Page(found) => Ok(json(object("suggestions", found.into_iter(), None))),
        _ => Err(HttpError::internal("no page was answered")),
    }
}

pub(super) fn searched(
    answer: Answer,
    request: &HttpRequest<'_>,
) -> Result<HttpResponse, HttpError> {
    page("movies", answer, request, limits::DEFAULT_FIND_ROWS)
}

pub(super) fn after(request: &HttpRequest<'_>) -> Result<Option<String>, HttpError> {
    request.query.get("cursor").map(cursor::decode).transpose()
}

fn filter(request: &HttpRequest<'_>) -> Result<Filter, HttpError> {
    let query = &request.query;
    Ok(Filter {
        years: query.get("year").map(years).transpose()?,
        genre: query.get("genre").map(genre_key),
        min_rating: query.get("min_rating").and_then(|text| text.parse().ok()),
        ..Filter::default()
    })
}

/// `1979`, or `1970-1979`.
fn years(text: &str) -> Result<(u16, u16), HttpError> {
    parse_years(text).ok_or_else(|| {
        let detail = "`year` is neither a year like 1979 nor years like 1970-1979";
        HttpError::bad_request(detail)
    })
}

/// A page of at most this number of movies or people, with a link to the next page.
pub(super) fn page(
    list: &str,
    answer: Answer,
    request: &HttpRequest<'_>,
    default: usize,
) -> Result<HttpResponse, HttpError> {
    let Answer::Page(mut found) = answer else {
        return Err(HttpError::internal("no page was answered"));
    };
    let rows = rows(request, default);
    let has_next = found.len() > rows;
    found.truncate(rows);
    let last = found.last().filter(|_| has_next);
    let next = last
        .and_then(|row| name_of(row))
        .map(|name| cursor::encode(&name));
    let found = found.into_iter().map(|row| selected(row, request));
    let mut response = json(object(list, found, Some(next.as_deref())));
    if let Some(link) = next.and_then(|next| link_to(request, &next)) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// The name in the JSON of a movie or a person.
fn name_of(row: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    serde_json::from_slice(row).ok().map(|Named { name }| name)
}

/// The same request with another cursor.
fn link_to(request: &HttpRequest<'_>, cursor: &str) -> Option<HeaderValue> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let others = request.query.pairs().filter(|(name, _)| *name != "cursor");
    query.extend_pairs(others).append_pair("cursor", cursor);
    let link = format!("<{}?{}>; rel=\"next\"", request.path(), query.finish());
    HeaderValue::from_str(&link).ok()
}

/// An object with a list of JSON values, and with `next` where there are pages.
pub(super) fn object(
    name: &str,
    rows: impl Iterator<Item = Bytes>,
    next: Option<Option<&str>>,
) -> Bytes {
    let mut object = format!("{{\"{name}\":[").into_bytes();
    for (index, row) in rows.enumerate() {
        if index > 0 {
            object.push(b',');
        }
        object.extend_from_slice(&row);
    }
    object.push(b']');
    match next {
        None => {}
        Some(None) => object.extend_from_slice(b",\"next\":null"),
        Some(Some(next)) => object.extend_from_slice(format!(",\"next\":\"{next}\"").as_bytes()),
    }
    object.push(b'}');
    object.into()
}

/// A movie with the fields of the request only.
pub(super) fn selected(row: Bytes, request: &HttpRequest<'_>) -> Bytes {
    let Some(fields) = request.query.get("fields") else {
        return row;
    };
    let object: Result<serde_json::Map<String, serde_json::Value>, _> =
        serde_json::from_slice(&row);
    let Ok(mut object) = object else {
        return row;
    };
    let wanted: Vec<&str> = fields.split(',').collect();
    object.retain(|field, _| field == "highlight" || wanted.contains(&field.as_str()));
    serde_json::to_vec(&object).map_or(row, Bytes::from)
}
