//! Delays after failed logins.
//!
//! Each failure is counted for its source address and for its account, whether or
//! not that account exists. After a few free failures, logins of that address or
//! account are refused without verification for 1 s, 2 s, 4 s and so on.
//! `docs/logins.md` explains why an attacker can neither avoid the delays nor use
//! them to lock out a user.

mod failure_table;
mod in_flight;
mod known_addresses;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::{Password, canonical_user};
use crate::config::limits;
use crate::connections::SourceNetwork;

use failure_table::{FailureTable, KeyHash, Rules};
use in_flight::InFlight;
use known_addresses::KnownAddresses;

const ADDRESS_RULES: Rules = Rules {
    free: limits::ADDRESS_FREE_FAILURES,
    max_delay: limits::MAX_ADDRESS_DELAY,
};
const ACCOUNT_RULES: Rules = Rules {
    free: limits::ACCOUNT_FREE_FAILURES,
    max_delay: limits::MAX_ACCOUNT_DELAY,
};

/// Delays are reported in whole seconds.
const ONE_SECOND: Duration = Duration::from_secs(1);

type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// The failure counts of one server.
pub struct Throttle {
    key: RandomState,
    /// The time since the server started.
    clock: Clock,
    /// Addresses that many users share, such as that of a proxy. They are not counted.
    shared: HashSet<SourceNetwork>,
    state: Mutex<ThrottleState>,
    succeeded: AtomicU64,
    failed: AtomicU64,
    delayed: AtomicU64,
    cancelled: AtomicU64,
}

struct ThrottleState {
    addresses: FailureTable,
    accounts: FailureTable,
    known_addresses: KnownAddresses,
    in_flight: InFlight,
}

/// The refusal of a login whose password was not verified.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DelayError {
    /// Too many logins failed. The delay is in seconds.
    #[error("retry in {0} s")]
    Wait(u64),
    /// The same guess has failed before, and other logins wait for a hashing thread.
    #[error("too many logins at once, try again")]
    Busy,
}

/// A login in flight. The hashing thread ends it, so that its result counts even if the
/// client has left by then. An attempt that is dropped was not verified and does not count.
#[must_use]
pub struct Attempt {
    throttle: Arc<Throttle>,
    address: IpAddr,
    keys: KeyHashes,
    /// The keys whose counts a failure would raise.
    counted: [Option<KeyHash>; 2],
    is_finished: bool,
}

#[derive(Clone, Copy)]
struct KeyHashes {
    /// `None` for a shared address.
    address: Option<KeyHash>,
    account: KeyHash,
    guess: KeyHash,
}

impl Throttle {
    /// A throttle without failures, which does not count those of `shared` addresses.
    pub fn new(shared: impl IntoIterator<Item = IpAddr>) -> Throttle {
        let started = Instant::now();
        Throttle::with_clock(shared, Box::new(move || started.elapsed()))
    }

    fn with_clock(shared: impl IntoIterator<Item = IpAddr>, clock: Clock) -> Throttle {
        Throttle {
            key: RandomState::new(),
            clock,
            shared: shared.into_iter().map(SourceNetwork::from).collect(),
            state: Mutex::new(ThrottleState {
                addresses: FailureTable::new(ADDRESS_RULES, limits::FAILURE_SLOTS),
                accounts: FailureTable::new(ACCOUNT_RULES, limits::FAILURE_SLOTS),
                known_addresses: KnownAddresses::default(),
                in_flight: InFlight::default(),
            }),
            succeeded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            delayed: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
        }
    }

    /// Begins a login unless it has to wait. The decision depends only on earlier
    /// failures, so it reveals nothing about the account. `hashing_is_idle` means
    /// that no other login waits for a hashing thread.
    ///
    /// # Errors
    /// [`DelayError`].
    pub fn begin(
        self: &Arc<Self>,
        address: IpAddr,
        user: &[u8],
        password: &Password,
        hashing_is_idle: bool,
    ) -> Result<Attempt, DelayError> {
        let keys = self.keys(address, user, password);
        let now = (self.clock)();
        let mut state = self.state();
        if let Err(delayed) = state.check(&keys, now, hashing_is_idle) {
            self.delayed.fetch_add(1, Ordering::Relaxed);
            return Err(delayed);
        }
        let counted = state.counted(&keys);
        for key in counted.into_iter().flatten() {
            state.in_flight.add(key, keys.guess);
        }
        Ok(Attempt {
            throttle: Arc::clone(self),
            address,
            keys,
            counted,
            is_finished: false,
        })
    }

    /// Successful logins since the server started.
    pub fn succeeded(&self) -> u64 {
        self.succeeded.load(Ordering::Relaxed)
    }

    /// Failed logins since the server started.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Logins that were refused during a delay.
    pub fn delayed(&self) -> u64 {
        self.delayed.load(Ordering::Relaxed)
    }

    /// Logins that were not verified, for example because the queue was full.
    pub fn cancelled(&self) -> u64 {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn keys(&self, address: IpAddr, user: &[u8], password: &Password) -> KeyHashes {
        let network = SourceNetwork::from(address);
        let is_counted = !self.shared.contains(&network);
        // Otherwise each spelling of a name would have its own free failures.
        let canonical = std::str::from_utf8(user).ok().and_then(canonical_user);
        let user = canonical.as_ref().map_or(user, String::as_bytes);
        let canonical = password.canonical();
        let password = canonical.as_ref().unwrap_or(password);
        KeyHashes {
            address: is_counted.then(|| self.key.hash_one(("address", network))),
            account: self.key.hash_one(("account", user)),
            guess: self.key.hash_one(("guess", user, password.expose())),
        }
    }

    /// The counts stay valid when a thread panics with the lock.
    fn state(&self) -> MutexGuard<'_, ThrottleState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThrottleState {
    fn check(
        &self,
        keys: &KeyHashes,
        now: Duration,
        hashing_is_idle: bool,
    ) -> Result<(), DelayError> {
        let mut wait = Duration::ZERO;
        let mut is_known = false;
        let is_repeated = match keys.address {
            Some(address) => {
                wait = self.wait(&self.addresses, address, keys.guess, now);
                is_known = self.known_addresses.knows(keys.account, address, now);
                self.addresses.is_repeated(address, keys.guess)
            }
            None => self.accounts.is_repeated(keys.account, keys.guess),
        };
        if !is_known {
            wait = wait.max(self.wait(&self.accounts, keys.account, keys.guess, now));
        }
        if !wait.is_zero() {
            let seconds = wait.as_millis().div_ceil(ONE_SECOND.as_millis());
            return Err(DelayError::Wait(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        // It costs a hash and is not counted, so it must not delay other logins.
        if is_repeated && !hashing_is_idle {
            return Err(DelayError::Busy);
        }
        Ok(())
    }

    /// The keys for which the guess is new. A repeated guess is not counted, so it
    /// must not delay other logins while it is in flight.
    fn counted(&self, keys: &KeyHashes) -> [Option<KeyHash>; 2] {
        let address = keys.address;
        [
            address.filter(|&key| !self.addresses.is_repeated(key, keys.guess)),
            Some(keys.account).filter(|&key| !self.accounts.is_repeated(key, keys.guess)),
        ]
    }

    /// The delay of a guess because of one of the tables.
    fn wait(&self, table: &FailureTable, key: KeyHash, guess: KeyHash, now: Duration) -> Duration {
        // Equal logins at the same time share one hash, for example those of the
        // 50 connections of a pool.
        if self.in_flight.contains(key, guess) {
            return Duration::ZERO;
        }
        let (failures, delayed_until) = table.failures(key, now);
        // Each guess in flight may fail. So at most as many are in flight as are
        // free, and after that one at a time.
        let in_flight = self.in_flight.distinct(key);
        if in_flight > 0 && failures.saturating_add(in_flight) >= table.rules().free {
            return delayed_until.saturating_sub(now).max(ONE_SECOND);
        }
        delayed_until.saturating_sub(now)
    }
}

impl Attempt {
    /// The password was right. Earlier failures from the same address for the same
    /// account count as typing errors and are forgiven.
    pub fn succeed(mut self) {
        self.throttle.succeeded.fetch_add(1, Ordering::Relaxed);
        let now = (self.throttle.clock)();
        let KeyHashes {
            address, account, ..
        } = self.keys;
        let mut state = self.finish();
        if let Some(address) = address {
            state.addresses.forgive(address, account);
            state.accounts.forgive(account, address);
            state.known_addresses.record(account, address, now);
        }
    }

    /// The password was wrong, or the account is unknown.
    pub fn fail(mut self) {
        let now = (self.throttle.clock)();
        let KeyHashes {
            address,
            account,
            guess,
        } = self.keys;
        self.throttle.failed.fetch_add(1, Ordering::Relaxed);
        let mut state = self.finish();
        state
            .accounts
            .fail(account, guess, address.unwrap_or_default(), now);
        let is_delayed = address.is_some_and(|key| state.addresses.fail(key, guess, account, now));
        drop(state);
        if is_delayed {
            // Without the user name, because some users type their password there.
            let address = SourceNetwork::from(self.address);
            tracing::warn!(%address, "too many logins failed, the next ones have to wait");
        }
    }

    fn finish(&mut self) -> MutexGuard<'_, ThrottleState> {
        self.is_finished = true;
        let mut state = self.throttle.state();
        for key in self.counted.into_iter().flatten() {
            state.in_flight.remove(key, self.keys.guess);
        }
        state
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.is_finished {
            self.throttle.cancelled.fetch_add(1, Ordering::Relaxed);
            drop(self.finish());
        }
    }
}

#[cfg(test)]
mod tests;
