//! Signals to commands that run for a while: Ctrl-C and SIGTERM, and SIGHUP.

use std::ffi::c_int;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use super::CliError;
use crate::pool;

const SIGNALS: [c_int; 2] = [SIGINT, SIGTERM];

/// A flag that the first SIGINT or SIGTERM sets; a second one ends the process
/// at once.
pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for number in SIGNALS {
        // In this order, so that the first signal finds the flag still unset.
        signal_hook::flag::register_conditional_shutdown(number, 1, Arc::clone(&flag))?;
        signal_hook::flag::register(number, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// The same, and the first signal also has `stop` called with its number, on a
/// thread of its own. No signal that comes after this has returned is missed.
pub(super) fn on_first(
    stop: impl FnOnce(c_int) + Send + 'static,
) -> Result<Arc<AtomicBool>, CliError> {
    let flag = watch()?;
    let mut signals = Signals::new(SIGNALS)?;
    let waiting = move || {
        if let Some(number) = signals.forever().next() {
            stop(number);
        }
    };
    pool::spawn("signals", waiting)?;
    Ok(flag)
}

/// Has `reload` called at every SIGHUP, on a thread of its own; those that come
/// meanwhile are one. The signal ends the process no more.
pub(super) fn on_hangup(reload: impl Fn() + Send + 'static) -> Result<(), CliError> {
    let mut signals = Signals::new([SIGHUP])?;
    let waiting = move || signals.forever().for_each(|_| reload());
    pool::spawn("reload", waiting)?;
    Ok(())
}

/// From here on a file that has reached its largest size (`ulimit -f`) is an
/// error of the write like any other, and no longer the end of the process.
pub(super) fn outlive_large_files() -> io::Result<()> {
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    Ok(())
}
