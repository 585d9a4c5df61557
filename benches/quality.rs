//! The quality of the answers of `FIND` to queries as users type them, by kind.
//!
//! `just quality` judges the queries of `tests/search_quality/` over the project's own list of
//! titles, and then those that are never used for tuning. With `CATALOGUE_TITLES=DIR` the titles are those of `title.basics.tsv.gz` and
//! `title.ratings.tsv.gz` in that folder. Arguments:
//!
//! - `--queries FILE`: judges the queries of this file: kind, query, title and year, with tabs;
//! - `--db FILE`: keeps the catalogue in this file, and uses it when it exists;
//! - `--misses`: prints each query whose film is not the first answer.

#[path = "../tests/search_quality/judge.rs"]
mod judge;

use std::path::{Path, PathBuf};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).map(PathBuf::from)
    };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let database = value("--db").unwrap_or_else(|| scratch.path().join("quality.db"));
    let titles = std::env::var_os("CATALOGUE_TITLES").map(PathBuf::from);
    if !database.exists() {
        judge::load_titles(&database, titles.as_deref().map(Path::new));
    }
    let sets = match value("--queries") {
        Some(file) => vec![std::fs::read_to_string(file).expect("a file of queries")],
        None => vec![judge::QUERIES.to_owned(), judge::HELD_OUT.to_owned()],
    };
    let lists_misses = args.iter().any(|arg| arg == "--misses");
    for queries in sets {
        report(&judge::judge(&database, &queries), lists_misses);
    }
}

fn report(verdicts: &[judge::Verdict], lists_misses: bool) {
    if lists_misses {
        for verdict in verdicts.iter().filter(|verdict| verdict.place != Some(1)) {
            let place = verdict
                .place
                .map_or("-".to_owned(), |place| place.to_string());
            let answers = verdict.answers.iter().take(3).cloned().collect::<Vec<_>>();
            println!(
                "{}\t{}\t{place}\t{}\t{}",
                verdict.kind,
                verdict.query,
                verdict.title,
                answers.join(" | ")
            );
        }
    }
    println!("{}", judge::table(verdicts));
}
