//! The file formats that are imported.

use std::fmt;

/// A format that is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// IMDb's `title.basics.tsv`.
    Imdb,
    /// MovieLens's `movies.csv`.
    MovieLens,
    /// Columns separated by this byte.
    Delimited(u8),
    /// An array of objects.
    JsonArray,
    /// One object on each line.
    JsonLines,
    /// Objects one after the other, each over several lines.
    JsonObjects,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileFormat::Imdb => "IMDb's title.basics.tsv",
            FileFormat::MovieLens => "MovieLens's movies.csv",
            FileFormat::Delimited(b'\t') => "tab-separated text",
            FileFormat::Delimited(b';') => "csv with semicolons",
            FileFormat::Delimited(_) => "csv",
            FileFormat::JsonArray => "a json array",
            FileFormat::JsonLines => "json lines",
            FileFormat::JsonObjects => "json objects",
        })
    }
}
