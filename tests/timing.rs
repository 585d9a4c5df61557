//! The time that a refused login takes does not show whether the user exists.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use catalogue::auth::{Cost, Memory, Password, hash};
use catalogue::config::Config;
use catalogue::protocol::resp::Reply;
use catalogue::server::{Server, ServerError};
use catalogue::store::{Change, ChangeRequest, NewPassword, Role, Writer};
use tokio::sync::oneshot;

use crate::support::{Folder, RawClient, Rng};

/// Cheap enough for many samples. The test compares ratios.
const USUAL: Cost = Cost::new_unchecked(1_024, 2);
const WEAK: Cost = Cost::new_unchecked(256, 1);
const STRONG: Cost = Cost::new_unchecked(4_096, 1);

/// A server in this process, because no flag allows hashes that are so cheap.
struct Running {
    address: std::net::SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
    folder: Folder,
}

fn start(accounts: &[(&str, Cost)]) -> Running {
    let folder = Folder::initialised();
    for (user, cost) in accounts {
        let password = Password::from_bytes(b"right");
        let hash = hash(&password, *cost, &mut Memory::default()).unwrap();
        let change = Change::AddUser {
            name: (*user).to_owned(),
            password: NewPassword { hash, id: 1 },
            role: Role::Reader,
        };
        let added = Writer::apply(&folder.db(), ChangeRequest::from_operator(change));
        assert_eq!(added.unwrap().rows, 1);
    }
    let config = Config {
        hash_cost: USUAL,
        ..Config::new(folder.db(), "127.0.0.1:0".parse().unwrap())
    };
    let server = Server::bind(&config).unwrap();
    let address = server.local_addr();
    let (stop, stopped) = oneshot::channel();
    let thread = thread::spawn(move || {
        server.run(async {
            let _ = stopped.await;
        })
    });
    Running {
        address,
        stop: Some(stop),
        thread: Some(thread),
        folder,
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The time that the refusal of a wrong password takes. The password is the same each
/// time, because a repeated one is never delayed.
fn sample(server: &Running, source: u8, user: &str) -> Duration {
    let mut client = RawClient::connect_from([127, 0, 9, source].into(), server.address);
    client.send("PING\r\n").expect("+PONG\r\n");
    let began = Instant::now();
    let reply = client.ask(&["UP", user, "wrong"]);
    let took = began.elapsed();
    let refusal = Reply::error("ECHEC", "wrong user or password, 2 attempts left");
    assert_eq!(reply, refusal);
    took
}

/// Samples of several users, taken in turn, each round in another order.
fn samples<const N: usize>(server: &Running, users: [&str; N], number: usize) -> [Vec<f64>; N] {
    let mut rng = Rng(1);
    let mut samples = [const { Vec::new() }; N];
    for round in 0..number + 10 {
        let mut order: [usize; N] = std::array::from_fn(|user| user);
        for last in (1..N).rev() {
            order.swap(last, rng.below(last as u64 + 1) as usize);
        }
        for user in order {
            let took = sample(server, user as u8 + 1, users[user]);
            // The first rounds warm up.
            if round >= 10 {
                samples[user].push(took.as_secs_f64());
            }
        }
    }
    samples
}

/// The Mann-Whitney test: by how many standard deviations the rank sum of one sample
/// differs from the value that equal distributions would have.
fn deviations(one: &[f64], other: &[f64]) -> f64 {
    let below = |x: f64| other.iter().filter(|&&y| y < x).count() as f64;
    let equal = |x: f64| other.iter().filter(|&&y| y == x).count() as f64;
    let u: f64 = one.iter().map(|&x| below(x) + equal(x) / 2.0).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Five standard deviations occur by chance once in two million runs.
const BY_CHANCE: f64 = 5.0;

#[test]
fn known_and_unknown_users_take_the_same_time() {
    let server = start(&[("known", USUAL)]);
    let [known, unknown] = samples(&server, ["known", "nobody"], 200);
    let found = deviations(&known, &unknown);
    assert!(
        found.abs() < BY_CHANCE,
        "{found} deviations, medians {} and {} s",
        median(&known),
        median(&unknown)
    );
    // With so many samples and so much noise, the test would find a login that skips the
    // hash for one of them, or that hashes twice.
    let twice: Vec<f64> = known.iter().map(|seconds| seconds * 2.0).collect();
    let found = deviations(&twice, &unknown);
    assert!(
        found > BY_CHANCE,
        "twice the time is only {found} deviations"
    );
}

/// Hashes that cannot be used: no PHC string, not UTF-8, and above the highest cost.
#[test]
fn a_user_with_an_unusable_hash_is_like_an_unknown_one() {
    let users = ["text", "bytes", "costly"];
    let server = start(&users.map(|user| (user, USUAL)));
    let sqlite = server.folder.sqlite();
    let costly = "'$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0'";
    for (user, hash) in users.iter().zip(["'right'", "CAST(x'ff' AS TEXT)", costly]) {
        let sql = format!("UPDATE user SET password_hash = {hash} WHERE name = '{user}'");
        assert_eq!(sqlite.execute(&sql, []).unwrap(), 1);
    }
    // `sample` compares the answers.
    let [text, bytes, costly, unknown] =
        samples(&server, ["text", "bytes", "costly", "nobody"], 100);
    let unknown = median(&unknown);
    for samples in [text, bytes, costly] {
        let ratio = median(&samples) / unknown;
        assert!(
            (0.6..1.7).contains(&ratio),
            "{ratio} of an unknown user's time"
        );
    }
}

/// Hashes with other costs than today's. The work is not exactly the same, because less
/// memory at once is a little faster, but the difference is small. The weak one costs a
/// sixteenth of the strong one.
#[test]
fn a_user_with_an_older_hash_takes_about_as_long() {
    let server = start(&[("weak", WEAK), ("usual", USUAL), ("strong", STRONG)]);
    let users = ["weak", "usual", "strong", "nobody"];
    let samples = samples(&server, users, 100);
    let unknown = median(&samples[3]);
    for (user, samples) in users.iter().zip(&samples) {
        let ratio = median(samples) / unknown;
        assert!(
            (0.6..1.7).contains(&ratio),
            "{user}: {ratio} of an unknown user's time"
        );
    }
}
