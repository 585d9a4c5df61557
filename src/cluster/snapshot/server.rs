//! Sends snapshots to other nodes of the cluster, one at a time.

use std::convert::Infallible;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use blake2::{Blake2s256, Digest};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::PATH;
use super::file_body::FileBody;
use crate::certificates;
use crate::cluster::error::ClusterError;
use crate::cluster::members::reachable;
use crate::cluster::status::ClusterStatus;
use crate::config::{ClusterTls, TlsFiles, limits};
use crate::store::{self, ProgressObserver};

/// Interval in which the server checks whether the node stops.
const TICK: Duration = Duration::from_millis(250);

/// The socket on which other nodes request snapshots.
pub(in crate::cluster) struct SnapshotServer {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    database: PathBuf,
    status: Arc<ClusterStatus>,
}

type SnapshotBody = BoxBody<Bytes, std::io::Error>;

impl SnapshotServer {
    /// Listens on an address. With a certificate, other nodes must present a certificate of the
    /// same authorities.
    ///
    /// # Errors
    /// The address, or the files.
    pub fn bind(
        address: SocketAddr,
        tls: Option<&ClusterTls>,
        database: &Path,
        status: &Arc<ClusterStatus>,
    ) -> Result<SnapshotServer, ClusterError> {
        let listen = |error| ClusterError::Listen(address, error);
        let socket = TcpListener::bind(address).map_err(listen)?;
        socket.set_nonblocking(true).map_err(listen)?;
        let identity = tls.and_then(|tls| Some((tls, tls.identity.as_ref()?)));
        let acceptor = identity.map(|(tls, (certificate, key))| {
            certificates::acceptor(&TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
                client_authorities: Some(tls.authorities.clone()),
            })
        });
        Ok(SnapshotServer {
            socket,
            tls: acceptor.transpose()?,
            database: database.to_path_buf(),
            status: Arc::clone(status),
        })
    }

    /// The URL that other nodes use.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let address = self.socket.local_addr().map(reachable);
        address.map_or_else(|_| String::new(), |address| format!("{scheme}://{address}"))
    }

    /// Serves one node at a time until this node stops.
    pub async fn run(self) {
        let SnapshotServer {
            socket,
            tls,
            database,
            status,
        } = self;
        let Ok(socket) = tokio::net::TcpListener::from_std(socket) else {
            return;
        };
        let service = SnapshotService { database, status };
        while !service.status.is_stopping() {
            let Ok(Ok((stream, _))) = timeout(TICK, socket.accept()).await else {
                continue;
            };
            let served = service.serve(stream, tls.as_ref());
            // The time is limited, so that a slow reader does not block other nodes.
            if timeout(limits::SNAPSHOT_TIMEOUT, served).await.is_err() {
                tracing::warn!("a snapshot took too long and was given up");
            }
        }
    }
}

struct SnapshotService {
    database: PathBuf,
    status: Arc<ClusterStatus>,
}

impl SnapshotService {
    async fn serve(&self, stream: TcpStream, tls: Option<&TlsAcceptor>) {
        match tls {
            None => self.answer_on(stream).await,
            Some(tls) => match timeout(limits::ETCD_CONNECT_TIMEOUT, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.answer_on(stream).await,
                Ok(Err(error)) => tracing::warn!(%error, "a connection for a snapshot was refused"),
                Err(_) => {}
            },
        }
    }

    async fn answer_on(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let answer = service_fn(|request: Request<Incoming>| async move {
            Ok::<_, Infallible>(self.answer(&request).await)
        });
        let mut connection = std::pin::pin!(
            http1::Builder::new()
                .keep_alive(false)
                .timer(TokioTimer::new())
                .header_read_timeout(limits::ETCD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), answer)
        );
        let ended = async {
            while !self.status.is_stopping() {
                tokio::time::sleep(TICK).await;
            }
        };
        tokio::select! {
            served = &mut connection => if let Err(error) = served {
                tracing::debug!(%error, "a snapshot was not sent to its end");
            },
            () = ended => {}
        }
    }

    async fn answer(&self, request: &Request<Incoming>) -> Response<SnapshotBody> {
        if request.uri().path() != PATH {
            return text(StatusCode::NOT_FOUND, "there is /snapshot\n");
        }
        if !self.is_authorized(request) {
            return text(
                StatusCode::UNAUTHORIZED,
                "this needs the cluster's secret\n",
            );
        }
        if self.status.position().needs_snapshot || self.status.problem().is_some() {
            return text(StatusCode::SERVICE_UNAVAILABLE, "this node is not ready\n");
        }
        let database = self.database.clone();
        match tokio::task::spawn_blocking(move || copy(&database)).await {
            Ok(Ok(body)) => Response::new(BodyExt::boxed(body)),
            Ok(Err(error)) => {
                tracing::error!(%error, "a snapshot could not be made");
                text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "see the log of this node\n",
                )
            }
            Err(_) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "see the log of this node\n",
            ),
        }
    }

    /// Whether the request has the secret of the cluster. Hashes are compared, so that the time of
    /// the comparison does not depend on the secret.
    fn is_authorized(&self, request: &Request<Incoming>) -> bool {
        let given = request.headers().get(AUTHORIZATION);
        let given = given.and_then(|given| given.as_bytes().strip_prefix(b"Bearer "));
        let (Some(given), Some(secret)) = (given, self.status.secret()) else {
            return false;
        };
        Blake2s256::digest(given) == Blake2s256::digest(secret.as_bytes())
    }
}

/// A copy of the database as a body. The name of the copy is removed before it is sent.
fn copy(database: &Path) -> Result<FileBody, ClusterError> {
    let folder = tempfile::Builder::new()
        .prefix(".catalogue-snapshot-")
        .tempdir_in(store::folder_of(database))?;
    let place = folder.path().join("snapshot.db");
    store::backup(database, &place, false, &mut ProgressObserver::silent())?;
    let file = File::open(&place)?;
    fs::remove_file(&place)?;
    Ok(FileBody::new(file)?)
}

fn text(status: StatusCode, text: &'static str) -> Response<SnapshotBody> {
    let body = Full::from(text).map_err(|never| match never {});
    let mut response = Response::new(BodyExt::boxed(body));
    *response.status_mut() = status;
    response
}
