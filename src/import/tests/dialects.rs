//! A random catalogue, written in every dialect that the importer reads, comes back
//! the same.

use proptest::prelude::*;

use super::*;
use crate::config::limits;
use crate::movie::{Fields, Released};

/// How a table is written.
#[derive(Clone, Debug)]
struct TableDialect {
    separator: &'static str,
    line_end: &'static str,
    /// Whether a backslash marks a quote inside quotes; otherwise it is doubled.
    backslash: bool,
    /// Whether every value is in quotes.
    quote_all: bool,
    preamble: &'static str,
    /// Whether dates are like `13/06/1980`, with one date that says so.
    day_first: bool,
    genres: GenreDialect,
}

#[derive(Clone, Copy, Debug)]
enum GenreDialect {
    Pipes,
    Json,
    Python,
    PythonDicts,
    Postgres,
}

impl GenreDialect {
    fn write(self, genres: &[String]) -> String {
        let all =
            |one: &dyn Fn(&String) -> String| genres.iter().map(one).collect::<Vec<_>>().join(", ");
        match self {
            GenreDialect::Pipes => genres.join("|"),
            GenreDialect::Json => serde_json::to_string(genres).unwrap(),
            GenreDialect::Python => format!("[{}]", all(&|genre| format!("'{genre}'"))),
            GenreDialect::PythonDicts => {
                format!(
                    "[{}]",
                    all(&|genre| format!("{{'id': 1, 'name': '{genre}'}}"))
                )
            }
            GenreDialect::Postgres if genres.is_empty() => "{}".to_owned(),
            GenreDialect::Postgres => format!("{{{}}}", all(&|genre| format!("\"{genre}\""))),
        }
    }
}

impl TableDialect {
    fn value(&self, text: &str) -> String {
        let is_plain = !text.contains(self.separator)
            && !text.contains(['"', '\\', '\r', '\n'])
            && !text.starts_with([' ', '#'])
            && !text.ends_with(' ');
        if is_plain && !self.quote_all {
            return text.to_owned();
        }
        let inside = if self.backslash {
            text.replace('\\', "\\\\").replace('"', "\\\"")
        } else {
            text.replace('"', "\"\"")
        };
        format!("\"{inside}\"")
    }

    fn date(&self, released: Option<Released>) -> String {
        let iso = released.map(|date| date.to_string()).unwrap_or_default();
        match iso.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] if self.day_first => format!("{day}/{month}/{year}"),
            _ => iso,
        }
    }

    fn write(&self, movies: &[Movie]) -> String {
        let line = |values: &[String]| {
            let values: Vec<String> = values.iter().map(|value| self.value(value)).collect();
            values.join(self.separator) + self.line_end
        };
        let header = [
            "Const",
            "Title",
            "Release Date",
            "Runtime (mins)",
            "Genres",
            "Rating",
            "Votes",
        ];
        let mut text = self.preamble.replace('\n', self.line_end);
        text += &line(&header.map(str::to_owned));
        for movie in movies {
            let number = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
            text += &line(&[
                movie.name.clone(),
                movie.title.clone(),
                self.date(movie.released),
                number(movie.runtime_minutes),
                self.genres.write(&movie.genres),
                movie
                    .rating
                    .map(|rating| rating.to_string())
                    .unwrap_or_default(),
                number(movie.votes),
            ]);
        }
        text
    }
}

fn any_dialect() -> impl Strategy<Value = TableDialect> {
    use GenreDialect::*;
    (
        prop::sample::select(vec![",", ";", "\t", "|", "::"]),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec!["", "\n\n", "# a comment\n", "My films\n\n"]),
        any::<bool>(),
        prop::sample::select(vec![Pipes, Json, Python, PythonDicts, Postgres]),
    )
        .prop_map(
            |(separator, line_end, backslash, quote_all, preamble, day_first, genres)| {
                TableDialect {
                    separator,
                    line_end,
                    backslash,
                    quote_all,
                    preamble,
                    day_first,
                    genres,
                }
            },
        )
}

/// A title that no rule of reading changes.
fn any_title() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "A", "b", "Kite", "1999", " ", ",", ";", "|", "::", "\"", "'", "\\", "#", "&", "é", "七",
        "[", "}", "(x)", "/", "-", "N/A", "The",
    ]);
    prop::collection::vec(piece, 1..8)
        .prop_map(|pieces| format!("T{}", pieces.concat()))
        .prop_map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "))
        .prop_filter("a title with a year is split", |title| {
            !title.ends_with(')')
        })
}

fn any_movies() -> impl Strategy<Value = Vec<Movie>> {
    let date = (1900_u16..2030, 1_u8..=12, 1_u8..=28)
        .prop_map(|(year, month, day)| Released::new(year, Some(month), Some(day)).unwrap());
    let genre = prop::sample::select(vec!["Drama", "Science Fiction", "Film-Noir", "Komödie"]);
    let genres = prop::collection::btree_set(genre, 0..4);
    let movie = (
        any_title(),
        prop::option::of(date),
        prop::option::of(1..=limits::MAX_RUNTIME_MINUTES),
        genres,
        prop::option::of(0_u8..=100),
        prop::option::of(any::<u32>()),
    );
    prop::collection::vec(movie, 1..20).prop_map(|movies| {
        let first = (
            "T \"quoted\" title".to_owned(),
            Released::new(1980, Some(6), Some(13)),
            None,
            Default::default(),
            None,
            None,
        );
        let all = std::iter::once(first).chain(movies).enumerate();
        all.map(
            |(place, (title, released, runtime_minutes, genres, rating, votes))| {
                Movie::new(Fields {
                    name: format!("k{place}"),
                    title,
                    released,
                    runtime_minutes,
                    genres: genres.into_iter().map(str::to_owned).collect(),
                    rating: rating.map(|tenths| f64::from(tenths) / 10.0),
                    votes,
                    ..Fields::default()
                })
                .unwrap()
            },
        )
        .collect()
    })
}

/// The movies of a file.
fn imported(text: &[u8]) -> Vec<Movie> {
    let files = Files::new();
    let rows = open(&files.write("f", text), &ImportOptions::default());
    let rows = rows.unwrap_or_else(|error| panic!("{error}"));
    rows.map(|row| row.unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

/// The objects of all movies, with `key` as the key of the name.
fn objects(movies: &[Movie], key: &str) -> Vec<String> {
    let object = |movie: &Movie| {
        movie
            .to_json()
            .replacen("\"name\":", &format!("\"{key}\":"), 1)
    };
    movies
        .iter()
        .map(object)
        .map(|object| object.replacen("\"id\":0,", "", 1))
        .collect()
}

fn xml(movies: &[Movie]) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let element = |name: &str, text: Option<String>| {
        text.map(|text| format!("<{name}>{}</{name}>\n", escaped(&text)))
            .unwrap_or_default()
    };
    let movie = |movie: &Movie| {
        let genres: String = movie
            .genres
            .iter()
            .map(|genre| element("genre", Some(genre.clone())))
            .collect();
        [
            "<movie>\n".to_owned(),
            element("title", Some(movie.title.clone())),
            element("uniqueid", Some(movie.name.clone())),
            element("premiered", movie.released.map(|date| date.to_string())),
            element(
                "runtime",
                movie.runtime_minutes.map(|minutes| minutes.to_string()),
            ),
            genres,
            element("rating", movie.rating.map(|rating| rating.to_string())),
            element("votes", movie.votes.map(|votes| votes.to_string())),
            "</movie>\n".to_owned(),
        ]
        .concat()
    };
    format!(
        "<videodb>\n{}</videodb>\n",
        movies.iter().map(movie).collect::<String>()
    )
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_of_any_dialect_comes_back(movies in any_movies(), dialect in any_dialect()) {
        let text = dialect.write(&movies);
        for bytes in [text.clone().into_bytes(), utf16(&text), gzip(text.as_bytes())] {
            prop_assert_eq!(&imported(&bytes), &movies, "{}", text);
        }
    }

    #[test]
    fn json_of_any_shape_comes_back(movies in any_movies()) {
        let objects = objects(&movies, "imdb_title_id_of_mine");
        let objects: Vec<String> = objects.iter().map(|object| object.replace("imdb_title_id_of_mine", "movieId")).collect();
        let by_id: Vec<String> = movies.iter().zip(&objects).map(|(movie, object)| {
            let key = format!("\"movieId\":\"{}\",", movie.name);
            format!("\"{}\": {}", movie.name, object.replacen(&key, "", 1))
        }).collect();
        for text in [
            format!("[{}]", objects.join(",\n")),
            objects.join("\n"),
            objects.join("\n").replace(",\"title\"", ",\n\"title\""),
            format!("{{\"count\": 3, \"movies\": [{}], \"end\": {{}}}}", objects.join(", ")),
            format!("{{\"data\": {{\"films\": [{}]}}}}", objects.join(", ")),
            format!("[{}]", objects.iter().map(|o| format!("{{\"rank\": 1, \"movie\": {o}}}")).collect::<Vec<_>>().join(",")),
            format!("{{{}}}", by_id.join(",\n")),
        ] {
            prop_assert_eq!(&imported(text.as_bytes()), &movies, "{}", text);
        }
    }

    #[test]
    fn xml_comes_back(movies in any_movies()) {
        let text = xml(&movies);
        prop_assert_eq!(&imported(text.as_bytes()), &movies, "{}", text);
    }
}
