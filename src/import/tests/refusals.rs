//! Files and options that are refused.

use super::*;

#[test]
fn a_value_that_is_not_utf8_is_refused_with_line_and_byte() {
    for (text, error) in [
        (
            &b"title,year\nA,1999\nAm\xe9lie,2001\n"[..],
            "f:3: byte 0xE9 at position 3 of the value in column 1",
        ),
        (
            b"{\"title\":\"A\"}\n{\"title\":\"Am\xe9lie\"}\n",
            "f:2: byte 0xE9 at position 13 of the line",
        ),
        (
            b"[{\"title\":\"A\"},\n{\"title\":\"Am\xe9lie\"}]\n",
            "f:2: byte 0xE9 at position 13 of the record",
        ),
    ] {
        let files = Files::new();
        let outcome = files.import(&files.write("f", text), &ImportOptions::default());
        assert_eq!(outcome.movies.len(), 1);
        let rule = " is not in the encoding of the file";
        assert_eq!(outcome.errors, [format!("{error}{rule}")]);
    }
}

#[test]
fn what_cannot_be_imported_is_refused_before_the_first_row() {
    let files = Files::new();
    let plain = ImportOptions::default();
    let refused = |name: &str, bytes: &[u8], options: &ImportOptions| {
        files.refused(&files.write(name, bytes), options)
    };
    assert_eq!(
        files.refused(files.0.path(), &plain),
        format!(
            "`{}` is a directory, give one of the files in it",
            files.0.path().display()
        )
    );
    assert_eq!(
        files.refused(&files.0.path().join("none"), &plain),
        "cannot read `none`: No such file or directory (os error 2)"
    );
    let empty = "`f` is empty, an import needs at least a line that names the columns";
    assert_eq!(refused("f", b"", &plain), empty);
    assert_eq!(refused("f", b"\xef\xbb\xbf\n \n", &plain), empty);
    assert_eq!(refused("f", &gzip(b""), &plain), empty);
    assert_eq!(refused("f", b"[]", &plain), empty);
    assert_eq!(
        refused("f", b"\x89PNG\r\n\x1a\n\0\0", &plain),
        "`f` is binary data, not a text file with movies"
    );
    assert_eq!(
        refused("f", &gzip(b"title\nA\n")[..15], &plain),
        "cannot read `f`: the gzip data is cut off, fetch the file again"
    );
    assert_eq!(
        refused("f", b"[1,", &plain),
        "f:1: this is json, but not an object like {\"title\": \"Alien\"}"
    );
    assert_eq!(
        refused("f", b"1,Alien\n", &plain),
        "no column of `f` is a title; its columns are `1`, `Alien`"
    );
    assert_eq!(
        refused("f", b"{\"title\": \"A\"}", &maps(&["votes=Likes"])),
        "`f` has no column `Likes`; its columns are `title`"
    );
}

#[test]
fn ratings_and_prefix_are_checked_first() {
    let files = Files::new();
    let csv = files.write("f.csv", "title\nA\n");
    let titles = files.write("titles", TITLES);
    let with_ratings = ImportOptions {
        ratings: Some(csv.clone()),
        ..ImportOptions::default()
    };
    assert_eq!(
        files.refused(&csv, &with_ratings),
        "a ratings file belongs to IMDb's title.basics.tsv, `f.csv` is csv"
    );
    assert_eq!(
        files.refused(&titles, &with_ratings),
        "`f.csv` is not IMDb's title.ratings.tsv, its first line has to be tconst, averageRating \
         and numVotes"
    );
    let with_map = ImportOptions {
        ratings: Some(titles.clone()),
        ..maps(&["title=originalTitle"])
    };
    assert_eq!(
        files.refused(&titles, &with_map),
        "a ratings file and a column mapping exclude each other, IMDb's columns are known"
    );
    let prefix = |prefix: String| ImportOptions {
        prefix,
        ..ImportOptions::default()
    };
    let most = limits::MAX_IMPORT_PREFIX_BYTES;
    assert!(open(&csv, &prefix("p".repeat(most))).is_ok());
    assert_eq!(
        files.refused(&csv, &prefix("p".repeat(most + 1))),
        "the prefix has 65 bytes, at most 64 are allowed"
    );
    assert_eq!(
        files.refused(&csv, &prefix("\n".into())),
        r"the prefix `\n` holds a control character"
    );
}
