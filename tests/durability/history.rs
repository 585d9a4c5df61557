//! What was asked of each thing, in order, and how much of it was acknowledged.

use std::collections::BTreeMap;

/// What a thing may be: a movie with that number as its title, or an account
/// with it as its password; `None` when it is not there.
pub type State = Option<u64>;

/// What one thing may be after a crash.
#[derive(Debug)]
struct Asked {
    /// What it was first, and what it was to become with each change.
    states: Vec<State>,
    /// The place of the last state that was acknowledged.
    acknowledged: usize,
}

/// Every thing by its name.
#[derive(Debug, Default)]
pub struct History(BTreeMap<String, Asked>);

impl History {
    /// Notes what is there from the beginning.
    pub fn begin(&mut self, name: &str, number: u64) {
        let asked = Asked {
            states: vec![Some(number)],
            acknowledged: 0,
        };
        self.0.insert(name.to_owned(), asked);
    }

    /// A change is on its way.
    pub fn ask(&mut self, name: &str, state: State) {
        let asked = self.0.entry(name.to_owned()).or_insert_with(|| Asked {
            states: vec![None],
            acknowledged: 0,
        });
        asked.states.push(state);
    }

    /// The next change of that name was acknowledged.
    pub fn acknowledge(&mut self, name: &str) {
        let asked = self.0.get_mut(name).unwrap();
        asked.acknowledged += 1;
        assert!(asked.acknowledged < asked.states.len());
    }

    /// Compares everything with what is found: each thing is what was
    /// acknowledged last, or what was asked for later. From then on it is what it is.
    #[track_caller]
    pub fn compare(&mut self, found: &BTreeMap<String, u64>) {
        for (name, asked) in &mut self.0 {
            let is = found.get(name).copied();
            let possible = &asked.states[asked.acknowledged..];
            assert!(possible.contains(&is), "`{name}` is {is:?} after {asked:?}");
            *asked = Asked {
                states: vec![is],
                acknowledged: 0,
            };
        }
        for name in found.keys() {
            assert!(self.0.contains_key(name), "nobody asked for `{name}`");
        }
    }

    /// What a thing is to be after everything that was asked for.
    pub fn last(&self, name: &str) -> State {
        self.0.get(name).and_then(|asked| *asked.states.last()?)
    }

    /// What a thing may be: what was acknowledged last, and what was asked for later.
    pub fn possible(&self, name: &str) -> &[State] {
        (self.0.get(name)).map_or(&[], |asked| &asked.states[asked.acknowledged..])
    }

    /// Adds the things of another history, which has no name of this one.
    pub fn extend(&mut self, other: History) {
        self.0.extend(other.0);
    }

    /// Takes the things out whose names begin so.
    pub fn take(&mut self, prefix: &str) -> History {
        let taken = self.0.extract_if(.., |name, _| name.starts_with(prefix));
        History(taken.collect())
    }
}
