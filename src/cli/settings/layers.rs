//! The settings of one run, from the flags, the variables and the file.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::effective::{Effective, SettingSource, SettingValue};
use super::error::FileError;
use super::file::{self, ConfigFile};
use super::renamed::check_variables;
use super::setting::{CONFIG, Setting};

/// The usual variable of Rust programs for the log filter.
const RUST_LOG: &str = "RUST_LOG";
/// The setting that it can replace.
const LOG_LEVEL: &str = "log_level";

/// All settings, and the file of settings, if there is one.
pub struct Layers {
    settings: Vec<Setting>,
    file: Option<ConfigFile>,
}

/// The settings of one run of `serve` or `config`.
#[derive(Debug, Default)]
pub struct Settings(Vec<Effective>);

impl Layers {
    /// Reads the file of --config, or else the file next to the database, if it
    /// exists. Subcommands without a database have no file.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn from_matches(matches: &ArgMatches, settings: Vec<Setting>) -> Result<Layers, FileError> {
        check_variables()?;
        let file = match path(matches) {
            Some(path) => Some(ConfigFile::read(&path, &settings)?),
            None => None,
        };
        Ok(Layers { settings, file })
    }

    /// Makes the values of the file the defaults of the command line.
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

    /// The value and source of each setting, from the matches of [`Layers::apply_to`].
    pub fn settings(self, matches: &ArgMatches) -> Settings {
        let Some(("serve" | "config", matches)) = matches.subcommand() else {
            return Settings::default();
        };
        let Layers { settings, file } = self;
        let effective = settings.into_iter().map(|setting| {
            let source = source(&setting, matches, file.as_ref());
            let raw = matches.get_raw(setting.key()).into_iter().flatten();
            let texts = raw.map(|text| text.to_string_lossy().into_owned());
            let value = SettingValue::new(&setting, texts.collect());
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

/// Applies `RUST_LOG`. The flag and the variable of the log level override it.
fn with_rust_log(effective: Effective) -> Effective {
    let is_overridable = matches!(
        effective.source,
        SettingSource::Default | SettingSource::File(..)
    );
    match std::env::var(RUST_LOG) {
        Ok(filter)
            if !filter.is_empty() && is_overridable && effective.setting.key() == LOG_LEVEL =>
        {
            Effective {
                value: SettingValue::Text(filter),
                source: SettingSource::Variable(RUST_LOG.to_owned()),
                ..effective
            }
        }
        _ => effective,
    }
}

impl Settings {
    /// All settings, in the order of `catalogue serve --help`.
    pub fn iter(&self) -> impl Iterator<Item = &Effective> {
        self.0.iter()
    }

    /// The log filter in the syntax of `RUST_LOG`.
    pub fn log_filter(&self) -> String {
        let mut settings = self.iter();
        let level = settings.find(|effective| effective.setting.key() == LOG_LEVEL);
        level
            .map(|level| level.value.to_string())
            .unwrap_or_default()
    }
}
