//! The names that columns usually have.

use crate::import::field::Field;

/// Columns known to hold the field, as [`spelling`] writes them, the best first.
pub(crate) fn known_spellings(field: Field) -> &'static [&'static str] {
    match field {
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

/// A column's name without case, spaces and punctuation: `Running Time min` and
/// `running_time_min` are the same column.
pub(crate) fn spelling(column: &str) -> String {
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
        let page = include_str!("../../../docs/importing.md");
        for field in Field::ALL {
            let spellings = known_spellings(field).join("`, `");
            assert!(
                page.contains(&format!("| `{field}` | `{spellings}` |")),
                "{field}"
            );
        }
    }

    #[test]
    fn no_spelling_is_known_for_two_fields_or_written_as_no_column_is() {
        let all = Field::ALL.iter().flat_map(|field| known_spellings(*field));
        let mut seen = Vec::new();
        for known in all {
            assert_eq!(spelling(known), *known);
            assert!(!seen.contains(&known), "{known}");
            seen.push(known);
        }
    }
}
