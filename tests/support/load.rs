//! Clients that write without a pause while a test does something else.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use catalogue::protocol::resp::Reply;

use super::{RawClient, TestServer, wait_for};

/// How many write at the same time.
pub const WRITERS: usize = 3;
/// The most that one of them writes, should nobody stop it.
const MOST: u64 = 200_000;

/// How many changes of each writer were acknowledged: movies `w<writer>-<number>`,
/// in the order of the numbers, from 0.
pub struct Load {
    acknowledged: [AtomicU64; WRITERS],
    enough: AtomicBool,
}

impl Load {
    /// How many of each writer are acknowledged by now.
    pub fn acknowledged(&self) -> [u64; WRITERS] {
        std::array::from_fn(|writer| self.acknowledged[writer].load(Ordering::SeqCst))
    }

    /// Waits until every writer has written something more.
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
        panic!("nobody has stopped the writers");
    }
}

/// Does something while the writers write.
pub fn under_load<T>(server: &TestServer, work: impl FnOnce(&Load) -> T) -> T {
    let load = Load {
        acknowledged: Default::default(),
        enough: AtomicBool::new(false),
    };
    /// However the work ends, so that a failure is not followed by a wait.
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
