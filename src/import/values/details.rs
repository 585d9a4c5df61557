//! The values of the details of a movie.

use std::borrow::Cow;

use super::cell::Cell;
use super::dates::{self, DateOrder, ParsedDate};
use super::lists;
use super::people::Credit;
use super::titles;
use crate::import::columns::spellings::spelling;
use crate::import::errors::{RecordError, quoted};
use crate::import::field::Field;
use crate::movie::{Details, PersonRef, Released};

/// The address of TMDB's image server. The files contain only paths.
const TMDB_PICTURES: &str = "https://image.tmdb.org/t/p/w500";

/// IMDb's types of titles, and words for them, as [`spelling`] writes them.
const KINDS: [(&str, &str); 11] = [
    (
        "movie",
        "movie film movies feature featurefilm spielfilm pelicula",
    ),
    ("tvSeries", "tvseries series tvshow show tv serie tvserie"),
    ("tvMiniSeries", "tvminiseries miniseries limitedseries"),
    ("tvEpisode", "tvepisode episode"),
    ("tvMovie", "tvmovie tvfilm madefortv"),
    ("tvSpecial", "tvspecial special"),
    ("tvShort", "tvshort"),
    ("tvPilot", "tvpilot"),
    ("short", "short shortfilm shortmovie kurzfilm"),
    ("video", "video directtovideo ova ona"),
    ("videoGame", "videogame game"),
];

/// Sets one of the details.
///
/// # Errors
/// A value that the field does not accept. The field stays unknown.
pub(crate) fn set(
    details: &mut Details,
    field: Field,
    cell: Cell<'_>,
    order: impl FnOnce() -> Option<DateOrder>,
) -> Result<(), RecordError> {
    match field {
        Field::Akas => details.akas = cell.into_akas()?,
        Field::Directors => details.directors = people(cell, field)?,
        Field::Writers => details.writers = people(cell, field)?,
        Field::Cast => {
            let cast = cell.into_credits(field)?.into_iter();
            details.cast = cast.map(Credit::into_cast).collect();
        }
        Field::Crew => {
            set_crew(details, cell.into_credits(field)?);
            check(details, Field::Directors)?;
            check(details, Field::Writers)?;
        }
        Field::Ended => details.ended = ended(cell, order)?,
        field => {
            let Some(text) = plain(field, cell)? else {
                return Ok(());
            };
            let set = details.set_plain(field.as_str(), &text);
            set.map_err(|error| RecordError::with_field(field, error.to_string()))?;
        }
    }
    check(details, field)
}

/// Clears a field that breaks a rule.
fn check(details: &mut Details, field: Field) -> Result<(), RecordError> {
    let checked = details.check_or_clear(field.as_str());
    checked.map_err(|error| RecordError::with_field(field, error.to_string()))
}

fn people(cell: Cell<'_>, field: Field) -> Result<Vec<PersonRef>, RecordError> {
    let people = cell.into_credits(field)?.into_iter();
    Ok(people.map(Credit::into_person).collect())
}

/// In files of TMDB, the list of the crew contains directors and writers.
fn set_crew(details: &mut Details, crew: Vec<Credit>) {
    let has = (!details.directors.is_empty(), !details.writers.is_empty());
    for credit in crew {
        if credit.is_director() {
            if !has.0 {
                details.directors.push(PersonRef {
                    job: None,
                    ..credit.into_person()
                });
            }
        } else if credit.is_writer() {
            if !has.1 {
                details.writers.push(credit.into_person());
            }
        } else {
            details.crew.push(credit.into_crew());
        }
    }
}

/// The text of a plain field, as the field takes it.
fn plain(field: Field, cell: Cell<'_>) -> Result<Option<String>, RecordError> {
    let is_certificate = |text: &str| matches!(spelling(text).as_str(), "notrated" | "unrated");
    let cell = match cell {
        Cell::Text(text) if field == Field::Rated && is_certificate(&text) => Cell::Text(text),
        cell => cell.known(),
    };
    let text = match cell {
        Cell::Missing => return Ok(None),
        Cell::Text(text) => text,
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Flag(flag) => Cow::Owned(flag.to_string()),
        list => match field {
            Field::Poster => return Ok(poster_of(list)),
            _ => Cow::Owned(lists::names(list).join(", ")),
        },
    };
    // An entity may be a bracket that is no tag.
    let text = match field {
        Field::Plot => Cow::Owned(without_tags(&text)),
        _ => text,
    };
    let decoded = titles::decode_entities(&text);
    let text = titles::clean(&decoded);
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(match field {
        Field::Kind => kind(&text)?.to_owned(),
        Field::Adult => match text.to_ascii_lowercase().as_str() {
            "t" | "y" | "1.0" => "true".to_owned(),
            "f" | "n" | "0.0" => "false".to_owned(),
            _ => text.into_owned(),
        },
        Field::Language | Field::Country => joined(&text, field)?,
        Field::Poster | Field::Website => address(&text),
        Field::Plot if text == "No overview found." => return Ok(None),
        // A value of the next column, in a well-known file.
        Field::Rated if text.ends_with(" min") => {
            let reason = format!("rated {} is a running time", quoted(&text));
            return Err(RecordError::with_field(field, reason));
        }
        Field::Rated => text.strip_prefix("Rated ").unwrap_or(&text).to_owned(),
        _ => text.into_owned(),
    }))
}

fn kind(text: &str) -> Result<&'static str, RecordError> {
    let word = spelling(text);
    let is_word = |words: &str| words.split(' ').any(|known| known == word);
    let found = KINDS.iter().find(|(_, words)| is_word(words));
    found.map(|(kind, _)| *kind).ok_or_else(|| {
        let kinds = KINDS.map(|(kind, _)| kind).join(", ");
        let reason = format!("type {} is none of {kinds}", quoted(text));
        RecordError::with_field(Field::Kind, reason)
    })
}

/// The text without tags of HTML.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // A tag ends here or before. Without this, each `<` would search the rest of the text.
    let last_end = text.rfind('>').unwrap_or_default();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        let inside = tag[1..].trim_start_matches('/');
        let is_tag = inside.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.len() - tag.len() < last_end;
        if is_tag && ends_a_line(inside) {
            plain.push(' ');
        }
        rest = if is_tag {
            tag.split_once('>').map_or("", |(_, after)| after)
        } else {
            plain.push('<');
            &tag[1..]
        };
    }
    plain.push_str(rest);
    plain
}

/// Whether a tag of HTML is between lines.
fn ends_a_line(tag: &str) -> bool {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
    let name = &tag[..end.unwrap_or(tag.len())];
    let lines = ["p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "tr"];
    lines.iter().any(|line| line.eq_ignore_ascii_case(name))
}

/// Names with commas between them.
fn joined(text: &str, field: Field) -> Result<String, RecordError> {
    let names = match lists::in_brackets(text, field)? {
        Some(list) => lists::names(list),
        None => text.split(['|', ';', '\n']).map(str::to_owned).collect(),
    };
    let names = names
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty());
    Ok(names.collect::<Vec<_>>().join(", "))
}

/// An address. Adds a missing scheme, and the server of a path of TMDB.
fn address(text: &str) -> String {
    let is_path = |path: &str| {
        let name = path.split_once('.').map_or("", |(name, _)| name);
        name.len() >= 20 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match text.strip_prefix('/') {
        Some(path) if is_path(path) => format!("{TMDB_PICTURES}{text}"),
        Some(rest) if rest.starts_with('/') => format!("https:{text}"),
        _ if text.starts_with("www.") => format!("http://{text}"),
        _ => text.to_owned(),
    }
}

/// The poster in a list of pictures with their kinds, as in files of Radarr and Sonarr.
fn poster_of(pictures: Cell<'_>) -> Option<String> {
    let Cell::List(pictures) = pictures else {
        return None;
    };
    pictures.iter().find_map(|picture| match picture {
        Cell::Object(members) => {
            let is_poster = lists::text_of(members, &["coverType"])? == "poster";
            let text = |key| lists::text_of(members, &[key]);
            text("remoteUrl")
                .or_else(|| text("url"))
                .filter(|_| is_poster)
        }
        Cell::Text(text) => Some(text.to_string()),
        _ => None,
    })
}

/// The end of a series. `true`, as in files of Sonarr, is no date.
fn ended(
    cell: Cell<'_>,
    order: impl FnOnce() -> Option<DateOrder>,
) -> Result<Option<Released>, RecordError> {
    let shown = cell.shown();
    let parsed = match cell.known() {
        Cell::Text(text) => dates::parse(&text).ok(),
        Cell::Number(number) => dates::parse_number(number.as_f64().unwrap_or(f64::NAN), "").ok(),
        _ => return Ok(None),
    };
    let date = match parsed {
        Some(ParsedDate::Missing) => return Ok(None),
        Some(ParsedDate::Certain(date) | ParsedDate::Proof(date, _)) => Some(date),
        Some(ParsedDate::Ambiguous(day_first, month_first)) => order().map(|order| match order {
            DateOrder::DayFirst => day_first,
            DateOrder::MonthFirst => month_first,
        }),
        None => None,
    };
    date.map(Some).ok_or_else(|| {
        let reason =
            format!("ended {shown} is not a date, write it like 1998, 1998-06 or 1998-06-12");
        RecordError::with_field(Field::Ended, reason)
    })
}
