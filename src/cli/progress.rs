//! Progress bars for long commands, on standard error, only on a terminal.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::store::ProgressObserver;

/// The interval of a spinner while the progress is unknown.
const SPINNER_INTERVAL: Duration = Duration::from_millis(100);

/// A bar for each task, until it is dropped.
pub(super) fn on_stderr(interrupted: Arc<AtomicBool>) -> ProgressObserver<'static> {
    let mut shown = Shown {
        bar: ProgressBar::no_length(),
        doing: "",
    };
    ProgressObserver::new(interrupted, move |doing, done, of| {
        shown.update(doing, done, of)
    })
}

struct Shown {
    bar: ProgressBar,
    doing: &'static str,
}

impl Shown {
    fn update(&mut self, doing: &'static str, done: u64, of: u64) {
        if (doing, of) != (self.doing, self.bar.length().unwrap_or_default()) {
            self.doing = doing;
            self.bar.finish_and_clear();
            self.bar = bar(of).with_message(doing);
            if of == 0 {
                self.bar.enable_steady_tick(SPINNER_INTERVAL);
            }
        }
        self.bar.set_position(done);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn bar(of: u64) -> ProgressBar {
    let (bar, template) = match of {
        0 => (ProgressBar::no_length(), "{spinner} {msg}"),
        _ => (
            ProgressBar::new(of),
            "{msg:12} {bar:40} {percent:>3}%  {eta} left",
        ),
    };
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.expect("the templates above are well formed"))
}
