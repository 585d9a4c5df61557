//! The value of a setting in one run, and its source.

use std::fmt;
use std::path::PathBuf;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::setting::{Setting, SettingKind};

/// A setting with its value.
#[derive(Debug)]
pub struct Effective {
    /// The setting.
    pub setting: Setting,
    /// Its value.
    pub value: SettingValue,
    /// The source of the value.
    pub source: SettingSource,
}

/// A value with its JSON type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// It is not set and has no fixed default.
    Unset,
    /// A Boolean.
    Switch(bool),
    /// A whole number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingSource {
    /// The default.
    Default,
    /// A flag.
    Flag(String),
    /// An environment variable.
    Variable(String),
    /// A file and a line, counted from 1.
    File(PathBuf, usize),
}

impl SettingValue {
    /// The value of the texts that were given to the flag.
    pub(super) fn new(setting: &Setting, mut texts: Vec<String>) -> SettingValue {
        match (setting.kind(), texts.len()) {
            (SettingKind::List, _) => {
                // A variable has all texts in one, separated by commas.
                let split = texts.iter().flat_map(|text| text.split(','));
                SettingValue::List(split.map(str::to_owned).collect())
            }
            (_, 0) => SettingValue::Unset,
            (kind, _) => {
                let text = texts.swap_remove(0);
                match kind {
                    SettingKind::Number => text
                        .parse()
                        .map_or(SettingValue::Text(text), SettingValue::Number),
                    SettingKind::Switch => SettingValue::Switch(is_yes(&text)),
                    _ => SettingValue::Text(text),
                }
            }
        }
    }
}

/// Whether the text means true for clap's `BoolishValueParser`, which has checked it before.
fn is_yes(text: &str) -> bool {
    let yes = ["y", "yes", "t", "true", "on", "1"];
    yes.iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingValue::Unset => f.write_str("-"),
            SettingValue::Switch(switch) => write!(f, "{switch}"),
            SettingValue::Number(number) => write!(f, "{number}"),
            SettingValue::Text(text) => f.write_str(text),
            SettingValue::List(texts) if texts.is_empty() => f.write_str("-"),
            SettingValue::List(texts) => f.write_str(&texts.join(",")),
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
