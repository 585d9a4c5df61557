//! `catalogue adduser`, `passwd`, `role`, `deluser` and `users`.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use comfy_table::Table;
use comfy_table::presets;
use serde::Serialize;

use super::flags::{Database, HashFlags};
use super::terminal::{escape_line, safe_stdout, write_json};
use super::{CliError, log, secret};
use crate::auth::{self, Cost, Memory, Password};
use crate::store::{
    self, Change, ChangeError, ChangeRequest, NewPassword, ReadTransaction, Reader, Role,
    StoreError, Writer,
};

/// Adds an account
///
/// A prompt asks for the password twice. Without a terminal, it is the first line of standard
/// input. --generate makes a random password.
#[derive(Debug, Args)]
pub struct AddUserArgs {
    /// The user's name
    user: String,
    /// The role of the account [default: admin for the first account, else reader]
    #[arg(long)]
    role: Option<Role>,
    /// Make a random password and print it once
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    hash: HashFlags,
    #[command(flatten)]
    database: Database,
}

/// Sets the password of an account, and ends its sessions
///
/// The password is read as by adduser.
#[derive(Debug, Args)]
pub struct PasswdArgs {
    /// The user's name
    user: String,
    /// Make a random password and print it once
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    hash: HashFlags,
    #[command(flatten)]
    database: Database,
}

/// Sets the role of an account, and ends its sessions
#[derive(Debug, Args)]
pub struct SetRoleArgs {
    /// The user's name
    user: String,
    /// What the account may do
    role: Role,
    /// Change the role even if the account is the last admin
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: Database,
}

/// Removes an account, and ends its sessions
#[derive(Debug, Args)]
pub struct DelUserArgs {
    /// The user's name
    user: String,
    /// Remove the account even if it is the last admin
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: Database,
}

/// Lists the accounts
#[derive(Debug, Args)]
pub struct UsersArgs {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl AddUserArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let AddUserArgs {
            user,
            role,
            generate,
            hash,
            database,
        } = self;
        let cost = hash.cost()?;
        let user = auth::new_user(&user)?;
        // Checked before the prompt for a password.
        log::to_stderr();
        store::migrate(&database.db)?;
        let accounts = accounts(&database.db)?;
        if accounts.iter().any(|account| account.name == user) {
            return Err(CliError::UserExists(user));
        }
        let first = if accounts.is_empty() {
            Role::Admin
        } else {
            Role::Reader
        };
        let role = role.unwrap_or(first);
        let password = secret::new_password(&user, generate)?;
        add_account(&database.db, &user, &password, role, cost)?;
        writeln!(safe_stdout(), "added `{user}` as {role}")?;
        show_generated(generate, &password)
    }
}

/// Adds an account with a password that was checked.
pub(super) fn add_account(
    database: &Path,
    user: &str,
    password: &Password,
    role: Role,
    cost: Cost,
) -> Result<(), CliError> {
    let change = Change::AddUser {
        name: user.to_owned(),
        password: hashed(password, cost)?,
        role,
    };
    apply(database, change)
}

fn hashed(password: &Password, cost: Cost) -> Result<NewPassword, CliError> {
    Ok(NewPassword {
        hash: auth::hash(password, cost, &mut Memory::default())?,
        id: auth::new_password_id()?,
    })
}

/// Makes a change as the operator.
pub(super) fn apply(database: &Path, change: Change) -> Result<(), CliError> {
    match Writer::apply(database, ChangeRequest::from_operator(change)) {
        Ok(_) => Ok(()),
        Err(StoreError::Refused(error)) => Err(match error {
            ChangeError::UserExists(user) => CliError::UserExists(user),
            ChangeError::NoSuchUser(user) => CliError::NoSuchUser(user),
            ChangeError::LastAdmin(user) => CliError::LastAdmin(user),
            ChangeError::KeyExists(name) => CliError::KeyExists(name),
            ChangeError::NoSuchKey(name) => CliError::NoSuchKey(name),
            other => StoreError::Refused(other).into(),
        }),
        Err(error) => Err(error.into()),
    }
}

impl PasswdArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let PasswdArgs {
            user,
            generate,
            hash,
            database,
        } = self;
        log::to_stderr();
        let cost = hash.cost()?;
        store::migrate(&database.db)?;
        let user = stored_name(&database.db, user)?;
        if ReadTransaction::new(&mut Reader::open(&database.db)?)
            .account(&user)?
            .is_none()
        {
            return Err(CliError::NoSuchUser(user));
        }
        let password = secret::new_password(&user, generate)?;
        let change = Change::SetPassword {
            name: user.clone(),
            password: hashed(&password, cost)?,
        };
        apply(&database.db, change)?;
        writeln!(safe_stdout(), "changed the password of `{user}`")?;
        show_generated(generate, &password)
    }
}

impl SetRoleArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let SetRoleArgs {
            user,
            role,
            force,
            database,
        } = self;
        let user = stored_name(&database.db, user)?;
        let name = user.clone();
        apply(&database.db, Change::SetRole { name, role, force })?;
        writeln!(safe_stdout(), "made `{user}` {role}")?;
        Ok(())
    }
}

impl DelUserArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let DelUserArgs {
            user,
            force,
            database,
        } = self;
        let user = stored_name(&database.db, user)?;
        let name = user.clone();
        apply(&database.db, Change::DeleteUser { name, force })?;
        writeln!(safe_stdout(), "removed `{user}`")?;
        Ok(())
    }
}

impl UsersArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let path = &self.database.db;
        log::to_stderr();
        store::migrate(path)?;
        let accounts = accounts(path)?;
        let mut out = io::stdout().lock();
        if self.json {
            let listed: Vec<_> = accounts.iter().map(Listed::from).collect();
            return Ok(write_json(&mut out, &listed)?);
        }
        if accounts.is_empty() {
            writeln!(
                out,
                "no accounts yet, add the first one with `catalogue adduser admin`"
            )?;
            return Ok(());
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["USER", "ROLE", "ADDED"]);
        for account in accounts {
            let added = day(account.created_at);
            table.add_row([escape_line(&account.name), account.role.to_string(), added]);
        }
        writeln!(out, "{}", table.trim_fmt())?;
        Ok(())
    }
}

/// An account as --json lists it.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    role: String,
    /// The moment in UTC.
    added: Option<String>,
}

impl<'a> From<&'a store::Account> for Listed<'a> {
    fn from(account: &'a store::Account) -> Listed<'a> {
        let added = jiff::Timestamp::from_second(account.created_at);
        Listed {
            name: &account.name,
            role: account.role.to_string(),
            added: added.ok().map(|moment| moment.to_string()),
        }
    }
}

fn accounts(path: &Path) -> Result<Vec<store::Account>, CliError> {
    Ok(ReadTransaction::new(&mut Reader::open(path)?).accounts()?)
}

/// The name under which an account is stored: as it was typed, or its canonical form.
fn stored_name(database: &Path, user: String) -> Result<String, CliError> {
    let Some(canonical) = auth::canonical_user(&user) else {
        return Ok(user);
    };
    store::migrate(database)?;
    let is_stored = accounts(database)?
        .iter()
        .any(|account| account.name == user);
    Ok(if is_stored { user } else { canonical })
}

/// The one time that a generated password is shown.
fn show_generated(generated: bool, password: &Password) -> Result<(), CliError> {
    if generated {
        let mut out = io::stdout().lock();
        out.write_all(b"password: ")?;
        out.write_all(password.expose())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The day of a moment in seconds since 1970, in UTC.
fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|moment| moment.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}
