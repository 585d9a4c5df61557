//! The progress of an import of IMDb's files.

use super::error::ImdbError;
use super::file::ImdbFile;
use crate::import::source::ReadMeter;

/// The files that were opened so far, with what was read of them. `name.basics` is read twice.
pub type ImdbProgress = [(ImdbFile, ReadMeter)];

/// Reports the progress to the caller, which may cancel.
pub(super) struct Observer<'o> {
    pub meters: Vec<(ImdbFile, ReadMeter)>,
    pub observe: &'o mut dyn FnMut(&ImdbProgress) -> bool,
}

impl Observer<'_> {
    /// Reports.
    ///
    /// # Errors
    /// The caller cancelled.
    pub fn report(&mut self) -> Result<(), ImdbError> {
        if (self.observe)(&self.meters) {
            Ok(())
        } else {
            Err(ImdbError::Interrupted)
        }
    }
}
