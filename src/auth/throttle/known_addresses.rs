//! From where each account has logged in lately.

use std::collections::HashMap;
use std::time::Duration;

use super::failure_table::KeyHash;
use crate::config::limits;

/// The addresses of accounts, in bounded memory. Only who has a password gets
/// in here, and only into the entry of that account; so nobody can crowd out
/// more accounts than he has himself.
#[derive(Default)]
pub(super) struct KnownAddresses {
    accounts: HashMap<KeyHash, Vec<Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    address: KeyHash,
    at: Duration,
}

impl KnownAddresses {
    /// Whether the account has logged in from there lately.
    pub fn knows(&self, account: KeyHash, address: KeyHash, now: Duration) -> bool {
        let is_known = |seen: &Seen| {
            seen.address == address && now.saturating_sub(seen.at) < limits::KNOWN_ADDRESS_TTL
        };
        let seen = self.accounts.get(&account);
        seen.is_some_and(|seen| seen.iter().any(is_known))
    }

    /// Remembers a login that was right.
    pub fn note(&mut self, account: KeyHash, address: KeyHash, now: Duration) {
        if self.accounts.len() >= limits::KNOWN_ADDRESS_ACCOUNTS
            && !self.accounts.contains_key(&account)
        {
            let last_login = |seen: &Vec<Seen>| seen.iter().map(|seen| seen.at).max();
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
            // The oldest is in front, because every login goes to the end.
            seen.remove(0);
        }
        seen.push(Seen { address, at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn an_address_is_familiar_to_its_account_for_a_while() {
        let mut known_addresses = KnownAddresses::default();
        known_addresses.note(1, 10, NOW);
        assert!(known_addresses.knows(1, 10, NOW));
        assert!(!known_addresses.knows(1, 11, NOW) && !known_addresses.knows(2, 10, NOW));
        assert!(!known_addresses.knows(1, 10, NOW + limits::KNOWN_ADDRESS_TTL));
    }

    #[test]
    fn an_account_keeps_the_addresses_of_its_last_logins() {
        let mut known_addresses = KnownAddresses::default();
        let most = limits::KNOWN_ADDRESSES_PER_ACCOUNT as u64;
        for address in 0..most {
            known_addresses.note(1, address, NOW);
        }
        known_addresses.note(1, 0, NOW);
        known_addresses.note(1, most, NOW);
        let known = (0..=most).filter(|&address| known_addresses.knows(1, address, NOW));
        assert_eq!(known.count(), limits::KNOWN_ADDRESSES_PER_ACCOUNT);
        assert!(known_addresses.knows(1, 0, NOW) && !known_addresses.knows(1, 1, NOW));
    }

    #[test]
    fn the_account_that_was_away_for_longest_is_forgotten_first() {
        let mut known_addresses = KnownAddresses::default();
        for account in 0..limits::KNOWN_ADDRESS_ACCOUNTS as u64 {
            known_addresses.note(account, 1, NOW + Duration::from_secs(account));
        }
        let later = NOW + Duration::from_secs(limits::KNOWN_ADDRESS_ACCOUNTS as u64);
        known_addresses.note(0, 2, later);
        known_addresses.note(u64::MAX, 1, later);
        assert_eq!(
            known_addresses.accounts.len(),
            limits::KNOWN_ADDRESS_ACCOUNTS
        );
        assert!(known_addresses.knows(0, 1, later) && !known_addresses.knows(1, 1, later));
    }
}
