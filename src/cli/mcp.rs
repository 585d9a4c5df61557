//! `catalogue mcp`: the Model Context Protocol over standard input and output.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::flags::Database;
use super::terminal::{CommandLines, ShellError};
use super::{CliError, log, signals};
use crate::config::limits;
use crate::pool;
use crate::server::LocalServer;
use crate::store::Role;

/// Lets an assistant on this machine use the catalogue, by the Model Context Protocol
///
/// The assistant starts the command, and talks to it over standard input and output. It needs no
/// running server and no key, and it sees the changes that a running server makes. It may read
/// only, unless --role admin is given.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// What the assistant may do: read, or also change and remove movies
    #[arg(long, default_value_t = Role::Reader)]
    role: Role,
    #[command(flatten)]
    database: Database,
}

type InputLine = Result<Zeroizing<Vec<u8>>, ShellError>;

impl McpArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        log::to_stderr();
        let (stop, stopped) = oneshot::channel();
        signals::on_first(move |_| {
            let _ = stop.send(());
        })?;
        let mut server = LocalServer::open(&self.database.db, self.role)?;
        if io::stdin().is_terminal() {
            writeln!(
                io::stderr(),
                "an assistant sends messages of the Model Context Protocol here, one a line; Ctrl-D ends it"
            )?;
        }
        let (lines, inbox) = mpsc::channel(1);
        // The thread can wait for input until the process ends.
        pool::spawn("messages", move || read_lines(&lines))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let ended = runtime.block_on(converse(&mut server, inbox, stopped));
        server.close();
        ended
    }
}

fn read_lines(lines: &mpsc::Sender<InputLine>) {
    let mut input = CommandLines::new(io::stdin());
    while let Some(line) = input.next(limits::MAX_RPC_BYTES).transpose() {
        let is_last = line.is_err();
        if lines.blocking_send(line).is_err() || is_last {
            break;
        }
    }
}

/// Answers line by line until the input ends or a signal arrives. It completes the current answer.
async fn converse(
    server: &mut LocalServer,
    mut inbox: mpsc::Receiver<InputLine>,
    mut stopped: oneshot::Receiver<()>,
) -> Result<(), CliError> {
    loop {
        let line = tokio::select! {
            biased;
            _ = &mut stopped => return Ok(()),
            line = inbox.recv() => line,
        };
        let Some(line) = line.transpose()? else {
            return Ok(());
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Some(answer) = server.answer_message(&line).await {
            let mut out = io::stdout().lock();
            out.write_all(&answer)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
}
