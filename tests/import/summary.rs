//! The summary of an import, and the progress bar.

use super::Catalogue;

#[test]
fn importing_again_replaces() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.csv",
        "title,year,votes\nKite,1999,1\nKite,1999,2\nWind,,3\n",
    );
    catalogue.done(&["import", "a.csv"]);
    let first = catalogue.movies();
    assert_eq!(first.len(), 6);
    assert_eq!(
        catalogue.done(&["import", "a.csv"]),
        "imported `a.csv` (csv): 0 added, 0 changed, 3 unchanged, 0 refused\n"
    );
    assert_eq!(catalogue.movies(), first);
    catalogue.write("b.csv", "title,year,votes\nKite,1999,7\n");
    catalogue.done(&["import", "b.csv"]);
    let changed = catalogue
        .movies()
        .into_iter()
        .filter(|movie| !first.contains(movie));
    assert_eq!(changed.count(), 1);
}

#[test]
fn of_two_rows_with_one_key_the_later_counts() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "nr,title\n7,Kite\n7,Wind\n");
    assert_eq!(
        catalogue.retitled(&["import", "a.csv", "--key", "nr"], "1 movie gets"),
        "imported `a.csv` (csv): 1 added, 1 changed, 0 unchanged, 0 refused\n"
    );
    let movies = catalogue.movies();
    assert!(
        movies[3].contains(r#""name":"7","title":"Wind""#),
        "{movies:?}"
    );
}

#[test]
fn refused_rows_are_reported_up_to_a_bound() {
    let catalogue = Catalogue::new();
    let mut rows = String::from("title,year,rating\nKite,1999,\n");
    for number in 0..30 {
        rows += if number % 3 == 0 {
            "Wind,1999,11\n"
        } else {
            ",1999,\n"
        };
    }
    catalogue.write("a.csv", rows);
    let (out, err) = catalogue.ended(&["import", "a.csv", "--skip-bad"], 0);
    assert_eq!(
        out,
        "imported `a.csv` (csv): 1 added, 0 changed, 0 unchanged, 30 refused (title: 20, rating: 10)\n"
    );
    assert_eq!(
        err.lines().count(),
        catalogue::config::limits::MAX_REPORTED_FAULTS + 1
    );
    assert!(
        err.starts_with("a.csv:3: rating `11` is not a number from 0 to 10"),
        "{err}"
    );
    assert!(
        err.ends_with("further rows that are refused are only counted\n"),
        "{err}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let catalogue = Catalogue::new();
    let before = catalogue.movies();
    catalogue.write("a.csv", "name,title\n1,Kite\nnew,Wind\n2,Kite\n");
    assert_eq!(
        catalogue.retitled(&["import", "--dry-run", "a.csv"], "2 movies get"),
        "layout: csv\nencoding: UTF-8\nseparator: ,\nheader: line 1\nkey: name\ncolumn of name: name\n\
         column of title: title\n\
         {\"id\":0,\"name\":\"1\",\"title\":\"Kite\",\"original_title\":null,\"released\":null,\
         \"runtime_minutes\":null,\"genres\":[],\"rating\":null,\"votes\":null}\n\
         {\"id\":0,\"name\":\"new\",\"title\":\"Wind\",\"original_title\":null,\"released\":null,\
         \"runtime_minutes\":null,\"genres\":[],\"rating\":null,\"votes\":null}\n\
         {\"id\":0,\"name\":\"2\",\"title\":\"Kite\",\"original_title\":null,\"released\":null,\
         \"runtime_minutes\":null,\"genres\":[],\"rating\":null,\"votes\":null}\n\
         dry run of `a.csv` (csv): 1 added, 2 changed, 0 unchanged, 0 refused, 10 known values replaced with unknown, --merge keeps them; \
         nothing was changed\n"
    );
    assert_eq!(catalogue.movies(), before);
    let with_prefix = catalogue.done(&["import", "a.csv", "--dry-run", "--prefix", "x-"]);
    assert!(with_prefix.contains("3 added"), "{with_prefix}");
}

/// On a terminal there is a bar, which is gone in the end.
#[test]
fn progress_has_a_rate_and_the_time_left() {
    let catalogue = Catalogue::new();
    let rows: String = (0..5_000)
        .map(|row| format!("Film number {row}\n"))
        .collect();
    catalogue.write("films.csv", format!("title\n{rows}"));
    let mut command = catalogue.command(&["import", "films.csv"]);
    command.env("COLUMNS", "120");
    let mut session = crate::support::in_terminal(command);
    session
        .exp_regex(r"\d+%  [\d,]+ rows, [\d,]+/s  [^\r]*B/s  [^\r]* left")
        .unwrap();
    session.exp_string("indexing for search").unwrap();
    session
        .exp_string("imported `films.csv` (csv): 5000 added, 0 changed")
        .unwrap();
    session.exp_eof().unwrap();
}
