//! `catalogue export`: writes the whole catalogue in a form that `import` reads.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::flags::Database;
use super::terminal::{escape_json, escape_line};
use super::{CliError, signals};
use crate::import::EXPORT_HEADER;
use crate::movie::{self, Details, MovieRef};
use crate::store::{self, AtomicFile, ReadTransaction, Reader};

/// Writes all movies, as CSV or as JSON lines, in the order of their names
///
/// JSON lines contain the full records. CSV contains the nine plain fields.
///
/// `catalogue import` reads the file again. A catalogue of `init --empty` then has the same names,
/// fields and ids.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The file to write, gzip when it ends in .gz [default: -, standard output]
    file: Option<PathBuf>,
    /// The format [default: by the name of the file, else jsonl]
    #[arg(long)]
    format: Option<ExportFormat>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: Database,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// A line that names the columns, then a line for each movie
    Csv,
    /// A JSON object on each line
    #[value(alias = "json", alias = "ndjson")]
    Jsonl,
}

impl ExportArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let interrupted = signals::watch()?;
        let file = self.file.filter(|file| file.as_os_str() != "-");
        if let Some(file) = &file
            && store::is_of_a_database(file, &self.database.db)
        {
            return Err(CliError::OverDatabase(file.display().to_string()));
        }
        let mut reader = Reader::open(&self.database.db)?;
        let Some(file) = file else {
            let out = io::stdout().lock();
            let escapes = out.is_terminal();
            let format = self.format.unwrap_or(ExportFormat::Jsonl);
            let rows = RowWriter::begin(BufWriter::new(out), format, escapes)?;
            write_all(&mut reader, rows, &interrupted)?;
            return Ok(());
        };
        let name = file.display().to_string();
        let Some(format) = self.format.or_else(|| by_name(&file)) else {
            return Err(CliError::NoExportFormat(name));
        };
        if !self.force && fs::metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
            return Err(CliError::ExportExists(name));
        }
        let unwritable = |error| CliError::Output(name.clone(), error);
        let output = Output::create(&file).map_err(unwritable)?;
        let movies = if has_ending(&file, "gz") {
            let mut gzip = GzEncoder::new(output.file(), Compression::default());
            let rows = RowWriter::begin(BufWriter::new(&mut gzip), format, false)?;
            let movies = write_all(&mut reader, rows, &interrupted);
            gzip.try_finish().map_err(unwritable)?;
            movies
        } else {
            let out = output.file();
            let rows = RowWriter::begin(BufWriter::new(out), format, out.is_terminal())?;
            write_all(&mut reader, rows, &interrupted)
        };
        let movies = movies.map_err(|error| match error {
            CliError::Io(error) => unwritable(error),
            other => other,
        })?;
        let kept = output.keep(self.force).map_err(unwritable)?;
        // A pipe may be the standard output of this process.
        if kept {
            writeln!(io::stdout(), "exported {movies} movies to `{name}`")?;
        }
        Ok(())
    }
}

/// The format that the name of a file asks for: JSON lines without an ending. `None` for an ending
/// of no format.
fn by_name(file: &Path) -> Option<ExportFormat> {
    let stem = if has_ending(file, "gz") {
        Path::new(file.file_stem()?)
    } else {
        file
    };
    let Some(ending) = stem.extension() else {
        return Some(ExportFormat::Jsonl);
    };
    ExportFormat::from_str(ending.to_str()?, true).ok()
}

fn has_ending(file: &Path, ending: &str) -> bool {
    file.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(OsStr::new(ending)))
}

/// Writes every movie and gives their number.
fn write_all(
    reader: &mut Reader,
    mut rows: RowWriter<impl Write>,
    interrupted: &AtomicBool,
) -> Result<u64, CliError> {
    let mut movies = 0;
    let mut batch = ReadTransaction::new(reader);
    batch.all_full(|movie, details| {
        if interrupted.load(Ordering::Relaxed) {
            return Err(CliError::Interrupted);
        }
        movies += 1;
        rows.write(movie, details).map_err(CliError::Io)
    })?;
    rows.flush()?;
    Ok(movies)
}

/// Writes rows in one of the formats.
struct RowWriter<W: Write> {
    format: FormatWriter<W>,
    /// Whether texts must not control a terminal.
    escapes: bool,
}

enum FormatWriter<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> RowWriter<W> {
    fn begin(out: W, format: ExportFormat, escapes: bool) -> io::Result<RowWriter<W>> {
        let format = match format {
            ExportFormat::Jsonl => FormatWriter::Jsonl(out),
            ExportFormat::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(EXPORT_HEADER).map_err(cause)?;
                FormatWriter::Csv(Box::new(csv))
            }
        };
        Ok(RowWriter { format, escapes })
    }

    fn write(&mut self, movie: MovieRef<'_>, details: &Details) -> io::Result<()> {
        match &mut self.format {
            FormatWriter::Jsonl(out) => {
                let json = if details.is_empty() {
                    movie.to_json()
                } else {
                    movie::full_to_json(movie, details)
                };
                let json = if self.escapes {
                    escape_json(&json)
                } else {
                    json
                };
                writeln!(out, "{json}")
            }
            FormatWriter::Csv(csv) => {
                let mut columns = columns(movie);
                if self.escapes {
                    columns = columns.map(|column| escape_line(&column));
                }
                csv.write_record(columns).map_err(cause)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.format {
            FormatWriter::Jsonl(out) => out.flush(),
            FormatWriter::Csv(csv) => csv.flush(),
        }
    }
}

/// The error of the operating system. Its kind shows whether a reader has closed the pipe.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// The values of a movie in the order of [`EXPORT_HEADER`]. Unknown values are empty.
fn columns(movie: MovieRef<'_>) -> [String; EXPORT_HEADER.len()] {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    [
        movie.id.to_string(),
        movie.name.to_owned(),
        movie.title.to_owned(),
        text(movie.original_title),
        text(movie.released),
        text(movie.runtime_minutes),
        movie.genres.iter().collect::<Vec<_>>().join(","),
        text(movie.rating),
        text(movie.votes),
    ]
}

/// A file that appears under its name when it is complete, and not before.
enum Output {
    /// A file that replaces another when it is complete.
    Replaced(AtomicFile),
    /// A pipe or a device, which cannot be replaced.
    Direct(File),
}

impl Output {
    fn create(path: &Path) -> io::Result<Output> {
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(Output::Direct(File::options().write(true).open(path)?));
        }
        // An error that names the folder, and not the unfinished file.
        fs::metadata(folder_of(path))?;
        let file = AtomicFile::new(path, "export", 0o666)?;
        Ok(Output::Replaced(file))
    }

    fn file(&self) -> &File {
        match self {
            Output::Replaced(file) => file.file(),
            Output::Direct(file) => file,
        }
    }

    /// Moves the complete file to its path, where a file may be only with `force`. Returns false for
    /// a pipe or a device.
    fn keep(self, force: bool) -> io::Result<bool> {
        match self {
            Output::Direct(_) => Ok(false),
            Output::Replaced(file) if force => file.replace().map(|()| true),
            Output::Replaced(file) => {
                let is_new = file.persist_new()?;
                is_new
                    .then_some(true)
                    .ok_or(io::ErrorKind::AlreadyExists.into())
            }
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::Fields;
    use crate::movie::Movie;

    fn written(format: ExportFormat) -> String {
        let mut bytes = Vec::new();
        let mut rows = RowWriter::begin(&mut bytes, format, false).unwrap();
        for fields in [
            Fields {
                id: 7,
                name: "a, b".into(),
                title: "The \"A\"".into(),
                released: Some("1999-01".parse().unwrap()),
                genres: vec!["War".into(), "Drama".into()],
                rating: Some(7.0),
                ..Fields::default()
            },
            Fields {
                id: 8,
                name: "c".into(),
                title: " C".into(),
                original_title: Some("Ç".into()),
                runtime_minutes: Some(90),
                votes: Some(0),
                ..Fields::default()
            },
        ] {
            let movie = Movie::new(fields).unwrap();
            rows.write(movie.view(), &Details::default()).unwrap();
        }
        rows.flush().unwrap();
        drop(rows);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(
            written(ExportFormat::Csv),
            "id,name,title,original_title,released,runtime_minutes,genres,rating,votes\n\
             7,\"a, b\",\"The \"\"A\"\"\",,1999-01,,\"War,Drama\",7,\n\
             8,c, C,Ç,,90,,,0\n"
        );
    }

    #[test]
    fn json_lines_have_every_field() {
        assert_eq!(
            written(ExportFormat::Jsonl).lines().nth(1),
            Some(
                r#"{"id":8,"name":"c","title":" C","original_title":"Ç","released":null,"runtime_minutes":90,"genres":[],"rating":null,"votes":0}"#
            )
        );
    }

    #[test]
    fn a_name_asks_for_its_format() {
        for (name, format) in [
            ("a.csv", Some(ExportFormat::Csv)),
            ("a.CSV.gz", Some(ExportFormat::Csv)),
            ("a.jsonl", Some(ExportFormat::Jsonl)),
            ("a.ndjson.gz", Some(ExportFormat::Jsonl)),
            ("a.json", Some(ExportFormat::Jsonl)),
            ("csv", Some(ExportFormat::Jsonl)),
            ("csv.gz", Some(ExportFormat::Jsonl)),
            ("a.xlsx", None),
            ("a.xlsx.gz", None),
            ("a.tsv", None),
        ] {
            assert_eq!(by_name(Path::new(name)), format, "{name}");
        }
    }
}
