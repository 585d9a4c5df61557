//! Look-ups, pages, counts and changes of movies.

use super::answer::{
    Answer, EpisodeEncoding, Execution, FullEncoding, MatchEncoding, PersonEncoding, RowEncoding,
};
use super::error::{ApiError, ApiErrorKind, unavailable};
use super::execution::{counted, done, query};
use super::names::MovieNames;
use super::session::Session;
use super::state::ServerState;
use crate::config::limits;
use crate::movie::{FullMovie, MovieRef};
use crate::search::Explanation;
use crate::store::{
    Change, EpisodePage, Listing, MovieCondition, PeopleSearch, ReadTransaction, Reader, Role,
    Search, StoreError,
};
use bytes::Bytes;

/// A page of the films of a person.
pub struct FilmsPage {
    /// The person's name.
    pub person: String,
    /// The page begins after the movie of this name.
    pub after: Option<String>,
    /// The most movies of the page.
    pub rows: usize,
}

pub(super) fn send(
    reader: &mut Reader,
    name: &[u8],
    encoding: RowEncoding,
) -> Result<Answer, ApiError> {
    looked_up(name, |name| row(reader, name, encoding))
}

pub(super) fn send_full(
    reader: &mut Reader,
    name: &[u8],
    encode: FullEncoding,
) -> Result<Answer, ApiError> {
    looked_up(name, |name| reader.with_full_movie(name, encode))
}

pub(super) fn document(
    reader: &mut Reader,
    name: &[u8],
    encode: FullEncoding,
) -> Result<Answer, ApiError> {
    looked_up(name, |name| reader.document(name, encode))
}

pub(super) fn person(
    reader: &mut Reader,
    name: &[u8],
    encode: PersonEncoding,
) -> Result<Answer, ApiError> {
    looked_up(name, |name| Ok(reader.person(name)?.as_ref().map(encode)))
}

/// The row of that name. A name that no movie and no person can have is the name of none.
fn looked_up(
    name: &[u8],
    read: impl FnOnce(&str) -> Result<Option<Bytes>, StoreError>,
) -> Result<Answer, ApiError> {
    let row = valid(name).map_or(Ok(None), read);
    row.map(Answer::Row).map_err(unavailable)
}

pub(super) fn people(
    state: &ServerState,
    search: Box<PeopleSearch>,
    encode: PersonEncoding,
) -> Execution<'_> {
    page(state, move |reader| {
        let people = ReadTransaction::new(reader).people(&search)?;
        Ok(people.iter().map(encode).collect())
    })
}

/// The episodes of a series. A series that does not exist has none.
pub(super) fn episodes(
    state: &ServerState,
    wanted: Box<EpisodePage>,
    encode: EpisodeEncoding,
) -> Execution<'_> {
    page(state, move |reader| {
        let episodes = ReadTransaction::new(reader).episodes(&wanted, encode)?;
        Ok(episodes.unwrap_or_default())
    })
}

pub(super) fn films(
    state: &ServerState,
    wanted: Box<FilmsPage>,
    encoding: RowEncoding,
) -> Execution<'_> {
    page(state, move |reader| {
        let FilmsPage {
            person,
            after,
            rows,
        } = *wanted;
        let encode = |movie: MovieRef<'_>| Some(encoding.encode(movie));
        ReadTransaction::new(reader).films_of(&[&person], after.as_deref(), rows, encode)
    })
}

pub(super) fn send_many(
    reader: &mut Reader,
    mut names: MovieNames<'_>,
    encoding: RowEncoding,
) -> Result<Answer, ApiError> {
    let mut rows = Vec::with_capacity(names.len());
    while names.len() > 0 {
        let ahead = reader.look_ahead(names).max(1);
        for name in names.by_ref().take(ahead) {
            let read = |name| row(reader, name, encoding);
            rows.push(valid(name).map_or(Ok(None), read).map_err(unavailable)?);
        }
    }
    Ok(Answer::Rows(rows))
}

fn row(
    reader: &mut Reader,
    name: &str,
    encoding: RowEncoding,
) -> Result<Option<Bytes>, StoreError> {
    match encoding {
        RowEncoding::Postcard => reader.postcard(name),
        RowEncoding::With(encode) => reader.with_movie(name, encode),
    }
}

/// The text of a name that a movie can have. `None` for a name that is too long or not UTF-8.
fn valid(name: &[u8]) -> Option<&str> {
    if name.len() > limits::MAX_NAME_BYTES {
        return None;
    }
    std::str::from_utf8(name).ok()
}

pub(super) fn exists(reader: &mut Reader, names: MovieNames<'_>) -> Result<Answer, ApiError> {
    let mut number = 0;
    for name in names.filter_map(valid) {
        number += u64::from(reader.exists(name).map_err(unavailable)?);
    }
    Ok(Answer::Number(number))
}

pub(super) fn count(reader: &mut Reader) -> Result<Answer, ApiError> {
    reader.count().map(Answer::Number).map_err(unavailable)
}

pub(super) fn list(
    state: &ServerState,
    listing: Box<Listing>,
    encoding: RowEncoding,
) -> Execution<'_> {
    page(state, move |reader| {
        ReadTransaction::new(reader).list(&listing, |movie| encoding.encode(movie))
    })
}

/// The search in the server's region, unless it gives its own.
fn in_region(state: &ServerState, mut search: Box<Search>) -> Box<Search> {
    if search.region.is_none() {
        search.region.clone_from(&state.region);
    }
    search
}

pub(super) fn find(
    state: &ServerState,
    search: Box<Search>,
    encoding: RowEncoding,
) -> Execution<'_> {
    let search = in_region(state, search);
    page(state, move |reader| {
        ReadTransaction::new(reader)
            .find_matches(&search, |movie, found| encoding.encode_match(movie, found))
    })
}

pub(super) fn find_matches(
    state: &ServerState,
    search: Box<Search>,
    encoding: MatchEncoding,
) -> Execution<'_> {
    let search = in_region(state, search);
    page(state, move |reader| {
        ReadTransaction::new(reader).find_matches(&search, encoding)
    })
}

pub(super) fn explain<'s>(
    session: &Session,
    state: &'s ServerState,
    search: Box<Search>,
) -> Execution<'s> {
    if session.identity().map(|identity| identity.role) != Some(Role::Admin) {
        let message = "FIND with EXPLAIN needs the role admin";
        return Execution::Now(Err(ApiError::new(ApiErrorKind::PermissionDenied, message)));
    }
    page(state, move |reader| {
        let answers = ReadTransaction::new(reader).explain(&search)?;
        Ok(answers
            .iter()
            .map(Explanation::to_json)
            .map(Bytes::from)
            .collect())
    })
}

/// A page that a query thread makes.
fn page(
    state: &ServerState,
    make: impl FnOnce(&mut Reader) -> Result<Vec<Bytes>, StoreError> + Send + 'static,
) -> Execution<'_> {
    query(state, make, Answer::Page)
}

pub(super) fn put<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    movie: Box<FullMovie>,
) -> Execution<'s> {
    done(session, state, Change::PutMovie(movie))
}

pub(super) fn delete<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    names: MovieNames<'_>,
) -> Execution<'s> {
    let names = names.filter_map(valid).map(str::to_owned).collect();
    counted(session, state, Change::DeleteMovies { names })
}

pub(super) fn put_if<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    movie: Box<FullMovie>,
    condition: MovieCondition,
) -> Execution<'s> {
    counted(session, state, Change::PutMovieIf { movie, condition })
}

pub(super) fn delete_if<'s>(
    session: &'s mut Session,
    state: &'s ServerState,
    name: String,
    condition: MovieCondition,
) -> Execution<'s> {
    counted(session, state, Change::DeleteMovieIf { name, condition })
}
