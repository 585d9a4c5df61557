//! The file underneath the flags and the variables.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::effective::{Effective, Origin, Value};
use super::file::{self, ConfigFile, FileError};
use super::setting::{CONFIG, Setting, settings};

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
    pub fn of(matches: &ArgMatches) -> Result<Layers, FileError> {
        let settings = settings();
        let file = match path(matches) {
            Some(path) => Some(ConfigFile::read(&path, &settings)?),
            None => None,
        };
        Ok(Layers { settings, file })
    }

    /// The command line in which what the file says are the defaults.
    pub fn under(&self, mut command: Command) -> Command {
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
            let origin = origin(&setting, matches, file.as_ref());
            let raw = matches.get_raw(setting.key()).into_iter().flatten();
            let texts = raw.map(|text| text.to_string_lossy().into_owned());
            let value = Value::new(&setting, texts.collect());
            Effective {
                setting,
                value,
                origin,
            }
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

fn origin(setting: &Setting, matches: &ArgMatches, file: Option<&ConfigFile>) -> Origin {
    match matches.value_source(setting.key()) {
        Some(ValueSource::CommandLine) => return Origin::Flag(setting.flag()),
        Some(ValueSource::EnvVariable) => return Origin::Variable(setting.variable()),
        _ => {}
    }
    let of_file = file.and_then(|file| {
        let mut entries = file.entries().iter();
        let entry = entries.find(|entry| entry.key == setting.key())?;
        Some(Origin::File(file.path().to_path_buf(), entry.line))
    });
    of_file.unwrap_or(Origin::Default)
}

impl Settings {
    /// Each of them, in the order of `catalogue serve --help`.
    pub fn iter(&self) -> impl Iterator<Item = &Effective> {
        self.0.iter()
    }
}
