//! `catalogue demo`: everything at once, for trying it.

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;

use clap::Args;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{CliError, accounts};
use crate::client::prompt::LineEditor;
use crate::client::{Client, Ending, Lines, Printer, Style, Talk};
use crate::config::Config;
use crate::credentials::Password;
use crate::server::{Server, ServerError};
use crate::store::{self, Role};

/// The account of the demonstration.
const USER: &str = "admin";

/// Tries it: a throw-away catalogue, a server and a client logged in to it
///
/// With a pipe on standard input the client runs the commands from it.
#[derive(Debug, Args)]
pub struct Demo {
    /// Print one line of JSON per answer
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), CliError> {
        let password = Password::generate()?;
        let server = Running::start(&password)?;
        let text = String::from_utf8_lossy(password.expose());
        let style = Style::of_stdout(self.json);
        let client = Client::connect(&server.address.to_string())?;
        let mut talk = Talk::new(client, Printer::new(io::stdout(), io::stderr(), style));
        talk.log_in(USER, &text)?;
        let ending = if io::stdin().is_terminal() {
            writeln!(
                io::stderr(),
                "a throw-away catalogue is served on {}, for user `{USER}` with password {text}\n\
                 try SEND 1, LIST, or HELP; Ctrl-D ends it",
                server.address
            )?;
            talk.run_prompt(&mut LineEditor::open(None, style.bold)?)?
        } else {
            talk.run_lines(&mut Lines::new(io::stdin()))?
        };
        server.stop()?;
        match ending {
            Ending::Success => Ok(()),
            Ending::Failure => Err(CliError::Told),
        }
    }
}

/// A server on a thread of this process, over a catalogue that goes away with it.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServerError>>,
    _folder: TempDir,
}

impl Running {
    fn start(password: &Password) -> Result<Running, CliError> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join(crate::config::DEFAULT_DATABASE);
        store::create(&database)?;
        accounts::add_account(&database, USER, password, Role::Admin)?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(&Config::new(database, listen))?;
        let address = server.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            server.run(async {
                let _ = stopped.await;
            })
        });
        Ok(Running {
            address,
            stop,
            thread,
            _folder: folder,
        })
    }

    fn stop(self) -> Result<(), CliError> {
        let _ = self.stop.send(());
        match self.thread.join() {
            Ok(result) => Ok(result?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
