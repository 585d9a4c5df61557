//! Reads other titles in the spellings of files.

use std::hash::Hash;

use super::cell::Cell;
use super::distinct::{DistinctItem, DistinctList};
use super::lists;
use super::titles;
use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::field::Field;
use crate::movie::Aka;

impl DistinctItem for Aka {
    fn key(&self) -> impl Hash + Eq {
        let labels = (&self.types, &self.attributes);
        (&self.title, &self.region, &self.language, labels)
    }
}

impl Cell<'_> {
    /// Other titles: a list, or a text in which `|`, `;` or a new line separates them. A comma is
    /// part of a title.
    pub fn into_akas(self) -> Result<Vec<Aka>, RecordError> {
        let mut akas = DistinctList::new(limits::MAX_AKAS);
        self.add_akas(&mut akas)?;
        akas.into_items(Field::Akas)
    }

    fn add_akas(self, akas: &mut DistinctList<Aka>) -> Result<(), RecordError> {
        match self.known() {
            Cell::Missing => {}
            Cell::Text(text) => match lists::of_titles(&text) {
                Some(list) => list.add_akas(akas)?,
                None => {
                    let text = titles::decode_entities(&text);
                    let mut titles = text.split(['|', ';', '\n']);
                    while let Some(title) = titles.next().filter(|_| !akas.is_over()) {
                        add(akas, title, Aka::default());
                    }
                }
            },
            Cell::Number(number) => add(akas, &number.to_string(), Aka::default()),
            Cell::Columns(cells) => {
                for cell in cells {
                    cell.add_akas(akas)?;
                }
            }
            Cell::List(members) => {
                for member in members {
                    match member {
                        _ if akas.is_over() => break,
                        Cell::Text(text) => add(akas, &text, Aka::default()),
                        member => member.add_akas(akas)?,
                    }
                }
            }
            Cell::Object(members) => {
                // TMDB has the list in an object.
                if let Some(list @ Cell::List(_)) = lists::member(&members, &["titles"]) {
                    return list.clone().add_akas(akas);
                }
                let text = |keys: &[&str]| lists::text_of(&members, keys);
                let texts = |key: &str| {
                    let found = lists::member(&members, &[key]);
                    found.map_or(Vec::new(), |value| lists::names(value.clone()))
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

/// Adds a title, unless it is empty.
fn add(akas: &mut DistinctList<Aka>, title: &str, aka: Aka) {
    let title = titles::clean(title).into_owned();
    if !title.is_empty() {
        akas.add(Aka { title, ..aka });
    }
}
