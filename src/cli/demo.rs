//! `catalogue demo`: a temporary catalogue with a server and a client.

mod etcd;
mod sample;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use clap::Args;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tempfile::TempDir;
use tokio::sync::oneshot;

use self::etcd::DemoEtcd;
use super::{CliError, accounts, signals};
use crate::auth::{Cost, Password};
use crate::cli::terminal::prompt::LineEditor;
use crate::cli::terminal::{CommandLines, Printer, Shell, ShellStatus, Style};
use crate::client::Client;
use crate::config::{ClusterConfig, Config, Listener, ServedProtocol};
use crate::pool;
use crate::server::{Server, ServerError};
use crate::store::{self, Role};

/// The account of the demonstration.
const USER: &str = "admin";
/// The nodes of a cluster.
const NODES: usize = 3;

/// Starts a temporary catalogue with a server and a client that is logged in
///
/// If standard input is a pipe, the client runs the commands from it. If it is empty, as in
/// `catalogue demo </dev/null`, the server runs until Ctrl-C.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Start three nodes and three members of etcd on this machine; needs the program etcd
    #[arg(long)]
    cluster: bool,
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
        let started = starting.insert(Demo::start(&password, self.cluster)?);
        let addresses = started.addresses();
        drop(starting);
        let ending = self.converse(&addresses, &password);
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

    /// Each server has an address for clients and one for browsers.
    fn converse(
        &self,
        addresses: &[(SocketAddr, SocketAddr)],
        password: &Password,
    ) -> Result<ShellStatus, CliError> {
        let Some(((address, http), others)) = addresses.split_first() else {
            return Ok(ShellStatus::Success);
        };
        let text = String::from_utf8_lossy(password.expose());
        let style = Style::of_stdout(self.json);
        let client = Client::connect(&address.to_string())?;
        let mut shell = Shell::new(client, Printer::new(io::stdout(), io::stderr(), style));
        shell.log_in(USER, &text)?;
        let mut invitation =
            format!("open http://{http}/ in a browser, the user is `{USER}` with password {text}");
        for (address, http) in others {
            let node =
                format!("\nanother node of the cluster: http://{http}/, for clients {address}");
            invitation.push_str(&node);
        }
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
type SharedServer = Arc<Mutex<Option<Demo>>>;

fn lock(server: &SharedServer) -> MutexGuard<'_, Option<Demo>> {
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

/// One server or the nodes of a cluster, with temporary catalogues that are removed at the end.
struct Demo {
    servers: Vec<DemoServer>,
    // The fields are dropped in this order.
    _etcd: Option<DemoEtcd>,
    _folder: TempDir,
}

impl Demo {
    fn start(password: &Password, is_cluster: bool) -> Result<Demo, CliError> {
        let folder = tempfile::tempdir()?;
        let etcd = is_cluster.then(DemoEtcd::start).transpose()?;
        let database = |node: usize| {
            let name = crate::config::DEFAULT_DATABASE;
            folder.path().join(format!("node-{node}-{name}"))
        };
        let first = database(1);
        store::create(&first)?;
        sample::add(&first)?;
        accounts::add_account(&first, USER, password, Role::Admin, Cost::default())?;
        let mut databases = vec![first];
        if let Some(etcd) = &etcd {
            etcd.init(&databases[0])?;
            for node in 2..=NODES {
                let other = database(node);
                fs::copy(&databases[0], &other)?;
                databases.push(other);
            }
        }
        let mut demo = Demo {
            servers: Vec::new(),
            _etcd: etcd,
            _folder: folder,
        };
        for database in databases {
            let cluster = demo._etcd.as_ref().map(|etcd| etcd.config.clone());
            demo.servers.push(DemoServer::start(database, cluster)?);
        }
        Ok(demo)
    }

    fn addresses(&self) -> Vec<(SocketAddr, SocketAddr)> {
        let servers = self.servers.iter();
        servers
            .map(|server| (server.address, server.http))
            .collect()
    }

    fn stop(self) -> Result<(), CliError> {
        self.servers.into_iter().try_for_each(DemoServer::stop)
    }
}

/// A server on a thread of this process.
struct DemoServer {
    address: SocketAddr,
    http: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServerError>>,
}

impl DemoServer {
    fn start(database: PathBuf, cluster: Option<ClusterConfig>) -> Result<DemoServer, CliError> {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut config = Config::new(database, listen);
        config
            .listeners
            .push(Listener::new(listen, ServedProtocol::Http));
        config.http.anonymous = Some(Role::Reader);
        config.cluster = cluster;
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
