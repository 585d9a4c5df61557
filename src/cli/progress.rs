//! Progress bars for long commands, on standard error, only on a terminal.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::store::{Progress, ProgressObserver};

/// The interval of a spinner while the progress is unknown.
const SPINNER_INTERVAL: Duration = Duration::from_millis(100);

/// A bar for each task, until it is dropped.
pub(super) fn on_stderr(interrupted: Arc<AtomicBool>) -> ProgressObserver<'static> {
    let mut shown = Shown {
        bar: ProgressBar::no_length(),
        work: "",
    };
    ProgressObserver::new(interrupted, move |progress| shown.update(progress))
}

struct Shown {
    bar: ProgressBar,
    work: &'static str,
}

impl Shown {
    fn update(&mut self, Progress { work, done, all }: Progress) {
        if (work, all) != (self.work, self.bar.length().unwrap_or_default()) {
            self.work = work;
            self.bar.finish_and_clear();
            self.bar = bar(all).with_message(work);
            if all == 0 {
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

fn bar(all: u64) -> ProgressBar {
    let (bar, template) = match all {
        0 => (ProgressBar::no_length(), "{spinner} {msg}"),
        _ => (
            ProgressBar::new(all),
            "{msg:12} {bar:40} {percent:>3}%  {eta} left",
        ),
    };
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.expect("the templates above are well formed"))
}
