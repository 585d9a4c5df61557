//! Which column of a file feeds which field of a movie.

use std::str::FromStr;
use std::sync::Arc;

use super::spellings::{known_spellings, spelling};
use crate::config::limits;
use crate::import::errors::{ImportError, quoted};
use crate::import::field::Field;

/// One `--map FIELD=COLUMN`: where a field comes from. Without a column the
/// field stays empty, whatever the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMapping {
    /// The field of the movie.
    pub field: Field,
    /// The column of the file.
    pub column: Option<String>,
}

impl FromStr for FieldMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<FieldMapping, String> {
        let (field, column) = text.split_once('=').ok_or_else(|| {
            format!(
                "{} has no `=`, write FIELD=COLUMN like title=Title",
                quoted(text)
            )
        })?;
        let found = Field::from_name(field.trim()).ok_or_else(|| {
            let fields = Field::ALL.map(Field::as_str).join(", ");
            format!(
                "{} is no field of a movie, the fields are {fields}",
                quoted(field)
            )
        })?;
        let column = Some(column.to_owned()).filter(|column| !column.is_empty());
        match (found, column) {
            (Field::Title, None) => Err("a movie needs a title, name its column".to_owned()),
            (field, column) => Ok(FieldMapping { field, column }),
        }
    }
}

/// What `--map` and `--key` say, before the columns of the file are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnMapping(Vec<FieldMapping>);

impl ColumnMapping {
    /// Puts `--map` and `--key` together.
    ///
    /// # Errors
    /// Two columns for one field.
    pub fn new(maps: &[FieldMapping], key: Option<&str>) -> Result<ColumnMapping, ImportError> {
        let key = key.map(|column| FieldMapping {
            field: Field::Name,
            column: Some(column.to_owned()),
        });
        let mut wishes: Vec<FieldMapping> = Vec::new();
        for mapping in maps.iter().cloned().chain(key) {
            if wishes.iter().any(|wish| wish.field == mapping.field) {
                return Err(ImportError::MappedTwice(mapping.field));
            }
            wishes.push(mapping);
        }
        Ok(ColumnMapping(wishes))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// For each field the columns that may feed it, the best first.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// One place per field, in the order of [`Field::ALL`].
    wanted: [FieldSource; Field::ALL.len()],
}

/// Where a field comes from.
#[derive(Clone, Debug)]
enum FieldSource {
    /// From the column of exactly this name.
    Column(String),
    /// From the best known spelling.
    Spelling,
    /// From nowhere.
    Nothing,
}

impl Layout {
    /// Fits the wishes to the columns of a file.
    ///
    /// # Errors
    /// A column asked for that is not there, or no title.
    pub fn fit(
        wishes: &ColumnMapping,
        columns: &[&str],
        file: &Arc<str>,
        advice: &'static str,
    ) -> Result<Layout, ImportError> {
        let mut wanted = [const { FieldSource::Spelling }; Field::ALL.len()];
        for wish in &wishes.0 {
            wanted[wish.field as usize] = match &wish.column {
                None => FieldSource::Nothing,
                Some(column) => FieldSource::Column(find(column, columns).ok_or_else(|| {
                    ImportError::UnknownColumn {
                        file: Arc::clone(file),
                        column: quoted(column),
                        columns: listed(columns),
                    }
                })?),
            };
        }
        let mut layout = Layout { wanted };
        if !columns
            .iter()
            .any(|column| layout.rank(column, Field::Title).is_some())
        {
            layout
                .take_name_as_title(columns)
                .ok_or_else(|| ImportError::NoTitle {
                    file: Arc::clone(file),
                    columns: listed(columns),
                    advice,
                })?;
        }
        layout.reserve_mapped_columns();
        Ok(layout)
    }

    /// A list such as `Name, Year, Rating` has the title in `Name`.
    fn take_name_as_title(&mut self, columns: &[&str]) -> Option<()> {
        let column = columns.iter().find(|column| spelling(column) == "name")?;
        if matches!(self.wanted[Field::Name as usize], FieldSource::Spelling) {
            self.wanted[Field::Name as usize] = FieldSource::Nothing;
        }
        self.wanted[Field::Title as usize] = FieldSource::Column((*column).to_owned());
        Some(())
    }

    /// A column that `--map` gives to another field is not the name by itself.
    fn reserve_mapped_columns(&mut self) {
        let name = Field::Name as usize;
        let taken = self.wanted.iter().any(|source| {
            matches!(source, FieldSource::Column(column)
                if known_spellings(Field::Name).contains(&spelling(column).as_str()))
        });
        if taken && matches!(self.wanted[name], FieldSource::Spelling) {
            self.wanted[name] = FieldSource::Nothing;
        }
    }

    /// How well a column feeds a field: 0 is best, `None` not at all.
    pub fn rank(&self, column: &str, field: Field) -> Option<usize> {
        match &self.wanted[field as usize] {
            FieldSource::Nothing => None,
            FieldSource::Column(wanted) => (wanted == column).then_some(0),
            FieldSource::Spelling => {
                let spelled = spelling(column);
                known_spellings(field)
                    .iter()
                    .position(|known| *known == spelled)
            }
        }
    }

    /// For each field the place of its column among `columns`.
    pub fn places(&self, columns: &[&str]) -> [Option<usize>; Field::ALL.len()] {
        Field::ALL.map(|field| {
            let ranked = columns.iter().enumerate();
            ranked
                .filter_map(|(place, column)| Some((self.rank(column, field)?, place)))
                .min()
                .map(|(_, place)| place)
        })
    }
}

/// The column of that name, or the one that is spelled alike.
fn find(wanted: &str, columns: &[&str]) -> Option<String> {
    let same = columns.iter().find(|column| **column == wanted);
    let alike = || {
        let spelled = spelling(wanted);
        let mut columns = columns.iter();
        columns.find(|column| !spelled.is_empty() && spelling(column) == spelled)
    };
    same.or_else(alike).map(|column| (*column).to_owned())
}

/// The columns of a file, for a message.
fn listed(columns: &[&str]) -> String {
    let mut shown: Vec<String> = columns
        .iter()
        .take(limits::MAX_LISTED_COLUMNS)
        .map(|column| quoted(column))
        .collect();
    if shown.len() < columns.len() {
        shown.push(format!("{} more", columns.len() - shown.len()));
    }
    match shown.as_slice() {
        [] => "it has no columns".to_owned(),
        shown => format!("its columns are {}", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(maps: &[&str], key: Option<&str>, columns: &[&str]) -> Result<Layout, ImportError> {
        let maps: Vec<FieldMapping> = maps.iter().map(|map| map.parse().unwrap()).collect();
        let wishes = ColumnMapping::new(&maps, key)?;
        Layout::fit(&wishes, columns, &Arc::from("f.csv"), "")
    }

    /// The fields that a header feeds, as `field=column`.
    #[track_caller]
    fn fed(maps: &[&str], key: Option<&str>, columns: &[&str]) -> Vec<String> {
        let places = fit(maps, key, columns).unwrap().places(columns);
        let fed = Field::ALL.iter().zip(places);
        fed.filter_map(|(field, place)| Some(format!("{field}={}", columns[place?])))
            .collect()
    }

    #[test]
    fn known_spellings_need_no_map() {
        assert_eq!(
            fed(
                &[],
                None,
                &[
                    "Title",
                    "US Gross",
                    "Release Date",
                    "Running Time min",
                    "Major Genre",
                    "Rotten Tomatoes Rating",
                    "IMDB Rating",
                    "IMDB Votes"
                ]
            ),
            [
                "title=Title",
                "released=Release Date",
                "runtime_minutes=Running Time min",
                "genres=Major Genre",
                "rating=IMDB Rating",
                "votes=IMDB Votes"
            ]
        );
        assert_eq!(
            fed(&[], None, &["movieId", "title", "genres "]),
            ["name=movieId", "title=title", "genres=genres "]
        );
    }

    #[test]
    fn the_best_spelling_wins_wherever_it_stands() {
        assert_eq!(
            fed(&[], None, &["Date", "Year", "Name", "Rating"]),
            ["title=Name", "released=Year", "rating=Rating"]
        );
        assert_eq!(
            fed(&[], None, &["name", "title", "Title"]),
            ["name=name", "title=title"]
        );
    }

    #[test]
    fn a_map_overrides_and_may_leave_a_field_out() {
        assert_eq!(
            fed(
                &["title=Film", "released=Premiere ", "rating="],
                None,
                &["film", "title", "premiere", "rating", "votes"]
            ),
            ["title=film", "released=premiere", "votes=votes"]
        );
        assert_eq!(
            fed(&["title=Name"], None, &["Name", "Year"]),
            ["title=Name", "released=Year"]
        );
        assert_eq!(
            fed(&[], Some("Title"), &["name", "Title"]),
            ["name=Title", "title=Title"]
        );
    }

    #[test]
    fn a_bad_map_is_refused_in_words() {
        for (map, refusal) in [
            (
                "title",
                "`title` has no `=`, write FIELD=COLUMN like title=Title",
            ),
            (
                "titel=A",
                "`titel` is no field of a movie, the fields are name, title, original_title, \
                 released, runtime_minutes, genres, rating, votes",
            ),
            ("title=", "a movie needs a title, name its column"),
        ] {
            assert_eq!(map.parse::<FieldMapping>().unwrap_err(), refusal);
        }
        assert_eq!(
            fit(&["title=a", "title=b"], None, &["a", "b"])
                .unwrap_err()
                .to_string(),
            "title is mapped twice, give each field one column"
        );
        assert_eq!(
            fit(&["name=a"], Some("b"), &["a", "b"])
                .unwrap_err()
                .to_string(),
            "name is mapped twice, give each field one column"
        );
        assert_eq!(
            fit(&["title=Titel"], None, &["a", "title"])
                .unwrap_err()
                .to_string(),
            "`f.csv` has no column `Titel`; its columns are `a`, `title`"
        );
        assert_eq!(
            fit(&[], None, &["a", "b"]).unwrap_err().to_string(),
            "no column of `f.csv` is a title; its columns are `a`, `b`"
        );
    }

    #[test]
    fn a_message_lists_some_columns_of_many() {
        let columns: Vec<String> = (0..22).map(|n| format!("c{n}")).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let refusal = fit(&[], None, &columns).unwrap_err().to_string();
        assert!(refusal.ends_with("`c19`, 2 more"), "{refusal}");
    }
}
