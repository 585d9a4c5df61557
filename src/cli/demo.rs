//! `catalogue demo`: a temporary catalogue with a server and a client.

mod sample;

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use clap::Args;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{CliError, accounts, signals};
use crate::auth::{Cost, Password};
use crate::cli::terminal::prompt::LineEditor;
use crate::cli::terminal::{CommandLines, Printer, Shell, ShellStatus, Style};
use crate::client::Client;
use crate::config::{Config, Listener, ServedProtocol};
use crate::pool;
use crate::server::{Server, ServerError};
use crate::store::{self, Role};

/// The account of the demonstration.
const USER: &str = "admin";

/// Starts a temporary catalogue with a server and a client that is logged in
///
/// If standard input is a pipe, the client runs the commands from it. If it is empty, as in
/// `catalogue demo </dev/null`, the server runs until Ctrl-C.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Print one line of JSON per answer
    #[arg(long)]
    json: bool,
}

impl DemoArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let password = Password::generate()?;
        let server = Arc::new(Mutex::new(None));
        // Held until the server runs, so that an earlier signal waits for the server and then stops
        // it.
        let mut starting = lock(&server);
        let interrupted = stop_on_signal(Arc::clone(&server))?;
        let started = starting.insert(DemoServer::start(&password)?);
        let (address, http) = (started.address, started.http);
        drop(starting);
        let ending = self.converse(address, http, &password);
        let running = lock(&server).take();
        match running {
            Some(server) => server.stop()?,
            // The other thread stops the server, and then ends the process.
            None => loop {
                thread::park();
            },
        }
        match ending {
            // The conversation may have noticed the signal first.
            _ if interrupted.load(Ordering::Relaxed) => Err(CliError::AlreadyReported),
            Err(error) => Err(error),
            Ok(ShellStatus::Success) => Ok(()),
            Ok(ShellStatus::Failure) => Err(CliError::AlreadyReported),
        }
    }

    fn converse(
        &self,
        address: SocketAddr,
        http: SocketAddr,
        password: &Password,
    ) -> Result<ShellStatus, CliError> {
        let text = String::from_utf8_lossy(password.expose());
        let style = Style::of_stdout(self.json);
        let client = Client::connect(&address.to_string())?;
        let mut shell = Shell::new(client, Printer::new(io::stdout(), io::stderr(), style));
        shell.log_in(USER, &text)?;
        let invitation =
            format!("open http://{http}/ in a browser, the user is `{USER}` with password {text}");
        if !io::stdin().is_terminal() {
            let mut lines = CommandLines::new(io::stdin());
            let ending = shell.run_lines(&mut lines)?;
            if lines.count() > 0 {
                return Ok(ending);
            }
            writeln!(io::stdout(), "{invitation}\nCtrl-C ends the demo")?;
            // The thread of the signals ends the process.
            loop {
                thread::park();
            }
        }
        writeln!(
            io::stderr(),
            "{invitation}\n\
             this prompt is a client of the same catalogue of well-known films, at {address}\n\
             try SEND 1, FIND god, or HELP; Ctrl-D ends it"
        )?;
        Ok(shell.run_prompt(&mut LineEditor::open(None, style.bold)?)?)
    }
}

/// The server, while it runs. The caller that takes it out of the option stops it.
type SharedServer = Arc<Mutex<Option<DemoServer>>>;

fn lock(server: &SharedServer) -> MutexGuard<'_, Option<DemoServer>> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At the first SIGINT or SIGTERM stops the server, removes its folder, and ends
/// the process as that signal would have, with the terminal as it was found. At
/// the prompt SIGINT only clears the line.
fn stop_on_signal(server: SharedServer) -> Result<Arc<AtomicBool>, CliError> {
    let terminal = tcgetattr(io::stdin()).ok();
    signals::on_first(move |signal| {
        let Some(server) = lock(&server).take() else {
            return;
        };
        let _ = server.stop();
        if let Some(terminal) = terminal {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &terminal);
        }
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    })
}

/// A server on a thread of this process, with a temporary catalogue that is removed at the end.
struct DemoServer {
    address: SocketAddr,
    http: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServerError>>,
    _folder: TempDir,
}

impl DemoServer {
    fn start(password: &Password) -> Result<DemoServer, CliError> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join(crate::config::DEFAULT_DATABASE);
        store::create(&database)?;
        sample::add(&database)?;
        accounts::add_account(&database, USER, password, Role::Admin, Cost::default())?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut config = Config::new(database, listen);
        config
            .listeners
            .push(Listener::new(listen, ServedProtocol::Http));
        config.http.anonymous = Some(Role::Reader);
        let server = Server::bind(&config)?;
        let address = server.local_addr();
        let http = server.address(ServedProtocol::Http).unwrap_or(listen);
        let (stop, stopped) = oneshot::channel();
        let thread = pool::spawn("server", move || {
            server.run(async {
                let _ = stopped.await;
            })
        })?;
        Ok(DemoServer {
            address,
            http,
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
