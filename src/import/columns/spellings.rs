//! The names that columns usually have.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::import::field::Field;

/// Columns known to hold each field, as [`spelling`] writes them, the best first.
const KNOWN_SPELLINGS: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &[
            "name",
            "tconst",
            "const",
            "imdbid",
            "imdbtitleid",
            "idsimdb",
            "externalidsimdbid",
            "imdb",
            "imdbconst",
            "titleid",
            "movieid",
            "filmid",
            "tmdbid",
            "idstmdb",
            "idstrakt",
            "showid",
            "id",
        ],
    ),
    (
        Field::Title,
        &[
            "title",
            "primarytitle",
            "movietitle",
            "filmtitle",
            "seriestitle",
            "moviename",
            "filmname",
            "movie",
            "film",
            "movies",
            "films",
            "titles",
            "titlename",
            "titulo",
            "titre",
            "titel",
            "titolo",
            "tytul",
            "nombre",
            "pelicula",
            "filmtitel",
            "filme",
            "название",
            "片名",
            "タイトル",
        ],
    ),
    (
        Field::OriginalTitle,
        &[
            "originaltitle",
            "originalname",
            "titreoriginal",
            "originaltitel",
            "titulooriginal",
            "titolooriginale",
        ],
    ),
    (
        Field::Released,
        &[
            "released",
            "releasedate",
            "datereleased",
            "dateofrelease",
            "releasedat",
            "releasedon",
            "firstairdate",
            "premiered",
            "premieredate",
            "releaseyear",
            "releasedyear",
            "yearofrelease",
            "startyear",
            "titleyear",
            "movieyear",
            "filmyear",
            "year",
            "yearreleased",
            "productionyear",
            "yr",
            "jahr",
            "erscheinungsjahr",
            "produktionsjahr",
            "ano",
            "anno",
            "annee",
            "rok",
            "год",
            "erscheinungsdatum",
            "fechadeestreno",
            "datedesortie",
            "date",
        ],
    ),
    (
        Field::RuntimeMinutes,
        &[
            "runtimeminutes",
            "runtimemins",
            "runtimemin",
            "runtime",
            "runningtimeminutes",
            "runningtimemins",
            "runningtimemin",
            "runningtime",
            "durationminutes",
            "durationmins",
            "durationmin",
            "duration",
            "lengthminutes",
            "lengthmin",
            "length",
            "minutes",
            "laufzeit",
            "laufzeitmin",
            "spieldauer",
            "dauer",
            "duracion",
            "duracao",
            "duree",
            "durata",
        ],
    ),
    (
        Field::Genres,
        &[
            "genres",
            "genre",
            "majorgenre",
            "maingenre",
            "listedin",
            "genero",
            "generos",
            "genere",
            "generi",
            "gattung",
            "category",
            "categories",
            "kategorie",
        ],
    ),
    (
        Field::Rating,
        &[
            "imdbrating",
            "imdbscore",
            "imdbratings",
            "averagerating",
            "averagevote",
            "voteaverage",
            "avgvote",
            "avgrating",
            "communityrating",
            "rating",
            "score",
            "userscore",
            "userrating",
            "bewertung",
            "wertung",
            "nota",
            "calificacion",
            "puntuacion",
            "voto",
            "yourrating",
            "myrating",
            "myscore",
        ],
    ),
    (
        Field::Votes,
        &[
            "imdbvotes",
            "numvotes",
            "votecount",
            "votescount",
            "numvotedusers",
            "numberofvotes",
            "noofvotes",
            "totalvotes",
            "ratingcount",
            "ratingscount",
            "numratings",
            "votes",
            "stimmen",
            "votos",
        ],
    ),
];

/// The columns known to hold a field.
pub(crate) fn known_spellings(field: Field) -> &'static [&'static str] {
    let row = KNOWN_SPELLINGS.iter().find(|(of, _)| *of == field);
    row.map_or(&[], |(_, spellings)| spellings)
}

/// The place of a spelled column among the known ones.
pub(crate) fn rank(spelled: &str, field: Field) -> Option<usize> {
    known_spellings(field)
        .iter()
        .position(|known| *known == spelled)
}

/// Text without case, accents, spaces and punctuation: `Running Time min` and
/// `running_time_min` are the same column, `Amélie` and `AMELIE` the same title.
pub fn spelling(column: &str) -> String {
    if column.is_ascii() {
        let letters = column.chars().filter(char::is_ascii_alphanumeric);
        return letters.map(|c| c.to_ascii_lowercase()).collect();
    }
    column
        .nfkd()
        .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_documentation_lists_every_spelling() {
        let page = include_str!("../../../docs/importing.md");
        for field in Field::ALL {
            let spellings = known_spellings(field).join("`, `");
            let row = format!("| `{field}` | `{spellings}` |");
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn accents_and_punctuation_do_not_matter() {
        for (column, spelled) in [
            ("Runtime (mins)", "runtimemins"),
            ("Título", "titulo"),
            ("Durée", "duree"),
            ("ids.imdb", "idsimdb"),
            ("Année", "annee"),
            ("タイトル", "タイトル"),
        ] {
            assert_eq!(spelling(column), spelled);
        }
    }
}
