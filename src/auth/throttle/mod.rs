//! Who has to wait before the next login, after others have failed.
//!
//! FailureTable are counted twice: for the address that they come from, and for the
//! account that they are about, whether there is one of that name or not. When
//! a count has used up what is free, the next login of that address or account
//! is refused for 1 s, 2 s, 4 s and so on, without being tried. Why that can
//! neither be shaken off nor be used to lock somebody out is in docs/logins.md.

mod failure_table;
mod in_flight;
mod known_addresses;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::Password;
use crate::config::limits;
use crate::connections::SourceNetwork;

use failure_table::{FailureTable, KeyHash, Rules};
use in_flight::InFlight;
use known_addresses::KnownAddresses;

const OF_ADDRESSES: Rules = Rules {
    free: limits::ADDRESS_FREE_FAILURES,
    longest: limits::MAX_ADDRESS_DELAY,
};
const OF_ACCOUNTS: Rules = Rules {
    free: limits::ACCOUNT_FREE_FAILURES,
    longest: limits::MAX_ACCOUNT_DELAY,
};

/// What a wait is at least. It is told in whole seconds.
const SHORTEST: Duration = Duration::from_secs(1);

type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// The counts of one server.
pub struct Throttle {
    key: RandomState,
    /// The time since the server started.
    clock: Clock,
    /// Addresses that stand for too many people to be counted.
    shared: HashSet<SourceNetwork>,
    state: Mutex<State>,
    right: AtomicU64,
    wrong: AtomicU64,
    delayed: AtomicU64,
    untried: AtomicU64,
}

struct State {
    addresses: FailureTable,
    accounts: FailureTable,
    known_addresses: KnownAddresses,
    in_flight: InFlight,
}

/// A login that may not be tried yet. Nothing was learned about its password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DelayError {
    /// Too many have failed.
    #[error("retry in {0} s")]
    Wait(u64),
    /// It has failed before, and others wait for the hashing threads.
    #[error("too many logins at once, try again")]
    Busy,
}

/// A login that is being tried. It counts as wrong unless it is told otherwise.
#[must_use]
pub struct Attempt<'t> {
    throttle: &'t Throttle,
    address: IpAddr,
    keys: KeyHashes,
    /// The counts that have one more if it is wrong.
    at_stake: [Option<KeyHash>; 2],
    is_settled: bool,
}

#[derive(Clone, Copy)]
struct KeyHashes {
    /// `None` for an address that is not counted.
    address: Option<KeyHash>,
    account: KeyHash,
    guess: KeyHash,
}

impl Throttle {
    /// Nobody has to wait yet. Behind each of the `shared` addresses, such as a
    /// proxy's, there are many people: failure_table are not counted for them.
    pub fn new(shared: impl IntoIterator<Item = IpAddr>) -> Throttle {
        let started = Instant::now();
        Throttle::with_clock(shared, Box::new(move || started.elapsed()))
    }

    fn with_clock(shared: impl IntoIterator<Item = IpAddr>, clock: Clock) -> Throttle {
        Throttle {
            key: RandomState::new(),
            clock,
            shared: shared.into_iter().map(SourceNetwork::from).collect(),
            state: Mutex::new(State {
                addresses: FailureTable::new(OF_ADDRESSES, limits::FAILURE_SLOTS),
                accounts: FailureTable::new(OF_ACCOUNTS, limits::FAILURE_SLOTS),
                known_addresses: KnownAddresses::default(),
                in_flight: InFlight::default(),
            }),
            right: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
            delayed: AtomicU64::new(0),
            untried: AtomicU64::new(0),
        }
    }

    /// Asks whether a login may be tried now. It depends on nothing but the
    /// failure_table before it, so the answer tells nothing about the account.
    /// `hashing_is_idle` says that no other login waits for a hashing thread.
    ///
    /// # Errors
    /// [`DelayError`] when it may not.
    pub fn begin(
        &self,
        address: IpAddr,
        user: &[u8],
        password: &Password,
        hashing_is_idle: bool,
    ) -> Result<Attempt<'_>, DelayError> {
        let keys = self.keys(address, user, password);
        let now = (self.clock)();
        let mut state = self.state();
        if let Err(delayed) = state.ask(&keys, now, hashing_is_idle) {
            self.delayed.fetch_add(1, Ordering::Relaxed);
            return Err(delayed);
        }
        let at_stake = state.at_stake(&keys);
        for key in at_stake.into_iter().flatten() {
            state.in_flight.add(key, keys.guess);
        }
        Ok(Attempt {
            throttle: self,
            address,
            keys,
            at_stake,
            is_settled: false,
        })
    }

    /// Logins that were right since the server started.
    pub fn right(&self) -> u64 {
        self.right.load(Ordering::Relaxed)
    }

    /// Logins that were wrong since the server started.
    pub fn wrong(&self) -> u64 {
        self.wrong.load(Ordering::Relaxed)
    }

    /// Logins that were refused because they came too early.
    pub fn delayed(&self) -> u64 {
        self.delayed.load(Ordering::Relaxed)
    }

    /// Logins of which nothing was learned, such as those above the queue's bound.
    pub fn untried(&self) -> u64 {
        self.untried.load(Ordering::Relaxed)
    }

    fn keys(&self, address: IpAddr, user: &[u8], password: &Password) -> KeyHashes {
        let network = SourceNetwork::from(address);
        let is_counted = !self.shared.contains(&network);
        KeyHashes {
            address: is_counted.then(|| self.key.hash_one(("address", network))),
            account: self.key.hash_one(("account", user)),
            guess: self.key.hash_one(("guess", user, password.expose())),
        }
    }

    /// Counts that a panic interrupted are still counts.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ask(
        &self,
        keys: &KeyHashes,
        now: Duration,
        hashing_is_idle: bool,
    ) -> Result<(), DelayError> {
        let mut wait = Duration::ZERO;
        let mut is_familiar = false;
        let is_repeated = match keys.address {
            Some(address) => {
                wait = self.wait(&self.addresses, address, keys.guess, now);
                is_familiar = self.known_addresses.knows(keys.account, address, now);
                self.addresses.is_repeated(address, keys.guess)
            }
            None => self.accounts.is_repeated(keys.account, keys.guess),
        };
        if !is_familiar {
            wait = wait.max(self.wait(&self.accounts, keys.account, keys.guess, now));
        }
        if !wait.is_zero() {
            let seconds = wait.as_millis().div_ceil(SHORTEST.as_millis());
            return Err(DelayError::Wait(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        // It costs a hash and is not counted, so it may keep nobody else waiting.
        if is_repeated && !hashing_is_idle {
            return Err(DelayError::Busy);
        }
        Ok(())
    }

    /// The counts for which the guess is a new one. One that is repeated adds
    /// nothing, and so it must not hold up others while it is under way.
    fn at_stake(&self, keys: &KeyHashes) -> [Option<KeyHash>; 2] {
        let address = keys.address;
        [
            address.filter(|&key| !self.addresses.is_repeated(key, keys.guess)),
            Some(keys.account).filter(|&key| !self.accounts.is_repeated(key, keys.guess)),
        ]
    }

    /// How long a guess has to wait for one of the counts.
    fn wait(&self, counts: &FailureTable, key: KeyHash, guess: KeyHash, now: Duration) -> Duration {
        // The same guess at the same time shares the hash and the verdict of
        // the first, as the fifty connections of a pool do.
        if self.in_flight.has(key, guess) {
            return Duration::ZERO;
        }
        let (failure_table, held_until) = counts.of(key, now);
        // Each guess that is under way may fail, so no more of them are at once
        // than are free; behind those one at a time.
        let under_way = self.in_flight.guesses(key);
        if under_way > 0 && failure_table.saturating_add(under_way) >= counts.rules().free {
            return held_until.saturating_sub(now).max(SHORTEST);
        }
        held_until.saturating_sub(now)
    }
}

impl Attempt<'_> {
    /// The password was right: what failed before it, from the same address for
    /// the same account, was typing errors.
    pub fn right(mut self) {
        self.throttle.right.fetch_add(1, Ordering::Relaxed);
        let now = (self.throttle.clock)();
        let KeyHashes {
            address, account, ..
        } = self.keys;
        let mut state = self.settle();
        if let Some(address) = address {
            state.addresses.forgive(address, account);
            state.accounts.forgive(account, address);
            state.known_addresses.note(account, address, now);
        }
    }

    /// The password was wrong, or there is no such account.
    pub fn wrong(mut self) {
        self.count();
    }

    /// Nothing was learned about the password.
    pub fn untried(mut self) {
        self.throttle.untried.fetch_add(1, Ordering::Relaxed);
        drop(self.settle());
    }

    fn count(&mut self) {
        let now = (self.throttle.clock)();
        let KeyHashes {
            address,
            account,
            guess,
        } = self.keys;
        self.throttle.wrong.fetch_add(1, Ordering::Relaxed);
        let mut state = self.settle();
        state
            .accounts
            .fail(account, guess, address.unwrap_or_default(), now);
        let begins = address.is_some_and(|key| state.addresses.fail(key, guess, account, now));
        drop(state);
        if begins {
            // Without the user's name: people type passwords in its place.
            let address = SourceNetwork::from(self.address);
            tracing::warn!(%address, "too many logins failed, the next ones have to wait");
        }
    }

    fn settle(&mut self) -> MutexGuard<'_, State> {
        self.is_settled = true;
        let mut state = self.throttle.state();
        for key in self.at_stake.into_iter().flatten() {
            state.in_flight.remove(key, self.keys.guess);
        }
        state
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.count();
        }
    }
}

#[cfg(test)]
mod tests;
