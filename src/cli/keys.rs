//! `catalogue key add`, `key revoke` and `keys`.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde::Serialize;

use super::flags::Database;
use super::terminal::{escape_line, safe_stdout, write_json};
use super::{CliError, accounts, log};
use crate::auth::{ApiKey, KeyLifetime};
use crate::store::{
    self, Change, KeyGrant, KeyHash, ReadTransaction, Reader, Role, StoredKey, now,
};

/// Adds or revokes an API key
#[derive(Debug, Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    Add(AddKeyArgs),
    Revoke(RevokeKeyArgs),
}

/// Adds an API key, and prints it once
///
/// A program sends the key instead of a user name and a password.
#[derive(Debug, Args)]
struct AddKeyArgs {
    /// The key's name: letters, digits, `-`, `_` and `.`
    name: String,
    /// The role of the key
    #[arg(long, default_value_t = Role::Reader)]
    role: Role,
    /// Limit the key to searches
    #[arg(long)]
    search_only: bool,
    /// When the key ends: hours, days, weeks or years from now, like 90d [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    #[command(flatten)]
    database: Database,
}

/// Revokes an API key, and ends its sessions
#[derive(Debug, Args)]
struct RevokeKeyArgs {
    /// The key's name
    name: String,
    #[command(flatten)]
    database: Database,
}

/// Lists the API keys
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl KeyArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self.command {
            KeyCommand::Add(add) => add.run(),
            KeyCommand::Revoke(revoke) => revoke.run(),
        }
    }
}

impl AddKeyArgs {
    fn run(self) -> Result<(), CliError> {
        let AddKeyArgs {
            name,
            role,
            search_only,
            expires,
            database,
        } = self;
        log::to_stderr();
        let lifetime = expires
            .map(|text| text.parse::<KeyLifetime>())
            .transpose()?;
        let grant = KeyGrant::new(&name, role, search_only, lifetime, now())?;
        let key = ApiKey::generate()?;
        let hash = KeyHash(key.hash());
        accounts::apply(&database.db, Change::AddKey { grant, hash })?;
        let scope = if search_only {
            ", for searches only"
        } else {
            ""
        };
        writeln!(safe_stdout(), "added the key `{name}` as {role}{scope}")?;
        let mut out = io::stdout().lock();
        out.write_all(b"key: ")?;
        out.write_all(key.expose())?;
        out.write_all(b"\n")?;
        Ok(())
    }
}

impl RevokeKeyArgs {
    fn run(self) -> Result<(), CliError> {
        let RevokeKeyArgs { name, database } = self;
        log::to_stderr();
        accounts::apply(&database.db, Change::RevokeKey { name: name.clone() })?;
        writeln!(safe_stdout(), "revoked the key `{name}`")?;
        Ok(())
    }
}

impl KeysArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let path = &self.database.db;
        log::to_stderr();
        store::migrate(path)?;
        let keys = ReadTransaction::new(&mut Reader::open(path)?).keys()?;
        let listed: Vec<_> = keys.iter().map(ListedKey::new).collect();
        let mut out = io::stdout().lock();
        if self.json {
            return Ok(write_json(&mut out, &listed)?);
        }
        if listed.is_empty() {
            writeln!(out, "no keys yet, add one with `catalogue key add <name>`")?;
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header([
            "NAME",
            "ROLE",
            "SCOPE",
            "ADDED",
            "EXPIRES",
            "LAST USED",
        ]);
        for key in listed {
            let day = |time: &Option<String>| {
                let time = time.as_deref().map_or("never", |time| &time[..10]);
                time.to_owned()
            };
            let expires = match (&key.expires, key.expired) {
                (time, false) => day(time),
                (time, true) => format!("{}, expired", day(time)),
            };
            let (added, last_used) = (day(&key.added), day(&key.last_used));
            let (role, scope) = (key.role.to_string(), key.scope.to_owned());
            table.add_row([
                escape_line(key.name),
                role,
                scope,
                added,
                expires,
                last_used,
            ]);
        }
        writeln!(out, "{}", table.trim_fmt())?;
        Ok(())
    }
}

/// A key as --json lists it. The moments are in UTC.
#[derive(Serialize)]
struct ListedKey<'a> {
    name: &'a str,
    role: &'static str,
    scope: &'static str,
    added: Option<String>,
    expires: Option<String>,
    expired: bool,
    last_used: Option<String>,
}

impl<'a> ListedKey<'a> {
    fn new(key: &'a StoredKey) -> ListedKey<'a> {
        let moment = |time: i64| {
            jiff::Timestamp::from_second(time)
                .ok()
                .map(|time| time.to_string())
        };
        let grant = &key.grant;
        ListedKey {
            name: &grant.name,
            role: grant.role.as_str(),
            scope: grant.scope(),
            added: moment(key.created_at),
            expires: grant.expires_at.and_then(moment),
            expired: grant.has_expired(now()),
            last_used: key.last_used_at.and_then(moment),
        }
    }
}
