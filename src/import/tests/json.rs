//! JSON in its forms.

use super::*;

#[test]
fn a_json_array_with_its_faults() {
    let movies = [
        "kite-girls-1998 | Kite Girls | 1998-06-12 | Thriller/Suspense | 6.1 of 1071",
        "1812-1972 | 1812 | 1972-11-09 | 141 min | 7 of 4099",
        "kite-girls-1998-2 | Kite Girls | 1998-01-01",
        "far-2046 | Far | 2046-12-31",
    ];
    let errors = [
        "v:4: column `Title`: title is missing, a movie cannot be without one",
        "v:6: this is json, but not an object like {\"title\": \"Alien\"}",
    ];
    check("v", GROSS, &ImportOptions::default(), &movies, &errors);
    check(
        "v",
        gzip(GROSS.as_bytes()),
        &ImportOptions::default(),
        &movies,
        &errors,
    );
    check(
        "v",
        format!("\u{feff}{GROSS}"),
        &ImportOptions::default(),
        &movies,
        &errors,
    );
}

#[test]
fn json_lines_and_objects() {
    let lines = "{\"title\":\"A\",\"genres\":[\"War\"]}\n\n{\"title\":\"B\"\n{\"title\":\"C\",\"year\":1999,\"name\":\"c\"} x\n\
        {\"title\":\"D\",\"name\":\"d\"}\n";
    check(
        "l",
        lines,
        &ImportOptions::default(),
        &["a | A | War", "d | D"],
        &[
            "l:3: not json at column 12: EOF while parsing an object, the file may be cut off here",
            "l:4: not json at column 38: trailing characters",
        ],
    );
    check(
        "o",
        "{\n  \"title\": \"A\"\n}\n{\n  \"title\": \"B\",\n}\n",
        &ImportOptions::default(),
        &["a | A"],
        &["o:6: not json at column 1: trailing comma"],
    );
}

/// However many keys one object has, each is looked at once. Looking each up in
/// the text took a minute for a record like this one.
#[test]
fn an_object_of_many_keys_takes_no_longer_than_its_text() {
    let keys: String = (0..100_000).map(|key| format!(",\"{key:x}\":1")).collect();
    let text = format!("{{\"name\":\"m\",\"title\":\"T\"{keys}}}\n");
    assert!(text.len() <= limits::MAX_IMPORT_RECORD_BYTES);
    let began = std::time::Instant::now();
    check("k", text, &ImportOptions::default(), &["m | T"], &[]);
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
}
