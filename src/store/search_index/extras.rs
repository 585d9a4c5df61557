//! The fields of a movie in the index beyond its plain fields: its type, and its other titles.

use rusqlite::{Connection, Rows, Statement};

use super::budget::QueryError;
use crate::movie::{Aka, MovieRef};
use crate::search::{AnalyzedTitles, TitleExtras};
use crate::store::packed_record::{IdPrefix, Key, PackedTitle, TitleText};
use crate::store::tables::{details, other_names};

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM title_details)";
/// The type of an other title that IMDb shows in a region.
const DISPLAYED: &str = "imdbDisplay";

/// Whether the catalogue has details of any title.
pub(super) fn are_there(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(ANY)?;
    statement.query_row([], |row| row.get(0))
}

/// The packed details of the movie of that name. They are empty when there are none.
pub(super) fn details_of(connection: &Connection, name: &str) -> rusqlite::Result<Vec<u8>> {
    match other_names::key(connection, IdPrefix::Title, name)? {
        Some(key) => details::get(connection, key),
        None => Ok(Vec::new()),
    }
}

/// The indexed fields of packed details. Damaged details count as none; `check` reports them.
pub(super) fn extras(details: &[u8]) -> TitleExtras<'_> {
    let title = PackedTitle::new(details);
    TitleExtras {
        kind: title.kind().unwrap_or_default(),
        is_adult: title.is_adult().unwrap_or_default(),
        series: title
            .series()
            .unwrap_or_default()
            .map(|(key, ..)| key.value()),
    }
}

/// Whether the index entries of a movie with these packed details differ.
pub(in crate::store) fn details_differ_in_index(old: &[u8], new: &[u8]) -> bool {
    let others = |details| PackedTitle::new(details).other_titles().unwrap_or_default();
    extras(old) != extras(new) || others(old) != others(new)
}

/// Adds the other titles to those of a movie.
pub(super) fn add_others(titles: &mut AnalyzedTitles, details: &[u8]) {
    let others = PackedTitle::new(details).other_titles();
    for other in others.unwrap_or_default() {
        titles.add_other(other);
    }
}

/// The title of a movie in a region: the title that IMDb shows there, or one without a type, or one
/// of the region's language.
pub(super) fn title_in(movie: &MovieRef<'_>, details: &[u8], region: &str) -> Option<String> {
    let text = TitleText {
        title: movie.title,
        original_title: movie.original_title,
    };
    let akas = PackedTitle::new(details).akas(text).unwrap_or_default();
    let is_of = |value: &Option<String>| {
        value
            .as_ref()
            .is_some_and(|value| value.eq_ignore_ascii_case(region))
    };
    let preference = |aka: &Aka| match (is_of(&aka.region), is_of(&aka.language)) {
        (true, _) if aka.types.iter().any(|kind| kind == DISPLAYED) => Some(0),
        (true, _) if aka.types.is_empty() => Some(1),
        (false, true) => Some(2),
        _ => None,
    };
    let preferred = akas.iter().filter_map(|aka| Some((preference(aka)?, aka)));
    let best = preferred.min_by_key(|(preference, _)| *preference);
    best.map(|(_, aka)| aka.title.clone())
}

/// Reads the details of all titles together with their rows, in the order of their names.
pub(super) struct DetailsInOrder<'s> {
    connection: &'s Connection,
    rows: Rows<'s>,
    /// The key of the next row, and its details.
    next: Option<(i64, Vec<u8>)>,
}

impl<'s> DetailsInOrder<'s> {
    /// `statement` is [`details::ALL`].
    pub fn new(
        connection: &'s Connection,
        statement: &'s mut Statement<'_>,
    ) -> Result<DetailsInOrder<'s>, QueryError> {
        let mut details = DetailsInOrder {
            connection,
            rows: statement.query([])?,
            next: None,
        };
        details.advance()?;
        Ok(details)
    }

    fn advance(&mut self) -> Result<(), QueryError> {
        let (_, mut bytes) = self.next.take().unwrap_or_default();
        if let Some(row) = self.rows.next()? {
            bytes.clear();
            bytes.extend_from_slice(row.get_ref(1)?.as_blob()?);
            self.next = Some((row.get(0)?, bytes));
        }
        Ok(())
    }

    /// Appends the details of the next title to empty bytes.
    pub fn read(&mut self, name: &str, into: &mut Vec<u8>) -> Result<(), QueryError> {
        into.clear();
        if self.next.is_none() {
            return Ok(());
        }
        let Some(key) = Key::from_imdb(IdPrefix::Title, name) else {
            into.extend(details_of(self.connection, name)?);
            return Ok(());
        };
        while let Some((next, bytes)) = &self.next
            && *next <= key.value()
        {
            if *next == key.value() {
                into.extend_from_slice(bytes);
            }
            self.advance()?;
        }
        Ok(())
    }
}
