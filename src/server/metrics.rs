//! The metrics over HTTP, for Prometheus and for health checks: `/metrics`, `/healthz`, `/readyz`.
//! A thread of its own answers, so that busy workers do not delay it.

use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task;

use super::error::ServerError;
use crate::api::ServerState;
use crate::config::limits;
use crate::monitoring::{self, MetricsSnapshot};
use crate::pool::{self, Pool};
use crate::store::{Probe, Sizes};

/// New connections that wait for the thread; more are closed. A burst of silent connections must
/// not fill the queue before the thread has closed some.
const ARRIVALS: usize = 4 * limits::MAX_METRICS_CONNECTIONS;

/// The thread that answers. It ends with [`MetricsEndpoint::stop`].
pub(super) struct MetricsEndpoint {
    /// The channel for connections of the acceptor.
    pub connections: Sender<std::net::TcpStream>,
    /// The reason why the server is not ready any more.
    not_ready: Arc<OnceLock<&'static str>>,
    pub(super) thread: JoinHandle<()>,
}

/// The sources of an answer.
struct DatabaseProbe {
    state: Arc<ServerState>,
    probe: Pool<Probe>,
    not_ready: Arc<OnceLock<&'static str>>,
}

/// A connection that is being answered.
struct OpenConnection {
    /// Whether its whole request has arrived.
    has_asked: Arc<AtomicBool>,
    task: task::JoinHandle<()>,
}

impl MetricsEndpoint {
    /// Starts the thread.
    pub fn start(
        database: &Path,
        state: &Arc<ServerState>,
    ) -> Result<MetricsEndpoint, ServerError> {
        let database = database.to_path_buf();
        let open = move || Ok::<_, ServerError>(Probe::open(&database)?);
        let (threads, queue) = (1, limits::MAX_METRICS_CONNECTIONS);
        let not_ready = Arc::new(OnceLock::new());
        let probe = DatabaseProbe {
            state: Arc::clone(state),
            probe: Pool::start("probe", threads, queue, open, Probe::shrink)?,
            not_ready: Arc::clone(&not_ready),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (connections, new) = channel(ARRIVALS);
        let thread = pool::spawn("metrics", move || {
            runtime.block_on(serve_all(new, Arc::new(probe)));
        })?;
        Ok(MetricsEndpoint {
            connections,
            not_ready,
            thread,
        })
    }

    /// Makes `/readyz` answer that the server is not ready, with the reason.
    pub fn set_not_ready(&self, reason: &'static str) {
        // The first reason stays.
        let _ = self.not_ready.set(reason);
    }

    /// Whether one of its threads has ended, which only a defect does.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends the thread, and its use of the database.
    pub fn stop(self) {
        drop(self.connections);
        if self.thread.join().is_err() {
            tracing::error!("the thread of the metrics panicked");
        }
    }
}

/// Serves connections until every sender was dropped. When there are too many, the oldest one
/// that has not sent its request is closed; when all have, the new one is.
async fn serve_all(mut new: Receiver<std::net::TcpStream>, probe: Arc<DatabaseProbe>) {
    let mut open: Vec<OpenConnection> = Vec::new();
    while let Some(stream) = new.recv().await {
        open.retain(|connection| !connection.task.is_finished());
        if open.len() >= limits::MAX_METRICS_CONNECTIONS {
            let is_silent = |one: &OpenConnection| !one.has_asked.load(Ordering::Relaxed);
            let Some(silent) = open.iter().position(is_silent) else {
                continue;
            };
            let task = open.remove(silent).task;
            task.abort();
            let _ = task.await;
        }
        let Ok(stream) = TcpStream::from_std(stream) else {
            continue;
        };
        let has_asked = Arc::new(AtomicBool::new(false));
        let task = task::spawn(serve(stream, Arc::clone(&probe), Arc::clone(&has_asked)));
        open.push(OpenConnection { has_asked, task });
    }
}

/// Answers one request. The connection has a bounded life, whatever it sends and however slowly
/// it reads.
async fn serve(stream: TcpStream, probe: Arc<DatabaseProbe>, has_asked: Arc<AtomicBool>) {
    let answer = service_fn(|request: Request<Incoming>| {
        has_asked.store(true, Ordering::Relaxed);
        let probe = &probe;
        async move { Ok::<_, Infallible>(probe.answer(request.method(), request.uri().path()).await) }
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .header_read_timeout(None)
        .max_buf_size(limits::MAX_METRICS_REQUEST_BYTES)
        .serve_connection(TokioIo::new(stream), answer);
    match tokio::time::timeout(limits::METRICS_TIMEOUT, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a request for metrics failed"),
        Err(_) => tracing::debug!("a request for metrics took too long"),
    }
}

impl DatabaseProbe {
    async fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        // HEAD is answered like GET; hyper leaves the body out.
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let (status, text) = match path {
            "/metrics" | "/healthz" | "/readyz" if !is_read => (
                StatusCode::METHOD_NOT_ALLOWED,
                "only GET and HEAD are answered here\n".to_owned(),
            ),
            "/metrics" => {
                let snapshot = MetricsSnapshot::new(&self.state, self.sizes().await.ok());
                (StatusCode::OK, monitoring::page(&snapshot))
            }
            "/healthz" => (StatusCode::OK, "alive\n".to_owned()),
            "/readyz" => match self.is_ready().await {
                Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
                Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            },
            _ => (
                StatusCode::NOT_FOUND,
                "there are /metrics, /healthz and /readyz\n".to_owned(),
            ),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static(monitoring::CONTENT_TYPE);
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        let is_page = path == "/metrics" && status == StatusCode::OK;
        headers.insert(CONTENT_TYPE, if is_page { kind } else { plain });
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }

    /// Whether clients are served, or why not.
    async fn is_ready(&self) -> Result<(), &'static str> {
        if let Some(reason) = self.not_ready.get() {
            return Err(reason);
        }
        self.state.readiness()?;
        self.sizes().await.map(drop)
    }

    async fn sizes(&self) -> Result<Sizes, &'static str> {
        look(&self.probe).await
    }
}

/// The size of the catalogue, if the database answers in time. Details of an error are only
/// logged, because there is no login here.
async fn look(probe: &Pool<Probe>) -> Result<Sizes, &'static str> {
    let look = probe.run(Probe::look);
    match tokio::time::timeout(limits::METRICS_DATABASE_TIMEOUT, look).await {
        Ok(Ok(Ok(sizes))) => Ok(sizes),
        Ok(Ok(Err(error))) => {
            tracing::warn!(%error, "the database does not answer");
            Err("the database does not answer, see the server's log")
        }
        Ok(Err(_)) | Err(_) => Err("the database does not answer in time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;
    use std::sync::mpsc;
    use std::time::Instant;

    /// While another request waits for a database that does not answer.
    #[tokio::test]
    async fn a_database_that_does_not_answer_is_given_up_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sae.db");
        store::create(&path).unwrap();
        let open = move || Ok::<_, ServerError>(Probe::open(&path)?);
        let probe = Pool::start("probe", 1, 2, open, Probe::shrink).unwrap();
        assert_eq!(look(&probe).await.unwrap().movies, 3);
        let (finish, may_finish) = mpsc::channel::<()>();
        let held_up = probe.run(move |_| may_finish.recv().unwrap());
        let asked = async {
            let began = Instant::now();
            let looked = look(&probe).await;
            assert_eq!(looked.unwrap_err(), "the database does not answer in time");
            assert!(began.elapsed() >= limits::METRICS_DATABASE_TIMEOUT);
            finish.send(()).unwrap();
        };
        assert_eq!(tokio::join!(held_up, asked).0, Ok(()));
        assert!(look(&probe).await.is_ok());
    }
}
