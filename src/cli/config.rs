//! `catalogue config`: the settings that `serve` would use.

use std::io::{self, Write};

use clap::Args;
use comfy_table::{Table, presets};
use serde::{Serialize, Serializer};

use super::CliError;
use super::serve::ServeArgs;
use super::settings::{Effective, Settings};
use super::terminal::{safe_stdout, write_json};

/// Show every setting of serve and the source of its value
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    _serve: ServeArgs,
}

impl ConfigArgs {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), CliError> {
        if self.json {
            return Ok(write_json(&mut io::stdout(), &ByKey(settings))?);
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["SETTING", "VALUE", "FROM"]);
        for effective in settings.iter() {
            table.add_row([
                effective.setting.key().to_owned(),
                value_text(effective),
                effective.source.to_string(),
            ]);
        }
        Ok(writeln!(safe_stdout(), "{}", table.trim_fmt())?)
    }
}

/// A value as text. A default that depends on other settings is described in words.
fn value_text(effective: &Effective) -> String {
    let value = effective.value.to_string();
    match (value.as_str(), effective.setting.default()) {
        ("-", Some(words)) => words,
        _ => value,
    }
}

/// Serialises settings as an object in their order.
struct ByKey<'a>(&'a Settings);

impl Serialize for ByKey<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.0.iter();
        serializer.collect_map(settings.map(|effective| (effective.setting.key(), effective)))
    }
}
