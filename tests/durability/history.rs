//! The requested changes of each key in order, and how many of them were acknowledged.

use std::collections::BTreeMap;

/// The state of a key: a movie with this number as its title, or an account with it as
/// its password. `None` means that it does not exist.
pub type State = Option<u64>;

/// The possible states of one key after a crash.
#[derive(Debug)]
struct Asked {
    /// The first state, and the state after each requested change.
    states: Vec<State>,
    /// The index of the last acknowledged state.
    acknowledged: usize,
}

/// Every key with its states.
#[derive(Debug, Default)]
pub struct History(BTreeMap<String, Asked>);

impl History {
    /// Records the state at the beginning.
    pub fn begin(&mut self, name: &str, number: u64) {
        let requested = Asked {
            states: vec![Some(number)],
            acknowledged: 0,
        };
        self.0.insert(name.to_owned(), requested);
    }

    /// Records a change that was sent.
    pub fn ask(&mut self, name: &str, state: State) {
        let requested = self.0.entry(name.to_owned()).or_insert_with(|| Asked {
            states: vec![None],
            acknowledged: 0,
        });
        requested.states.push(state);
    }

    /// Records that the next change of this key was acknowledged.
    pub fn acknowledge(&mut self, name: &str) {
        let requested = self.0.get_mut(name).unwrap();
        requested.acknowledged += 1;
        assert!(requested.acknowledged < requested.states.len());
    }

    /// Compares every key with what was found: the last acknowledged state, or a later
    /// one. That state is the first one from then on.
    #[track_caller]
    pub fn compare(&mut self, found: &BTreeMap<String, u64>) {
        for (name, requested) in &mut self.0 {
            let is = found.get(name).copied();
            let possible = &requested.states[requested.acknowledged..];
            assert!(
                possible.contains(&is),
                "`{name}` is {is:?} after {requested:?}"
            );
            *requested = Asked {
                states: vec![is],
                acknowledged: 0,
            };
        }
        for name in found.keys() {
            assert!(
                self.0.contains_key(name),
                "no change of `{name}` was requested"
            );
        }
    }

    /// The state after all requested changes.
    pub fn last(&self, name: &str) -> State {
        self.0
            .get(name)
            .and_then(|requested| *requested.states.last()?)
    }

    /// The possible states: the last acknowledged one and every later one.
    pub fn possible(&self, name: &str) -> &[State] {
        (self.0.get(name)).map_or(&[], |requested| &requested.states[requested.acknowledged..])
    }

    /// Adds the keys of another history, which must be different ones.
    pub fn extend(&mut self, other: History) {
        self.0.extend(other.0);
    }

    /// Removes and returns the keys with this prefix.
    pub fn take(&mut self, prefix: &str) -> History {
        let taken = self.0.extract_if(.., |name, _| name.starts_with(prefix));
        History(taken.collect())
    }
}
