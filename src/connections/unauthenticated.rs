//! The connections that have not logged in, by network.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::source_network::SourceNetwork;

/// The ids of the unauthenticated connections, and which of them is evicted first when there
/// are too many: the oldest one of the network that has most. So a network that opens many
/// connections evicts its own.
#[derive(Debug, Default)]
pub(super) struct Unauthenticated {
    by_network: HashMap<SourceNetwork, BTreeSet<u64>>,
    /// The networks by their number of connections, then by the oldest one. The last is evicted
    /// from first.
    ranking: BTreeSet<(usize, Reverse<u64>, SourceNetwork)>,
    number: usize,
}

impl Unauthenticated {
    pub fn len(&self) -> usize {
        self.number
    }

    /// Adds a connection. Ids grow with time.
    pub fn insert(&mut self, network: SourceNetwork, id: u64) {
        self.change(network, |ids| ids.insert(id));
    }

    /// Removes a connection, if it is there.
    pub fn remove(&mut self, network: SourceNetwork, id: u64) {
        self.change(network, |ids| ids.remove(&id));
    }

    /// Removes the one that is evicted first.
    pub fn evict(&mut self) -> Option<u64> {
        let &(_, Reverse(oldest), network) = self.ranking.last()?;
        self.remove(network, oldest);
        Some(oldest)
    }

    fn change(&mut self, network: SourceNetwork, change: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let ids = self.by_network.entry(network).or_default();
        if let Some(rank) = rank(network, ids) {
            self.ranking.remove(&rank);
        }
        let before = ids.len();
        change(ids);
        self.number = self.number - before + ids.len();
        match rank(network, ids) {
            Some(rank) => _ = self.ranking.insert(rank),
            None => _ = self.by_network.remove(&network),
        }
    }
}

fn rank(
    network: SourceNetwork,
    ids: &BTreeSet<u64>,
) -> Option<(usize, Reverse<u64>, SourceNetwork)> {
    let oldest = ids.first()?;
    Some((ids.len(), Reverse(*oldest), network))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn network(number: u8) -> SourceNetwork {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)).into()
    }

    #[test]
    fn the_oldest_connection_of_the_busiest_address_is_evicted_first() {
        let mut unauthenticated = Unauthenticated::default();
        for (id, from) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 2)] {
            unauthenticated.insert(network(from), id);
        }
        let evicted = std::iter::from_fn(|| unauthenticated.evict());
        assert_eq!(evicted.collect::<Vec<_>>(), [2, 3, 1, 4, 5]);
        assert_eq!(unauthenticated.len(), 0);
        assert!(unauthenticated.by_network.is_empty() && unauthenticated.ranking.is_empty());
    }

    proptest! {
        #[test]
        fn it_is_the_list_that_it_stands_for(
            steps in proptest::collection::vec((0u8..4, 0u8..5, 0u64..20), 0..200),
        ) {
            let mut unauthenticated = Unauthenticated::default();
            let mut model: Vec<(u8, u64)> = Vec::new();
            for (step, from, id) in steps {
                match step {
                    0 | 1 => {
                        unauthenticated.insert(network(from), id);
                        model.retain(|&one| one != (from, id));
                        model.push((from, id));
                    }
                    2 => {
                        unauthenticated.remove(network(from), id);
                        model.retain(|&one| one != (from, id));
                    }
                    _ => {
                        let of = |from: u8| model.iter().filter(move |one| one.0 == from);
                        let first = (0..5)
                            .filter_map(|from| Some((of(from).count(), from, of(from).map(|one| one.1).min()?)))
                            .max_by_key(|&(most, from, oldest)| (most, Reverse(oldest), from));
                        prop_assert_eq!(unauthenticated.evict(), first.map(|(_, _, id)| id));
                        model.retain(|&one| first.is_none_or(|(_, from, id)| one != (from, id)));
                    }
                }
                prop_assert_eq!(unauthenticated.len(), model.len());
            }
        }
    }
}
