//! `catalogue import` and `catalogue export`: the program on files, and the rows
//! that a client then reads over TCP.

mod details;
mod export;
mod formats;
mod imdb;
mod merging;
mod options;
mod page;
mod refusals;
mod sources;
mod summary;
mod visibility;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::{Cli, Folder, TestServer};

/// A new catalogue in a folder of its own.
struct Catalogue(Folder);

impl Catalogue {
    fn new() -> Catalogue {
        Catalogue(Folder::initialised())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        Cli::new(arguments).command(&self.0)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Cli::new(arguments).output(&self.0)
    }

    /// Standard output of a command that succeeds and complains about nothing.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let (out, err) = self.ended(arguments, 0);
        assert_eq!(err, "", "{arguments:?}");
        out
    }

    /// Standard output of an import that changes the titles of movies and reports their number.
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
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// All movies, as JSON lines.
    fn movies(&self) -> Vec<String> {
        self.done(&["export"]).lines().map(str::to_owned).collect()
    }

    /// Starts a server and logs a client in.
    fn serve(&self) -> (TestServer, redis::Connection) {
        let added = Cli::new(["adduser", "ann"]).stdin("kite and string\n");
        assert!(added.output(&self.0).status.success());
        let server = TestServer::serve_next_to_others(&self.0);
        let client = redis::Client::open(format!("redis://{}", server.address())).unwrap();
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
