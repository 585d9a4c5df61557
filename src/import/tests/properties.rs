//! No bytes may make a reader panic.

use proptest::prelude::*;

use super::*;

/// Reads everything; the second value is whether the reading ended by itself.
fn drain(bytes: &[u8], options: &ImportOptions) {
    let files = Files::new();
    let Ok(import) = open(&files.write("f", bytes), options) else {
        return;
    };
    // A row takes at least one byte.
    assert!(import.count() <= bytes.len() + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No bytes after any header, and no change to a good file, may panic or read without an end.
    #[test]
    fn no_bytes_panic_a_reader(
        head in prop::sample::select(vec![
            "", "title,year\n", "title;genres;rating;votes;runtime\n", "name\tdate\n", "[", "{", "[{\"title\":\"",
            "movieId,title,genres\n", &TITLES[..=TITLES.find('\n').unwrap()],
        ]),
        bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\\n\r\t,;{}[]():-.0123456789eT"[..])],
            0..300,
        ),
    ) {
        drain(&[head.as_bytes(), &bytes].concat(), &ImportOptions::default());
    }

    #[test]
    fn no_damage_to_a_good_file_panics(
        good in prop::sample::select(vec![TITLES, GROSS, "movieId,title,genres\n1,\"A, The (B (c)) (1999)\",War|Drama\n"]),
        at in any::<prop::sample::Index>(),
        damage in prop::collection::vec(any::<u8>(), 0..4),
        length in 0_usize..5,
        zipped in any::<bool>(),
    ) {
        let mut bytes = if zipped {
            gzip(good.as_bytes())
        } else {
            good.as_bytes().to_vec()
        };
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, damage);
        drain(&bytes, &ImportOptions::default());
    }

    #[test]
    fn no_text_panics_a_date(text in "\\PC{0,12}|[0-9]{1,4}[-/. ][0-9]{1,4}[-/. T][0-9A-Za-z:]{0,9}") {
        let _ = crate::import::values::dates::parse(&text);
    }
}
