//! Handlers of the pages of one movie and one person.

use bytes::Bytes;

use super::super::error::HttpError;
use super::super::route::{Exchange, TaskFuture};
use super::film::film_page;
use super::layout::Shell;
use super::links::{person_link, with_parameters};
use super::person::PersonPage;
use super::public::{movies_of, parameter, unexpected};
use super::respond::{html, viewer};
use super::season::SeasonPage;
use crate::api::{
    Answer, Command, EpisodeEncoding, FilmsPage, FullEncoding, MovieNames, RowEncoding,
};
use crate::config::limits;
use crate::movie::{self, Episode, FullMovie, Movie, Person};
use crate::store::EpisodePage;

/// The films of a page of a person.
const FILM_ROWS: usize = 50;
const FULL_ROW: FullEncoding = |movie, details| movie::full_to_postcard(&movie, details).into();
const EPISODE_ROW: EpisodeEncoding = |episode| episode.to_postcard().into();

/// The page of a movie, or of one season of a series.
pub(super) fn film<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let film = full_movie(&mut exchange).await?;
        let season = parameter(exchange.request, "season").parse().ok();
        let episodes = match season {
            Some(season) => episodes(&mut exchange, &film.name, season).await?,
            None => Vec::new(),
        };
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        Ok(html(match season {
            Some(season) => SeasonPage {
                series: &film,
                season,
                episodes,
            }
            .render(&shell),
            None => film_page(&shell, &film),
        }))
    })
}

async fn full_movie(exchange: &mut Exchange<'_, '_>) -> Result<FullMovie, HttpError> {
    let (name, encoding) = (exchange.request.capture("name"), FULL_ROW);
    match exchange.run(Command::SendFull { name, encoding }).await? {
        Answer::Row(Some(row)) => FullMovie::from_postcard(&row).map_err(HttpError::internal),
        Answer::Row(None) => Err(HttpError::not_found("There is no film of that name.")),
        _ => Err(unexpected()),
    }
}

async fn episodes(
    exchange: &mut Exchange<'_, '_>,
    series: &str,
    season: u32,
) -> Result<Vec<Episode>, HttpError> {
    let page = EpisodePage {
        series: series.to_owned(),
        season: Some(season),
        after: None,
        rows: limits::MAX_LIST_ROWS,
    };
    match exchange
        .run(Command::Episodes(Box::new(page), EPISODE_ROW))
        .await?
    {
        Answer::Page(rows) => {
            let episodes = rows.iter().map(|row| Episode::from_postcard(row));
            episodes
                .collect::<Result<_, _>>()
                .map_err(HttpError::internal)
        }
        _ => Err(unexpected()),
    }
}

/// The page of a person.
pub(super) fn person<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let name = exchange.request.capture("name");
        let encoding: fn(&Person) -> Bytes = |person| person.to_postcard().into();
        let person = match exchange.run(Command::Person { name, encoding }).await? {
            Answer::Row(Some(row)) => Person::from_postcard(&row).map_err(HttpError::internal)?,
            Answer::Row(None) => {
                return Err(HttpError::not_found("There is no person of that name."));
            }
            _ => return Err(unexpected()),
        };
        let after = parameter(exchange.request, "after");
        let page = Box::new(FilmsPage {
            person: person.name.clone(),
            after: (!after.is_empty()).then(|| after.to_owned()),
            rows: FILM_ROWS + 1,
        });
        let command = Command::Films(page, RowEncoding::Postcard);
        let mut films = movies_of(exchange.run(command).await?)?;
        let has_next = films.len() > FILM_ROWS;
        films.truncate(FILM_ROWS);
        let last = films.last().filter(|_| has_next);
        let path = person_link(&person.name);
        let next = last.map(|film| with_parameters(&path, [("after", film.name.as_str())]));
        let known_for = known_for(&mut exchange, &person).await?;
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        let page = PersonPage {
            person,
            known_for,
            films,
            next,
        };
        Ok(html(page.render(&shell)))
    })
}

async fn known_for(
    exchange: &mut Exchange<'_, '_>,
    person: &Person,
) -> Result<Vec<Movie>, HttpError> {
    let mut bytes = Vec::new();
    let spans = person.known_for.iter().map(|film| {
        let begin = bytes.len() as u32;
        bytes.extend_from_slice(film.name.as_bytes());
        begin..bytes.len() as u32
    });
    let spans: Vec<_> = spans.collect();
    let (names, encoding) = (MovieNames::new(&bytes, &spans), RowEncoding::Postcard);
    movies_of(exchange.run(Command::SendMany { names, encoding }).await?)
}
