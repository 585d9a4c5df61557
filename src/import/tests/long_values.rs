//! Values of a megabyte are read in linear time.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

/// Bytes of one value. The row with it is shorter than the longest record.
const VALUE_BYTES: usize = 1_000_000;

/// Pieces of text with their numbers, up to the length of a value.
fn pieces(piece: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= VALUE_BYTES {
            break;
        }
        text += &piece(number);
    }
    text
}

/// The movies of a file and the values that were left unknown, after a time that a test of each
/// pair of items would take many times.
fn read(name: &str, text: &str) -> Vec<String> {
    let files = Files::new();
    let began = Instant::now();
    let path = files.write(name, text);
    let mut movies = match open(&path, &ImportOptions::default()) {
        Ok(movies) => movies,
        Err(error) => return vec![files.shorten(&error.to_string())],
    };
    let mut found = Vec::new();
    while let Some(row) = movies.next_view() {
        match row {
            Ok(row) => found.push(row.movie.title.to_owned()),
            Err(error) => found.push(files.shorten(&error.to_string())),
        }
    }
    let dropped = movies.notes().unreported.drain(..);
    found.extend(dropped.map(|error| files.shorten(&error.to_string())));
    let time = began.elapsed();
    assert!(time < Duration::from_secs(10), "{name}: {time:?}");
    found
}

/// The value of a column that is left unknown, and the reason.
#[track_caller]
fn check_cell(column: &str, value: &str, reason: &str) {
    let text = format!("title\t{column}\nKite\t{}\n", value.replace('\t', " "));
    let found = read(column, &text);
    assert_eq!(found.len(), 2, "{column}: {found:?}");
    assert!(found[1].contains(reason), "{column}: {}", found[1]);
}

#[test]
fn lists_with_many_items_end_at_their_limit() {
    let names = pieces(|number| format!("n{number},"));
    check_cell(
        "directors",
        &names,
        "directors has more than 2000 different values",
    );
    check_cell("cast", &names, "cast has more than 2000 different values");
    check_cell("crew", &names, "crew has more than 6000 different values");
    let titles = pieces(|number| format!("t{number}|"));
    check_cell("akas", &titles, "akas has more than 1000 different values");
    let members = pieces(|number| format!("{{'name': 'n{number}'}},"));
    let members = format!("[{members}]");
    check_cell(
        "writers",
        &members,
        "writers has more than 2000 different values",
    );
    check_cell("akas", &members, "akas has more than 1000 different values");
    let played = pieces(|number| format!("c{number} / "));
    let cast = format!("[{{'name': 'Ann Lee', 'character': '{played}'}}]");
    check_cell("cast", &cast, "33 characters were given");
    let again = pieces(|number| format!("{{'name': 'Ann', 'character': 'c{number}'}},"));
    check_cell("cast", &format!("[{again}]"), "33 characters were given");
    let suffixes = pieces(|_| ",jr".to_owned());
    check_cell(
        "writers",
        &format!("Ann Lee{suffixes}"),
        "name of a person has",
    );
}

#[test]
fn few_different_items_of_many_are_a_list() {
    let names = pieces(|number| format!("n{},", number % 2_000));
    assert_eq!(
        read("names", &format!("title\tcast\nKite\t{names}\n")),
        ["Kite"]
    );
    let titles = pieces(|number| format!("t{}|", number % 1_000));
    assert_eq!(
        read("titles", &format!("title\takas\nKite\t{titles}\n")),
        ["Kite"]
    );
}

#[test]
fn genres_end_at_their_limit() {
    let genres = pieces(|number| format!("g{number},"));
    let reason = "f:2: genres has more than 32 different values";
    assert_eq!(
        read("f", &format!("title\tgenres\nKite\t{genres}\n")),
        [reason]
    );
    let (header, row) = TITLES.split_once('\n').unwrap();
    let row = row.lines().next().unwrap();
    let row = row.replace("Documentary,Short", genres.trim_end_matches(','));
    let found = read("f", &format!("{header}\n{row}\n"));
    assert!(
        found[0].ends_with("genres were given, at most 32 are allowed"),
        "{found:?}"
    );
    let odd = row.replace("g1,", "g 1,");
    let found = read("f", &format!("{header}\n{odd}\n"));
    assert!(
        found[0].ends_with("genres were given, at most 32 are allowed"),
        "{found:?}"
    );
}

#[test]
fn tags_without_an_end_are_text() {
    for tags in ["<a", "< ", "</", "<<"] {
        check_cell("plot", &format!("{}.", pieces(|_| tags.to_owned())), "plot");
    }
}

#[test]
fn deep_elements_and_long_keys_are_read_in_linear_time() {
    let (open, close) = (pieces(|_| "<a>".to_owned()), pieces(|_| "</a>".to_owned()));
    let half = VALUE_BYTES / 10 * 3;
    let (open, close) = (&open[..half], &close[..half / 3 * 4]);
    let xml = format!("<movie><title>Kite</title>{open}x{close}</movie>\n");
    assert_eq!(read("f.nfo", &xml), ["Kite"]);
    let dots = ".".repeat(VALUE_BYTES);
    assert_eq!(
        read("f", &format!("{{\"{dots}title\":\"Kite\"}}\n")),
        ["Kite"]
    );
    let key = "k".repeat(VALUE_BYTES / 2);
    let mut members = String::new();
    for number in 0..VALUE_BYTES / 20 {
        write!(members, "\"{number}\":1,").unwrap();
    }
    let object = format!("{{\"title\":\"Kite\",\"{key}\":{{{members}\"year\":1}}}}\n");
    assert_eq!(read("f", &object), ["Kite"]);
    let header = pieces(|number| format!("c{number},"));
    assert_eq!(read("f", &format!("title,{header}x\nKite\n")), ["Kite"]);
}
