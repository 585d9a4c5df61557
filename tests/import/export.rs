//! An export is imported again.

use super::{Catalogue, GROSS_JSON, MOVIES_CSV};

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
    let left = std::fs::read_dir(catalogue.directory.path())
        .unwrap()
        .map(Result::unwrap);
    assert_eq!(left.filter(leftover).count(), 0);
}
