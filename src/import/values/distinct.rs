//! Lists in which equal items count once. They end at the limit of their field, so that a value of
//! any length is read in linear time.

use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

use crate::import::errors::RecordError;
use crate::import::field::Field;

/// Items that are compared one by one. Longer lists have a table of hashes.
const COMPARED_ITEMS: usize = 32;

/// An item of a list.
pub(super) trait DistinctItem: Sized {
    /// The part in which equal items agree.
    fn key(&self) -> impl Hash + Eq;

    /// Takes what an equal item has in addition.
    fn join(&mut self, _same: Self) {}
}

impl DistinctItem for String {
    fn key(&self) -> impl Hash + Eq {
        self.as_str()
    }
}

/// A list without repeated items.
pub(super) struct DistinctList<T> {
    items: Vec<T>,
    most: usize,
    /// Whether there was one item more.
    is_over: bool,
    /// The places of the items by their hashes, if there are many.
    places: HashTable<usize>,
    hasher: RandomState,
}

impl<T: DistinctItem> DistinctList<T> {
    /// A list of at most this number of items.
    pub fn new(most: usize) -> DistinctList<T> {
        DistinctList {
            items: Vec::new(),
            most,
            is_over: false,
            places: HashTable::new(),
            hasher: RandomState::new(),
        }
    }

    /// Adds an item, or joins it to the equal one.
    pub fn add(&mut self, item: T) {
        match self.place(&item) {
            Some(place) => self.items[place].join(item),
            None if self.items.len() == self.most => self.is_over = true,
            None => self.push(item),
        }
    }

    /// Whether there was one item more than the limit. Then further items are not needed.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The items up to the limit.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The items.
    ///
    /// # Errors
    /// More items than the limit.
    pub fn into_items(self, field: Field) -> Result<Vec<T>, RecordError> {
        if self.is_over {
            let reason = format!("{field} has more than {} different values", self.most);
            return Err(RecordError::with_field(field, reason));
        }
        Ok(self.items)
    }

    fn place(&self, item: &T) -> Option<usize> {
        let is_same = |place: usize| self.items[place].key() == item.key();
        if self.places.is_empty() {
            return (0..self.items.len()).find(|place| is_same(*place));
        }
        let hash = self.hasher.hash_one(item.key());
        self.places.find(hash, |place| is_same(*place)).copied()
    }

    fn push(&mut self, item: T) {
        self.items.push(item);
        if self.items.len() <= COMPARED_ITEMS {
            return;
        }
        let hash = |place: &usize| self.hasher.hash_one(self.items[*place].key());
        for place in self.places.len()..self.items.len() {
            self.places.insert_unique(hash(&place), place, hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_count_once_however_many_there_are() {
        for different in [0, 1, COMPARED_ITEMS, COMPARED_ITEMS + 1, 500] {
            let mut list = DistinctList::new(500);
            let numbers = (0..different).map(|number| number.to_string());
            let numbers: Vec<String> = numbers.collect();
            for number in numbers.iter().chain(&numbers) {
                list.add(number.clone());
            }
            assert!(!list.is_over());
            assert_eq!(list.into_items(Field::Genres).unwrap(), numbers);
        }
    }

    #[test]
    fn one_item_more_than_the_limit_is_refused() {
        let mut list = DistinctList::new(2);
        for item in ["a", "b", "a", "b"] {
            list.add(item.to_owned());
        }
        assert!(!list.is_over());
        list.add("c".to_owned());
        assert!(list.is_over());
        let refused = list.into_items(Field::Cast).unwrap_err();
        assert_eq!(refused.reason, "cast has more than 2 different values");
    }
}
