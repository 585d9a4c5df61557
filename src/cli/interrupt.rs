//! Ctrl-C in commands that run for a while.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};

/// A flag that the first SIGINT or SIGTERM sets; a second one ends the process
/// at once.
pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for number in [SIGINT, SIGTERM] {
        // In this order, so that the first signal finds the flag still unset.
        signal_hook::flag::register_conditional_shutdown(number, 1, Arc::clone(&flag))?;
        signal_hook::flag::register(number, Arc::clone(&flag))?;
    }
    Ok(flag)
}
