//! `--lenient` and the other options of reading.

use super::Catalogue;

const FILMS: &str = "title,year,rating,votes\nKite,soon,PG-13,1\nWind,2001,7,many\n,1999,,\n";

#[test]
fn a_bad_side_value_keeps_the_movie_with_lenient() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", FILMS);
    let refused = catalogue.failed(&["import", "a.csv"]);
    assert_eq!(
        refused,
        "catalogue: a.csv:2: column `year`: released `soon` is not a date, write it like 1998, 1998-06 or \
         1998-06-12; nothing was changed, --lenient leaves such values unknown, --map released= \
         leaves the column out, --skip-bad skips rows like this one\n"
    );
    // A title that cannot be read is still refused.
    let error = catalogue.ended(&["import", "a.csv", "--lenient"], 1).1;
    assert!(error.contains("a.csv:4: title is missing"), "{error}");
    let (out, err) = catalogue.ended(&["import", "a.csv", "--lenient", "--skip-bad"], 0);
    assert_eq!(
        out,
        "imported `a.csv` (csv): 2 added, 0 changed, 0 unchanged, 1 refused (title: 1), 3 values left \
         unknown (released: 1, rating: 1, votes: 1)\n"
    );
    assert_eq!(
        err,
        "a.csv:2: column `year`: released `soon` is not a date, write it like 1998, 1998-06 or 1998-06-12; left \
         unknown\n\
         a.csv:2: rating `PG-13` is not a number from 0 to 10; left unknown\n\
         a.csv:3: votes `many` is not a whole number from 0 to 4294967295; left unknown\n\
         a.csv:4: title is missing, a movie cannot be without one\n"
    );
    let movies = catalogue.movies();
    assert!(movies[3].contains(r#""title":"Kite","original_title":null,"released":null"#));
}

#[test]
fn values_left_unknown_are_listed_up_to_a_limit() {
    let catalogue = Catalogue::new();
    let rows: String = (0..30).map(|row| format!("Film {row},high\n")).collect();
    catalogue.write("a.csv", format!("title,rating\n{rows}"));
    let (out, err) = catalogue.ended(&["import", "a.csv", "--lenient"], 0);
    assert!(
        out.ends_with("30 values left unknown (rating: 30)\n"),
        "{out}"
    );
    let most = catalogue::config::limits::MAX_REPORTED_FAULTS;
    assert_eq!(err.lines().count(), most + 1);
    assert!(err.ends_with("further values that are left unknown are only counted\n"));
}

#[test]
fn an_import_that_takes_nothing_fails() {
    let catalogue = Catalogue::new();
    let before = catalogue.movies();
    catalogue.write("header.csv", "title,year\n");
    catalogue.write("bad.csv", "title,year\nKite,soon\n");
    let hint = "nothing was changed, --dry-run shows how the file was read\n";
    assert_eq!(
        catalogue.failed(&["import", "header.csv"]),
        format!("catalogue: no movie of `header.csv` could be imported; {hint}")
    );
    let (_, error) = catalogue.ended(&["import", "bad.csv", "--skip-bad"], 1);
    assert!(
        error.ends_with(&format!(
            "no movie of `bad.csv` could be imported, 1 rows were refused; {hint}"
        )),
        "{error}"
    );
    assert_eq!(catalogue.movies(), before);
}

#[test]
fn an_encoding_is_guessed_for_the_hint() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.csv",
        b"title,year\nLe Fabuleux Destin d'Am\xe9lie,2001\n\xc0 bout,1960\n",
    );
    let error = catalogue.failed(&["import", "a.csv"]);
    assert!(
        error.contains("--encoding windows-1252 may be right"),
        "{error}"
    );
    catalogue.done(&["import", "a.csv", "--encoding", "windows-1252"]);
    assert!(catalogue.movies()[3].contains("Am\u{e9}lie"));
    assert_eq!(
        catalogue
            .ended(&["import", "a.csv", "--encoding", "klingon"], 2)
            .1,
        "catalogue: `klingon` is not an encoding, use a label like utf-16le, windows-1252, shift_jis \
         or gbk\n"
    );
    assert_eq!(
        catalogue
            .ended(&["import", "a.csv", "--rating-scale", "0"], 2)
            .1,
        "catalogue: a rating cannot be out of 0, give the highest rating, like 5 or 100\n"
    );
}

#[test]
fn an_ambiguous_date_is_refused_with_the_option() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "title,date\nKite,07/05/2010\n");
    let error = catalogue.failed(&["import", "a.csv"]);
    assert!(
        error.contains("--dates day-first or month-first decides"),
        "{error}"
    );
    catalogue.done(&["import", "a.csv", "--dates", "day-first"]);
    assert!(catalogue.movies()[3].contains("2010-05-07"));
}

#[test]
fn several_keys_are_reported() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "id,imdb_id,title\n7,tt0000101,Kite\n");
    let (_, advice) = catalogue.ended(&["import", "a.csv"], 0);
    assert_eq!(
        advice,
        "`imdb_id` gives the names; --key id takes another column\n"
    );
    catalogue.done(&["import", "a.csv", "--key", "id"]);
}
