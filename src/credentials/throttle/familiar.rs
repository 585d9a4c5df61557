//! From where each account has logged in lately.

use std::collections::HashMap;
use std::time::Duration;

use super::failures::Tag;
use crate::limits;

/// The addresses of accounts, in bounded memory. Only who has a password gets
/// in here, and only into the entry of that account; so nobody can crowd out
/// more accounts than he has himself.
#[derive(Default)]
pub(super) struct Familiar {
    accounts: HashMap<Tag, Vec<Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    address: Tag,
    at: Duration,
}

impl Familiar {
    /// Whether the account has logged in from there lately.
    pub fn knows(&self, account: Tag, address: Tag, now: Duration) -> bool {
        let is_known = |seen: &Seen| {
            seen.address == address && now.saturating_sub(seen.at) < limits::FAMILIAR_FOR
        };
        let seen = self.accounts.get(&account);
        seen.is_some_and(|seen| seen.iter().any(is_known))
    }

    /// Remembers a login that was right.
    pub fn note(&mut self, account: Tag, address: Tag, now: Duration) {
        if self.accounts.len() >= limits::FAMILIAR_ACCOUNTS && !self.accounts.contains_key(&account)
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
        if seen.len() >= limits::FAMILIAR_ADDRESSES {
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
        let mut familiar = Familiar::default();
        familiar.note(1, 10, NOW);
        assert!(familiar.knows(1, 10, NOW));
        assert!(!familiar.knows(1, 11, NOW) && !familiar.knows(2, 10, NOW));
        assert!(!familiar.knows(1, 10, NOW + limits::FAMILIAR_FOR));
    }

    #[test]
    fn an_account_keeps_the_addresses_of_its_last_logins() {
        let mut familiar = Familiar::default();
        let most = limits::FAMILIAR_ADDRESSES as u64;
        for address in 0..most {
            familiar.note(1, address, NOW);
        }
        familiar.note(1, 0, NOW);
        familiar.note(1, most, NOW);
        let known = (0..=most).filter(|&address| familiar.knows(1, address, NOW));
        assert_eq!(known.count(), limits::FAMILIAR_ADDRESSES);
        assert!(familiar.knows(1, 0, NOW) && !familiar.knows(1, 1, NOW));
    }

    #[test]
    fn the_account_that_was_away_for_longest_is_forgotten_first() {
        let mut familiar = Familiar::default();
        for account in 0..limits::FAMILIAR_ACCOUNTS as u64 {
            familiar.note(account, 1, NOW + Duration::from_secs(account));
        }
        let later = NOW + Duration::from_secs(limits::FAMILIAR_ACCOUNTS as u64);
        familiar.note(0, 2, later);
        familiar.note(u64::MAX, 1, later);
        assert_eq!(familiar.accounts.len(), limits::FAMILIAR_ACCOUNTS);
        assert!(familiar.knows(0, 1, later) && !familiar.knows(1, 1, later));
    }
}
