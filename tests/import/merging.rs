//! `--merge` and `--match-titles`.

use super::Catalogue;

fn movie(catalogue: &Catalogue, name: &str) -> String {
    let wanted = format!("\"name\":\"{name}\"");
    let movies = catalogue.movies();
    movies
        .into_iter()
        .find(|movie| movie.contains(&wanted))
        .unwrap_or_default()
}

#[test]
fn two_files_make_one_movie() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.csv",
        "const,title,year,genres\ntt0000101,Kite,1999,Drama\n",
    );
    catalogue.write(
        "b.csv",
        "const,title,release date,rating\ntt0000101,Kite,,7.5\ntt0000102,Wind,2001,6\n",
    );
    catalogue.done(&["import", "a.csv"]);
    let merge = ["import", "b.csv", "--merge"];
    let report = catalogue.done(&[&merge[..], &["--dry-run"]].concat());
    assert!(
        report.contains(": 1 added, 1 changed, 0 unchanged, 0 refused; nothing"),
        "{report}"
    );
    assert_eq!(
        catalogue.done(&merge),
        "imported `b.csv` (csv): 1 added, 1 changed, 0 unchanged, 0 refused\n"
    );
    let merged = movie(&catalogue, "tt0000101");
    assert!(
        merged.contains(
            r#""released":"1999","runtime_minutes":null,"genres":["Drama"],"rating":7.5"#
        ),
        "{merged}"
    );
    assert!(
        catalogue
            .done(&merge)
            .contains(": 0 added, 0 changed, 2 unchanged")
    );
    // Without the option the values are lost, and counted.
    let report = catalogue.done(&["import", "b.csv"]);
    assert!(
        report.ends_with("2 known values replaced with unknown, --merge keeps them\n"),
        "{report}"
    );
    assert!(movie(&catalogue, "tt0000101").contains(r#""released":null"#));
}

#[test]
fn rows_of_one_file_are_merged_and_a_day_is_kept() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.jsonl",
        "{\"name\":\"k\",\"title\":\"Kite\",\"released\":\"1999-06-12\"}\n\
         {\"name\":\"k\",\"title\":\"Kite\",\"released\":\"1999\",\"votes\":7}\n",
    );
    for arguments in [
        &["import", "a.jsonl", "--merge", "--dry-run"][..],
        &["import", "a.jsonl", "--merge"],
    ] {
        let report = catalogue.ended(arguments, 0).0;
        assert!(
            report.contains("1 added, 1 changed, 0 unchanged"),
            "{report}"
        );
    }
    let merged = movie(&catalogue, "k");
    assert!(
        merged.contains("1999-06-12") && merged.contains("\"votes\":7"),
        "{merged}"
    );
}

#[test]
fn rows_without_ids_are_joined_by_title_and_year() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.csv",
        "const,title,original title,year,votes\ntt0000101,Am\u{e9}lie: A Story,,1999,12\n\
         tt0000102,Wind,,2001,5000\ntt0000103,Wind,,2001,3\ntt0000104,Sun,Soleil,2002,\n\
         tt0000105,Rain,,2003,\ntt0000106,Rain,,2003,\n",
    );
    catalogue.done(&["import", "a.csv"]);
    catalogue.write(
        "b.csv",
        "Name,Year,Rating\nAMELIE - a story,1999,8\nWind,2001,7\nSoleil,2002,6\nRain,2003,5\nKite,1998,4\n",
    );
    let (out, err) = catalogue.ended(&["import", "b.csv", "--match-titles", "--merge"], 0);
    assert!(
        out.ends_with(
            "2 added, 3 changed, 0 unchanged, 0 refused, 3 joined by title, 2 not joined\n"
        ),
        "{out}"
    );
    assert_eq!(
        err,
        "`Rain` (2003): not joined, 2 movies of the catalogue have that title\n\
         `Kite` (1998): not joined, the catalogue has no such title\n\
         2 movies get another title; where two sources use the same names, --prefix keeps them apart\n"
    );
    assert!(movie(&catalogue, "tt0000102").contains(r#""rating":7.0,"votes":5000"#));
    assert!(movie(&catalogue, "tt0000104").contains(r#""rating":6.0"#));
    assert!(movie(&catalogue, "kite-1998").contains(r#""rating":4.0"#));
}
