//! Look-ups, pages, counts and changes of movies.

use super::answer::{Answer, Outcome, RowEncoding};
use super::error::{ApiError, unavailable};
use super::names::MovieNames;
use super::state::ServerState;
use crate::movie::Movie;
use crate::store::{Change, Listing, ReadTransaction, Reader, Search, StoreError, change};
use bytes::Bytes;

pub(super) fn send(
    reader: &mut Reader,
    name: &[u8],
    encoding: RowEncoding,
) -> Result<Answer, ApiError> {
    row(reader, name, encoding)
        .map(Answer::Row)
        .map_err(unavailable)
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
            rows.push(row(reader, name, encoding).map_err(unavailable)?);
        }
    }
    Ok(Answer::Rows(rows))
}

fn row(
    reader: &mut Reader,
    name: &[u8],
    encoding: RowEncoding,
) -> Result<Option<Bytes>, StoreError> {
    let Ok(name) = std::str::from_utf8(name) else {
        return Ok(None);
    };
    match encoding {
        RowEncoding::Postcard => reader.postcard(name),
        RowEncoding::With(encode) => reader.with_movie(name, encode),
    }
}

pub(super) fn exists(reader: &mut Reader, names: MovieNames<'_>) -> Result<Answer, ApiError> {
    let mut number = 0;
    // A name that is not UTF-8 is the name of no movie.
    for name in names.filter_map(|name| std::str::from_utf8(name).ok()) {
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
) -> Outcome<'_> {
    page(state, move |reader| {
        ReadTransaction::new(reader).list(&listing, |movie| encoding.encode(movie))
    })
}

pub(super) fn find(state: &ServerState, search: Box<Search>, encoding: RowEncoding) -> Outcome<'_> {
    page(state, move |reader| {
        ReadTransaction::new(reader).find(&search, |movie| encoding.encode(movie))
    })
}

/// A page that a query thread makes.
fn page(
    state: &ServerState,
    make: impl FnOnce(&mut Reader) -> Result<Vec<Bytes>, StoreError> + Send + 'static,
) -> Outcome<'_> {
    Outcome::later(async move {
        let page = state.queries.run(make).await.map_err(ApiError::busy)?;
        page.map(Answer::Page).map_err(unavailable)
    })
}

pub(super) fn put<'s>(state: &'s ServerState, movie: &Movie) -> Outcome<'s> {
    let change = change::put_movie(movie);
    Outcome::later(async move { durable(state, change).await.map(|_| Answer::Done) })
}

pub(super) fn delete<'s>(state: &'s ServerState, names: MovieNames<'_>) -> Outcome<'s> {
    let names: Vec<&str> = names
        .filter_map(|name| std::str::from_utf8(name).ok())
        .collect();
    let change = change::delete_movies(&names);
    Outcome::later(async move { durable(state, change).await.map(Answer::Number) })
}

/// Submits a change to the writer; gives the number of changed rows once it is on disk.
pub(super) async fn durable(state: &ServerState, change: Change) -> Result<u64, ApiError> {
    let receipt = state.writer.submit(change).map_err(ApiError::busy)?;
    let changed = receipt.done().await.map_err(unavailable)?;
    Ok(changed.rows)
}
