//! Files and options that are refused.

use super::{Catalogue, gzip};

#[test]
fn bad_files_get_a_clear_answer_and_change_nothing() {
    let catalogue = Catalogue::new();
    let before = catalogue.movies();
    std::fs::create_dir(catalogue.path("folder")).unwrap();
    let whole = gzip("title\n".repeat(1_000).as_bytes());
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("empty", Vec::new(), "`empty` is empty"),
        (
            "latin1",
            b"title\nWind\nCaf\xe9\n".to_vec(),
            "latin1:3: byte 0xE9 at position 4",
        ),
        (
            "binary",
            vec![0x7f, b'E', b'L', b'F', 0, 1, 2],
            "`binary` is binary data",
        ),
        (
            "cut.csv",
            b"title,year\nWind,1999\nKi".to_vec(),
            "cut.csv:3: the row has 1 columns and the header 2",
        ),
        (
            "open.csv",
            b"title,year\nWind,1999\n\"Ki".to_vec(),
            "open.csv:3: a quote that opens in this row",
        ),
        (
            "cut.json",
            b"[{\"title\":\"Wind\"},\n{\"title\":\"Ki".to_vec(),
            "cut.json:2: the file ends inside",
        ),
        (
            "cut.gz",
            whole[..whole.len() - 9].to_vec(),
            "the gzip data is cut off, fetch the file again",
        ),
    ];
    for (name, bytes, answer) in files {
        catalogue.write(name, bytes);
        let error = catalogue.failed(&["import", name]);
        assert!(
            error.starts_with("catalogue: ") && error.contains(answer),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert_eq!(
        catalogue.failed(&["import", "folder"]),
        "catalogue: `folder` is a directory, give one of the files in it\n"
    );
    for (name, hint) in [
        ("latin1", true),
        ("cut.csv", false),
        ("open.csv", false),
        ("cut.json", false),
    ] {
        let error = catalogue.failed(&["import", name]);
        assert_eq!(
            error.ends_with("--skip-bad skips rows like this one\n"),
            hint,
            "{error}"
        );
        let skipped = catalogue.run(&["import", "--dry-run", "--skip-bad", name]);
        assert_eq!(skipped.status.success(), hint, "{name}");
    }
    assert_eq!(catalogue.movies(), before);
}

#[test]
fn a_map_that_does_not_fit_is_refused() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "Fylm,Year\nKite,1999\n");
    let (_, error) = catalogue.ended(&["import", "a.csv", "--map", "titel=Fylm"], 2);
    assert!(
        error.contains("`titel` is no field of a movie, the fields are name, title, "),
        "{error}"
    );
    let refused =
        |arguments: &[&str]| catalogue.failed(&[&["import", "a.csv"], arguments].concat());
    assert_eq!(
        refused(&[]),
        "catalogue: no column of `a.csv` is a title; its columns are `Fylm`, `Year`; name it with \
         --map title=COLUMN, skip lines before the header with --skip-lines, or name the columns of a \
         file without a header with --columns\n"
    );
    assert_eq!(
        refused(&["--map", "title=Filme"]),
        "catalogue: `a.csv` has no column `Filme`; its columns are `Fylm`, `Year`\n"
    );
    assert_eq!(
        catalogue.ended(
            &["import", "a.csv", "--map", "name=Fylm", "--key", "Year"],
            2
        ),
        (
            String::new(),
            "catalogue: name is mapped twice, give each field one column\n".to_owned()
        )
    );
    catalogue.done(&[
        "import",
        "a.csv",
        "--map",
        "title=Fylm",
        "--map",
        "released=Year",
    ]);
    assert!(catalogue.movies()[3].contains(r#""name":"kite-1999""#));
}

#[test]
fn an_export_that_cannot_be_written_says_so() {
    let catalogue = Catalogue::new();
    assert_eq!(
        catalogue.failed(&["export", "no/where.csv"]),
        "catalogue: cannot write `no/where.csv`: No such file or directory (os error 2)\n"
    );
    let full = catalogue.failed(&["export", "/dev/full"]);
    assert_eq!(
        full,
        "catalogue: cannot write `/dev/full`: No space left on device (os error 28)\n"
    );
}
