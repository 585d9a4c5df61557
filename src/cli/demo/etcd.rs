//! Three members of etcd on this machine, for the demonstration of a cluster.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cli::CliError;
use crate::cluster::{self, ClusterError};
use crate::config::{ClusterConfig, limits};

const MEMBERS: usize = 3;
/// Time between two attempts to make the cluster.
const PAUSE: Duration = Duration::from_millis(200);

/// The members, while they run. They end when this is dropped.
pub(super) struct DemoEtcd {
    members: Vec<Child>,
    pub config: ClusterConfig,
    _folder: TempDir,
}

impl DemoEtcd {
    /// Starts the members.
    ///
    /// # Errors
    /// [`CliError::NoEtcd`] without the program `etcd`.
    pub fn start() -> Result<DemoEtcd, CliError> {
        let folder = tempfile::tempdir()?;
        let ports = free_ports()?;
        let (clients, peers) = ports.split_at(MEMBERS);
        let url = |address: &SocketAddr| format!("http://{address}");
        let all: Vec<String> = peers
            .iter()
            .enumerate()
            .map(|(number, peer)| format!("m{number}={}", url(peer)))
            .collect();
        let endpoints = clients.iter().map(|client| url(client).parse());
        let endpoints = endpoints.collect::<Result<_, _>>();
        let mut etcd = DemoEtcd {
            members: Vec::new(),
            config: ClusterConfig {
                endpoints: endpoints.map_err(io::Error::other)?,
                tls: None,
                snapshots: None,
            },
            _folder: folder,
        };
        for (number, (client, peer)) in clients.iter().zip(peers).enumerate() {
            let member = Command::new("etcd")
                .args(["--name", &format!("m{number}"), "--logger", "zap"])
                .args(["--log-outputs", "/dev/null", "--snapshot-count", "1000"])
                .arg("--data-dir")
                .arg(etcd._folder.path().join(format!("m{number}")))
                .args(["--listen-client-urls", &url(client)])
                .args(["--advertise-client-urls", &url(client)])
                .args(["--listen-peer-urls", &url(peer)])
                .args(["--initial-advertise-peer-urls", &url(peer)])
                .args(["--initial-cluster", &all.join(",")])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                // Ctrl-C at the prompt is not for the members.
                .process_group(0)
                .spawn();
            etcd.members
                .push(member.map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => CliError::NoEtcd,
                    _ => CliError::from(error),
                })?);
        }
        Ok(etcd)
    }

    /// Makes the catalogue the first one of a cluster, once the members have a leader.
    ///
    /// # Errors
    /// Members without a leader, or the catalogue.
    pub fn init(&self, database: &Path) -> Result<(), CliError> {
        let began = Instant::now();
        loop {
            match cluster::init(database, &self.config) {
                Ok(_) => return Ok(()),
                Err(ClusterError::Etcd(_)) if began.elapsed() < limits::DEMO_START_TIMEOUT => {
                    std::thread::sleep(PAUSE);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for DemoEtcd {
    fn drop(&mut self) {
        for member in &mut self.members {
            // A member that has ended already needs no signal.
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}

/// Free addresses for clients, and for the members among themselves.
fn free_ports() -> io::Result<Vec<SocketAddr>> {
    let sockets = (0..2 * MEMBERS).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let sockets = sockets.collect::<io::Result<Vec<_>>>()?;
    sockets.iter().map(TcpListener::local_addr).collect()
}
