//! Detects the format of a file from its first bytes.

mod content;
mod table;

use std::sync::Arc;

use self::content::{not_text, refuse_other_files};
use self::table::{
    best_separator, forced_separator, has_title, header_line, is_export, is_prose,
    is_quoted_header, known_without_header, marks_quotes, sample_lines, separator_of, spelled,
};
use super::errors::ImportError;
use super::file_format::{FileFormat, Separator};
use super::formats::records::Dialect;
use super::formats::{imdb, json, nfo, titles_list};

/// The number of lines that are read to find the separator and the header.
const SAMPLE_LINES: usize = 50;

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
