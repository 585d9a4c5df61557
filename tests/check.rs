//! `check` finds damage, and reports none in an intact file.

use std::fs;

use catalogue::config::limits;
use catalogue::protocol::resp::Reply;
use serde_json::{Value, json};

use crate::support::load::under_load;
use crate::support::{Cli, Folder, TestServer};

const IN_ORDER: &str = "`sae.db` is in order, 3 movies and 3 accounts\n";

/// A catalogue that another program has changed.
fn changed(sql: &str) -> Folder {
    let folder = Folder::with_accounts();
    let sqlite = folder.sqlite();
    sqlite.execute_batch(sql).unwrap();
    sqlite.close().unwrap();
    folder
}

fn advice(faults: &str) -> String {
    format!("`sae.db` has {faults}, `catalogue restore` puts a backup in its place")
}

#[test]
fn an_intact_catalogue_is_reported_as_intact() {
    let folder = Folder::with_accounts();
    Cli::new(["check"]).stdout(IN_ORDER).run(&folder);
    let version = catalogue::store::LATEST_SCHEMA_VERSION;
    let report = format!(
        r#"{{"database":"sae.db","ok":true,"schema_version":{version},"movies":3,"accounts":3,"faults":[],"faults_total":0}}"#
    );
    Cli::new(["check", "--json"])
        .stdout(report + "\n")
        .run(&folder);
    assert_eq!(folder.files(), ["sae.db"]);
    // Additional tables of other programs are allowed.
    let folder = changed("CREATE TABLE notes (text); CREATE INDEX by_title ON movie (title)");
    Cli::new(["check"]).stdout(IN_ORDER).run(&folder);
}

#[test]
fn every_fault_is_found() {
    for (sql, found) in [
        (
            "UPDATE counters SET movies = 4",
            "counters: it says 4 movies, there are 3",
        ),
        (
            "UPDATE counters SET next_movie_id = 3",
            "counters: the next movie would get id 3, there is one with 3",
        ),
        (
            "DELETE FROM counters",
            "counters: it has 0 rows, there has to be one",
        ),
        (
            "UPDATE movie SET title = '' WHERE name = '1'",
            "movies: `1`: title is empty, it needs at least one character",
        ),
        (
            "UPDATE movie SET genres = 'War,War' WHERE name = '2'",
            "movies: `2`: genre `War` is given twice",
        ),
        (
            "UPDATE movie SET id = 0 WHERE name = '3'",
            "movies: `3`: its id is not above 0",
        ),
        (
            "UPDATE user SET name = 'a' || char(7) WHERE name = '1'",
            "accounts: `a\\u{7}`: the user name `a\\u{7}` holds a control character",
        ),
        (
            "CREATE VIEW films AS SELECT * FROM movie",
            "foreign code: the view `films` is not of this program, which never runs it",
        ),
        (
            "CREATE VIRTUAL TABLE words USING fts5 (word)",
            "foreign code: the virtual table `words` is not of this program, which never runs it",
        ),
        (
            "DROP TABLE counters; CREATE TABLE counters (movies INTEGER, next_movie_id INTEGER); \
             INSERT INTO counters VALUES (3, 4)",
            "schema: the table `counters` is not as this program makes it",
        ),
    ] {
        Cli::new(["check"])
            .stdout(format!("{found}\n"))
            .fails(advice("1 fault"))
            .run(&changed(sql));
    }
}

/// A change of a catalogue, the first fault that is found, and the number of faults.
const RECORD_FAULTS: [(&str, &str, usize); 11] = [
    (
        "UPDATE title_details SET details = x'0963' WHERE key > 1 << 40",
        "records: details of `pilot`: `sae.db` is damaged",
        3,
    ),
    (
        "DELETE FROM title_details WHERE key > 1 << 40",
        "records: person `al`: the film `pilot` says otherwise",
        2,
    ),
    (
        "DELETE FROM person",
        "records: details of `pilot`: the films of `al` lack it",
        1,
    ),
    (
        "UPDATE movie SET votes = 6 WHERE name = 'pilot'; DELETE FROM search_state; \
             DELETE FROM search_list; DELETE FROM search_name; DELETE FROM fresh_title; \
             DELETE FROM fresh_list",
        "records: person `al`: the film `pilot` says otherwise",
        1,
    ),
    (
        "UPDATE person SET record = x'00'",
        "records: person `al`: its packed record is damaged at byte 0",
        2,
    ),
    (
        "UPDATE person SET person = ''",
        "records: person `al`: person is empty, it needs at least one character",
        1,
    ),
    (
        "DELETE FROM series",
        "records: details of `pilot`: the episodes of its series lack it",
        1,
    ),
    (
        "UPDATE series SET key = key + 1331",
        "records: details of `pilot`: the episodes of its series lack it",
        2,
    ),
    (
        "INSERT INTO title_details VALUES (-1, x'01')",
        "records: the key -1 of `tt` is that of no name",
        1,
    ),
    (
        "INSERT INTO title_details SELECT key + 1, details FROM title_details WHERE key < 1 << 40",
        "records: the key",
        1,
    ),
    (
        "INSERT INTO other_name VALUES (9, char(7))",
        "records: other name `\\u{7}`: name `\\u{7}` holds a control character",
        1,
    ),
];

/// Details, people and series have to agree with the movies and with each other.
#[test]
fn every_fault_in_a_full_record_is_found() {
    let server = TestServer::start();
    let mut admin = server.admin();
    for (name, json) in [
        ("tt0000007", r#"{"title":"A Series","type":"tvSeries"}"#),
        (
            "pilot",
            r#"{"title":"Pilot","votes":5,"cast":[{"name":"al","person":"Al"}],"series":{"name":"tt0000007","season":1,"episode":1}}"#,
        ),
    ] {
        assert_eq!(admin.ask(&["PUT", name, json]), Reply::Status("OK".into()));
    }
    let (_, folder) = server.stop();
    let intact = "`sae.db` is in order, 5 movies and 3 accounts\n";
    Cli::new(["check"]).stdout(intact).run(&folder);
    let intact = fs::read(folder.db()).unwrap();
    for (sql, found, number) in RECORD_FAULTS {
        fs::write(folder.db(), &intact).unwrap();
        folder.sqlite().execute_batch(sql).unwrap();
        let report = Cli::new(["check", "--json"]).output(&folder);
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        let faults = report["faults"].as_array().unwrap();
        let lines = faults.iter().map(|fault| {
            let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", text("check"), text("fault"))
        });
        // The index of people differs from a changed person too.
        let lines = lines.filter(|line| !line.starts_with("search index: people: "));
        let lines: Vec<String> = lines.collect();
        assert!(lines[0].starts_with(found), "{sql}: {lines:?}");
        assert_eq!(lines.len(), number, "{sql}: {lines:?}");
    }
}

/// Searches read the rows, so they return no wrong answer. They may miss changes of other
/// programs.
#[test]
fn an_index_that_differs_from_its_rows_is_found_and_rebuilt() {
    let fresh = "DELETE FROM movie WHERE name = '3'; UPDATE counters SET movies = 2; \
        INSERT INTO movie (name, id, title, genres) VALUES ('3', 3, 'Heat', ''); \
        UPDATE counters SET movies = 3; \
        INSERT INTO fresh_title VALUES ('3', 0, '{\"4cold\":1}'); \
        INSERT INTO fresh_list VALUES ('4cold', 0, '3', 1)";
    for (sql, found) in [
        (
            "UPDATE movie SET title = 'Aliens' WHERE name = '2'",
            "`2` has an entry that differs from its row",
        ),
        (
            "UPDATE movie SET votes = 1 WHERE name = '2'",
            "`2` has an entry that differs from its row",
        ),
        (
            "UPDATE movie SET genres = 'Horror' WHERE name = '2'",
            "`2` has an entry that differs from its row",
        ),
        (
            "INSERT INTO movie (name, id, title, genres) VALUES ('9', 9, 'Heat', ''); \
             UPDATE counters SET movies = 4, next_movie_id = 10",
            "1 of the movies are in no list",
        ),
        (
            "DELETE FROM search_list WHERE term = '4alien'",
            "`2` has an entry that differs from its row",
        ),
        (
            "UPDATE search_list SET movies = 9 WHERE term = '4alien'",
            "the list of `4alien` is damaged",
        ),
        (
            "UPDATE search_list SET last = 2 WHERE term = '4alien'",
            "the list of `4alien` is damaged",
        ),
        (fresh, "`3` has an entry that differs from its row"),
        (
            "INSERT INTO fresh_list VALUES ('4heat', 0, '3', 1)",
            "1 of the entries of changed movies belong to none",
        ),
    ] {
        let folder = changed(sql);
        let stderr = Cli::new(["check"]).output(&folder);
        let lines = String::from_utf8(stderr.stdout).unwrap();
        assert!(
            lines
                .lines()
                .any(|line| line == format!("search index: {found}")),
            "{sql}: {lines}"
        );
        let advice = "`catalogue reindex` rebuilds the search index\n";
        let error = String::from_utf8(stderr.stderr).unwrap();
        assert!(error.ends_with(advice), "{sql}: {error}");
        assert_eq!(stderr.status.code(), Some(1));
        let movies = if sql.contains("counters SET movies = 4") {
            4
        } else {
            3
        };
        Cli::new(["reindex"])
            .stdout(format!("indexed `sae.db`, {movies} movies\n"))
            .run(&folder);
        Cli::new(["check"])
            .stdout(format!(
                "`sae.db` is in order, {movies} movies and 3 accounts\n"
            ))
            .run(&folder);
    }
}

/// Faults whose messages come from a library.
#[test]
fn every_fault_has_its_check() {
    let user = "PRAGMA foreign_keys = OFF; \
                CREATE TABLE note (about INTEGER REFERENCES user (id)); \
                INSERT INTO note VALUES (77)";
    for (sql, expected) in [
        (
            "UPDATE movie SET released = '1972-13' WHERE name = '1'",
            "movies",
        ),
        (
            "UPDATE movie SET runtime_minutes = -5 WHERE name = '1'",
            "movies",
        ),
        (
            "UPDATE movie SET title = CAST(x'ff' AS TEXT) WHERE name = '1'",
            "movies",
        ),
        (
            "UPDATE user SET password_hash = 'mdp' WHERE name = '1'",
            "accounts",
        ),
        (
            "UPDATE user SET password_hash = replace(password_hash, 'm=', 'm=9') WHERE name = '1'",
            "accounts",
        ),
        (user, "foreign keys"),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE user SET role = 'king' WHERE name = '1'",
            "integrity",
        ),
        ("DROP TABLE user", "schema"),
    ] {
        let folder = changed(sql);
        let output = Cli::new(["check", "--json"]).output(&folder);
        assert_eq!(output.status.code(), Some(1));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["faults"][0]["check"], expected, "{sql}: {report}");
        assert_eq!(report["ok"], json!(false));
        // A hash is never shown.
        let stderr = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!stderr.contains("argon2id$"), "{stderr}");
    }
}

#[test]
fn damaged_pages_are_found() {
    const PAGE_BYTES: usize = 4_096;
    let whole = fs::read(Folder::with_accounts().db()).unwrap();
    for page in 0..whole.len() / PAGE_BYTES {
        let folder = Folder::with_accounts();
        let mut spoilt = whole.clone();
        // After the header, by which the file is recognised.
        let half = &mut spoilt[page * PAGE_BYTES..][..PAGE_BYTES / 2];
        half[if page == 0 { 100 } else { 0 }..].fill(0xa5);
        fs::write(folder.db(), spoilt).unwrap();
        let output = Cli::new(["check"]).output(&folder);
        assert_eq!(output.status.code(), Some(1), "{page}");
        assert!(!output.stdout.is_empty(), "{page}: {output:?}");
    }
}

#[test]
fn many_faults_are_only_counted() {
    let more = 7;
    let rows = limits::MAX_CHECK_FAULTS + more;
    let folder = changed(&format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) \
         INSERT INTO movie (name, id, title, genres) SELECT 'n' || n, n + 3, '', '' FROM n; \
         UPDATE counters SET movies = movies + {rows}, next_movie_id = {rows} + 4"
    ));
    let output = Cli::new(["check"]).output(&folder);
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed.lines().count(), limits::MAX_CHECK_FAULTS + 1);
    assert_eq!(listed.lines().last(), Some("and 7 more"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        format!("catalogue: {}\n", advice(&format!("{rows} faults")))
    );
}

#[test]
fn a_catalogue_is_intact_while_it_is_written() {
    let server = TestServer::start();
    under_load(&server, |load| {
        for _ in 0..5 {
            let before: u64 = load.acknowledged().iter().sum();
            let output = Cli::new(["check", "--json"]).output(server.folder());
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["ok"], json!(true), "{report}");
            assert!(report["movies"].as_u64().unwrap() >= before + 3);
            load.goes_on();
        }
    });
}
