//! The metrics over HTTP, for Prometheus and for whoever asks whether the server
//! is alive: `/metrics`, `/healthz`, `/readyz`. A thread of its own answers, so
//! that it does so however busy the workers are.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};

use super::error::ServerError;
use crate::api::ServerState;
use crate::config::limits;
use crate::monitoring::{self, MetricsSnapshot};
use crate::pool::{self, Pool};
use crate::store::{Probe, Sizes};

/// How long to wait when the operating system has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// The thread that answers; it ends with [`Endpoint::stop`].
pub(super) struct Endpoint {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    is_stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What an answer is made from.
struct DatabaseProbe {
    state: Arc<ServerState>,
    probe: Pool<Probe>,
    is_stopping: Arc<AtomicBool>,
}

impl Endpoint {
    /// Answers on a socket that listens already.
    pub fn start(
        listener: TcpListener,
        database: &Path,
        state: &Arc<ServerState>,
    ) -> Result<Endpoint, ServerError> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let database = database.to_path_buf();
        let open = move || Ok::<_, ServerError>(Probe::open(&database)?);
        let (threads, queue) = (1, limits::MAX_METRICS_CONNECTIONS);
        let watch = DatabaseProbe {
            state: Arc::clone(state),
            probe: Pool::start("probe", threads, queue, open, Probe::shrink)?,
            is_stopping: Arc::default(),
        };
        let is_stopping = Arc::clone(&watch.is_stopping);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = pool::spawn("metrics", move || {
            runtime.block_on(async {
                tokio::select! {
                    result = accept(listener, Arc::new(watch)) => if let Err(error) = result {
                        tracing::error!(%error, "the metrics cannot be asked for");
                    },
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Endpoint {
            address,
            stop,
            is_stopping,
            thread,
        })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it says that the server is not ready.
    pub fn say_stopping(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Ends the thread, and its use of the database.
    pub fn stop(self) {
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the thread of the metrics panicked");
        }
    }
}

/// Accepts for ever. Whoever comes above the bound is closed at once.
async fn accept(listener: TcpListener, watch: Arc<DatabaseProbe>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let room = Arc::new(Semaphore::new(limits::MAX_METRICS_CONNECTIONS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            let watch = Arc::clone(&watch);
            tokio::spawn(async move {
                serve(stream, &watch).await;
                drop(permit);
            });
        }
    }
}

/// Answers one request. Its connection has a bounded life, whatever it sends
/// and however slowly it reads.
async fn serve(stream: TcpStream, watch: &DatabaseProbe) {
    let answer = service_fn(|request: Request<Incoming>| async move {
        Ok::<_, Infallible>(watch.answer(request.method(), request.uri().path()).await)
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
        // HEAD is answered as GET is; what sends the answer leaves its body out.
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let (status, text) = match path {
            "/metrics" | "/healthz" | "/readyz" if !is_read => (
                StatusCode::METHOD_NOT_ALLOWED,
                "only GET and HEAD are answered here\n".to_owned(),
            ),
            "/metrics" => {
                let scene = MetricsSnapshot::new(&self.state, self.sizes().await.ok());
                (StatusCode::OK, monitoring::page(&scene))
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
        if self.is_stopping.load(Ordering::Relaxed) {
            return Err("stopping");
        }
        self.sizes().await.map(drop)
    }

    async fn sizes(&self) -> Result<Sizes, &'static str> {
        look(&self.probe).await
    }
}

/// How large the catalogue is, if it says so in time. What is wrong with it
/// is for the log, because nobody has logged in here.
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

    /// As long as the database is asked by somebody else, in vain.
    #[tokio::test]
    async fn a_database_that_does_not_answer_is_waited_for_so_long() {
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
