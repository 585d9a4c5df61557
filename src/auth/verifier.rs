//! Verifies and hashes passwords on a few threads of low priority, so that many
//! logins do not delay authenticated clients.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::SysError;
use thiserror::Error;

use super::hash::{self, hash, verify};
use super::login_cache::{CachedLogin, Fingerprint, LoginCache};
use super::{Attempt, Cost, HashError, Memory, Password, Verification};
use crate::config::limits;
use crate::pool::{Pool, PoolError, ThreadError};

/// The hashing threads and the cache of successful logins.
pub struct PasswordVerifier {
    hashers: Pool<Memory>,
    login_cache: Arc<LoginCache>,
    /// The cost of new hashes.
    cost: Cost,
    /// The hash that the passwords of unknown users are verified against.
    dummy_hash: String,
    /// The blocks of the most expensive hash, and of every failed login.
    max_blocks: Arc<AtomicU64>,
}

/// The reason why the hashing threads did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The operating system started no thread.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// The random generator failed.
    #[error(transparent)]
    Hash(#[from] HashError),
}

impl From<SysError> for StartError {
    fn from(error: SysError) -> StartError {
        StartError::Hash(error.into())
    }
}

/// The result of a login.
#[derive(Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// The password is wrong, or the account is unknown.
    Failed,
    /// The password is right.
    Succeeded {
        /// A hash with the configured parameters, if the stored one has weaker ones.
        new_hash: Option<String>,
    },
}

/// The hash is left out.
impl fmt::Debug for LoginOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoginOutcome::Failed => f.write_str("Failed"),
            LoginOutcome::Succeeded { new_hash: None } => f.write_str("Succeeded"),
            LoginOutcome::Succeeded { new_hash: Some(_) } => f.write_str("Succeeded(new hash)"),
        }
    }
}

/// The reason why a password was not verified. It reveals nothing about the password.
#[derive(Debug, Error)]
pub enum CheckError {
    /// The queue of the hashing threads is full.
    #[error("too many logins at once, try again")]
    Busy,
    /// A stored hash that cannot be read, or a defect. The log has the details.
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
        tracing::error!(%error, "a password could not be verified");
        CheckError::Failed
    }
}

impl PasswordVerifier {
    /// Starts the threads. `cost` is the cost of new hashes.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(cost: Cost) -> Result<PasswordVerifier, StartError> {
        let (threads, queue) = (limits::HASH_THREADS, limits::HASH_QUEUE);
        let make = || {
            lower_priority();
            Ok::<_, StartError>(Memory::default())
        };
        let hashers = Pool::start("hash", threads, queue, make, Memory::shrink)?;
        Ok(PasswordVerifier {
            hashers,
            login_cache: Arc::new(LoginCache::new()?),
            cost,
            dummy_hash: hash::dummy_hash(cost)?,
            max_blocks: Arc::new(AtomicU64::new(cost.blocks())),
        })
    }

    /// Ends one of the threads, as a defect would.
    #[cfg(test)]
    pub async fn end_a_thread(&self) {
        self.hashers.end_a_thread().await;
    }

    /// Raises the cost of failed logins to that of a stored hash. All failed logins
    /// cost as much as the most expensive hash, whatever their account.
    pub fn observe_cost(&self, stored: &str) {
        if let Ok(cost) = hash::cost_of(stored) {
            self.max_blocks.fetch_max(cost.blocks(), Ordering::Relaxed);
        }
    }

    /// Verifies a password against the stored hash of its account, and ends the attempt. For an
    /// unknown user, who has no hash, it takes the same time and fails. The same holds for a hash
    /// that cannot be used, so that the answer does not show that the account exists.
    ///
    /// # Errors
    /// [`CheckError::Busy`] at once when the queue is full, so that no login waits
    /// longer than the usual timeout of a client.
    pub async fn check(
        &self,
        user: &[u8],
        password: Password,
        stored: Option<String>,
        attempt: Attempt,
    ) -> Result<LoginOutcome, CheckError> {
        let usable = stored.filter(|stored| is_usable(stored, user));
        let stored = usable.unwrap_or_else(|| self.dummy_hash.clone());
        self.observe_cost(&stored);
        let fingerprint = self.login_cache.fingerprint(user, &stored, &password);
        let result = match self.login_cache.look_up(fingerprint) {
            CachedLogin::Hit => Verification::Match { is_outdated: false },
            CachedLogin::Pending(result) => result.await.map_err(|_| CheckError::Busy)?,
            CachedLogin::Miss => {
                return self.verify(password, stored, fingerprint, attempt).await;
            }
        };
        Ok(match result {
            Verification::Match { .. } => {
                attempt.succeed();
                LoginOutcome::Succeeded { new_hash: None }
            }
            Verification::Mismatch => {
                attempt.fail();
                LoginOutcome::Failed
            }
        })
    }

    /// Verifies on a hashing thread. That thread also ends the attempt and the pending
    /// login, because this future is dropped if its client leaves.
    async fn verify(
        &self,
        password: Password,
        stored: String,
        fingerprint: Fingerprint,
        attempt: Attempt,
    ) -> Result<LoginOutcome, CheckError> {
        let mut pending = PendingLogin {
            login_cache: Arc::clone(&self.login_cache),
            fingerprint,
            result: None,
        };
        let (cost, max_blocks) = (self.cost, Arc::clone(&self.max_blocks));
        let outcome = self.hashers.run(move |memory| {
            let canonical = password.canonical();
            let mut result = Verification::Mismatch;
            // The second form costs another hash, whether or not the account exists.
            for form in canonical.iter().chain([&password]) {
                result = verify(form, &stored, cost, memory)?;
                if let Verification::Match { is_outdated } = &mut result {
                    // A hash of another form is replaced too.
                    *is_outdated |= canonical
                        .as_ref()
                        .is_some_and(|canonical| canonical != form);
                    break;
                }
                let done = hash::cost_of(&stored)?.blocks();
                let rest = max_blocks.load(Ordering::Relaxed).saturating_sub(done);
                hash::equalize_work(form, rest, cost, memory)?;
            }
            pending.result = Some(result);
            drop(pending);
            let Verification::Match { is_outdated } = result else {
                attempt.fail();
                return Ok(LoginOutcome::Failed);
            };
            attempt.succeed();
            let password = canonical.as_ref().unwrap_or(&password);
            let new_hash = is_outdated.then(|| hash(password, cost, memory));
            Ok::<_, HashError>(LoginOutcome::Succeeded {
                new_hash: new_hash.transpose()?,
            })
        });
        Ok(outcome.await??)
    }

    /// Hashes a new password on a hashing thread.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn hash(&self, password: Password) -> Result<String, CheckError> {
        let cost = self.cost;
        let hashed = self
            .hashers
            .run(move |memory| hash(&password, cost, memory));
        Ok(hashed.await??)
    }

    /// The number of logins that wait for a hashing thread.
    pub fn waiting(&self) -> usize {
        self.hashers.waiting()
    }

    /// Whether one of the threads has ended, which only a defect does.
    pub fn has_ended(&self) -> bool {
        self.hashers.has_ended()
    }
}

/// Whether passwords can be verified against the stored hash of an account.
fn is_usable(stored: &str, user: &[u8]) -> bool {
    let checked = hash::check_stored(stored);
    if let Err(error) = &checked {
        let user = String::from_utf8_lossy(user);
        tracing::error!(?user, %error, "no login of this account can succeed, set its password");
    }
    checked.is_ok()
}

/// Gives this thread the lowest priority. A hash keeps a core busy for 15 ms, in
/// which a worker could answer a thousand requests.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    const LOWEST: i32 = 19;
    // Only Linux applies the priority to the single thread of that id.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LOWEST)
    {
        tracing::debug!(%error, "the priority of a hashing thread was not lowered");
    }
}

/// Ends a pending login of the cache on drop, also after a panic.
struct PendingLogin {
    login_cache: Arc<LoginCache>,
    fingerprint: Fingerprint,
    result: Option<Verification>,
}

impl Drop for PendingLogin {
    fn drop(&mut self) {
        self.login_cache.finish(&self.fingerprint, self.result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Throttle;
    use std::time::{Duration, Instant};

    fn password(text: &str) -> Password {
        Password::from_bytes(text.as_bytes())
    }

    /// An attempt of a throttle that counts nothing else.
    fn attempt() -> Attempt {
        let throttle = Arc::new(Throttle::new([]));
        let address = [127, 0, 0, 1].into();
        throttle.begin(address, b"u", &password(""), true).unwrap()
    }

    /// Only the result counts, right or wrong.
    #[tokio::test]
    async fn a_login_of_a_client_that_left_counts_by_its_result() {
        let verifier = PasswordVerifier::start(Cost::default()).unwrap();
        let stored = hash(&password("mdp"), Cost::default(), &mut Memory::default()).unwrap();
        let throttle = Arc::new(Throttle::new([]));
        for text in ["mdp", "mdP"] {
            let attempt = throttle.begin([127, 0, 0, 1].into(), b"u", &password(text), true);
            let login =
                verifier.check(b"u", password(text), Some(stored.clone()), attempt.unwrap());
            // Drops the login after its hash was queued, as a client that leaves does.
            assert!(tokio::time::timeout(Duration::ZERO, login).await.is_err());
        }
        // Waits for the hashing threads.
        drop(verifier);
        let counts = (
            throttle.succeeded(),
            throttle.failed(),
            throttle.cancelled(),
        );
        assert_eq!(counts, (1, 1, 0));
    }

    #[tokio::test]
    async fn only_repeated_successful_logins_skip_the_hash() {
        let verifier = PasswordVerifier::start(Cost::default()).unwrap();
        let stored = hash(&password("mdp"), Cost::default(), &mut Memory::default()).unwrap();
        let check = async |text: &str| {
            let started = Instant::now();
            let outcome = verifier.check(b"u", password(text), Some(stored.clone()), attempt());
            (outcome.await.unwrap(), started.elapsed())
        };
        let success = LoginOutcome::Succeeded { new_hash: None };
        assert_eq!(check("mdp").await.0, success);
        // The shortest of several times, because any single one may wait on a busy machine.
        let (mut cached, mut hashed) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            let (again, time) = check("mdp").await;
            assert_eq!(again, success);
            cached = cached.min(time);
            let (other, time) = check("mdP").await;
            assert_eq!(other, LoginOutcome::Failed);
            hashed = hashed.min(time);
        }
        assert!(cached < hashed / 4, "{cached:?} against {hashed:?}");
    }

    /// `redis-benchmark -c 500` logs in 500 times at once.
    #[tokio::test]
    async fn many_equal_logins_at_once_need_one_place_in_the_queue() {
        let verifier = Arc::new(PasswordVerifier::start(Cost::default()).unwrap());
        let stored = hash(&password("mdp"), Cost::default(), &mut Memory::default()).unwrap();
        let mut logins = tokio::task::JoinSet::new();
        for _ in 0..limits::HASH_QUEUE * 10 {
            let (verifier, stored) = (Arc::clone(&verifier), stored.clone());
            logins.spawn(async move {
                let login = verifier.check(b"u", password("mdp"), Some(stored), attempt());
                login.await
            });
        }
        for login in logins.join_all().await {
            assert_eq!(login.unwrap(), LoginOutcome::Succeeded { new_hash: None });
        }
    }

    /// Composed and decomposed letters are one password, also for a hash from before.
    #[tokio::test]
    async fn all_forms_of_a_password_log_in() {
        let verifier = PasswordVerifier::start(Cost::default()).unwrap();
        let composed = "caf\u{e9} \u{212b}";
        let decomposed = "cafe\u{301}\u{a0}A\u{30a}";
        let new = Password::new(decomposed.as_bytes()).unwrap();
        let old = password(decomposed);
        for (kept, typed, succeeds) in [
            (&new, composed, true),
            (&new, decomposed, true),
            (&old, decomposed, true),
            (&old, composed, false),
            (&new, "cafe A", false),
        ] {
            let stored = hash(kept, Cost::default(), &mut Memory::default()).unwrap();
            let outcome = verifier.check(b"u", password(typed), Some(stored), attempt());
            let succeeded = matches!(outcome.await, Ok(LoginOutcome::Succeeded { .. }));
            assert_eq!(succeeded, succeeds, "{typed}");
        }
    }

    #[tokio::test]
    async fn an_account_with_an_unusable_hash_fails_like_an_unknown_one() {
        let verifier = PasswordVerifier::start(Cost::default()).unwrap();
        let hash = "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0";
        for stored in [None, Some("mdp"), Some(""), Some("\u{fffd}"), Some(hash)] {
            let stored = stored.map(str::to_owned);
            let outcome = verifier.check(b"u", password("mdp"), stored, attempt());
            assert_eq!(outcome.await.unwrap(), LoginOutcome::Failed);
        }
    }

    #[tokio::test]
    async fn too_many_different_logins_are_refused_at_once() {
        let verifier = Arc::new(PasswordVerifier::start(Cost::default()).unwrap());
        let mut logins = tokio::task::JoinSet::new();
        for login in 0..limits::HASH_QUEUE * 2 {
            let verifier = Arc::clone(&verifier);
            let password = password(&login.to_string());
            logins.spawn(async move { verifier.check(b"u", password, None, attempt()).await });
        }
        let results = logins.join_all().await;
        let is_busy = |result: &Result<_, _>| matches!(result, Err(CheckError::Busy));
        assert!(results.iter().any(is_busy));
        let has_failed = |result: &Result<_, _>| matches!(result, Ok(LoginOutcome::Failed));
        assert!(results.iter().any(has_failed));
    }
}
