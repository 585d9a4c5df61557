//! The client that means well, and what it notices of the others.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::protocol::resp::Reply;

use crate::support::{RawClient, TestServer};

/// Between two questions.
const PAUSE: Duration = Duration::from_micros(500);
/// Between two logins.
const LOGIN_EVERY: Duration = Duration::from_millis(400);

/// A connection that was there before the others came.
pub struct Good {
    address: SocketAddr,
    client: RawClient,
}

/// How long its answers took.
pub struct Asked {
    times: Vec<Duration>,
    /// New connections that could log in.
    pub logins: usize,
    /// The longest time from a connection to its first answer.
    pub slowest_login: Duration,
}

/// What came of one attack.
pub struct Seen {
    /// What the attack was, in metrics.
    pub load: String,
    /// The most memory that the server had.
    pub memory_kib: u64,
    pub asked: Asked,
}

impl Good {
    pub fn of(server: &TestServer) -> Good {
        Good {
            address: server.address(),
            client: server.reader(),
        }
    }

    /// Asks for a movie again and again, and logs in anew now and then.
    pub fn go_on_asking(mut self, stop: &AtomicBool) -> Asked {
        let mut asked = Asked {
            times: Vec::new(),
            logins: 0,
            slowest_login: Duration::ZERO,
        };
        thread::scope(|scope| {
            let address = self.address;
            let logging_in = scope.spawn(move || log_in_again_and_again(address, stop));
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                let row = self.client.ask(&["SEND", "1"]);
                asked.times.push(began.elapsed());
                assert!(matches!(row, Reply::Bulk(_)), "{row:?}");
                thread::sleep(PAUSE);
            }
            (asked.logins, asked.slowest_login) = logging_in.join().unwrap();
        });
        asked.times.sort();
        asked
    }
}

/// A user who comes while the others are there gets in, too.
fn log_in_again_and_again(address: SocketAddr, stop: &AtomicBool) -> (usize, Duration) {
    let (mut logins, mut slowest) = (0, Duration::ZERO);
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let mut client = RawClient::connect(address);
        let answer = client.ask(&["UP", "2", "2"]);
        if answer == Reply::Status("PASSOK".to_owned()) {
            logins += 1;
            slowest = slowest.max(began.elapsed());
        } else {
            // Others were quicker to fill the queue.
            assert!(
                matches!(&answer, Reply::Error(words) if words.starts_with("BUSY")),
                "{answer:?}"
            );
        }
        thread::sleep(LOGIN_EVERY);
    }
    (logins, slowest)
}

impl Asked {
    /// The time within which so many of a hundred answers came.
    pub fn percentile(&self, percent: f64) -> Duration {
        let place = (self.times.len() as f64 * percent / 100.0) as usize;
        self.times[place.min(self.times.len() - 1)]
    }
}
