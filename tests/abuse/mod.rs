//! Hostile clients, while a well-behaved client sends requests. `just soak` runs the long
//! form, and `docs/benchmarks.md` shows its figures.

mod attacks;
mod good_client;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use catalogue::config::limits;
use rustix::net::{self, AddressFamily, SocketType};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{TestServer, measured, soak_rounds};
use attacks::ATTACKS;
use good_client::{Effects, GoodClient};

/// The duration of each attack.
const SHORT: Duration = Duration::from_millis(800);
const LONG: Duration = Duration::from_secs(20);

/// The longest time for 99 of 100 answers to the well-behaved client: the promised one,
/// and one that a debug build on a busy machine keeps.
const PROMISED: Duration = Duration::from_millis(20);
const IN_ANY_CASE: Duration = Duration::from_secs(2);

/// The means of an attack.
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

    /// A connection from the address with this number. None of them is the address of the
    /// well-behaved client. It may not be established yet.
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

/// The most memory of the server, in KiB, with this many connections of accounts that
/// have requests in progress. `docs/operations.md` shows the same sum.
pub fn bound_kib(busy_members: usize) -> u64 {
    const MIB: usize = 1024;
    let program = 40 * MIB;
    let cache = limits::DEFAULT_CACHE_MIB * MIB;
    let hashes = limits::HASH_THREADS * limits::DEFAULT_HASH_MEMORY_KIB as usize;
    // A request of 16 KiB, a second copy when its buffer grows, and the connection.
    let of_unauthenticated = 2 * limits::MAX_FRAME_BYTES_BEFORE_LOGIN / 1024 + 8;
    let unauthenticated = limits::DEFAULT_MAX_UNAUTHENTICATED * of_unauthenticated;
    let refusals = limits::MAX_REFUSALS * 24;
    let connections = limits::DEFAULT_MAX_CONNECTIONS * 4;
    let writes = (limits::WRITE_QUEUE_BYTES + limits::MAX_INVALIDATION_BYTES) / 1024;
    let busy = busy_members * 12 * MIB;
    (program + cache + hashes + unauthenticated + refusals + connections + writes + busy) as u64
}

#[test]
fn a_well_behaved_client_is_served_during_attacks() {
    let is_long = soak_rounds().is_some();
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let server = TestServer::start();
    let quiet = during(&server, is_long, |front| {
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
        let effects = during(&server, is_long, attack);
        report(is_long, &effects);
        judge(&effects, is_long);
    }
    let effects = during(&server, is_long, |front| {
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
    report(is_long, &effects);
    judge(&effects, is_long);
}

/// Runs an attack for its duration, and measures the well-behaved client.
fn during(
    server: &TestServer,
    is_long: bool,
    attack: impl FnOnce(&Front<'_>) -> String + Send,
) -> Effects {
    let stop = AtomicBool::new(false);
    let front = Front {
        address: server.address(),
        stop: &stop,
        is_long,
    };
    let good_client = GoodClient::of(server);
    thread::scope(|scope| {
        let watching = scope.spawn(|| good_client.go_on_asking(&stop));
        let attacking = scope.spawn(|| {
            lower_priority();
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
        let measured = watching.join().unwrap();
        Effects {
            load,
            memory_kib,
            measured,
        }
    })
}

/// Real attackers have processors of their own, so here they run with a low priority.
fn lower_priority() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19);
}

#[track_caller]
fn judge(effects: &Effects, is_long: bool) {
    let most = if is_long { PROMISED } else { IN_ANY_CASE };
    let p99 = effects.measured.percentile(99.0);
    assert!(p99 < most, "{p99:?} during {}", effects.load);
    let bound = bound_kib(attacks::MEMBERS + 2);
    assert!(
        effects.memory_kib < bound,
        "{} KiB of {bound} during {}",
        effects.memory_kib,
        effects.load
    );
    assert!(
        effects.measured.logins > 0,
        "no client could log in during {}",
        effects.load
    );
}

/// A row of the table.
fn report(is_long: bool, effects: &Effects) {
    if !is_long {
        return;
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    measured(&format!(
        "| {} | {:.0} | {:.2} | {:.2} | {:.0} |",
        effects.load,
        effects.memory_kib as f64 / 1024.0,
        milliseconds(effects.measured.percentile(50.0)),
        milliseconds(effects.measured.percentile(99.0)),
        milliseconds(effects.measured.slowest_login),
    ));
}
