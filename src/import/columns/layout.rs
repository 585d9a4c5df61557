//! Chooses the columns of a file that feed the fields of a movie.

use std::sync::Arc;

use super::known::{self, KnownLayout};
use super::mapping::ColumnMapping;
use super::sample::{ColumnSample, RuntimeUnit};
use super::spellings::{known_spellings, rank, spelling};
use crate::config::limits;
use crate::import::errors::{ImportError, quoted};
use crate::import::field::Field;
use crate::movie::DETAIL_FIELDS;

/// For each field the columns that may feed it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// One source per field, in the order of [`Field::ALL`].
    sources: [FieldSource; Field::ALL.len()],
    /// Spelled columns that do not feed a field.
    excluded: Vec<(Field, String)>,
    /// Spelled columns that feed a field of another name.
    fed: Vec<(Field, String)>,
    /// What a running time without a unit counts.
    pub runtime_unit: RuntimeUnit,
    /// The known layout of the file.
    pub known: Option<&'static KnownLayout>,
    /// Columns that could be the key instead of the chosen one.
    pub other_keys: Vec<String>,
    /// Whether the key was chosen by its first values, and may be something else.
    pub is_key_doubtful: bool,
    /// Whether the columns of title and key are chosen.
    is_fitted: bool,
}

/// The source of a field.
#[derive(Clone, Debug)]
enum FieldSource {
    /// From the column of exactly this name.
    Column(String),
    /// From the best known spelling.
    Spelling,
    /// From no column.
    Nothing,
}

/// Columns of IMDb's ids. Some files have ratings or bare numbers there.
const IMDB_KEYS: [&str; 8] = [
    "imdbid",
    "imdbtitleid",
    "idsimdb",
    "externalidsimdbid",
    "imdb",
    "imdbconst",
    "titleid",
    "externalsimdb",
];

impl Layout {
    /// Fits a mapping to the columns of a file. `sample` describes the values of a
    /// column in the first rows.
    ///
    /// # Errors
    /// A mapped column that the file does not have, or no title.
    pub fn fit(
        mapping: &ColumnMapping,
        columns: &[&str],
        file: &Arc<str>,
        sample: &dyn Fn(&str) -> ColumnSample,
    ) -> Result<Layout, ImportError> {
        let spelled: Vec<String> = columns.iter().map(|column| spelling(column)).collect();
        let known = known::find(&spelled);
        let mut layout = Layout {
            sources: [const { FieldSource::Spelling }; Field::ALL.len()],
            excluded: Vec::new(),
            fed: Vec::new(),
            runtime_unit: RuntimeUnit::Minutes,
            known,
            other_keys: Vec::new(),
            is_key_doubtful: false,
            is_fitted: false,
        };
        for mapping in &mapping.0 {
            layout.sources[mapping.field as usize] = match &mapping.column {
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
        layout.exclude(&spelled);
        layout.find_certificates(columns, sample);
        layout
            .choose_title(columns)
            .ok_or_else(|| ImportError::NoTitle {
                file: Arc::clone(file),
                columns: listed(columns),
            })?;
        layout.reserve_mapped_columns();
        layout.choose_key(columns, sample);
        layout.is_fitted = true;
        let mut runtimes = layout.fed(columns).into_iter();
        if let Some((_, places)) = runtimes.find(|(field, _)| *field == Field::RuntimeMinutes) {
            let column = columns[places[0]];
            layout.runtime_unit = RuntimeUnit::find(&spelling(column), sample(column));
        }
        Ok(layout)
    }

    /// Leaves out columns whose name misleads.
    fn exclude(&mut self, spelled: &[String]) {
        if let Some(known) = self.known {
            let excluded = known.excluded.iter();
            self.excluded = excluded
                .map(|(field, column)| (*field, (*column).to_owned()))
                .collect();
            let fed = known.fed.iter();
            self.fed = fed
                .map(|(field, column)| (*field, (*column).to_owned()))
                .collect();
        }
        // A column `date` is a release date where no other column is.
        let is_released =
            |column: &String| column != "date" && rank(column, Field::Released).is_some();
        if spelled.iter().any(is_released) {
            self.excluded.push((Field::Released, "date".to_owned()));
        }
    }

    /// A column `rating` may hold certificates such as `PG-13`.
    fn find_certificates(&mut self, columns: &[&str], sample: &dyn Fn(&str) -> ColumnSample) {
        for column in columns {
            let spelled = spelling(column);
            if rank(&spelled, Field::Rating).is_none() {
                continue;
            }
            let values = sample(column);
            if values.certificates * 2 > values.present {
                self.excluded.push((Field::Rating, spelled.clone()));
                self.fed.push((Field::Rated, spelled));
            }
        }
    }

    /// A list such as `Name, Year, Rating` has the title in `Name`, and one of
    /// original titles alone has it there.
    fn choose_title(&mut self, columns: &[&str]) -> Option<()> {
        let has_title = columns
            .iter()
            .any(|column| self.rank(column, Field::Title).is_some());
        if has_title {
            return Some(());
        }
        // Box Office Mojo has the titles of a year in `Release`.
        let fallbacks = std::iter::once("name").chain(known_spellings(Field::OriginalTitle));
        let fallbacks = fallbacks.chain(["release"]);
        let column = fallbacks
            .filter_map(|fallback| columns.iter().find(|column| spelling(column) == fallback))
            .next()?;
        if spelling(column) == "name"
            && matches!(self.sources[Field::Name as usize], FieldSource::Spelling)
        {
            self.excluded.push((Field::Name, "name".to_owned()));
        }
        self.sources[Field::Title as usize] = FieldSource::Column((*column).to_owned());
        Some(())
    }

    /// A column that is mapped to another field is not the name as well.
    fn reserve_mapped_columns(&mut self) {
        let name = Field::Name as usize;
        let taken = self.sources.iter().any(|source| {
            matches!(source, FieldSource::Column(column)
                if rank(&spelling(column), Field::Name).is_some())
        });
        if taken
            && matches!(self.sources[name], FieldSource::Spelling)
            && !self.excluded.iter().any(|(field, _)| *field == Field::Name)
        {
            self.sources[name] = FieldSource::Nothing;
        }
    }

    /// Chooses the best column of ids that has no gaps.
    fn choose_key(&mut self, columns: &[&str], sample: &dyn Fn(&str) -> ColumnSample) {
        let name = Field::Name as usize;
        if !matches!(self.sources[name], FieldSource::Spelling) {
            return;
        }
        if is_export(columns) {
            self.sources[name] = FieldSource::Column("name".to_owned());
            return;
        }
        let mut keys: Vec<(usize, &str)> = columns
            .iter()
            .filter_map(|column| Some((self.rank(column, Field::Name)?, *column)))
            .collect();
        keys.sort_by_key(|(rank, _)| *rank);
        keys.retain(|(_, column)| is_possible_key(&spelling(column), sample(column)));
        let preferred = self.known.and_then(|known| known.key);
        let chosen = keys
            .iter()
            .find(|(_, column)| preferred.is_some_and(|key| spelling(column) == key))
            .or_else(|| keys.iter().find(|(_, column)| sample(column).missing == 0))
            .or(keys.first());
        let is_doubtful = |column: &str| matches!(spelling(column).as_str(), "id" | "name");
        self.is_key_doubtful = chosen.is_some_and(|(_, column)| is_doubtful(column));
        self.sources[name] = match chosen {
            Some((_, column)) => FieldSource::Column((*column).to_owned()),
            None => FieldSource::Nothing,
        };
        let others = keys.iter().filter(|key| Some(*key) != chosen);
        self.other_keys = others.map(|(_, column)| (*column).to_owned()).collect();
    }

    /// The rank of a column for a field: 0 is the best, `None` if it is not a column of the field.
    pub fn rank(&self, column: &str, field: Field) -> Option<usize> {
        self.rank_of_spelled(column, &spelling(column), field)
    }

    /// The same for every field.
    pub fn ranks(&self, column: &str) -> [Option<usize>; Field::ALL.len()] {
        let spelled = spelling(column);
        Field::ALL.map(|field| self.rank_of_spelled(column, &spelled, field))
    }

    fn rank_of_spelled(&self, column: &str, spelled: &str, field: Field) -> Option<usize> {
        match &self.sources[field as usize] {
            FieldSource::Nothing => None,
            FieldSource::Column(wanted) => (wanted == column).then_some(0),
            FieldSource::Spelling => {
                let is_excluded =
                    |(other, excluded): &(Field, String)| *other == field && *excluded == spelled;
                if self.excluded.iter().any(is_excluded) {
                    return None;
                }
                let mut fed = self.fed.iter();
                if fed.any(|(fed, column)| *fed == field && column == spelled) {
                    return Some(0);
                }
                // In some objects the title is the name.
                let is_name = || {
                    self.is_fitted
                        && field == Field::Title
                        && spelled == "name"
                        && self.key() != Some(column)
                };
                rank(spelled, field).or_else(|| is_name().then_some(usize::from(u8::MAX)))
            }
        }
    }

    /// The fields with columns among these, and the indexes of these columns, the best first.
    pub fn fed(&self, columns: &[&str]) -> Vec<(Field, Vec<usize>)> {
        let fed = Field::ALL.into_iter().map(|field| {
            let ranked = columns.iter().enumerate();
            let mut ranked: Vec<(usize, usize)> = ranked
                .filter_map(|(place, column)| Some((self.rank(column, field)?, place)))
                .collect();
            ranked.sort_unstable();
            if !field.has_alternatives() {
                ranked.truncate(1);
            }
            let places = ranked.into_iter().map(|(_, place)| place);
            (field, places.collect::<Vec<_>>())
        });
        fed.filter(|(_, places)| !places.is_empty()).collect()
    }

    /// The column of the key.
    pub fn key(&self) -> Option<&str> {
        match &self.sources[Field::Name as usize] {
            FieldSource::Column(column) => Some(column),
            _ => None,
        }
    }
}

/// The header of an export of the catalogue.
pub const EXPORT_HEADER: [&str; 9] = [
    "id",
    "name",
    "title",
    "original_title",
    "released",
    "runtime_minutes",
    "genres",
    "rating",
    "votes",
];

/// Whether these are the columns of an export, in any order.
pub(crate) fn is_export(columns: &[&str]) -> bool {
    // The members of an object are columns too: `series.name`.
    let is_detail = |column: &str| {
        let field = column.split('.').next();
        DETAIL_FIELDS
            .iter()
            .any(|detail| Some(detail.name) == field)
    };
    let is_known = |column: &&str| EXPORT_HEADER.contains(column) || is_detail(column);
    EXPORT_HEADER.iter().all(|column| columns.contains(column)) && columns.iter().all(is_known)
}

/// Whether the values of a column may be keys.
fn is_possible_key(spelled: &str, sample: ColumnSample) -> bool {
    if IMDB_KEYS.contains(&spelled) {
        return sample.present == sample.imdb_ids && sample.present > 0;
    }
    match spelled {
        // These may be anything: the id of something else, the name of a series.
        "id" => sample.missing == 0 && sample.repeated == 0,
        "name" => sample.missing == 0,
        _ => true,
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
    use crate::import::columns::mapping::FieldMapping;

    fn fit(maps: &[&str], key: Option<&str>, columns: &[&str]) -> Result<Layout, ImportError> {
        let maps: Vec<FieldMapping> = maps.iter().map(|map| map.parse().unwrap()).collect();
        let wishes = ColumnMapping::new(&maps, key)?;
        Layout::fit(&wishes, columns, &Arc::from("f.csv"), &|_| {
            ColumnSample::default()
        })
    }

    /// The fields that a header feeds, as `field=column`.
    #[track_caller]
    fn fed(maps: &[&str], key: Option<&str>, columns: &[&str]) -> Vec<String> {
        let fed = fit(maps, key, columns).unwrap().fed(columns);
        let fed = fed.iter();
        fed.map(|(field, places)| format!("{field}={}", columns[places[0]]))
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
                 released, runtime_minutes, genres, rating, votes, type, adult, ended, akas, \
                 directors, writers, cast, crew, plot, poster, language, country, rated, awards, \
                 website",
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
