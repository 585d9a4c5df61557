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
                b"id,title,date,runtime,genres,rating,votes\n1,Alien,25/06/1979,2h,\"['War']\",8/10,1.2M\n"
            }
            Start::Json => b"{\"movies\":[{\"title\":\"Alien\",\"ids\":{\"imdb\":\"tt0000001\"}},",
            Start::Xml => b"<movie><title>Alien</title>",
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
    let movies = match import::open(path, &options) {
        Ok(movies) => movies,
        Err(error) => return is_one_line(&error.to_string()),
    };
    // Every row takes at least a byte, except in compressed files.
    let is_compressed = [&b"\x1f\x8b"[..], b"PK", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"]
        .iter()
        .any(|magic| file.starts_with(magic));
    for (number, movie) in movies.enumerate() {
        assert!(is_compressed || number <= file.len(), "it would never end");
        match movie {
            Ok(movie) => {
                assert_eq!(movie.id, 0);
                assert!(movie.name.starts_with(&options.prefix));
                assert_eq!(Movie::new(movie.clone().into_fields()), Ok(movie));
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
