//! Three members of etcd on loopback.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::http;
use super::{missing_program, wait_for};

/// The number of members.
const MEMBERS: usize = 3;

/// Three members of etcd, which end with it.
pub struct Etcd {
    folder: TempDir,
    /// The ports for clients, for each other, and for the tests.
    ports: [[u16; 3]; MEMBERS],
    /// The folder with the certificate for clients, if they need one.
    certified: Option<PathBuf>,
    members: [Option<Child>; MEMBERS],
}

impl Etcd {
    /// Starts them and waits for a leader. Returns nothing where etcd is not installed.
    #[track_caller]
    pub fn start() -> Option<Etcd> {
        Etcd::start_with(None)
    }

    /// Starts it with TLS, with `cert.pem` and `key.pem` of this folder. This is also the
    /// certificate of the clients.
    #[track_caller]
    pub fn start_tls(folder: &Path) -> Option<Etcd> {
        Etcd::start_with(Some(folder.to_owned()))
    }

    #[track_caller]
    fn start_with(certified: Option<PathBuf>) -> Option<Etcd> {
        if Command::new("etcd").arg("--version").output().is_err() {
            missing_program("etcd");
            return None;
        }
        let mut etcd = Etcd {
            folder: TempDir::new().unwrap(),
            ports: free_ports(),
            certified,
            members: [const { None }; MEMBERS],
        };
        (0..MEMBERS).for_each(|member| etcd.start_member(member));
        etcd.leader();
        Some(etcd)
    }

    /// Starts a member that does not run.
    pub fn start_member(&mut self, member: usize) {
        let folder = self.folder.path().join(format!("m{member}"));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let all = self.ports.iter().enumerate();
        let all: Vec<_> = all
            .map(|(number, [_, peer, _])| format!("m{number}={}", url(*peer)))
            .collect();
        let [client, peer, test] = self.ports[member];
        let client = format!("{}127.0.0.1:{client}", self.scheme());
        let mut command = Command::new("etcd");
        if let Some(folder) = &self.certified {
            let file = |name: &str| folder.join(name).into_os_string();
            command.args(["--cert-file".into(), file("cert.pem")]);
            command.args(["--key-file".into(), file("key.pem")]);
            command.args(["--trusted-ca-file".into(), file("cert.pem")]);
            command.arg("--client-cert-auth");
        }
        let child = command
            .args(["--name", &format!("m{member}"), "--logger", "zap"])
            .arg("--data-dir")
            .arg(folder)
            .args(["--log-outputs", "/dev/null", "--snapshot-count", "1000"])
            .args(["--listen-client-urls", &format!("{client},{}", url(test))])
            .args(["--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &url(peer)])
            .args(["--initial-advertise-peer-urls", &url(peer)])
            .args(["--initial-cluster", &all.join(",")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.members[member] = Some(child);
    }

    /// The addresses as `--cluster` takes them.
    pub fn endpoints(&self) -> String {
        let urls = self.ports.iter();
        let urls = urls.map(|[client, _, _]| format!("{}127.0.0.1:{client}", self.scheme()));
        urls.collect::<Vec<_>>().join(",")
    }

    fn scheme(&self) -> &'static str {
        if self.certified.is_some() {
            "https://"
        } else {
            "http://"
        }
    }

    /// Ends a member with SIGKILL.
    pub fn kill(&mut self, member: usize) {
        if let Some(mut child) = self.members[member].take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends a running member a signal.
    pub fn signal(&self, member: usize, signal: Signal) {
        let child = self.members[member].as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// Waits for a leader, and gives its number.
    #[track_caller]
    pub fn leader(&self) -> usize {
        wait_for("a leader of etcd", || {
            (0..MEMBERS).find(|&member| {
                let status = self.call(member, "maintenance/status", "{}");
                status.is_some_and(|status| status["leader"] == status["header"]["member_id"])
            })
        })
    }

    /// Calls a member that runs.
    pub fn call(&self, member: usize, path: &str, body: &str) -> Option<Value> {
        let running = self.members[member].as_ref()?;
        // One that is stopped or that has just been started does not answer.
        let is_stopped = fs::read_to_string(format!("/proc/{}/stat", running.id()))
            .is_ok_and(|stat| stat.contains(") T "));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[member][2]));
        if is_stopped || TcpListener::bind(address).is_ok() {
            return None;
        }
        let path = format!("/v3/{path}");
        let answer = http::send(address, "POST", &path, &[], body);
        serde_json::from_str(&answer.body).ok()
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        (0..MEMBERS).for_each(|member| self.kill(member));
    }
}

/// Ports that no program uses now.
fn free_ports() -> [[u16; 3]; MEMBERS] {
    let bound: Vec<TcpListener> = (0..3 * MEMBERS)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
        .collect();
    let port = |number: usize| bound[number].local_addr().unwrap().port();
    std::array::from_fn(|member| std::array::from_fn(|number| port(3 * member + number)))
}
