//! The whole throttle, with a clock that the tests advance.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::*;
use proptest::prelude::*;

struct TestThrottle {
    throttle: Arc<Throttle>,
    milliseconds: Arc<AtomicU64>,
}

impl TestThrottle {
    fn new(shared: &[&str]) -> TestThrottle {
        let milliseconds = Arc::new(AtomicU64::new(0));
        let time = Arc::clone(&milliseconds);
        let clock = Box::new(move || Duration::from_millis(time.load(Ordering::Relaxed)));
        let shared = shared.iter().map(|address| address.parse().unwrap());
        TestThrottle {
            throttle: Arc::new(Throttle::with_clock(shared, clock)),
            milliseconds,
        }
    }

    fn advance(&self, time: Duration) {
        let milliseconds = time.as_millis() as u64;
        self.milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn begin(&self, address: &str, user: &str, password: &str) -> Result<Attempt, DelayError> {
        let password = Password::from_bytes(password.as_bytes());
        let address = address.parse().unwrap();
        self.throttle
            .begin(address, user.as_bytes(), &password, true)
    }

    fn fail(&self, address: &str, user: &str, password: &str) -> Result<(), DelayError> {
        self.begin(address, user, password).map(Attempt::fail)
    }

    fn succeed(&self, address: &str, user: &str) -> Result<(), DelayError> {
        self.begin(address, user, "right").map(Attempt::succeed)
    }

    /// Makes different wrong guesses without a pause until one is delayed for more
    /// than `max_delay` seconds. Returns their number.
    fn guess_until(&self, address: &str, user: &str, max_delay: u64) -> u64 {
        for guess in 0.. {
            match self.fail(address, user, &format!("{address} {guess}")) {
                Err(DelayError::Wait(seconds)) if seconds > max_delay => return guess,
                Err(DelayError::Wait(seconds)) => self.advance(Duration::from_secs(seconds)),
                _ => {}
            }
        }
        unreachable!()
    }
}

const HERE: &str = "192.0.2.1";
const THERE: &str = "192.0.2.2";

#[test]
fn the_delay_of_an_account_doubles_up_to_its_bound() {
    let test = TestThrottle::new(&[]);
    let mut delays = Vec::new();
    // Each guess comes from another address, so that no address is delayed.
    for guess in 0..12 {
        let address = format!("198.51.100.{guess}");
        assert_eq!(test.fail(&address, "u", &guess.to_string()), Ok(()));
        let delay = match test.begin(THERE, "u", "right") {
            Err(DelayError::Wait(seconds)) => seconds,
            Ok(attempt) => {
                drop(attempt);
                0
            }
            Err(DelayError::Busy) => unreachable!(),
        };
        delays.push(delay);
        test.advance(Duration::from_secs(delay));
    }
    assert_eq!(delays, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(test.succeed(THERE, "u"), Ok(()));
    assert_eq!(test.throttle.failed(), 12);
    assert_eq!(test.throttle.delayed(), 8);
}

#[test]
fn an_address_is_delayed_for_all_accounts() {
    let test = TestThrottle::new(&[]);
    for guess in 0..limits::ADDRESS_FREE_FAILURES {
        assert_eq!(test.fail(HERE, &guess.to_string(), "x"), Ok(()));
    }
    assert_eq!(test.succeed(HERE, "u"), Err(DelayError::Wait(1)));
    assert_eq!(test.succeed(THERE, "u"), Ok(()));
    test.advance(Duration::from_millis(999));
    assert_eq!(test.succeed(HERE, "u"), Err(DelayError::Wait(1)));
    test.advance(Duration::from_millis(1));
    assert_eq!(test.succeed(HERE, "u"), Ok(()));
    let mut delays = Vec::new();
    for guess in 0..13 {
        assert_eq!(test.fail(HERE, &format!("more {guess}"), "x"), Ok(()));
        if let Err(DelayError::Wait(seconds)) = test.fail(HERE, "other", "x") {
            delays.push(seconds);
            test.advance(Duration::from_secs(seconds));
        }
    }
    // From a delay of 900 s on, one failure decays for each one that is added.
    let expected = [2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 900, 900, 900];
    assert_eq!(delays, expected);
}

/// Three typing errors and the right password, 100 times.
#[test]
fn typing_errors_cause_no_delay() {
    let test = TestThrottle::new(&[]);
    for round in 0..100 {
        for number in 0..3 {
            let typed = format!("{round} {number}");
            assert_eq!(test.fail(HERE, "u", &typed), Ok(()));
        }
        assert_eq!(test.succeed(HERE, "u"), Ok(()));
    }
}

/// An attacker with an account cannot use it to clear the failures at other accounts.
#[test]
fn a_successful_login_forgives_only_failures_at_its_own_account() {
    let test = TestThrottle::new(&[]);
    for guess in 0..limits::ADDRESS_FREE_FAILURES {
        assert_eq!(
            test.fail(HERE, &format!("victim {}", guess / 4), &guess.to_string()),
            Ok(())
        );
        let _ = test.succeed(HERE, "mine");
    }
    assert_eq!(test.succeed(HERE, "mine"), Err(DelayError::Wait(1)));
}

#[test]
fn delays_do_not_depend_on_whether_the_account_exists() {
    // An attempt knows only the user and the password of the login.
    let test = TestThrottle::new(&[]);
    let known = test.guess_until(HERE, "known", 60);
    let test = TestThrottle::new(&[]);
    assert_eq!(test.guess_until(HERE, "unknown", 60), known);
}

/// One address guesses for a day. The user can log in from a known address at any
/// time, and from another address most of the time.
#[test]
fn one_attacker_does_not_lock_out_a_user() {
    let test = TestThrottle::new(&[]);
    assert_eq!(test.succeed(THERE, "u"), Ok(()));
    let (mut guesses, mut tries, mut refused) = (0_u32, 0_u32, 0_u32);
    for _second in 0..86_400 {
        test.advance(Duration::from_secs(1));
        if test.fail(HERE, "u", &guesses.to_string()).is_ok() {
            guesses += 1;
        }
        assert_eq!(test.begin(THERE, "u", "right").map(drop), Ok(()));
        tries += 1;
        let elsewhere = test.begin("192.0.2.3", "u", "right");
        refused += u32::from(elsewhere.map(drop).is_err());
    }
    assert!(refused * 12 < tries, "{refused} of {tries}");
    // Four an hour, after the free ones and the short delays.
    assert!(guesses <= 4 * 24 + 32, "{guesses}");
}

/// A thousand addresses together get no more guesses at an account than its delay
/// allows, and do not lock out a known address.
#[test]
fn many_attackers_guess_no_faster_at_one_account() {
    let test = TestThrottle::new(&[]);
    assert_eq!(test.succeed(THERE, "u"), Ok(()));
    let mut guesses = 0;
    for second in 0..3_600 {
        test.advance(Duration::from_secs(1));
        for attacker in 0..10 {
            let address = format!("10.0.{}.{attacker}", second % 100);
            let guess = format!("{second} {attacker}");
            guesses += u32::from(test.fail(&address, "u", &guess).is_ok());
        }
        assert_eq!(test.begin(THERE, "u", "right").map(drop), Ok(()));
    }
    assert!((60..=72).contains(&guesses), "{guesses}");
}

#[test]
fn all_connections_of_a_pool_log_in_at_once() {
    let test = TestThrottle::new(&[]);
    // One free failure is left.
    for guess in 0..4 {
        assert_eq!(test.fail(HERE, "u", &guess.to_string()), Ok(()));
    }
    let pool: Vec<_> = (0..500).map(|_| test.begin(HERE, "u", "right")).collect();
    for attempt in pool {
        attempt.unwrap().succeed();
    }
    assert_eq!(test.succeed(HERE, "u"), Ok(()));
}

/// A client that reconnects with an old password is no attacker. Its logins cost
/// hashes, so they yield to all others.
#[test]
fn a_repeated_wrong_password_is_one_failure() {
    let test = TestThrottle::new(&[]);
    for _ in 0..1_000 {
        let pool: Vec<_> = (0..10).map(|_| test.begin(HERE, "u", "old")).collect();
        pool.into_iter().for_each(|attempt| attempt.unwrap().fail());
    }
    assert_eq!(test.succeed(HERE, "u"), Ok(()));
    let old = Password::from_bytes(b"old");
    let busy = test
        .throttle
        .begin(HERE.parse().unwrap(), b"u", &old, false)
        .map(Attempt::fail);
    assert_eq!(busy, Err(DelayError::Busy));
    let new = Password::from_bytes(b"new");
    let other = test
        .throttle
        .begin(HERE.parse().unwrap(), b"u", &new, false)
        .map(Attempt::succeed);
    assert_eq!(other, Ok(()));
}

/// Otherwise repeated guesses, which are not counted, could delay an account for free.
#[test]
fn a_repeated_guess_in_flight_delays_no_other_login() {
    let test = TestThrottle::new(&[]);
    for guess in 0..5 {
        assert_eq!(test.fail(HERE, "u", &guess.to_string()), Ok(()));
    }
    test.advance(Duration::from_secs(1));
    let repeated = test.begin(HERE, "u", "4").unwrap();
    assert_eq!(test.succeed(THERE, "u"), Ok(()));
    repeated.fail();
}

/// All guesses begin before the first of them has failed.
#[test]
fn guesses_in_flight_are_counted() {
    let test = TestThrottle::new(&[]);
    let begin = |guess: u32| {
        let address = format!("198.51.100.{guess}");
        test.begin(&address, "u", &guess.to_string())
    };
    let (begun, refused): (Vec<_>, Vec<_>) = (0..100).map(begin).partition(Result::is_ok);
    assert_eq!(begun.len(), limits::ACCOUNT_FREE_FAILURES as usize);
    for refusal in refused {
        assert_eq!(refusal.map(drop), Err(DelayError::Wait(1)));
    }
    let accounts = |guess: u32| test.begin(HERE, &guess.to_string(), "x");
    let (begun, _refused): (Vec<_>, Vec<_>) = (0..100).map(accounts).partition(Result::is_ok);
    assert_eq!(begun.len(), limits::ADDRESS_FREE_FAILURES as usize);
}

#[test]
fn a_dropped_attempt_is_not_counted() {
    let test = TestThrottle::new(&[]);
    for guess in 0..100 {
        drop(test.begin(HERE, "u", &guess.to_string()).unwrap());
    }
    assert_eq!(test.succeed(HERE, "u"), Ok(()));
    assert_eq!(test.throttle.failed(), 0);
    assert_eq!(test.throttle.cancelled(), 100);
}

#[test]
fn spellings_of_a_name_share_their_failures() {
    let test = TestThrottle::new(&[]);
    for guess in 0..limits::ACCOUNT_FREE_FAILURES {
        let user = ["ren\u{e9}", "rene\u{301}"][guess as usize % 2];
        assert_eq!(test.fail(HERE, user, &guess.to_string()), Ok(()));
    }
    assert_eq!(test.succeed(THERE, "ren\u{e9}"), Err(DelayError::Wait(1)));
}

#[test]
fn an_ipv6_network_counts_as_one_address() {
    let test = TestThrottle::new(&[]);
    for guess in 0..limits::ADDRESS_FREE_FAILURES {
        let address = format!("2001:db8::{guess:x}");
        assert_eq!(test.fail(&address, &guess.to_string(), "x"), Ok(()));
    }
    assert_eq!(
        test.succeed("2001:db8::ffff", "u"),
        Err(DelayError::Wait(1))
    );
    assert_eq!(test.succeed("2001:db8:0:1::1", "u"), Ok(()));
    assert_eq!(
        test.succeed("2001:db8::ffff", "u"),
        Err(DelayError::Wait(1))
    );
}

/// All clients of a proxy have one address. Only the delay of the account applies to
/// them, because they cannot be distinguished.
#[test]
fn a_shared_address_is_not_counted() {
    let test = TestThrottle::new(&[HERE]);
    for guess in 0..1_000 {
        assert_eq!(test.fail(HERE, &guess.to_string(), "x"), Ok(()));
    }
    assert_eq!(test.succeed(HERE, "u"), Ok(()));
    for guess in 0..5 {
        assert_eq!(test.fail(HERE, "u", &guess.to_string()), Ok(()));
    }
    assert_eq!(test.succeed(HERE, "u"), Err(DelayError::Wait(1)));
    // Repeated guesses yield to other logins there, too.
    test.advance(Duration::from_secs(1));
    let last = Password::from_bytes(b"4");
    let here = HERE.parse().unwrap();
    let repeated = test.throttle.begin(here, b"u", &last, false);
    assert_eq!(repeated.map(drop), Err(DelayError::Busy));
}

/// A model of the throttle, with unbounded maps.
#[derive(Default)]
struct Model {
    addresses: HashMap<u8, ModelCount>,
    accounts: HashMap<u8, ModelCount>,
    known_addresses: HashSet<(u8, u8)>,
}

/// The failures of one address or account in order: the other key of each, and for
/// how many milliseconds it counts.
#[derive(Default)]
struct ModelCount {
    began: u64,
    failures: Vec<(u8, u64)>,
    delayed_until: u64,
    last: Option<(u8, u8)>,
}

const DECAY_MS: u64 = limits::FAILURE_DECAY.as_millis() as u64;

impl ModelCount {
    fn wait(&self, now: u64) -> u64 {
        self.delayed_until.saturating_sub(now).div_ceil(1_000)
    }

    fn left(&self, now: u64) -> u64 {
        let all: u64 = self.failures.iter().map(|(_, lasts)| lasts).sum();
        (self.began + all).saturating_sub(now)
    }

    fn fail(&mut self, rules: Rules, guess: (u8, u8), other: u8, now: u64) {
        if self.last.replace(guess) == Some(guess) {
            return;
        }
        if self.left(now) == 0 {
            *self = ModelCount {
                began: now,
                last: self.last,
                ..ModelCount::default()
            };
        }
        let room = DECAY_MS * u64::from(rules.max_failures()) - self.left(now);
        self.failures.push((other, DECAY_MS.min(room)));
        let counted = self.left(now).div_ceil(DECAY_MS) as u32;
        self.delayed_until = now + rules.delay(counted).as_millis() as u64;
    }

    fn forgive(&mut self, other: u8) {
        if self.failures.last().is_some_and(|&(key, _)| key == other) {
            while self.failures.pop_if(|&mut (key, _)| key == other).is_some() {}
            // Earlier failures are never forgiven.
            self.failures.iter_mut().for_each(|(key, _)| *key = u8::MAX);
        }
    }
}

impl Model {
    fn check(&self, address: u8, account: u8, now: u64) -> Result<(), DelayError> {
        let wait =
            |counts: &HashMap<u8, ModelCount>, key: u8| counts.get(&key).map_or(0, |c| c.wait(now));
        let mut seconds = wait(&self.addresses, address);
        if !self.known_addresses.contains(&(account, address)) {
            seconds = seconds.max(wait(&self.accounts, account));
        }
        match seconds {
            0 => Ok(()),
            seconds => Err(DelayError::Wait(seconds)),
        }
    }

    fn fail(&mut self, address: u8, account: u8, guess: u8, now: u64) {
        let guess = (account, guess);
        let count = self.addresses.entry(address).or_default();
        count.fail(ADDRESS_RULES, guess, account, now);
        let count = self.accounts.entry(account).or_default();
        count.fail(ACCOUNT_RULES, guess, address, now);
    }

    fn succeed(&mut self, address: u8, account: u8) {
        self.addresses.entry(address).or_default().forgive(account);
        self.accounts.entry(account).or_default().forgive(address);
        self.known_addresses.insert((account, address));
    }
}

proptest! {
    /// One login at a time, with fewer keys than slots.
    #[test]
    fn the_throttle_behaves_as_the_model(
        steps in proptest::collection::vec((0u8..3, 0u8..4, 0u8..8, 0u64..40_000), 1..400),
    ) {
        let test = TestThrottle::new(&[]);
        let mut model = Model::default();
        let mut now = 0;
        for (address, account, guess, pause) in steps {
            test.advance(Duration::from_millis(pause));
            now += pause;
            let result = test.begin(&format!("192.0.2.{address}"), &account.to_string(), &guess.to_string());
            prop_assert_eq!(result.as_ref().err().copied(), model.check(address, account, now).err());
            match result {
                Ok(attempt) if guess == 0 => {
                    attempt.succeed();
                    model.succeed(address, account);
                }
                Ok(attempt) => {
                    attempt.fail();
                    model.fail(address, account, guess, now);
                }
                Err(_) => {}
            }
        }
    }
}
