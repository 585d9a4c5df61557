//! A WAL whose end was cut off or damaged, as a power cut may leave it on a disk that
//! reports writes too early.

use std::fs;

use catalogue::protocol::resp::Reply;

use super::is_whole;
use crate::support::{Folder, Rng, TestServer, measured, soak_rounds};

const TEARS: u64 = 20;
const CHANGES: usize = 40;

/// The files of a catalogue whose server was killed.
struct Killed {
    files: Vec<(&'static str, Vec<u8>)>,
    /// The length of the WAL when each change was acknowledged.
    lengths: Vec<usize>,
}

const LOG: &str = "sae.db-wal";
const INDEX: &str = "sae.db-shm";

fn name(change: usize) -> String {
    format!("change {change}")
}

fn killed_after_changes() -> Killed {
    let server = TestServer::start();
    let mut admin = server.admin();
    let log = server.folder().path().join(LOG);
    let acknowledged = |change| {
        let ok = Reply::Status("OK".to_owned());
        let answer = admin.ask(&["PUT", &name(change), r#"{"title":"x"}"#]);
        assert_eq!(answer, ok);
        fs::metadata(&log).unwrap().len() as usize
    };
    let lengths = (0..CHANGES).map(acknowledged).collect();
    let folder = server.kill();
    let read = |file| (file, fs::read(folder.path().join(file)).unwrap());
    Killed {
        files: ["sae.db", LOG, INDEX].map(read).to_vec(),
        lengths,
    }
}

/// Damages the WAL after its first `at` bytes.
fn tear(log: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    match rng.below(4) {
        0 => log.truncate(at),
        1 => log[at] ^= 1 << rng.below(8),
        2 => log[at..].fill(0),
        _ => log[at..].fill_with(|| rng.below(256) as u8),
    }
}

/// Changes before the tear are there. Of the later ones the first few may be there,
/// without a gap. The server continues.
#[test]
fn a_torn_wal_loses_only_what_follows_the_tear() {
    let tears = soak_rounds().unwrap_or(TEARS);
    let mut rng = Rng(7);
    let killed = killed_after_changes();
    let (mut kept, mut lost) = (0, 0);
    for _ in 0..tears {
        let mut files = killed.files.clone();
        let at = rng.below(files[1].1.len() as u64) as usize;
        tear(&mut files[1].1, at, &mut rng);
        // The WAL index may still exist or not.
        files.truncate(2 + rng.below(2) as usize);
        let server = TestServer::serve(Folder::with_files(&files), "127.0.0.1:0", &[]);
        let mut admin = server.admin();
        let is_there = |change: &usize| admin.ask(&["EXISTS", &name(*change)]) == Reply::Integer(1);
        let there: Vec<usize> = (0..CHANGES).filter(is_there).collect();
        let intact = killed
            .lengths
            .iter()
            .filter(|length| **length <= at)
            .count();
        assert!(there.len() >= intact, "{} of {intact}", there.len());
        assert!(there.iter().copied().eq(0..there.len()), "{there:?}");
        kept += there.len();
        lost += CHANGES - there.len();
        is_whole(server.folder());
        let again = admin.ask(&["PUT", &name(CHANGES), r#"{"title":"x"}"#]);
        assert_eq!(again, Reply::Status("OK".to_owned()));
        let (status, folder) = server.stop();
        assert!(status.success());
        is_whole(&folder);
        assert_eq!(folder.files(), ["sae.db"]);
    }
    assert!(kept > 0 && lost > 0, "{kept} kept, {lost} lost");
    if soak_rounds().is_some() {
        measured(&format!(
            "\n- logs torn at any byte: {tears} rounds, writes lost before the tear: 0"
        ));
    }
}
