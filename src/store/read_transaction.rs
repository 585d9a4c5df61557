//! One consistent view of the catalogue.

use std::ops::{Deref, DerefMut};

use super::Reader;

/// One consistent view of the catalogue: everything acknowledged before its first read, and nothing
/// after. It costs nothing until then, and ends when it is dropped. `R` is a reference to a reader:
/// `&mut Reader` or a `RefMut`.
pub struct ReadTransaction<R: DerefMut<Target = Reader>>(R);

impl<R: DerefMut<Target = Reader>> ReadTransaction<R> {
    /// Begins a read transaction.
    pub fn new(reader: R) -> ReadTransaction<R> {
        ReadTransaction(reader)
    }
}

impl<R: DerefMut<Target = Reader>> Deref for ReadTransaction<R> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl<R: DerefMut<Target = Reader>> DerefMut for ReadTransaction<R> {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.0
    }
}

impl<R: DerefMut<Target = Reader>> Drop for ReadTransaction<R> {
    fn drop(&mut self) {
        self.0.end();
    }
}
