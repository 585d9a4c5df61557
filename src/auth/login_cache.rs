//! The cache of successful logins, and the logins that are being verified.
//!
//! Connection pools log in again with every connection they open. Only the first
//! of these logins needs an argon2 hash. The others are recognised by a keyed
//! fingerprint of the user, the stored hash and the password, as in MySQL's
//! `caching_sha2_password`. A wrong password is never cached, so each guess costs
//! a hash. A changed password has another fingerprint.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use tokio::sync::oneshot;

use super::{Password, Verification};
use crate::config::limits;

/// Identifies a login. The key of the hash never leaves the process, and without
/// it a fingerprint reveals nothing.
pub(super) type Fingerprint = [u8; 32];

/// The fingerprints of one process.
pub(super) struct LoginCache {
    key: [u8; 32],
    logins: Mutex<HashMap<Fingerprint, LoginState>>,
}

enum LoginState {
    /// It is being verified. These tasks wait for the result.
    Pending(Vec<oneshot::Sender<Verification>>),
    /// It succeeded at that time.
    Succeeded(Instant),
}

/// The answer of the cache.
pub(super) enum CachedLogin {
    /// The password is right.
    Hit,
    /// The same login is being verified. The result will be sent here.
    Pending(oneshot::Receiver<Verification>),
    /// The caller has to verify it and to call [`LoginCache::finish`].
    Miss,
}

impl LoginCache {
    /// An empty cache with a random key.
    pub fn new() -> Result<LoginCache, SysError> {
        let mut key = [0; 32];
        SysRng.try_fill_bytes(&mut key)?;
        Ok(LoginCache {
            key,
            logins: Mutex::default(),
        })
    }

    /// The fingerprint of a login. It includes the user, because all unknown users
    /// share one dummy hash: a shared fingerprint would show that they are unknown.
    pub fn fingerprint(&self, user: &[u8], stored: &str, password: &Password) -> Fingerprint {
        let mut mac = Blake2sMac256::new(&self.key.into());
        for part in [user, stored.as_bytes()] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.update(password.expose());
        mac.finalize().into_bytes().into()
    }

    /// Looks up a login. After [`CachedLogin::Miss`] it is pending.
    pub fn look_up(&self, fingerprint: Fingerprint) -> CachedLogin {
        let mut logins = self.logins();
        match logins.get_mut(&fingerprint) {
            Some(LoginState::Succeeded(at)) if at.elapsed() < limits::LOGIN_CACHE_TTL => {
                CachedLogin::Hit
            }
            Some(LoginState::Pending(waiting)) => {
                let (sender, receiver) = oneshot::channel();
                waiting.push(sender);
                CachedLogin::Pending(receiver)
            }
            _ => {
                logins.insert(fingerprint, LoginState::Pending(Vec::new()));
                CachedLogin::Miss
            }
        }
    }

    /// Ends a verification and sends its result to the waiting tasks. Without a
    /// result their channels are closed.
    pub fn finish(&self, fingerprint: &Fingerprint, result: Option<Verification>) {
        let mut logins = self.logins();
        let state = logins.remove(fingerprint);
        // A login whose hash is outdated is verified again until the hash is replaced.
        if let Some(Verification::Match { is_outdated: false }) = result {
            if logins.len() >= limits::MAX_CACHED_LOGINS {
                evict_oldest(&mut logins);
            }
            logins.insert(*fingerprint, LoginState::Succeeded(Instant::now()));
        }
        drop(logins);
        if let (Some(LoginState::Pending(waiting)), Some(result)) = (state, result) {
            for sender in waiting {
                let _ = sender.send(result);
            }
        }
    }

    /// The map stays valid when a thread panics with the lock.
    fn logins(&self) -> MutexGuard<'_, HashMap<Fingerprint, LoginState>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn evict_oldest(logins: &mut HashMap<Fingerprint, LoginState>) {
    let succeeded = logins
        .iter()
        .filter_map(|(fingerprint, state)| match state {
            LoginState::Succeeded(at) => Some((*at, *fingerprint)),
            LoginState::Pending(_) => None,
        });
    if let Some((_, oldest)) = succeeded.min() {
        logins.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATCH: Option<Verification> = Some(Verification::Match { is_outdated: false });

    fn fingerprint(number: usize) -> Fingerprint {
        let mut fingerprint = [0; 32];
        fingerprint[..8].copy_from_slice(&number.to_le_bytes());
        fingerprint
    }

    fn is_miss(cache: &LoginCache, number: usize) -> bool {
        matches!(cache.look_up(fingerprint(number)), CachedLogin::Miss)
    }

    #[test]
    fn only_successful_logins_are_cached() {
        let cache = LoginCache::new().unwrap();
        for (number, result) in [(1, MATCH), (2, Some(Verification::Mismatch)), (3, None)] {
            assert!(is_miss(&cache, number));
            cache.finish(&fingerprint(number), result);
        }
        assert!(matches!(cache.look_up(fingerprint(1)), CachedLogin::Hit));
        assert!(is_miss(&cache, 2) && is_miss(&cache, 3));
    }

    #[test]
    fn concurrent_equal_logins_are_verified_once() {
        let cache = LoginCache::new().unwrap();
        assert!(is_miss(&cache, 1));
        let CachedLogin::Pending(mut second) = cache.look_up(fingerprint(1)) else {
            panic!("verified twice")
        };
        cache.finish(&fingerprint(1), Some(Verification::Mismatch));
        assert_eq!(second.try_recv(), Ok(Verification::Mismatch));
        assert!(is_miss(&cache, 1));
        let CachedLogin::Pending(mut third) = cache.look_up(fingerprint(1)) else {
            panic!("verified twice")
        };
        cache.finish(&fingerprint(1), None);
        assert!(third.try_recv().is_err());
    }

    #[test]
    fn the_number_of_cached_logins_is_bounded() {
        let cache = LoginCache::new().unwrap();
        for login in 0..limits::MAX_CACHED_LOGINS + 10 {
            cache.look_up(fingerprint(login));
            cache.finish(&fingerprint(login), MATCH);
        }
        assert_eq!(cache.logins().len(), limits::MAX_CACHED_LOGINS);
        assert!(is_miss(&cache, 0));
    }

    #[test]
    fn a_fingerprint_depends_on_the_user_the_hash_the_password_and_the_process() {
        let (one, two) = (LoginCache::new().unwrap(), LoginCache::new().unwrap());
        let password = Password::from_bytes(b"mdp");
        let fingerprint = one.fingerprint(b"u", "$a", &password);
        assert_eq!(fingerprint, one.fingerprint(b"u", "$a", &password));
        for other in [
            one.fingerprint(b"u", "$b", &password),
            one.fingerprint(b"v", "$a", &password),
            one.fingerprint(b"u", "", &password),
            one.fingerprint(b"u", "$am", &Password::from_bytes(b"dp")),
            two.fingerprint(b"u", "$a", &password),
        ] {
            assert_ne!(fingerprint, other);
        }
        let unknown = |user| one.fingerprint(user, "", &password);
        assert_ne!(unknown(b"u"), unknown(b"v"));
    }
}
