//! Tests of details in tables: stored, merged, counted and kept values.

use super::Catalogue;

const LIST: &str = "Const,Title,Director,Stars,Overview,Certificate\n\
    tt0000101,Kite,\"Ann Lee, Bo Ek\",\"Dee Ash, Ann Lee\",A kite in the wind.,PG\n\
    tt0000102,Wind,Ann Lee,,,\n";

fn record(catalogue: &Catalogue, name: &str) -> serde_json::Value {
    let movies = catalogue.movies().into_iter();
    let mut movies = movies.map(|movie| serde_json::from_str::<serde_json::Value>(&movie).unwrap());
    movies.find(|movie| movie["name"] == name).unwrap()
}

#[test]
fn people_and_texts_of_a_table_are_stored_and_found() {
    let catalogue = Catalogue::new();
    catalogue.write("list.csv", LIST);
    let report = catalogue.done(&["import", "list.csv", "--dry-run"]);
    for line in [
        "column of directors: Director\n",
        "column of cast: Stars\n",
        "column of plot: Overview\n",
        "column of rated: Certificate\n",
        r#""directors":[{"name":"Ann Lee","person":"Ann Lee"},{"name":"Bo Ek","person":"Bo Ek"}]"#,
    ] {
        assert!(report.contains(line), "{report}");
    }
    catalogue.done(&["import", "list.csv"]);
    let kite = record(&catalogue, "tt0000101");
    assert_eq!(kite["plot"], "A kite in the wind.");
    assert_eq!(kite["cast"][0]["person"], "Dee Ash");
    catalogue.done(&["check"]);
    let films = "SELECT name FROM films WHERE person_name = 'Ann Lee' ORDER BY name";
    let films = catalogue.done(&["sql", films]);
    assert!(
        films.contains("tt0000101") && films.contains("tt0000102"),
        "{films}"
    );
    let (_server, mut client) = catalogue.serve();
    let found: String = redis::cmd("PERSON")
        .arg("Ann Lee")
        .arg("JSON")
        .query(&mut client)
        .unwrap();
    assert!(found.contains(r#""credits":2"#), "{found}");
}

#[test]
fn a_file_changes_the_details_that_it_has_columns_for() {
    let catalogue = Catalogue::new();
    catalogue.write("list.csv", LIST);
    catalogue.done(&["import", "list.csv"]);
    // A file without columns for details changes no details.
    catalogue.write("plain.csv", "const,title,year\ntt0000101,Kite,1999\n");
    catalogue.done(&["import", "plain.csv"]);
    assert_eq!(record(&catalogue, "tt0000101")["rated"], "PG");
    // A file with some of these columns changes these details.
    catalogue.write(
        "plots.csv",
        "const,title,year,plot\ntt0000101,Kite,1999,New words.\n",
    );
    for arguments in [
        &["import", "plots.csv", "--dry-run"][..],
        &["import", "plots.csv"],
    ] {
        let report = catalogue.done(arguments);
        assert!(
            report.contains(": 0 added, 1 changed, 0 unchanged"),
            "{report}"
        );
    }
    let report = catalogue.done(&["import", "plots.csv"]);
    assert!(
        report.contains(": 0 added, 0 changed, 1 unchanged"),
        "{report}"
    );
    let kite = record(&catalogue, "tt0000101");
    assert_eq!(
        (&kite["plot"], &kite["rated"]),
        (&"New words.".into(), &"PG".into())
    );
    assert_eq!(kite["directors"][1]["person"], "Bo Ek");
    // Without `--merge`, an empty value makes the detail unknown, and is counted.
    catalogue.write(
        "empty.csv",
        "const,title,year,plot,director\ntt0000101,Kite,1999,,Cy Fox\n",
    );
    catalogue.done(&["import", "empty.csv", "--merge"]);
    let kite = record(&catalogue, "tt0000101");
    assert_eq!(kite["plot"], "New words.");
    assert_eq!(kite["directors"][0]["name"], "Cy Fox");
    let report = catalogue.done(&["import", "empty.csv"]);
    let end = "0 added, 1 changed, 0 unchanged, 0 refused, 1 known value replaced with unknown, --merge keeps them\n";
    assert!(report.ends_with(end), "{report}");
    assert!(record(&catalogue, "tt0000101")["plot"].is_null());
    catalogue.done(&["check"]);
}

#[test]
fn details_are_joined_by_title_and_chosen_by_map() {
    let catalogue = Catalogue::new();
    catalogue.write("list.csv", LIST);
    catalogue.done(&["import", "list.csv"]);
    catalogue.write(
        "mine.csv",
        "name,what happens,director\nkite,Mine.,Ann Other\n",
    );
    let merge = [
        "import",
        "mine.csv",
        "--match-titles",
        "--merge",
        "--map",
        "plot=what happens",
        "--map",
        "directors=",
    ];
    let (out, err) = catalogue.ended(&merge, 0);
    assert!(
        out.ends_with("1 joined by title, 0 not joined\n"),
        "{out}{err}"
    );
    let kite = record(&catalogue, "tt0000101");
    assert_eq!(kite["plot"], "Mine.");
    assert_eq!(kite["directors"][0]["name"], "Ann Lee");
}

#[test]
fn a_detail_that_cannot_be_read_is_counted() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.csv",
        "title,website\nKite,no address\nWind,https://w.example\n",
    );
    let (out, err) = catalogue.ended(&["import", "a.csv"], 0);
    assert!(
        out.ends_with(
            "2 added, 0 changed, 0 unchanged, 0 refused, 1 value left unknown (website: 1)\n"
        ),
        "{out}"
    );
    assert!(
        err.starts_with("a.csv:2: website `no address` is no address"),
        "{err}"
    );
}

#[test]
fn a_dry_run_lists_the_columns_that_are_not_read() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "list.csv",
        "Title,Year,Rating out of 5,Shelf\nKite,1999,4,A\n",
    );
    let report = catalogue.done(&["import", "list.csv", "--dry-run"]);
    assert!(
        report.contains("\nnot read: Rating out of 5, Shelf\n"),
        "{report}"
    );
}
