//! Importing IMDb's titles next to the `sqlite3` shell. The shell reads the same file
//! into a table with the same columns and the same clustered key, with its own defaults:
//! one transaction, safe from crashes.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use catalogue::client::{Client, ClientError};
use catalogue::import::{self, ImportOptions};
use catalogue::store::Loader;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::generator::{Generator, in_order_of_imdb, in_random_order};
use crate::load::median;
use crate::report::{Goal, Row};
use crate::tested_server::{self, TestedServer};
use crate::{PAIRS, SEED};

/// The flag with which this program imports a file without making the index.
pub const LOAD: &str = "--load";
/// The limit on the duration of an import.
const MOST_MIB: f64 = 256.0;
/// Between two readings of its memory.
const LOOK: Duration = Duration::from_millis(10);
/// Between an answer and the next request to a server.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(1);

const TABLE: &str = "CREATE TABLE movie (tconst TEXT NOT NULL PRIMARY KEY, titleType TEXT, \
     primaryTitle TEXT, originalTitle TEXT, isAdult INTEGER, startYear INTEGER, \
     endYear INTEGER, runtimeMinutes INTEGER, genres TEXT) WITHOUT ROWID";

/// The files that are imported, and their databases.
struct Files {
    folder: PathBuf,
    movies: u64,
}

/// All rows about importing. The files stay in the folder.
pub fn rows(folder: &Path, movies: u64, generator: &Generator) -> Result<Vec<Row>, Box<dyn Error>> {
    let files = Files {
        folder: folder.to_path_buf(),
        movies,
    };
    files.make(generator)?;
    Ok([
        files.next_to_shell("sorted", "in IMDb's order", 3.0)?,
        files.next_to_shell("random", "in random order", 2.5)?,
        files.gzip()?,
    ]
    .into_iter()
    .chain(files.twice()?)
    .collect())
}

/// The work of the child process: the arguments are [`LOAD`], the file and the database.
pub fn load(file: &Path, database: &Path) -> Result<(), Box<dyn Error>> {
    let mut movies = import::open(file, &ImportOptions::default())?;
    let mut loader = Loader::begin_without_index(database)?;
    while let Some(movie) = movies.next_view() {
        loader.put(&movie?.movie)?;
    }
    loader.commit()?;
    Ok(())
}

impl Files {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.tsv"))
    }

    /// Writes the missing files.
    fn make(&self, generator: &Generator) -> Result<(), Box<dyn Error>> {
        let make = |name: &str, numbers: Vec<u64>| -> Result<(), Box<dyn Error>> {
            let path = self.path(name);
            if path.exists() {
                return Ok(());
            }
            let file = self.folder.join("file");
            let mut basics = BufWriter::new(File::create(&file)?);
            let is_newer = name == "newer";
            generator.write_imdb(numbers.into_iter(), is_newer, &mut basics, &mut Vec::new())?;
            basics.flush()?;
            Ok(fs::rename(file, path)?)
        };
        make("sorted", in_order_of_imdb(self.movies).collect())?;
        make("newer", in_order_of_imdb(self.movies).collect())?;
        make("random", in_random_order(self.movies, SEED))?;
        if !self.path("sorted.gz").exists() {
            let packed = File::create(self.path("sorted.gz"))?;
            let mut packed = GzEncoder::new(packed, Compression::default());
            std::io::copy(&mut File::open(self.path("sorted"))?, &mut packed)?;
            packed.finish()?;
        }
        Ok(())
    }

    /// An empty catalogue.
    fn catalogue(&self) -> Result<PathBuf, Box<dyn Error>> {
        let database = self.folder.join("import.db");
        // A server that was killed leaves two files next to it.
        for file in ["import.db", "import.db-wal", "import.db-shm"] {
            let _ = fs::remove_file(self.folder.join(file));
        }
        catalogue::store::create(&database)?;
        Ok(database)
    }

    /// Seconds of our import without the search index.
    fn ours(&self, file: &Path) -> Result<f64, Box<dyn Error>> {
        let database = self.catalogue()?;
        let mut import = Command::new(std::env::current_exe()?);
        import.args([LOAD.as_ref(), file, &database]);
        timed(&mut import)
    }

    /// Seconds of the shell's import.
    fn shell(&self, file: &Path) -> Result<f64, Box<dyn Error>> {
        let database = self.folder.join("shell.db");
        let _ = fs::remove_file(&database);
        let import = format!(".import --skip 1 '{}' movie", file.display());
        let mut shell = Command::new("sqlite3");
        // In this mode a quote is a normal character, as in IMDb's files.
        shell.arg(&database).args([TABLE, ".mode ascii"]);
        shell.args([r#".separator "\t" "\n""#, &import]);
        let seconds = timed(&mut shell);
        fs::remove_file(&database)?;
        seconds
    }

    fn next_to_shell(&self, name: &str, order: &str, wanted: f64) -> Result<Row, Box<dyn Error>> {
        let file = self.path(name);
        let work = format!(
            "`import` of a title.basics.tsv of {} rows {order}, the search index left out, next to \
             the `sqlite3` shell's `.import`",
            self.movies
        );
        self.rates(&work, wanted, || {
            Ok([self.ours(&file)?, self.shell(&file)?])
        })
    }

    fn gzip(&self) -> Result<Row, Box<dyn Error>> {
        let (packed, plain) = (self.path("sorted.gz"), self.path("sorted"));
        let work = "the same import from gzip, next to the plain file";
        self.rates(work, 0.9, || Ok([self.ours(&packed)?, self.ours(&plain)?]))
    }

    /// Rows per second of two imports in turn, from the seconds of each pair.
    fn rates(
        &self,
        work: &str,
        wanted: f64,
        seconds: impl Fn() -> Result<[f64; 2], Box<dyn Error>>,
    ) -> Result<Row, Box<dyn Error>> {
        let mut rates = Vec::new();
        for _ in 0..PAIRS {
            let pair = seconds()?.map(|seconds| self.movies as f64 / seconds);
            eprintln!("{work}: {:.0} next to {:.0} rows/s", pair[0], pair[1]);
            rates.push(pair);
        }
        let wanted = Goal::AtLeast(wanted);
        Ok(Row::of_pairs(work, "rows per second", &rates, wanted))
    }

    /// Whole imports with the search index, and then imports of a newer file while a
    /// server receives requests without pause.
    fn twice(&self) -> Result<[Row; 3], Box<dyn Error>> {
        let (mut seconds, mut memory, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            let database = self.catalogue()?;
            let (first, first_mib) = whole_import(&self.path("sorted"), &database)?;
            let mib = |file: &Path| {
                let bytes = fs::metadata(file)?.len();
                Ok::<_, std::io::Error>(bytes as f64 / f64::from(1 << 20))
            };
            sizes.push([mib(&database)?, mib(&self.path("sorted"))?]);
            tested_server::add_account(&database)?;
            let server = TestedServer::catalogue(&database, &[])?;
            let again = || whole_import(&self.path("newer"), &database);
            let ((second, second_mib), waits_ms) = while_asking(&server, again)?;
            let longest_ms = waits_ms.iter().copied().fold(0.0, f64::max);
            eprintln!(
                "import again: {second:.1} next to {first:.1} s; meanwhile {} answers after {:.2} ms, the \
                 longest after {longest_ms:.1}; {first_mib:.0} and {second_mib:.0} MiB",
                waits_ms.len(),
                median(waits_ms.iter().copied()),
            );
            seconds.push([second, first]);
            memory.push([first_mib.max(second_mib), MOST_MIB]);
        }
        let work = format!("`import` of {} rows, search index included", self.movies);
        Ok([
            Row::of_pairs(
                &format!(
                    "{work}: a newer file, 1 % of its rows changed, while a server answers requests, relative to the first"
                ),
                "seconds",
                &seconds,
                Goal::AtMost(0.3),
            ),
            Row::of_pairs(
                &work,
                "most RssAnon, MiB, relative to 256 MiB",
                &memory,
                Goal::AtMost(1.0),
            ),
            Row::of_pairs(
                &format!("{work}: the file, next to the TSV"),
                "MiB",
                &sizes,
                Goal::AtMost(2.5),
            ),
        ])
    }
}

/// The seconds that a program takes.
fn timed(program: &mut Command) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    let status = program.stdout(Stdio::null()).status()?;
    let seconds = started.elapsed().as_secs_f64();
    if status.success() {
        Ok(seconds)
    } else {
        Err(format!("{program:?} ended with {status}").into())
    }
}

/// The command of a user: its seconds, and its peak anonymous memory in MiB.
fn whole_import(file: &Path, database: &Path) -> Result<(f64, f64), Box<dyn Error>> {
    let started = Instant::now();
    let mut import = Command::new(env!("CARGO_BIN_EXE_catalogue"))
        .arg("import")
        .arg(file)
        .arg("--db")
        .arg(database)
        .stdout(Stdio::null())
        .spawn()?;
    let mut most_mib = 0.0_f64;
    let status = loop {
        if let Some(status) = import.try_wait()? {
            break status;
        }
        most_mib = most_mib.max(own_memory_mib(&import));
        std::thread::sleep(LOOK);
    };
    if status.success() {
        Ok((started.elapsed().as_secs_f64(), most_mib))
    } else {
        Err(format!("the import ended with {status}").into())
    }
}

/// 0 after it has ended.
fn own_memory_mib(process: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()));
    let status = status.unwrap_or_default();
    let kib = status.lines().find_map(|line| {
        let rest = line.strip_prefix("RssAnon:")?;
        rest.split_whitespace().next()?.parse::<f64>().ok()
    });
    kib.unwrap_or(0.0) / 1024.0
}

/// Does some work while a client requests one movie after the other. Returns also the
/// time of each answer, in milliseconds.
fn while_asking<T>(
    server: &TestedServer,
    work: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<(T, Vec<f64>), Box<dyn Error>> {
    let mut client = Client::connect(&server.address.to_string())?;
    client.login(tested_server::USER, tested_server::PASSWORD)?;
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut waits_ms = Vec::new();
            while !is_done.load(Ordering::Relaxed) {
                let started = Instant::now();
                client.send("tt0000001")?;
                waits_ms.push(started.elapsed().as_secs_f64() * 1000.0);
                std::thread::sleep(BETWEEN_QUESTIONS);
            }
            Ok::<_, ClientError>(waits_ms)
        });
        let done = work();
        is_done.store(true, Ordering::Relaxed);
        let waits_ms = asking.join().map_err(|_| "the client failed")??;
        Ok((done?, waits_ms))
    })
}
