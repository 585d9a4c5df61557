//! What people type finds the film that they mean.

mod judge;

use std::path::PathBuf;

use judge::{HELD_OUT, QUERIES, Verdict};

/// The kinds whose mean reciprocal rank is lower than that of the others.
const HARD_KINDS: [(&str, f64); 2] = [("shorthand", 0.75), ("two errors", 0.75)];

fn catalogue() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("films.db");
    judge::load_titles(&database, None);
    (folder, database)
}

fn print(verdicts: &[Verdict]) {
    for missed in verdicts.iter().filter(|verdict| verdict.place != Some(1)) {
        let (query, title, place) = (&missed.query, &missed.title, missed.place);
        println!("`{query}` has {title} at {place:?} of {:?}", missed.answers);
    }
    println!("{}", judge::table(verdicts));
}

/// The queries for tuning are of every kind that people type. The list of films and series has about
/// the votes that they have.
#[test]
fn the_film_that_is_meant_is_among_the_first() {
    let (_folder, database) = catalogue();
    let verdicts = judge::judge(&database, QUERIES);
    print(&verdicts);
    assert!(verdicts.len() >= 1_500);
    for kind in judge::kinds(&verdicts) {
        let score = judge::score(&verdicts, |verdict| verdict.kind == kind);
        let hard = HARD_KINDS.iter().find(|hard| hard.0 == kind);
        let least = hard.map_or(0.9, |hard| hard.1);
        let rank = score.mean_reciprocal_rank;
        assert!(rank >= least, "{kind}: {rank:.3}");
    }
    let rank = judge::score(&verdicts, |_| true).mean_reciprocal_rank;
    assert!(rank >= 0.955, "{rank:.3}");
}

/// Nobody tunes for these queries, which were written from a list of films alone.
#[test]
fn queries_that_nothing_was_tuned_for_find_their_film_too() {
    let (_folder, database) = catalogue();
    let verdicts = judge::judge(&database, HELD_OUT);
    println!("{}", judge::table(&verdicts));
    assert!(verdicts.len() >= 300);
    let rank = judge::score(&verdicts, |_| true).mean_reciprocal_rank;
    assert!(rank >= 0.9, "{rank:.3}");
}
