//! One title with the rows of all files, without an allocation for each row.

use std::borrow::Cow;

use super::ids::ImdbKey;
use crate::config::limits;
use crate::import::errors::RecordError;
use crate::import::values::titles;

use super::faults::RowIssue;
use super::table::Table;

/// Separates the items of a list in one text, as in `title.akas`.
pub const LIST_SEPARATOR: char = '\u{2}';

/// Places of the columns that are read.
mod column {
    pub const AKA_TITLE: usize = 2;
    pub const AKA_REGION: usize = 3;
    pub const AKA_LANGUAGE: usize = 4;
    pub const AKA_TYPES: usize = 5;
    pub const AKA_ATTRIBUTES: usize = 6;
    pub const PERSON: usize = 2;
    pub const CATEGORY: usize = 3;
    pub const JOB: usize = 4;
    pub const CHARACTERS: usize = 5;
    pub const DIRECTORS: usize = 1;
    pub const WRITERS: usize = 2;
}

/// A part of the texts of a title. Empty for what is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

/// The other titles and credits of one title.
#[derive(Debug, Default)]
pub struct TitleRows {
    text: String,
    akas: Vec<AkaSpans>,
    credits: Vec<CreditSpans>,
}

#[derive(Debug)]
struct AkaSpans {
    title: Span,
    region: Span,
    language: Span,
    types: Span,
    attributes: Span,
}

#[derive(Debug)]
struct CreditSpans {
    person: ImdbKey,
    category: Span,
    job: Span,
    characters: Span,
}

/// Another title of a movie. Lists are separated by [`LIST_SEPARATOR`]; a text that is empty is
/// unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AkaRow<'a> {
    /// The title.
    pub title: &'a str,
    /// The region.
    pub region: &'a str,
    /// The language.
    pub language: &'a str,
    /// The types of the title.
    pub types: &'a str,
    /// Remarks.
    pub attributes: &'a str,
}

/// One person's work on a title. Characters are separated by [`LIST_SEPARATOR`]; a text that is
/// empty is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditRow<'a> {
    /// The person.
    pub person: ImdbKey,
    /// The category, such as `actor`.
    pub category: &'a str,
    /// The exact task.
    pub job: &'a str,
    /// The roles.
    pub characters: &'a str,
}

impl TitleRows {
    /// Forgets the title before.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.akas.clear();
        self.credits.clear();
    }

    fn keep(&mut self, text: &str) -> Span {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Span {
            start,
            end: self.text.len() as u32,
        }
    }

    /// Keeps a text without white space at its ends and control characters.
    fn keep_clean(&mut self, text: Option<&str>) -> Span {
        match text {
            None | Some("") => Span::default(),
            Some(text) => self.keep(&titles::clean(text)),
        }
    }

    /// Keeps a list with cleaned items.
    fn keep_list<'t>(&mut self, items: impl Iterator<Item = Cow<'t, str>>) -> Span {
        let start = self.text.len() as u32;
        for item in items {
            let item = titles::clean(&item);
            if item.is_empty() {
                continue;
            }
            if self.text.len() as u32 > start {
                self.text.push(LIST_SEPARATOR);
            }
            self.text.push_str(&item);
        }
        Span {
            start,
            end: self.text.len() as u32,
        }
    }

    fn keep_labels(&mut self, labels: Option<&str>) -> Span {
        match labels {
            None => Span::default(),
            Some(labels) => self.keep_list(labels.split(LIST_SEPARATOR).map(Cow::Borrowed)),
        }
    }

    /// Takes a row of `title.akas`. Returns the parts that were left out, with the reason.
    pub(super) fn add_aka(&mut self, row: &Table) -> Option<RowIssue> {
        if self.akas.len() >= limits::MAX_AKAS {
            return Some(RowIssue::TooMany);
        }
        let before = self.text.len();
        let mut aka = AkaSpans {
            title: self.keep_clean(row.value(column::AKA_TITLE)),
            region: self.keep_clean(row.value(column::AKA_REGION)),
            language: self.keep_clean(row.value(column::AKA_LANGUAGE)),
            types: self.keep_labels(row.value(column::AKA_TYPES)),
            attributes: self.keep_labels(row.value(column::AKA_ATTRIBUTES)),
        };
        let is_long_label = |label| is_longer(label, limits::MAX_LABEL_BYTES);
        if aka.title == Span::default() || is_longer(aka.title, limits::MAX_TITLE_BYTES) {
            self.text.truncate(before);
            let is_empty = aka.title == Span::default();
            return Some(if is_empty {
                RowIssue::Empty
            } else {
                RowIssue::TooLong
            });
        }
        let mut issue = None;
        for list in [&mut aka.types, &mut aka.attributes] {
            if self.has_long_items(*list, limits::MAX_LABELS, limits::MAX_LABEL_BYTES) {
                *list = Span::default();
                issue = Some(RowIssue::TooLong);
            }
        }
        for label in [&mut aka.region, &mut aka.language] {
            if is_long_label(*label) {
                *label = Span::default();
                issue = Some(RowIssue::TooLong);
            }
        }
        self.akas.push(aka);
        issue
    }

    /// Takes a row of `title.principals`. Returns the parts that were left out, with the reason.
    ///
    /// # Errors
    /// An id or a list of characters that cannot be read.
    pub(super) fn add_credit(&mut self, row: &Table) -> Result<Option<RowIssue>, RecordError> {
        if self.credits.len() >= limits::MAX_CREDITS {
            return Ok(Some(RowIssue::TooMany));
        }
        let person = row.value(column::PERSON).unwrap_or_default();
        let Some(person) = ImdbKey::parse(person, "nm") else {
            return Err(row.bad_value(column::PERSON, "an id like nm0000001"));
        };
        let characters = match row.value(column::CHARACTERS) {
            None => Span::default(),
            Some(list) => self
                .keep_characters(list)
                .ok_or_else(|| row.bad_value(column::CHARACTERS, "a json array of texts"))?,
        };
        let mut credit = CreditSpans {
            person,
            category: self.keep_clean(row.value(column::CATEGORY)),
            job: self.keep_clean(row.value(column::JOB)),
            characters,
        };
        let mut issue = None;
        if self.has_long_items(characters, limits::MAX_CHARACTERS, limits::MAX_TITLE_BYTES) {
            credit.characters = Span::default();
            issue = Some(RowIssue::TooLong);
        }
        for (text, most) in [
            (&mut credit.category, limits::MAX_LABEL_BYTES),
            (&mut credit.job, limits::MAX_TITLE_BYTES),
        ] {
            if is_longer(*text, most) {
                *text = Span::default();
                issue = Some(RowIssue::TooLong);
            }
        }
        self.credits.push(credit);
        Ok(issue)
    }

    /// Keeps the texts of a JSON array. `None` when it is none.
    fn keep_characters(&mut self, list: &str) -> Option<Span> {
        let plain = list
            .strip_prefix("[\"")
            .and_then(|rest| rest.strip_suffix("\"]"));
        match plain {
            Some(items) if !items.contains('\\') && !items.contains("\",") => {
                // An item alone, whose quotes would have backslashes.
                (!items.contains('"')).then(|| self.keep_clean(Some(items)))
            }
            _ => {
                let items: Vec<String> = serde_json::from_str(list).ok()?;
                Some(self.keep_list(items.into_iter().map(Cow::Owned)))
            }
        }
    }

    /// Takes from a row of `title.crew` the people that `title.principals` does not have in the
    /// same list. Returns how many were left out.
    ///
    /// # Errors
    /// An id that cannot be read.
    pub(super) fn add_crew(&mut self, row: &Table) -> Result<u64, RecordError> {
        let before = self.credits.len();
        let added = self.add_missing(row);
        if added.is_err() {
            self.credits.truncate(before);
        }
        added
    }

    fn add_missing(&mut self, row: &Table) -> Result<u64, RecordError> {
        let mut left_out = 0;
        for (place, category) in [(column::DIRECTORS, "director"), (column::WRITERS, "writer")] {
            let listed = self.credits.len();
            for person in row.ids(place, "nm") {
                let person = person?;
                let is_known = self.credits[..listed].iter().any(|credit| {
                    credit.person == person && self.text_of(credit.category) == category
                });
                if is_known {
                    continue;
                }
                if self.credits.len() >= limits::MAX_CREDITS {
                    left_out += 1;
                    continue;
                }
                let category = self.keep(category);
                self.credits.push(CreditSpans {
                    person,
                    category,
                    job: Span::default(),
                    characters: Span::default(),
                });
            }
        }
        Ok(left_out)
    }

    fn text_of(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    fn has_long_items(&self, list: Span, most: usize, bytes: usize) -> bool {
        // Nearly all lists are shorter than an item may be.
        let items = || self.text_of(list).split(LIST_SEPARATOR);
        is_longer(list, most) && (items().count() > most || items().any(|item| item.len() > bytes))
    }

    /// The other titles, as the file orders them.
    pub fn akas(&self) -> impl ExactSizeIterator<Item = AkaRow<'_>> {
        self.akas.iter().map(|aka| AkaRow {
            title: self.text_of(aka.title),
            region: self.text_of(aka.region),
            language: self.text_of(aka.language),
            types: self.text_of(aka.types),
            attributes: self.text_of(aka.attributes),
        })
    }

    /// The credits, as the file orders them, then those that only `title.crew` has.
    pub fn credits(&self) -> impl ExactSizeIterator<Item = CreditRow<'_>> {
        self.credits.iter().map(|credit| CreditRow {
            person: credit.person,
            category: self.text_of(credit.category),
            job: self.text_of(credit.job),
            characters: self.text_of(credit.characters),
        })
    }
}

fn is_longer(span: Span, bytes: usize) -> bool {
    (span.end - span.start) as usize > bytes
}
