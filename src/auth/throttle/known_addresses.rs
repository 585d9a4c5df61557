//! The addresses from which each account has logged in.

use std::collections::HashMap;
use std::time::Duration;

use super::failure_table::KeyHash;
use crate::config::limits;

/// The addresses of accounts, in bounded memory. Only a successful login adds an address. So an
/// attacker can evict at most as many accounts as it has passwords for.
#[derive(Default)]
pub(super) struct KnownAddresses {
    accounts: HashMap<KeyHash, Vec<KnownAddress>>,
}

#[derive(Clone, Copy)]
struct KnownAddress {
    address: KeyHash,
    at: Duration,
}

impl KnownAddresses {
    /// Whether the account has logged in from the address within [`limits::KNOWN_ADDRESS_TTL`].
    pub fn knows(&self, account: KeyHash, address: KeyHash, now: Duration) -> bool {
        let is_known = |seen: &KnownAddress| {
            seen.address == address && now.saturating_sub(seen.at) < limits::KNOWN_ADDRESS_TTL
        };
        let seen = self.accounts.get(&account);
        seen.is_some_and(|seen| seen.iter().any(is_known))
    }

    /// Records a successful login.
    pub fn record(&mut self, account: KeyHash, address: KeyHash, now: Duration) {
        if self.accounts.len() >= limits::KNOWN_ADDRESS_ACCOUNTS
            && !self.accounts.contains_key(&account)
        {
            let last_login = |seen: &Vec<KnownAddress>| seen.iter().map(|seen| seen.at).max();
            let oldest = self
                .accounts
                .iter()
                .min_by_key(|(_, seen)| last_login(seen));
            if let Some((&oldest, _)) = oldest {
                self.accounts.remove(&oldest);
            }
        }
        let seen = self.accounts.entry(account).or_default();
        seen.retain(|seen| seen.address != address);
        if seen.len() >= limits::KNOWN_ADDRESSES_PER_ACCOUNT {
            // Every login is appended, so the first one is the oldest.
            seen.remove(0);
        }
        seen.push(KnownAddress { address, at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn an_address_is_known_to_its_account_until_it_expires() {
        let mut known_addresses = KnownAddresses::default();
        known_addresses.record(1, 10, NOW);
        assert!(known_addresses.knows(1, 10, NOW));
        assert!(!known_addresses.knows(1, 11, NOW) && !known_addresses.knows(2, 10, NOW));
        assert!(!known_addresses.knows(1, 10, NOW + limits::KNOWN_ADDRESS_TTL));
    }

    #[test]
    fn the_oldest_address_of_an_account_is_evicted() {
        let mut known_addresses = KnownAddresses::default();
        let most = limits::KNOWN_ADDRESSES_PER_ACCOUNT as u64;
        for address in 0..most {
            known_addresses.record(1, address, NOW);
        }
        known_addresses.record(1, 0, NOW);
        known_addresses.record(1, most, NOW);
        let known = (0..=most).filter(|&address| known_addresses.knows(1, address, NOW));
        assert_eq!(known.count(), limits::KNOWN_ADDRESSES_PER_ACCOUNT);
        assert!(known_addresses.knows(1, 0, NOW) && !known_addresses.knows(1, 1, NOW));
    }

    #[test]
    fn the_account_with_the_oldest_login_is_evicted() {
        let mut known_addresses = KnownAddresses::default();
        for account in 0..limits::KNOWN_ADDRESS_ACCOUNTS as u64 {
            known_addresses.record(account, 1, NOW + Duration::from_secs(account));
        }
        let later = NOW + Duration::from_secs(limits::KNOWN_ADDRESS_ACCOUNTS as u64);
        known_addresses.record(0, 2, later);
        known_addresses.record(u64::MAX, 1, later);
        assert_eq!(
            known_addresses.accounts.len(),
            limits::KNOWN_ADDRESS_ACCOUNTS
        );
        assert!(known_addresses.knows(0, 1, later) && !known_addresses.knows(1, 1, later));
    }
}
