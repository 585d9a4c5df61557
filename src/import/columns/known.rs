//! Layouts of well-known files.

use crate::import::field::Field;

/// A layout that needs more than the table of spellings.
#[derive(Debug)]
pub(crate) struct KnownLayout {
    /// Its name, for the summary.
    pub name: &'static str,
    /// Columns that it has, as [`spelling`](super::spellings::spelling) writes them.
    columns: &'static [&'static str],
    /// The column of the key, where it is not the best spelling.
    pub key: Option<&'static str>,
    /// Columns whose names are misleading: they do not have values of that field.
    pub excluded: &'static [(Field, &'static str)],
    /// Columns with a name that does not describe their contents.
    pub fed: &'static [(Field, &'static str)],
    /// The best rating; `None` for 10.
    pub rating_scale: Option<f64>,
    /// Whether rows of the same title and year are the same movie.
    pub is_title_unique: bool,
    /// Whether the published file has values that are none, which are left unknown.
    pub is_lenient: bool,
}

const PLAIN: KnownLayout = KnownLayout {
    name: "",
    columns: &[],
    key: None,
    excluded: &[],
    fed: &[],
    rating_scale: None,
    is_title_unique: false,
    is_lenient: false,
};

/// The date of Letterboxd is the day on which a user logged the movie, and the description of an
/// entry is a comment of the user.
const LETTERBOXD: KnownLayout = KnownLayout {
    excluded: &[(Field::Released, "date"), (Field::Plot, "description")],
    rating_scale: Some(5.0),
    is_title_unique: true,
    ..PLAIN
};

/// The first layout whose columns a file has is taken.
const KNOWN: &[KnownLayout] = &[
    KnownLayout {
        name: "Letterboxd's diary",
        columns: &["name", "year", "letterboxduri", "watcheddate"],
        ..LETTERBOXD
    },
    KnownLayout {
        name: "Letterboxd's ratings",
        columns: &["date", "name", "year", "letterboxduri", "rating"],
        ..LETTERBOXD
    },
    KnownLayout {
        name: "Letterboxd's watched movies",
        columns: &["date", "name", "year", "letterboxduri"],
        ..LETTERBOXD
    },
    KnownLayout {
        name: "a list of Letterboxd",
        columns: &["position", "name", "year", "url"],
        ..LETTERBOXD
    },
    KnownLayout {
        name: "IMDb's export of ratings",
        columns: &["const", "yourrating", "daterated", "title"],
        excluded: &[(Field::Plot, "description")],
        ..PLAIN
    },
    KnownLayout {
        name: "IMDb's export of a list",
        columns: &["position", "const", "title"],
        // A comment of the user.
        excluded: &[(Field::Plot, "description")],
        ..PLAIN
    },
    KnownLayout {
        name: "IMDb's title.basics",
        columns: &["tconst", "titletype", "primarytitle"],
        ..PLAIN
    },
    KnownLayout {
        name: "MovieLens's movies.csv",
        columns: &["movieid", "title", "genres"],
        key: Some("movieid"),
        ..PLAIN
    },
    KnownLayout {
        name: "Kaggle's movies_metadata.csv",
        columns: &[
            "belongstocollection",
            "id",
            "imdbid",
            "title",
            "voteaverage",
        ],
        is_lenient: true,
        ..PLAIN
    },
    KnownLayout {
        name: "Kaggle's IMDb movies.csv",
        columns: &["imdbtitleid", "datepublished", "avgvote", "title"],
        is_lenient: true,
        ..PLAIN
    },
    KnownLayout {
        name: "tmdb_5000_movies.csv",
        columns: &[
            "homepage",
            "id",
            "keywords",
            "originaltitle",
            "title",
            "voteaverage",
        ],
        ..PLAIN
    },
    KnownLayout {
        name: "imdb_top_1000.csv",
        columns: &["seriestitle", "releasedyear", "noofvotes"],
        is_lenient: true,
        ..PLAIN
    },
    KnownLayout {
        name: "netflix_titles.csv",
        columns: &["showid", "type", "title", "releaseyear", "listedin"],
        // The rating is a certificate such as `PG-13`.
        excluded: &[(Field::Rating, "rating")],
        fed: &[(Field::Rated, "rating")],
        ..PLAIN
    },
    KnownLayout {
        name: "TMDB's daily ids",
        columns: &["adult", "id", "originaltitle", "popularity", "video"],
        ..PLAIN
    },
    KnownLayout {
        name: "answers of OMDb",
        columns: &["title", "imdbid", "imdbrating", "response"],
        ..PLAIN
    },
    KnownLayout {
        name: "Meilisearch's movies",
        columns: &["id", "title", "overview", "poster", "releasedate"],
        ..PLAIN
    },
    KnownLayout {
        name: "Trakt's export",
        columns: &["idstrakt", "idsslug", "title"],
        ..PLAIN
    },
    KnownLayout {
        name: "Wikipedia's movie plots",
        columns: &["releaseyear", "title", "originethnicity", "plot"],
        ..PLAIN
    },
    KnownLayout {
        name: "Wikipedia's movie data",
        columns: &["title", "year", "cast", "genres"],
        ..PLAIN
    },
];

/// The known layout of a file with these spelled columns.
pub(crate) fn find(spelled: &[String]) -> Option<&'static KnownLayout> {
    let has = |column: &&str| spelled.iter().any(|known| known == column);
    KNOWN.iter().find(|layout| layout.columns.iter().all(has))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_layout() {
        let page = include_str!("../../../docs/importing.md");
        for layout in KNOWN {
            assert!(page.contains(layout.name), "{}", layout.name);
        }
    }
}
