//! IMDb's files together: a small set of all seven, made here.

use catalogue::import::imdb::ImdbFile;

use super::{Catalogue, gzip};

/// Rows of all seven files. The columns are separated by `|`.
const FILES: [(&str, &str); 7] = [
    (
        "title.basics",
        "tconst|titleType|primaryTitle|originalTitle|isAdult|startYear|endYear|runtimeMinutes|genres\n\
         tt0000901|movie|The Kite|Le cerf-volant|0|1972|\\N|175|Crime,Drama\n\
         tt0000902|tvSeries|Windmill|Windmill|0|2001|2004|\\N|Comedy\n\
         tt10000000|tvEpisode|\"Hail\"|\"Hail\"|0|2001|\\N|\\N|\\N\n\
         tt2380709|tvEpisode|Episode #1.5|Episode #1.5|0|2001|\\N|20|Comedy\n",
    ),
    (
        "title.ratings",
        "tconst|averageRating|numVotes\ntt0000901|9.2|2000\ntt0000902|8.1|500\ntt0000999|5.0|7\n",
    ),
    (
        "title.akas",
        "titleId|ordering|title|region|language|types|attributes|isOriginalTitle\n\
         tt0000901|1|Le cerf-volant|\\N|\\N|original|\\N|1\n\
         tt0000901|2|Der Drache|DE|\\N|imdbDisplay|literal title\u{2}new title|0\n\
         tt0000905|1|Lost|US|\\N|\\N|\\N|0\n\
         tt2380709|1|Episode #1.5|\\N|\\N|original|\\N|1\n\
         tt2380709|2|Folge #1.5|DE|de|\\N|\\N|0\n",
    ),
    (
        "title.principals",
        "tconst|ordering|nconst|category|job|characters\n\
         tt0000901|1|nm0000801|actor|\\N|[\"Don \\\"Kite\\\"\"]\n\
         tt0000901|2|nm0000802|director|\\N|\\N\n\
         tt0000901|3|nm0000809|producer|executive producer|\\N\n\
         tt10000000|1|nm0000801|self|\\N|[\"Self\"]\n",
    ),
    (
        "title.crew",
        "tconst|directors|writers\n\
         tt0000901|nm0000802|nm0000801\n\
         tt0000902|\\N|\\N\n",
    ),
    (
        "title.episode",
        "tconst|parentTconst|seasonNumber|episodeNumber\n\
         tt10000000|tt0000902|\\N|\\N\n\
         tt2380709|tt0000902|1|5\n",
    ),
    (
        "name.basics",
        "nconst|primaryName|birthYear|deathYear|primaryProfession|knownForTitles\n\
         nm0000801|Ann Kite|1924|2004|actor,director|tt0000901\n\
         nm0000802|Bob Wind|1930|\\N|director|tt0000901,tt0000999\n\
         nm0000803|\\N|\\N|\\N|\\N|\\N\n",
    ),
];

const SUMMARY: &str = "\n\
with 4 other titles, 5 credits, 2 episodes\n\
left out of title.ratings: unknown title: 1\n\
left out of title.akas: unknown title: 1\n\
left out of title.principals: unknown person: 1\n\
left out of name.basics: unknown title: 1\n";

impl Catalogue {
    /// Writes all files but those that are left out into a folder.
    fn write_imdb(&self, folder: &str, without: &[&str]) {
        std::fs::create_dir_all(self.path(folder)).unwrap();
        for (name, text) in FILES {
            if !without.contains(&name) {
                self.write(&format!("{folder}/{name}.tsv"), text.replace('|', "\t"));
            }
        }
    }

    /// Replaces a text in one of the files.
    fn edit_imdb(&self, file: &str, from: &str, to: &str) {
        let path = self.path(&format!("imdb/{file}.tsv"));
        let text = std::fs::read_to_string(&path).unwrap();
        let [from, to] = [from, to].map(|text| text.replace('|', "\t"));
        assert!(text.contains(&from), "{from}");
        std::fs::write(path, text.replace(&from, &to)).unwrap();
    }
}

#[test]
fn a_folder_is_imported_and_a_newer_one_writes_only_what_differs() {
    let catalogue = Catalogue::new();
    catalogue.write_imdb("imdb", &[]);
    let dry = catalogue.done(&["import", "imdb", "--dry-run"]);
    let added = "4 added, 0 changed, 0 unchanged titles\npeople: 4 added, 0 changed, 0 unchanged";
    assert_eq!(
        dry,
        format!("dry run of `imdb`: {added}{SUMMARY}nothing was changed\n")
    );
    assert_eq!(
        catalogue.done(&["import", "imdb"]),
        format!("imported `imdb`: {added}{SUMMARY}")
    );
    let same = "0 added, 0 changed, 4 unchanged titles\npeople: 0 added, 0 changed, 4 unchanged";
    assert_eq!(
        catalogue.done(&["import", "imdb"]),
        format!("imported `imdb`: {same}{SUMMARY}")
    );
    catalogue.done(&["check"]);
    // One other title, one role, and one name, which is also in the record of its title.
    catalogue.edit_imdb("title.akas", "Folge #1.5", "Folge 5");
    catalogue.edit_imdb("title.principals", r#"["Self"]"#, r#"["Herself"]"#);
    catalogue.edit_imdb("name.basics", "Bob Wind", "Rob Wind");
    let out = catalogue.done(&["import", "imdb"]);
    let changed = "0 added, 3 changed, 1 unchanged titles\npeople: 0 added, 1 changed, 3 unchanged";
    assert_eq!(out, format!("imported `imdb`: {changed}{SUMMARY}"));
    catalogue.done(&["check"]);
}

#[test]
fn files_may_be_named_one_by_one_and_compressed_and_in_any_order() {
    let catalogue = Catalogue::new();
    catalogue.write_imdb("imdb", &[]);
    for file in ImdbFile::ALL {
        let path = catalogue.path(&format!("imdb/{file}.tsv"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.reverse();
        catalogue.write(
            &format!("{file}.gz"),
            gzip(format!("{header}\n{}\n", rows.join("\n")).as_bytes()),
        );
    }
    let names = ImdbFile::ALL.map(|file| format!("{file}.gz"));
    let mut arguments = vec!["import"];
    arguments.extend(names.iter().map(String::as_str));
    let (out, err) = catalogue.ended(&arguments, 0);
    assert!(out.ends_with(SUMMARY), "{out}");
    assert!(
        err.contains("title.basics is not in the order of its ids, sorting it"),
        "{err}"
    );
    // The same in order: nothing differs.
    let out = catalogue.done(&["import", "imdb"]);
    assert!(
        out.contains("0 added, 0 changed, 4 unchanged titles\npeople: 0 added, 0 changed"),
        "{out}"
    );
}

#[test]
fn what_the_files_do_not_speak_of_is_kept() {
    let catalogue = Catalogue::new();
    catalogue.write_imdb("imdb", &[]);
    catalogue.done(&["import", "imdb"]);
    for without in [
        &[
            "title.akas",
            "title.principals",
            "title.crew",
            "title.episode",
            "name.basics",
        ][..],
        &["title.principals", "title.crew"],
        &["title.episode"],
        &["title.principals"],
        &["title.ratings"],
        &["title.ratings", "title.principals"],
        &[
            "title.ratings",
            "title.crew",
            "name.basics",
            "title.principals",
        ],
    ] {
        let folder = without.concat();
        catalogue.write_imdb(&folder, without);
        let out = catalogue.done(&["import", &folder]);
        assert!(
            out.contains(" 0 added, 0 changed, 4 unchanged titles"),
            "{without:?}: {out}"
        );
        assert!(
            out.contains("people: 0 added, 0 changed"),
            "{without:?}: {out}"
        );
    }
    // Names are then those of the people, and no longer next to the title.
    catalogue.write_imdb("nameless", &["name.basics"]);
    let out = catalogue.done(&["import", "nameless"]);
    assert!(
        out.contains("0 added, 1 changed, 3 unchanged titles\npeople: 0 added, 0 changed"),
        "{out}"
    );
    // The films of people follow the votes.
    catalogue.write_imdb(
        "votes",
        &[
            "title.principals",
            "title.crew",
            "title.episode",
            "name.basics",
        ],
    );
    catalogue.write(
        "votes/title.ratings.tsv",
        "tconst\taverageRating\tnumVotes\ntt0000901\t9.2\t2001\n",
    );
    let out = catalogue.done(&["import", "votes"]);
    assert!(
        out.contains("0 added, 2 changed, 2 unchanged titles\npeople: 0 added, 3 changed"),
        "{out}"
    );
    catalogue.done(&["check"]);
}

#[test]
fn a_choice_of_titles_and_parts_is_imported() {
    for (options, expected) in [
        (
            &["--min-votes", "1000"][..],
            "1 added, 0 changed, 0 unchanged titles\npeople: 3 added, 0 changed, 0 unchanged\n\
             with 2 other titles, 4 credits, 0 episodes",
        ),
        (
            &["--types", "tvSeries,tvEpisode"],
            "3 added, 0 changed, 0 unchanged titles\npeople: 1 added, 0 changed, 0 unchanged\n\
             with 2 other titles, 1 credits, 2 episodes",
        ),
        (
            &["--without", "people,episodes"],
            "2 added, 0 changed, 0 unchanged titles\npeople: 0 added, 0 changed, 0 unchanged\n\
             with 2 other titles, 0 credits, 0 episodes",
        ),
        (
            &["--without", "akas"],
            "4 added, 0 changed, 0 unchanged titles\npeople: 4 added, 0 changed, 0 unchanged\n\
             with 0 other titles, 5 credits, 2 episodes",
        ),
    ] {
        let catalogue = Catalogue::new();
        catalogue.write_imdb("imdb", &[]);
        let out = catalogue.done(&[&["import", "imdb"], options].concat());
        assert!(out.contains(expected), "{options:?}: {out}");
        catalogue.done(&["check"]);
    }
}

#[test]
fn a_faulty_row_stops_the_import_or_is_skipped_and_counted() {
    let catalogue = Catalogue::new();
    catalogue.write_imdb("imdb", &[]);
    catalogue.edit_imdb("title.principals", r#"["Self"]"#, "Self");
    let before = catalogue.movies();
    assert_eq!(
        catalogue.failed(&["import", "imdb"]),
        "catalogue: imdb/title.principals.tsv:5: characters `Self` is not a json array of texts; \
         nothing was changed, --skip-bad skips rows like this one\n"
    );
    assert_eq!(catalogue.movies(), before);
    let (out, err) = catalogue.ended(&["import", "imdb", "--skip-bad"], 0);
    assert!(
        out.contains("refused of title.principals: characters: 1"),
        "{out}"
    );
    assert!(
        err.starts_with("imdb/title.principals.tsv:5: characters"),
        "{err}"
    );
    // The rest of a file that is cut off is unknown.
    catalogue.write(
        "imdb/title.crew.tsv",
        "tconst\tdirectors\twriters\ntt0000901\tnm",
    );
    let error = catalogue.failed(&["import", "imdb", "--skip-bad"]);
    assert!(
        error.contains("title.crew.tsv:2") && error.contains("cut off"),
        "{error}"
    );
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let catalogue = Catalogue::new();
    catalogue.write_imdb("imdb", &["title.basics"]);
    let error = catalogue.failed(&["import", "imdb"]);
    assert!(
        error.starts_with("catalogue: title.basics is missing"),
        "{error}"
    );
    catalogue.write_imdb("imdb", &[]);
    catalogue.write("films.csv", "title\nKite\n");
    for (arguments, reason) in [
        (
            &["imdb/title.basics.tsv", "films.csv"][..],
            "`films.csv` is none of IMDb's seven files",
        ),
        (&["imdb", "--prefix", "i-"], "leave --map, --key, --prefix"),
        (
            &["films.csv", "--min-votes", "5"],
            "--without and --min-votes belong to a folder",
        ),
        (
            &["films.csv", "-"],
            "several files can be imported together only when",
        ),
    ] {
        let output = catalogue.run(&[&["import"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && error.contains(reason),
            "{arguments:?}: {error}"
        );
    }
}
