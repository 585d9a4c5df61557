//! IMDb's files.

use super::*;

#[test]
fn imdb_with_and_without_ratings() {
    let movies = [
        "tt0000901 | The Kite / Le cerf-volant | 1899 | 2 min | Documentary+Short",
        "tt0000902 | \"Hail\" and Farewell",
        "tt0000903 | Endless | 2011 | Drama",
    ];
    check("titles", TITLES, &ImportOptions::default(), &movies, &[]);
    check(
        "titles",
        TITLES.replace('\n', "\r\n"),
        &ImportOptions::default(),
        &movies,
        &[],
    );

    let files = Files::new();
    let options = ImportOptions {
        ratings: Some(files.write(
            "ratings",
            gzip(b"tconst\taverageRating\tnumVotes\ntt0000902\t7.9\t88\ntt0000901\t5.5\t1204\ntt1\t5.5\t1\n"),
        )),
        prefix: "imdb:".into(),
        ..ImportOptions::default()
    };
    let outcome = files.import(&files.write("titles", gzip(TITLES.as_bytes())), &options);
    assert_eq!(
        outcome.movies,
        [
            "imdb:tt0000901 | The Kite / Le cerf-volant | 1899 | 2 min | Documentary+Short | 5.5 of 1204",
            "imdb:tt0000902 | \"Hail\" and Farewell | 7.9 of 88",
            "imdb:tt0000903 | Endless | 2011 | Drama",
        ]
    );
    assert_eq!(
        outcome.errors,
        ["ratings:4: tconst `tt1` is not an id like tt0000001"]
    );
}

#[test]
fn faulty_rows_of_imdb_are_refused_one_by_one() {
    let header = TITLES.lines().next().unwrap();
    let rows = format!(
        "{header}\n\
         tt1\tmovie\t\\N\tA\t0\t1999\t\\N\t1\t\\N\n\
         \n\
         tt2\tmovie\tA\tA\t0\tsoon\t\\N\t1\t\\N\n\
         tt3\tmovie\tA\tA\t0\t1999\t\\N\tlong\t\\N\n\
         tt4\tmovie\tA\tA\t0\t1999\t\\N\t1\tWar\tmore\n\
         \tmovie\tA\tA\t0\t1999\t\\N\t1\tWar\n\
         tt6\tmovie\tA  B\tA B\t0\t1999\t\\N\t0\tWar\n\
         tt7\tmovie\tCut of"
    );
    check(
        "t",
        rows,
        &ImportOptions::default(),
        &["tt6 | A B | 1999 | War"],
        &[
            "t:2: title is missing, a movie cannot be without one",
            "t:4: released `soon` is not a date, write it like 1998, 1998-06 or 1998-06-12",
            "t:5: runtimeMinutes `long` is not a whole number",
            "t:6: the row has 10 columns and the header 9, a separator may need quotes",
            "t:7: name is missing, tconst is empty in this row",
            "t:9: the row has 3 columns and the header 9, a separator may need quotes, or the file \
             is cut off here",
        ],
    );
}
