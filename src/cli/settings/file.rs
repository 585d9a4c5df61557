//! The file of settings, `catalogue.toml`.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::FileError;
use super::renamed::check_name;
use super::setting::{Setting, SettingKind};
use crate::config::limits;

/// The name of the file next to the database.
pub const DEFAULT_NAME: &str = "catalogue.toml";

/// The settings of a file.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    entries: Vec<FileEntry>,
}

/// One setting of a file, with its values as texts of a flag.
#[derive(Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// The key of the setting.
    pub key: String,
    /// The values. Only a list has more than one.
    pub values: Vec<String>,
    /// The line, counted from 1.
    pub line: usize,
}

impl ConfigFile {
    /// Reads a file of settings.
    ///
    /// # Errors
    /// [`FileError`], also for an unknown key or an invalid value.
    pub fn read(path: &Path, settings: &[Setting]) -> Result<ConfigFile, FileError> {
        let unreadable = |error| FileError::Unreadable(path.to_path_buf(), error);
        let mut text = String::new();
        let limit = limits::MAX_CONFIG_FILE_BYTES as u64;
        File::open(path)
            .and_then(|file| file.take(limit + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        if text.len() > limits::MAX_CONFIG_FILE_BYTES {
            return Err(FileError::TooLarge(path.to_path_buf()));
        }
        ConfigFile::parse(path, &text, settings)
    }

    fn parse(path: &Path, text: &str, settings: &[Setting]) -> Result<ConfigFile, FileError> {
        let fault = |at: Range<usize>, reason: String| FileError::Line {
            file: path.to_path_buf(),
            line: line_of(text, at.start),
            reason,
        };
        let table = DeTable::parse(text)
            .map_err(|error| fault(error.span().unwrap_or_default(), one_line(error.message())))?;
        // In the order of the file, so that the first fault is reported.
        let mut pairs: Vec<_> = table.get_ref().iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let name = key.get_ref();
            let Some(setting) = settings.iter().find(|setting| setting.key() == name) else {
                let is_section = matches!(value.get_ref(), DeValue::Table(_));
                return Err(fault(key.span(), unknown(name, is_section, settings)));
            };
            let kind = setting.kind();
            let values = values(kind, value.get_ref()).ok_or_else(|| {
                // With its quotes, which may be the fault.
                let found = value_text(text, value);
                let expected = kind.expected();
                fault(
                    value.span(),
                    format!("`{name}` is `{found}`, expected {expected}"),
                )
            })?;
            let values = match kind {
                SettingKind::Path => values.iter().map(|file| relative_to(path, file)).collect(),
                _ => values,
            };
            setting.check(&values).map_err(|reason| {
                fault(
                    value.span(),
                    format!(
                        "`{name}` is `{}`, {reason}",
                        value_text(text, value).trim_matches('"')
                    ),
                )
            })?;
            entries.push(FileEntry {
                key: setting.key().to_owned(),
                values,
                line: line_of(text, key.span().start),
            });
        }
        Ok(ConfigFile {
            path: path.to_path_buf(),
            entries,
        })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its entries, in the order of the file.
    pub fn entries(&self) -> &[FileEntry] {
        &self.entries
    }
}

/// A value as texts of a flag; `None` if it has the wrong type.
fn values(kind: SettingKind, value: &DeValue<'_>) -> Option<Vec<String>> {
    let one = |text: &dyn Display| Some(vec![text.to_string()]);
    match (kind, value) {
        (SettingKind::Switch, DeValue::Boolean(switch)) => one(switch),
        (SettingKind::Number, DeValue::Integer(number)) => {
            one(&u64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        (SettingKind::Text | SettingKind::Path, DeValue::String(text)) => one(text),
        (SettingKind::List, DeValue::Array(items)) => {
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            });
            texts.collect()
        }
        _ => None,
    }
}

/// The lowest similarity of a setting that is suggested.
const LEAST_SIMILARITY: f64 = 0.8;

/// The refusal of an unknown key. It names the most similar setting, if one is similar.
fn unknown(name: &str, is_section: bool, settings: &[Setting]) -> String {
    if let Err(error) = check_name(name) {
        return error.to_string();
    }
    if is_section {
        let name = name.escape_debug();
        return format!(
            "`{name}` is a section, this file has none, write each setting as `workers = 2` on a line of its own"
        );
    }
    let similarity =
        |setting: &&Setting| strsim::jaro_winkler(&name.replace('-', "_"), setting.key());
    let nearest = settings
        .iter()
        .max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
    let nearest = nearest.filter(|setting| similarity(setting) >= LEAST_SIMILARITY);
    let hint = nearest.map(|nearest| format!("did you mean `{}`? ", nearest.key()));
    let (hint, name) = (hint.unwrap_or_default(), name.escape_debug());
    format!("unknown setting `{name}`, {hint}`catalogue serve --help` lists all")
}

/// The text of a value in the file, if it is short and on one line.
fn value_text(text: &str, value: &Spanned<DeValue<'_>>) -> String {
    let found = text.get(value.span()).unwrap_or_default();
    if found.contains('\n') || found.len() > limits::MAX_QUOTED_BYTES {
        return "…".to_owned();
    }
    found.to_owned()
}

/// A path in the file is relative to the folder of the file.
fn relative_to(config: &Path, file: &str) -> String {
    let folder = config.parent().unwrap_or(Path::new(""));
    folder.join(file).to_string_lossy().into_owned()
}

fn line_of(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings;

    fn parse(text: &str) -> Result<Vec<FileEntry>, String> {
        let path = Path::new("etc/catalogue.toml");
        let file = ConfigFile::parse(path, text, &settings());
        file.map(|file| file.entries)
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(text: &str, reason: &str) {
        let error = parse(text).unwrap_err();
        assert_eq!(error, format!("etc/catalogue.toml:{reason}"));
    }

    #[test]
    fn entries_hold_the_texts_of_the_flags() {
        let entry = |key: &str, value: &str, line| FileEntry {
            key: key.to_owned(),
            values: vec![value.to_owned()],
            line,
        };
        let text = "# ours\nworkers = 0x2\n\ndb = \"films.db\"\nlisten = '[::1]:1'\n";
        assert_eq!(
            parse(text).unwrap(),
            [
                entry("workers", "2", 2),
                entry("db", "etc/films.db", 4),
                entry("listen", "[::1]:1", 5),
            ]
        );
        assert_eq!(parse("db = '/a/b.db'").unwrap()[0].values, ["/a/b.db"]);
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn an_unknown_key_names_the_nearest_one() {
        let text = |key: &str, nearest: &str| {
            format!(
                "2: unknown setting `{key}`, did you mean `{nearest}`? `catalogue serve --help` lists all"
            )
        };
        for (key, nearest) in [
            ("wrokers", "workers"),
            ("max-connections", "max_connections"),
            ("cache", "cache_mib"),
            ("idle_second", "idle_seconds"),
        ] {
            refused(&format!("\n{key} = 1\n"), &text(key, nearest));
        }
        refused(
            "colour = 1",
            "1: unknown setting `colour`, `catalogue serve --help` lists all",
        );
    }

    #[test]
    fn a_section_is_refused_as_one() {
        for (text, name) in [
            ("[serve]\nworkers = 2", "serve"),
            ("[listen_to]\nport = 1", "listen_to"),
            ("serve.workers = 2", "serve"),
        ] {
            let reason = format!(
                "1: `{name}` is a section, this file has none, write each setting as `workers = 2` on a line of its own"
            );
            refused(text, &reason);
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_with_the_expected_type() {
        refused(
            "workers = \"2\"",
            "1: `workers` is `\"2\"`, expected a whole number from 0",
        );
        refused(
            "\nworkers = 1.5",
            "2: `workers` is `1.5`, expected a whole number from 0",
        );
        refused(
            "listen = 5890",
            "1: `listen` is `5890`, expected a text in quotes",
        );
        refused(
            "[listen]\na = 1",
            "1: `listen` is `[listen]`, expected a text in quotes",
        );
        refused(
            "workers = 99999999999999999999999999999999999999999",
            "1: `workers` is `99999999999999999999999999999999999999999`, expected a whole number from 0",
        );
    }

    #[test]
    fn a_value_that_the_flag_refuses_is_refused() {
        refused("workers = 0", "1: `workers` is `0`, 0 is not in 1..=64");
        refused(
            "workers = -1",
            "1: `workers` is `-1`, expected a whole number from 0",
        );
    }

    #[test]
    fn a_syntax_error_is_reported_with_its_line() {
        for (text, line) in [
            ("workers 2", 1),
            ("workers = 1\nworkers = 2", 2),
            ("\n\na = [", 3),
        ] {
            let error = parse(text).unwrap_err();
            let place = format!("etc/catalogue.toml:{line}: ");
            assert!(
                error.starts_with(&place) && !error.contains('\n'),
                "{error}"
            );
        }
    }
}
