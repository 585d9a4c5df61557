//! Answers requests of OMDb's API with the commands of `api`.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use hyper::http::request::Parts;

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::query::Query;
use super::super::response;
use super::super::route::{Exchange, TaskFuture};
use super::answer::{OmdbAnswer, OmdbError};
use super::film;
use super::parameters::{
    KEY, OmdbFilter, OmdbForm, OmdbKind, OmdbName, OmdbPart, OmdbRequest, OmdbWanted,
};
use crate::api::{Answer, ApiError, ApiErrorKind, Command, DetailsFilter, NumberedPage};
use crate::config::limits;
use crate::movie::{Episode, FullMovie, full_to_postcard};
use crate::protocol::commands::CommandId;
use crate::search::{Analyzed, Filter, Query as SearchQuery};
use crate::store::{EpisodePage, Search};

/// The films of a page.
const PAGE_ROWS: usize = 10;
/// The maximum number of films of all pages of a search. Clients turn pages until they have all.
const MOST_RESULTS: usize = limits::MAX_FIND_ROWS;
/// The films among which one with exactly the title is looked for.
const TITLE_CANDIDATES: usize = 20;

/// Answers a request.
pub(super) fn answer<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let request = parse(&exchange.request.query);
        let found = find(&mut exchange, request.wanted).await;
        Ok(respond(
            &found.unwrap_or_else(OmdbAnswer::Error),
            &request.form,
        ))
    })
}

/// The first value of each parameter that is not empty counts.
fn parse(query: &Query<'_>) -> OmdbRequest {
    OmdbRequest::parse(|name| {
        let mut pairs = query.pairs();
        let is_it =
            |(given, value): &(&str, &str)| given.eq_ignore_ascii_case(name) && !value.is_empty();
        pairs.find(is_it).map(|(_, value)| value)
    })
}

/// A refusal in the form that the request asks for. A key without permission is answered like an
/// unknown one, because clients of OMDb have no other error for a key.
pub(super) fn refuse(error: &HttpError, head: &Parts) -> HttpResponse {
    let query = Query::parse(head.uri.query().unwrap_or_default()).unwrap_or_default();
    let request = parse(&query);
    let has_key = head.headers.contains_key(AUTHORIZATION)
        || (query.pairs()).any(|(name, key)| name.eq_ignore_ascii_case(KEY) && !key.is_empty());
    let error = match error.status {
        StatusCode::UNAUTHORIZED if !has_key => OmdbError::NoKey,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => OmdbError::InvalidKey,
        status => OmdbError::Refused(status, error.detail.clone()),
    };
    respond(&OmdbAnswer::Error(error), &request.form)
}

fn respond(answer: &OmdbAnswer, form: &OmdbForm) -> HttpResponse {
    let (media_type, body) = answer.render(form);
    let mut response = response::content(media_type, body);
    *response.status_mut() = answer.status();
    if answer.status() != StatusCode::OK {
        let never = HeaderValue::from_static("no-store");
        response.headers_mut().insert(CACHE_CONTROL, never);
    }
    response
}

impl From<ApiError> for OmdbError {
    fn from(error: ApiError) -> OmdbError {
        match error.kind {
            ApiErrorKind::LoginRequired
            | ApiErrorKind::AuthenticationFailed
            | ApiErrorKind::TooManyAttempts
            | ApiErrorKind::AccountChanged
            | ApiErrorKind::PermissionDenied => OmdbError::InvalidKey,
            // The search has too many words, or takes too long.
            ApiErrorKind::InvalidArgument => OmdbError::NotFound(None),
            _ => OmdbError::Refused(StatusCode::SERVICE_UNAVAILABLE, error.message),
        }
    }
}

async fn find(
    exchange: &mut Exchange<'_, '_>,
    wanted: OmdbWanted,
) -> Result<OmdbAnswer, OmdbError> {
    match wanted {
        OmdbWanted::Nothing => Err(OmdbError::NothingWanted),
        OmdbWanted::Search {
            words,
            filter,
            page,
        } => search(exchange, &words, filter, page).await,
        OmdbWanted::Film { name, part } => {
            // A key that may only search gets no full record.
            exchange.caller.authorize(CommandId::Send.description())?;
            let film = match name {
                OmdbName::Id(id) => by_id(exchange, &id).await,
                OmdbName::Title(title, filter) => by_title(exchange, &title, filter).await,
            };
            match part {
                OmdbPart::Whole => film.map(|film| OmdbAnswer::Film(Box::new(film))),
                OmdbPart::Season(season) => {
                    let series = film.map_err(|error| error.or(OmdbError::NoSeason))?;
                    of_season(exchange, &series, season).await
                }
                OmdbPart::Episode(season, episode) => {
                    let series = film.map_err(|error| error.or(OmdbError::NoEpisode))?;
                    of_episode(exchange, &series, season, episode).await
                }
                OmdbPart::NoSuchSeason => Err(OmdbError::NoSeason),
                OmdbPart::NoSuchEpisode => Err(OmdbError::NoEpisode),
            }
        }
    }
}

async fn by_id(exchange: &mut Exchange<'_, '_>, id: &str) -> Result<FullMovie, OmdbError> {
    let command = Command::SendFull {
        name: id.as_bytes(),
        encoding: |movie, details| Bytes::from(full_to_postcard(&movie, details)),
    };
    match exchange.run(command).await? {
        Answer::Row(Some(row)) => decoded(&row),
        _ if is_imdb_id(id) => Err(OmdbError::NoData),
        _ => Err(OmdbError::IncorrectId),
    }
}

/// Whether it has the form of IMDb's ids: `tt` and 7 to 10 digits.
fn is_imdb_id(id: &str) -> bool {
    let digits = id.strip_prefix("tt").unwrap_or_default();
    (7..=10).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// The best-known film with exactly the title, else the first that a search finds.
async fn by_title(
    exchange: &mut Exchange<'_, '_>,
    title: &str,
    filter: OmdbFilter,
) -> Result<FullMovie, OmdbError> {
    let (rows, _) = page(exchange, title, filter, 0, TITLE_CANDIDATES).await?;
    let films = rows.iter().map(|row| decoded(row));
    let mut films = films.collect::<Result<Vec<FullMovie>, _>>()?;
    let key = |title: &str| Analyzed::new(title).key().to_owned();
    let wanted = key(title);
    let exact = |film: &FullMovie| {
        key(&film.title) == wanted
            || (film.original_title.as_deref()).is_some_and(|title| key(title) == wanted)
    };
    let exact = films.iter().enumerate().filter(|(_, film)| exact(film));
    // Of equally known ones the first.
    let best = exact.max_by_key(|(index, film)| (film.votes, std::cmp::Reverse(*index)));
    let best = best.map_or(0, |(index, _)| index);
    if films.is_empty() {
        return Err(OmdbError::NotFound(filter.kind));
    }
    Ok(films.swap_remove(best))
}

async fn search(
    exchange: &mut Exchange<'_, '_>,
    words: &str,
    filter: OmdbFilter,
    number: usize,
) -> Result<OmdbAnswer, OmdbError> {
    let skip = (number - 1).saturating_mul(PAGE_ROWS);
    if skip >= MOST_RESULTS {
        return Err(OmdbError::NotFound(filter.kind));
    }
    let (rows, total) = page(exchange, words, filter, skip, PAGE_ROWS).await?;
    if rows.is_empty() {
        return Err(OmdbError::NotFound(filter.kind));
    }
    let results = rows
        .iter()
        .map(|row| decoded(row).map(|film| film::result(&film)));
    Ok(OmdbAnswer::Search {
        results: results.collect::<Result<_, _>>()?,
        total,
    })
}

/// Some of the films that a search finds, and the number of all of them.
async fn page(
    exchange: &mut Exchange<'_, '_>,
    words: &str,
    OmdbFilter { kind, year }: OmdbFilter,
    skip: usize,
    rows: usize,
) -> Result<(Vec<Bytes>, usize), OmdbError> {
    let query = SearchQuery::new(words).map_err(|_| OmdbError::NotFound(kind))?;
    let filter = Filter {
        years: year.map(|year| (year, year)),
        ..Filter::default()
    };
    let of_kind =
        |kind: OmdbKind| -> DetailsFilter { Box::new(move |details| film::kind(details) == kind) };
    let search = Search {
        filter,
        ..Search::new(query, MOST_RESULTS)
    };
    let page = NumberedPage {
        search,
        counts: kind.map(of_kind),
        skip,
        rows,
        encoding: |movie, details| Bytes::from(full_to_postcard(&movie, details)),
    };
    match exchange.run(Command::FindPage(Box::new(page))).await {
        Ok(Answer::Found { rows, total }) => Ok((rows, total)),
        Ok(_) => Err(OmdbError::NotFound(kind)),
        Err(error) => Err(OmdbError::from(error).or(OmdbError::NotFound(kind))),
    }
}

async fn of_season(
    exchange: &mut Exchange<'_, '_>,
    series: &FullMovie,
    season: u32,
) -> Result<OmdbAnswer, OmdbError> {
    let episodes = episodes(exchange, series, season).await?;
    if episodes.is_empty() {
        return Err(OmdbError::NoSeason);
    }
    let rows = episodes
        .iter()
        .filter_map(|row| Some(film::episode(&row.movie, row.episode?)));
    Ok(OmdbAnswer::Season {
        title: series.title.clone(),
        season,
        total: film::total_seasons(series.details()),
        episodes: rows.collect(),
    })
}

async fn of_episode(
    exchange: &mut Exchange<'_, '_>,
    series: &FullMovie,
    season: u32,
    number: u32,
) -> Result<OmdbAnswer, OmdbError> {
    let episodes = episodes(exchange, series, season).await?;
    let found = episodes.iter().find(|row| row.episode == Some(number));
    let name = found
        .map(|row| row.movie.name.clone())
        .ok_or(OmdbError::NoEpisode)?;
    let film = by_id(exchange, &name).await?;
    Ok(OmdbAnswer::Film(Box::new(film)))
}

/// The episodes of a season by their numbers.
async fn episodes(
    exchange: &mut Exchange<'_, '_>,
    series: &FullMovie,
    season: u32,
) -> Result<Vec<Episode>, OmdbError> {
    let wanted = EpisodePage {
        series: series.name.clone(),
        season: Some(season),
        after: None,
        rows: limits::MAX_LIST_ROWS,
    };
    let command = Command::Episodes(Box::new(wanted), |row| Bytes::from(row.to_postcard()));
    let Answer::Page(rows) = exchange.run(command).await? else {
        return Err(OmdbError::NoSeason);
    };
    let episodes = rows.iter().map(|row| Episode::from_postcard(row));
    episodes.collect::<Result<_, _>>().map_err(|_| unreadable())
}

fn decoded(row: &[u8]) -> Result<FullMovie, OmdbError> {
    FullMovie::from_postcard(row).map_err(|_| unreadable())
}

fn unreadable() -> OmdbError {
    let message = "internal error, see the server's log".to_owned();
    OmdbError::Refused(StatusCode::INTERNAL_SERVER_ERROR, message)
}

#[cfg(test)]
mod tests {
    use super::is_imdb_id;

    #[test]
    fn ids_of_imdb_have_seven_to_ten_digits() {
        for id in ["tt0068646", "tt38682579", "tt1234567890"] {
            assert!(is_imdb_id(id), "{id}");
        }
        for id in [
            "",
            "tt",
            "tt123456",
            "tt12345678901",
            "nm0000001",
            "tt00686x6",
            "TT0068646",
        ] {
            assert!(!is_imdb_id(id), "{id}");
        }
    }
}
