//! The whole of it, with a clock that the test moves.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::*;
use proptest::prelude::*;

struct Bench {
    throttle: Throttle,
    milliseconds: Arc<AtomicU64>,
}

impl Bench {
    fn new(shared: &[&str]) -> Bench {
        let milliseconds = Arc::new(AtomicU64::new(0));
        let time = Arc::clone(&milliseconds);
        let clock = Box::new(move || Duration::from_millis(time.load(Ordering::Relaxed)));
        let shared = shared.iter().map(|address| address.parse().unwrap());
        Bench {
            throttle: Throttle::with_clock(shared, clock),
            milliseconds,
        }
    }

    fn pass(&self, time: Duration) {
        let milliseconds = time.as_millis() as u64;
        self.milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn begin(&self, address: &str, user: &str, password: &str) -> Result<Attempt<'_>, DelayError> {
        let password = Password::offered(password.as_bytes());
        let address = address.parse().unwrap();
        self.throttle
            .begin(address, user.as_bytes(), &password, true)
    }

    fn wrong(&self, address: &str, user: &str, password: &str) -> Result<(), DelayError> {
        self.begin(address, user, password).map(Attempt::wrong)
    }

    fn right(&self, address: &str, user: &str) -> Result<(), DelayError> {
        self.begin(address, user, "right").map(Attempt::right)
    }

    /// Wrong guesses, each another one, as soon as they may be, until one has
    /// to wait for longer than `timeouts`; gives how many.
    fn storm(&self, address: &str, user: &str, timeouts: u64) -> u64 {
        for guess in 0.. {
            match self.wrong(address, user, &format!("{address} {guess}")) {
                Err(DelayError::Wait(seconds)) if seconds > timeouts => return guess,
                Err(DelayError::Wait(seconds)) => self.pass(Duration::from_secs(seconds)),
                _ => {}
            }
        }
        unreachable!()
    }
}

const HERE: &str = "192.0.2.1";
const THERE: &str = "192.0.2.2";

#[test]
fn an_account_is_held_for_longer_and_longer_up_to_a_bound() {
    let bench = Bench::new(&[]);
    let mut waits = Vec::new();
    // Each guess from another address, so that none of those has to wait.
    for guess in 0..12 {
        let address = format!("198.51.100.{guess}");
        assert_eq!(bench.wrong(&address, "u", &guess.to_string()), Ok(()));
        let wait = match bench.begin(THERE, "u", "right") {
            Err(DelayError::Wait(seconds)) => seconds,
            Ok(attempt) => {
                attempt.untried();
                0
            }
            Err(DelayError::Busy) => unreachable!(),
        };
        waits.push(wait);
        bench.pass(Duration::from_secs(wait));
    }
    assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(bench.right(THERE, "u"), Ok(()));
    assert_eq!(bench.throttle.wrong(), 12);
    assert_eq!(bench.throttle.delayed(), 8);
}

#[test]
fn an_address_is_held_whatever_the_account() {
    let bench = Bench::new(&[]);
    for guess in 0..limits::ADDRESS_FREE_FAILURES {
        assert_eq!(bench.wrong(HERE, &guess.to_string(), "x"), Ok(()));
    }
    assert_eq!(bench.right(HERE, "u"), Err(DelayError::Wait(1)));
    assert_eq!(bench.right(THERE, "u"), Ok(()));
    bench.pass(Duration::from_millis(999));
    assert_eq!(bench.right(HERE, "u"), Err(DelayError::Wait(1)));
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.right(HERE, "u"), Ok(()));
    let mut waits = Vec::new();
    for guess in 0..13 {
        assert_eq!(bench.wrong(HERE, &format!("more {guess}"), "x"), Ok(()));
        if let Err(DelayError::Wait(seconds)) = bench.wrong(HERE, "other", "x") {
            waits.push(seconds);
            bench.pass(Duration::from_secs(seconds));
        }
    }
    // One is forgotten every 900 s, so from then on as much as is added.
    let expected = [2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 900, 900, 900];
    assert_eq!(waits, expected);
}

/// Three typing errors and the right password, again and again.
#[test]
fn a_person_who_mistypes_never_waits() {
    let bench = Bench::new(&[]);
    for morning in 0..100 {
        for error in 0..3 {
            let typed = format!("{morning} {error}");
            assert_eq!(bench.wrong(HERE, "u", &typed), Ok(()));
        }
        assert_eq!(bench.right(HERE, "u"), Ok(()));
    }
}

/// Who has an account cannot use it to clear what he did to others.
#[test]
fn a_right_login_forgives_nothing_but_its_own_errors() {
    let bench = Bench::new(&[]);
    for guess in 0..limits::ADDRESS_FREE_FAILURES {
        assert_eq!(
            bench.wrong(HERE, &format!("victim {}", guess / 4), &guess.to_string()),
            Ok(())
        );
        let _ = bench.right(HERE, "mine");
    }
    assert_eq!(bench.right(HERE, "mine"), Err(DelayError::Wait(1)));
}

#[test]
fn nothing_depends_on_what_there_is_of_an_account() {
    // The counts never hear of it: an attempt knows only what was offered.
    let bench = Bench::new(&[]);
    let of_known = bench.storm(HERE, "known", 60);
    let bench = Bench::new(&[]);
    assert_eq!(bench.storm(HERE, "unknown", 60), of_known);
}

/// One address that never stops, for a day: the account's own people get in
/// from where they were before at any time, and others most of the time.
#[test]
fn one_slow_attacker_locks_nobody_out() {
    let bench = Bench::new(&[]);
    assert_eq!(bench.right(THERE, "u"), Ok(()));
    let (mut guesses, mut tries, mut refused) = (0_u32, 0_u32, 0_u32);
    for _second in 0..86_400 {
        bench.pass(Duration::from_secs(1));
        if bench.wrong(HERE, "u", &guesses.to_string()).is_ok() {
            guesses += 1;
        }
        assert_eq!(
            bench.begin(THERE, "u", "right").map(Attempt::untried),
            Ok(())
        );
        tries += 1;
        let elsewhere = bench.begin("192.0.2.3", "u", "right");
        refused += u32::from(elsewhere.map(Attempt::untried).is_err());
    }
    assert!(refused * 12 < tries, "{refused} of {tries}");
    // Four an hour, after those at the beginning.
    assert!(guesses <= 4 * 24 + 32, "{guesses}");
}

/// A thousand addresses together get no more guesses at an account than the
/// delay allows, and lock out nobody who was there before.
#[test]
fn many_attackers_guess_no_faster_at_one_account() {
    let bench = Bench::new(&[]);
    assert_eq!(bench.right(THERE, "u"), Ok(()));
    let mut guesses = 0;
    for second in 0..3_600 {
        bench.pass(Duration::from_secs(1));
        for attacker in 0..10 {
            let address = format!("10.0.{}.{attacker}", second % 100);
            let guess = format!("{second} {attacker}");
            guesses += u32::from(bench.wrong(&address, "u", &guess).is_ok());
        }
        assert_eq!(
            bench.begin(THERE, "u", "right").map(Attempt::untried),
            Ok(())
        );
    }
    assert!((60..=72).contains(&guesses), "{guesses}");
}

#[test]
fn a_pool_with_the_right_password_gets_in_all_at_once() {
    let bench = Bench::new(&[]);
    // Even when the last free failure has been used up.
    for guess in 0..4 {
        assert_eq!(bench.wrong(HERE, "u", &guess.to_string()), Ok(()));
    }
    let pool: Vec<_> = (0..500).map(|_| bench.begin(HERE, "u", "right")).collect();
    for attempt in pool {
        attempt.unwrap().right();
    }
    assert_eq!(bench.right(HERE, "u"), Ok(()));
}

/// Clients that connect again by themselves with an old password are no
/// attackers; and as they cost hashes, they come after everybody else.
#[test]
fn the_same_wrong_password_again_and_again_is_one_failure() {
    let bench = Bench::new(&[]);
    for _ in 0..1_000 {
        let pool: Vec<_> = (0..10).map(|_| bench.begin(HERE, "u", "old")).collect();
        pool.into_iter()
            .for_each(|attempt| attempt.unwrap().wrong());
    }
    assert_eq!(bench.right(HERE, "u"), Ok(()));
    let old = Password::offered(b"old");
    let busy = bench
        .throttle
        .begin(HERE.parse().unwrap(), b"u", &old, false)
        .map(Attempt::wrong);
    assert_eq!(busy, Err(DelayError::Busy));
    let new = Password::offered(b"new");
    let other = bench
        .throttle
        .begin(HERE.parse().unwrap(), b"u", &new, false)
        .map(Attempt::right);
    assert_eq!(other, Ok(()));
}

/// A guess that adds nothing would otherwise be a free way to hold an account.
#[test]
fn a_repeated_guess_that_is_under_way_holds_up_nobody() {
    let bench = Bench::new(&[]);
    for guess in 0..5 {
        assert_eq!(bench.wrong(HERE, "u", &guess.to_string()), Ok(()));
    }
    bench.pass(Duration::from_secs(1));
    let repeated = bench.begin(HERE, "u", "4").unwrap();
    assert_eq!(bench.right(THERE, "u"), Ok(()));
    repeated.wrong();
}

/// All at once, before the first of them has failed.
#[test]
fn guesses_that_are_under_way_count_already() {
    let bench = Bench::new(&[]);
    let begin = |guess: u32| {
        let address = format!("198.51.100.{guess}");
        bench.begin(&address, "u", &guess.to_string())
    };
    let (begun, refused): (Vec<_>, Vec<_>) = (0..100).map(begin).partition(Result::is_ok);
    assert_eq!(begun.len(), limits::ACCOUNT_FREE_FAILURES as usize);
    for refusal in refused {
        assert_eq!(refusal.map(drop), Err(DelayError::Wait(1)));
    }
    let accounts = |guess: u32| bench.begin(HERE, &guess.to_string(), "x");
    let (begun, _refused): (Vec<_>, Vec<_>) = (0..100).map(accounts).partition(Result::is_ok);
    assert_eq!(begun.len(), limits::ADDRESS_FREE_FAILURES as usize);
}

/// An attempt that nobody sees to its end, as of a connection that was cut.
#[test]
fn an_attempt_that_is_dropped_was_wrong() {
    let bench = Bench::new(&[]);
    for guess in 0..5 {
        drop(bench.begin(HERE, "u", &guess.to_string()).unwrap());
    }
    assert_eq!(bench.right(HERE, "u"), Err(DelayError::Wait(1)));
    // One that could not be tried was not.
    let bench = Bench::new(&[]);
    for guess in 0..100 {
        bench
            .begin(HERE, "u", &guess.to_string())
            .unwrap()
            .untried();
    }
    assert_eq!(bench.right(HERE, "u"), Ok(()));
}

#[test]
fn a_network_of_ipv6_is_one_address() {
    let bench = Bench::new(&[]);
    for guess in 0..limits::ADDRESS_FREE_FAILURES {
        let address = format!("2001:db8::{guess:x}");
        assert_eq!(bench.wrong(&address, &guess.to_string(), "x"), Ok(()));
    }
    assert_eq!(bench.right("2001:db8::ffff", "u"), Err(DelayError::Wait(1)));
    assert_eq!(bench.right("2001:db8:0:1::1", "u"), Ok(()));
    assert_eq!(bench.right("2001:db8::ffff", "u"), Err(DelayError::Wait(1)));
}

/// Behind a proxy all have one address, which then means nothing; the account's
/// delay holds for all of them, because nobody there can be told from another.
#[test]
fn a_shared_address_is_not_counted() {
    let bench = Bench::new(&[HERE]);
    for guess in 0..1_000 {
        assert_eq!(bench.wrong(HERE, &guess.to_string(), "x"), Ok(()));
    }
    assert_eq!(bench.right(HERE, "u"), Ok(()));
    for guess in 0..5 {
        assert_eq!(bench.wrong(HERE, "u", &guess.to_string()), Ok(()));
    }
    assert_eq!(bench.right(HERE, "u"), Err(DelayError::Wait(1)));
    // What is repeated comes after everybody else there, too.
    bench.pass(Duration::from_secs(1));
    let last = Password::offered(b"4");
    let here = HERE.parse().unwrap();
    let repeated = bench.throttle.begin(here, b"u", &last, false);
    assert_eq!(repeated.map(drop), Err(DelayError::Busy));
}

/// What the whole is supposed to do, with maps that grow as they like.
#[derive(Default)]
struct Model {
    addresses: HashMap<u8, Count>,
    accounts: HashMap<u8, Count>,
    known_addresses: HashSet<(u8, u8)>,
}

/// The failure_table of one address or account, each with whose they are and the
/// milliseconds for which it counts, one behind the other.
#[derive(Default)]
struct Count {
    began: u64,
    failure_table: Vec<(u8, u64)>,
    held_until: u64,
    last: Option<(u8, u8)>,
}

const FORGOTTEN_MS: u64 = limits::FAILURE_DECAY.as_millis() as u64;

impl Count {
    fn wait(&self, now: u64) -> u64 {
        self.held_until.saturating_sub(now).div_ceil(1_000)
    }

    fn left(&self, now: u64) -> u64 {
        let all: u64 = self.failure_table.iter().map(|(_, lasts)| lasts).sum();
        (self.began + all).saturating_sub(now)
    }

    fn fail(&mut self, rules: Rules, guess: (u8, u8), by: u8, now: u64) {
        if self.last.replace(guess) == Some(guess) {
            return;
        }
        if self.left(now) == 0 {
            *self = Count {
                began: now,
                last: self.last,
                ..Count::default()
            };
        }
        let room = FORGOTTEN_MS * u64::from(rules.most()) - self.left(now);
        self.failure_table.push((by, FORGOTTEN_MS.min(room)));
        let counted = self.left(now).div_ceil(FORGOTTEN_MS) as u32;
        self.held_until = now + rules.delay(counted).as_millis() as u64;
    }

    fn forgive(&mut self, by: u8) {
        if self
            .failure_table
            .last()
            .is_some_and(|&(whose, _)| whose == by)
        {
            while self
                .failure_table
                .pop_if(|&mut (whose, _)| whose == by)
                .is_some()
            {}
            // Those before are not forgiven any more, whoever comes.
            self.failure_table
                .iter_mut()
                .for_each(|(whose, _)| *whose = u8::MAX);
        }
    }
}

impl Model {
    fn ask(&self, address: u8, account: u8, now: u64) -> Result<(), DelayError> {
        let wait = |counts: &HashMap<u8, Count>, of: u8| counts.get(&of).map_or(0, |c| c.wait(now));
        let mut seconds = wait(&self.addresses, address);
        if !self.known_addresses.contains(&(account, address)) {
            seconds = seconds.max(wait(&self.accounts, account));
        }
        match seconds {
            0 => Ok(()),
            seconds => Err(DelayError::Wait(seconds)),
        }
    }

    fn wrong(&mut self, address: u8, account: u8, guess: u8, now: u64) {
        let guess = (account, guess);
        let count = self.addresses.entry(address).or_default();
        count.fail(OF_ADDRESSES, guess, account, now);
        let count = self.accounts.entry(account).or_default();
        count.fail(OF_ACCOUNTS, guess, address, now);
    }

    fn right(&mut self, address: u8, account: u8) {
        self.addresses.entry(address).or_default().forgive(account);
        self.accounts.entry(account).or_default().forgive(address);
        self.known_addresses.insert((account, address));
    }
}

proptest! {
    /// One login at a time, of few enough to be remembered, gets the model's answers.
    #[test]
    fn it_does_what_the_model_does(
        steps in proptest::collection::vec((0u8..3, 0u8..4, 0u8..8, 0u64..40_000), 1..400),
    ) {
        let bench = Bench::new(&[]);
        let mut model = Model::default();
        let mut now = 0;
        for (address, account, guess, pause) in steps {
            bench.pass(Duration::from_millis(pause));
            now += pause;
            let said = bench.begin(&format!("192.0.2.{address}"), &account.to_string(), &guess.to_string());
            prop_assert_eq!(said.as_ref().err().copied(), model.ask(address, account, now).err());
            match said {
                Ok(attempt) if guess == 0 => {
                    attempt.right();
                    model.right(address, account);
                }
                Ok(attempt) => {
                    attempt.wrong();
                    model.wrong(address, account, guess, now);
                }
                Err(_) => {}
            }
        }
    }
}
