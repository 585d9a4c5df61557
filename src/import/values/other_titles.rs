//! Reads other titles in the spellings of files.

use super::cell::Cell;
use super::lists;
use super::titles;
use crate::import::errors::RecordError;
use crate::import::field::Field;
use crate::movie::Aka;

impl Cell<'_> {
    /// Other titles: a list, or a text in which `|`, `;` or a new line separates them. A comma is
    /// part of a title.
    pub fn into_akas(self) -> Result<Vec<Aka>, RecordError> {
        let mut akas = Vec::new();
        self.add_akas(&mut akas)?;
        Ok(akas)
    }

    fn add_akas(self, akas: &mut Vec<Aka>) -> Result<(), RecordError> {
        match self.known() {
            Cell::Missing => {}
            Cell::Text(text) => match lists::parse(&text) {
                Some(list) => list.add_akas(akas)?,
                None => {
                    let text = titles::decode_entities(&text);
                    let titles = text.split(['|', ';', '\n']);
                    titles.for_each(|title| add(akas, title, Aka::default()));
                }
            },
            Cell::Columns(cells) => {
                for cell in cells {
                    cell.add_akas(akas)?;
                }
            }
            Cell::List(members) => {
                for member in members {
                    match member {
                        Cell::Text(text) => add(akas, &text, Aka::default()),
                        member => member.add_akas(akas)?,
                    }
                }
            }
            Cell::Object(members) => {
                let text = |keys: &[&str]| {
                    let mut members = members.iter();
                    let (_, value) = members.find(|(key, _)| keys.contains(&&**key))?;
                    match value {
                        Cell::Text(text) if !value.is_null() => Some(text.to_string()),
                        _ => None,
                    }
                };
                let texts = |wanted: &str| {
                    let found = members.iter().find(|(key, _)| key == wanted);
                    found.map_or(Vec::new(), |(_, value)| lists::names(value.clone()))
                };
                let aka = Aka {
                    types: texts("types"),
                    attributes: texts("attributes"),
                    region: text(&["region", "iso_3166_1", "country"]),
                    language: text(&["iso_639_1", "language"]),
                    ..Aka::default()
                };
                let title = text(&["title", "name"]).unwrap_or_default();
                add(akas, &title, aka);
            }
            other => {
                let reason = format!("akas is {}, it has to be titles", other.shown());
                return Err(RecordError::with_field(Field::Akas, reason));
            }
        }
        Ok(())
    }
}

/// Adds a title, unless it is empty or already in the list.
fn add(akas: &mut Vec<Aka>, title: &str, aka: Aka) {
    let title = titles::clean(title).into_owned();
    let aka = Aka { title, ..aka };
    if !aka.title.is_empty() && !akas.contains(&aka) {
        akas.push(aka);
    }
}
