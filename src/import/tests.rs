//! Whole files through [`open`], in small excerpts of the formats that people have.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

/// A directory with the files of one test.
struct Files(tempfile::TempDir);

/// What came out of an import.
#[derive(Debug, PartialEq)]
struct Outcome {
    movies: Vec<String>,
    faults: Vec<String>,
}

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The error of a file that cannot be opened, without the directory.
    fn refused(&self, path: &Path, options: &Options) -> String {
        let error = open(path, options).err().expect("the file was opened");
        self.shorten(&error.to_string())
    }

    fn shorten(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }

    fn import(&self, path: &Path, options: &Options) -> Outcome {
        let mut outcome = Outcome {
            movies: Vec::new(),
            faults: Vec::new(),
        };
        for row in open(path, options).unwrap() {
            match row {
                Ok(movie) => outcome.movies.push(line(&movie)),
                Err(fault) => outcome.faults.push(self.shorten(&fault.to_string())),
            }
        }
        outcome
    }
}

/// A movie on one line: name, then what is known.
fn line(movie: &Movie) -> String {
    let mut line = format!("{} | {}", movie.name, movie.title);
    if let Some(original) = &movie.original_title {
        line += &format!(" / {original}");
    }
    if let Some(released) = movie.released {
        line += &format!(" | {released}");
    }
    if let Some(minutes) = movie.runtime_minutes {
        line += &format!(" | {minutes} min");
    }
    if !movie.genres.is_empty() {
        line += &format!(" | {}", movie.genres.join("+"));
    }
    if let (Some(rating), Some(votes)) = (movie.rating, movie.votes) {
        line += &format!(" | {rating} of {votes}");
    }
    line
}

#[track_caller]
fn check(name: &str, text: impl AsRef<[u8]>, options: &Options, movies: &[&str], faults: &[&str]) {
    let files = Files::new();
    let path = files.write(name, text);
    let outcome = files.import(&path, options);
    assert_eq!(outcome.movies, movies);
    assert_eq!(outcome.faults, faults);
}

fn maps(maps: &[&str]) -> Options {
    Options {
        maps: maps.iter().map(|map| map.parse().unwrap()).collect(),
        ..Options::default()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const TITLES: &str = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n\
    tt0000901\tshort\tThe Kite\tLe cerf-volant\t0\t1899\t\\N\t2\tDocumentary,Short\n\
    tt0000902\tmovie\t\"Hail\" and Farewell\t\"Hail\" and Farewell\t0\t\\N\t\\N\t\\N\t\\N\n\
    tt0000903\tmovie\tEndless\tEndless\t0\t2011\t2012\t9999999\tDrama,Drama\n";

#[test]
fn imdb_with_and_without_ratings() {
    let movies = [
        "tt0000901 | The Kite / Le cerf-volant | 1899 | 2 min | Documentary+Short",
        "tt0000902 | \"Hail\" and Farewell",
        "tt0000903 | Endless | 2011 | Drama",
    ];
    check("titles", TITLES, &Options::default(), &movies, &[]);
    check(
        "titles",
        TITLES.replace('\n', "\r\n"),
        &Options::default(),
        &movies,
        &[],
    );

    let files = Files::new();
    let options = Options {
        ratings: Some(files.write(
            "ratings",
            gzip(b"tconst\taverageRating\tnumVotes\ntt0000902\t7.9\t88\ntt0000901\t5.5\t1204\ntt1\t5.5\t1\n"),
        )),
        prefix: "imdb:".into(),
        ..Options::default()
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
        outcome.faults,
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
        &Options::default(),
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

#[test]
fn movielens_with_its_faults() {
    let text = "movieId,title,genres \r\n\
        901,\"Kite, The (Cerf-volant, Le) (1999)\",Drama|War\r\n\
        902,Nameless Year,(no genres listed)\r\n\
        903,\"Out, The (2012) \",\r\n\
        ,Nobody (2001),War\r\n\
        905,\"Old (a.k.a. Aged) (1950-1952)\",War|War\r\n";
    let options = Options {
        prefix: "ml-".into(),
        ..Options::default()
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
        &["movies.csv:5: name is missing, the column that gives it is empty in this row"],
    );
    check(
        "movies.csv",
        "movieId,title,genres\n7,\"Kite, The (1999)\",War\n",
        &maps(&["genres="]),
        &["7 | Kite, The (1999)"],
        &[],
    );
}

const GROSS: &str = r#"[
    {"Title": "Kite Girls", "US Gross": 1, "Release Date": "Jun 12 1998", "Running Time min": null, "Major Genre": "Thriller/Suspense", "IMDB Rating": 6.1, "IMDB Votes": 1071},
    {"Title": 1812, "US Gross": null, "Release Date": "Nov 09 1972", "Running Time min": 141, "Major Genre": null, "IMDB Rating": 7, "IMDB Votes": 4099},
    {"Title": null, "US Gross": 3, "Release Date": "Nov 03 2006"},
    {"Title": "Kite  Girls", "Release Date": "Jan 01 1998"},
    7,
    {"Title": "Far", "Release Date": "Dec 31 2046"}
]
"#;

#[test]
fn a_json_array_with_its_faults() {
    let movies = [
        "kite-girls-1998 | Kite Girls | 1998-06-12 | Thriller/Suspense | 6.1 of 1071",
        "1812-1972 | 1812 | 1972-11-09 | 141 min | 7 of 4099",
        "kite-girls-1998-2 | Kite Girls | 1998-01-01",
        "far-2046 | Far | 2046-12-31",
    ];
    let faults = [
        "v:4: title is missing, a movie cannot be without one",
        "v:6: this is json, but not an object like {\"title\": \"Alien\"}",
    ];
    check("v", GROSS, &Options::default(), &movies, &faults);
    check(
        "v",
        gzip(GROSS.as_bytes()),
        &Options::default(),
        &movies,
        &faults,
    );
    check(
        "v",
        format!("\u{feff}{GROSS}"),
        &Options::default(),
        &movies,
        &faults,
    );
}

#[test]
fn json_lines_and_objects() {
    let lines = "{\"title\":\"A\",\"genres\":[\"War\"]}\n\n{\"title\":\"B\"\n{\"title\":\"C\",\"year\":1999,\"name\":\"c\"} x\n\
        {\"title\":\"D\",\"name\":\"d\"}\n";
    check(
        "l",
        lines,
        &Options::default(),
        &["d | D"],
        &[
            "l:1: name is missing, the column that gives it is empty in this row",
            "l:3: not json at column 12: EOF while parsing an object, the file may be cut off here",
            "l:4: not json at column 38: trailing characters",
        ],
    );
    check(
        "o",
        "{\n  \"title\": \"A\"\n}\n{\n  \"title\": \"B\",\n}\n",
        &Options::default(),
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
    check("k", text, &Options::default(), &["m | T"], &[]);
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn a_value_that_is_not_utf8_is_refused_with_line_and_byte() {
    for (text, fault) in [
        (
            &b"title,year\nA,1999\nAm\xe9lie,2001\n"[..],
            "f:3: byte 0xE9 at position 3 of the value in column 1",
        ),
        (
            b"{\"title\":\"A\"}\n{\"title\":\"Am\xe9lie\"}\n",
            "f:2: byte 0xE9 at position 13 of the line",
        ),
        (
            b"[{\"title\":\"A\"},\n{\"title\":\"Am\xe9lie\"}]\n",
            "f:2: byte 0xE9 at position 13 of the record",
        ),
    ] {
        let files = Files::new();
        let outcome = files.import(&files.write("f", text), &Options::default());
        assert_eq!(outcome.movies.len(), 1);
        let rule = " is not utf-8, convert the file first: iconv -f latin1 -t utf-8";
        assert_eq!(outcome.faults, [format!("{fault}{rule}")]);
    }
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
        check("f.csv", text, &Options::default(), &movies, &[]);
    }
}

#[test]
fn line_numbers_stay_right_behind_newlines_in_quotes() {
    let text =
        "title,released\n\n\"A\nB\",1999\n\n\"C\r\nD\",never\nE\nF,1999,1\n\"G,1999\nH,1999\n";
    check(
        "f",
        text,
        &Options::default(),
        &["a-b-1999 | A B | 1999"],
        &[
            "f:6: released `never` is not a date, write it like 1998, 1998-06 or 1998-06-12",
            "f:8: the row has 1 columns and the header 2, a separator may need quotes, or the file is cut off here",
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
        &["f:3: name is missing, the column that gives it is empty in this row"],
    );
}

#[test]
fn our_own_export_comes_back_to_the_letter() {
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
        let back: Vec<Movie> = open(&path, &Options::default())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(back, std::slice::from_ref(&movie));
    }
}

#[test]
fn what_cannot_be_imported_is_refused_before_the_first_row() {
    let files = Files::new();
    let plain = Options::default();
    let refused = |name: &str, bytes: &[u8], options: &Options| {
        files.refused(&files.write(name, bytes), options)
    };
    assert_eq!(
        files.refused(files.0.path(), &plain),
        format!(
            "`{}` is a directory, give one of the files in it",
            files.0.path().display()
        )
    );
    assert_eq!(
        files.refused(&files.0.path().join("none"), &plain),
        "cannot read `none`: No such file or directory (os error 2)"
    );
    let empty = "`f` is empty, an import needs at least a line that names the columns";
    assert_eq!(refused("f", b"", &plain), empty);
    assert_eq!(refused("f", b"\xef\xbb\xbf\n \n", &plain), empty);
    assert_eq!(refused("f", &gzip(b""), &plain), empty);
    assert_eq!(refused("f", b"[]", &plain), empty);
    assert_eq!(
        refused("f", b"\x89PNG\r\n\x1a\n\0\0", &plain),
        "`f` is binary data, not a text file with movies"
    );
    assert_eq!(
        refused("f", &gzip(b"title\nA\n")[..15], &plain),
        "cannot read `f`: the gzip data is cut off, fetch the file again"
    );
    assert_eq!(
        refused("f", b"[1,", &plain),
        "f:1: this is json, but not an object like {\"title\": \"Alien\"}"
    );
    assert_eq!(
        refused("f", b"{\"movies\": [{\"title\": \"A\"}]}", &plain),
        "no column of `f` is a title, name it with --map title=COLUMN; its columns are `movies`; \
         if the movies are in a list inside, take it out: jq .LIST"
    );
    assert_eq!(
        refused("f", b"1,Alien\n", &plain),
        "no column of `f` is a title, name it with --map title=COLUMN; its columns are `1`, `Alien`"
    );
    assert_eq!(
        refused("f", b"{\"title\": \"A\"}", &maps(&["votes=Likes"])),
        "`f` has no column `Likes`; its columns are `title`"
    );
}

#[test]
fn ratings_and_prefix_are_checked_first() {
    let files = Files::new();
    let csv = files.write("f.csv", "title\nA\n");
    let titles = files.write("titles", TITLES);
    let with_ratings = Options {
        ratings: Some(csv.clone()),
        ..Options::default()
    };
    assert_eq!(
        files.refused(&csv, &with_ratings),
        "--ratings goes with IMDb's title.basics.tsv alone, `f.csv` is csv; leave --ratings out"
    );
    assert_eq!(
        files.refused(&titles, &with_ratings),
        "`f.csv` is not IMDb's title.ratings.tsv, its first line has to be tconst, averageRating \
         and numVotes"
    );
    let with_map = Options {
        ratings: Some(titles.clone()),
        ..maps(&["title=originalTitle"])
    };
    assert_eq!(
        files.refused(&titles, &with_map),
        "--ratings cannot go with --map or --key, IMDb's files name their columns themselves"
    );
    let prefix = |prefix: String| Options {
        prefix,
        ..Options::default()
    };
    let most = limits::MAX_IMPORT_PREFIX_BYTES;
    assert!(open(&csv, &prefix("p".repeat(most))).is_ok());
    assert_eq!(
        files.refused(&csv, &prefix("p".repeat(most + 1))),
        "--prefix has 65 bytes, at most 64 are allowed"
    );
    assert_eq!(
        files.refused(&csv, &prefix("\n".into())),
        r"--prefix `\n` holds a control character"
    );
}

#[test]
fn gzip_that_breaks_later_ends_the_import() {
    let mut text = String::from("title,year\n");
    for n in 0..200_000 {
        text += &format!("Film {},{}\n", n * 7_919 % 200_003, 1900 + n % 120);
    }
    let whole = gzip(text.as_bytes());
    let files = Files::new();
    let path = files.write("f", &whole[..whole.len() - 100]);
    let mut rows = open(&path, &Options::default()).unwrap();
    let fault = rows.find_map(Result::err).unwrap();
    assert!(fault.ends_the_import());
    assert!(
        fault
            .reason
            .ends_with("the gzip data is cut off, fetch the file again"),
        "{fault}"
    );
    assert!(fault.line > 100_000, "{fault}");
    assert!(rows.next().is_none());
    assert_eq!(rows.meter().bytes_read(), whole.len() as u64 - 100);
    assert_eq!(rows.meter().bytes_total(), Some(whole.len() as u64 - 100));
}

#[test]
fn the_bound_on_a_record_is_met_in_every_format() {
    let most = limits::MAX_IMPORT_RECORD_BYTES;
    let long = "x".repeat(most + 1);
    let too_long = "2: the record is longer than 1048576 bytes";
    for (text, fault) in [
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
            format!("title,note\nA,\"{long}{long}\nB,\n"),
            "2: nothing can be read behind this line: the row here is longer than 1048576 bytes",
        ),
    ] {
        let files = Files::new();
        let outcome = files.import(&files.write("f", text), &Options::default());
        assert_eq!(outcome.faults.len(), 1, "{:?}", outcome.faults);
        assert!(
            outcome.faults[0].starts_with(&format!("f:{fault}")),
            "{:?}",
            outcome.faults
        );
    }
}

#[test]
fn a_record_as_long_as_the_bound_is_read() {
    let note = "x".repeat(limits::MAX_IMPORT_RECORD_BYTES - "A,\n".len());
    check(
        "f",
        format!("title,note\nA,{note}\nB,\n"),
        &Options::default(),
        &["a | A", "b | B"],
        &[],
    );
}

/// Reads everything; the second value is whether the reading ended by itself.
fn drain(bytes: &[u8], options: &Options) {
    let files = Files::new();
    let Ok(import) = open(&files.write("f", bytes), options) else {
        return;
    };
    // A row takes at least one byte.
    assert!(import.count() <= bytes.len() + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No bytes behind any header, and no change to a good file, may panic or go on for ever.
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
        drain(&[head.as_bytes(), &bytes].concat(), &Options::default());
    }

    #[test]
    fn no_damage_to_a_good_file_panics(
        good in prop::sample::select(vec![TITLES, GROSS, "movieId,title,genres\n1,\"A, The (B (c)) (1999)\",War|Drama\n"]),
        at in any::<prop::sample::Index>(),
        damage in prop::collection::vec(any::<u8>(), 0..4),
        length in 0_usize..5,
        zipped in any::<bool>(),
    ) {
        let mut bytes = match zipped {
            true => gzip(good.as_bytes()),
            false => good.as_bytes().to_vec(),
        };
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, damage);
        drain(&bytes, &Options::default());
    }

    #[test]
    fn no_text_panics_a_date(text in "\\PC{0,12}|[0-9]{1,4}[-/. ][0-9]{1,4}[-/. T][0-9A-Za-z:]{0,9}") {
        let _ = dates::parse(&text);
    }
}
