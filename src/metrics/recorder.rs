//! Per-worker recorder. It reads the clock once a batch, so a pipeline costs no more than one
//! request.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::MetricsShard;

/// Per-worker recorder of a [`MetricsShard`]. A batch is the requests that a worker answers
/// before another connection has its turn. Its time is divided equally among its requests.
#[derive(Debug)]
pub struct Recorder {
    shard: Arc<MetricsShard>,
    is_timed: bool,
    /// The start of the batch; `None` when requests are not timed.
    began: Cell<Option<Instant>>,
    /// Requests of this batch by command, and a bit for each command that has some.
    batch: Box<[Cell<u32>]>,
    touched: Cell<u64>,
    /// The last command, and how many requests in a row had it. Most pipelines repeat one
    /// command, and then a request changes nothing else here.
    last: Cell<usize>,
    run: Cell<u32>,
}

/// A request that another thread answers, and that is timed by itself.
#[derive(Debug)]
#[must_use]
pub struct PendingTimer {
    command: usize,
}

/// A pending request while it runs.
#[derive(Debug)]
#[must_use]
pub struct Timer {
    command: usize,
    began: Option<Instant>,
}

impl Recorder {
    pub(super) fn new(shard: Arc<MetricsShard>, is_timed: bool) -> Recorder {
        Recorder {
            batch: shard.commands.iter().map(|_| Cell::new(0)).collect(),
            shard,
            is_timed,
            began: Cell::new(None),
            touched: Cell::new(0),
            last: Cell::new(0),
            run: Cell::new(0),
        }
    }

    /// Begins a batch.
    pub fn begin(&self) {
        if self.is_timed {
            self.began.set(Some(Instant::now()));
        }
    }

    /// Counts a request of this batch by the index of its command; `None` for an unknown one.
    pub fn count(&self, command: Option<usize>) {
        let command = command.unwrap_or(self.shard.commands.len() - 1);
        if self.last.get() != command {
            self.end_run();
            self.last.set(command);
        }
        self.run.set(self.run.get() + 1);
    }

    /// Counts an error by its code, the first word of its text.
    pub fn count_error(&self, text: &str) {
        let code = text.split(' ').next();
        let codes = self.shard.error_codes.iter();
        let known = codes.into_iter().position(|&known| Some(known) == code);
        let last = self.shard.errors.len().saturating_sub(1);
        if let Some(counter) = self.shard.errors.get(known.unwrap_or(last)) {
            counter.add(1);
        }
    }

    /// Counts an HTTP request that began at this time, by the index of its route and by the
    /// status of its response.
    pub fn count_http(&self, route: Option<usize>, status: u16, began: Instant) {
        let route = route.unwrap_or(self.shard.routes.len() - 1);
        let known = self.shard.status_codes.iter();
        let known = known.into_iter().position(|&(known, _)| known == status);
        let last = self.shard.statuses.len().saturating_sub(1);
        if let Some(counter) = self.shard.statuses.get(known.unwrap_or(last)) {
            counter.add(1);
        }
        self.shard.routes[route].add(nanoseconds(began.elapsed()), 1);
    }

    /// Ends a batch.
    pub fn end(&self) {
        self.note(self.is_timed.then(Instant::now), None);
    }

    /// Ends a batch at a time that was read already.
    pub fn end_at(&self, now: Instant) {
        self.note(Some(now), None);
    }

    /// Ends a batch whose last request is timed by itself, see [`Recorder::time`].
    pub fn end_with_pending(&self) -> PendingTimer {
        let now = self.is_timed.then(Instant::now);
        let command = self.last.get();
        self.note(now, Some(command));
        PendingTimer { command }
    }

    /// Times such a request until its answer, which begins the next batch.
    pub async fn time<T>(&self, pending: PendingTimer, answer: impl Future<Output = T>) -> T {
        let timer = self.start(pending);
        let answer = answer.await;
        self.finish(timer);
        answer
    }

    /// Starts to time such a request.
    pub fn start(&self, pending: PendingTimer) -> Timer {
        Timer {
            command: pending.command,
            began: self.is_timed.then(Instant::now),
        }
    }

    /// Records its time, and begins the next batch.
    pub fn finish(&self, timer: Timer) {
        if let Some(began) = timer.began {
            let now = Instant::now();
            self.shard.durations[timer.command].add(nanoseconds(now - began), 1);
            self.began.set(Some(now));
        }
    }

    fn end_run(&self) {
        let (command, run) = (self.last.get(), self.run.take());
        if run > 0 {
            self.batch[command].set(self.batch[command].get() + run);
            self.touched.set(self.touched.get() | 1 << command);
        }
    }

    fn note(&self, now: Option<Instant>, pending: Option<usize>) {
        self.end_run();
        let touched = self.touched.replace(0);
        let requests = commands(touched).map(|command| u64::from(self.batch[command].get()));
        let timed = requests.sum::<u64>() - u64::from(pending.is_some());
        let share = match (self.began.take(), now) {
            (Some(began), Some(now)) if timed > 0 => Some(nanoseconds(now - began) / timed),
            _ => None,
        };
        for command in commands(touched) {
            let requests = u64::from(self.batch[command].replace(0));
            self.shard.commands[command].add(requests);
            let timed = requests - u64::from(pending == Some(command));
            if let (Some(share), 1..) = (share, timed) {
                self.shard.durations[command].add(share, timed);
            }
        }
    }
}

/// The indexes of the bits that are set.
fn commands(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.saturating_sub(1);
        lowest
    })
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CacheCounts, MetricNames, Metrics};

    /// Known commands of these tests.
    const COMMANDS: usize = 5;

    fn metrics(is_timed: bool) -> Metrics {
        let names = MetricNames {
            commands: COMMANDS,
            error_codes: &["ECHEC", "EC", "ERR"],
            routes: vec!["one"],
            statuses: &[(200, "200"), (404, "404")],
        };
        Metrics::new(is_timed, names)
    }

    /// The number of counted requests, and of requests with a recorded time.
    fn counted(metrics: &Metrics, command: usize) -> (u64, u64) {
        let totals = metrics.totals();
        (totals.commands[command], totals.durations[command].count())
    }

    #[test]
    fn every_command_has_a_bit() {
        assert_eq!(commands(0b1001 | 1 << 63).collect::<Vec<_>>(), [0, 3, 63]);
    }

    #[test]
    fn the_requests_of_a_batch_share_its_time() {
        let metrics = metrics(true);
        let recorder = metrics.join(Arc::new(CacheCounts::default()));
        recorder.begin();
        let began = recorder.began.get().unwrap();
        for command in [Some(0), Some(3), Some(0), None] {
            recorder.count(command);
        }
        assert_eq!(counted(&metrics, 0), (0, 0));
        recorder.end_at(began + Duration::from_micros(4));
        assert_eq!(counted(&metrics, 0), (2, 2));
        assert_eq!(counted(&metrics, 3), (1, 1));
        assert_eq!(counted(&metrics, COMMANDS), (1, 1));
        let totals = metrics.totals();
        let sums: Vec<u64> = totals.durations.iter().map(|all| all.sum).collect();
        assert_eq!((sums[0], sums[3], sums[COMMANDS]), (2_000, 1_000, 1_000));
        recorder.end();
        assert_eq!(counted(&metrics, 0), (2, 2));
    }

    #[tokio::test]
    async fn a_request_of_another_thread_is_timed_by_itself() {
        let metrics = metrics(true);
        let recorder = metrics.join(Arc::new(CacheCounts::default()));
        recorder.begin();
        recorder.count(Some(1));
        recorder.count(Some(1));
        let pending = recorder.end_with_pending();
        assert_eq!(counted(&metrics, 1), (2, 1));
        recorder.time(pending, std::future::ready(())).await;
        assert_eq!(counted(&metrics, 1), (2, 2));
        // Alone in its batch.
        recorder.count(Some(2));
        let pending = recorder.end_with_pending();
        assert_eq!(counted(&metrics, 2), (1, 0));
        recorder.time(pending, std::future::ready(())).await;
        assert_eq!(counted(&metrics, 2), (1, 1));
    }

    #[tokio::test]
    async fn without_a_clock_requests_are_counted_all_the_same() {
        let metrics = metrics(false);
        let (one, other) = (metrics.join(Arc::default()), metrics.join(Arc::default()));
        one.begin();
        one.count(Some(0));
        one.end_at(Instant::now());
        other.count(Some(0));
        let pending = other.end_with_pending();
        other.time(pending, std::future::ready(())).await;
        assert_eq!(counted(&metrics, 0), (2, 0));
    }

    #[test]
    fn errors_are_counted_by_their_code() {
        let metrics = metrics(false);
        let recorder = metrics.join(Arc::default());
        for text in ["EC too many", "ECHEC wrong", "ECHEC wrong", "NEW kind"] {
            recorder.count_error(text);
        }
        assert_eq!(metrics.totals().errors, [2, 1, 1]);
    }
}
