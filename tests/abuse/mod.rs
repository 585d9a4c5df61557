//! Crowds that mean harm, while a good client goes on asking. `just soak` has
//! the long form, whose metrics are for `docs/benchmarks.md`.

mod attacks;
mod good_client;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::config::limits;
use rustix::net::{self, AddressFamily, SocketType};

use crate::support::{TestServer, measured, soak_rounds};
use attacks::ATTACKS;
use good_client::{Good, Seen};

/// How long each attack goes on.
const SHORT: Duration = Duration::from_millis(800);
const LONG: Duration = Duration::from_secs(20);

/// What the good client has to wait at most, for 99 of 100 answers: what is
/// promised, and what a debug build on a busy machine keeps in any case.
const PROMISED: Duration = Duration::from_millis(20);
const IN_ANY_CASE: Duration = Duration::from_secs(2);

/// What an attack is made with.
struct Front<'a> {
    address: SocketAddr,
    stop: &'a AtomicBool,
    is_long: bool,
}

impl Front<'_> {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn choose<T>(&self, short: T, long: T) -> T {
        if self.is_long { long } else { short }
    }

    /// A connection from an address of that number, none of them the good
    /// client's, which waits for nothing. It may still be under way.
    fn connect(&self, number: usize) -> Option<TcpStream> {
        let [_, _, high, low] = (number as u32).to_be_bytes();
        let source = Ipv4Addr::new(127, 1, high, low);
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).ok()?;
        net::bind(&socket, &SocketAddrV4::new(source, 0)).ok()?;
        let stream = TcpStream::from(socket);
        stream.set_nonblocking(true).ok()?;
        match net::connect(&stream, &self.address) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Some(stream),
            Err(_) => None,
        }
    }
}

/// What the server's own memory is at most with so many members that have
/// something under way, in KiB. `docs/operations.md` has the same sum.
pub fn bound_kib(busy_members: usize) -> u64 {
    const MIB: usize = 1024;
    let program = 40 * MIB;
    let cache = limits::DEFAULT_CACHE_MIB * MIB;
    let hashes = limits::HASH_THREADS * limits::DEFAULT_HASH_MEMORY_KIB as usize;
    // A request of 16 KiB, once more when its buffer grows, and the connection.
    let of_stranger = 2 * limits::MAX_FRAME_BYTES_BEFORE_LOGIN / 1024 + 8;
    let strangers = limits::DEFAULT_MAX_UNAUTHENTICATED * of_stranger;
    let refusals = limits::MAX_REFUSALS * 24;
    let connections = limits::DEFAULT_MAX_CONNECTIONS * 4;
    let busy = busy_members * 12 * MIB;
    (program + cache + hashes + strangers + refusals + connections + busy) as u64
}

#[test]
fn a_well_behaved_client_is_served_during_attacks() {
    let is_long = soak_rounds().is_some();
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let server = TestServer::start();
    let quiet = beside(&server, is_long, |front| {
        while front.goes_on() {
            thread::sleep(Duration::from_millis(5));
        }
        "nothing else".to_owned()
    });
    if is_long {
        measured(
            "| load | memory at worst, MiB | `SEND` p50, ms | `SEND` p99, ms | slowest login, ms |",
        );
        measured("| --- | ---: | ---: | ---: | ---: |");
    }
    report(is_long, &quiet);
    for attack in ATTACKS {
        let seen = beside(&server, is_long, attack);
        report(is_long, &seen);
        judge(&seen, is_long);
    }
    let seen = beside(&server, is_long, |front| {
        thread::scope(|scope| {
            let start = |attack: &attacks::Attack| {
                let attack = *attack;
                scope.spawn(move || attack(front))
            };
            let all: Vec<_> = ATTACKS.iter().map(start).collect();
            let loads = all.into_iter().map(|attack| attack.join().unwrap());
            format!("all at once: {}", loads.collect::<Vec<_>>().join(", "))
        })
    });
    report(is_long, &seen);
    judge(&seen, is_long);
}

/// Has an attack go on for its time, and looks how the good client fares.
fn beside(
    server: &TestServer,
    is_long: bool,
    attack: impl FnOnce(&Front<'_>) -> String + Send,
) -> Seen {
    let stop = AtomicBool::new(false);
    let front = Front {
        address: server.address(),
        stop: &stop,
        is_long,
    };
    let good = Good::of(server);
    thread::scope(|scope| {
        let watching = scope.spawn(|| good.go_on_asking(&stop));
        let attacking = scope.spawn(|| {
            stand_back();
            attack(&front)
        });
        let began = Instant::now();
        let mut memory_kib = 0;
        while began.elapsed() < if is_long { LONG } else { SHORT } {
            memory_kib = memory_kib.max(server.own_memory_kib());
            thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, Ordering::Relaxed);
        let load = attacking.join().unwrap();
        let asked = watching.join().unwrap();
        Seen {
            load,
            memory_kib,
            asked,
        }
    })
}

/// The attackers would have processors of their own, so here they get what is left.
fn stand_back() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19);
}

#[track_caller]
fn judge(seen: &Seen, is_long: bool) {
    let most = if is_long { PROMISED } else { IN_ANY_CASE };
    let p99 = seen.asked.percentile(99.0);
    assert!(p99 < most, "{p99:?} beside {}", seen.load);
    let bound = bound_kib(attacks::MEMBERS + 2);
    assert!(
        seen.memory_kib < bound,
        "{} KiB of {bound} beside {}",
        seen.memory_kib,
        seen.load
    );
    assert!(
        seen.asked.logins > 0,
        "nobody could log in beside {}",
        seen.load
    );
}

/// A line of a table.
fn report(is_long: bool, seen: &Seen) {
    if !is_long {
        return;
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    measured(&format!(
        "| {} | {:.0} | {:.2} | {:.2} | {:.0} |",
        seen.load,
        seen.memory_kib as f64 / 1024.0,
        milliseconds(seen.asked.percentile(50.0)),
        milliseconds(seen.asked.percentile(99.0)),
        milliseconds(seen.asked.slowest_login),
    ));
}
