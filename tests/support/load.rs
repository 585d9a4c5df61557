//! Clients that write without a pause while a test runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use catalogue::protocol::resp::Reply;

use super::{RawClient, TestServer, wait_for};

/// The number of writers.
pub const WRITERS: usize = 3;
/// The most changes of one writer, if it is not stopped.
const MOST: u64 = 200_000;

/// The number of acknowledged changes of each writer: movies `w<writer>-<number>`, in the
/// order of the numbers, from 0.
pub struct Load {
    acknowledged: [AtomicU64; WRITERS],
    enough: AtomicBool,
}

impl Load {
    /// The acknowledged changes of each writer so far.
    pub fn acknowledged(&self) -> [u64; WRITERS] {
        std::array::from_fn(|writer| self.acknowledged[writer].load(Ordering::SeqCst))
    }

    /// Waits until every writer has written another movie.
    #[track_caller]
    pub fn goes_on(&self) {
        let before = self.acknowledged();
        wait_for("changes", || {
            let now = self.acknowledged();
            before
                .iter()
                .zip(now)
                .all(|(&before, now)| now > before)
                .then_some(())
        });
    }

    fn write(&self, mut admin: RawClient, writer: usize) {
        for number in 0..MOST {
            if self.enough.load(Ordering::SeqCst) {
                return;
            }
            let name = format!("w{writer}-{number}");
            let done = admin.ask(&["PUT", &name, r#"{"title":"x"}"#]);
            assert_eq!(done, Reply::Status("OK".to_owned()));
            self.acknowledged[writer].fetch_add(1, Ordering::SeqCst);
        }
        panic!("the writers were not stopped");
    }
}

/// Runs `work` while the writers write.
pub fn under_load<T>(server: &TestServer, work: impl FnOnce(&Load) -> T) -> T {
    let load = Load {
        acknowledged: Default::default(),
        enough: AtomicBool::new(false),
    };
    /// Stops the writers on every way out, so that a failure ends at once.
    struct Enough<'a>(&'a AtomicBool);
    impl Drop for Enough<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    thread::scope(|scope| {
        let _enough = Enough(&load.enough);
        for writer in 0..WRITERS {
            let (load, admin) = (&load, server.admin());
            scope.spawn(move || load.write(admin, writer));
        }
        load.goes_on();
        work(&load)
    })
}
