//! Finds IMDb's seven files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::ImdbFile;
use crate::import::errors::ImportError;
use crate::import::source::{ReadMeter, SourceFile};

/// The files to import together.
#[derive(Clone, Debug, Default)]
pub struct ImdbFiles {
    paths: [Option<PathBuf>; ImdbFile::ALL.len()],
}

impl ImdbFiles {
    /// IMDb's files among these, or in this folder. `None` when there are none.
    ///
    /// # Errors
    /// A file that cannot be read, two files of one kind, or a file that is none of IMDb's next
    /// to one that is.
    pub fn find(paths: &[PathBuf]) -> Result<Option<ImdbFiles>, ImportError> {
        let mut files = ImdbFiles::default();
        match paths {
            [folder] if folder.is_dir() => {
                for path in files_in(folder)? {
                    if let Some(file) = detect(&path)? {
                        files.add(file, path)?;
                    }
                }
            }
            paths => {
                let mut other = None;
                for path in paths {
                    match detect(path)? {
                        Some(file) => files.add(file, path.clone())?,
                        None => other = Some(path),
                    }
                }
                if let (Some(path), false) = (other, paths.len() == 1) {
                    return Err(ImportError::NotImdb(shown(path)));
                }
            }
        }
        Ok((!files.is_empty()).then_some(files))
    }

    fn add(&mut self, file: ImdbFile, path: PathBuf) -> Result<(), ImportError> {
        let place = &mut self.paths[file as usize];
        if let Some(other) = place {
            return Err(ImportError::TwoOfImdb {
                one: shown(other),
                other: shown(&path),
                file,
            });
        }
        *place = Some(path);
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.paths.iter().all(Option::is_none)
    }

    /// The path of a file, if it exists.
    pub fn path(&self, file: ImdbFile) -> Option<&Path> {
        self.paths[file as usize].as_deref()
    }

    /// Leaves a file out.
    pub(super) fn remove(&mut self, file: ImdbFile) {
        self.paths[file as usize] = None;
    }

    /// The files that are there.
    pub fn iter(&self) -> impl Iterator<Item = (ImdbFile, &Path)> {
        ImdbFile::ALL
            .into_iter()
            .filter_map(|file| Some((file, self.path(file)?)))
    }
}

fn shown(path: &Path) -> Arc<str> {
    Arc::from(path.display().to_string())
}

/// The tables of a folder, by name.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |error| ImportError::Read {
        file: shown(folder),
        error,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_table = [".tsv", ".tsv.gz", ".tsv.xz", ".tsv.zst", ".tsv.zip"]
            .iter()
            .any(|ending| name.ends_with(ending));
        if is_table && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The kind of a file, by its first line. If its name is that of one of IMDb's files, the first
/// line must agree.
fn detect(path: &Path) -> Result<Option<ImdbFile>, ImportError> {
    if !path.is_file() {
        return Ok(None);
    }
    let source = SourceFile::open(path, None, &mut ReadMeter::new())?;
    let head = String::from_utf8_lossy(&source.head);
    let found = head.lines().next().and_then(ImdbFile::from_header);
    match ImdbFile::from_file_name(path) {
        Some(named) if found != Some(named) => Err(ImportError::NotAsNamed {
            file: shown(path),
            named,
            columns: named.columns().join(", "),
        }),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_the_files_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("notes.txt", "mine");
        write("other.tsv", "a\tb\n");
        let folders = [folder.path().to_path_buf()];
        assert!(ImdbFiles::find(&folders).unwrap().is_none());
        write("crew.tsv", "tconst\tdirectors\twriters\n");
        let files = ImdbFiles::find(&folders).unwrap().unwrap();
        let found: Vec<ImdbFile> = files.iter().map(|(file, _)| file).collect();
        assert_eq!(found, [ImdbFile::Crew]);
        write("title.crew.tsv", "tconst\tdirectors\twriters\n");
        let error = ImdbFiles::find(&folders).unwrap_err().to_string();
        assert!(error.contains("crew.tsv` are both title.crew"), "{error}");
        write("title.crew.tsv", "tconst\tdirectors\n");
        let error = ImdbFiles::find(&folders).unwrap_err().to_string();
        assert!(
            error.contains("its first line has to name tconst, directors, writers"),
            "{error}"
        );
    }
}
