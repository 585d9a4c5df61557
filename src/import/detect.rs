//! Detects the format of a file from its first bytes.

use std::sync::Arc;

use super::columns::spellings::spelling;
use super::errors::ImportError;
use super::file_format::FileFormat;
use super::formats::imdb;

/// Files that begin with known bytes and are no text.
const MAGIC: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive", ", unpack it first: unzip"),
    (
        b"SQLite format 3\0",
        "a sqlite database",
        ", export a table as csv first",
    ),
    (b"\xfd7zXZ\0", "xz data", ", unpack it first: xz -d"),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd data",
        ", unpack it first: zstd -d",
    ),
    (b"BZh", "bzip2 data", ", unpack it first: bzip2 -d"),
    (
        b"\xff\xfe",
        "utf-16 text",
        ", convert it first: iconv -f utf-16 -t utf-8",
    ),
    (
        b"\xfe\xff",
        "utf-16 text",
        ", convert it first: iconv -f utf-16 -t utf-8",
    ),
    (b"%PDF", "a pdf", ""),
];

/// Files of the same publishers that hold no movies: their first columns, what
/// they are, and what to do.
const OTHER_FILES: &[(&[&str], &str, &str)] = &[
    (
        &imdb::RATINGS_HEADER,
        "IMDb's title.ratings.tsv",
        "import title.basics.tsv, and give this file as its ratings",
    ),
    (
        &["titleId", "ordering", "title"],
        "IMDb's title.akas.tsv",
        NO_MOVIES,
    ),
    (
        &["tconst", "ordering", "nconst"],
        "IMDb's title.principals.tsv",
        NO_MOVIES,
    ),
    (
        &["tconst", "directors", "writers"],
        "IMDb's title.crew.tsv",
        NO_MOVIES,
    ),
    (
        &["tconst", "parentTconst"],
        "IMDb's title.episode.tsv",
        NO_MOVIES,
    ),
    (
        &["nconst", "primaryName"],
        "IMDb's name.basics.tsv",
        NO_MOVIES,
    ),
    (
        &["userId", "movieId", "rating"],
        "MovieLens's ratings.csv",
        NO_MOVIELENS,
    ),
    (
        &["userId", "movieId", "tag"],
        "MovieLens's tags.csv",
        NO_MOVIELENS,
    ),
    (
        &["movieId", "imdbId", "tmdbId"],
        "MovieLens's links.csv",
        NO_MOVIELENS,
    ),
];
const NO_MOVIES: &str = "a row of it is not a movie, import title.basics.tsv";
const NO_MOVIELENS: &str = "a row of it is not a movie, import movies.csv";

/// Recognises the format of a file.
///
/// # Errors
/// No text, nothing but white space, or a known file without movies.
pub(super) fn detect(file: &Arc<str>, head: &[u8]) -> Result<FileFormat, ImportError> {
    if let Some((what, advice)) = not_text(head) {
        return Err(ImportError::NotText {
            file: Arc::clone(file),
            what,
            advice,
        });
    }
    match head.trim_ascii_start() {
        [] => Err(ImportError::Empty(Arc::clone(file))),
        [b'[', ..] => Ok(FileFormat::JsonArray),
        text @ [b'{', ..] => Ok(match begins_within_a_line(text) {
            true => FileFormat::JsonLines,
            false => FileFormat::JsonObjects,
        }),
        text => {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            let delimiter = delimiter(&line);
            let columns: Vec<String> = line.split(delimiter as char).map(spelling).collect();
            by_columns(&columns, delimiter, file)
        }
    }
}

/// What a file is that is no text.
fn not_text(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, what, advice)) = MAGIC.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some((what, advice));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", ", unpack it first: tar -x"));
    }
    let control = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let controls = head.iter().filter(control).count();
    let binary =
        head.contains(&0) || (controls > head.len() / 50 && std::str::from_utf8(head).is_err());
    binary.then_some(("binary data", ""))
}

/// Whether the first line is a whole value, or broken in itself. Otherwise the
/// value goes on below.
fn begins_within_a_line(text: &[u8]) -> bool {
    // With its newline: a string that is still open there is broken.
    let line = text
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    match serde_json::from_slice::<serde::de::IgnoredAny>(line) {
        Ok(_) => true,
        Err(error) => !line.ends_with(b"\n") || !error.is_eof(),
    }
}

/// The separator that stands most often outside quotes in the first line.
fn delimiter(line: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(0, b','), (0, b';'), (0, b'\t')];
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        if let Some(count) = counts
            .iter_mut()
            .find(|(_, separator)| *separator == byte && !quoted)
        {
            count.0 += 1;
        }
    }
    let most = counts.into_iter().rev().max_by_key(|(count, _)| *count);
    most.map_or(b',', |(_, separator)| separator)
}

fn by_columns(
    columns: &[String],
    delimiter: u8,
    file: &Arc<str>,
) -> Result<FileFormat, ImportError> {
    let begins_with = |names: &[&str]| {
        columns.len() >= names.len()
            && names
                .iter()
                .zip(columns)
                .all(|(name, c)| spelling(name) == *c)
    };
    if let Some((_, what, advice)) = OTHER_FILES.iter().find(|(names, ..)| begins_with(names)) {
        return Err(ImportError::OutOfScope {
            file: Arc::clone(file),
            what,
            advice,
        });
    }
    Ok(match delimiter {
        b'\t' if begins_with(&["tconst", "titleType", "primaryTitle"]) => FileFormat::Imdb,
        b',' if columns.len() == 3 && begins_with(&["movieId", "title", "genres"]) => {
            FileFormat::MovieLens
        }
        other => FileFormat::Delimited(other),
    })
}

/// Whether the file is IMDb's `title.ratings.tsv`.
pub(super) fn is_ratings(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = line.trim_ascii_end().split(|byte| *byte == b'\t');
    columns.eq(imdb::RATINGS_HEADER.map(str::as_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &[u8]) -> Result<FileFormat, String> {
        detect(&Arc::from("f"), head).map_err(|error| error.to_string())
    }

    #[test]
    fn a_format_is_told_by_its_first_line() {
        for (head, format) in [
            (
                "tconst\ttitleType\tprimaryTitle\toriginalTitle\n",
                FileFormat::Imdb,
            ),
            ("movieId,title,genres \r\n1,", FileFormat::MovieLens),
            ("movieId,title,genres,year\n", FileFormat::Delimited(b',')),
            ("title;year;a,b\n", FileFormat::Delimited(b';')),
            ("title\tyear\n", FileFormat::Delimited(b'\t')),
            ("title\n", FileFormat::Delimited(b',')),
            ("\"a;b;c\",title\n", FileFormat::Delimited(b',')),
            ("\n [\n", FileFormat::JsonArray),
            ("{\"title\":\"a\"}\n{", FileFormat::JsonLines),
            ("{\"title\":\"a\"}", FileFormat::JsonLines),
            ("{\"title\":\"a\n", FileFormat::JsonLines),
            ("{\n\"title\":\"a\"}", FileFormat::JsonObjects),
        ] {
            assert_eq!(found(head.as_bytes()), Ok(format), "{head:?}");
        }
    }

    #[test]
    fn what_holds_no_movies_is_refused_in_words() {
        for (head, refusal) in [
            (
                &b" \n\t"[..],
                "`f` is empty, an import needs at least a line that names the columns",
            ),
            (
                b"PK\x03\x04...",
                "`f` is a zip archive, not a text file with movies, unpack it first: unzip",
            ),
            (
                b"\xff\xfet\0i\0",
                "`f` is utf-16 text, not a text file with movies, convert it first: iconv -f utf-16 -t utf-8",
            ),
            (
                b"\x7fELF\0\0",
                "`f` is binary data, not a text file with movies",
            ),
            (
                b"titleId\tordering\ttitle\tregion\n",
                "`f` is IMDb's title.akas.tsv: a row of it is not a movie, import title.basics.tsv",
            ),
            (
                b"tconst\taverageRating\tnumVotes\n",
                "`f` is IMDb's title.ratings.tsv: import title.basics.tsv, and give this file as its ratings",
            ),
            (
                b"userId,movieId,rating,timestamp\n",
                "`f` is MovieLens's ratings.csv: a row of it is not a movie, import movies.csv",
            ),
        ] {
            assert_eq!(found(head), Err(refusal.to_owned()), "{head:?}");
        }
        assert_eq!(
            found(&[&b"title\nAm\xe9lie\x01\n"[..], &[b'a'; 99]].concat()),
            Ok(FileFormat::Delimited(b','))
        );
    }
}
