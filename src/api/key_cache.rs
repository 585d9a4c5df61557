//! The keys that one worker has seen. A request with a known key costs a fast hash, and no SQL.

use std::collections::HashMap;

use super::error::{ApiError, ApiErrorKind, unavailable};
use super::identity::Identity;
use super::keys::note_use;
use super::session::Session;
use super::state::ServerState;
use crate::auth::ApiKey;
use crate::config::limits;
use crate::store::{KeyHash, Reader, Writer, now};

/// The keys of one worker. A key that is unknown or revoked is never cached.
#[derive(Debug, Default)]
pub struct KeyCache {
    keys: HashMap<KeyHash, CachedKey>,
    /// [`Reader::accounts_seen`] when the keys were read.
    accounts_version: u64,
}

#[derive(Debug)]
struct CachedKey {
    identity: Identity,
    /// The time at which its use was last written, in seconds since 1970.
    noted_at: Option<i64>,
}

impl KeyCache {
    /// Logs a session in with the key that came with a request. A session that has this
    /// identity already keeps it.
    ///
    /// # Errors
    /// There is no such key, or it has been revoked or has expired; then the session is logged
    /// out. Or the database cannot be used.
    pub fn log_in(
        &mut self,
        session: &mut Session,
        state: &ServerState,
        reader: &mut Reader,
        sent: &[u8],
    ) -> Result<(), ApiError> {
        let Some(identity) = self.identify(&state.writer, reader, sent)? else {
            session.log_out(&state.clients);
            let kind = ApiErrorKind::AuthenticationFailed;
            return Err(session.failed_attempt(kind, "unknown, revoked or expired API key"));
        };
        if session.identity() != Some(&identity) {
            session.log_in(&state.clients, identity, self.accounts_version);
        }
        Ok(())
    }

    /// The identity of a key that a client sent with a request; `None` if there is no such
    /// key, or if it has been revoked or has expired. Give the reader of the request's own
    /// read transaction, so that no revocation before it is missed.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn identify(
        &mut self,
        writer: &Writer,
        reader: &mut Reader,
        sent: &[u8],
    ) -> Result<Option<Identity>, ApiError> {
        let Some(hash) = ApiKey::hash_of(sent).map(KeyHash) else {
            return Ok(None);
        };
        let accounts_version = reader.accounts_seen();
        if self.accounts_version != accounts_version {
            self.keys.clear();
            self.accounts_version = accounts_version;
        }
        if !self.keys.contains_key(&hash) {
            let Some(key) = reader.key(&hash).map_err(unavailable)? else {
                return Ok(None);
            };
            // The file may have more keys than the limit.
            if self.keys.len() >= limits::MAX_CACHED_KEYS {
                self.keys.clear();
            }
            let identity = Identity::from_key(&key);
            let noted_at = key.last_used_at;
            self.keys.insert(hash, CachedKey { identity, noted_at });
        }
        let now = now();
        let cached = self.keys.get_mut(&hash);
        let cached = cached.filter(|cached| !cached.identity.has_expired(|| now));
        Ok(cached.map(|cached| {
            note_use(writer, hash, &mut cached.noted_at, now);
            cached.identity.clone()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{self, Change, ChangeRequest, KeyGrant, ReadTransaction, Role};

    fn change(writer: &Writer, change: Change) {
        let receipt = writer.submit(ChangeRequest::from_operator(change));
        receipt.unwrap().wait().unwrap();
    }

    fn add(writer: &Writer, name: &str, expires_at: Option<i64>) -> ApiKey {
        let key = ApiKey::generate().unwrap();
        let grant = KeyGrant {
            name: name.to_owned(),
            role: Role::Reader,
            is_search_only: false,
            expires_at,
        };
        let hash = KeyHash(key.hash());
        change(writer, Change::AddKey { grant, hash });
        key
    }

    #[test]
    fn a_cached_key_is_not_read_again_and_ends_with_its_revocation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sae.db");
        store::create(&path).unwrap();
        let writer = Writer::open(&path).unwrap().0;
        let mut reader = Reader::with_cache(&path, &writer, 1 << 20).unwrap();
        let mut cache = KeyCache::default();
        let mut identify = |sent: &[u8]| {
            let mut reader = ReadTransaction::new(&mut reader);
            let found = cache.identify(&writer, &mut reader, sent).unwrap();
            (
                found.map(|identity| identity.user.to_string()),
                reader.take_reads(),
            )
        };
        let (key, old) = (add(&writer, "k", None), add(&writer, "old", Some(1)));
        let unknown = ApiKey::generate().unwrap();
        for (sent, user, reads) in [
            (key.expose(), Some("key:k"), 1),
            (key.expose(), Some("key:k"), 0),
            (old.expose(), None, 1),
            (old.expose(), None, 0),
            (unknown.expose(), None, 1),
            (unknown.expose(), None, 1),
            (&b"no key"[..], None, 0),
            (key.expose(), Some("key:k"), 0),
        ] {
            assert_eq!(identify(sent), (user.map(str::to_owned), reads));
        }
        let name = "k".to_owned();
        change(&writer, Change::RevokeKey { name });
        assert_eq!(identify(key.expose()), (None, 1));
    }
}
