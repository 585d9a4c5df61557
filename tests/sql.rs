//! `catalogue sql`: the queries of its page, and what it refuses.

use catalogue::protocol::resp::Reply;

use crate::support::{Cli, Folder, TestServer};

const PAGE: &str = include_str!("../docs/sql.md");

/// A catalogue with films, people and episodes.
fn with_records() -> Folder {
    let server = TestServer::start();
    let mut admin = server.admin();
    for (name, json) in [
        (
            "tt0068646",
            r#"{"title":"The Godfather","type":"movie","votes":2000000,"akas":[{"title":"Le Parrain","region":"FR"},{"title":"El padrino","region":"ES"}],
                "cast":[{"name":"nm0000008","person":"Marlon Brando","characters":["Don Vito Corleone"]},{"name":"nm0000199","person":"Al Pacino","characters":["Michael"]}]}"#,
        ),
        (
            "tt0113277",
            r#"{"title":"Heat","type":"movie","votes":700000,"cast":[{"name":"nm0000199"}],"directors":[{"name":"mann","person":"Michael Mann"}]}"#,
        ),
        ("tt0903747", r#"{"title":"Breaking Bad","type":"tvSeries"}"#),
        (
            "tt0959621",
            r#"{"title":"Pilot","series":{"name":"tt0903747","season":1,"episode":1}}"#,
        ),
        (
            "ozymandias",
            r#"{"title":"Ozymandias","series":{"name":"tt0903747","season":5,"episode":14}}"#,
        ),
    ] {
        assert_eq!(admin.ask(&["PUT", name, json]), Reply::Status("OK".into()));
    }
    server.stop().1
}

#[test]
fn the_queries_of_the_page_run() {
    let folder = with_records();
    let queries: Vec<&str> = (PAGE.split("```sql\n").skip(1))
        .filter_map(|rest| rest.split("\n```").next())
        .collect();
    let expected = [
        "title,region\nLe Parrain,FR\nEl padrino,ES\n",
        "person,characters\nMarlon Brando,\"[\"\"Don Vito Corleone\"\"]\"\nAl Pacino,\"[\"\"Michael\"\"]\"\n",
        "title,votes\nThe Godfather,2000000\nHeat,700000\n",
        "person,credits\nAl Pacino,2\nMarlon Brando,1\n",
        "season,episodes\n1,1\n5,1\n",
    ];
    assert_eq!(queries.len(), expected.len());
    for (query, rows) in queries.iter().zip(expected) {
        Cli::new(["sql", query]).stdout(rows).run(&folder);
    }
    let example = (PAGE.lines()).find_map(|line| line.strip_prefix("catalogue sql \""));
    let example = example.unwrap().trim_end_matches('"');
    Cli::new(["sql", example])
        .stdout("count(*)\n2\n")
        .run(&folder);
}

#[test]
fn every_view_has_its_columns() {
    let folder = with_records();
    for (query, object) in [
        (
            "SELECT * FROM titles WHERE name = 'ozymandias'",
            r#"{"name":"ozymandias","id":8,"title":"Ozymandias","original_title":null,"released":null,"runtime_minutes":null,"genres":"","rating":null,"votes":null,"type":null,"adult":null,"ended":null,"series":"tt0903747","season":5,"episode":14,"plot":null,"poster":null,"language":null,"country":null,"rated":null,"awards":null,"website":null}"#,
        ),
        (
            "SELECT * FROM credits WHERE list = 'directors'",
            r#"{"name":"tt0113277","list":"directors","position":1,"person_name":"mann","person":"Michael Mann","category":null,"job":null,"characters":null}"#,
        ),
        (
            "SELECT person_name, person, born, professions, known_for, credits FROM people WHERE person_key = person_key('mann')",
            r#"{"person_name":"mann","person":"Michael Mann","born":null,"professions":"[]","known_for":"[]","credits":1}"#,
        ),
        (
            "SELECT person_name, position, name, title, released FROM films WHERE person_key = person_key('mann')",
            r#"{"person_name":"mann","position":1,"name":"tt0113277","title":"Heat","released":null}"#,
        ),
        (
            "SELECT * FROM episodes WHERE season = 5",
            r#"{"series":"tt0903747","season":5,"episode":14,"name":"ozymandias"}"#,
        ),
        (
            "VALUES (x'00ff', 0.5)",
            r#"{"column1":"00ff","column2":0.5}"#,
        ),
    ] {
        let line = format!("{object}\n");
        Cli::new(["sql", "--json", query]).stdout(line).run(&folder);
    }
}

#[test]
fn nothing_but_one_query_runs() {
    let folder = with_records();
    let before = std::fs::read(folder.db()).unwrap();
    let refusal = "only one query can run, which begins with SELECT, WITH or VALUES";
    for statement in [
        "DELETE FROM movie",
        "PRAGMA query_only = 0",
        "ATTACH 'other.db' AS other",
        "WITH a AS (SELECT 1) DELETE FROM movie",
        "SELECT 1; DELETE FROM movie",
        "",
    ] {
        Cli::new(["sql", statement]).fails(refusal).run(&folder);
    }
    for (query, message) in [
        ("SELECT a", "sqlite: no such column: a"),
        ("SELECT * FROM missing", "sqlite: no such table: missing"),
    ] {
        Cli::new(["sql", query]).fails(message).run(&folder);
    }
    assert_eq!(std::fs::read(folder.db()).unwrap(), before);
    assert_eq!(folder.files(), ["sae.db"]);
}
