//! `catalogue cluster init`, `cluster status` and `cluster leave`.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::flags::{ClusterFlags, Database};
use super::terminal::{escape_line, safe_stdout, write_json};
use super::{CliError, log};
use crate::cluster::{self, ClusterReport, ClusterState};
use crate::config::ClusterConfig;

/// Makes a cluster, shows it, or takes a catalogue out of it
#[derive(Debug, Args)]
pub struct ClusterArgs {
    #[command(subcommand)]
    command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
enum ClusterCommand {
    Init(ClusterInitArgs),
    Status(ClusterStatusArgs),
    Leave(ClusterLeaveArgs),
}

/// Makes a new cluster with a catalogue, in an etcd without a cluster
///
/// The catalogue becomes the file of the first node. Stop its server before.
#[derive(Debug, Args)]
struct ClusterInitArgs {
    #[command(flatten)]
    cluster: ClusterFlags,
    #[command(flatten)]
    database: Database,
}

/// Shows the nodes of a cluster and the members of etcd
#[derive(Debug, Args)]
struct ClusterStatusArgs {
    #[command(flatten)]
    cluster: ClusterFlags,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// Takes a catalogue out of its cluster, so that it can be served alone
#[derive(Debug, Args)]
struct ClusterLeaveArgs {
    #[command(flatten)]
    database: Database,
}

impl ClusterArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        log::to_stderr();
        match self.command {
            ClusterCommand::Init(init) => init.run(),
            ClusterCommand::Status(status) => status.run(),
            ClusterCommand::Leave(leave) => leave.run(),
        }
    }
}

/// The cluster in the flags of a command that requires one.
fn required(flags: ClusterFlags) -> Result<ClusterConfig, CliError> {
    let missing = CliError::Usage("give the addresses of etcd with --cluster");
    flags.config()?.ok_or(missing)
}

impl ClusterInitArgs {
    fn run(self) -> Result<(), CliError> {
        let path = self.database.db;
        let id = cluster::init(&path, &required(self.cluster)?)?;
        let path = path.display();
        writeln!(
            safe_stdout(),
            "`{path}` is the first catalogue of the cluster {id}, start it with `catalogue serve --cluster`"
        )?;
        Ok(())
    }
}

impl ClusterLeaveArgs {
    fn run(self) -> Result<(), CliError> {
        let path = self.database.db;
        cluster::leave(&path)?;
        let path = path.display();
        writeln!(
            safe_stdout(),
            "`{path}` belongs to no cluster any more, start it with `catalogue serve`"
        )?;
        Ok(())
    }
}

impl ClusterStatusArgs {
    fn run(self) -> Result<(), CliError> {
        let report = cluster::report(&required(self.cluster)?)?;
        if self.json {
            write_json(&mut io::stdout(), &as_json(&report))?;
        } else {
            let mut out = io::stdout().lock();
            if let Ok(state) = &report.state {
                let (id, head) = (state.cluster, state.head);
                writeln!(out, "cluster {id}, the log ends at {head}\n")?;
                writeln!(out, "{}\n", nodes(state).trim_fmt())?;
            }
            writeln!(out, "{}", members_of_etcd(&report).trim_fmt())?;
        }
        Ok(report.state.map(drop)?)
    }
}

fn nodes(state: &ClusterState) -> Table {
    let mut table = Table::new();
    let headers = ["NODE", "HOST", "ADDRESS", "VERSION", "DURABLE", "HASH"];
    table.load_style(presets::NOTHING).set_header(headers);
    for member in &state.members {
        let short = member.hash.get(..12).unwrap_or_default();
        table.add_row([
            escape_line(&member.node),
            escape_line(&member.host),
            escape_line(&member.address),
            escape_line(&member.version),
            member.durable.to_string(),
            escape_line(short),
        ]);
    }
    table
}

fn members_of_etcd(report: &ClusterReport) -> Table {
    let mut table = Table::new();
    let headers = ["ETCD", "VERSION", "LEADER", "BYTES"];
    table.load_style(presets::NOTHING).set_header(headers);
    for (endpoint, member) in &report.engine {
        let row = match member {
            Ok(member) => [
                member.version.clone(),
                (if member.has_leader { "known" } else { "none" }).to_owned(),
                member.database_bytes.to_string(),
            ],
            Err(error) => [error.clone(), String::new(), String::new()],
        };
        let [version, leader, bytes] = row.map(|text| escape_line(&text));
        table.add_row([endpoint.clone(), version, leader, bytes]);
    }
    table
}

fn as_json(report: &ClusterReport) -> Value {
    let engine = report.engine.iter().map(|(endpoint, member)| match member {
        Ok(member) => json!({
            "endpoint": endpoint,
            "version": member.version,
            "has_leader": member.has_leader,
            "database_bytes": member.database_bytes,
        }),
        Err(error) => json!({"endpoint": endpoint, "error": error}),
    });
    let mut object = match &report.state {
        Ok(state) => json!({
            "cluster": state.cluster.to_string(),
            "head": state.head,
            "nodes": state.members,
        }),
        Err(error) => json!({"error": error.to_string()}),
    };
    object["etcd"] = engine.collect();
    object
}
