//! One setting, derived from a flag of the command line.

use std::any::TypeId;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, ValueHint};

/// The flag that names the file of settings. It is not a setting.
pub(super) const CONFIG: &str = "config";

/// One setting of `serve`.
#[derive(Clone, Debug)]
pub struct Setting(Arg);

/// The type of a value in the file and in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingKind {
    Switch,
    Number,
    Text,
    Path,
    /// A list of texts.
    List,
}

impl SettingKind {
    /// The form of the value in the file.
    pub fn expected(self) -> &'static str {
        match self {
            SettingKind::Switch => "true or false",
            SettingKind::Number => "a whole number from 0",
            SettingKind::Text | SettingKind::Path => "a text in quotes",
            SettingKind::List => "a list of texts like [\"a\", \"b\"]",
        }
    }
}

impl Setting {
    /// The settings of all flags of a subcommand, in their order.
    pub fn from_flags(mut command: Command) -> Vec<Setting> {
        // Sets the defaults and the actions of the flags.
        command.build();
        let flags = command.get_arguments().filter(|arg| {
            let id = arg.get_id().as_str();
            arg.get_long().is_some() && ![CONFIG, "help"].contains(&id)
        });
        flags.cloned().map(Setting).collect()
    }

    /// The key in the file.
    pub fn key(&self) -> &str {
        self.0.get_id().as_str()
    }

    /// The flag, with its dashes.
    pub fn flag(&self) -> String {
        format!("--{}", self.0.get_long().unwrap_or_default())
    }

    /// The variable.
    pub fn variable(&self) -> String {
        let variable = self.0.get_env().unwrap_or_default();
        variable.to_string_lossy().into_owned()
    }

    /// The default value, in words if it depends on something else; `None` without
    /// a default.
    pub fn default(&self) -> Option<String> {
        if let Some((_, words)) = self.help().split_once("[default: ") {
            return Some(words.trim_end_matches(']').to_owned());
        }
        let values = self.0.get_default_values().iter();
        let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// The purpose, in one line.
    pub fn about(&self) -> String {
        let help = self.help();
        let about = help.split("[default: ").next().unwrap_or_default();
        about.trim_end().to_owned()
    }

    fn help(&self) -> String {
        let help = self.0.get_help().map(ToString::to_string);
        help.unwrap_or_default()
    }

    pub(super) fn kind(&self) -> SettingKind {
        let is = |numbers: &[TypeId]| {
            let found = self.0.get_value_parser().type_id();
            numbers.iter().any(|number| found == *number)
        };
        match self.0.get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse => SettingKind::Switch,
            ArgAction::Append => SettingKind::List,
            _ if self.0.get_value_hint() == ValueHint::AnyPath => SettingKind::Path,
            _ if is(&[
                TypeId::of::<u16>(),
                TypeId::of::<u32>(),
                TypeId::of::<u64>(),
                TypeId::of::<usize>(),
            ]) =>
            {
                SettingKind::Number
            }
            _ => SettingKind::Text,
        }
    }

    /// Checks values from another source with the parser of the flag.
    pub(super) fn check(&self, values: &[String]) -> Result<(), String> {
        let arg = self.0.clone().env(Resettable::Reset).default_values(values);
        let parsed = Command::new("setting")
            .no_binary_name(true)
            .disable_help_flag(true)
            .arg(arg)
            .try_get_matches_from([""; 0]);
        parsed.map(drop).map_err(|error| reason(&error))
    }
}

/// The reason why a parser refused a value.
fn reason(error: &clap::Error) -> String {
    match (error.kind(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(ContextValue::Strings(valid))) => {
            format!("expected one of {}", valid.join(", "))
        }
        _ => match std::error::Error::source(error) {
            Some(source) => source.to_string(),
            None => error.kind().to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::serve::ServeArgs;
    use crate::cli::settings;
    use clap::Args;

    #[test]
    fn every_flag_of_serve_has_a_variable_a_key_and_documentation() {
        let settings = settings();
        let serve = ServeArgs::augment_args(Command::new("serve"));
        // All flags except the one that names the file.
        assert_eq!(settings.len(), serve.get_arguments().count() - 1);
        for setting in &settings {
            let (key, flag) = (setting.key(), setting.flag());
            assert_eq!(
                setting.variable(),
                format!("CATALOGUE_{}", key.to_uppercase())
            );
            // The flag of a list may be in the singular.
            let name = flag[2..].replace('-', "_");
            let is_alike =
                key == name || (setting.kind() == SettingKind::List && key.starts_with(&name));
            assert!(is_alike, "{flag} has the key {key}");
            let about = setting.about();
            assert!(!about.is_empty() && !about.ends_with('.'), "{flag}");
        }
    }

    #[test]
    fn the_type_of_a_value_follows_from_its_parser() {
        let kind = |key: &str| {
            let settings = settings();
            let setting = settings.iter().find(|setting| setting.key() == key);
            setting.unwrap().kind()
        };
        assert_eq!(kind("db"), SettingKind::Path);
        assert_eq!(kind("listen"), SettingKind::Text);
        assert_eq!(kind("workers"), SettingKind::Number);
        assert_eq!(kind("idle_seconds"), SettingKind::Number);
        let kind_of_arg = |arg: Arg| {
            let mut command = Command::new("x").arg(arg);
            command.build();
            Setting(command.get_arguments().next().unwrap().clone()).kind()
        };
        let arg = || Arg::new("a").long("a");
        assert_eq!(
            kind_of_arg(arg().action(ArgAction::SetTrue)),
            SettingKind::Switch
        );
        assert_eq!(
            kind_of_arg(arg().action(ArgAction::Append)),
            SettingKind::List
        );
    }

    #[test]
    fn values_are_checked_by_the_parser_of_the_flag() {
        let settings = settings();
        let check = |key: &str, value: &str| {
            let setting = settings.iter().find(|setting| setting.key() == key);
            setting.unwrap().check(&[value.to_owned()])
        };
        assert_eq!(check("workers", "2"), Ok(()));
        assert_eq!(check("workers", "99").unwrap_err(), "99 is not in 1..=64");
        assert!(check("listen", "nowhere").is_err());
    }
}
