//! A fixed number of threads with a bounded queue, for work that would block a worker.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use tokio::sync::oneshot;

use crate::config::limits;

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// The threads and their queue. Each thread has a state of its own: the memory of a hash, or a
/// connection for reading. Dropping the pool waits until the threads have ended.
pub struct Pool<S> {
    /// `None` only while the pool is dropped.
    jobs: Option<Sender<Job<S>>>,
    threads: Vec<JoinHandle<()>>,
}

/// The reason why a job has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The queue is full; the job was not accepted.
    #[error("too many requests are waiting, try again")]
    Busy,
    /// The job panicked, which is a defect of this program.
    #[error("internal error, see the server's log")]
    Failed,
}

/// The operating system refused a thread.
#[derive(Debug, thiserror::Error)]
#[error("no thread could be started: {0}, stop other programs or raise the limit with `ulimit -u`")]
pub struct ThreadError(io::Error);

/// Starts a thread of that name.
///
/// # Errors
/// [`ThreadError`].
pub fn spawn<T: Send + 'static>(
    name: impl Into<String>,
    life: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, ThreadError> {
    let builder = std::thread::Builder::new().name(name.into());
    builder.spawn(life).map_err(ThreadError)
}

impl<S: 'static> Pool<S> {
    /// Starts the threads and returns when each has made its state, which never leaves it. A
    /// thread that was idle for [`limits::POOL_IDLE`] calls `rest` with its state, to free memory.
    ///
    /// # Errors
    /// The first state that could not be made, or a thread that was refused.
    pub fn start<E: From<ThreadError> + Send + 'static>(
        name: &str,
        threads: usize,
        queue: usize,
        make: impl Fn() -> Result<S, E> + Clone + Send + 'static,
        rest: fn(&mut S),
    ) -> Result<Pool<S>, E> {
        let (jobs, waiting) = crossbeam_channel::bounded(queue);
        let (ready, made) = crossbeam_channel::bounded(threads);
        let start = |_| {
            let (waiting, ready, make) = (waiting.clone(), ready.clone(), make.clone());
            spawn(name, move || {
                let state = make().map_err(|error| ready.send(Err(error)));
                if let Ok(state) = state {
                    let _ = ready.send(Ok(()));
                    drop(ready);
                    work(state, &waiting, rest);
                }
            })
        };
        let mut pool = Pool {
            jobs: Some(jobs),
            threads: Vec::with_capacity(threads),
        };
        for thread in (0..threads).map(start) {
            // On an error, the earlier ones end with the pool.
            pool.threads.push(thread?);
        }
        drop(ready);
        made.iter().collect::<Result<(), E>>()?;
        Ok(pool)
    }

    /// Runs `job` on one of the threads and returns its result.
    ///
    /// # Errors
    /// [`PoolError::Busy`] at once when the queue is full.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move |state: &mut S| {
            // The receiver is gone when the client has left.
            let _ = done.send(job(state));
        });
        let jobs = self.jobs.as_ref().ok_or(PoolError::Failed)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => PoolError::Busy,
            TrySendError::Disconnected(_) => PoolError::Failed,
        })?;
        result.await.map_err(|_| PoolError::Failed)
    }

    /// Whether one of the threads has ended, which only a defect does.
    pub fn has_ended(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Ends one of the threads, as a defect would.
    #[cfg(test)]
    pub async fn end_a_thread(&self) {
        struct PanicOnDrop;
        impl Drop for PanicOnDrop {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let failed = self.run::<()>(|_| std::panic::panic_any(PanicOnDrop)).await;
        assert_eq!(failed, Err(PoolError::Failed));
    }

    /// Jobs that are waiting for a thread.
    pub fn waiting(&self) -> usize {
        self.jobs.as_ref().map_or(0, Sender::len)
    }
}

impl<S> Drop for Pool<S> {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// A job that panics loses its own answer. The thread continues.
fn work<S>(mut state: S, jobs: &Receiver<Job<S>>, rest: fn(&mut S)) {
    loop {
        let job = match jobs.recv_timeout(limits::POOL_IDLE) {
            Ok(job) => job,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                rest(&mut state);
                match jobs.recv() {
                    Ok(job) => job,
                    Err(_) => return,
                }
            }
        };
        if catch_unwind(AssertUnwindSafe(|| job(&mut state))).is_err() {
            tracing::error!("a job panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let pool = Pool::start("test", 1, 1, || Ok::<_, ThreadError>(()), |_| ()).unwrap();
        let (started, has_started) = mpsc::channel();
        let (finish, may_finish) = mpsc::channel::<()>();
        let answers = block_on(async {
            let first = pool.run(move |()| {
                started.send(()).unwrap();
                may_finish.recv().unwrap();
            });
            let second = pool.run(|()| ());
            let third = async {
                let third = pool.run(|()| ()).await;
                finish.send(()).unwrap();
                third
            };
            tokio::join!(
                async {
                    let first = std::pin::pin!(first);
                    first.await
                },
                async {
                    has_started.recv().unwrap();
                    second.await
                },
                third
            )
        });
        assert_eq!(answers, (Ok(()), Ok(()), Err(PoolError::Busy)));
    }

    #[test]
    fn a_state_that_cannot_be_made_is_reported() {
        let none = || Err(ThreadError(io::Error::other("none")));
        let pool = Pool::<()>::start("test", 2, 1, none, |()| ());
        let message = pool.err().unwrap().to_string();
        assert!(
            message.starts_with("no thread could be started: none, "),
            "{message}"
        );
    }

    #[test]
    fn a_thread_that_ended_is_noticed() {
        let rest = |_: &mut ()| panic!("on purpose");
        let pool = Pool::start("test", 1, 1, || Ok::<_, ThreadError>(()), rest).unwrap();
        assert!(!pool.has_ended());
        let until = Instant::now() + limits::POOL_IDLE * 4;
        while !pool.has_ended() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(pool.has_ended());
    }

    #[test]
    fn a_panic_costs_one_answer_only() {
        let pool = Pool::start("test", 1, 1, || Ok::<_, ThreadError>(0), |_| ()).unwrap();
        assert_eq!(
            block_on(pool.run(|_| panic!("on purpose"))),
            Err::<(), _>(PoolError::Failed)
        );
        assert_eq!(block_on(pool.run(|n| *n + 1)), Ok(1));
    }
}
