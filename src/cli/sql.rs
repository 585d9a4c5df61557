//! `catalogue sql`: a query in SQL, read only.

use std::io::{self, Write};

use clap::Args;
use serde::{Serialize, Serializer};

use super::CliError;
use super::flags::Database;
use super::terminal::{escape_line, safe_stdout, write_json};
use crate::store::{SqlError, SqlQueries, SqlValue};

/// Runs a query in SQL over the catalogue, read only
///
/// There are the tables, and the views titles, other_titles, credits, people, films and episodes.
/// The output is CSV, and its first line has the names of the columns. A server may run at the same
/// time.
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// The query, which begins with SELECT, WITH or VALUES
    query: String,
    /// Print one JSON object on each line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl SqlArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let queries = SqlQueries::open(&self.database.db)?;
        let mut out = safe_stdout();
        let run = if self.json {
            write_objects(&queries, &self.query, &mut out)
        } else {
            write_csv(&queries, &self.query, &mut out)
        };
        match run {
            Ok(()) => Ok(out.flush()?),
            Err(SqlError::Row(error)) => Err(error.into()),
            Err(error) => Err(CliError::Sql(escape_line(&error.to_string()))),
        }
    }
}

fn write_objects(
    queries: &SqlQueries,
    query: &str,
    out: &mut impl Write,
) -> Result<(), SqlError<io::Error>> {
    let names = std::cell::RefCell::new(Vec::new());
    queries.run(
        query,
        |columns| {
            names.replace(columns.iter().map(|name| (*name).to_owned()).collect());
            Ok(())
        },
        |values| {
            let names = names.borrow();
            write_json(&mut *out, &SqlRow(&names, values))
        },
    )
}

/// A row as an object with its columns in their order.
struct SqlRow<'a>(&'a [String], &'a [SqlValue]);

impl Serialize for SqlRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

fn write_csv(
    queries: &SqlQueries,
    query: &str,
    out: &mut impl Write,
) -> Result<(), SqlError<io::Error>> {
    let out = std::cell::RefCell::new(out);
    // A whole line at once, because the output escapes what is not UTF-8.
    let write = |cells: Vec<String>| {
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(cells)?;
        let line = line.into_inner().map_err(|error| error.into_error())?;
        out.borrow_mut().write_all(&line)
    };
    queries.run(
        query,
        |columns| write(columns.iter().map(|name| (*name).to_owned()).collect()),
        |values| write(values.iter().map(cell).collect()),
    )
}

fn cell(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => String::new(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => number.to_string(),
        SqlValue::Text(text) | SqlValue::Blob(text) => text.clone(),
    }
}
