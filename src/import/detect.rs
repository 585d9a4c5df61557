//! Detects the format of a file from its first bytes.

use crate::config::limits;
use std::sync::Arc;

use super::columns::layout::EXPORT_HEADER;
use super::columns::spellings::{rank, spelling};
use super::errors::ImportError;
use super::field::Field;
use super::file_format::{FileFormat, Separator};
use super::formats::records::{Dialect, split};
use super::formats::{imdb, json, movielens, nfo, titles_list};

/// The number of lines that are read to find the separator and the header.
const SAMPLE_LINES: usize = 50;

/// Files that begin with known bytes and are not text.
const MAGIC: &[(&[u8], &str, &str)] = &[
    (
        b"SQLite format 3\0",
        "a sqlite database",
        ", export a table as csv first",
    ),
    (b"BZh", "bzip2 data", ", unpack it first: bzip2 -d"),
    (b"7z\xbc\xaf", "a 7z archive", ", unpack it first"),
    (b"Rar!", "a rar archive", ", unpack it first"),
    (
        b"PAR1",
        "a parquet file",
        ", save it as csv or json lines first",
    ),
    (b"%PDF", "a pdf", ""),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Office document",
        ", save it as csv first",
    ),
];

/// Text that contains no list of movies.
const OTHER_TEXT: &[(&str, &str, &str)] = &[
    (
        "<!doctype html",
        "an html page",
        ", save its table as csv first",
    ),
    ("<html", "an html page", ", save its table as csv first"),
    (
        "create table",
        "an sql dump",
        ", export the table as csv first",
    ),
    (
        "insert into",
        "an sql dump",
        ", export the table as csv first",
    ),
    (
        "drop table",
        "an sql dump",
        ", export the table as csv first",
    ),
    ("pragma ", "an sql dump", ", export the table as csv first"),
    (
        "begin transaction",
        "an sql dump",
        ", export the table as csv first",
    ),
    ("-- ", "an sql dump", ", export the table as csv first"),
    ("/*!", "an sql dump", ", export the table as csv first"),
    ("#!", "a script", ""),
];

/// Files of the same publishers that contain no movies: their first columns, their kind, and what
/// to do.
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
const NO_MOVIES: &str =
    "a row of it is not a movie, import the folder with it and title.basics.tsv";
const NO_MOVIELENS: &str = "a row of it is not a movie, import movies.csv";

/// The format of a file, found from its first bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detected {
    pub format: FileFormat,
    /// The dialect of a file of columns.
    pub dialect: Dialect,
    /// The columns of a file without a header.
    pub columns: Option<Vec<String>>,
}

/// The options of the caller about the format of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints<'a> {
    /// Lines before the header.
    pub skip_lines: u64,
    /// The columns of a file without a header.
    pub columns: &'a [String],
    /// Whether the caller maps columns by name.
    pub is_mapped: bool,
}

impl Detected {
    fn new(format: FileFormat) -> Detected {
        Detected {
            format,
            dialect: Dialect::default(),
            columns: None,
        }
    }
}

/// Detects the format of a file.
///
/// # Errors
/// No text, nothing but white space, or a known file without movies.
pub(super) fn detect(
    file: &Arc<str>,
    head: &[u8],
    hints: Hints<'_>,
) -> Result<Detected, ImportError> {
    if let Some((what, advice)) = not_text(head) {
        return Err(ImportError::NotText {
            file: Arc::clone(file),
            what,
            advice,
        });
    }
    match head.trim_ascii_start() {
        [] => Err(ImportError::Empty(Arc::clone(file))),
        text @ [b'[' | b'{', ..] => Ok(Detected::new(json::format(text))),
        text @ [b'<', ..] if nfo::is_nfo(text) => Ok(Detected::new(FileFormat::Xml)),
        _ => columns(file, &String::from_utf8_lossy(head), hints),
    }
}

/// The kind of a file that is not text or contains no list of movies.
fn not_text(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, what, advice)) = MAGIC.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some((what, advice));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", ", unpack it first: tar -x"));
    }
    let control = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let controls = head.iter().filter(control).count();
    let is_binary =
        head.contains(&0) || (controls > head.len() / 50 && std::str::from_utf8(head).is_err());
    if is_binary {
        return Some(("binary data", ""));
    }
    let start = head.trim_ascii_start();
    let begins_with = |words: &str| {
        let start = start.get(..words.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(words.as_bytes()))
    };
    if start.starts_with(b"<")
        && !nfo::is_nfo(start)
        && !begins_with("<!doctype html")
        && !begins_with("<html")
    {
        return Some(("xml without movies of Kodi or Jellyfin", ""));
    }
    let found = OTHER_TEXT.iter().find(|(words, ..)| begins_with(words));
    found.map(|(_, what, advice)| (*what, *advice))
}

/// A line of the sample and its number in the file, from 0.
type SampleLine<'a> = (u64, &'a str);

/// Detects a file of columns, or a list of titles.
fn columns(file: &Arc<str>, text: &str, hints: Hints<'_>) -> Result<Detected, ImportError> {
    let mut lines = sample_lines(text, hints.skip_lines);
    let forced = lines.first().and_then(|(_, line)| forced_separator(line));
    if forced.is_some() {
        lines.remove(0);
    }
    let Some(start) = header_line(&lines, forced) else {
        return Err(ImportError::Empty(Arc::clone(file)));
    };
    let lines = &lines[start..];
    let lines = &lines[..lines.len().min(SAMPLE_LINES)];
    let dialect = |separator| Dialect {
        separator,
        quotes: true,
        backslash: if is_export(lines, separator) {
            Some(false)
        } else {
            marks_quotes(text, separator)
        },
        skip_lines: lines.first().map_or(0, |(number, _)| *number),
    };
    if !hints.columns.is_empty() {
        let separator = forced.unwrap_or_else(|| separator_of(lines, hints.columns.len()));
        return Ok(Detected {
            format: FileFormat::Delimited(separator),
            dialect: dialect(separator),
            columns: Some(hints.columns.to_vec()),
        });
    }
    let separator = forced.unwrap_or_else(|| best_separator(lines));
    let header = spelled(lines[0].1, separator);
    refuse_other_files(file, &header)?;
    let is_imdb = separator == Separator::Tab
        && header.starts_with(&["tconst", "titletype", "primarytitle"].map(str::to_owned))
        && hints.skip_lines == 0;
    let mut detected = Detected {
        format: if is_imdb {
            FileFormat::Imdb
        } else {
            FileFormat::Delimited(separator)
        },
        dialect: dialect(separator),
        columns: None,
    };
    if header.len() == 1 && has_title(&header) && lines.len() > 1 && is_prose(&lines[1..]) {
        // Commas are characters of the titles.
        detected.format = FileFormat::TitleList;
        detected.dialect.skip_lines += 1;
        return Ok(detected);
    }
    if is_imdb || has_title(&header) || hints.is_mapped {
        return Ok(detected);
    }
    if let Some((separator, columns)) = known_without_header(lines) {
        detected.format = FileFormat::Delimited(separator);
        detected.dialect = Dialect {
            quotes: false,
            ..dialect(separator)
        };
        detected.columns = Some(columns);
    } else if !is_quoted_header(lines[0].1)
        && titles_list::is_list(lines.iter().map(|(_, line)| *line))
    {
        detected.format = FileFormat::TitleList;
    }
    Ok(detected)
}

/// The lines of the head of a file that are not empty, with their numbers.
fn sample_lines(text: &str, skip_lines: u64) -> Vec<SampleLine<'_>> {
    let mut lines: Vec<SampleLine<'_>> = (0..)
        .zip(text.lines())
        .skip(usize::try_from(skip_lines).unwrap_or(usize::MAX))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    // The last line may be cut off.
    if lines.len() > 1
        && !text.ends_with('\n')
        && text.len() >= crate::config::limits::IMPORT_HEAD_BYTES
    {
        lines.pop();
    }
    lines
}

/// Whether a line is a whole header in one pair of quotes.
fn is_quoted_header(line: &str) -> bool {
    let values = split(line, Separator::Comma);
    match values.as_slice() {
        [value] => Separator::ALL
            .into_iter()
            .any(|separator| value != line && has_title(&spelled(value, separator))),
        _ => false,
    }
}

/// Whether some lines have commas outside of quotes, and not all of them.
fn is_prose(lines: &[SampleLine<'_>]) -> bool {
    let has_values = |line: &&SampleLine<'_>| {
        let values = split(line.1, Separator::Comma);
        values
            .iter()
            .filter(|value| !value.trim().is_empty())
            .count()
            > 1
    };
    lines.iter().any(|line| has_values(&line))
        && titles_list::is_list(lines.iter().map(|(_, line)| *line))
}

/// `sep=;`, which names the separator for spreadsheets.
fn forced_separator(line: &str) -> Option<Separator> {
    let line = line.trim().trim_matches('"');
    let rest = line
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))
        .map(|_| &line[4..])?;
    let named = if rest == "\\t" || rest.is_empty() {
        "\t"
    } else {
        rest
    };
    Separator::ALL
        .into_iter()
        .find(|separator| separator.as_bytes() == named.as_bytes())
}

/// The place of the header among the lines: the first one that is not a comment or
/// a preamble.
fn header_line(lines: &[SampleLine<'_>], forced: Option<Separator>) -> Option<usize> {
    let first = (0..lines.len()).find(|place| {
        let line = lines[*place].1;
        !line.starts_with('#')
            || fields(
                line,
                forced.unwrap_or(best_separator(&lines[*place..*place + 1])),
            ) > 0
    })?;
    let is_letterboxd = lines[first].1.starts_with("Letterboxd list export");
    let separator = best_separator(&lines[first..=first]);
    if !is_letterboxd && fields(lines[first].1, separator) > 0 {
        return Some(first);
    }
    let end = lines.len().min(first + limits::MAX_PREAMBLE_LINES);
    let is_header = |place: &usize| {
        let separator = forced.unwrap_or_else(|| best_separator(&lines[*place..*place + 1]));
        let header = spelled(lines[*place].1, separator);
        let is_table = has_title(&header) && fields(lines[*place].1, separator) >= 2;
        let is_entry_list = header.iter().any(|column| column == "position");
        is_table && (!is_letterboxd || is_entry_list)
    };
    // Lines before a header are text without its separators.
    let found = (first + 1..end).find(is_header).filter(|place| {
        let separator = best_separator(&lines[*place..*place + 1]);
        is_letterboxd
            || lines[first..*place]
                .iter()
                .all(|(_, line)| split(line, separator).len() <= 2)
    });
    Some(found.unwrap_or(first))
}

/// Whether the header is that of an export, whose quotes are doubled.
fn is_export(lines: &[SampleLine<'_>], separator: Separator) -> bool {
    let header = lines.first().map(|(_, line)| split(line, separator));
    header.is_some_and(|header| header == EXPORT_HEADER)
}

/// Whether the file marks quotes inside quotes with a backslash, and does not double
/// them. `None` when it shows neither, or both.
fn marks_quotes(text: &str, separator: Separator) -> Option<bool> {
    let separator = str::from_utf8(separator.as_bytes()).unwrap_or_default();
    let is_inside = |rest: &str| {
        let rest = rest.trim_start_matches(' ');
        !rest.is_empty() && !rest.starts_with(separator) && !rest.starts_with(['\r', '\n', '"'])
    };
    let marks = text
        .match_indices("\\\"")
        .any(|(at, _)| is_inside(&text[at + 2..]));
    let doubles = text.match_indices("\"\"").any(|(at, _)| {
        let before = &text[..at];
        let begins = before.is_empty() || before.ends_with(separator);
        let is_value = !begins && !before.ends_with(['\r', '\n', '"', ' ', '\\'])
            || before.ends_with(' ') && !before.trim_end().ends_with(separator);
        is_value && is_inside(&text[at + 2..])
    });
    (marks != doubles).then_some(marks)
}

fn spelled(line: &str, separator: Separator) -> Vec<String> {
    split(line, separator)
        .iter()
        .map(|column| spelling(column))
        .collect()
}

/// The number of plain fields that the columns of a header feed.
fn fields(line: &str, separator: Separator) -> usize {
    let header = spelled(line, separator);
    let feeds = |field: &Field| header.iter().any(|column| rank(column, *field).is_some());
    Field::plain().filter(feeds).count()
}

fn has_title(header: &[String]) -> bool {
    let is_title = |column: &String| {
        column == "name"
            || rank(column, Field::Title).is_some()
            || rank(column, Field::OriginalTitle).is_some()
    };
    header.iter().any(is_title)
}

/// The separator whose columns feed most fields, and of equal ones the one that
/// most lines have as often.
fn best_separator(lines: &[SampleLine<'_>]) -> Separator {
    let Some((_, first)) = lines.first() else {
        return Separator::Comma;
    };
    let score = |separator: &Separator| {
        let columns = split(first, *separator).len();
        let alike = if columns > 1 {
            alike(lines, *separator, columns)
        } else {
            0
        };
        (fields(first, *separator).min(2), alike, columns)
    };
    let best = Separator::ALL.into_iter().rev().max_by_key(score);
    best.unwrap_or(Separator::Comma)
}

/// The separator of a file without a header, by the number of its columns.
fn separator_of(lines: &[SampleLine<'_>], columns: usize) -> Separator {
    let best = Separator::ALL
        .into_iter()
        .rev()
        .max_by_key(|separator| alike(lines, *separator, columns));
    best.unwrap_or(Separator::Comma)
}

/// How many lines have that many columns.
fn alike(lines: &[SampleLine<'_>], separator: Separator, columns: usize) -> usize {
    let is_alike = |line: &&SampleLine<'_>| split(line.1, separator).len() == columns;
    lines.iter().filter(is_alike).count()
}

/// MovieLens's `movies.dat` and `u.item`, which have no header.
fn known_without_header(lines: &[SampleLine<'_>]) -> Option<(Separator, Vec<String>)> {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let all = |separator: Separator, columns: usize| {
        alike(lines, separator, columns) == lines.len()
            && lines
                .iter()
                .all(|(_, line)| line.starts_with(|c: char| c.is_ascii_digit()))
    };
    if all(Separator::TwoColons, 3) {
        return Some((Separator::TwoColons, named(&["movieId", "title", "genres"])));
    }
    if all(Separator::Pipe, movielens::U_ITEM_COLUMNS.len()) {
        return Some((Separator::Pipe, named(&movielens::U_ITEM_COLUMNS)));
    }
    None
}

fn refuse_other_files(file: &Arc<str>, columns: &[String]) -> Result<(), ImportError> {
    let begins_with = |names: &[&str]| {
        columns.len() >= names.len()
            && names
                .iter()
                .zip(columns)
                .all(|(name, column)| spelling(name) == *column)
    };
    let found = OTHER_FILES.iter().find(|(names, ..)| begins_with(names));
    match found {
        Some((names, what, advice))
            if names.len() < 3 || !has_title(columns) || names.contains(&"ordering") =>
        {
            Err(ImportError::OutOfScope {
                file: Arc::clone(file),
                what,
                advice,
            })
        }
        _ => Ok(()),
    }
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
        detect(&Arc::from("f"), head, Hints::default())
            .map(|detected| detected.format)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_format_is_detected_by_its_first_lines() {
        use FileFormat::*;
        for (head, format) in [
            ("tconst\ttitleType\tprimaryTitle\toriginalTitle\n", Imdb),
            ("movieId,title,genres \r\n1,", Delimited(Separator::Comma)),
            ("title;year;a,b\n", Delimited(Separator::Semicolon)),
            ("title\tyear\n", Delimited(Separator::Tab)),
            ("title|year\n", Delimited(Separator::Pipe)),
            ("title::year\n", Delimited(Separator::TwoColons)),
            ("title\n", Delimited(Separator::Comma)),
            ("\"a;b;c\",title\n", Delimited(Separator::Comma)),
            ("1,Alien\n2,Heat\n", Delimited(Separator::Comma)),
            ("Alien\nHeat\n", TitleList),
            ("\n [\n", JsonArray),
            ("{\"title\":\"a\"}\n{", JsonLines),
            ("{\"title\":\"a\"}", JsonLines),
            ("{\"title\":\"a\n", JsonLines),
            ("{\n\"title\":\"a\"}", JsonObjects),
            ("{\"m\":[{\"title\":\"a\"}]}", JsonNested),
            ("{\"1\":{\"title\":\"a\"}}", JsonById),
            ("<movie><title>", Xml),
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
                b"\x7fELF\0\0",
                "`f` is binary data, not a text file with movies",
            ),
            (
                b"titleId\tordering\ttitle\tregion\n",
                "`f` is IMDb's title.akas.tsv: a row of it is not a movie, import the folder with it and title.basics.tsv",
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
            Ok(FileFormat::Delimited(Separator::Comma))
        );
    }
}
