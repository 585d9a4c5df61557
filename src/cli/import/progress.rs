//! The progress bar of an import.

use std::time::Instant;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::import::ReadMeter;

/// A progress bar on a terminal, until it is dropped.
pub(super) struct ImportProgress {
    pub bar: ProgressBar,
    began: Instant,
}

impl ImportProgress {
    /// Bytes read out of all bytes.
    pub fn reading(meter: &ReadMeter) -> ImportProgress {
        let template = match meter.bytes_total() {
            Some(_) => "{bar:30} {percent:>3}%  {msg}  {binary_bytes_per_sec}  {eta} left",
            None => "{spinner} {binary_bytes}  {msg}  {binary_bytes_per_sec}",
        };
        ImportProgress::with_template(template, meter.bytes_total())
    }

    fn with_template(template: &str, length: Option<u64>) -> ImportProgress {
        let style =
            ProgressStyle::with_template(template).expect("the templates above are well formed");
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::no_length(),
        };
        ImportProgress {
            bar: bar.with_style(style),
            began: Instant::now(),
        }
    }

    /// Shows the position and the rows per second.
    pub fn update(&self, position: u64, rows: u64) {
        if !self.bar.is_hidden() {
            let rate = rows as f64 / self.began.elapsed().as_secs_f64().max(0.001);
            let rate = HumanCount(rate as u64);
            self.bar
                .set_message(format!("{} rows, {rate}/s", HumanCount(rows)));
        }
        self.bar.set_position(position);
    }
}

impl Drop for ImportProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
