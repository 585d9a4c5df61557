//! The fields of a movie that a file can give.

use std::fmt;

use crate::movie::{self, FieldDescription};

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $field:ident $name:literal,)*) => {
        /// A field of a movie that a file can contain.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[doc = $doc])+ $field,)*
        }

        impl Field {
            /// Every field, in the order of [`movie::fields`].
            pub const ALL: [Field; [$($name),*].len()] = [$(Field::$field),*];

            /// The name of the field, as in the JSON of a movie.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Field::$field => $name,)*
                }
            }
        }
    };
}

fields! {
    /// The key of the movie.
    Name "name",
    /// The title.
    Title "title",
    /// The title in its own language.
    OriginalTitle "original_title",
    /// The date of release.
    Released "released",
    /// The running time.
    RuntimeMinutes "runtime_minutes",
    /// The genres.
    Genres "genres",
    /// The rating.
    Rating "rating",
    /// The number of ratings.
    Votes "votes",
    /// The type of the title.
    Kind "type",
    /// Whether the movie is for adults only.
    Adult "adult",
    /// The end of a series.
    Ended "ended",
    /// Other titles.
    Akas "akas",
    /// The directors.
    Directors "directors",
    /// The writers.
    Writers "writers",
    /// The cast.
    Cast "cast",
    /// Other credits.
    Crew "crew",
    /// A summary of the plot.
    Plot "plot",
    /// The address of the poster.
    Poster "poster",
    /// The languages.
    Language "language",
    /// The countries.
    Country "country",
    /// The age rating.
    Rated "rated",
    /// The awards.
    Awards "awards",
    /// The address of the website.
    Website "website",
}

impl Field {
    /// The field with that name.
    pub fn from_name(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// The plain fields. They show whether a table or an object contains movies.
    pub(super) fn plain() -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(|field| !field.is_detail())
    }

    /// The description of the field in the protocol.
    pub fn description(self) -> &'static FieldDescription {
        movie::field(self.as_str()).expect("a test compares the names")
    }

    /// Whether the field is one of the details.
    pub fn is_detail(self) -> bool {
        self > Field::Votes
    }

    /// Whether a row with an empty best column uses the next one. This is not the case for ratings,
    /// because two columns can be ratings of different people.
    pub(super) fn has_alternatives(self) -> bool {
        let is_plain_one = matches!(
            self,
            Field::Released | Field::RuntimeMinutes | Field::Genres
        );
        is_plain_one || self.is_detail()
    }

    /// Whether the field uses all of its columns, such as `Star1` and `Star2`.
    pub(super) fn joins_columns(self) -> bool {
        use Field::{Akas, Cast, Crew, Directors, Writers};
        matches!(self, Akas | Directors | Writers | Cast | Crew)
    }

    /// Whether a JSON object is one value of the field, and not an object with columns.
    pub(super) fn takes_objects(self) -> bool {
        let is_list_of_names = matches!(self, Field::Genres | Field::Language | Field::Country);
        is_list_of_names || self.joins_columns()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_can_give_every_field_that_is_not_derived() {
        let derived = ["id", "series", "seasons"];
        let described = movie::fields().map(|field| field.name);
        let given: Vec<&str> = described.filter(|name| !derived.contains(name)).collect();
        assert_eq!(Field::ALL.map(Field::as_str).as_slice(), given);
        let details = Field::ALL.iter().filter(|field| field.is_detail());
        assert_eq!(details.count(), movie::DETAIL_FIELDS.len() - 2);
    }
}
