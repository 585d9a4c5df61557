//! A temporary folder with a catalogue in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::Cli;

/// A folder that is removed when it is dropped. Its catalogue, if it has one, is
/// `sae.db`.
pub struct Folder(TempDir);

impl Folder {
    /// An empty folder.
    pub fn empty() -> Folder {
        Folder(TempDir::new().unwrap())
    }

    /// An empty folder within another folder, which may be on another disk.
    pub fn empty_in(parent: &Path) -> Folder {
        Folder(TempDir::new_in(parent).unwrap())
    }

    /// A catalogue as `init` makes it.
    pub fn initialised() -> Folder {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        Folder::with(MADE.get_or_init(|| {
            let folder = Folder::empty();
            let hint = "add the first account with `catalogue adduser admin`";
            Cli::new(["init"])
                .stdout(format!("created `sae.db` with 3 movies, {hint}\n"))
                .run(&folder);
            fs::read(folder.db()).unwrap()
        }))
    }

    /// The same with the report's accounts: the admin `admin` with the password `mdp`,
    /// and the readers `1` and `2`, whose passwords are their names.
    pub fn with_accounts() -> Folder {
        Folder::with(Folder::bytes_with_accounts())
    }

    /// The same within another folder, which may be on another disk.
    pub fn with_accounts_in(parent: &Path) -> Folder {
        let folder = Folder::empty_in(parent);
        folder.put(Folder::bytes_with_accounts());
        folder
    }

    fn bytes_with_accounts() -> &'static [u8] {
        static MADE: OnceLock<Vec<u8>> = OnceLock::new();
        MADE.get_or_init(|| {
            let folder = Folder::initialised();
            for (user, password, role) in [
                ("admin", "mdp\n", "admin"),
                ("1", "1\n", "reader"),
                ("2", "2\n", "reader"),
            ] {
                Cli::new(["adduser", user])
                    .stdin(password)
                    .stdout(format!("added `{user}` as {role}\n"))
                    .run(&folder);
            }
            assert_eq!(folder.files(), ["sae.db"]);
            fs::read(folder.db()).unwrap()
        })
    }

    fn with(catalogue: &[u8]) -> Folder {
        let folder = Folder::empty();
        folder.put(catalogue);
        folder
    }

    /// Writes a catalogue that only its owner can read, as `init` does.
    fn put(&self, catalogue: &[u8]) {
        fs::write(self.db(), catalogue).unwrap();
        fs::set_permissions(self.db(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A folder with these files.
    pub fn with_files(files: &[(&str, impl AsRef<[u8]>)]) -> Folder {
        let folder = Folder::empty();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The path of its catalogue.
    pub fn db(&self) -> PathBuf {
        self.path().join("sae.db")
    }

    /// The names of its files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Opens its catalogue as another program could.
    pub fn sqlite(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.db()).unwrap();
        connection.busy_timeout(super::TIMEOUT).unwrap();
        connection
    }
}
