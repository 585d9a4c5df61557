//! Handlers of the pages for readers.

use bytes::Bytes;
use maud::Markup;

use super::super::error::HttpError;
use super::super::message::HttpResponse;
use super::super::request::HttpRequest;
use super::super::route::{Exchange, TaskFuture};
use super::home::{self, Overview};
use super::layout::Shell;
use super::respond::{html, viewer};
use super::results::{Narrowing, ResultsPage};
use crate::api::{Answer, Command, RowEncoding};
use crate::config::limits;
use crate::movie::Movie;
use crate::search::{Filter, Query, genre_key};
use crate::store::{Listing, Search, SearchOrder};

/// The best-known movies from which the genres and decades to choose from are taken.
const OVERVIEW_ROWS: usize = 300;
/// The movies of a page of results.
const PAGE_ROWS: usize = 24;
/// The years of the calendar.
const EVERY_YEAR: (u16, u16) = (1, 9999);

/// The front page.
pub(super) fn home<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    with_overview(exchange, home::home_page)
}

/// The overview of genres, decades and ratings.
pub(super) fn browse<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    with_overview(exchange, home::browse_page)
}

fn with_overview<'r>(
    mut exchange: Exchange<'r, '_>,
    page: fn(&Shell<'_>, &Overview) -> Markup,
) -> TaskFuture<'r> {
    Box::pin(async move {
        let overview = overview(&mut exchange).await?;
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        Ok(html(page(&shell, &overview)))
    })
}

async fn overview(exchange: &mut Exchange<'_, '_>) -> Result<Overview, HttpError> {
    let Answer::Number(movies) = exchange.run(Command::Count).await? else {
        return Err(unexpected());
    };
    let command = search_for("", Filter::default(), OVERVIEW_ROWS, |_| ())?;
    let mut known = movies_of(exchange.run(command).await?)?;
    if known.is_empty() && movies > 0 {
        let (filter, after, rows) = (Filter::default(), None, OVERVIEW_ROWS);
        let listing = Box::new(Listing {
            filter,
            after,
            rows,
        });
        known = movies_of(
            exchange
                .run(Command::List(listing, RowEncoding::Postcard))
                .await?,
        )?;
    }
    Ok(Overview::new(movies, known))
}

/// A page of results.
pub(super) fn search<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let request = exchange.request;
        let words = parameter(request, "q").trim();
        let narrowing = Narrowing {
            genre: parameter(request, "genre").to_owned(),
            decade: parameter(request, "decade").to_owned(),
            rating: parameter(request, "rating").to_owned(),
            title_type: parameter(request, "type").to_owned(),
            sort: parameter(request, "sort").to_owned(),
        };
        let filter = filter(&narrowing)?;
        let after = parameter(request, "after");
        let order = SearchOrder::from_word(&narrowing.sort).unwrap_or_default();
        let command = search_for(words, filter, PAGE_ROWS + 1, |search| {
            search.after = (!after.is_empty()).then(|| after.to_owned());
            search.order = order;
        })?;
        let mut movies = movies_of(exchange.run(command).await?)?;
        let has_next = movies.len() > PAGE_ROWS;
        movies.truncate(PAGE_ROWS);
        let next = movies
            .last()
            .filter(|_| has_next)
            .map(|movie| movie.name.clone());
        let Overview {
            genres, decades, ..
        } = overview(&mut exchange).await?;
        let page = ResultsPage {
            narrowing,
            movies,
            after: after.to_owned(),
            next,
            genres,
            decades,
        };
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: words,
        };
        Ok(html(page.render(&shell)))
    })
}

/// The options of the search box.
pub(super) fn options<'r>(request: &'r HttpRequest<'r>) -> Result<Command<'r>, HttpError> {
    let words = parameter(request, "q").trim();
    search_for(words, Filter::default(), limits::OPTION_ROWS, |_| ())
}

pub(super) fn optioned(
    answer: Answer,
    request: &HttpRequest<'_>,
) -> Result<HttpResponse, HttpError> {
    let movies = movies_of(answer)?;
    Ok(html(super::results::options(
        &movies,
        parameter(request, "q"),
    )))
}

/// The first value of a parameter, or nothing.
pub(super) fn parameter<'q>(request: &'q HttpRequest<'_>, name: &str) -> &'q str {
    request.query.get(name).unwrap_or_default()
}

/// The command for a search. Without words and filter it finds the movies with a year, because
/// the search itself finds none then.
fn search_for<'c>(
    words: &str,
    filter: Filter,
    rows: usize,
    more: impl FnOnce(&mut Search),
) -> Result<Command<'c>, HttpError> {
    let query = Query::new(words).map_err(HttpError::bad_request)?;
    let mut search = Search::new(query, rows);
    search.filter = filter;
    if search.query.is_empty() && search.filter.is_empty() {
        search.filter.years = Some(EVERY_YEAR);
    }
    more(&mut search);
    Ok(Command::Find(Box::new(search), RowEncoding::Postcard))
}

pub(super) fn movies_of(answer: Answer) -> Result<Vec<Movie>, HttpError> {
    let rows: Vec<Bytes> = match answer {
        Answer::Page(rows) => rows,
        Answer::Rows(rows) => rows.into_iter().flatten().collect(),
        _ => return Err(unexpected()),
    };
    let movies = rows
        .iter()
        .map(|row| Movie::from_postcard(row).map_err(HttpError::internal));
    movies.collect()
}

pub(super) fn unexpected() -> HttpError {
    HttpError::internal("another answer was expected")
}

fn filter(narrowing: &Narrowing) -> Result<Filter, HttpError> {
    let Narrowing {
        genre,
        decade,
        rating,
        title_type,
        ..
    } = narrowing;
    Ok(Filter {
        genre: (!genre.is_empty()).then(|| genre_key(genre)),
        years: match decade.as_str() {
            "" => None,
            text => Some(years_of(text).ok_or_else(|| invalid("decade", "a year like 1980"))?),
        },
        min_rating: match rating.as_str() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| invalid("rating", "a number from 0 to 10"))?,
            ),
        },
        kind: (!title_type.is_empty()).then(|| title_type.to_lowercase()),
        ..Filter::default()
    })
}

fn years_of(decade: &str) -> Option<(u16, u16)> {
    let first: u16 = decade.parse().ok()?;
    Some((first, first.checked_add(9)?))
}

fn invalid(parameter: &str, expected: &str) -> HttpError {
    HttpError::bad_request(format_args!("`{parameter}` is not {expected}"))
}
