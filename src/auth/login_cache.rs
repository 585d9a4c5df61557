//! Which logins were right lately, and which are being checked just now.
//!
//! Connection pools log in again with every connection they open. The first of
//! those logins pays for an argon2 hash; the others are recognised by a keyed
//! fingerprint of the stored hash and the password, as MySQL's
//! `caching_sha2_password` does. A wrong password is never remembered, so
//! guessing costs as much as before, and a changed password is another
//! fingerprint.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use tokio::sync::oneshot;

use super::{Password, Verdict};
use crate::config::limits;

/// What stands for a stored hash and an offered password. Without the key,
/// which never leaves the process, nothing can be found out from it.
pub(super) type Fingerprint = [u8; 32];

/// The fingerprints of one process.
pub(super) struct LoginCache {
    key: [u8; 32],
    known: Mutex<HashMap<Fingerprint, State>>,
}

enum State {
    /// Somebody's hash is under way; these wait for the same verdict.
    Checking(Vec<oneshot::Sender<Verdict>>),
    /// It was right at that time.
    Right(Instant),
}

/// What is known of a login before its hash is made.
pub(super) enum CachedLogin {
    /// The password is right.
    Right,
    /// The same is being checked; the verdict will come here.
    Soon(oneshot::Receiver<Verdict>),
    /// Nothing: the caller has to check it, and to [`LoginCache::settle`] it.
    Nothing,
}

impl LoginCache {
    /// With a key from the operating system's generator.
    pub fn new() -> Result<LoginCache, SysError> {
        let mut key = [0; 32];
        SysRng.try_fill_bytes(&mut key)?;
        Ok(LoginCache {
            key,
            known: Mutex::default(),
        })
    }

    /// The fingerprint of a login. The user is part of it, or all users that do
    /// not exist would share one, for they share what stands for their hash, and
    /// could be told by that from those that do.
    pub fn fingerprint(&self, user: &[u8], stored: &str, password: &Password) -> Fingerprint {
        let mut mac = Blake2sMac256::new(&self.key.into());
        for part in [user, stored.as_bytes()] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.update(password.expose());
        mac.finalize().into_bytes().into()
    }

    /// What is known of a login. After [`CachedLogin::Nothing`] it counts as being checked.
    pub fn ask(&self, fingerprint: Fingerprint) -> CachedLogin {
        let mut known = self.known();
        match known.get_mut(&fingerprint) {
            Some(State::Right(since)) if since.elapsed() < limits::LOGIN_CACHE_TTL => {
                CachedLogin::Right
            }
            Some(State::Checking(waiting)) => {
                let (sender, receiver) = oneshot::channel();
                waiting.push(sender);
                CachedLogin::Soon(receiver)
            }
            _ => {
                known.insert(fingerprint, State::Checking(Vec::new()));
                CachedLogin::Nothing
            }
        }
    }

    /// Ends a check: everybody who waits for it hears the verdict, or, without
    /// one, that there is none.
    pub fn settle(&self, fingerprint: &Fingerprint, verdict: Option<Verdict>) {
        let mut known = self.known();
        let settled = known.remove(fingerprint);
        // One whose hash is to be renewed comes back until it has been.
        if let Some(Verdict::Right { outdated: false }) = verdict {
            if known.len() >= limits::MAX_CACHED_LOGINS {
                forget_the_oldest(&mut known);
            }
            known.insert(*fingerprint, State::Right(Instant::now()));
        }
        drop(known);
        if let (Some(State::Checking(waiting)), Some(verdict)) = (settled, verdict) {
            for sender in waiting {
                let _ = sender.send(verdict);
            }
        }
    }

    /// A map that a panic interrupted is still a map.
    fn known(&self) -> MutexGuard<'_, HashMap<Fingerprint, State>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_the_oldest(known: &mut HashMap<Fingerprint, State>) {
    let right = known.iter().filter_map(|(fingerprint, state)| match state {
        State::Right(since) => Some((*since, *fingerprint)),
        State::Checking(_) => None,
    });
    if let Some((_, oldest)) = right.min() {
        known.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Option<Verdict> = Some(Verdict::Right { outdated: false });

    fn number(number: usize) -> Fingerprint {
        let mut fingerprint = [0; 32];
        fingerprint[..8].copy_from_slice(&number.to_le_bytes());
        fingerprint
    }

    #[test]
    fn only_what_was_right_is_remembered() {
        let login_cache = LoginCache::new().unwrap();
        for (number_of, verdict) in [(1, RIGHT), (2, Some(Verdict::Wrong)), (3, None)] {
            assert!(matches!(
                login_cache.ask(number(number_of)),
                CachedLogin::Nothing
            ));
            login_cache.settle(&number(number_of), verdict);
        }
        assert!(matches!(login_cache.ask(number(1)), CachedLogin::Right));
        assert!(matches!(login_cache.ask(number(2)), CachedLogin::Nothing));
        assert!(matches!(login_cache.ask(number(3)), CachedLogin::Nothing));
    }

    #[test]
    fn the_same_login_at_the_same_time_is_checked_once() {
        let login_cache = LoginCache::new().unwrap();
        assert!(matches!(login_cache.ask(number(1)), CachedLogin::Nothing));
        let CachedLogin::Soon(mut second) = login_cache.ask(number(1)) else {
            panic!("checked twice")
        };
        login_cache.settle(&number(1), Some(Verdict::Wrong));
        assert_eq!(second.try_recv(), Ok(Verdict::Wrong));
        assert!(matches!(login_cache.ask(number(1)), CachedLogin::Nothing));
        let CachedLogin::Soon(mut third) = login_cache.ask(number(1)) else {
            panic!("checked twice")
        };
        login_cache.settle(&number(1), None);
        assert!(third.try_recv().is_err());
    }

    #[test]
    fn the_memory_is_bounded() {
        let login_cache = LoginCache::new().unwrap();
        for login in 0..limits::MAX_CACHED_LOGINS + 10 {
            login_cache.ask(number(login));
            login_cache.settle(&number(login), RIGHT);
        }
        assert_eq!(login_cache.known().len(), limits::MAX_CACHED_LOGINS);
        assert!(matches!(login_cache.ask(number(0)), CachedLogin::Nothing));
    }

    #[test]
    fn a_fingerprint_depends_on_the_user_the_hash_the_password_and_the_process() {
        let (one, two) = (LoginCache::new().unwrap(), LoginCache::new().unwrap());
        let password = Password::offered(b"mdp");
        let fingerprint = one.fingerprint(b"u", "$a", &password);
        assert_eq!(fingerprint, one.fingerprint(b"u", "$a", &password));
        for other in [
            one.fingerprint(b"u", "$b", &password),
            one.fingerprint(b"v", "$a", &password),
            one.fingerprint(b"u", "", &password),
            one.fingerprint(b"u", "$am", &Password::offered(b"dp")),
            two.fingerprint(b"u", "$a", &password),
        ] {
            assert_ne!(fingerprint, other);
        }
        let unknown = |user| one.fingerprint(user, "", &password);
        assert_ne!(unknown(b"u"), unknown(b"v"));
    }
}
