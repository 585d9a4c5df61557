//! Newer sets of the files: records whose rows are the same are passed over, and the catalogue is
//! as if all had been compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::*;
use crate::import::errors::RowError;
use crate::movie::{CastMember, Details, Fields, FullMovie, Movie};
use crate::store::{
    self, Change, ChangeRequest, LoadCounts, Loader, ProgressObserver, RecordLoader, Writer,
};

/// A generator of numbers, the same ones in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

const TITLES: u64 = 150;
const PEOPLE: u64 = 60;

/// Rows by their file and their place in it.
#[derive(Clone, Default)]
struct Rows(BTreeMap<ImdbFile, BTreeMap<(ImdbKey, u64), String>>);

fn title(number: u64) -> String {
    // Ids of seven and of eight digits in turn.
    let number = if number.is_multiple_of(3) {
        20_000_000 + number
    } else {
        2_000_000 + number
    };
    format!("tt{number:07}")
}

fn person(number: u64) -> String {
    format!("nm{number:07}")
}

impl Rows {
    /// Adds a row of that place, or replaces it.
    fn add(&mut self, file: ImdbFile, place: u64, numbers: &mut Numbers) {
        let of_title = place % TITLES;
        let id = match file {
            ImdbFile::Names => person(place % PEOPLE),
            _ => title(of_title),
        };
        let mut any_person = || person(numbers.below(PEOPLE + 2));
        let people = [any_person(), any_person()].join(",");
        let n = numbers.below(9);
        let values = match file {
            ImdbFile::Basics => {
                let kind = if of_title < 5 {
                    "tvSeries"
                } else {
                    "tvEpisode"
                };
                format!("{kind}\tKite {n}\tKite {of_title}\t0\t200{n}\t\\N\t{n}\tDrama")
            }
            ImdbFile::Ratings => format!("{n}.5\t{}", n * n * 1_000 + 1),
            ImdbFile::Akas => format!("{place}\tDrache {n}\tDE\tde\timdbDisplay\t\\N\t0"),
            ImdbFile::Principals => {
                format!("{place}\t{}\tactor\t\\N\t[\"Self {n}\"]", &people[..9])
            }
            ImdbFile::Crew => format!("{people}\t\\N"),
            ImdbFile::Episode => format!("{}\t{n}\t{of_title}", title(n % 6)),
            ImdbFile::Names => {
                let known_for = title(numbers.below(TITLES + 9));
                format!("Ann {n}\t19{n}0\t\\N\tactor\t{known_for}")
            }
        };
        let key = ImdbKey::parse(&id, file.id_prefix()).unwrap();
        let rows = self.0.entry(file).or_default();
        rows.insert((key, place), format!("{id}\t{values}"));
    }

    fn first(numbers: &mut Numbers) -> Rows {
        let mut rows = Rows::default();
        for file in ImdbFile::ALL {
            let places = match file {
                ImdbFile::Names => PEOPLE,
                ImdbFile::Akas | ImdbFile::Principals => 4 * TITLES,
                _ => TITLES,
            };
            for place in 0..places {
                let is_left_out = file == ImdbFile::Ratings || numbers.one_in(9);
                if !is_left_out || file == ImdbFile::Ratings && numbers.one_in(3) {
                    rows.add(file, place, numbers);
                }
            }
        }
        rows
    }

    /// Changes, adds and removes some rows.
    fn edit(&mut self, numbers: &mut Numbers) {
        for _ in 0..=numbers.below(8) {
            let file = ImdbFile::ALL[numbers.below(7) as usize];
            let place = numbers.below(if file == ImdbFile::Names {
                PEOPLE
            } else {
                TITLES
            });
            let before = self.0[&file].len();
            if numbers.one_in(3) {
                self.0
                    .get_mut(&file)
                    .unwrap()
                    .retain(|(_, there), _| *there != place);
            }
            if self.0[&file].len() == before {
                self.add(file, place, numbers);
            }
        }
    }

    fn write(&self, folder: &Path) {
        for (file, rows) in &self.0 {
            let mut text = file.columns().join("\t") + "\n";
            for row in rows.values() {
                text += row;
                text.push('\n');
            }
            std::fs::write(folder.join(format!("{file}.tsv")), text).unwrap();
        }
    }
}

/// What an import counts: records, rows, and rows that have no place.
type Outcome = (LoadCounts, ImdbCounts, BTreeMap<(ImdbFile, RowIssue), u64>);

fn import(files: &Path, database: &Path, options: ImdbOptions) -> Outcome {
    let files = ImdbFiles::find(&[PathBuf::from(files)]).unwrap().unwrap();
    let import = ImdbImport::new(files, options, database.parent().unwrap()).unwrap();
    let mut loader = RecordLoader::new(database, import.parts()).unwrap();
    let mut report = |error: &RowError| panic!("{error}");
    let mut faults = Faults::new(false, &mut report);
    let mut target = RecordTarget::new(&mut loader);
    let counts = import.run(&mut target, &mut faults, &mut |_| true).unwrap();
    let written = loader.commit_observed(&mut ProgressObserver::silent());
    let mut written = written.unwrap();
    // Series whose episodes are as they were are not counted.
    written.series.unchanged = 0;
    (written, counts, faults.issues().clone())
}

fn sqlite(database: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(database).unwrap()
}

/// All rows of the tables that an import writes, but for the hashes.
fn records(database: &Path) -> Vec<String> {
    let connection = sqlite(database);
    let mut all = Vec::new();
    for sql in [
        "SELECT format('%s %s %s %s %s %s %s %s', name, title, original_title, released, \
         runtime_minutes, genres, rating, votes) FROM movie ORDER BY name",
        "SELECT 'details ' || key || ' ' || hex(details) FROM title_details ORDER BY key",
        "SELECT 'person ' || key || ' ' || coalesce(person, '?') || hex(record) FROM person ORDER BY key",
        "SELECT 'series ' || key || ' ' || hex(episodes) FROM series ORDER BY key",
    ] {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0));
        all.extend(rows.unwrap().map(Result::unwrap));
    }
    all
}

fn hashes(database: &Path) -> i64 {
    let count = "SELECT count(*) FROM imdb_hash WHERE kind > 0";
    sqlite(database)
        .query_row(count, [], |row| row.get(0))
        .unwrap()
}

fn forget_hashes(database: &Path) {
    sqlite(database)
        .execute("DELETE FROM imdb_hash", [])
        .unwrap();
}

fn check(database: &Path) {
    let health = store::check(database, &mut ProgressObserver::silent()).unwrap();
    assert_eq!(health.faults, []);
}

fn change(database: &Path, change: Change) {
    let (writer, thread) = Writer::open(database).unwrap();
    let request = ChangeRequest::from_operator(change);
    writer.submit(request).unwrap().wait().unwrap();
    drop(writer);
    thread.join().unwrap();
}

/// A movie with one person, and with the values of another source.
fn own(name: &str, person: &str) -> Change {
    let fields = Fields {
        name: name.to_owned(),
        title: "Own".to_owned(),
        ..Fields::default()
    };
    let details = Details {
        cast: vec![CastMember {
            name: person.to_owned(),
            ..CastMember::default()
        }],
        ..Details::default()
    };
    let movie = FullMovie::new(Movie::new(fields).unwrap(), details).unwrap();
    Change::PutMovie(Box::new(movie))
}

/// Two catalogues, and a folder of files.
struct Catalogues {
    folder: tempfile::TempDir,
    databases: [PathBuf; 2],
}

impl Catalogues {
    fn new() -> Catalogues {
        let folder = tempfile::tempdir().unwrap();
        let databases = ["one.db", "other.db"].map(|name| folder.path().join(name));
        databases
            .iter()
            .for_each(|database| store::create(database).map(drop).unwrap());
        Catalogues { folder, databases }
    }

    fn import(&self, rows: &Rows) -> [Outcome; 2] {
        let files = self.folder.path().join("imdb");
        std::fs::create_dir_all(&files).unwrap();
        rows.write(&files);
        let import = |database: &PathBuf| import(&files, database, ImdbOptions::default());
        [import(&self.databases[0]), import(&self.databases[1])]
    }
}

#[test]
fn a_newer_set_gives_the_same_catalogue_as_one_that_is_compared_as_a_whole() {
    let mut numbers = Numbers(1);
    let catalogues = Catalogues::new();
    let [one, other] = &catalogues.databases;
    let mut rows = Rows::first(&mut numbers);
    catalogues.import(&rows);
    for round in 0..40 {
        assert!(hashes(one) > 0);
        if round % 4 == 3 {
            let any = numbers.below(TITLES);
            let named = person(numbers.below(PEOPLE));
            for database in [one, other] {
                match round % 3 {
                    0 => change(database, own(&title(any), &named)),
                    1 => change(database, own("own", &named)),
                    _ => change(
                        database,
                        Change::DeleteMovies {
                            names: vec!["own".to_owned(), title(any)],
                        },
                    ),
                }
            }
        }
        rows.edit(&mut numbers);
        forget_hashes(other);
        let [new, all] = catalogues.import(&rows);
        assert_eq!(new, all, "{round}");
        let (found, expected) = (records(one), records(other));
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{round}");
        }
        assert_eq!(found.len(), expected.len(), "{round}");
        if round % 10 == 0 {
            check(one);
        }
    }
    check(one);
}

#[test]
fn a_newer_set_without_removed_rows_gives_the_same_catalogue_as_a_new_one() {
    let mut numbers = Numbers(2);
    let catalogues = Catalogues::new();
    let [one, other] = &catalogues.databases;
    let mut rows = Rows::first(&mut numbers);
    catalogues.import(&rows);
    for place in [3, 40, 77, 149] {
        for file in ImdbFile::ALL {
            rows.add(file, place, &mut numbers);
        }
    }
    std::fs::remove_file(other).unwrap();
    store::create(other).unwrap();
    let [(counts, ..), _] = catalogues.import(&rows);
    assert!(counts.titles.unchanged > TITLES / 2 && counts.titles.changed > 0);
    assert!(records(one) == records(other));
}

#[test]
fn records_with_the_same_rows_are_not_compared_until_their_hashes_are_gone() {
    let mut numbers = Numbers(3);
    let catalogues = Catalogues::new();
    let [database, _] = &catalogues.databases;
    let rows = Rows::first(&mut numbers);
    catalogues.import(&rows);
    let before = records(database);
    // Another program writes.
    let spoil =
        || sqlite(database).execute("UPDATE movie SET genres = 'War' WHERE name > 'tt'", []);
    let titles = spoil().unwrap() as u64;
    let [(counts, ..), _] = catalogues.import(&rows);
    // Blocks with a fault, such as an unknown title, are compared each time.
    assert!((1..titles).contains(&counts.titles.changed));
    assert!(records(database) != before);
    forget_hashes(database);
    catalogues.import(&rows);
    assert!(records(database) == before);
    // Other options, and an import of movies, compare all too.
    let files = catalogues.folder.path().join("imdb");
    let lenient = || ImdbOptions {
        lenient: true,
        ..ImdbOptions::default()
    };
    for options in [ImdbOptions::default(), lenient()] {
        spoil().unwrap();
        import(&files, database, lenient());
        import(&files, database, options);
        assert!(records(database) == before);
    }
    assert!(hashes(database) > 0);
    let mut loader = Loader::begin(database).unwrap();
    let fields = Fields {
        name: "own".to_owned(),
        title: "Own".to_owned(),
        ..Fields::default()
    };
    loader.put(&Movie::new(fields).unwrap().view()).unwrap();
    loader.commit().unwrap();
    assert_eq!(hashes(database), 0);
    let popular = ImdbOptions {
        min_votes: 10,
        ..ImdbOptions::default()
    };
    catalogues.import(&rows);
    assert!(hashes(database) > 0);
    import(&files, database, popular);
    assert_eq!(hashes(database), 0);
}
