//! Who is connected and has not logged in, by where they come from.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::origin::Origin;

/// The numbers of the connections of strangers, and which of them goes first
/// when there are too many: the oldest of the address that has most. So who
/// opens many connections pays for it himself, and one more stranger from
/// anywhere else loses nothing.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    by_origin: HashMap<Origin, BTreeSet<u64>>,
    /// The same by how many they are, then the oldest, so that the last goes first.
    ranking: BTreeSet<(usize, Reverse<u64>, Origin)>,
    number: usize,
}

impl Strangers {
    pub fn len(&self) -> usize {
        self.number
    }

    /// Adds one; numbers grow with time.
    pub fn insert(&mut self, origin: Origin, id: u64) {
        self.change(origin, |ids| ids.insert(id));
    }

    /// Takes one away, if it is there.
    pub fn remove(&mut self, origin: Origin, id: u64) {
        self.change(origin, |ids| ids.remove(&id));
    }

    /// Takes away the one that goes first.
    pub fn displace(&mut self) -> Option<u64> {
        let &(_, Reverse(oldest), origin) = self.ranking.last()?;
        self.remove(origin, oldest);
        Some(oldest)
    }

    fn change(&mut self, origin: Origin, change: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let ids = self.by_origin.entry(origin).or_default();
        if let Some(rank) = rank(origin, ids) {
            self.ranking.remove(&rank);
        }
        let before = ids.len();
        change(ids);
        self.number = self.number - before + ids.len();
        match rank(origin, ids) {
            Some(rank) => _ = self.ranking.insert(rank),
            None => _ = self.by_origin.remove(&origin),
        }
    }
}

fn rank(origin: Origin, ids: &BTreeSet<u64>) -> Option<(usize, Reverse<u64>, Origin)> {
    let oldest = ids.first()?;
    Some((ids.len(), Reverse(*oldest), origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn origin(number: u8) -> Origin {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)).into()
    }

    #[test]
    fn the_oldest_of_the_address_with_most_goes_first() {
        let mut strangers = Strangers::default();
        for (id, from) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 2)] {
            strangers.insert(origin(from), id);
        }
        let displaced = std::iter::from_fn(|| strangers.displace());
        assert_eq!(displaced.collect::<Vec<_>>(), [2, 3, 1, 4, 5]);
        assert_eq!(strangers.len(), 0);
        assert!(strangers.by_origin.is_empty() && strangers.ranking.is_empty());
    }

    proptest! {
        #[test]
        fn it_is_the_list_that_it_stands_for(
            steps in proptest::collection::vec((0u8..4, 0u8..5, 0u64..20), 0..200),
        ) {
            let mut strangers = Strangers::default();
            let mut model: Vec<(u8, u64)> = Vec::new();
            for (step, from, id) in steps {
                match step {
                    0 | 1 => {
                        strangers.insert(origin(from), id);
                        model.retain(|&one| one != (from, id));
                        model.push((from, id));
                    }
                    2 => {
                        strangers.remove(origin(from), id);
                        model.retain(|&one| one != (from, id));
                    }
                    _ => {
                        let of = |from: u8| model.iter().filter(move |one| one.0 == from);
                        let first = (0..5)
                            .filter_map(|from| Some((of(from).count(), from, of(from).map(|one| one.1).min()?)))
                            .max_by_key(|&(most, from, oldest)| (most, Reverse(oldest), from));
                        prop_assert_eq!(strangers.displace(), first.map(|(_, _, id)| id));
                        model.retain(|&one| first.is_none_or(|(_, from, id)| one != (from, id)));
                    }
                }
                prop_assert_eq!(strangers.len(), model.len());
            }
        }
    }
}
