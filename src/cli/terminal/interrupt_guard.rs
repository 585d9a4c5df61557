//! Ctrl-C while another program or a password prompt has the terminal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGINT;

/// While this lives, SIGINT does not end the program. A password prompt that
/// ended it would leave the terminal without echo, and a pager handles Ctrl-C itself.
pub(super) struct InterruptGuard;

/// Whether SIGINT ends the program, which is its default. It is handled from the first guard on.
fn ends_the_program() -> &'static Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(true));
        // Without a handler Ctrl-C ends the program, as it does by default.
        let _ = signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&flag));
        flag
    })
}

impl InterruptGuard {
    pub fn new() -> InterruptGuard {
        ends_the_program().store(false, Ordering::SeqCst);
        InterruptGuard
    }
}

impl Drop for InterruptGuard {
    fn drop(&mut self) {
        ends_the_program().store(true, Ordering::SeqCst);
    }
}
