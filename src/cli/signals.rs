//! Signals: SIGINT (Ctrl-C), SIGTERM and SIGHUP.

use std::ffi::c_int;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use super::CliError;
use crate::pool;

const STOP_SIGNALS: [c_int; 2] = [SIGINT, SIGTERM];

/// A flag that the first SIGINT or SIGTERM sets. A second one ends the process at once.
pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for number in STOP_SIGNALS {
        // In this order, so that the flag is not yet set at the first signal.
        signal_hook::flag::register_conditional_shutdown(number, 1, Arc::clone(&flag))?;
        signal_hook::flag::register(number, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// As [`watch`]. At the first signal, a thread also calls `stop` with its number.
/// No signal after the return of this function is missed.
pub(super) fn on_first(
    stop: impl FnOnce(c_int) + Send + 'static,
) -> Result<Arc<AtomicBool>, CliError> {
    let flag = watch()?;
    let mut signals = Signals::new(STOP_SIGNALS)?;
    let waiting = move || {
        if let Some(number) = signals.forever().next() {
            stop(number);
        }
    };
    pool::spawn("signals", waiting)?;
    Ok(flag)
}

/// Calls `reload` on a thread at every SIGHUP, which no longer ends the process.
/// Signals during a call are merged into one.
pub(super) fn on_hangup(reload: impl Fn() + Send + 'static) -> Result<(), CliError> {
    let mut signals = Signals::new([SIGHUP])?;
    let waiting = move || signals.forever().for_each(|_| reload());
    pool::spawn("reload", waiting)?;
    Ok(())
}

/// Ignores SIGXFSZ: a write beyond the largest file size (`ulimit -f`) returns an
/// error and no longer ends the process.
pub(super) fn outlive_large_files() -> io::Result<()> {
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    Ok(())
}
