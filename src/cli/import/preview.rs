//! The output of a dry run: how the file was read, and its first movies.

use std::io::{self, Write};

use crate::import::{DetectedFile, FileFormat, ImportedMovie, RuntimeUnit};
use crate::movie;

const MOVIES_SHOWN: usize = 3;

/// The first movies of a file.
#[derive(Debug)]
pub(super) struct Preview {
    is_dry_run: bool,
    /// How many movies were read.
    pub movies: u64,
    /// The first of them, as JSON.
    pub first: Vec<String>,
}

impl Preview {
    pub fn new(is_dry_run: bool) -> Preview {
        Preview {
            is_dry_run,
            movies: 0,
            first: Vec::new(),
        }
    }

    pub fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    /// Takes a movie.
    pub fn add(&mut self, row: ImportedMovie<'_>) {
        self.movies += 1;
        if self.is_dry_run && self.first.len() < MOVIES_SHOWN {
            self.first.push(match row.details {
                Some(details) if !details.is_empty() => movie::full_to_json(row.movie, details),
                _ => row.movie.to_json(),
            });
        }
    }

    /// Prints how the file was read, and the first movies.
    pub fn print(&self, out: &mut impl Write, detected: &DetectedFile) -> io::Result<()> {
        writeln!(out, "layout: {detected}")?;
        writeln!(out, "encoding: {}", detected.encoding)?;
        if let FileFormat::Delimited(separator) = detected.format {
            writeln!(out, "separator: {separator}")?;
            if detected.has_header {
                writeln!(out, "header: line {}", detected.skipped_lines + 1)?;
            }
        }
        match &detected.key {
            Some(key) => writeln!(out, "key: {key}")?,
            None => writeln!(out, "key: made from title and year")?,
        }
        if detected.runtime_unit != RuntimeUnit::Minutes {
            writeln!(out, "running times: {}", detected.runtime_unit)?;
        }
        for (field, columns) in &detected.columns {
            writeln!(out, "column of {field}: {}", columns.join(", "))?;
        }
        if !detected.unread.is_empty() {
            writeln!(out, "not read: {}", detected.unread.join(", "))?;
        }
        for movie in &self.first {
            writeln!(out, "{movie}")?;
        }
        Ok(())
    }
}
