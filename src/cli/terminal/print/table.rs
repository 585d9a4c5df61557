//! Movies and records as tables, one line each, no wider than the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{
    Cell, CellAlignment as Side, ColumnConstraint, ContentArrangement, Row, Table, Width,
};

use super::card::running_time;
use super::escape;
use crate::cli::terminal::typed_reply::{ReplyRecord, TypedReply};
use crate::movie::{Movie, Person};

/// Spaces between two columns.
const GAP: u16 = 2;
/// Narrowest column of a text that is cut, in columns of the terminal.
const NARROWEST_TEXT: u16 = 6;

/// Year, title, rating and name of each movie.
pub fn movies<'a>(movies: impl Iterator<Item = &'a Movie>, width: Option<u16>) -> String {
    let rows = movies.map(|movie| {
        let year = movie.released.map(|released| released.year().to_string());
        (year.unwrap_or_default(), movie)
    });
    with_first(("YEAR", Side::Right), rows, width)
}

/// The place, title, rating and name of each episode.
pub fn episodes<'a>(rows: impl Iterator<Item = (String, &'a Movie)>, width: Option<u16>) -> String {
    with_first(("EPISODE", Side::Left), rows, width)
}

/// Movies with a first column of its own.
fn with_first<'a>(
    first: (&str, Side),
    rows: impl Iterator<Item = (String, &'a Movie)>,
    width: Option<u16>,
) -> String {
    let mut table = empty(
        &[
            first,
            ("TITLE", Side::Left),
            ("RATING", Side::Right),
            ("NAME", Side::Left),
        ],
        width,
    );
    for (first, movie) in rows {
        let rating = movie.rating.map(|rating| format!("{rating:.1}"));
        add(
            &mut table,
            vec![
                Cell::new(first),
                Cell::new(escape::line(&movie.title)),
                Cell::new(rating.unwrap_or_default()),
                Cell::new(escape::line(&movie.name)),
            ],
        );
    }
    finish(table)
}

/// Full name, year of birth, best known movie, number of movies and name of each person.
pub fn people(people: &[Person], width: Option<u16>) -> String {
    let heads = [
        ("PERSON", Side::Left),
        ("BORN", Side::Right),
        ("KNOWN FOR", Side::Left),
        ("MOVIES", Side::Right),
        ("NAME", Side::Left),
    ];
    let mut table = empty(&heads, width);
    for person in people {
        let born = person.born.map(|born| born.year().to_string());
        let known_for = person.known_for.first().map(|link| link.title.as_str());
        add(
            &mut table,
            vec![
                Cell::new(escape::line(person.person.as_deref().unwrap_or_default())),
                Cell::new(born.unwrap_or_default()),
                Cell::new(escape::line(known_for.unwrap_or_default())),
                Cell::new(person.credits),
                Cell::new(escape::line(&person.name)),
            ],
        );
    }
    finish(table)
}

/// One line per record; the keys of the first are the columns.
pub fn records(records: &[ReplyRecord], width: Option<u16>) -> String {
    let Some(first) = records.first() else {
        return String::new();
    };
    let heads: Vec<(String, Side)> = first
        .iter()
        .map(|(key, value)| {
            let key = key.strip_suffix("_seconds").unwrap_or(key);
            let head = escape::line(key).replace('_', " ").to_uppercase();
            let is_number = matches!(value, TypedReply::Number(_));
            (head, if is_number { Side::Right } else { Side::Left })
        })
        .collect();
    let mut table = empty(&heads, width);
    for record in records {
        let cells = first.iter().map(|(key, _)| {
            let value = record.iter().find(|(other, _)| other == key);
            value.map_or(Cell::new(""), |(key, value)| cell(key, value))
        });
        add(&mut table, cells.collect());
    }
    finish(table)
}

fn cell(key: &str, value: &TypedReply) -> Cell {
    match value {
        TypedReply::Number(seconds) if key.ends_with("_seconds") => Cell::new(since(*seconds)),
        TypedReply::Number(number) => Cell::new(number),
        TypedReply::Text(bytes) => Cell::new(escape::line(&String::from_utf8_lossy(bytes))),
        TypedReply::Missing(_) => Cell::new("-"),
        other => Cell::new(super::json::json(other)),
    }
}

/// Seconds in a short form: `12 s`, and from a minute on as a running time.
fn since(seconds: i64) -> String {
    match u32::try_from(seconds / 60) {
        Ok(minutes) if minutes > 0 => running_time(minutes),
        _ => format!("{seconds} s"),
    }
}

/// A table without lines. The columns on the right are numbers, which are never cut.
fn empty(heads: &[(impl AsRef<str>, Side)], width: Option<u16>) -> Table {
    let mut table = Table::new();
    // The library would read the terminal and the environment.
    table.force_no_tty().load_style(NOTHING);
    // Lines are cut at the width, and not at the space before it: no text contains this delimiter.
    table.set_delimiter('\0');
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    let mut head = Row::from(heads.iter().map(|(head, _)| head.as_ref()));
    head.max_height(1);
    table.set_header(head);
    for (index, column) in table.column_iter_mut().enumerate() {
        let (head, side) = &heads[index];
        let gap = if index + 1 == heads.len() { 0 } else { GAP };
        let narrowest = NARROWEST_TEXT.max(head.as_ref().len().try_into().unwrap_or(u16::MAX));
        column.set_padding((0, gap));
        column.set_cell_alignment(*side);
        column.set_constraint(match side {
            Side::Right => ColumnConstraint::ContentWidth,
            _ => ColumnConstraint::LowerBoundary(Width::Fixed(narrowest + gap)),
        });
    }
    table
}

/// A line that is cut where it is too long, rather than broken.
fn add(table: &mut Table, cells: Vec<Cell>) {
    let mut row = Row::from(cells);
    row.max_height(1);
    table.add_row(row);
}

fn finish(table: Table) -> String {
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::Fields;

    fn movie(name: &str, title: &str, rating: Option<f64>) -> Movie {
        Movie::new(Fields {
            name: name.into(),
            title: title.into(),
            released: rating.map(|_| "1972-03-24".parse().unwrap()),
            rating,
            ..Fields::default()
        })
        .unwrap()
    }

    fn godfather_and_others() -> Vec<Movie> {
        vec![
            movie("tt0068646", "The Godfather", Some(9.2)),
            movie("1", "七人の侍", Some(10.0)),
            movie("a b", "A title that is much longer than the others", None),
        ]
    }

    #[test]
    fn as_wide_as_it_has_to_be() {
        assert_eq!(
            movies(godfather_and_others().iter(), None),
            "YEAR  TITLE                                        RATING  NAME\n\
             1972  The Godfather                                   9.2  tt0068646\n\
             1972  七人の侍                                       10.0  1\n      \
                   A title that is much longer than the others          a b\n"
        );
    }

    #[test]
    fn no_wider_than_the_terminal() {
        for width in [20, 30, 40, 50, 60, 80] {
            let table = movies(godfather_and_others().iter(), Some(width));
            assert_eq!(table.lines().count(), 4, "{table}");
        }
        assert_eq!(
            movies(godfather_and_others().iter(), Some(40)),
            "YEAR  TITLE            RATING  NAME\n\
             1972  The Godfather       9.2  tt0068646\n\
             1972  七人の侍           10.0  1\n      \
                   A title that i…          a b\n"
        );
    }

    #[test]
    fn records_have_their_keys_as_heads() {
        let record = |id, user: TypedReply, idle| -> ReplyRecord {
            vec![
                ("id".to_owned(), TypedReply::Number(id)),
                ("user".to_owned(), user),
                ("idle_seconds".to_owned(), TypedReply::Number(idle)),
            ]
        };
        let mut shorter = record(30, TypedReply::Text("a\x1b".into()), 7_500);
        shorter.remove(0);
        assert_eq!(
            records(&[record(1, TypedReply::Missing(None), 59), shorter], None),
            "ID  USER          IDLE\n \
             1  -             59 s\n    \
                a\\u{1b}  2 h 5 min\n"
        );
        assert_eq!(records(&[], None), "");
        let address = vec![(
            "address".to_owned(),
            TypedReply::Text("127.0.0.1:5890".into()),
        )];
        let narrow = records(
            &[[address, record(1, TypedReply::Number(2), 3)].concat()],
            Some(10),
        );
        assert!(narrow.starts_with("ADDRESS  ID"), "{narrow}");
    }
}
