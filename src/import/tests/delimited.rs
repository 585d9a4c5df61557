//! Files of columns.

use super::*;

#[test]
fn movielens_with_its_faults() {
    let text = "movieId,title,genres \r\n\
        901,\"Kite, The (Cerf-volant, Le) (1999)\",Drama|War\r\n\
        902,Nameless Year,(no genres listed)\r\n\
        903,\"Out, The (2012) \",\r\n\
        ,Nobody (2001),War\r\n\
        905,\"Old (a.k.a. Aged) (1950-1952)\",War|War\r\n";
    let options = ImportOptions {
        prefix: "ml-".into(),
        ..ImportOptions::default()
    };
    check(
        "movies.csv",
        text,
        &options,
        &[
            "ml-901 | The Kite / Le Cerf-volant | 1999 | Drama+War",
            "ml-902 | Nameless Year",
            "ml-903 | The Out | 2012",
            "ml-905 | Old | 1950 | War",
        ],
        &[
            "movies.csv:5: column `movieId`: name is missing, the column that gives it is empty in this row",
        ],
    );
    check(
        "movies.csv",
        "movieId,title,genres\n7,\"Kite, The (1999)\",War\n",
        &maps(&["genres="]),
        &["7 | The Kite | 1999"],
        &[],
    );
}

#[test]
fn csv_of_many_dialects() {
    let movies = ["a-b-1999 | A \"B\" | 1999 | 7.5 of 1000"];
    for text in [
        "title,year,rating,votes\n\"A \"\"B\"\"\",1999,7.5,\"1,000\"\n",
        "Title;Year;Rating;Votes\r\n\"A\n\"\"B\"\"\";1999;7,5;1000",
        "title\tyear\trating\tvotes\t\nA \"B\"\t1999\t7.5\t1000\t\n\n\n",
        "\u{feff}\"title\",year,rating,votes\n\"A \"\"B\"\"\",1999.0,7.50,1000,,\n",
    ] {
        check("f.csv", text, &ImportOptions::default(), &movies, &[]);
    }
}

#[test]
fn line_numbers_are_right_after_newlines_in_quotes() {
    let text =
        "title,released\n\n\"A\nB\",1999\n\n\"C\r\nD\",never\nE\nF,1999,1\n\"G,1999\nH,1999\n";
    check(
        "f",
        text,
        &ImportOptions::default(),
        &["a-b-1999 | A B | 1999", "e | E"],
        &[
            "f:6: released `never` is not a date, write it like 1998, 1998-06 or 1998-06-12",
            "f:9: the row has 3 columns and the header 2, a separator may need quotes",
            "f:10: a quote that opens in this row is never closed: the file is cut off, or the quote \
             has to be doubled inside quotes",
        ],
    );
}

#[test]
fn a_map_and_a_key_say_what_the_header_does_not() {
    let text = "Nr,Film,Premiere,Stars\n7,Kite,12.6.1998,5\n,Out,1999,1\n";
    let mut options = maps(&["title=film", "released=Premiere"]);
    check(
        "f",
        text,
        &options,
        &["kite-1998 | Kite | 1998-06-12", "out-1999 | Out | 1999"],
        &[],
    );
    options.key = Some("Nr".into());
    options.prefix = "my ".into();
    check(
        "f",
        text,
        &options,
        &["my 7 | Kite | 1998-06-12"],
        &["f:3: column `Nr`: name is missing, the column that gives it is empty in this row"],
    );
}

#[test]
fn an_export_of_this_program_is_imported_unchanged() {
    let movie = Movie::new(crate::movie::Fields {
        id: 7,
        name: " a  b".into(),
        title: r"\N".into(),
        original_title: Some(" A|B ".into()),
        released: Some("1999-01".parse().unwrap()),
        genres: vec!["A|B".into(), " C;".into()],
        rating: Some(8.123_456_789_012_345),
        ..crate::movie::Fields::default()
    })
    .unwrap();
    let csv = format!(
        "{}\n7, a  b,\\N, A|B ,1999-01,,\"A|B, C;\",8.123456789012345,\n",
        EXPORT_HEADER.join(",")
    );
    let files = Files::new();
    for text in [movie.to_json() + "\n", csv] {
        let path = files.write("f", text);
        let back: Vec<Movie> = open(&path, &ImportOptions::default())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(back, std::slice::from_ref(&movie));
    }
}

/// A row that is skipped would hide that further rows are missing.
#[test]
fn a_file_that_is_cut_off_inside_its_last_line_ends_the_import() {
    let files = Files::new();
    let ratings = format!("{}\ntt0000901\t5.7", "tconst\taverageRating\tnumVotes");
    let basics = TITLES.trim_end().rsplit_once('\t').unwrap().0;
    for (text, ratings) in [
        ("Title,Year,Rating\nKite,1979,8\nWind,19", None),
        (basics, None),
        (TITLES, Some(files.write("ratings", ratings))),
    ] {
        let options = ImportOptions {
            ratings,
            ..ImportOptions::default()
        };
        let rows: Vec<_> = open(&files.write("f", text), &options).unwrap().collect();
        let errors: Vec<&RowError> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].ends_the_import(), "{errors:?}");
        let with_end = files.write("f", format!("{text}\n"));
        let mut rows = open(&with_end, &ImportOptions::default()).unwrap();
        assert!(!rows.any(|row| row.is_err_and(|error| error.ends_the_import())));
    }
}

/// The first values do not show that a column of ids or names has repeated values.
#[test]
fn a_key_that_repeats_refuses_the_row_and_replaces_no_other() {
    let none = ImportOptions::default();
    let people = "Name,Film,Year\nAnn,Kite,1999\nBo,Wind,2001\nAnn,Hail,2003\n";
    let movies = ["Ann | Kite | 1999", "Bo | Wind | 2001"];
    let refused = "f:4: column `Name`: name `Ann` is that of an earlier row with another title, \
         choose the column of the names with --key, or leave it out with --map name=";
    check("f", people, &none, &movies, &[refused]);
    let titles = [
        "kite-1999 | Kite | 1999",
        "wind-2001 | Wind | 2001",
        "hail-2003 | Hail | 2003",
    ];
    check("f", people, &maps(&["name="]), &titles, &[]);
    let mut text = "id,title\n".to_owned();
    for id in 0..150 {
        text += &format!("{id},T{id}\n");
    }
    text += "7,T7\n8,Kite\n";
    let files = Files::new();
    let path = files.write("f", &text);
    let outcome = files.import(&path, &none);
    assert_eq!(outcome.movies.len(), 151);
    let reason = "f:153: column `id`: name `8` is that of an earlier row with another title";
    assert!(
        outcome.errors[0].starts_with(reason),
        "{:?}",
        outcome.errors
    );
    let chosen = ImportOptions {
        key: Some("id".to_owned()),
        ..ImportOptions::default()
    };
    assert_eq!(files.import(&path, &chosen).movies.len(), 152);
    assert_eq!(files.import(&path, &maps(&["name="])).movies.len(), 152);
}
