//! Compressed files, archives and folders.

use std::io::Write;
use std::process::Stdio;

use super::{Catalogue, gzip};

const FILMS: &[u8] = b"title,year\nKite,1999\n";
/// The same, as `xz` writes it.
const FILMS_XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\x01\x00\x14\x74\x69\x74\x6c\x65\x2c\x79\x65\x61\x72\x0a\x4b\x69\x74\x65\x2c\x31\x39\x39\x39\x0a\x00\x00\x00\x00\x44\xcc\x20\xd7\x96\x84\x17\x84\x00\x01\x2d\x15\x2f\x0b\x71\x6d\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn compressed_files_are_read() {
    for (name, bytes) in [
        ("a.csv.gz", gzip(FILMS)),
        ("a.csv.xz", FILMS_XZ.to_vec()),
        ("a.csv.zst", zstd(FILMS)),
        (
            "two frames.zst",
            [zstd(b"title,year\n"), zstd(b"Kite,1999\n")].concat(),
        ),
        ("a.zip", zip(&[("films/a.csv", FILMS)])),
        (
            "mac.zip",
            zip(&[
                ("a.csv", FILMS),
                ("__MACOSX/._a.csv", b"x"),
                (".hidden", b"x"),
            ]),
        ),
    ] {
        let catalogue = Catalogue::new();
        catalogue.write(name, &bytes);
        assert_eq!(
            catalogue.done(&["import", name]),
            format!("imported `{name}` (csv): 1 added, 0 changed, 0 unchanged, 0 refused\n")
        );
        // Cut in its middle.
        let half = &bytes[..bytes.len() - 12];
        catalogue.write("cut", half);
        let error = catalogue.failed(&["import", "cut"]);
        assert!(error.contains("fetch the file again"), "{name}: {error}");
    }
}

#[test]
fn archives_that_are_not_one_file_are_refused() {
    let catalogue = Catalogue::new();
    for (bytes, answer) in [
        (
            zip(&[("a.csv", FILMS), ("b.csv", FILMS)]),
            "the zip archive holds `a.csv`, `b.csv`, unpack it and import one of them",
        ),
        (zip(&[]), "the zip archive holds no file"),
        (
            zip(&[("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")]),
            "it is a spreadsheet, save it as csv and import that",
        ),
    ] {
        catalogue.write("a.zip", bytes);
        let error = catalogue.failed(&["import", "a.zip"]);
        assert_eq!(error, format!("catalogue: cannot read `a.zip`: {answer}\n"));
    }
    let mut import = catalogue
        .command(&["import", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    stdin.write_all(&zip(&[("a.csv", FILMS)])).unwrap();
    drop(stdin);
    let output = import.wait_with_output().unwrap();
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("cannot be read from a pipe, give the file")
    );
}

#[test]
fn a_folder_of_nfo_files_is_read() {
    let catalogue = Catalogue::new();
    for folder in ["films/Kite (1999)", "films/Wind (2001)", "empty"] {
        std::fs::create_dir_all(catalogue.path(folder)).unwrap();
    }
    catalogue.write(
        "films/Kite (1999)/movie.nfo",
        "<movie><title>Kite</title><year>1999</year><uniqueid type=\"imdb\">tt0000101</uniqueid></movie>\nhttps://x/",
    );
    catalogue.write(
        "films/Wind (2001)/wind.nfo",
        "\u{feff}<?xml version=\"1.0\"?>\n<movie><title>Wind</title><id>tt0000102</id></movie>",
    );
    catalogue.write(
        "films/Wind (2001)/episode.nfo",
        "<episodedetails><title>One</title></episodedetails>",
    );
    assert_eq!(
        catalogue.done(&["import", "films"]),
        "imported `films` (a folder of nfo files): 2 added, 0 changed, 0 unchanged, 0 refused, 1 of \
         other types left out\n"
    );
    catalogue.write("films/bad.nfo", "<movie><year>1999</year></movie>");
    let error = catalogue.failed(&["import", "films"]);
    assert!(
        error.starts_with("catalogue: films/bad.nfo:1: title is missing"),
        "{error}"
    );
    assert_eq!(
        catalogue.failed(&["import", "empty"]),
        "catalogue: `empty` is a directory, give one of the files in it\n"
    );
}

/// A header in another encoding is refused with the one that it is likely in.
#[test]
fn the_encoding_of_a_header_is_guessed() {
    let catalogue = Catalogue::new();
    let text = "\u{41d}\u{430}\u{437}\u{432}\u{430}\u{43d}\u{438}\u{435};\u{413}\u{43e}\u{434}\n\u{411}\u{440}\u{430}\u{442}\u{44c}\u{44f};1997\n";
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(text);
    catalogue.write("a.csv", &bytes);
    let refused = catalogue.failed(&["import", "a.csv"]);
    assert!(
        refused.ends_with("; --encoding windows-1251 may be right\n"),
        "{refused}"
    );
    catalogue.done(&["import", "a.csv", "--encoding", "windows-1251"]);
    assert!(
        catalogue
            .movies()
            .iter()
            .any(|movie| movie.contains("\u{411}\u{440}\u{430}\u{442}\u{44c}\u{44f}"))
    );
}

#[test]
fn another_unit_of_running_times_is_reported() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "title,runtime\nKite,5400\n");
    let (out, err) = catalogue.ended(&["import", "a.csv", "--dry-run"], 0);
    assert!(out.contains("running times: seconds\n"), "{out}");
    assert_eq!(err, "running times without a unit are read as seconds\n");
}
