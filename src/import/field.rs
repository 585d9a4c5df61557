//! The fields that a file can give, and the names that their columns usually have.

use std::fmt;

/// A field of a movie that a file can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The reference by which the movie is asked for.
    Name,
    /// The title.
    Title,
    /// The title in its own language.
    OriginalTitle,
    /// The date of release.
    Released,
    /// The running time.
    RuntimeMinutes,
    /// The genres.
    Genres,
    /// The rating.
    Rating,
    /// How many people gave a rating.
    Votes,
}

impl Field {
    /// Every field, in the order of [`Fields`](crate::movie::Fields).
    pub const ALL: [Field; 8] = [
        Field::Name,
        Field::Title,
        Field::OriginalTitle,
        Field::Released,
        Field::RuntimeMinutes,
        Field::Genres,
        Field::Rating,
        Field::Votes,
    ];

    /// Its name, as in the JSON of a movie.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Title => "title",
            Field::OriginalTitle => "original_title",
            Field::Released => "released",
            Field::RuntimeMinutes => "runtime_minutes",
            Field::Genres => "genres",
            Field::Rating => "rating",
            Field::Votes => "votes",
        }
    }

    /// The field of that name.
    pub fn named(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// Columns known to hold it, as [`spelling`] writes them, the best first.
    pub(super) fn spellings(self) -> &'static [&'static str] {
        match self {
            Field::Name => &["name", "tconst", "movieid"],
            Field::Title => &[
                "title",
                "primarytitle",
                "movietitle",
                "filmtitle",
                "moviename",
            ],
            Field::OriginalTitle => &["originaltitle", "originalname"],
            Field::Released => &[
                "released",
                "releasedate",
                "datereleased",
                "releaseyear",
                "yearofrelease",
                "startyear",
                "titleyear",
                "year",
                "date",
            ],
            Field::RuntimeMinutes => &[
                "runtimeminutes",
                "runtimemins",
                "runtimemin",
                "runtime",
                "runningtimeminutes",
                "runningtimemin",
                "runningtime",
                "durationminutes",
                "durationmin",
                "duration",
            ],
            Field::Genres => &["genres", "genre", "majorgenre", "maingenre"],
            Field::Rating => &[
                "imdbrating",
                "imdbscore",
                "averagerating",
                "voteaverage",
                "avgvote",
                "rating",
            ],
            Field::Votes => &[
                "imdbvotes",
                "numvotes",
                "votecount",
                "numvotedusers",
                "numberofvotes",
                "votes",
            ],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A column's name without case, spaces and punctuation: `Running Time min` and
/// `running_time_min` are the same column.
pub(super) fn spelling(column: &str) -> String {
    column
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_spelling() {
        let page = include_str!("../../docs/importing.md");
        for field in Field::ALL {
            let spellings = field.spellings().join("`, `");
            assert!(
                page.contains(&format!("| `{field}` | `{spellings}` |")),
                "{field}"
            );
        }
    }

    #[test]
    fn no_spelling_is_known_for_two_fields_or_written_as_no_column_is() {
        let all = Field::ALL.iter().flat_map(|field| field.spellings());
        let mut seen = Vec::new();
        for known in all {
            assert_eq!(spelling(known), *known);
            assert!(!seen.contains(&known), "{known}");
            seen.push(known);
        }
    }
}
