//! How a file of columns is written: its separator, its header and its quotes.

use crate::config::limits;
use crate::import::columns::layout::EXPORT_HEADER;
use crate::import::columns::spellings::{rank, spelling};
use crate::import::field::Field;
use crate::import::file_format::Separator;
use crate::import::formats::records::split;
use crate::import::formats::{movielens, titles_list};

/// A line of the sample and its number in the file, from 0.
pub(super) type SampleLine<'a> = (u64, &'a str);

/// The lines of the head of a file that are not empty, with their numbers.
pub(super) fn sample_lines(text: &str, skip_lines: u64) -> Vec<SampleLine<'_>> {
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
pub(super) fn is_quoted_header(line: &str) -> bool {
    let values = split(line, Separator::Comma);
    match values.as_slice() {
        [value] => Separator::ALL
            .into_iter()
            .any(|separator| value != line && has_title(&spelled(value, separator))),
        _ => false,
    }
}

/// Whether some lines have commas outside of quotes, and not all of them.
pub(super) fn is_prose(lines: &[SampleLine<'_>]) -> bool {
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
pub(super) fn forced_separator(line: &str) -> Option<Separator> {
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
pub(super) fn header_line(lines: &[SampleLine<'_>], forced: Option<Separator>) -> Option<usize> {
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
                .all(|(_, line)| is_prose_line(line, separator))
    });
    Some(found.unwrap_or(first))
}

/// Whether a line has at most one separator, or at most one value.
pub(super) fn is_prose_line(line: &str, separator: Separator) -> bool {
    let values = split(line, separator);
    let known = values.iter().filter(|value| !value.trim().is_empty());
    values.len() <= 2 || known.count() <= 1
}

/// Whether the header is that of an export, whose quotes are doubled.
pub(super) fn is_export(lines: &[SampleLine<'_>], separator: Separator) -> bool {
    let header = lines.first().map(|(_, line)| split(line, separator));
    header.is_some_and(|header| header == EXPORT_HEADER)
}

/// Whether the file marks quotes inside quotes with a backslash, and does not double
/// them. `None` when it shows neither, or both.
pub(super) fn marks_quotes(text: &str, separator: Separator) -> Option<bool> {
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

pub(super) fn spelled(line: &str, separator: Separator) -> Vec<String> {
    split(line, separator)
        .iter()
        .map(|column| spelling(column))
        .collect()
}

/// The number of plain fields that the columns of a header feed.
pub(super) fn fields(line: &str, separator: Separator) -> usize {
    let header = spelled(line, separator);
    let feeds = |field: &Field| header.iter().any(|column| rank(column, *field).is_some());
    Field::plain().filter(feeds).count()
}

pub(super) fn has_title(header: &[String]) -> bool {
    let is_title = |column: &String| {
        column == "name"
            || rank(column, Field::Title).is_some()
            || rank(column, Field::OriginalTitle).is_some()
    };
    header.iter().any(is_title)
}

/// The separator whose columns feed most fields, and of equal ones the one that
/// most lines have as often.
pub(super) fn best_separator(lines: &[SampleLine<'_>]) -> Separator {
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
pub(super) fn separator_of(lines: &[SampleLine<'_>], columns: usize) -> Separator {
    let best = Separator::ALL
        .into_iter()
        .rev()
        .max_by_key(|separator| alike(lines, *separator, columns));
    best.unwrap_or(Separator::Comma)
}

/// How many lines have that many columns.
pub(super) fn alike(lines: &[SampleLine<'_>], separator: Separator, columns: usize) -> usize {
    let is_alike = |line: &&SampleLine<'_>| split(line.1, separator).len() == columns;
    lines.iter().filter(is_alike).count()
}

/// MovieLens's `movies.dat` and `u.item`, which have no header.
pub(super) fn known_without_header(lines: &[SampleLine<'_>]) -> Option<(Separator, Vec<String>)> {
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
