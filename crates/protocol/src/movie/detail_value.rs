//! The trait of the types of fields in [`Details`](super::Details).

use std::borrow::Cow;

use super::{
    Aka, CastMember, CrewMember, MovieError, PersonRef, Released, SeasonCount, SeriesPlace,
    check_text,
};
use crate::limits;

/// A rule of one field, in addition to the rules of its type.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Nothing.
    Any,
    /// A text of at most this number of bytes.
    Text(usize),
    /// At most this number of items.
    Items(usize),
    /// An address of http or https, of at most [`limits::MAX_ADDRESS_BYTES`].
    Address,
}

/// A type of a field.
pub(super) trait DetailValue: Default {
    const JSON: &'static str;
    const IS_PLAIN: bool = false;
    const KEYS: &'static [&'static str] = &[];

    fn is_unknown(&self) -> bool;
    fn check(&self, what: &'static str, rule: Rule) -> Result<(), MovieError>;

    /// The bytes beyond those of the type itself.
    fn bytes(&self) -> usize {
        0
    }

    fn to_plain(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn from_plain(what: &'static str, _text: &str) -> Result<Self, MovieError> {
        Err(MovieError::NotPlain(what.to_owned()))
    }
}

impl DetailValue for Option<String> {
    const JSON: &'static str = "text or null";
    const IS_PLAIN: bool = true;

    fn is_unknown(&self) -> bool {
        self.is_none()
    }

    fn check(&self, what: &'static str, rule: Rule) -> Result<(), MovieError> {
        let Some(text) = self else { return Ok(()) };
        match rule {
            Rule::Text(max) => check_text(what, text, max),
            Rule::Address => check_address(what, text),
            Rule::Any | Rule::Items(_) => Ok(()),
        }
    }

    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, String::len)
    }

    fn to_plain(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_deref().unwrap_or_default())
    }

    fn from_plain(_what: &'static str, text: &str) -> Result<Self, MovieError> {
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
}

fn check_address(what: &'static str, text: &str) -> Result<(), MovieError> {
    check_text(what, text, limits::MAX_ADDRESS_BYTES)?;
    let is_after = |scheme: &str| {
        (text.get(..scheme.len())).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let is_address = is_after("http://") || is_after("https://");
    if is_address && !text.contains(char::is_whitespace) {
        return Ok(());
    }
    let text = text.to_owned();
    Err(MovieError::Address { what, text })
}

impl DetailValue for Option<bool> {
    const JSON: &'static str = "true, false or null";
    const IS_PLAIN: bool = true;

    fn is_unknown(&self) -> bool {
        self.is_none()
    }

    fn check(&self, _what: &'static str, _rule: Rule) -> Result<(), MovieError> {
        Ok(())
    }

    fn to_plain(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            None => "",
            Some(false) => "false",
            Some(true) => "true",
        })
    }

    fn from_plain(what: &'static str, text: &str) -> Result<Self, MovieError> {
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "0" | "false" | "no" => Ok(Some(false)),
            "1" | "true" | "yes" => Ok(Some(true)),
            _ => Err(MovieError::Bool {
                what,
                text: text.to_owned(),
            }),
        }
    }
}

impl DetailValue for Option<Released> {
    const JSON: &'static str = "text or null";
    const IS_PLAIN: bool = true;

    fn is_unknown(&self) -> bool {
        self.is_none()
    }

    fn check(&self, _what: &'static str, _rule: Rule) -> Result<(), MovieError> {
        Ok(())
    }

    fn to_plain(&self) -> Cow<'_, str> {
        self.map_or(Cow::Borrowed(""), |date| Cow::Owned(date.to_string()))
    }

    fn from_plain(_what: &'static str, text: &str) -> Result<Self, MovieError> {
        match text {
            "" => Ok(None),
            date => date.parse().map(Some),
        }
    }
}

/// An item of a list.
pub(super) trait DetailItem {
    const KEYS: &'static [&'static str];

    fn check(&self) -> Result<(), MovieError>;
    fn bytes(&self) -> usize;
}

impl<T: DetailItem> DetailValue for Vec<T> {
    const JSON: &'static str = "array of objects";
    const KEYS: &'static [&'static str] = T::KEYS;

    fn is_unknown(&self) -> bool {
        self.is_empty()
    }

    fn check(&self, what: &'static str, rule: Rule) -> Result<(), MovieError> {
        check_items(what, self.len(), rule)?;
        self.iter().try_for_each(DetailItem::check)
    }

    fn bytes(&self) -> usize {
        let items = self.iter().map(|item| size_of::<T>() + item.bytes());
        items.sum()
    }
}

/// Checks the number of items.
pub(super) fn check_items(what: &'static str, number: usize, rule: Rule) -> Result<(), MovieError> {
    match rule {
        Rule::Items(max) if number > max => Err(MovieError::TooMany { what, number, max }),
        _ => Ok(()),
    }
}

impl DetailValue for Option<SeriesPlace> {
    const JSON: &'static str = "object or null";
    const KEYS: &'static [&'static str] = SeriesPlace::KEYS;

    fn is_unknown(&self) -> bool {
        self.is_none()
    }

    fn check(&self, _what: &'static str, _rule: Rule) -> Result<(), MovieError> {
        self.as_ref().map_or(Ok(()), DetailItem::check)
    }

    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, DetailItem::bytes)
    }
}

impl DetailValue for Option<Vec<SeasonCount>> {
    const JSON: &'static str = "array of objects or null";
    const KEYS: &'static [&'static str] = SeasonCount::KEYS;

    fn is_unknown(&self) -> bool {
        self.is_none()
    }

    fn check(&self, what: &'static str, rule: Rule) -> Result<(), MovieError> {
        let seasons = self.as_deref().unwrap_or_default();
        check_items(what, seasons.len(), rule)
    }

    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, DetailValue::bytes)
    }
}

fn text_bytes<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    let texts = texts.into_iter();
    texts.map(|text| size_of::<String>() + text.len()).sum()
}

/// Checks a text that may be unknown.
fn check_known(what: &'static str, text: Option<&String>, max: usize) -> Result<(), MovieError> {
    text.map_or(Ok(()), |text| check_text(what, text, max))
}

/// Checks a list of texts.
fn check_texts(
    what: &'static str,
    texts: &[String],
    most: usize,
    max: usize,
) -> Result<(), MovieError> {
    check_items(what, texts.len(), Rule::Items(most))?;
    texts
        .iter()
        .try_for_each(|text| check_text(what, text, max))
}

/// Checks the key and the full name of a person.
fn check_person(name: &str, person: Option<&String>) -> Result<(), MovieError> {
    check_text("name of a person", name, limits::MAX_NAME_BYTES)?;
    check_known("person", person, limits::MAX_TITLE_BYTES)
}

impl DetailItem for Aka {
    const KEYS: &'static [&'static str] = &["title", "region", "language", "types", "attributes"];

    fn check(&self) -> Result<(), MovieError> {
        let (most, max) = (limits::MAX_LABELS, limits::MAX_LABEL_BYTES);
        check_text("title of akas", &self.title, limits::MAX_TITLE_BYTES)?;
        check_known("region", self.region.as_ref(), max)?;
        check_known("language", self.language.as_ref(), max)?;
        check_texts("types", &self.types, most, max)?;
        check_texts("attributes", &self.attributes, most, max)
    }

    fn bytes(&self) -> usize {
        let labels = self.types.iter().chain(&self.attributes);
        self.title.len() + text_bytes(labels.chain(&self.region).chain(&self.language))
    }
}

impl DetailItem for PersonRef {
    const KEYS: &'static [&'static str] = &["name", "person", "job"];

    fn check(&self) -> Result<(), MovieError> {
        check_person(&self.name, self.person.as_ref())?;
        check_known("job", self.job.as_ref(), limits::MAX_TITLE_BYTES)
    }

    fn bytes(&self) -> usize {
        self.name.len() + text_bytes(self.person.iter().chain(&self.job))
    }
}

impl DetailItem for CastMember {
    const KEYS: &'static [&'static str] = &["name", "person", "category", "characters"];

    fn check(&self) -> Result<(), MovieError> {
        let (most, max) = (limits::MAX_CHARACTERS, limits::MAX_TITLE_BYTES);
        check_person(&self.name, self.person.as_ref())?;
        check_known("category", self.category.as_ref(), limits::MAX_LABEL_BYTES)?;
        check_texts("characters", &self.characters, most, max)
    }

    fn bytes(&self) -> usize {
        let texts = self.person.iter().chain(&self.category);
        self.name.len() + text_bytes(texts.chain(&self.characters))
    }
}

impl DetailItem for CrewMember {
    const KEYS: &'static [&'static str] = &["name", "person", "category", "job"];

    fn check(&self) -> Result<(), MovieError> {
        check_person(&self.name, self.person.as_ref())?;
        check_known("category", self.category.as_ref(), limits::MAX_LABEL_BYTES)?;
        check_known("job", self.job.as_ref(), limits::MAX_TITLE_BYTES)
    }

    fn bytes(&self) -> usize {
        let texts = self.person.iter().chain(&self.category);
        self.name.len() + text_bytes(texts.chain(&self.job))
    }
}

impl DetailItem for SeriesPlace {
    const KEYS: &'static [&'static str] = &["name", "title", "season", "episode"];

    fn check(&self) -> Result<(), MovieError> {
        check_text("name of the series", &self.name, limits::MAX_NAME_BYTES)?;
        let title = self.title.as_ref();
        check_known("title of the series", title, limits::MAX_TITLE_BYTES)
    }

    fn bytes(&self) -> usize {
        self.name.len() + text_bytes(&self.title)
    }
}

impl DetailItem for SeasonCount {
    const KEYS: &'static [&'static str] = &["season", "episodes"];

    fn check(&self) -> Result<(), MovieError> {
        Ok(())
    }

    fn bytes(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::testing::full_details;
    use crate::movie::{Details, FullMovie, Movie};

    fn refused(change: impl FnOnce(&mut Details)) -> String {
        let mut details = full_details();
        change(&mut details);
        let movie = Movie::from_json(r#"{"name":"1","title":"Alien"}"#).unwrap();
        let refused = FullMovie::new(movie, details);
        refused.expect_err("it was taken").to_string()
    }

    type Case = (&'static str, fn(&mut Details));

    fn long(bytes: usize) -> String {
        "x".repeat(bytes + 1)
    }

    /// For each limit, a value that is one above it is refused.
    #[test]
    fn every_bound_has_its_words() {
        let cases: [Case; 16] = [
            ("plot has 16385 bytes, at most 16384", |d| {
                d.plot = Some(long(limits::MAX_PLOT_BYTES));
            }),
            ("poster has 2049 bytes, at most 2048", |d| {
                d.poster = Some(long(limits::MAX_ADDRESS_BYTES));
            }),
            ("poster `javascript:alert(1)` is no address", |d| {
                d.poster = Some("javascript:alert(1)".into());
            }),
            ("website `https://a b` is no address", |d| {
                d.website = Some("https://a b".into());
            }),
            ("1001 akas were given, at most 1000", |d| {
                d.akas = vec![d.akas[0].clone(); limits::MAX_AKAS + 1];
            }),
            ("2001 cast were given, at most 2000", |d| {
                d.cast = vec![d.cast[0].clone(); limits::MAX_CREDITS + 1];
            }),
            ("2001 crew were given", |d| {
                d.crew = vec![d.crew[0].clone(); limits::MAX_CREDITS + 1];
            }),
            ("33 characters were given, at most 32", |d| {
                d.cast[0].characters = vec!["a".into(); limits::MAX_CHARACTERS + 1];
            }),
            ("17 attributes were given, at most 16", |d| {
                d.akas[0].attributes = vec!["a".into(); limits::MAX_LABELS + 1];
            }),
            ("region has 257 bytes, at most 256", |d| {
                d.akas[0].region = Some(long(limits::MAX_LABEL_BYTES));
            }),
            ("job has 1025 bytes, at most 1024", |d| {
                d.crew[0].job = Some(long(limits::MAX_TITLE_BYTES));
            }),
            ("name of a person is empty", |d| d.writers[0].name.clear()),
            (r"person `a\n` holds a control", |d| {
                d.directors[0].person = Some("a\n".into());
            }),
            ("title of akas is empty", |d| d.akas[0].title.clear()),
            ("name of the series is empty", |d| {
                d.series.as_mut().unwrap().name.clear();
            }),
            ("4097 seasons were given", |d| {
                let seasons = d.seasons.clone().unwrap();
                d.seasons = Some(vec![seasons[0]; limits::MAX_SEASONS + 1]);
            }),
        ];
        for (words, change) in cases {
            let message = refused(change);
            assert!(message.starts_with(words), "{message}, not {words}");
        }
    }
}
