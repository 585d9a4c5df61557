//! Handlers of the pages of one movie and one person.

use super::super::error::HttpError;
use super::super::route::{Exchange, TaskFuture};
use super::film::film_page;
use super::layout::Shell;
use super::public::unexpected;
use super::respond::{html, viewer};
use crate::api::{Answer, Command, RowEncoding};
use crate::movie::FullMovie;

/// The page of a movie.
pub(super) fn film<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let film = full_movie(&mut exchange).await?;
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        Ok(html(film_page(&shell, &film)))
    })
}

async fn full_movie(exchange: &mut Exchange<'_, '_>) -> Result<FullMovie, HttpError> {
    let (name, encoding) = (exchange.request.capture("name"), RowEncoding::Postcard);
    match exchange.run(Command::Send { name, encoding }).await? {
        Answer::Row(Some(row)) => FullMovie::from_postcard(&row).map_err(HttpError::internal),
        Answer::Row(None) => Err(HttpError::not_found("There is no film of that name.")),
        _ => Err(unexpected()),
    }
}
