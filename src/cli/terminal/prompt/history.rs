//! The history of commands, in a file that only the user can read.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use rustyline::Config;
use rustyline::history::{FileHistory, History as _};

/// The file that keeps commands, and what is in it. The prompt works without
/// the file too, so failures are ignored.
pub struct HistoryFile {
    /// `None` without a file.
    path: Option<PathBuf>,
    entries: FileHistory,
}

impl HistoryFile {
    /// Reads the file. Entries above the limit of `config` are left out, the oldest first.
    pub fn open(path: Option<PathBuf>, config: &Config) -> HistoryFile {
        let mut entries = FileHistory::with_config(config);
        if let Some(path) = &path {
            let _ = entries.load(path);
        }
        HistoryFile { path, entries }
    }

    /// Its commands, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(String::as_str)
    }

    /// Adds a command, in the file as well.
    pub fn add(&mut self, line: &str) {
        let Some(path) = &self.path else { return };
        if let Some(directory) = path.parent() {
            let _ = create_private(directory);
        }
        // The file is made readable by its owner alone, whatever the umask is.
        let _ = self.entries.add(line);
        let _ = self.entries.append(path);
    }
}

/// Makes a directory and those above it; new ones are for the user alone, as
/// the XDG base directory specification asks.
fn create_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// The path of the history: below `$XDG_STATE_HOME`, or below `~/.local/state` when that is not
/// set. `None` without a home.
pub fn default_path() -> Option<PathBuf> {
    path_below(std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"))
}

fn path_below(
    state: Option<std::ffi::OsString>,
    home: Option<std::ffi::OsString>,
) -> Option<PathBuf> {
    // The specification says to ignore a path that is not absolute.
    let absolute = |path: std::ffi::OsString| Some(PathBuf::from(path)).filter(|p| p.is_absolute());
    let state = state
        .and_then(absolute)
        .or_else(|| Some(home.and_then(absolute)?.join(".local/state")))?;
    Some(state.join("catalogue").join("history"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> HistoryFile {
        let config = Config::builder().max_history_size(3).unwrap().build();
        HistoryFile::open(Some(path.to_owned()), &config)
    }

    #[test]
    fn commands_are_kept_up_to_the_bound() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/history");
        let mut history = open(&path);
        for line in ["SEND 1", "SEND 2", "NB", "NB", "COUNT"] {
            history.add(line);
        }
        let reopened = open(&path);
        assert_eq!(
            reopened.entries().collect::<Vec<_>>(),
            ["SEND 2", "NB", "COUNT"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_the_user_alone() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state/catalogue/history");
        open(&path).add("NB");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        open(&path).add("COUNT");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn no_place_and_no_permission_are_passed_over() {
        let config = Config::default();
        HistoryFile::open(None, &config).add("NB");
        HistoryFile::open(Some("/dev/null/history".into()), &config).add("NB");
    }

    #[test]
    fn the_place_follows_the_specification() {
        let path = |state: Option<&str>, home: Option<&str>| {
            path_below(state.map(Into::into), home.map(Into::into))
        };
        let below = |place: &str| Some(PathBuf::from(place).join("catalogue/history"));
        assert_eq!(path(Some("/state"), Some("/home/bob")), below("/state"));
        for state in [None, Some(""), Some("state")] {
            assert_eq!(
                path(state, Some("/home/bob")),
                below("/home/bob/.local/state")
            );
        }
        assert_eq!(path(None, None), None);
    }
}
