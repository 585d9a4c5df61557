//! Any bytes as a file to import.

use std::path::Path;

use catalogue::import::{self, ImportOptions};
use catalogue::movie::Movie;

/// The start of a file of each format, so that any bytes are read as that format.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// Any file, compressed ones included.
    Any,
    /// A table whose columns feed all fields.
    Table,
    /// A JSON object, in which lists and objects by id may follow.
    Json,
    /// An element of a movie.
    Xml,
    /// A list of titles.
    Titles,
    /// A table in Shift-JIS.
    Encoded,
}

impl Start {
    /// Every start, for a test that tries them all.
    pub const ALL: [Start; 6] = [
        Start::Any,
        Start::Table,
        Start::Json,
        Start::Xml,
        Start::Titles,
        Start::Encoded,
    ];

    fn bytes(self) -> &'static [u8] {
        match self {
            Start::Any => b"",
            Start::Table | Start::Encoded => {
                b"title,date,akas,director,stars,crew,plot,id,runtime,genres,rating,votes,type,adult,\
                  ended,writer,poster,language,country,rated,awards,website\n\
                  Alien,25/06/1979,\"['A', '[B]']\",\"A B, C (D)\",\"[{'name': 'A', 'role': 'B'}]\",\
                  A,<b>A</b>,1,2h,\"['War']\",8/10,1.2M,movie,0,1980,A & B,/a.jpg,en|fr,\"['A']\",\
                  PG,A,www.a.example\n"
            }
            Start::Json => {
                b"{\"movies\":[{\"title\":\"Alien\",\"ids\":{\"imdb\":\"tt0000001\"},\"akas\":[{\"title\":\"A\",\
                  \"types\":[\"b\"]}],\"directors\":[\"A\"],\"cast\":[{\"name\":\"A\",\"characters\":[\"B\"]}],\
                  \"crew\":[{\"name\":\"A\",\"job\":\"Director\"}],\"plot\":\"A\",\"type\":\"movie\",\
                  \"images\":[{\"coverType\":\"poster\",\"url\":\"A\"}],\"ended\":1980,\"series\":{\"name\":\"A\"}},"
            }
            Start::Xml => {
                b"<movie><title>Alien</title><plot>A</plot><director>A</director><actor><name>A</name>\
                  <role>B</role></actor><thumb aspect=\"poster\">A</thumb><mpaa>A</mpaa>"
            }
            Start::Titles => b"Alien (1979)\n",
        }
    }
}

/// The first byte chooses the options, the others are the file, which is written to
/// `path`.
pub fn check(path: &Path, data: &[u8]) {
    check_from(path, Start::Any, data);
}

/// The same for a file that begins like one of a format.
pub fn check_from(path: &Path, start: Start, data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let file = [start.bytes(), rest].concat();
    std::fs::write(path, &file).unwrap();
    let options = options(*choice, start);
    let mut movies = match import::open(path, &options) {
        Ok(movies) => movies,
        Err(error) => return is_one_line(&error.to_string()),
    };
    // Every row takes at least a byte, except in compressed files.
    let is_compressed = [&b"\x1f\x8b"[..], b"PK", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"]
        .iter()
        .any(|magic| file.starts_with(magic));
    let mut number = 0;
    while let Some(row) = movies.next_view() {
        assert!(is_compressed || number <= file.len(), "it would never end");
        number += 1;
        match row {
            Ok(row) => {
                let movie = row.movie.to_movie().expect("every row is checked");
                assert_eq!(movie.id, 0);
                assert!(movie.name.starts_with(&options.prefix));
                assert_eq!(Movie::new(movie.clone().into_fields()), Ok(movie));
                if let Some(details) = row.details {
                    assert_eq!(details.check(), Ok(()));
                }
            }
            Err(error) => is_one_line(&error.to_string()),
        }
    }
}

fn options(choice: u8, start: Start) -> ImportOptions {
    let mut options = ImportOptions {
        lenient: choice & 8 != 0,
        ..ImportOptions::default()
    };
    if choice & 1 != 0 {
        options.prefix = "x-".to_owned();
    }
    if choice & 2 != 0 {
        options.maps = ["released=", "title=Name"]
            .map(|map| map.parse().unwrap())
            .to_vec();
    }
    if choice & 4 != 0 {
        options.key = Some("key".to_owned());
    }
    if choice & 16 != 0 {
        options.columns = ["title", "-", "year"].map(str::to_owned).to_vec();
    }
    if choice & 32 != 0 {
        options.skip_lines = 1;
    }
    if choice & 64 != 0 {
        options.rating_scale = Some(5.0);
    }
    if choice & 128 != 0 {
        options.dates = "day-first".parse().ok();
    }
    if let Start::Encoded = start {
        options.encoding = Some("shift_jis".to_owned());
    }
    options
}

fn is_one_line(words: &str) {
    assert!(!words.is_empty() && !words.contains('\n'), "{words:?}");
    assert!(words.len() < 4_096, "{} bytes of {words:.100}", words.len());
}
