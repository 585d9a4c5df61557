//! The well-behaved client, and the effect that an attack has on it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::protocol::resp::Reply;

use crate::support::{RawClient, TestServer};

/// Between two requests.
const PAUSE: Duration = Duration::from_micros(500);
/// Between two logins.
const LOGIN_EVERY: Duration = Duration::from_millis(400);

/// A connection that was opened before the attack.
pub struct GoodClient {
    address: SocketAddr,
    client: RawClient,
}

/// The times of its answers.
pub struct Measured {
    times: Vec<Duration>,
    /// New connections that could log in.
    pub logins: usize,
    /// The longest time from a connection to its first answer.
    pub slowest_login: Duration,
}

/// The effects of one attack.
pub struct Effects {
    /// The description of the attack, with its figures.
    pub load: String,
    /// The most memory that the server used.
    pub memory_kib: u64,
    pub measured: Measured,
}

impl GoodClient {
    pub fn of(server: &TestServer) -> GoodClient {
        GoodClient {
            address: server.address(),
            client: server.reader(),
        }
    }

    /// Requests a movie repeatedly, and logs in on a new connection now and then.
    pub fn go_on_asking(mut self, stop: &AtomicBool) -> Measured {
        let mut measured = Measured {
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
                measured.times.push(began.elapsed());
                assert!(matches!(row, Reply::Bulk(_)), "{row:?}");
                thread::sleep(PAUSE);
            }
            (measured.logins, measured.slowest_login) = logging_in.join().unwrap();
        });
        measured.times.sort();
        measured
    }
}

/// A new user can log in during the attack.
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
            // The attackers filled the queue first.
            assert!(
                matches!(&answer, Reply::Error(words) if words.starts_with("BUSY")),
                "{answer:?}"
            );
        }
        thread::sleep(LOGIN_EVERY);
    }
    (logins, slowest)
}

impl Measured {
    /// The time within which this many of a hundred answers arrived.
    pub fn percentile(&self, percent: f64) -> Duration {
        let index = (self.times.len() as f64 * percent / 100.0) as usize;
        self.times[index.min(self.times.len() - 1)]
    }
}
