//! Queries as users type them find the intended film.

mod full_records;
mod judge;
mod people;

use std::path::PathBuf;

use judge::{HELD_OUT, QUERIES, Verdict};

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
        let rank = score.mean_reciprocal_rank;
        assert!(rank >= 0.9, "{kind}: {rank:.3}");
    }
    let rank = judge::score(&verdicts, |_| true).mean_reciprocal_rank;
    assert!(rank >= 0.97, "{rank:.3}");
}

/// The search was not tuned for these queries. They were written from a list of films.
#[test]
fn queries_that_nothing_was_tuned_for_find_their_film_too() {
    let (_folder, database) = catalogue();
    let verdicts = judge::judge(&database, HELD_OUT);
    println!("{}", judge::table(&verdicts));
    assert!(verdicts.len() >= 300);
    let rank = judge::score(&verdicts, |_| true).mean_reciprocal_rank;
    assert!(rank >= 0.9, "{rank:.3}");
}
