//! `catalogue.toml`: one line for each setting.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::FileError;
use super::renamed::refusal;
use super::setting::{Kind, Setting};
use crate::config::limits;

/// What the file is called that is looked for beside the database.
pub const DEFAULT_NAME: &str = "catalogue.toml";

/// The settings that a file has.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// One setting of a file, as the flag would be given it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The setting's key.
    pub key: String,
    /// Its values; more than one only in a list.
    pub values: Vec<String>,
    /// Where it stands, counted from 1.
    pub line: usize,
}

impl ConfigFile {
    /// Reads a file. Everything in it has to be a setting and to make sense.
    pub fn read(path: &Path, settings: &[Setting]) -> Result<ConfigFile, FileError> {
        let unreadable = |error| FileError::Unreadable(path.to_path_buf(), error);
        let mut text = String::new();
        let most = limits::MAX_CONFIG_FILE_BYTES as u64;
        File::open(path)
            .and_then(|file| file.take(most + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        if text.len() > limits::MAX_CONFIG_FILE_BYTES {
            return Err(FileError::TooLarge(path.to_path_buf()));
        }
        ConfigFile::parse(path, &text, settings)
    }

    fn parse(path: &Path, text: &str, settings: &[Setting]) -> Result<ConfigFile, FileError> {
        let wrong = |at: Range<usize>, words: String| FileError::Line {
            file: path.to_path_buf(),
            line: line_of(text, at.start),
            words,
        };
        let table = DeTable::parse(text)
            .map_err(|error| wrong(error.span().unwrap_or_default(), one_line(error.message())))?;
        // By their place, so that the first mistake is reported first.
        let mut pairs: Vec<_> = table.get_ref().iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let name = key.get_ref();
            let Some(setting) = settings.iter().find(|setting| setting.key() == name) else {
                return Err(wrong(key.span(), unknown(name, settings)));
            };
            let kind = setting.kind();
            let values = values(kind, value.get_ref()).ok_or_else(|| {
                // With its quotes, for they may be what is wrong.
                let found = found(text, value);
                let expected = kind.expected();
                wrong(
                    value.span(),
                    format!("`{name}` is `{found}`, expected {expected}"),
                )
            })?;
            let values = match kind {
                Kind::Path => values.iter().map(|file| beside(path, file)).collect(),
                _ => values,
            };
            setting.check(&values).map_err(|why| {
                wrong(
                    value.span(),
                    format!(
                        "`{name}` is `{}`, {why}",
                        found(text, value).trim_matches('"')
                    ),
                )
            })?;
            entries.push(Entry {
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

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it sets.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// A value as the flag would be given it; `None` when it has the wrong type.
fn values(kind: Kind, value: &DeValue<'_>) -> Option<Vec<String>> {
    let one = |text: &dyn Display| Some(vec![text.to_string()]);
    match (kind, value) {
        (Kind::Switch, DeValue::Boolean(switch)) => one(switch),
        (Kind::Number, DeValue::Integer(number)) => {
            one(&u64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        (Kind::Text | Kind::Path, DeValue::String(text)) => one(text),
        (Kind::List, DeValue::Array(items)) => {
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            });
            texts.collect()
        }
        _ => None,
    }
}

/// The refusal of a key. Many of them are a slip of the finger.
fn unknown(name: &str, settings: &[Setting]) -> String {
    if let Some(words) = refusal(name) {
        return words;
    }
    let like = |setting: &&Setting| strsim::jaro_winkler(&name.replace('-', "_"), setting.key());
    let nearest = settings
        .iter()
        .max_by(|one, other| like(one).total_cmp(&like(other)));
    let nearest = nearest.map_or("", Setting::key);
    let name = name.escape_debug();
    format!(
        "unknown setting `{name}`, did you mean `{nearest}`? `catalogue serve --help` lists all"
    )
}

/// A value as it stands in the file, when it stands on one line.
fn found(text: &str, value: &Spanned<DeValue<'_>>) -> String {
    const SHOWN: usize = 60;
    let found = text.get(value.span()).unwrap_or_default();
    match found.contains('\n') || found.chars().count() > SHOWN {
        true => "…".to_owned(),
        false => found.to_owned(),
    }
}

/// A file is named as seen from the one that names it.
fn beside(config: &Path, file: &str) -> String {
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
    use crate::cli::settings::settings;

    fn parse(text: &str) -> Result<Vec<Entry>, String> {
        let path = Path::new("etc/catalogue.toml");
        let file = ConfigFile::parse(path, text, &settings());
        file.map(|file| file.entries)
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let error = parse(text).unwrap_err();
        assert_eq!(error, format!("etc/catalogue.toml:{words}"));
    }

    #[test]
    fn entries_are_what_the_flags_would_be_given() {
        let entry = |key: &str, value: &str, line| Entry {
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
        refused("\n[listen_to]\nport = 1\n", &text("listen_to", "listen"));
    }

    #[test]
    fn a_value_of_another_type_is_told_what_is_expected() {
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
    fn what_is_no_toml_names_its_line() {
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
