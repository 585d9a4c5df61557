//! The file formats that are imported.

use std::fmt;

/// A format that is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// IMDb's `title.basics.tsv`.
    Imdb,
    /// Columns between separators.
    Delimited(Separator),
    /// One title on each line.
    TitleList,
    /// An array of objects.
    JsonArray,
    /// One object on each line.
    JsonLines,
    /// Objects one after the other, each over several lines.
    JsonObjects,
    /// Objects in a list below a key.
    JsonNested,
    /// Objects by their id.
    JsonById,
    /// XML of Kodi or Jellyfin.
    Xml,
    /// A folder with one `.nfo` file for each movie.
    NfoFolder,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileFormat::Imdb => "IMDb's title.basics.tsv",
            FileFormat::Delimited(separator) => separator.format(),
            FileFormat::TitleList => "a list of titles",
            FileFormat::JsonArray => "a json array",
            FileFormat::JsonLines => "json lines",
            FileFormat::JsonObjects => "json objects",
            FileFormat::JsonNested => "a json list below a key",
            FileFormat::JsonById => "json objects by id",
            FileFormat::Xml => "nfo",
            FileFormat::NfoFolder => "a folder of nfo files",
        })
    }
}

/// The separator of the columns of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
    /// `::`
    TwoColons,
}

impl Separator {
    /// Every separator. Of equally likely ones the first is taken.
    pub const ALL: [Separator; 5] = [
        Separator::Comma,
        Separator::Semicolon,
        Separator::Tab,
        Separator::Pipe,
        Separator::TwoColons,
    ];

    pub(crate) fn as_bytes(self) -> &'static [u8] {
        match self {
            Separator::Comma => b",",
            Separator::Semicolon => b";",
            Separator::Tab => b"\t",
            Separator::Pipe => b"|",
            Separator::TwoColons => b"::",
        }
    }

    fn format(self) -> &'static str {
        match self {
            Separator::Comma => "csv",
            Separator::Semicolon => "csv with semicolons",
            Separator::Tab => "tab-separated text",
            Separator::Pipe => "csv with pipes",
            Separator::TwoColons => "csv with double colons",
        }
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Separator::Comma => ",",
            Separator::Semicolon => ";",
            Separator::Tab => "tab",
            Separator::Pipe => "|",
            Separator::TwoColons => "::",
        })
    }
}
