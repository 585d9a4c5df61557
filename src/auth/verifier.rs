//! Passwords checked and hashed on threads of their own, so that a storm of
//! logins slows down nobody who is logged in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::SysError;
use thiserror::Error;

use super::hash::{self, hash, verify};
use super::login_cache::{CachedLogin, Fingerprint, LoginCache};
use super::{Cost, HashError, Memory, Password, Verdict};
use crate::config::limits;
use crate::pool::{Pool, PoolError, ThreadError};

/// The way to the hashing threads.
pub struct PasswordVerifier {
    hashers: Pool<Memory>,
    login_cache: Arc<LoginCache>,
    /// What new hashes cost.
    cost: Cost,
    /// What the passwords of users that do not exist are checked against.
    dummy_hash: String,
    /// The work of a refused login, in blocks: that of the most expensive hash.
    highest_cost: Arc<AtomicU64>,
}

/// Why the hashing threads did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// No more threads.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// No randomness.
    #[error(transparent)]
    Hash(#[from] HashError),
}

impl From<SysError> for StartError {
    fn from(error: SysError) -> StartError {
        StartError::Hash(error.into())
    }
}

/// What the check of a login found.
#[derive(Clone, PartialEq, Eq)]
pub enum Checked {
    /// It is another password, or there is no such account.
    Wrong,
    /// It is the password.
    Right {
        /// Its hash with today's parameters, where the stored one has weaker ones.
        renewed: Option<String>,
    },
}

/// Without the hash.
impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Checked::Wrong => f.write_str("Wrong"),
            Checked::Right { renewed: None } => f.write_str("Right"),
            Checked::Right { renewed: Some(_) } => f.write_str("Right(renewed)"),
        }
    }
}

/// Why a password was not checked. It says nothing about the password.
#[derive(Debug, Error)]
pub enum CheckError {
    /// Too many are waiting already.
    #[error("too many logins at once, try again")]
    Busy,
    /// A stored hash that cannot be read, or a defect. The log has more.
    #[error("internal error, see the server's log")]
    Failed,
}

impl From<PoolError> for CheckError {
    fn from(error: PoolError) -> CheckError {
        match error {
            PoolError::Busy => CheckError::Busy,
            PoolError::Failed => CheckError::Failed,
        }
    }
}

impl From<HashError> for CheckError {
    fn from(error: HashError) -> CheckError {
        tracing::error!(%error, "a password could not be checked");
        CheckError::Failed
    }
}

impl PasswordVerifier {
    /// Starts the threads. New hashes cost as much as `cost` says.
    ///
    /// # Errors
    /// When the operating system has no more threads, or no randomness to give.
    pub fn start(cost: Cost) -> Result<PasswordVerifier, StartError> {
        let (threads, queue) = (limits::HASH_THREADS, limits::HASH_QUEUE);
        let made = || {
            lower_priority();
            Ok::<_, StartError>(Memory::default())
        };
        let hashers = Pool::start("hash", threads, queue, made, Memory::shrink)?;
        Ok(PasswordVerifier {
            hashers,
            login_cache: Arc::new(LoginCache::new()?),
            cost,
            dummy_hash: hash::dummy_hash(cost)?,
            highest_cost: Arc::new(AtomicU64::new(cost.blocks())),
        })
    }

    /// Takes note of what a stored hash costs: refused logins cost as much as
    /// the most expensive, whoever's they are.
    pub fn note(&self, stored: &str) {
        if let Ok(cost) = hash::cost_of(stored) {
            self.highest_cost
                .fetch_max(cost.blocks(), Ordering::Relaxed);
        }
    }

    /// Checks an offered password against a stored hash; without one, for a
    /// user that does not exist, it takes as long and says wrong.
    ///
    /// # Errors
    /// [`CheckError::Busy`] at once when too many wait, so that nobody is kept
    /// waiting for longer than clients have timeouts.
    pub async fn check(
        &self,
        user: &[u8],
        password: Password,
        stored: Option<String>,
    ) -> Result<Checked, CheckError> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy_hash.clone());
        self.note(&stored);
        let fingerprint = self.login_cache.fingerprint(user, &stored, &password);
        let checked = match self.login_cache.ask(fingerprint) {
            CachedLogin::Right => Checked::Right { renewed: None },
            CachedLogin::Soon(verdict) => match verdict.await {
                Ok(Verdict::Right { .. }) => Checked::Right { renewed: None },
                Ok(Verdict::Wrong) => Checked::Wrong,
                Err(_) => return Err(CheckError::Busy),
            },
            CachedLogin::Nothing => self.check_anew(password, stored, fingerprint).await?,
        };
        Ok(match exists {
            true => checked,
            false => Checked::Wrong,
        })
    }

    /// The check is settled by the thread that does it, because the connection
    /// that asked may have gone by then while others wait for the same verdict.
    async fn check_anew(
        &self,
        password: Password,
        stored: String,
        fingerprint: Fingerprint,
    ) -> Result<Checked, CheckError> {
        let mut settle = Settle {
            login_cache: Arc::clone(&self.login_cache),
            fingerprint,
            verdict: None,
        };
        let (cost, highest_cost) = (self.cost, Arc::clone(&self.highest_cost));
        let checked = self.hashers.run(move |memory| {
            let verdict = verify(&password, &stored, cost, memory)?;
            if verdict == Verdict::Wrong {
                let done = hash::cost_of(&stored)?.blocks();
                let rest = highest_cost.load(Ordering::Relaxed).saturating_sub(done);
                hash::equalize_work(&password, rest, cost, memory)?;
            }
            settle.verdict = Some(verdict);
            drop(settle);
            Ok::<_, HashError>(match verdict {
                Verdict::Wrong => Checked::Wrong,
                Verdict::Right { outdated: false } => Checked::Right { renewed: None },
                Verdict::Right { outdated: true } => Checked::Right {
                    renewed: Some(hash(&password, cost, memory)?),
                },
            })
        });
        Ok(checked.await??)
    }

    /// Hashes a new password on one of the threads.
    ///
    /// # Errors
    /// As [`PasswordVerifier::check`].
    pub async fn hash(&self, password: Password) -> Result<String, CheckError> {
        let cost = self.cost;
        let hashed = self
            .hashers
            .run(move |memory| hash(&password, cost, memory));
        Ok(hashed.await??)
    }

    /// Logins that are waiting for a thread.
    pub fn waiting(&self) -> usize {
        self.hashers.waiting()
    }
}

/// Gives this thread the lowest priority. A hash keeps a core busy for 15 ms,
/// during which the workers have a thousand requests to answer; who logs in
/// gets what they leave, which on an idle machine is everything.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    const LOWEST: i32 = 19;
    // The number of a thread stands for that thread alone on Linux, and nowhere else.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LOWEST)
    {
        tracing::debug!(%error, "the hashing threads keep their priority");
    }
}

/// Settles a check when it is dropped, whatever became of it.
struct Settle {
    login_cache: Arc<LoginCache>,
    fingerprint: Fingerprint,
    verdict: Option<Verdict>,
}

impl Drop for Settle {
    fn drop(&mut self) {
        self.login_cache.settle(&self.fingerprint, self.verdict);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn password(text: &str) -> Password {
        Password::offered(text.as_bytes())
    }

    #[tokio::test]
    async fn the_second_login_needs_no_hash_and_a_wrong_one_always_does() {
        let verifier = PasswordVerifier::start(Cost::default()).unwrap();
        let stored = hash(&password("mdp"), Cost::default(), &mut Memory::default()).unwrap();
        let check = async |text: &str| {
            let started = Instant::now();
            let checked = verifier
                .check(b"u", password(text), Some(stored.clone()))
                .await
                .unwrap();
            (checked, started.elapsed())
        };
        let right = Checked::Right { renewed: None };
        assert_eq!(check("mdp").await.0, right);
        // The shortest of several: on a busy machine any single one may wait.
        let (mut recognising, mut guessing) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            let (again, time) = check("mdp").await;
            assert_eq!(again, right);
            recognising = recognising.min(time);
            let (other, time) = check("mdP").await;
            assert_eq!(other, Checked::Wrong);
            guessing = guessing.min(time);
        }
        assert!(
            recognising < guessing / 4,
            "{recognising:?} against {guessing:?}"
        );
    }

    /// `redis-benchmark -c 500` logs in five hundred times at the same moment.
    #[tokio::test]
    async fn many_equal_logins_at_once_fit_through_the_queue() {
        let verifier = Arc::new(PasswordVerifier::start(Cost::default()).unwrap());
        let stored = hash(&password("mdp"), Cost::default(), &mut Memory::default()).unwrap();
        let mut logins = tokio::task::JoinSet::new();
        for _ in 0..limits::HASH_QUEUE * 10 {
            let (verifier, stored) = (Arc::clone(&verifier), stored.clone());
            logins.spawn(async move { verifier.check(b"u", password("mdp"), Some(stored)).await });
        }
        for login in logins.join_all().await {
            assert_eq!(login.unwrap(), Checked::Right { renewed: None });
        }
    }

    #[tokio::test]
    async fn too_many_different_logins_are_refused_at_once() {
        let verifier = Arc::new(PasswordVerifier::start(Cost::default()).unwrap());
        let mut logins = tokio::task::JoinSet::new();
        for login in 0..limits::HASH_QUEUE * 2 {
            let verifier = Arc::clone(&verifier);
            logins.spawn(async move {
                verifier
                    .check(b"u", password(&login.to_string()), None)
                    .await
            });
        }
        let results = logins.join_all().await;
        assert!(
            results
                .iter()
                .any(|result| matches!(result, Err(CheckError::Busy)))
        );
        assert!(
            results
                .iter()
                .any(|result| matches!(result, Ok(Checked::Wrong)))
        );
    }
}
