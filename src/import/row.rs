//! Builds movies from the values of rows.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};

use super::errors::{RecordError, RowErrorKind};
use super::field::Field;
use super::names::NameGenerator;
use super::values::cell::Cell;
use super::values::dates::{self, DateOrder, ParsedDate};
use super::values::details;
use super::values::movielens_title::MovieLensTitle;
use super::values::titles;
use crate::config::limits;
use crate::movie::{Details, Fields, Movie, Released};

/// The number of plain fields.
const PLAIN_FIELDS: usize = Field::Votes as usize + 1;

/// One value per field, in the order of [`Field::ALL`]. Most files have no details. Without them,
/// the values of a row are a third as large, and are moved faster.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells<'a> {
    plain: [Cell<'a>; PLAIN_FIELDS],
    /// Empty until one is set.
    details: Vec<Cell<'a>>,
}

static MISSING: Cell<'static> = Cell::Missing;

impl<'a> Index<usize> for Cells<'a> {
    type Output = Cell<'a>;

    fn index(&self, place: usize) -> &Cell<'a> {
        match place.checked_sub(PLAIN_FIELDS) {
            None => &self.plain[place],
            Some(detail) => self.details.get(detail).unwrap_or(&MISSING),
        }
    }
}

impl IndexMut<usize> for Cells<'_> {
    fn index_mut(&mut self, place: usize) -> &mut Self::Output {
        let Some(detail) = place.checked_sub(PLAIN_FIELDS) else {
            return &mut self.plain[place];
        };
        if self.details.is_empty() {
            let details = Field::ALL.len() - PLAIN_FIELDS;
            self.details.resize_with(details, Cell::default);
        }
        &mut self.details[detail]
    }
}

/// The id of a row of an export. A row without a number gets a new id, like the
/// rows of other files.
pub(super) fn exported_id(text: &str) -> u64 {
    let id: i64 = text.parse().unwrap_or(0);
    u64::try_from(id).unwrap_or(0)
}

/// The style of the titles of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TitleStyle {
    /// Title and year in different columns.
    #[default]
    Plain,
    /// `Alien (1979)`.
    WithYear,
    /// `City of Lost Children, The (Cité des enfants perdus, La) (1995)`.
    MovieLens,
}

/// The order of day and month in the dates of a file.
pub(super) enum DateOrderRule {
    /// The order of day and month, as given or as found in the file. `None` when it is unknown.
    Decided(Option<DateOrder>),
    /// The dates of the whole file decide, once there is an ambiguous one.
    WholeFile(Box<dyn FnOnce() -> Option<DateOrder> + Send>),
}

/// The rules for reading the values of a file.
pub(super) struct ValueRules {
    /// Whether a side value that cannot be read is left unknown.
    pub lenient: bool,
    /// The best rating.
    pub rating_scale: f64,
    pub date_order: DateOrderRule,
    pub title_style: TitleStyle,
    /// Whether a column is the name.
    pub keyed: bool,
    /// Whether a movie without a key gets a name from its title.
    pub may_lack_key: bool,
    /// Whether rows of the same title and year are the same movie.
    pub is_title_unique: bool,
    /// Minutes of a running time without a unit.
    pub runtime_unit: f64,
    /// Whether the file is an export, whose texts are taken unchanged.
    pub verbatim: bool,
    /// The details that rows may have.
    pub details: Vec<Field>,
    /// Whether the file has columns for some of them.
    pub has_details: bool,
    /// Whether the column of the key may repeat, because its first values alone were looked at.
    pub is_key_doubtful: bool,
}

impl Default for ValueRules {
    fn default() -> ValueRules {
        ValueRules {
            lenient: false,
            rating_scale: limits::MAX_RATING,
            date_order: DateOrderRule::Decided(None),
            title_style: TitleStyle::Plain,
            keyed: false,
            may_lack_key: false,
            is_title_unique: false,
            runtime_unit: 1.0,
            verbatim: false,
            details: Vec::new(),
            has_details: false,
            is_key_doubtful: false,
        }
    }
}

/// Builds movies from the rows of one file.
pub(super) struct RowBuilder {
    names: NameGenerator,
    pub rules: ValueRules,
    /// The side values of the last row that were left unknown.
    pub dropped: Vec<RecordError>,
}

impl RowBuilder {
    pub fn new(prefix: &str, rules: ValueRules) -> RowBuilder {
        RowBuilder {
            names: NameGenerator::new(prefix, !rules.is_title_unique),
            rules,
            dropped: Vec::new(),
        }
    }

    /// The movie of a row. The id is that of an export, 0 elsewhere.
    ///
    /// # Errors
    /// The first value that its field does not accept.
    pub fn movie(&mut self, id: u64, cells: &mut Cells<'_>) -> Result<Movie, RecordError> {
        self.dropped.clear();
        let mut take = |field: Field| std::mem::take(&mut cells[field as usize]);
        let (name, released) = (take(Field::Name), take(Field::Released));
        let (runtime, genres) = (take(Field::RuntimeMinutes), take(Field::Genres));
        let (rating, votes) = (take(Field::Rating), take(Field::Votes));
        let original = take(Field::OriginalTitle);
        let title = self
            .text(take(Field::Title), Field::Title)?
            .ok_or_else(|| {
                RecordError::with_field(
                    Field::Title,
                    "title is missing, a movie cannot be without one",
                )
            })?;
        let released = self.released(released);
        let verbatim = self.rules.verbatim;
        let fields = Fields {
            id,
            released: self.side(released)?,
            runtime_minutes: self.side(runtime.into_runtime(self.rules.runtime_unit))?,
            genres: self.side(if verbatim {
                genres.into_genres_verbatim()
            } else {
                genres.into_genres()
            })?,
            rating: self.side(rating.into_rating(self.rules.rating_scale))?,
            votes: self.side(votes.into_votes())?,
            original_title: self.original_title(original)?,
            title,
            name: String::new(),
        };
        let fields = if verbatim {
            fields
        } else {
            self.with_plain_title(fields)
        };
        self.named(name, fields)
    }

    /// The details of a row. A detail that cannot be read is unknown. `None` if the file has no
    /// columns for details, and the row none either.
    pub fn details(&mut self, cells: &mut Cells<'_>) -> Option<Box<Details>> {
        let is_known = self.rules.has_details || !cells.details.is_empty();
        if !is_known || self.rules.details.is_empty() {
            return None;
        }
        let mut details = Box::<Details>::default();
        for place in 0..self.rules.details.len() {
            let field = self.rules.details[place];
            let cell = std::mem::take(&mut cells[field as usize]);
            let order = || self.date_order();
            if let Err(error) = details::set(&mut details, field, cell, order) {
                self.dropped.push(error);
            }
        }
        Some(details)
    }

    fn original_title(&mut self, cell: Cell<'_>) -> Result<Option<String>, RecordError> {
        let text = self
            .text(cell, Field::OriginalTitle)
            .and_then(|text| match text {
                Some(text) if text.len() > limits::MAX_TITLE_BYTES && !self.rules.verbatim => {
                    Err(RecordError::with_field(
                        Field::OriginalTitle,
                        format!(
                            "original_title has {} bytes, at most {} are allowed",
                            text.len(),
                            limits::MAX_TITLE_BYTES
                        ),
                    ))
                }
                text => Ok(text),
            });
        self.side(text)
    }

    /// A side value. With [`ValueRules::lenient`] one that cannot be read is
    /// unknown.
    fn side<T: Default>(&mut self, value: Result<T, RecordError>) -> Result<T, RecordError> {
        match value {
            Err(error) if self.rules.lenient => {
                self.dropped.push(error);
                Ok(T::default())
            }
            value => value,
        }
    }

    fn text(&self, cell: Cell<'_>, field: Field) -> Result<Option<String>, RecordError> {
        match cell {
            Cell::Text(text) if self.rules.verbatim => Ok(Some(text.into_owned())),
            cell => cell.into_text(field),
        }
    }

    fn released(&mut self, cell: Cell<'_>) -> Result<Option<Released>, RecordError> {
        // The copy borrows, and is needed for the message of an ambiguous date alone.
        let shown = cell.clone();
        Ok(match cell.into_date()? {
            ParsedDate::Missing => None,
            ParsedDate::Certain(date) | ParsedDate::Proof(date, _) => Some(date),
            ParsedDate::Ambiguous(day_first, month_first) => match self.date_order() {
                Some(DateOrder::DayFirst) => Some(day_first),
                Some(DateOrder::MonthFirst) => Some(month_first),
                None => {
                    let reason = dates::ambiguous(&shown.date_text(), day_first, month_first);
                    return Err(RecordError::new(RowErrorKind::DateOrder, reason));
                }
            },
        })
    }

    fn date_order(&mut self) -> Option<DateOrder> {
        let undecided = DateOrderRule::Decided(None);
        let decided = match std::mem::replace(&mut self.rules.date_order, undecided) {
            DateOrderRule::Decided(order) => order,
            DateOrderRule::WholeFile(decide) => decide(),
        };
        self.rules.date_order = DateOrderRule::Decided(decided);
        decided
    }

    /// Splits year and original title off the title, and moves its article.
    fn with_plain_title(&self, mut fields: Fields) -> Fields {
        // A movie without ratings has these values in the files of TMDB.
        if fields.votes == Some(0) {
            fields.rating.take_if(|rating| *rating == 0.0);
        }
        let parts = match self.rules.title_style {
            TitleStyle::MovieLens => Some(MovieLensTitle::parse(&fields.title)),
            style => with_year(&fields, style == TitleStyle::WithYear),
        };
        if let Some(MovieLensTitle {
            main,
            original,
            year,
        }) = parts
        {
            let (length, title) = match titles::article_first(main) {
                Cow::Borrowed(title) => (title.len(), None),
                Cow::Owned(title) => (title.len(), Some(title)),
            };
            if let Some(original) = original {
                let original = titles::article_first(original).into_owned();
                fields.original_title.get_or_insert(original);
            }
            fields.released = fields.released.or(year);
            match title {
                Some(title) => fields.title = title,
                // It is the beginning of the text.
                None => fields.title.truncate(length),
            }
        }
        fields
            .original_title
            .take_if(|original| *original == fields.title);
        fields
    }

    /// Sets the name of the movie: the key of the file, or a name made from its title.
    fn named(&mut self, key: Cell<'_>, mut fields: Fields) -> Result<Movie, RecordError> {
        if self.rules.keyed && !(self.rules.may_lack_key && key.is_null()) {
            fields.name = match key {
                Cell::Text(key) if self.rules.verbatim => self.names.prefixed(key.into_owned()),
                key => self.names.prefixed(key.into_key()?),
            };
            let movie = Movie::new(fields)?;
            if self.rules.is_key_doubtful {
                self.names.check_key(&movie.name, &movie.title)?;
            }
            return Ok(movie);
        }
        let year = fields.released.map(|released| released.year());
        let (name, taken) = self.names.propose(&fields.title, year)?.into_parts();
        fields.name = name;
        let movie = Movie::new(fields)?;
        self.names.take(taken);
        Ok(movie)
    }
}

/// The parts of a title that ends in its year. In a file that does not write all
/// titles like that, the year of the row must not contradict.
fn with_year(fields: &Fields, is_style: bool) -> Option<MovieLensTitle<'_>> {
    let known = fields.released.map(Released::year);
    match titles::split_year(&fields.title) {
        Some((main, year)) if known.is_none_or(|known| known == year.year()) => {
            Some(MovieLensTitle {
                main,
                original: None,
                year: Some(year),
            })
        }
        None if is_style => Some(MovieLensTitle {
            main: &fields.title,
            original: None,
            year: None,
        }),
        _ => None,
    }
}
