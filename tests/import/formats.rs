//! The formats of files, and the options that belong to one format.

use std::io::Write;
use std::process::Stdio;

use catalogue::movie::Movie;

use super::{BASICS_TSV, Catalogue, GROSS_JSON, MOVIES_CSV, RATINGS_TSV, gzip};

#[test]
fn the_three_formats_are_imported_and_read_over_tcp() {
    let catalogue = Catalogue::new();
    catalogue.write("gross.json", GROSS_JSON);
    catalogue.write("movies.csv", MOVIES_CSV);
    catalogue.write("title.basics.tsv.gz", gzip(BASICS_TSV.as_bytes()));
    catalogue.write("title.ratings.tsv", RATINGS_TSV);
    let fault = "gross.json:4: column `Title`: title is missing, a movie cannot be without one";
    assert_eq!(
        catalogue.failed(&["import", "gross.json"]),
        format!(
            "catalogue: {fault}; nothing was changed, --map title=COLUMN takes another column, --skip-bad skips rows like this one\n"
        )
    );
    assert_eq!(catalogue.movies().len(), 3);
    let (server, mut client) = catalogue.serve();
    assert_eq!(
        catalogue.ended(&["import", "gross.json", "--skip-bad"], 0),
        (
            "imported `gross.json` (a json array): 2 added, 0 changed, 0 unchanged, 1 refused (title: 1)\n"
                .into(),
            format!("{fault}\n")
        )
    );
    assert_eq!(
        catalogue.done(&["import", "movies.csv", "--prefix", "ml-"]),
        "imported `movies.csv` (MovieLens's movies.csv): 2 added, 0 changed, 0 unchanged, 0 refused\n"
    );
    assert_eq!(
        catalogue.done(&[
            "import",
            "title.basics.tsv.gz",
            "--ratings",
            "title.ratings.tsv"
        ]),
        "imported `title.basics.tsv.gz` (IMDb's title.basics.tsv): 2 added, 0 changed, 0 unchanged, 0 refused\n"
    );
    let mut row = |name: &str| -> Movie {
        let bytes: Vec<u8> = redis::cmd("SEND").arg(name).query(&mut client).unwrap();
        Movie::from_postcard(&bytes).unwrap()
    };
    let movie = row("1812-1972");
    assert_eq!(movie.title, "1812");
    assert_eq!(movie.released.unwrap().to_string(), "1972-11-09");
    assert_eq!((movie.rating, movie.votes), (Some(7.0), Some(4099)));
    let movie = row("ml-902");
    assert_eq!(movie.title, "The Kite");
    assert_eq!(movie.original_title.as_deref(), Some("Le Cerf-volant"));
    assert_eq!(movie.genres, [""; 0]);
    let movie = row("tt0000901");
    assert_eq!(movie.original_title.as_deref(), Some("Le cerf-volant"));
    assert_eq!(movie.genres, ["Documentary", "Short"]);
    assert_eq!((movie.rating, movie.votes), (Some(5.7), Some(2150)));
    assert!(server.stop_and_read().contains("stopping"));
}

#[test]
fn a_dash_is_standard_output_and_standard_input() {
    let catalogue = Catalogue::new();
    let csv = catalogue.done(&["export", "-", "--format", "csv"]);
    assert!(csv.starts_with("id,name,title,"), "{csv}");
    assert_eq!(
        catalogue.done(&["export", "-"]),
        catalogue.done(&["export"])
    );
    assert!(!catalogue.path("-").exists());
    let mut import = catalogue
        .command(&["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    stdin
        .write_all(csv.replace("Alien", "Aliens").as_bytes())
        .unwrap();
    drop(stdin);
    let output = import.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "imported `/dev/stdin` (csv): 0 added, 1 changed, 2 unchanged, 0 refused\n"
    );
}

#[test]
fn types_of_titles_are_chosen() {
    let catalogue = Catalogue::new();
    catalogue.write("title.basics.tsv", BASICS_TSV);
    let file = "title.basics.tsv";
    assert_eq!(
        catalogue.done(&["import", file, "--types", "tvSeries,movie"]),
        "imported `title.basics.tsv` (IMDb's title.basics.tsv): 1 added, 0 changed, 0 unchanged, \
         0 refused, 1 of other types left out\n"
    );
    assert!(
        catalogue
            .movies()
            .iter()
            .any(|movie| movie.contains("tt0000902"))
    );
    assert_eq!(
        catalogue.ended(&["import", file, "--types", "film"], 2).1,
        "catalogue: `film` is not a title type of IMDb, the types are movie, short, tvEpisode, \
         tvMiniSeries, tvMovie, tvPilot, tvSeries, tvShort, tvSpecial, video, videoGame\n"
    );
    catalogue.write("movies.csv", MOVIES_CSV);
    assert_eq!(
        catalogue.failed(&["import", "movies.csv", "--types", "movie"]),
        "catalogue: title types belong to IMDb's title.basics.tsv, `movies.csv` is csv; \
         leave --types out\n"
    );
    let map = ["import", file, "--types", "movie", "--key", "tconst"];
    assert!(
        catalogue
            .ended(&map, 2)
            .1
            .contains("leave --map and --key out")
    );
}

/// Files that people have next to `title.basics.tsv` in the same folder.
#[test]
fn other_files_of_imdb_are_named_and_refused() {
    let catalogue = Catalogue::new();
    let before = catalogue.movies();
    for (name, header) in [
        (
            "title.akas",
            "titleId\tordering\ttitle\tregion\tlanguage\ttypes\tattributes\tisOriginalTitle",
        ),
        (
            "title.principals",
            "tconst\tordering\tnconst\tcategory\tjob\tcharacters",
        ),
        ("title.crew", "tconst\tdirectors\twriters"),
        (
            "title.episode",
            "tconst\tparentTconst\tseasonNumber\tepisodeNumber",
        ),
        (
            "name.basics",
            "nconst\tprimaryName\tbirthYear\tdeathYear\tprimaryProfession\tknownForTitles",
        ),
    ] {
        let file = format!("{name}.tsv.gz");
        catalogue.write(&file, gzip(format!("{header}\n").as_bytes()));
        assert_eq!(
            catalogue.failed(&["import", &file]),
            format!(
                "catalogue: `{file}` is IMDb's {name}.tsv: a row of it is not a movie, import \
                 the folder with it and title.basics.tsv\n"
            )
        );
    }
    catalogue.write("r.tsv", RATINGS_TSV);
    assert_eq!(
        catalogue.failed(&["import", "r.tsv"]),
        "catalogue: `r.tsv` is IMDb's title.ratings.tsv: import title.basics.tsv, and give this \
         file as its ratings; --ratings FILE does that\n"
    );
    assert_eq!(catalogue.movies(), before);
}
