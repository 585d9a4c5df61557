//! All files together, with a row for each of their quirks.

mod newer;

use std::path::PathBuf;

use super::*;
use crate::import::errors::RowError;
use crate::movie::MovieRef;
use crate::store::StoreError;

/// The records that a target received, as text.
#[derive(Default)]
struct Collected(Vec<String>, Option<TakenTitles>);

fn number(number: Option<u32>) -> String {
    number.map_or("?".to_owned(), |number| number.to_string())
}

fn id(prefix: &str, key: ImdbKey) -> String {
    format!("{prefix}{}", key.number())
}

impl ImdbTarget for Collected {
    fn stored_titles(&self, _each: &mut dyn FnMut(&MovieRef<'_>)) -> Result<(), StoreError> {
        Ok(())
    }

    fn title(&mut self, title: &ImdbTitle<'_>) -> Result<(), StoreError> {
        let mut text = format!("{} {}", title.movie.name, title.movie.title);
        text += &title
            .kind
            .map_or(String::new(), |kind| format!(" ({kind})"));
        if title.adult == Some(true) {
            text += " adult";
        }
        text += &title
            .ended
            .map_or(String::new(), |year| format!(" to {year}"));
        if let Some(place) = title.series {
            text += &format!(" S{}E{} of ", number(place.season), number(place.episode));
            text += &id("tt", place.series);
        }
        for aka in title.rows.akas() {
            text += &format!("; {}", aka.title);
            for label in [aka.region, aka.language, aka.types, aka.attributes] {
                text += &format!("/{}", label.replace(LIST_SEPARATOR, "+"));
            }
        }
        for credit in title.rows.credits() {
            let name = title.names.and_then(|names| names.get(credit.person));
            text += &format!("; {} {}", name.unwrap_or("-"), id("nm", credit.person));
            for label in [credit.category, credit.job, credit.characters] {
                text += &format!("/{}", label.replace(LIST_SEPARATOR, "+"));
            }
        }
        self.0.push(text);
        Ok(())
    }

    fn titles_end(&mut self, taken: TakenTitles) -> Result<(), StoreError> {
        self.1 = Some(taken);
        Ok(())
    }

    fn series(
        &mut self,
        series: ImdbKey,
        episodes: &[(ImdbKey, EpisodePlace)],
    ) -> Result<(), StoreError> {
        let mut text = format!("series {}:", series.number());
        for (title, place) in episodes {
            text += &format!(" S{}E{}", number(place.season), number(place.episode));
            text += &format!("={}", title.number());
        }
        self.0.push(text);
        Ok(())
    }

    fn person(&mut self, person: &ImdbPerson<'_>) -> Result<(), StoreError> {
        let mut text = format!("{} {}", id("nm", person.key), person.name.unwrap_or("-"));
        text += &format!(" {}-{}", number(person.born), number(person.died));
        text += &format!(" {}", person.professions);
        for title in person.known_for {
            text += &format!(" *{}", title.number());
        }
        for (title, votes) in person.films {
            text += &format!(" {}:{}", title.number(), number(*votes));
        }
        self.0.push(text);
        Ok(())
    }
}

/// A folder of files, and the result of its import.
struct Set(tempfile::TempDir);

/// Rows whose columns are separated by spaces and whose spaces are underscores.
fn rows(file: ImdbFile, rows: &[&str]) -> String {
    let mut text = file.columns().join("\t");
    for row in rows {
        text += "\n";
        text += &row.replace(' ', "\t").replace('_', " ");
    }
    text + "\n"
}

struct Outcome {
    taken: TakenTitles,
    records: Vec<String>,
    refused: Vec<String>,
    issues: Vec<String>,
    counts: ImdbCounts,
}

impl Set {
    fn new(files: &[(ImdbFile, &[&str])]) -> Set {
        let set = Set(tempfile::tempdir().unwrap());
        for (file, lines) in files {
            set.write(*file, &rows(*file, lines));
        }
        set
    }

    fn write(&self, file: ImdbFile, text: &str) {
        std::fs::write(self.0.path().join(format!("{file}.tsv")), text).unwrap();
    }

    fn import(&self, options: ImdbOptions) -> ImdbImport {
        let folder = [PathBuf::from(self.0.path())];
        let files = ImdbFiles::find(&folder).unwrap().unwrap();
        ImdbImport::new(files, options, self.0.path()).unwrap()
    }

    fn run(&self, options: ImdbOptions) -> Result<Outcome, ImdbError> {
        run(&mut self.import(options), true)
    }

    #[track_caller]
    fn gives(&self, records: &[&str], issues: &[&str]) {
        let outcome = self.run(ImdbOptions::default()).unwrap();
        assert_eq!(outcome.records, records);
        assert_eq!(outcome.issues, issues);
        assert_eq!(outcome.refused, [""; 0]);
    }
}

fn run(import: &mut ImdbImport, skip_bad: bool) -> Result<Outcome, ImdbError> {
    loop {
        let mut refused = Vec::new();
        let mut report = |error: &RowError| {
            let text = error.to_string();
            let name = text.rfind('/').map_or(0, |slash| slash + 1);
            refused.push(text[name..].to_owned());
        };
        let mut faults = Faults::new(skip_bad, &mut report);
        let mut collected = Collected::default();
        let outcome = import.run(&mut collected, &mut faults, &mut |_| true);
        let issues = faults
            .issues()
            .iter()
            .map(|((file, why), rows)| format!("{file}: {why}: {rows}"))
            .collect();
        return match outcome {
            Err(ImdbError::NotInOrder(file)) if import.sort(file) => continue,
            Err(error) => Err(error),
            Ok(counts) => Ok(Outcome {
                taken: collected.1.unwrap(),
                records: collected.0,
                refused,
                issues,
                counts,
            }),
        };
    }
}

const BASICS: (ImdbFile, &[&str]) = (
    ImdbFile::Basics,
    &[
        r"tt0000001 movie The_Kite Le_cerf-volant 0 1972 \N 175 Crime,Drama",
        r"tt0000002 tvSeries Wind Wind 1 2001 2004 \N \N",
        r#"tt10000000 tvEpisode "Hail" "Hail" 0 \N \N \N \N"#,
        r"tt2380709 tvEpisode Episode_#1.5 Episode_#1.5 0 2001 \N 20 Comedy",
    ],
);

#[test]
fn all_seven_files_are_joined() {
    let set = Set::new(&[
        BASICS,
        (ImdbFile::Ratings, &["tt0000001 9.2 2000"]),
        (
            ImdbFile::Akas,
            &[
                r"tt0000001 1 Le_cerf-volant \N \N original \N 1",
                "tt0000001 2 Der_Drache DE de imdbDisplay\u{2}working literal_title\u{2}new 0",
                r"tt2380709 1 エピソード_#1.5 JP ja \N \N 0",
            ],
        ),
        (
            ImdbFile::Principals,
            &[
                r#"tt0000001 1 nm0000008 actor \N ["Don_\"Kite\"","Self"]"#,
                r"tt0000001 2 nm0000009 director \N \N",
                r"tt0000001 3 nm0000008 writer screenplay \N",
                r#"tt10000000 1 nm0000008 self \N ["Self"]"#,
            ],
        ),
        (
            ImdbFile::Crew,
            &[
                r"tt0000001 nm0000009,nm0000010 nm0000008",
                r"tt0000002 \N \N",
                r"tt10000000 \N nm0000010",
            ],
        ),
        (
            ImdbFile::Episode,
            &[r"tt10000000 tt0000002 \N \N", "tt2380709 tt0000002 1 5"],
        ),
        (
            ImdbFile::Names,
            &[
                r"nm0000008 Ann_Kite 1924 2004 actor,director tt0000001,tt10000000",
                r"nm0000009 \N \N \N \N \N",
                r"nm0000010 Bob \N \N \N \N",
                r"nm0000011 Cid 1990 \N editor \N",
            ],
        ),
    ]);
    set.gives(
        &[
            "tt0000001 The Kite (movie); Le cerf-volant///original/; Der Drache/DE/de/imdbDisplay+working/literal title+new; Ann Kite nm8/actor//Don \"Kite\"+Self; - nm9/director//; Ann Kite nm8/writer/screenplay/; Bob nm10/director//",
            "tt0000002 Wind (tvSeries) adult to 2004",
            "tt10000000 \"Hail\" (tvEpisode) S?E? of tt2; - nm8/self//Self; - nm10/writer//",
            "tt2380709 Episode #1.5 (tvEpisode) S1E5 of tt2; エピソード #1.5/JP/ja//",
            "series 2: S1E5=2380709 S?E?=10000000",
            "nm8 Ann Kite 1924-2004 actor,director *1 *10000000 1:2000 10000000:?",
            "nm9 - ?-?  1:2000",
            "nm10 Bob ?-?  1:2000 10000000:?",
            "nm11 Cid 1990-? editor",
        ],
        &[],
    );
    let counts = set.run(ImdbOptions::default()).unwrap().counts;
    let expected = ImdbCounts {
        titles: 4,
        akas: 3,
        credits: 6,
        episodes: 2,
        people: 4,
    };
    assert_eq!(counts, expected);
}

#[test]
fn orphans_of_every_file_are_counted() {
    let set = Set::new(&[
        BASICS,
        (ImdbFile::Ratings, &["tt0000001 9.2 9", "tt0000003 5.0 1"]),
        (
            ImdbFile::Akas,
            &[
                r"tt0000003 1 Lost \N \N \N \N 0",
                r"tt9999999 1 Lost \N \N \N \N 0",
            ],
        ),
        (
            ImdbFile::Principals,
            &[
                r"tt0000001 1 nm0000008 actor \N \N",
                r"tt0000003 1 nm0000008 actor \N \N",
            ],
        ),
        (ImdbFile::Crew, &[r"tt0000000 nm0000008 \N"]),
        (
            ImdbFile::Episode,
            &["tt0000003 tt0000002 1 1", "tt2380709 tt0000004 1 5"],
        ),
        (
            ImdbFile::Names,
            &[r"nm0000009 Ann \N \N \N tt0000001,tt0000003"],
        ),
    ]);
    let outcome = set.run(ImdbOptions::default()).unwrap();
    assert_eq!(
        outcome.issues,
        [
            "title.ratings: unknown title: 1",
            "title.akas: unknown title: 2",
            "title.principals: unknown title: 1",
            "title.principals: unknown person: 1",
            "title.crew: unknown title: 1",
            "title.episode: unknown title: 1",
            "title.episode: unknown series: 1",
            "name.basics: unknown title: 1",
        ]
    );
    assert_eq!(
        outcome.records[4..],
        [
            "series 4: S1E5=2380709",
            "nm8 - ?-?  1:9",
            "nm9 Ann ?-?  *1"
        ]
    );
}

#[test]
fn files_out_of_order_are_sorted_and_repeated_rows_are_counted() {
    let set = Set::new(&[
        (
            ImdbFile::Basics,
            &[
                r"tt2380709 movie Wind Wind 0 \N \N \N \N",
                r"tt10000000 movie Kite Kite 0 \N \N \N \N",
                r"tt2380709 movie Rain Rain 0 \N \N \N \N",
            ],
        ),
        (
            ImdbFile::Akas,
            &[
                r"tt2380709 2 Vent \N \N \N \N 0",
                r"tt10000000 1 Drache \N \N \N \N 0",
                r"tt2380709 1 Viento \N \N \N \N 0",
            ],
        ),
        (
            ImdbFile::Names,
            &[
                r"nm0000002 Ann \N \N \N \N",
                r"nm0000001 Bob \N \N \N \N",
                r"nm0000001 Bo \N \N \N \N",
            ],
        ),
    ]);
    set.gives(
        &[
            "tt10000000 Kite (movie); Drache////",
            "tt2380709 Wind (movie); Vent////; Viento////",
            "nm1 Bob ?-? ",
            "nm2 Ann ?-? ",
        ],
        &["title.basics: repeated: 1", "name.basics: repeated: 1"],
    );
}

#[test]
fn rows_that_cannot_be_read_are_refused_with_their_line() {
    let set = Set::new(&[
        (
            ImdbFile::Basics,
            &[
                r"tt0000001 movie \N \N 0 \N \N \N \N",
                r"tt0000002 movie Kite Kite 0 \N \N \N \N",
                r"tt3 movie Kite Kite 0 \N \N \N \N",
            ],
        ),
        (ImdbFile::Ratings, &["tt0000001 11 1"]),
        (
            ImdbFile::Akas,
            &[r"tt0000001 1 Lost \N \N \N \N 0", "tt0000002 1"],
        ),
        (
            ImdbFile::Principals,
            &[
                r"tt0000002 1 nm8 actor \N \N",
                r"tt0000002 1 nm0000008 actor \N Self",
                r#"tt0000002 1 nm0000008 actor \N ["Self"#,
            ],
        ),
        (ImdbFile::Crew, &[r"tt0000002 nm0000007,nm8 \N"]),
        (
            ImdbFile::Episode,
            &["tt0000002 tt1 1 1", "tt0000002 tt0000001 one 1"],
        ),
    ]);
    let outcome = set.run(ImdbOptions::default()).unwrap();
    assert_eq!(outcome.records[0], "tt0000002 Kite (movie)");
    let mut refused = outcome.refused;
    refused.sort();
    assert_eq!(
        refused,
        [
            "title.akas.tsv:3: the row has 2 columns and the header 8, a separator may need quotes, or the file is cut off here",
            "title.basics.tsv:2: title is missing, a movie cannot be without one",
            "title.basics.tsv:4: tconst `tt3` is not an id like tt0000001",
            "title.crew.tsv:2: directors `nm0000007,nm8` is not ids like nm0000001",
            "title.episode.tsv:2: parentTconst `tt1` is not an id like tt0000001",
            "title.episode.tsv:3: seasonNumber `one` is not a whole number",
            "title.principals.tsv:2: nconst `nm8` is not an id like nm0000001",
            "title.principals.tsv:3: characters `Self` is not a json array of texts",
            "title.principals.tsv:4: characters `[\"Self` is not a json array of texts",
            "title.ratings.tsv:2: averageRating `11` is not between 0.0 and 10.0",
        ]
    );
    let error = run(&mut set.import(ImdbOptions::default()), false)
        .err()
        .unwrap();
    assert!(matches!(error, ImdbError::Row(_)), "{error}");
}

#[test]
fn values_beyond_the_limits_are_left_out_and_counted() {
    let long = "x".repeat(crate::config::limits::MAX_TITLE_BYTES + 1);
    let label = "x".repeat(crate::config::limits::MAX_LABEL_BYTES + 1);
    let set = Set::new(&[
        BASICS,
        (
            ImdbFile::Akas,
            &[
                &format!(r"tt0000001 1 {long} FR \N \N \N 0"),
                &format!(r"tt0000001 2 Kite FR \N \N {label} 0"),
                r"tt0000001 3 \N FR \N \N \N 0",
            ],
        ),
        (
            ImdbFile::Principals,
            &[&format!(r#"tt0000001 1 nm0000008 actor {long} ["{long}"]"#)],
        ),
    ]);
    let outcome = set.run(ImdbOptions::default()).unwrap();
    assert_eq!(
        outcome.records[0],
        "tt0000001 The Kite (movie); Kite/FR///; - nm8/actor//"
    );
    assert_eq!(
        outcome.issues,
        [
            "title.akas: without text: 1",
            "title.akas: value too long: 2",
            "title.principals: value too long: 1",
        ]
    );
}

#[test]
fn a_choice_of_titles_leaves_out_what_belongs_to_the_others() {
    let set = Set::new(&[
        BASICS,
        (ImdbFile::Ratings, &["tt0000001 9.2 9", "tt0000002 5.0 100"]),
        (ImdbFile::Akas, &[r"tt0000001 1 Drache DE \N \N \N 0"]),
        (
            ImdbFile::Principals,
            &[
                r"tt0000001 1 nm0000008 actor \N \N",
                r"tt0000002 1 nm0000009 actor \N \N",
            ],
        ),
        (ImdbFile::Episode, &["tt2380709 tt0000002 1 5"]),
        (
            ImdbFile::Names,
            &[
                r"nm0000008 Ann \N \N \N \N",
                r"nm0000009 Bob \N \N \N tt0000001",
            ],
        ),
    ]);
    let popular = ImdbOptions {
        min_votes: 10,
        ..ImdbOptions::default()
    };
    let outcome = set.run(popular).unwrap();
    let series = "tt0000002 Wind (tvSeries) adult to 2004; Bob nm9/actor//";
    assert_eq!(outcome.records, [series, "nm9 Bob ?-?  2:100"]);
    let without = |part| ImdbOptions {
        without: vec![part],
        ..ImdbOptions::default()
    };
    let votes = [1, 2, 2_380_709].map(|title| outcome.taken.votes(title));
    assert_eq!(votes, [None, Some(Some(100)), None]);
    let outcome = set.run(without(ImdbPart::Episodes)).unwrap();
    assert_eq!(outcome.taken.votes(10_000_000), None);
    assert_eq!(outcome.counts.titles, 2);
    assert_eq!(outcome.counts.people, 2);
    let outcome = set.run(without(ImdbPart::People)).unwrap();
    assert_eq!(
        (
            outcome.counts.titles,
            outcome.counts.credits,
            outcome.counts.people
        ),
        (4, 0, 0)
    );
    let outcome = set.run(without(ImdbPart::Akas)).unwrap();
    assert_eq!((outcome.counts.akas, outcome.counts.credits), (0, 2));
}

#[test]
fn an_import_can_be_given_up() {
    let set = Set::new(&[BASICS]);
    let mut report = |_: &RowError| {};
    let outcome = set.import(ImdbOptions::default()).run(
        &mut Collected::default(),
        &mut Faults::new(false, &mut report),
        &mut |_| false,
    );
    assert!(matches!(outcome, Err(ImdbError::Interrupted)));
}

#[test]
fn what_cannot_be_joined_is_refused_before_it_begins() {
    let new = |files: &[(ImdbFile, &[&str])], options| {
        let set = Set::new(files);
        let files = ImdbFiles::find(&[set.0.path().to_path_buf()])
            .unwrap()
            .unwrap();
        ImdbImport::new(files, options, set.0.path())
            .err()
            .map(|error| error.to_string())
    };
    let akas: (ImdbFile, &[&str]) = (ImdbFile::Akas, &[]);
    let refused = new(&[akas], ImdbOptions::default()).unwrap();
    assert!(refused.starts_with("title.basics is missing"), "{refused}");
    let options = ImdbOptions {
        min_votes: 1,
        ..ImdbOptions::default()
    };
    let refused = new(&[BASICS], options).unwrap();
    assert!(
        refused.starts_with("--min-votes needs title.ratings"),
        "{refused}"
    );
    let options = ImdbOptions {
        types: vec!["film".to_owned()],
        ..ImdbOptions::default()
    };
    assert!(new(&[BASICS], options).is_some());
}
