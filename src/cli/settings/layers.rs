//! The file underneath the flags and the variables.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::effective::{Effective, SettingSource, Value};
use super::error::FileError;
use super::file::{self, ConfigFile};
use super::renamed::refuse_variables;
use super::setting::{CONFIG, Setting, settings};

/// The variable that Rust programs know for what goes to the log.
const RUST_LOG: &str = "RUST_LOG";
/// The setting that it stands in for.
const LOG_LEVEL: &str = "log_level";

/// What stands below the flags and variables of one run.
pub struct Layers {
    settings: Vec<Setting>,
    file: Option<ConfigFile>,
}

/// The settings of one run of `serve` or `config`.
#[derive(Debug, Default)]
pub struct Settings(Vec<Effective>);

impl Layers {
    /// Finds and reads the file: the one that --config names, or the one beside
    /// the database, if it is there. Commands without a database have none.
    pub fn from_matches(matches: &ArgMatches) -> Result<Layers, FileError> {
        refuse_variables()?;
        let settings = settings();
        let file = match path(matches) {
            Some(path) => Some(ConfigFile::read(&path, &settings)?),
            None => None,
        };
        Ok(Layers { settings, file })
    }

    /// The command line in which what the file says are the defaults.
    pub fn apply_to(&self, mut command: Command) -> Command {
        let Some(file) = &self.file else {
            return command;
        };
        let names: Vec<String> = command
            .get_subcommands()
            .map(|subcommand| subcommand.get_name().to_owned())
            .collect();
        for name in names {
            command = command.mut_subcommand(name, |mut subcommand| {
                for entry in file.entries() {
                    let is_there = subcommand
                        .get_arguments()
                        .any(|arg| *arg.get_id() == *entry.key);
                    if is_there {
                        subcommand =
                            subcommand.mut_arg(&entry.key, |arg| arg.default_values(&entry.values));
                    }
                }
                subcommand
            });
        }
        command
    }

    /// What became of each setting, from the matches of [`Layers::under`].
    pub fn settings(self, matches: &ArgMatches) -> Settings {
        let Some(("serve" | "config", matches)) = matches.subcommand() else {
            return Settings::default();
        };
        let Layers { settings, file } = self;
        let effective = settings.into_iter().map(|setting| {
            let source = source(&setting, matches, file.as_ref());
            let raw = matches.get_raw(setting.key()).into_iter().flatten();
            let texts = raw.map(|text| text.to_string_lossy().into_owned());
            let value = Value::new(&setting, texts.collect());
            with_rust_log(Effective {
                setting,
                value,
                source,
            })
        });
        Settings(effective.collect())
    }
}

fn path(matches: &ArgMatches) -> Option<PathBuf> {
    let (_, matches) = matches.subcommand()?;
    let path = |id| matches.try_get_one::<PathBuf>(id).ok().flatten();
    if let Some(named) = path(CONFIG) {
        return Some(named.clone());
    }
    let usual = path("db")?.with_file_name(file::DEFAULT_NAME);
    usual.exists().then_some(usual)
}

fn source(setting: &Setting, matches: &ArgMatches, file: Option<&ConfigFile>) -> SettingSource {
    match matches.value_source(setting.key()) {
        Some(ValueSource::CommandLine) => return SettingSource::Flag(setting.flag()),
        Some(ValueSource::EnvVariable) => return SettingSource::Variable(setting.variable()),
        _ => {}
    }
    let of_file = file.and_then(|file| {
        let mut entries = file.entries().iter();
        let entry = entries.find(|entry| entry.key == setting.key())?;
        Some(SettingSource::File(file.path().to_path_buf(), entry.line))
    });
    of_file.unwrap_or(SettingSource::Default)
}

/// `RUST_LOG` is a variable like any other: it gives way to the flag and to the
/// variable of our own, and to nothing else.
fn with_rust_log(effective: Effective) -> Effective {
    let is_free = matches!(
        effective.source,
        SettingSource::Default | SettingSource::File(..)
    );
    match std::env::var(RUST_LOG) {
        Ok(filter) if !filter.is_empty() && is_free && effective.setting.key() == LOG_LEVEL => {
            Effective {
                value: Value::Text(filter),
                source: SettingSource::Variable(RUST_LOG.to_owned()),
                ..effective
            }
        }
        _ => effective,
    }
}

impl Settings {
    /// Each of them, in the order of `catalogue serve --help`.
    pub fn iter(&self) -> impl Iterator<Item = &Effective> {
        self.0.iter()
    }

    /// What the log is to hold, in the words of `RUST_LOG`.
    pub fn log_filter(&self) -> String {
        let mut settings = self.iter();
        let level = settings.find(|effective| effective.setting.key() == LOG_LEVEL);
        level
            .map(|level| level.value.to_string())
            .unwrap_or_default()
    }
}
