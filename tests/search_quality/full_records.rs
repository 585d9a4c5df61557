//! Films by their titles in other countries, and episodes by the words of their series.

use std::collections::HashMap;
use std::path::Path;

use catalogue::movie::{Aka, Details, Fields, FullMovie, Movie, SeriesPlace};
use catalogue::store::{Change, ChangeRequest, ReadTransaction, Reader, StoreError, Writer};

use super::judge::{self, Verdict};

/// Title, year, region, and the title there.
const OTHER_TITLES: &str = include_str!("other_titles.tsv");
/// Series, its year, episode, and its year.
const EPISODES: &str = include_str!("episodes.tsv");
/// The votes of an episode.
const EPISODE_VOTES: u32 = 20_000;

/// The four columns of each line after the header.
fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    table.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        columns.try_into().expect("four columns")
    })
}

/// The movies of the catalogue by title and year.
pub(super) fn movies(database: &Path) -> HashMap<String, Movie> {
    let mut reader = Reader::open(database).unwrap();
    let mut movies = HashMap::new();
    let read = ReadTransaction::new(&mut reader).all::<StoreError>(|movie| {
        let year = movie.released.map_or(0, |released| released.year());
        movies.insert(format!("{} {year}", movie.title), movie.to_movie().unwrap());
        Ok(())
    });
    read.unwrap();
    movies
}

/// Adds the other titles and the episodes.
fn put_records(database: &Path) {
    let movies = movies(database);
    let mut details: HashMap<String, Details> = HashMap::new();
    for [title, year, region, other] in rows(OTHER_TITLES) {
        let details = details.entry(format!("{title} {year}")).or_default();
        details.akas.push(Aka {
            title: other.to_owned(),
            region: Some(region.to_owned()),
            ..Aka::default()
        });
    }
    let mut full = Vec::new();
    for (number, [series, series_year, episode, year]) in rows(EPISODES).enumerate() {
        let label = format!("{series} {series_year}");
        details.entry(label.clone()).or_default().kind = Some("tvSeries".to_owned());
        let fields = Fields {
            name: format!("episode {number}"),
            title: episode.to_owned(),
            released: Some(year.parse().unwrap()),
            votes: Some(EPISODE_VOTES),
            ..Fields::default()
        };
        let of_episode = Details {
            kind: Some("tvEpisode".to_owned()),
            series: Some(SeriesPlace {
                name: movies[&label].name.clone(),
                ..SeriesPlace::default()
            }),
            ..Details::default()
        };
        full.push(FullMovie::new(Movie::new(fields).unwrap(), of_episode).unwrap());
    }
    for (label, details) in details {
        full.push(FullMovie::new(movies[&label].clone(), details).unwrap());
    }
    put(database, full);
}

/// Puts movies with their details.
pub(super) fn put(database: &Path, full: Vec<FullMovie>) {
    let (writer, thread) = Writer::open(database).unwrap();
    let put = |movie: &FullMovie| {
        let change = Change::PutMovie(Box::new(movie.clone()));
        writer.submit(ChangeRequest::from_operator(change)).unwrap()
    };
    // The queue of the writer has a bound.
    for movies in full.chunks(256) {
        let receipts: Vec<_> = movies.iter().map(put).collect();
        for receipt in receipts {
            receipt.wait().unwrap();
        }
    }
    drop(writer);
    thread.join().unwrap();
}

/// The queries of each table.
fn queries() -> String {
    let mut queries = String::from("kind\tquery\ttitle\tyear\n");
    for [title, year, _, other] in rows(OTHER_TITLES) {
        let query = other.to_lowercase();
        queries += &format!("other title\t{query}\t{title}\t{year}\n");
    }
    for [series, _, episode, year] in rows(EPISODES) {
        let query = format!("{series} {episode}").to_lowercase();
        let query = query.strip_prefix("the ").unwrap_or(&query).to_owned();
        queries += &format!("series and episode\t{query}\t{episode}\t{year}\n");
    }
    queries
}

#[test]
fn films_are_found_in_other_languages_and_episodes_with_their_series() {
    let (_folder, database) = super::catalogue();
    put_records(&database);
    let verdicts = judge::judge(&database, &queries());
    super::print(&verdicts);
    let first = |kind: &str| {
        let of_kind = |verdict: &Verdict| verdict.kind == kind;
        let score = judge::score(&verdicts, of_kind);
        (score.queries, score.first as f64 / score.queries as f64)
    };
    let (other_titles, are_first) = first("other title");
    assert!(other_titles >= 200 && are_first >= 0.97, "{are_first:.3}");
    let (episodes, are_first) = first("series and episode");
    assert!(episodes >= 50 && are_first >= 0.9, "{are_first:.3}");
}
