//! Handlers of the pages for readers.

use bytes::Bytes;
use hyper::StatusCode;
use maud::Markup;

use super::super::error::HttpError;
use super::super::request::HttpRequest;
use super::super::route::{Exchange, TaskFuture};
use super::home::{self, Overview};
use super::layout::Shell;
use super::person::full_name;
use super::respond::{html, viewer};
use super::results::{self, Found, Narrowing, ResultsPage};
use crate::api::{Answer, ApiErrorKind, Command, PersonEncoding, RowEncoding};
use crate::config::limits;
use crate::movie::{Movie, Person};
use crate::search::{Analyzed, Filter, Interpretation, Query, TermMatcher, genre_key};
use crate::store::{Listing, PeopleSearch, Search, SearchOrder};

/// The best-known movies from which the genres and decades to choose from are taken.
const OVERVIEW_ROWS: usize = 300;
/// The movies of a page of results.
const PAGE_ROWS: usize = 24;
/// The most people next to movies.
const PEOPLE_ROWS: usize = 3;
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
        let command = |order| {
            search_for(words, filter.clone(), PAGE_ROWS + 1, |search| {
                search.after = (!after.is_empty()).then(|| after.to_owned());
                search.order = order;
            })
        };
        let is_ordered = order != SearchOrder::default();
        let (answer, is_too_much) = match exchange.run(command(order)?).await {
            Err(error) if error.kind == ApiErrorKind::InvalidArgument && is_ordered => {
                let best = command(SearchOrder::default())?;
                (exchange.run(best).await?, true)
            }
            answer => (answer?, false),
        };
        let mut movies = movies_of(answer)?;
        let has_next = movies.len() > PAGE_ROWS;
        movies.truncate(PAGE_ROWS);
        let next = movies
            .last()
            .filter(|_| has_next)
            .map(|movie| movie.name.clone());
        let is_first = after.is_empty() && narrowing == Narrowing::default();
        let found = if is_first {
            with_people(&mut exchange, words, movies).await?
        } else {
            Found {
                movies,
                ..Found::default()
            }
        };
        let Overview {
            genres, decades, ..
        } = match overview(&mut exchange).await {
            // A key that may only search counts and lists no movies.
            Err(error) if error.status == StatusCode::FORBIDDEN => Overview::default(),
            overview => overview?,
        };
        let page = ResultsPage {
            narrowing,
            found,
            after: after.to_owned(),
            next,
            is_too_much,
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
pub(super) fn options<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let found = suggestions(&mut exchange).await?;
        let typed = parameter(exchange.request, "q");
        Ok(html(results::options(&found, typed)))
    })
}

/// The movies and people for what was typed so far.
pub(super) async fn suggestions(exchange: &mut Exchange<'_, '_>) -> Result<Found, HttpError> {
    let words = parameter(exchange.request, "q").trim();
    let command = search_for(words, Filter::default(), limits::OPTION_ROWS, |_| ())?;
    let movies = movies_of(exchange.run(command).await?)?;
    with_people(exchange, words, movies).await
}

/// Adds the people with these words in their names. A name that was typed with an error counts only
/// where no title has the words. A person with exactly this name is shown before movies with other titles.
async fn with_people(
    exchange: &mut Exchange<'_, '_>,
    words: &str,
    movies: Vec<Movie>,
) -> Result<Found, HttpError> {
    let query = Query::new(words).map_err(HttpError::bad_request)?;
    if query.is_empty() {
        return Ok(Found {
            movies,
            ..Found::default()
        });
    }
    let typed = query.interpretations();
    let encoding: PersonEncoding = |person| person.to_postcard().into();
    let search = Box::new(PeopleSearch {
        query,
        after: None,
        rows: PEOPLE_ROWS,
    });
    let rows = match exchange.run(Command::People(search, encoding)).await {
        Ok(Answer::Page(rows)) => rows,
        Ok(_) => return Err(unexpected()),
        // The query is too much work, or the key may not search people.
        Err(error) if is_unanswerable(error.kind) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let people = rows.iter().map(|row| Person::from_postcard(row));
    let people: Result<Vec<Person>, _> = people.collect();
    let mut people = people.map_err(HttpError::internal)?;
    let first = movies.first();
    let has_title = first.is_some_and(|movie| has_words(&typed, &movie.title));
    let is_full_name = typed.first().is_some_and(|typed| typed.words.len() > 1);
    // Several words that no title has can be a full name with an error, which also finds films.
    let takes_errors = first.is_none() || is_full_name && !has_title;
    people.retain(|person| takes_errors || has_words(&typed, full_name(person)));
    let key = |text: &str| Analyzed::new(text).key().to_owned();
    let is_typed = |text: &str| key(text) == key(words);
    let is_title = movies.first().is_some_and(|movie| is_typed(&movie.title));
    let is_name = people
        .first()
        .is_some_and(|person| is_typed(full_name(person)));
    Ok(Found {
        has_people_first: is_name && !is_title,
        movies,
        people,
    })
}

fn is_unanswerable(kind: ApiErrorKind) -> bool {
    matches!(
        kind,
        ApiErrorKind::InvalidArgument | ApiErrorKind::PermissionDenied
    )
}

/// Whether a name has all words of one of the ways to understand what was typed.
fn has_words(typed: &[Interpretation], name: &str) -> bool {
    let name = Analyzed::new(name);
    typed.iter().any(|typed| {
        let has = |matcher: &TermMatcher| name.words().any(|word| matcher.takes(word.text));
        typed.words.iter().all(has)
    })
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
