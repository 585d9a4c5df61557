//! A server process of the built program.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use catalogue::protocol::resp::Reply;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::{Folder, PROGRAM, RawClient, TIMEOUT, wait_for};

/// The real binary, serving on a port of its own. It is killed when dropped.
pub struct TestServer {
    child: Child,
    address: SocketAddr,
    greeting: String,
    /// Its standard output after the greeting, line by line.
    stdout: Receiver<String>,
    /// Its standard error, line by line.
    log: Receiver<String>,
    folder: Option<Folder>,
}

impl TestServer {
    /// Serves a new catalogue with the accounts of [`Folder::with_accounts`].
    pub fn start() -> TestServer {
        TestServer::start_with(&[])
    }

    /// The same with more flags.
    pub fn start_with(flags: &[&str]) -> TestServer {
        TestServer::serve(Folder::with_accounts(), "127.0.0.1:0", flags)
    }

    /// Serves the catalogue of a folder.
    #[track_caller]
    pub fn serve(folder: Folder, listen: &str, flags: &[&str]) -> TestServer {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", listen]).args(flags);
        let mut server = TestServer::run(command, folder.path());
        server.folder = Some(folder);
        server
    }

    /// As [`TestServer::serve`], of a folder that stays with the caller.
    #[track_caller]
    pub fn serve_in(folder: &Folder, flags: &[&str]) -> TestServer {
        let mut command = Command::new(PROGRAM);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(flags);
        TestServer::run(command, folder.path())
    }

    /// Serves a catalogue that other servers of the test may serve as well.
    #[track_caller]
    pub fn serve_next_to_others(folder: &Folder) -> TestServer {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        TestServer::run(command, folder.path())
    }

    /// As [`TestServer::start_with`], with the log level `trace`.
    #[track_caller]
    pub fn start_tracing(folder: Folder, flags: &[&str]) -> TestServer {
        let mut command = Command::new("env");
        command
            .args([
                "RUST_LOG=trace",
                PROGRAM,
                "serve",
                "--listen",
                "127.0.0.1:0",
            ])
            .args(flags);
        let mut server = TestServer::run(command, folder.path());
        server.folder = Some(folder);
        server
    }

    /// As [`TestServer::start_with`], with variables in its environment.
    #[track_caller]
    pub fn start_with_variables(flags: &[&str], variables: &[(&str, &str)]) -> TestServer {
        let folder = Folder::with_accounts();
        let mut command = Command::new(PROGRAM);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(flags);
        command.envs(variables.iter().copied());
        let mut server = TestServer::run(command, folder.path());
        server.folder = Some(folder);
        server
    }

    /// Serves the catalogue of a folder with the settings of its `catalogue.toml`.
    #[track_caller]
    pub fn serve_as_configured(folder: Folder) -> TestServer {
        let mut command = Command::new(PROGRAM);
        command.arg("serve");
        let mut server = TestServer::run(command, folder.path());
        server.folder = Some(folder);
        server
    }

    /// As [`TestServer::start_with`], with a limit on open files.
    #[track_caller]
    pub fn start_limited(files: usize, flags: &[&str]) -> TestServer {
        let folder = Folder::with_accounts();
        let command = TestServer::command_limited(files, flags);
        let mut server = TestServer::run(command, folder.path());
        server.folder = Some(folder);
        server
    }

    /// The command line of [`TestServer::start_limited`].
    pub fn command_limited(files: usize, flags: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"ulimit -n "$0" && exec "$@""#, &files.to_string()])
            .args([PROGRAM, "serve", "--listen", "127.0.0.1:0"])
            .args(flags);
        command
    }

    #[track_caller]
    fn run(mut command: Command, folder: &Path) -> TestServer {
        for name in ["CATALOGUE_DB", "CATALOGUE_CONFIG", "RUST_LOG"] {
            if !command.get_envs().any(|(set, _)| set == name) {
                command.env_remove(name);
            }
        }
        if !command.get_envs().any(|(set, _)| set == "CATALOGUE_HTTP") {
            command.env("CATALOGUE_HTTP", "off");
        }
        let mut child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        // Ends with the program, which owns the other end of the pipe.
        thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .try_for_each(|l| lines.send(l))
        });
        let stdout = lines_of(child.stdout.take().unwrap());
        // Empty when the program ends without a greeting.
        let greeting = stdout.recv_timeout(TIMEOUT).unwrap_or_default();
        let Some(address) = address_in(&greeting) else {
            let _ = child.kill();
            let _ = child.wait();
            let log: Vec<String> = log.iter().collect();
            panic!("the server did not start: {greeting:?} {log:?}");
        };
        TestServer {
            child,
            address,
            greeting,
            stdout,
            log,
            folder: None,
        }
    }

    /// Waits until the server has started again by itself, at another address.
    #[track_caller]
    pub fn follow_restart(&mut self) {
        let greeting = self.stdout.recv_timeout(TIMEOUT).unwrap();
        self.address = address_in(&greeting).unwrap_or_else(|| panic!("{greeting}"));
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of its standard output.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The address of HTTP, as it was printed.
    #[track_caller]
    pub fn http_address(&self) -> SocketAddr {
        let line = self.stdout.recv_timeout(TIMEOUT).unwrap();
        let address = line.split_once("://").map(|(_, rest)| rest);
        let address = address.and_then(|rest| rest.strip_suffix("/\n"));
        address.unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    }

    /// The address of the metrics, as it was printed.
    #[track_caller]
    pub fn metrics_address(&self) -> SocketAddr {
        let line = self.stdout.recv_timeout(TIMEOUT).unwrap();
        let address = line.strip_prefix("metrics on http://");
        let address = address.and_then(|rest| rest.strip_suffix("/metrics\n"));
        address.unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    }

    /// The folder of its catalogue.
    pub fn folder(&self) -> &Folder {
        self.folder.as_ref().unwrap()
    }

    /// A connection without a login.
    #[track_caller]
    pub fn raw_client(&self) -> RawClient {
        RawClient::connect(self.address)
    }

    /// The same from the address 127.0.x.y, one for each number.
    #[track_caller]
    pub fn raw_client_from(&self, number: usize) -> RawClient {
        let [_, _, high, low] = u32::try_from(number).unwrap().to_be_bytes();
        RawClient::connect_from(Ipv4Addr::new(127, 0, high, low), self.address)
    }

    /// The value of a key of `INFO`.
    #[track_caller]
    pub fn metric(&self, asker: &mut RawClient, name: &str) -> u64 {
        let Reply::Bulk(metrics) = asker.ask(&["INFO"]) else {
            panic!("no metrics");
        };
        let metrics = String::from_utf8(metrics.to_vec()).unwrap();
        let mut lines = metrics.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = value.unwrap_or_else(|| panic!("INFO shows no {name}"));
        value.parse().unwrap()
    }

    /// A connection of the admin.
    #[track_caller]
    pub fn admin(&self) -> RawClient {
        self.raw_client().login("admin", "mdp")
    }

    /// A connection of a reader.
    #[track_caller]
    pub fn reader(&self) -> RawClient {
        self.raw_client().login("1", "1")
    }

    /// The next line of its log that contains `words`.
    #[track_caller]
    pub fn logged(&self, words: &str) -> String {
        let lines = std::iter::from_fn(|| self.log.recv_timeout(TIMEOUT).ok());
        let mut lines = lines.filter(|line| line.contains(words));
        lines
            .next()
            .unwrap_or_else(|| panic!("the log does not say {words:?}"))
    }

    /// Stops it with SIGTERM and returns the log lines that [`TestServer::logged`] has
    /// not read.
    #[track_caller]
    pub fn stop_and_read(mut self) -> String {
        self.signal(Signal::TERM);
        self.wait();
        self.log.iter().map(|line| line + "\n").collect()
    }

    /// Its anonymous memory, in KiB.
    pub fn own_memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        line.unwrap().trim_end_matches("kB").trim().parse().unwrap()
    }

    /// Sets a resource limit of the running program.
    pub fn limit(&self, resource: Resource, limit: Rlimit) {
        let pid = Pid::from_child(&self.child);
        prlimit(Some(pid), resource, limit).unwrap();
    }

    /// The log lines so far that were not read yet.
    pub fn log(&self) -> Vec<String> {
        self.log.try_iter().collect()
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap()).unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        wait_for("the server's end", || self.child.try_wait().unwrap())
    }

    /// Stops it with SIGTERM and returns its folder.
    #[track_caller]
    pub fn stop(self) -> (ExitStatus, Folder) {
        self.signal(Signal::TERM);
        self.stopped()
    }

    /// Waits until the server has ended by itself. Its folder belongs to the caller.
    #[track_caller]
    pub fn stopped_alone(mut self) -> ExitStatus {
        self.wait()
    }

    /// Stops it with SIGTERM and returns the log lines that were not read yet.
    #[track_caller]
    pub fn stop_and_read_lines(mut self) -> Vec<String> {
        self.signal(Signal::TERM);
        assert!(self.wait().success());
        self.log.iter().collect()
    }

    /// Waits until it has ended by itself and returns its folder.
    #[track_caller]
    pub fn stopped(mut self) -> (ExitStatus, Folder) {
        (self.wait(), self.folder.take().unwrap())
    }

    /// Ends it with SIGKILL.
    pub fn kill_and_wait(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it with SIGKILL, as a power cut would, and returns its folder.
    pub fn kill(mut self) -> Folder {
        self.kill_and_wait();
        self.folder.take().unwrap()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a greeting.
fn address_in(greeting: &str) -> Option<SocketAddr> {
    let (_, rest) = greeting.split_once(" on ")?;
    rest.split_once(',')?.0.parse().ok()
}

/// The lines of standard output. All of them are read, so that the program never waits
/// for the test.
fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        while matches!(stdout.read_line(&mut line), Ok(1..)) {
            let _ = sender.send(std::mem::take(&mut line));
        }
    });
    lines
}
