//! The functions that unpack records. They read through a connection of their own, because
//! SQLite does not let a function use the connection that calls it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Error, Result, ToSql};
use serde_json::json;

use crate::movie;
use crate::store::packed_record::{IdPrefix, Key, PersonRecord, RecordNames, unpack_series};
use crate::store::records::{Records, StoredNames};
use crate::store::tables::{episodes, other_names, persons};
use crate::store::{StoreError, open};

/// The source of the functions.
#[derive(Clone)]
struct Source {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

/// A value that a function returns: a text, a number, or null.
enum Answer {
    Text(Option<String>),
    Number(Option<i64>),
}

impl ToSql for Answer {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        match self {
            Answer::Text(text) => text.to_sql(),
            Answer::Number(number) => number.to_sql(),
        }
    }
}

type Function = fn(&Records<'_>, &Connection, &Context<'_>) -> Result<Answer>;

/// The functions by their names. Each has one argument.
const FUNCTIONS: [(&str, Function); 7] = [
    ("record", record),
    ("person_record", person_record),
    ("person_key", person_key),
    ("person_name", person_name),
    ("person_films", person_films),
    ("title_name", title_name),
    ("series_episodes", series_episodes),
];

/// Adds the functions to a connection of the catalogue at `path`.
pub(super) fn add(path: &Path, connection: &Connection) -> std::result::Result<(), StoreError> {
    let source = Source {
        path: path.to_path_buf(),
        connection: Arc::new(Mutex::new(open::for_reading(path)?)),
    };
    for (name, function) in FUNCTIONS {
        let source = source.clone();
        let call = move |context: &Context<'_>| {
            let connection = source
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let records = Records::new(&source.path, &connection);
            function(&records, &connection, context)
        };
        connection
            .create_scalar_function(name, 1, FunctionFlags::SQLITE_UTF8, call)
            .map_err(|error| StoreError::sqlite(path, error))?;
    }
    Ok(())
}

fn failed(error: StoreError) -> Error {
    Error::UserFunctionError(Box::new(error))
}

/// The argument as a key; `None` when it is not a key.
fn key(context: &Context<'_>) -> Result<Option<Key>> {
    Ok(context.get::<Option<i64>>(0)?.and_then(Key::from_value))
}

/// The full record of the movie of that name as JSON.
fn record(records: &Records<'_>, _: &Connection, context: &Context<'_>) -> Result<Answer> {
    let Some(name) = context.get::<Option<String>>(0)? else {
        return Ok(Answer::Text(None));
    };
    let json = records.full_movie(&name, movie::full_to_json);
    json.map(Answer::Text).map_err(failed)
}

/// The person of that name as JSON.
fn person_record(records: &Records<'_>, _: &Connection, context: &Context<'_>) -> Result<Answer> {
    let Some(name) = context.get::<Option<String>>(0)? else {
        return Ok(Answer::Text(None));
    };
    let person = records.person(&name).map_err(failed)?;
    Ok(Answer::Text(person.map(|person| person.to_json())))
}

/// The key of the person of that name.
fn person_key(_: &Records<'_>, connection: &Connection, context: &Context<'_>) -> Result<Answer> {
    let key = other_names::key(connection, IdPrefix::Person, &context.get::<String>(0)?)?;
    Ok(Answer::Number(key.map(Key::value)))
}

/// The name of the person with that key.
fn person_name(_: &Records<'_>, connection: &Connection, context: &Context<'_>) -> Result<Answer> {
    name(connection, IdPrefix::Person, context)
}

/// The name of the title with that key.
fn title_name(_: &Records<'_>, connection: &Connection, context: &Context<'_>) -> Result<Answer> {
    name(connection, IdPrefix::Title, context)
}

fn name(connection: &Connection, prefix: IdPrefix, context: &Context<'_>) -> Result<Answer> {
    match key(context)? {
        Some(key) => other_names::name(connection, prefix, key).map(Answer::Text),
        None => Ok(Answer::Text(None)),
    }
}

/// The names of the films of the person with that key, as a JSON array.
fn person_films(_: &Records<'_>, connection: &Connection, context: &Context<'_>) -> Result<Answer> {
    let row = match key(context)? {
        Some(key) => persons::get(connection, key)?,
        None => None,
    };
    let Some(row) = row else {
        return Ok(Answer::Text(None));
    };
    let mut films = Vec::new();
    for film in PersonRecord::new(&row.record)?.films() {
        films.push(StoredNames(connection).name(IdPrefix::Title, film?.title)?);
    }
    Ok(Answer::Text(Some(json!(films).to_string())))
}

/// The episodes of the series with that key, as a JSON array of objects.
fn series_episodes(
    _: &Records<'_>,
    connection: &Connection,
    context: &Context<'_>,
) -> Result<Answer> {
    let packed = match key(context)? {
        Some(key) => episodes::get(connection, key)?,
        None => None,
    };
    let Some(packed) = packed else {
        return Ok(Answer::Text(None));
    };
    let mut links = Vec::new();
    for link in unpack_series(&packed)? {
        let name = StoredNames(connection).name(IdPrefix::Title, link.title)?;
        links.push(json!({"season": link.season, "episode": link.episode, "name": name}));
    }
    Ok(Answer::Text(Some(json!(links).to_string())))
}
