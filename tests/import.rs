//! `catalogue import` and `catalogue export`: the real binary on real files, and
//! what a client then reads over TCP.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use catalogue::movie::Movie;
use catalogue::store::{ReadTransaction, Reader};

/// A new catalogue in a directory of its own.
struct Catalogue {
    directory: tempfile::TempDir,
}

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Catalogue {
    fn new() -> Catalogue {
        let catalogue = Catalogue {
            directory: tempfile::tempdir().unwrap(),
        };
        catalogue.done(&["init"]);
        catalogue
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catalogue"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_remove("CATALOGUE_DB")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Standard output of a command that succeeds and complains about nothing.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let (out, err) = self.ended(arguments, 0);
        assert_eq!(err, "", "{arguments:?}");
        out
    }

    /// Standard output of an import that gives movies other titles, and says how many.
    #[track_caller]
    fn retitled(&self, arguments: &[&str], movies: &str) -> String {
        let (out, err) = self.ended(arguments, 0);
        let advice = "where two sources use the same names, --prefix keeps them apart";
        assert_eq!(
            err,
            format!("{movies} another title; {advice}\n"),
            "{arguments:?}"
        );
        out
    }

    /// Standard error of a command that fails and prints nothing.
    #[track_caller]
    fn failed(&self, arguments: &[&str]) -> String {
        let (out, err) = self.ended(arguments, 1);
        assert_eq!(out, "", "{arguments:?}");
        err
    }

    #[track_caller]
    fn ended(&self, arguments: &[&str], status: i32) -> (String, String) {
        let output = self.run(arguments);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {out}{err}"
        );
        (out, err)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// All movies, as JSON lines.
    fn movies(&self) -> Vec<String> {
        self.done(&["export"]).lines().map(str::to_owned).collect()
    }

    /// Starts a server and logs a client in.
    fn serve(&self) -> (Server, redis::Connection) {
        let mut adding = self
            .command(&["adduser", "ann"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        adding
            .stdin
            .take()
            .unwrap()
            .write_all(b"kite and string\n")
            .unwrap();
        assert!(adding.wait().unwrap().success());
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let server = Server(child);
        let address = line
            .split(" on ")
            .nth(1)
            .and_then(|rest| rest.split(',').next())
            .unwrap();
        let client = redis::Client::open(format!("redis://{address}")).unwrap();
        let mut connection = client.get_connection().unwrap();
        let answer: String = redis::cmd("UP")
            .arg("ann")
            .arg("kite and string")
            .query(&mut connection)
            .unwrap();
        assert_eq!(answer, "PASSOK");
        (server, connection)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const GROSS_JSON: &str = r#"[
    {"Title": "Kite Girls", "US Gross": 146, "Release Date": "Jun 12 1998", "Running Time min": null, "Major Genre": null, "IMDB Rating": 6.1, "IMDB Votes": 1071},
    {"Title": 1812, "US Gross": null, "Release Date": "Nov 09 1972", "Running Time min": 141, "Major Genre": "Musical", "IMDB Rating": 7, "IMDB Votes": 4099},
    {"Title": null, "US Gross": 26, "Release Date": "Nov 03 2006", "Running Time min": 90, "Major Genre": "Drama", "IMDB Rating": 5.5, "IMDB Votes": 7}
]"#;
const MOVIES_CSV: &str = "movieId,title,genres \r\n\
    901,Story of a Kite (1995),Adventure|Children\r\n\
    902,\"Kite, The (Cerf-volant, Le) (2012)\",\r\n";
const BASICS_TSV: &str = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n\
    tt0000901\tshort\tThe Kite\tLe cerf-volant\t0\t1899\t\\N\t2\tDocumentary,Short\n\
    tt0000902\tmovie\tWind\tWind\t0\t\\N\t\\N\t\\N\t\\N\n";
const RATINGS_TSV: &str = "tconst\taverageRating\tnumVotes\ntt0000901\t5.7\t2150\n";

#[test]
fn the_three_formats_are_imported_and_read_over_tcp() {
    let catalogue = Catalogue::new();
    catalogue.write("gross.json", GROSS_JSON);
    catalogue.write("movies.csv", MOVIES_CSV);
    catalogue.write("title.basics.tsv.gz", gzip(BASICS_TSV.as_bytes()));
    catalogue.write("title.ratings.tsv", RATINGS_TSV);
    let fault = "gross.json:4: title is missing, a movie cannot be without one";
    assert_eq!(
        catalogue.failed(&["import", "gross.json"]),
        format!("catalogue: {fault}; nothing was changed, --skip-bad leaves such rows out\n")
    );
    assert_eq!(catalogue.movies().len(), 3);
    let (mut server, mut client) = catalogue.serve();
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
    assert!(server.0.try_wait().unwrap().is_none());
}

#[test]
fn importing_again_replaces() {
    let catalogue = Catalogue::new();
    catalogue.write(
        "a.csv",
        "title,year,votes\nKite,1999,1\nKite,1999,2\nWind,,3\n",
    );
    catalogue.done(&["import", "a.csv"]);
    let first = catalogue.movies();
    assert_eq!(first.len(), 6);
    assert_eq!(
        catalogue.done(&["import", "a.csv"]),
        "imported `a.csv` (csv): 0 added, 0 changed, 3 unchanged, 0 refused\n"
    );
    assert_eq!(catalogue.movies(), first);
    catalogue.write("b.csv", "title,year,votes\nKite,1999,7\n");
    catalogue.done(&["import", "b.csv"]);
    let changed = catalogue
        .movies()
        .into_iter()
        .filter(|movie| !first.contains(movie));
    assert_eq!(changed.count(), 1);
}

#[test]
fn of_two_rows_with_one_key_the_later_counts() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "nr,title\n7,Kite\n7,Wind\n");
    assert_eq!(
        catalogue.retitled(&["import", "a.csv", "--key", "nr"], "1 movie gets"),
        "imported `a.csv` (csv): 1 added, 1 changed, 0 unchanged, 0 refused\n"
    );
    let movies = catalogue.movies();
    assert!(
        movies[3].contains(r#""name":"7","title":"Wind""#),
        "{movies:?}"
    );
}

#[test]
fn an_export_comes_back_as_it_was() {
    let catalogue = Catalogue::new();
    catalogue.write("movies.csv", MOVIES_CSV);
    catalogue.write(
        "gross.json",
        GROSS_JSON.replace("null, \"US", "\"\\ta, \\\"b\\\"|c \", \"US"),
    );
    catalogue.done(&["import", "movies.csv"]);
    catalogue.done(&["import", "gross.json"]);
    let before = catalogue.movies();
    assert_eq!(before.len(), 8);
    for name in ["a.jsonl", "a.csv", "a.csv.gz", "a.jsonl.gz"] {
        assert_eq!(
            catalogue.done(&["export", name]),
            format!("exported 8 movies to `{name}`\n")
        );
        let other = Catalogue::new();
        std::fs::copy(catalogue.path(name), other.path(name)).unwrap();
        let report = other.done(&["import", name]);
        assert!(
            report.ends_with("5 added, 0 changed, 3 unchanged, 0 refused\n"),
            "{report}"
        );
        assert_eq!(other.movies(), before, "{name}");
    }
    let csv = catalogue.done(&["export", "--format", "csv"]);
    assert_eq!(
        csv,
        std::fs::read_to_string(catalogue.path("a.csv")).unwrap()
    );
    let leftover = |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes()[0] == b'.';
    let left = std::fs::read_dir(catalogue.directory.path())
        .unwrap()
        .map(Result::unwrap);
    assert_eq!(left.filter(leftover).count(), 0);
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
        "catalogue: `film` is no type of IMDb's titles, the types are movie, short, tvEpisode, \
         tvMiniSeries, tvMovie, tvPilot, tvSeries, tvShort, tvSpecial, video, videoGame\n"
    );
    catalogue.write("movies.csv", MOVIES_CSV);
    assert_eq!(
        catalogue.failed(&["import", "movies.csv", "--types", "movie"]),
        "catalogue: --types goes with IMDb's title.basics.tsv alone, `movies.csv` is MovieLens's \
         movies.csv; leave --types out\n"
    );
    let map = ["import", file, "--types", "movie", "--key", "tconst"];
    assert!(
        catalogue
            .ended(&map, 2)
            .1
            .contains("--types cannot go with")
    );
}

/// What people have beside `title.basics.tsv` in the same folder.
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
                 title.basics.tsv\n"
            )
        );
    }
    catalogue.write("r.tsv", RATINGS_TSV);
    assert_eq!(
        catalogue.failed(&["import", "r.tsv"]),
        "catalogue: `r.tsv` is IMDb's title.ratings.tsv: import title.basics.tsv, and give this \
         file with --ratings\n"
    );
    assert_eq!(catalogue.movies(), before);
}

#[test]
fn an_export_that_cannot_be_written_says_so() {
    let catalogue = Catalogue::new();
    assert_eq!(
        catalogue.failed(&["export", "no/where.csv"]),
        "catalogue: cannot write `no/where.csv`: No such file or directory (os error 2)\n"
    );
    let full = catalogue.failed(&["export", "/dev/full"]);
    assert_eq!(
        full,
        "catalogue: cannot write `/dev/full`: No space left on device (os error 28)\n"
    );
}

#[test]
fn bad_files_get_a_clear_answer_and_change_nothing() {
    let catalogue = Catalogue::new();
    let before = catalogue.movies();
    std::fs::create_dir(catalogue.path("folder")).unwrap();
    let whole = gzip("title\n".repeat(1_000).as_bytes());
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("empty", Vec::new(), "`empty` is empty"),
        (
            "latin1",
            b"title\nWind\nCaf\xe9\n".to_vec(),
            "latin1:3: byte 0xE9 at position 4",
        ),
        (
            "binary",
            vec![0x7f, b'E', b'L', b'F', 0, 1, 2],
            "`binary` is binary data",
        ),
        (
            "cut.csv",
            b"title,year\nWind,1999\nKi".to_vec(),
            "cut.csv:3: the row has 1 columns and the header 2",
        ),
        (
            "open.csv",
            b"title,year\nWind,1999\n\"Ki".to_vec(),
            "open.csv:3: a quote that opens in this row",
        ),
        (
            "cut.json",
            b"[{\"title\":\"Wind\"},\n{\"title\":\"Ki".to_vec(),
            "cut.json:2: the file ends inside",
        ),
        (
            "cut.gz",
            whole[..whole.len() - 9].to_vec(),
            "the gzip data is cut off, fetch the file again",
        ),
    ];
    for (name, bytes, answer) in files {
        catalogue.write(name, bytes);
        let error = catalogue.failed(&["import", name]);
        assert!(
            error.starts_with("catalogue: ") && error.contains(answer),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert_eq!(
        catalogue.failed(&["import", "folder"]),
        "catalogue: `folder` is a directory, give one of the files in it\n"
    );
    for (name, hint) in [
        ("latin1", true),
        ("cut.csv", true),
        ("open.csv", false),
        ("cut.json", false),
    ] {
        let error = catalogue.failed(&["import", name]);
        assert_eq!(
            error.ends_with("--skip-bad leaves such rows out\n"),
            hint,
            "{error}"
        );
        let skipped = catalogue.run(&["import", "--dry-run", "--skip-bad", name]);
        assert_eq!(skipped.status.success(), hint, "{name}");
    }
    assert_eq!(catalogue.movies(), before);
}

#[test]
fn a_map_that_does_not_fit_is_refused() {
    let catalogue = Catalogue::new();
    catalogue.write("a.csv", "Film,Year\nKite,1999\n");
    let (_, error) = catalogue.ended(&["import", "a.csv", "--map", "titel=Film"], 2);
    assert!(
        error.contains("`titel` is no field of a movie, the fields are name, title, "),
        "{error}"
    );
    let refused =
        |arguments: &[&str]| catalogue.failed(&[&["import", "a.csv"], arguments].concat());
    assert_eq!(
        refused(&[]),
        "catalogue: no column of `a.csv` is a title, name it with --map title=COLUMN; its columns \
         are `Film`, `Year`\n"
    );
    assert_eq!(
        refused(&["--map", "title=Filme"]),
        "catalogue: `a.csv` has no column `Filme`; its columns are `Film`, `Year`\n"
    );
    assert_eq!(
        catalogue.ended(
            &["import", "a.csv", "--map", "name=Film", "--key", "Year"],
            2
        ),
        (
            String::new(),
            "catalogue: name is mapped twice, give each field one column\n".to_owned()
        )
    );
    catalogue.done(&[
        "import",
        "a.csv",
        "--map",
        "title=Film",
        "--map",
        "released=Year",
    ]);
    assert!(catalogue.movies()[3].contains(r#""name":"kite-1999""#));
}

#[test]
fn refused_rows_are_reported_up_to_a_bound() {
    let catalogue = Catalogue::new();
    let mut rows = String::from("title,year,rating\nKite,1999,\n");
    for number in 0..30 {
        rows += if number % 3 == 0 {
            "Wind,1999,11\n"
        } else {
            ",1999,\n"
        };
    }
    catalogue.write("a.csv", rows);
    let (out, err) = catalogue.ended(&["import", "a.csv", "--skip-bad"], 0);
    assert_eq!(
        out,
        "imported `a.csv` (csv): 1 added, 0 changed, 0 unchanged, 30 refused (title: 20, rating: 10)\n"
    );
    assert_eq!(
        err.lines().count(),
        catalogue::config::limits::MAX_REPORTED_FAULTS + 1
    );
    assert!(
        err.starts_with("a.csv:3: rating `11` is not a number from 0 to 10"),
        "{err}"
    );
    assert!(
        err.ends_with("further rows that are refused are only counted\n"),
        "{err}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let catalogue = Catalogue::new();
    let before = catalogue.movies();
    catalogue.write("a.csv", "name,title\n1,Kite\nnew,Wind\n2,Kite\n");
    assert_eq!(
        catalogue.retitled(&["import", "--dry-run", "a.csv"], "2 movies get"),
        "dry run of `a.csv` (csv): 1 added, 2 changed, 0 unchanged, 0 refused; nothing was changed\n"
    );
    assert_eq!(catalogue.movies(), before);
    let with_prefix = catalogue.done(&["import", "a.csv", "--dry-run", "--prefix", "x-"]);
    assert!(with_prefix.contains("3 added"), "{with_prefix}");
}

#[test]
fn an_interrupted_import_leaves_the_catalogue_as_it_was() {
    let catalogue = Catalogue::new();
    let mut import = catalogue
        .command(&["import", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    writeln!(stdin, "title").unwrap();
    let mut number = 0;
    let mut write_rows = |count: usize| -> std::io::Result<()> {
        for _ in 0..count {
            number += 1;
            writeln!(stdin, "Film number {number}")?;
        }
        Ok(())
    };
    // More than a pipe holds: when this returns, rows are being read.
    write_rows(50_000).unwrap();
    let signal = format!("kill -INT {}", import.id());
    assert!(
        Command::new("sh")
            .args(["-c", &signal])
            .status()
            .unwrap()
            .success()
    );
    let began = Instant::now();
    while write_rows(1_000).is_ok() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the import goes on"
        );
    }
    let mut error = String::new();
    import
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    assert_eq!(import.wait().unwrap().code(), Some(1), "{error}");
    assert_eq!(error, "catalogue: interrupted, nothing was changed\n");
    assert_eq!(catalogue.movies().len(), 3);
    assert!(!catalogue.path("sae.db-wal").exists());
}

/// On a terminal there is a bar, which is gone in the end.
#[test]
fn progress_has_a_rate_and_the_time_left() {
    let catalogue = Catalogue::new();
    let rows: String = (0..5_000)
        .map(|row| format!("Film number {row}\n"))
        .collect();
    catalogue.write("films.csv", format!("title\n{rows}"));
    let mut command = catalogue.command(&["import", "films.csv"]);
    command.env("COLUMNS", "120");
    let mut session = crate::support::in_terminal(command);
    session
        .exp_regex(r"\d+%  [\d,]+ rows, [\d,]+/s  [^\r]*B/s  [^\r]* left")
        .unwrap();
    session.exp_string("indexing for search").unwrap();
    session
        .exp_string("imported `films.csv` (csv): 5000 added, 0 changed")
        .unwrap();
    session.exp_eof().unwrap();
}

/// A server that has the catalogue open shows what is new at once, though it
/// remembers what was there.
#[test]
fn what_was_imported_beside_a_server_is_there_at_once() {
    let catalogue = Catalogue::new();
    let (_server, mut client) = catalogue.serve();
    let mut ask = |words: &[&str]| -> redis::Value {
        let (word, arguments) = words.split_first().unwrap();
        redis::cmd(word).arg(arguments).query(&mut client).unwrap()
    };
    let title = |row: redis::Value| -> String {
        let redis::Value::BulkString(row) = row else {
            panic!("no row: {row:?}");
        };
        Movie::from_postcard(&row).unwrap().title.clone()
    };
    for round in 0..3 {
        catalogue.write(
            "a.csv",
            format!("name,title\n2,Kite {round}\nnew {round},Wind\n"),
        );
        catalogue.retitled(&["import", "a.csv"], "1 movie gets");
        for _ in 0..2 {
            assert_eq!(title(ask(&["SEND", "2"])), format!("Kite {round}"));
        }
        assert_eq!(ask(&["COUNT"]), redis::Value::Int(4 + round));
        let redis::Value::Array(found) = ask(&["FIND", "kite"]) else {
            panic!("nothing found");
        };
        let found: Vec<String> = found.into_iter().map(title).collect();
        assert_eq!(found, [format!("Kite {round}")]);
    }
}

#[test]
fn readers_see_the_catalogue_as_it_was_until_the_end() {
    let catalogue = Catalogue::new();
    let mut import = catalogue
        .command(&["import", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    for number in 0..50_000 {
        // The first line names the column.
        let text = if number == 0 {
            "title".to_owned()
        } else {
            format!("Film number {number}")
        };
        writeln!(stdin, "{text}").unwrap();
    }
    assert_eq!(count(&catalogue.path("sae.db")), 3);
    drop(stdin);
    assert!(import.wait().unwrap().success());
    assert_eq!(count(&catalogue.path("sae.db")), 50_002);
}

fn count(database: &Path) -> u64 {
    let mut reader = Reader::open(database).unwrap();
    ReadTransaction::new(&mut reader).count().unwrap()
}
