//! What a setting is in one run, and who said so.

use std::fmt;
use std::path::PathBuf;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::setting::{Kind, Setting};

/// A setting with its value.
#[derive(Debug)]
pub struct Effective {
    /// Which one.
    pub setting: Setting,
    /// What it is.
    pub value: Value,
    /// Who said so.
    pub source: SettingSource,
}

/// A value in the type that it has in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// It is not set, and has no default that could be named.
    Unset,
    /// Yes or no.
    Switch(bool),
    /// A whole number.
    Number(u64),
    /// Anything else.
    Text(String),
    /// Several of them.
    List(Vec<String>),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingSource {
    /// Nobody has set it.
    Default,
    /// A flag.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of a file, counted from 1.
    File(PathBuf, usize),
}

impl Value {
    /// From the texts that the flag was given.
    pub(super) fn new(setting: &Setting, mut texts: Vec<String>) -> Value {
        match (setting.kind(), texts.len()) {
            (Kind::List, _) => {
                // A variable has all of them in one text.
                let split = texts.iter().flat_map(|text| text.split(','));
                Value::List(split.map(str::to_owned).collect())
            }
            (_, 0) => Value::Unset,
            (kind, _) => {
                let text = texts.swap_remove(0);
                match kind {
                    Kind::Number => text.parse().map_or(Value::Text(text), Value::Number),
                    Kind::Switch => Value::Switch(is_yes(&text)),
                    _ => Value::Text(text),
                }
            }
        }
    }
}

/// As clap's `BoolishValueParser` has it, which has seen the text before.
fn is_yes(text: &str) -> bool {
    let yes = ["y", "yes", "t", "true", "on", "1"];
    yes.iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unset => f.write_str("-"),
            Value::Switch(switch) => write!(f, "{switch}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => f.write_str(text),
            Value::List(texts) if texts.is_empty() => f.write_str("-"),
            Value::List(texts) => f.write_str(&texts.join(",")),
        }
    }
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingSource::Default => f.write_str("default"),
            SettingSource::Flag(name) | SettingSource::Variable(name) => f.write_str(name),
            SettingSource::File(file, line) => write!(f, "{}:{line}", file.display()),
        }
    }
}

impl SettingSource {
    fn kind(&self) -> &'static str {
        match self {
            SettingSource::Default => "default",
            SettingSource::Flag(_) => "flag",
            SettingSource::Variable(_) => "variable",
            SettingSource::File(..) => "file",
        }
    }
}

impl Serialize for Effective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &self.value)?;
        map.serialize_entry("from", self.source.kind())?;
        if self.source != SettingSource::Default {
            map.serialize_entry("where", &self.source.to_string())?;
        }
        map.end()
    }
}
