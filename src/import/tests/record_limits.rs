//! Limits, and data that ends too early.

use super::*;

#[test]
fn gzip_that_breaks_later_ends_the_import() {
    let mut text = String::from("title,year\n");
    for n in 0..200_000 {
        text += &format!("Film {},{}\n", n * 7_919 % 200_003, 1900 + n % 120);
    }
    let whole = gzip(text.as_bytes());
    let files = Files::new();
    let path = files.write("f", &whole[..whole.len() - 100]);
    let mut rows = open(&path, &ImportOptions::default()).unwrap();
    let error = rows.find_map(Result::err).unwrap();
    assert!(error.ends_the_import());
    assert!(
        error
            .reason
            .ends_with("the gzip data is cut off, fetch the file again"),
        "{error}"
    );
    assert!(error.line > 100_000, "{error}");
    assert!(rows.next().is_none());
    assert_eq!(rows.meter().bytes_read(), whole.len() as u64 - 100);
    assert_eq!(rows.meter().bytes_total(), Some(whole.len() as u64 - 100));
}

#[test]
fn the_bound_on_a_record_is_met_in_every_format() {
    let most = limits::MAX_IMPORT_RECORD_BYTES;
    let long = "x".repeat(most + 1);
    let too_long = "2: the record is longer than 1048576 bytes";
    for (text, error) in [
        (format!("title,note\nA,{long}\nB,\n"), too_long),
        (
            format!("{{\"title\":\"A\"}}\n{{\"note\":\"{long}\"}}\n{{\"title\":\"B\"}}\n"),
            too_long,
        ),
        (
            format!(
                "{}tt1\t{long}\n{}",
                &TITLES[..TITLES.find('\n').unwrap() + 1],
                &TITLES[TITLES.find("tt0000901").unwrap()..]
            ),
            too_long,
        ),
        (
            format!("[{{\"title\":\"A\"}},\n{{\"note\":\"{long}\"}}]"),
            "2: the json that begins here does not end within 1048576 bytes",
        ),
        (
            format!("title,note\nA,\"{}\nB,\n", "x\n".repeat(most)),
            "2: nothing can be read after this line: the row here is longer than 1048576 bytes",
        ),
    ] {
        let files = Files::new();
        let outcome = files.import(&files.write("f", text), &ImportOptions::default());
        assert_eq!(outcome.errors.len(), 1, "{:?}", outcome.errors);
        assert!(
            outcome.errors[0].starts_with(&format!("f:{error}")),
            "{:?}",
            outcome.errors
        );
    }
}

#[test]
fn a_record_as_long_as_the_bound_is_read() {
    let note = "x".repeat(limits::MAX_IMPORT_RECORD_BYTES - "A,\n".len());
    check(
        "f",
        format!("title,note\nA,{note}\nB,\n"),
        &ImportOptions::default(),
        &["a | A", "b | B"],
        &[],
    );
}
