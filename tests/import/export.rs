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
