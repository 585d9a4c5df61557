//! IMDb's seven files.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

/// One of the files that IMDb publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImdbFile {
    /// Titles.
    Basics,
    /// Their ratings.
    Ratings,
    /// Their other titles.
    Akas,
    /// The cast and the crew of titles (`title.principals`).
    Principals,
    /// All of their directors and writers.
    Crew,
    /// The series, season and number of episodes.
    Episode,
    /// People.
    Names,
}

impl ImdbFile {
    /// Every file.
    pub const ALL: [ImdbFile; 7] = [
        ImdbFile::Basics,
        ImdbFile::Ratings,
        ImdbFile::Akas,
        ImdbFile::Principals,
        ImdbFile::Crew,
        ImdbFile::Episode,
        ImdbFile::Names,
    ];

    /// Its name at IMDb, without `.tsv.gz`.
    pub fn name(self) -> &'static str {
        match self {
            ImdbFile::Basics => "title.basics",
            ImdbFile::Ratings => "title.ratings",
            ImdbFile::Akas => "title.akas",
            ImdbFile::Principals => "title.principals",
            ImdbFile::Crew => "title.crew",
            ImdbFile::Episode => "title.episode",
            ImdbFile::Names => "name.basics",
        }
    }

    /// Its columns, the id of each row first.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            ImdbFile::Basics => &[
                "tconst",
                "titleType",
                "primaryTitle",
                "originalTitle",
                "isAdult",
                "startYear",
                "endYear",
                "runtimeMinutes",
                "genres",
            ],
            ImdbFile::Ratings => &["tconst", "averageRating", "numVotes"],
            ImdbFile::Akas => &[
                "titleId",
                "ordering",
                "title",
                "region",
                "language",
                "types",
                "attributes",
                "isOriginalTitle",
            ],
            ImdbFile::Principals => &[
                "tconst",
                "ordering",
                "nconst",
                "category",
                "job",
                "characters",
            ],
            ImdbFile::Crew => &["tconst", "directors", "writers"],
            ImdbFile::Episode => &["tconst", "parentTconst", "seasonNumber", "episodeNumber"],
            ImdbFile::Names => &[
                "nconst",
                "primaryName",
                "birthYear",
                "deathYear",
                "primaryProfession",
                "knownForTitles",
            ],
        }
    }

    /// The letters of the id of its rows.
    pub(super) fn id_prefix(self) -> &'static str {
        if self == ImdbFile::Names { "nm" } else { "tt" }
    }

    /// The file whose first line has these columns, in any order.
    pub(super) fn from_header(line: &str) -> Option<ImdbFile> {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let has_all =
            |file: &ImdbFile| file.columns().iter().all(|column| columns.contains(column));
        ImdbFile::ALL.into_iter().find(has_all)
    }

    /// The file with a name such as `title.akas.tsv.gz`.
    pub(super) fn from_file_name(path: &Path) -> Option<ImdbFile> {
        let name = path.file_name()?.to_str()?;
        let rest = |file: &ImdbFile| name.strip_prefix(file.name());
        ImdbFile::ALL
            .into_iter()
            .find(|file| rest(file).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }
}

impl Serialize for ImdbFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl fmt::Display for ImdbFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_file_is_known_by_its_first_line_and_by_its_name() {
        for file in ImdbFile::ALL {
            let mut columns = file.columns().to_vec();
            assert_eq!(ImdbFile::from_header(&columns.join("\t")), Some(file));
            columns.reverse();
            columns.push("more");
            assert_eq!(ImdbFile::from_header(&columns.join("\t")), Some(file));
            for ending in ["", ".tsv", ".tsv.gz"] {
                let path = PathBuf::from(format!("{file}{ending}"));
                assert_eq!(ImdbFile::from_file_name(&path), Some(file));
            }
        }
        assert_eq!(ImdbFile::from_header("tconst\ttitle"), None);
        assert_eq!(ImdbFile::from_file_name(Path::new("title.akasx.tsv")), None);
    }
}
