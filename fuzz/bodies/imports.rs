//! Any bytes as a file to import.

use std::path::Path;

use catalogue::import::{self, ImportOptions};
use catalogue::movie::Movie;

/// The first byte selects the options. The rest is the file, which is written to `path`.
pub fn check(path: &Path, data: &[u8]) {
    let Some((options, file)) = data.split_first() else {
        return;
    };
    std::fs::write(path, file).unwrap();
    let mut with = ImportOptions::default();
    if options & 1 != 0 {
        with.prefix = "x-".to_owned();
    }
    if options & 2 != 0 {
        with.maps = ["released=", "title=Name"]
            .map(|map| map.parse().unwrap())
            .to_vec();
    }
    if options & 4 != 0 {
        with.key = Some("key".to_owned());
    }
    let movies = match import::open(path, &with) {
        Ok(movies) => movies,
        Err(error) => return is_one_line(&error.to_string()),
    };
    // Except in a compressed file, every row takes at least a byte.
    let is_packed = file.starts_with(&[0x1f, 0x8b]);
    for (number, movie) in movies.enumerate() {
        assert!(is_packed || number <= file.len(), "it would never end");
        match movie {
            Ok(movie) => {
                assert_eq!(movie.id, 0);
                assert!(movie.name.starts_with(&with.prefix));
                assert_eq!(Movie::new(movie.clone().into_fields()), Ok(movie));
            }
            Err(error) => is_one_line(&error.to_string()),
        }
    }
}

fn is_one_line(words: &str) {
    assert!(!words.is_empty() && !words.contains('\n'), "{words:?}");
    assert!(words.len() < 4_096, "{} bytes of {words:.100}", words.len());
}
