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

#[test]
fn an_object_with_a_title_is_the_movie_and_not_an_object_in_it() {
    let none = ImportOptions::default();
    let episode = r#"{"name":"e1","title":"Pilot","type":"tvEpisode","year":2001,"series":{"name":"s1","title":"Winds","season":1,"episode":2}}"#;
    check(
        "f",
        format!("{episode}\n"),
        &none,
        &["e1 | Pilot | 2001"],
        &[],
    );
    let series_first =
        r#"{"series":{"name":"s1","title":"Winds","year":1990},"title":"Pilot","name":"e1"}"#;
    check(
        "f",
        format!("[{series_first}]"),
        &none,
        &["e1 | Pilot"],
        &[],
    );
    for key in [
        "show",
        "movie",
        "film",
        "node",
        "item",
        "attributes",
        "fields",
    ] {
        let text = format!(r#"{{"title":"Kite","{key}":{{"title":"Wind"}},"year":1999}}"#);
        check(
            "f",
            format!("{text}\n"),
            &none,
            &["kite-1999 | Kite | 1999"],
            &[],
        );
    }
    // Without a title of its own, the object around the movie gives more of its values.
    let search = r#"[{"score":0.9,"show":{"id":7,"name":"Kite","rating":{"average":6.6},"premiered":"1999-05-01"}}]"#;
    check("f", search, &none, &["7 | Kite | 1999-05-01 | 6.6"], &[]);
    let rated = r#"{"rating":9,"type":"movie","movie":{"title":"Kite","year":1999,"ids":{"imdb":"tt0000101"}}}"#;
    check(
        "f",
        format!("{rated}\n"),
        &none,
        &["tt0000101 | Kite | 1999 | 9"],
        &[],
    );
    let named = r#"{"name":"list","movie":{"title":"Kite","year":1999}}"#;
    check(
        "f",
        format!("{named}\n"),
        &none,
        &["list | Kite | 1999"],
        &[],
    );
}
