//! One setting, as the command line describes it.

use std::any::TypeId;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args, Command, ValueHint};

use crate::cli::serve::ServeArgs;

/// The flag that names the file itself, which is no setting.
pub(super) const CONFIG: &str = "config";

/// One setting of `serve`.
#[derive(Clone, Debug)]
pub struct Setting(Arg);

/// What a value is, in the file and in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Number,
    Text,
    Path,
    /// Several texts.
    List,
}

impl Kind {
    /// What the file has to say.
    pub fn expected(self) -> &'static str {
        match self {
            Kind::Switch => "true or false",
            Kind::Number => "a whole number from 0",
            Kind::Text | Kind::Path => "a text in quotes",
            Kind::List => "a list of texts like [\"a\", \"b\"]",
        }
    }
}

/// All settings, in the order of `catalogue serve --help`.
pub fn settings() -> Vec<Setting> {
    let mut serve = ServeArgs::augment_args(Command::new("serve"));
    // Gives every flag its defaults and its actions.
    serve.build();
    let flags = serve.get_arguments().filter(|arg| {
        let id = arg.get_id().as_str();
        arg.get_long().is_some() && ![CONFIG, "help"].contains(&id)
    });
    flags.cloned().map(Setting).collect()
}

impl Setting {
    /// What it is called in the file.
    pub fn key(&self) -> &str {
        self.0.get_id().as_str()
    }

    /// Its flag, with the dashes.
    pub fn flag(&self) -> String {
        format!("--{}", self.0.get_long().unwrap_or_default())
    }

    /// Its variable.
    pub fn variable(&self) -> String {
        let variable = self.0.get_env().unwrap_or_default();
        variable.to_string_lossy().into_owned()
    }

    /// What it is when nobody sets it, in words where it depends on something
    /// else; `None` for what is not there unless it is set.
    pub fn default(&self) -> Option<String> {
        if let Some((_, words)) = self.help().split_once("[default: ") {
            return Some(words.trim_end_matches(']').to_owned());
        }
        let values = self.0.get_default_values().iter();
        let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// What it is good for, in one line.
    pub fn about(&self) -> String {
        let help = self.help();
        let about = help.split("[default: ").next().unwrap_or_default();
        about.trim_end().to_owned()
    }

    fn help(&self) -> String {
        let help = self.0.get_help().map(ToString::to_string);
        help.unwrap_or_default()
    }

    pub(super) fn kind(&self) -> Kind {
        let is = |numbers: &[TypeId]| {
            let found = self.0.get_value_parser().type_id();
            numbers.iter().any(|number| found == *number)
        };
        match self.0.get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse => Kind::Switch,
            ArgAction::Append => Kind::List,
            _ if self.0.get_value_hint() == ValueHint::AnyPath => Kind::Path,
            _ if is(&[
                TypeId::of::<u16>(),
                TypeId::of::<u32>(),
                TypeId::of::<u64>(),
                TypeId::of::<usize>(),
            ]) =>
            {
                Kind::Number
            }
            _ => Kind::Text,
        }
    }

    /// Has the flag's own parser look at values from elsewhere.
    pub(super) fn check(&self, values: &[String]) -> Result<(), String> {
        let arg = self.0.clone().env(Resettable::Reset).default_values(values);
        let parsed = Command::new("setting")
            .no_binary_name(true)
            .disable_help_flag(true)
            .arg(arg)
            .try_get_matches_from([""; 0]);
        parsed.map(drop).map_err(|error| in_words(&error))
    }
}

/// What a parser of clap's has against a value.
fn in_words(error: &clap::Error) -> String {
    match (error.kind(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(ContextValue::Strings(valid))) => {
            format!("expected one of {}", valid.join(", "))
        }
        _ => match std::error::Error::source(error) {
            Some(why) => why.to_string(),
            None => error.kind().to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a flag to `serve` adds a setting, complete, or this fails.
    #[test]
    fn every_flag_of_serve_has_a_variable_a_key_and_documentation() {
        let settings = settings();
        let serve = ServeArgs::augment_args(Command::new("serve"));
        // All but the one that names the file.
        assert_eq!(settings.len(), serve.get_arguments().count() - 1);
        for setting in &settings {
            let (key, flag) = (setting.key(), setting.flag());
            assert_eq!(
                setting.variable(),
                format!("CATALOGUE_{}", key.to_uppercase())
            );
            // The flag of a list may stand for one of it.
            let name = flag[2..].replace('-', "_");
            let is_alike = key == name || (setting.kind() == Kind::List && key.starts_with(&name));
            assert!(is_alike, "{flag} is called {key}");
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
        assert_eq!(kind("db"), Kind::Path);
        assert_eq!(kind("listen"), Kind::Text);
        assert_eq!(kind("workers"), Kind::Number);
        assert_eq!(kind("idle_seconds"), Kind::Number);
        let of = |arg: Arg| {
            let mut command = Command::new("x").arg(arg);
            command.build();
            Setting(command.get_arguments().next().unwrap().clone()).kind()
        };
        let arg = || Arg::new("a").long("a");
        assert_eq!(of(arg().action(ArgAction::SetTrue)), Kind::Switch);
        assert_eq!(of(arg().action(ArgAction::Append)), Kind::List);
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
