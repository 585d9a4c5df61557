//! Socket activation, readiness messages, and the units in `contrib/`.

use std::io::Read;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

use crate::support::{
    Cli, Folder, PROGRAM, RawClient, TIMEOUT, TestServer, missing_program, wait_for,
};

const SERVICE: &str = include_str!("../contrib/catalogue.service");
const SOCKET: &str = include_str!("../contrib/catalogue.socket");

/// Runs `serve` with descriptor 3 as its inherited socket; the variable announces this
/// many sockets.
fn serve_on(folder: &Folder, socket: impl Into<OwnedFd>, number: usize) -> Command {
    serve_on_both(folder, socket, Stdio::null(), number, "")
}

/// The same with descriptor 4 as a second socket, and the names of the sockets.
fn serve_on_both(
    folder: &Folder,
    first: impl Into<OwnedFd>,
    second: impl Into<Stdio>,
    number: usize,
    names: &str,
) -> Command {
    // The shell replaces itself by the server, so the process id is known beforehand.
    let script = "exec env LISTEN_PID=$$ \"$0\" serve 3<&0 4>&1 0</dev/null 1>/dev/null";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, PROGRAM])
        .current_dir(folder.path())
        .env("LISTEN_FDS", number.to_string())
        .env("LISTEN_FDNAMES", names)
        .env_remove("CATALOGUE_DB")
        .env_remove("RUST_LOG")
        // This address would be refused, which shows that it is not used.
        .env("CATALOGUE_LISTEN", "192.0.2.1:1")
        .env("CATALOGUE_HTTP", "off")
        .stdin(Stdio::from(first.into()))
        .stdout(second)
        .stderr(Stdio::piped());
    command
}

/// A client that connects before the server has started is served afterwards.
#[test]
fn an_inherited_socket_is_served() {
    let folder = Folder::with_accounts();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut early = RawClient::connect(listener.local_addr().unwrap());
    early.send("UP 1 1\r\nCOUNT\r\n");
    let manager = folder.path().join("notify");
    let notified = UnixDatagram::bind(&manager).unwrap();
    notified.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut child = serve_on(&folder, listener, 1)
        .env("NOTIFY_SOCKET", &manager)
        .spawn()
        .unwrap();
    let heard = || {
        let mut message = [0; 1024];
        let bytes = notified.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..bytes]).into_owned()
    };
    let ready = heard();
    assert!(
        ready.starts_with("READY=1\nSTATUS=serving 3 movies on 127.0.0.1:"),
        "{ready:?}"
    );
    early.expect("+PASSOK\r\n:3\r\n");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(heard(), "STOPPING=1\n");
    early.closed();
    let status = wait_for("the server's end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

/// Sockets are distinguished by their names, in any order, and else by their order.
#[test]
fn a_socket_for_metrics_is_inherited_too() {
    for (names, clients_first) in [("metrics:resp", false), ("a:b", true)] {
        let folder = Folder::with_accounts();
        let sockets = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let mut addresses = sockets.each_ref().map(|one| one.local_addr().unwrap());
        if !clients_first {
            addresses.reverse();
        }
        let [first, second] = sockets;
        let mut child = serve_on_both(&folder, first, OwnedFd::from(second), 2, names)
            .spawn()
            .unwrap();
        let mut client = RawClient::connect(addresses[0]);
        client
            .send("UP 1 1\r\nCOUNT\r\n")
            .expect("+PASSOK\r\n:3\r\n");
        let mut health = RawClient::connect(addresses[1]);
        health
            .send("GET /readyz HTTP/1.1\r\n\r\n")
            .expect("HTTP/1.1 200 OK\r\n");
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let status = wait_for("the server's end", || child.try_wait().unwrap());
        assert_eq!(status.code(), Some(0));
    }
}

#[test]
fn an_unusable_socket_is_named() {
    let folder = Folder::with_accounts();
    let socket = || TcpListener::bind("127.0.0.1:0").unwrap();
    let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for (mut command, reason) in [
        (
            serve_on(&folder, socket(), 4),
            "4 sockets were handed over in LISTEN_FDS, a server takes three: one for clients \
             (FileDescriptorName=resp), one for metrics (FileDescriptorName=metrics) and one for \
             HTTP (FileDescriptorName=http)",
        ),
        (
            serve_on_both(&folder, socket(), OwnedFd::from(socket()), 2, "resp:resp"),
            "two sockets were handed over with FileDescriptorName=resp, a server takes one of \
             each name",
        ),
        (
            serve_on(&folder, datagrams, 1),
            "what was handed over in LISTEN_FDS cannot be listened on: fd 3 is not a valid tcp \
             socket, give the .socket unit a ListenStream= with a port",
        ),
        (
            serve_on(&folder, TcpListener::bind("0.0.0.0:0").unwrap(), 1),
            "`0.0.0.0:",
        ),
    ] {
        let mut child = command.spawn().unwrap();
        let status = wait_for("the refusal", || child.try_wait().unwrap());
        let mut stderr = String::new();
        child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
        assert!(matches!(status.code(), Some(1 | 2)), "{stderr}");
        assert!(
            stderr.starts_with("catalogue: ") && stderr.contains(reason),
            "{stderr}"
        );
    }
    assert_eq!(folder.files(), ["sae.db"]);
}

/// Memory holds passwords and hashes, so there is no core dump, even if the limit was
/// raised after the start.
#[test]
fn a_crash_leaves_no_core_dump() {
    let mut server = TestServer::start();
    let maximum = getrlimit(Resource::Core).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let before = prlimit(Some(server.pid()), Resource::Core, raised).unwrap();
    assert_eq!(before.current, Some(0));
    server.signal(Signal::ABORT);
    let status = server.wait();
    assert_eq!((status.code(), status.core_dumped()), (None, false));
}

/// The exposure level of `systemd-analyze security`, from 0.0 (none) to 10.0.
#[test]
fn the_unit_is_sandboxed() {
    const MOST: &str = "15";
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/catalogue.service");
    let analysed = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold", MOST, unit])
        .output();
    match analysed {
        Err(_) => missing_program("systemd-analyze"),
        Ok(output) => assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// The unit and the socket name the address that clients use, and existing variables and
/// commands.
#[test]
fn the_units_match_the_program() {
    use catalogue::config::DEFAULT_ADDRESS;
    assert!(SOCKET.contains(&format!("ListenStream={DEFAULT_ADDRESS}\n")));
    let folder = Folder::empty();
    let help = Cli::new(["serve", "--help"]).output(&folder).stdout;
    let help = String::from_utf8(help).unwrap();
    for line in SERVICE.lines() {
        if let Some(variable) = line.strip_prefix("Environment=") {
            let (name, _) = variable.split_once('=').unwrap();
            assert!(help.contains(&format!("[env: {name}]")), "{name}");
        }
        if let Some((_, args)) = line.split_once("=/usr/local/bin/catalogue ") {
            let args = args.split(' ').chain(["--help"]);
            assert!(Cli::new(args).output(&folder).status.success(), "{line}");
        }
    }
}
