//! The fields of a movie beyond its plain fields. The struct, both encodings, the rules, the
//! columns of files and the documentation are generated from one table.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::detail_value::{DetailValue, Rule};
use super::field::FieldDescription;
use super::{
    Aka, CastMember, CrewMember, Fields, MovieError, PersonRef, Released, SeasonCount, SeriesPlace,
};
use crate::limits;

/// Calls `$with!` with the table of the fields beyond [`Fields`]. A row has an explanation, a
/// number that never changes, a name in Rust, a name in JSON and in files, a type, and a rule. A
/// new field with a text needs only one more row.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_detail {
    ($with:ident) => {
        $with! {
            /// IMDb's type of the title, such as `movie`, `tvSeries` or `tvEpisode`.
            1 kind "type": Option<String>, Text(limits::MAX_LABEL_BYTES);
            /// Whether the movie is for adults only.
            2 adult "adult": Option<bool>, Any;
            /// The end of a series: a year, a month or a day.
            3 ended "ended": Option<Released>, Any;
            /// Other titles.
            4 akas "akas": Vec<Aka>, Items(limits::MAX_AKAS);
            /// The directors.
            5 directors "directors": Vec<PersonRef>, Items(limits::MAX_CREDITS);
            /// The writers.
            6 writers "writers": Vec<PersonRef>, Items(limits::MAX_CREDITS);
            /// The cast in order of billing.
            7 cast "cast": Vec<CastMember>, Items(limits::MAX_CREDITS);
            /// Other credits, such as producers, editors and composers.
            8 crew "crew": Vec<CrewMember>, Items(limits::MAX_CREDITS);
            /// The series of an episode, and its place in it.
            9 series "series": Option<SeriesPlace>, Any;
            /// The seasons of a series with their numbers of episodes. The server derives them
            /// from the episodes in the catalogue; what a client writes is not stored.
            10 seasons "seasons": Option<Vec<SeasonCount>>, Items(limits::MAX_SEASONS);
            /// A summary of the plot.
            11 plot "plot": Option<String>, Text(limits::MAX_PLOT_BYTES);
            /// The address of the poster, with http or https.
            12 poster "poster": Option<String>, Address;
            /// The spoken languages, separated by commas.
            13 language "language": Option<String>, Text(limits::MAX_TITLE_BYTES);
            /// The countries of production, separated by commas.
            14 country "country": Option<String>, Text(limits::MAX_TITLE_BYTES);
            /// The age rating, such as `R`.
            15 rated "rated": Option<String>, Text(limits::MAX_LABEL_BYTES);
            /// The awards, as a text.
            16 awards "awards": Option<String>, Text(limits::MAX_TITLE_BYTES);
            /// The address of the website, with http or https.
            17 website "website": Option<String>, Address;
        }
    };
}

macro_rules! details {
    ($($(#[doc = $doc:literal])+ $number:literal $field:ident $name:literal: $type:ty, $rule:ident $(($max:expr))?;)*) => {
        /// The fields of a movie beyond [`Fields`]. A [`FullMovie`](super::FullMovie) checks them.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Details {
            $($(#[doc = $doc])+
            #[serde(rename = $name)]
            pub $field: $type,)*
        }

        /// The fields beyond [`Fields`] in their order.
        pub static DETAIL_FIELDS: &[FieldDescription] = &[$(FieldDescription {
            name: $name,
            doc: concat!($($doc),+),
            json: <$type as DetailValue>::JSON,
            is_plain: <$type as DetailValue>::IS_PLAIN,
            keys: <$type as DetailValue>::KEYS,
        }),*];

        impl Details {
            /// Whether all fields are unknown.
            pub fn is_empty(&self) -> bool {
                true $(&& DetailValue::is_unknown(&self.$field))*
            }

            /// Checks every rule.
            ///
            /// # Errors
            /// The first one that is broken.
            pub fn check(&self) -> Result<(), MovieError> {
                $(DetailValue::check(&self.$field, $name, Rule::$rule $(($max))?)?;)*
                Ok(())
            }

            /// Sets a field to unknown if it breaks its rule.
            ///
            /// # Errors
            /// The rule.
            pub fn check_or_clear(&mut self, name: &str) -> Result<(), MovieError> {
                match name {
                    $($name => {
                        let rule = Rule::$rule $(($max))?;
                        DetailValue::check(&self.$field, $name, rule)
                            .inspect_err(|_| self.$field = Default::default())
                    })*
                    _ => Ok(()),
                }
            }

            /// The text of a plain field, as a cell of a table holds it. Empty when it is
            /// unknown, or not plain.
            pub fn plain(&self, name: &str) -> Cow<'_, str> {
                match name {
                    $($name => DetailValue::to_plain(&self.$field),)*
                    _ => Cow::Borrowed(""),
                }
            }

            /// Sets a plain field from the text of a cell.
            ///
            /// # Errors
            /// A text that is no value of the field, or a field that is not plain.
            pub fn set_plain(&mut self, name: &str, text: &str) -> Result<(), MovieError> {
                match name {
                    $($name => self.$field = DetailValue::from_plain($name, text)?,)*
                    _ => return Err(MovieError::NotPlain(name.to_owned())),
                }
                Ok(())
            }

            /// Takes the known fields of `other`, and all fields in `replaces`. Returns the number
            /// of known fields that became unknown.
            pub fn update(&mut self, other: Details, replaces: impl Fn(&'static str) -> bool) -> u64 {
                let mut forgotten = 0;
                $(let is_known = !DetailValue::is_unknown(&other.$field);
                if is_known || replaces($name) {
                    let was_known = !DetailValue::is_unknown(&self.$field);
                    forgotten += u64::from(was_known && !is_known);
                    self.$field = other.$field;
                })*
                forgotten
            }

            /// The approximate memory of the texts and lists, in bytes.
            pub fn bytes(&self) -> usize {
                0 $(+ DetailValue::bytes(&self.$field))*
            }

            /// Calls `each` with the number and the postcard form of each known field.
            pub(super) fn for_each_known(&self, mut each: impl FnMut(u32, &[u8])) {
                let mut value = Vec::new();
                $(if !DetailValue::is_unknown(&self.$field) {
                    value.clear();
                    value = postcard::to_extend(&self.$field, value)
                        .expect("writing to a vector cannot fail");
                    each($number, &value);
                })*
            }

            /// Sets the field of that number from its postcard form. A number of a later
            /// version is ignored.
            pub(super) fn set_known(&mut self, number: u32, value: &[u8]) -> postcard::Result<()> {
                match number {
                    $($number => self.$field = whole(value)?,)*
                    _ => {}
                }
                Ok(())
            }
        }
    };
}

for_each_detail!(details);

impl Details {
    /// Calls `each` with the name and the full name of each person.
    pub fn for_each_person(&mut self, mut each: impl FnMut(&String, &mut Option<String>)) {
        for person in self.directors.iter_mut().chain(&mut self.writers) {
            each(&person.name, &mut person.person);
        }
        for person in &mut self.cast {
            each(&person.name, &mut person.person);
        }
        for person in &mut self.crew {
            each(&person.name, &mut person.person);
        }
    }
}

/// Reads one value from all of the bytes.
fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> postcard::Result<T> {
    match postcard::take_from_bytes(bytes)? {
        (value, []) => Ok(value),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

/// The field of that name, of a movie's plain fields or of its details.
pub fn field(name: &str) -> Option<&'static FieldDescription> {
    fields().find(|field| field.name == name)
}

/// All fields of a movie in their order.
pub fn fields() -> impl Iterator<Item = &'static FieldDescription> {
    Fields::FIELDS.iter().chain(DETAIL_FIELDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::testing::full_details;
    use std::collections::HashSet;

    #[test]
    fn every_field_has_a_name_of_its_own() {
        let names: HashSet<&str> = fields().map(|field| field.name).collect();
        assert_eq!(names.len(), fields().count());
        assert_eq!(field("plot").unwrap().json, "text or null");
        assert!(field("plott").is_none());
    }

    #[test]
    fn a_plain_field_comes_back_from_its_text() {
        let details = full_details();
        let mut copy = Details::default();
        for field in DETAIL_FIELDS {
            let text = details.plain(field.name);
            assert_eq!(field.is_plain, !text.is_empty(), "{}", field.name);
            assert_eq!(copy.set_plain(field.name, &text).is_ok(), field.is_plain);
        }
        let mut lists = details.clone();
        assert_eq!(lists.update(copy.clone(), |_| false), 0);
        assert_eq!(lists, details);
        let cleared = lists.update(Details::default(), |name| matches!(name, "plot" | "cast"));
        assert!(cleared == 2 && lists.plot.is_none() && lists.cast.is_empty());
        assert_eq!(lists.rated, details.rated);
        lists.website = Some("no address".to_owned());
        assert!(lists.check_or_clear("website").is_err() && lists.website.is_none());
        assert!(!copy.is_empty() && Details::default().is_empty());
        assert!(copy.bytes() < details.bytes());
        for (name, text) in [("adult", "perhaps"), ("ended", "soon"), ("", "a")] {
            assert!(copy.set_plain(name, text).is_err(), "{name}");
        }
    }
}
