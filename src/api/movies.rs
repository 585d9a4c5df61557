//! `SEND`, `MSEND`, `EXISTS`, `COUNT`, `PUT`, `DEL`.

use bytes::Bytes;

use super::args::Rest;
use super::outcome::{durable, or_error};
use super::{Args, Context, Outcome, Refused};
use crate::movie::{Form, Movie, View};
use crate::protocol::resp::Reply;
use crate::store::{Reader, StoreError, change};

/// A command about movies.
pub enum Movies<'a> {
    /// `SEND <name> [POSTCARD|JSON]`: the movie, or null.
    Send {
        /// The movie's name; bytes that are not UTF-8 are the name of none.
        name: &'a [u8],
        /// How it is to travel.
        form: Form,
    },
    /// `MSEND <name> …`: an array of rows and nulls in the order asked.
    SendMany(Rest<'a>),
    /// `EXISTS <name> …`: how many of the names there are, each counted as often as it is given.
    Exists(Rest<'a>),
    /// `COUNT`: the number of movies.
    Count,
    /// `PUT <name> <json>`: `OK` once it is on disk.
    Put(Box<Movie>),
    /// `DEL <name> …`: how many were removed, once that is on disk.
    Delete(Rest<'a>),
}

impl<'a> Movies<'a> {
    pub(super) fn send(mut args: Args<'a>) -> Result<Movies<'a>, Refused> {
        let name = args.bytes()?;
        let form = form(&mut args)?;
        args.finish()?;
        Ok(Movies::Send { name, form })
    }

    pub(super) fn send_many(args: Args<'a>) -> Result<Movies<'a>, Refused> {
        args.rest().map(Movies::SendMany)
    }

    pub(super) fn exists(args: Args<'a>) -> Result<Movies<'a>, Refused> {
        args.rest().map(Movies::Exists)
    }

    pub(super) fn put(mut args: Args<'a>) -> Result<Movies<'a>, Refused> {
        let (name, json) = (args.text("the name")?, args.text("the movie")?);
        args.finish()?;
        let movie = Movie::from_json_named(name, json).map_err(Refused::because)?;
        Ok(Movies::Put(Box::new(movie)))
    }

    pub(super) fn delete(args: Args<'a>) -> Result<Movies<'a>, Refused> {
        args.rest().map(Movies::Delete)
    }

    pub(super) fn execute<'s>(self, context: Context<'s, '_>) -> Outcome<'s> {
        let Context { state, reader, .. } = context;
        match self {
            Movies::Send { name, form } => or_error(row(reader, name, form)).into(),
            Movies::SendMany(names) => or_error(rows(reader, names).map(Reply::Array)).into(),
            Movies::Exists(mut names) => {
                let number = names.try_fold(0, |number, name| {
                    let exists = match std::str::from_utf8(name) {
                        Ok(name) => reader.exists(name)?,
                        Err(_) => false,
                    };
                    Ok(number + i64::from(exists))
                });
                or_error(number.map(Reply::Integer)).into()
            }
            Movies::Count => or_error(reader.count().map(|n| Reply::Integer(n as i64))).into(),
            Movies::Put(movie) => {
                let change = change::put_movie(&movie);
                Outcome::later(async move { durable(state, change, |_| Reply::OK).await })
            }
            Movies::Delete(names) => {
                // What is not UTF-8 is the name of no movie.
                let names: Vec<&str> = names
                    .filter_map(|name| std::str::from_utf8(name).ok())
                    .collect();
                let change = change::delete_movies(&names);
                let number = |rows| Reply::Integer(rows as i64);
                Outcome::later(async move { durable(state, change, number).await })
            }
        }
    }
}

/// The optional last word that chooses how rows travel.
pub(super) fn form(args: &mut Args<'_>) -> Result<Form, Refused> {
    if args.is_empty() {
        return Ok(Form::default());
    }
    args.text("the form")?.parse().map_err(|()| Refused::Syntax)
}

fn row(reader: &mut Reader, name: &[u8], form: Form) -> Result<Reply, StoreError> {
    let Ok(name) = std::str::from_utf8(name) else {
        return Ok(Reply::Null);
    };
    let row = match form {
        Form::Postcard => reader.postcard(name)?.map(Reply::Bulk),
        Form::Json => reader.with_movie(name, |movie| encoded(movie, Form::Json))?,
    };
    Ok(row.unwrap_or(Reply::Null))
}

fn rows(reader: &mut Reader, mut names: Rest<'_>) -> Result<Vec<Reply>, StoreError> {
    let mut rows = Vec::with_capacity(names.len());
    while names.len() > 0 {
        let ahead = reader.look_ahead(names).max(1);
        for name in names.by_ref().take(ahead) {
            rows.push(row(reader, name, Form::Postcard)?);
        }
    }
    Ok(rows)
}

/// A movie as it travels.
pub(super) fn encoded(movie: View<'_>, form: Form) -> Reply {
    Reply::Bulk(match form {
        Form::Postcard => Bytes::from(movie.to_postcard()),
        Form::Json => Bytes::from(movie.to_json()),
    })
}
