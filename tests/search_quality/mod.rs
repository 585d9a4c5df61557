//! What people type finds the film that they mean.

mod judge;

/// The films are known ones, with about the votes that they have; the queries
/// are of every kind that people type. The bounds are those of the project.
#[test]
fn the_film_that_is_meant_is_among_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("films.db");
    judge::load_titles(&database, None);
    let verdicts = judge::judge(&database, judge::QUERIES);
    assert!(verdicts.len() >= 200);
    for missed in verdicts.iter().filter(|verdict| verdict.place != Some(1)) {
        let (query, title, place) = (&missed.query, &missed.title, missed.place);
        println!("`{query}` has {title} at {place:?} of {:?}", missed.answers);
    }
    println!("{}", judge::table(&verdicts));
    let all = judge::score(&verdicts, |_| true);
    assert!(
        all.mean_reciprocal_rank >= 0.9,
        "{}",
        all.mean_reciprocal_rank
    );
    let typos = judge::score(&verdicts, |verdict| verdict.kind == "typo");
    assert!(typos.queries >= 40);
    assert!(
        typos.mean_reciprocal_rank >= 0.7,
        "{}",
        typos.mean_reciprocal_rank
    );
}
