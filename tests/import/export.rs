//! An export is imported again.

use std::process::Command;

use super::{Catalogue, GROSS_JSON, MOVIES_CSV};
use crate::support::{Cli, Folder, PROGRAM, in_terminal};

#[test]
fn an_export_comes_back_as_it_was() {
    let catalogue = Catalogue::new();
    catalogue.write("movies.csv", MOVIES_CSV);
    catalogue.write(
        "gross.json",
        GROSS_JSON.replace("null, \"US", "\"\\ta, \\\"b\\\"|c \", \"US"),
    );
    catalogue.done(&["import", "movies.csv"]);
    catalogue.done(&["import", "gross.json"]);
    let before = catalogue.movies();
    assert_eq!(before.len(), 8);
    for name in ["a.jsonl", "a.csv", "a.csv.gz", "a.jsonl.gz"] {
        assert_eq!(
            catalogue.done(&["export", name]),
            format!("exported 8 movies to `{name}`\n")
        );
        let other = Catalogue::new();
        std::fs::copy(catalogue.path(name), other.path(name)).unwrap();
        let report = other.done(&["import", name]);
        assert!(
            report.ends_with("5 added, 0 changed, 3 unchanged, 0 refused\n"),
            "{report}"
        );
        assert_eq!(other.movies(), before, "{name}");
    }
    let csv = catalogue.done(&["export", "--format", "csv"]);
    assert_eq!(
        csv,
        std::fs::read_to_string(catalogue.path("a.csv")).unwrap()
    );
    let leftover = |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes()[0] == b'.';
    let left = std::fs::read_dir(catalogue.path(""))
        .unwrap()
        .map(Result::unwrap);
    assert_eq!(left.filter(leftover).count(), 0);
}

#[test]
fn a_file_is_replaced_only_with_force_and_written_only_in_a_known_format() {
    let catalogue = Catalogue::new();
    catalogue.write("kept.csv", "kept");
    assert_eq!(
        catalogue.failed(&["export", "kept.csv"]),
        "catalogue: `kept.csv` exists already and was not changed, --force replaces it\n"
    );
    let kept = || std::fs::read_to_string(catalogue.path("kept.csv")).unwrap();
    assert_eq!(kept(), "kept");
    catalogue.done(&["export", "kept.csv", "--force"]);
    assert!(kept().starts_with("id,name,"), "{}", kept());
    assert_eq!(
        catalogue.failed(&["export", "movies.xlsx"]),
        "catalogue: `movies.xlsx` has the ending of no format, choose .csv, .jsonl, .ndjson or .json (also with .gz), or give --format\n"
    );
    assert!(!catalogue.path("movies.xlsx").exists());
    catalogue.done(&["export", "movies.txt", "--format", "csv"]);
}

/// A title that another program wrote cannot control a terminal. In a file it stays as it is.
#[test]
fn titles_are_escaped_on_a_terminal() {
    let folder = Folder::initialised();
    let odd = "a\u{202e}b\u{200b}";
    let retitled = "UPDATE movie SET title = ?1 WHERE name = '1'";
    folder.sqlite().execute(retitled, [odd]).unwrap();
    for (format, shown) in [("jsonl", r"a\u202eb\u200b"), ("csv", r"a\u{202e}b\u{200b}")] {
        let flags = ["export", "--format", format];
        let piped = Cli::new(flags).output(&folder).stdout;
        assert!(String::from_utf8(piped).unwrap().contains(odd));
        let mut command = Command::new(PROGRAM);
        command.args(flags).current_dir(folder.path());
        let mut session = in_terminal(command);
        let printed = session.exp_eof().unwrap();
        assert!(printed.contains(shown), "{printed}");
        assert!(!printed.contains(['\u{202e}', '\u{200b}']), "{printed}");
    }
}

/// An export of full records is imported again, with people and episodes.
#[test]
fn full_records_come_back_as_they_were() {
    let records = concat!(
        r#"{"id":4,"name":"a","title":"The Thing, A","original_title":null,"released":null,"runtime_minutes":null,"genres":[],"rating":null,"votes":5,"type":"movie","adult":false,"akas":[{"title":"La Cosa","region":"ES","types":["imdbDisplay"]}],"directors":[{"name":"jc","person":"John Carpenter"}],"cast":[{"name":"nm0000621","person":"Kurt Russell","category":"actor","characters":["MacReady"]}],"plot":"Ice."}"#,
        "\n",
        r#"{"id":5,"name":"b","title":"A Series","original_title":null,"released":null,"runtime_minutes":null,"genres":[],"rating":null,"votes":null}"#,
        "\n",
        r#"{"id":6,"name":"c","title":"Pilot","original_title":null,"released":null,"runtime_minutes":null,"genres":[],"rating":null,"votes":null,"akas":[],"series":{"name":"b","season":1,"episode":2}}"#,
        "\n",
    );
    let catalogue = Catalogue::new();
    catalogue.write("records.jsonl", records);
    let report = catalogue.done(&["import", "records.jsonl"]);
    assert!(
        report.ends_with("3 added, 0 changed, 0 unchanged, 0 refused\n"),
        "{report}"
    );
    catalogue.done(&["export", "all.jsonl"]);
    let exported = std::fs::read_to_string(catalogue.path("all.jsonl")).unwrap();
    assert!(
        exported.contains(r#""akas":[{"title":"La Cosa","region":"ES""#),
        "{exported}"
    );
    assert!(
        exported.contains(r#""seasons":[{"season":1,"episodes":1}]"#),
        "{exported}"
    );
    let other = Catalogue::new();
    std::fs::copy(catalogue.path("all.jsonl"), other.path("all.jsonl")).unwrap();
    for expected in [
        "3 added, 0 changed, 3 unchanged",
        "0 added, 0 changed, 6 unchanged",
    ] {
        let report = other.done(&["import", "all.jsonl"]);
        assert!(report.contains(expected), "{report}");
        other.done(&["export", "--force", "again.jsonl"]);
        let again = std::fs::read_to_string(other.path("again.jsonl")).unwrap();
        assert_eq!(again, exported);
        other.done(&["check"]);
    }
    let report = other.done(&["import", "all.jsonl", "--dry-run"]);
    assert!(
        report.contains("0 added, 0 changed, 6 unchanged"),
        "{report}"
    );
    let bad = exported.replace("\"adult\":false", "\"adult\":7");
    catalogue.write("bad.jsonl", bad);
    let refused = catalogue.failed(&["import", "bad.jsonl"]);
    assert!(
        refused.contains("not a full record: invalid type"),
        "{refused}"
    );
}
