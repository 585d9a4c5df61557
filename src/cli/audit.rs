//! `catalogue audit`: lists the changes with their accounts.

use std::io::Write;

use clap::Args;
use clap::builder::RangedI64ValueParser;
use comfy_table::{Table, presets};

use super::flags::Database;
use super::terminal::{escape_line, safe_stdout, write_json};
use super::{CliError, log};
use crate::config::limits;
use crate::store::{self, AuditEntry, ReadTransaction, Reader};

/// Lists the last changes, the latest one last: account, time, and movies or accounts
///
/// Every change of a movie or an account has an entry with its time, account,
/// source and names. Entries older than 400 days, or before the last 100,000,
/// are removed.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The position after which the entries begin [default: the last entries]
    #[arg(long, value_name = "POSITION", value_parser = RangedI64ValueParser::<i64>::new().range(0..))]
    after: Option<i64>,
    /// The maximum number of entries
    #[arg(long, value_name = "N", default_value_t = limits::DEFAULT_AUDIT_ROWS,
          value_parser = RangedI64ValueParser::<u32>::new().range(1..=i64::from(limits::MAX_AUDIT_ROWS)))]
    limit: u32,
    /// Print one JSON object on each line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl AuditArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        log::to_stderr();
        store::migrate(&self.database.db)?;
        let mut reader = Reader::open(&self.database.db)?;
        let entries = ReadTransaction::new(&mut reader).audit(self.after, self.limit)?;
        let mut out = safe_stdout();
        if self.json {
            for entry in &entries {
                write_json(&mut out, entry)?;
            }
            return Ok(());
        }
        if entries.is_empty() {
            writeln!(out, "no changes are recorded there")?;
            return Ok(());
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["POSITION", "TIME", "ACCOUNT", "SOURCE", "COMMAND", "NAMES"]);
        for entry in &entries {
            table.add_row(row(entry));
        }
        writeln!(out, "{}", table.trim_fmt())?;
        Ok(())
    }
}

/// An entry as a line of the table.
fn row(entry: &AuditEntry) -> [String; 6] {
    let time = jiff::Timestamp::from_second(entry.time);
    let mut names = entry.names.join(", ");
    match entry.named - entry.names.len() as u64 {
        0 => {}
        more => names += &format!(" and {more} more"),
    }
    [
        entry.position.to_string(),
        time.map(|time| time.to_string()).unwrap_or_default(),
        escape_line(entry.account.as_deref().unwrap_or("-")),
        escape_line(&entry.source),
        escape_line(&entry.command),
        escape_line(&names),
    ]
}
