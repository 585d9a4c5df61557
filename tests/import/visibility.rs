//! The answers of a server while an import runs.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use catalogue::movie::Movie;
use catalogue::store::{ReadTransaction, Reader};

use super::Catalogue;

#[test]
fn an_interrupted_import_leaves_the_catalogue_as_it_was() {
    let catalogue = Catalogue::new();
    let mut import = catalogue
        .command(&["import", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    writeln!(stdin, "title").unwrap();
    let mut number = 0;
    let mut write_rows = |count: usize| -> std::io::Result<()> {
        for _ in 0..count {
            number += 1;
            writeln!(stdin, "Film number {number}")?;
        }
        Ok(())
    };
    // More than a pipe holds: when this returns, rows are being read.
    write_rows(50_000).unwrap();
    let signal = format!("kill -INT {}", import.id());
    assert!(
        Command::new("sh")
            .args(["-c", &signal])
            .status()
            .unwrap()
            .success()
    );
    let began = Instant::now();
    while write_rows(1_000).is_ok() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the import goes on"
        );
    }
    let mut error = String::new();
    import
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    assert_eq!(import.wait().unwrap().code(), Some(1), "{error}");
    assert_eq!(error, "catalogue: interrupted, nothing was changed\n");
    assert_eq!(catalogue.movies().len(), 3);
    assert!(!catalogue.path("sae.db-wal").exists());
}

/// A server that has the catalogue open returns the new movies at once, although it has cached the
/// old rows.
#[test]
fn an_import_next_to_a_server_is_visible_at_once() {
    let catalogue = Catalogue::new();
    let (_server, mut client) = catalogue.serve();
    let mut ask = |words: &[&str]| -> redis::Value {
        let (word, arguments) = words.split_first().unwrap();
        redis::cmd(word).arg(arguments).query(&mut client).unwrap()
    };
    let title = |row: redis::Value| -> String {
        let redis::Value::BulkString(row) = row else {
            panic!("no row: {row:?}");
        };
        Movie::from_postcard(&row).unwrap().title.clone()
    };
    for round in 0..3 {
        catalogue.write(
            "a.csv",
            format!("name,title\n2,Kite {round}\nnew {round},Wind\n"),
        );
        catalogue.retitled(&["import", "a.csv"], "1 movie gets");
        for _ in 0..2 {
            assert_eq!(title(ask(&["SEND", "2"])), format!("Kite {round}"));
        }
        assert_eq!(ask(&["COUNT"]), redis::Value::Int(4 + round));
        let redis::Value::Array(found) = ask(&["FIND", "kite"]) else {
            panic!("nothing found");
        };
        let found: Vec<String> = found.into_iter().map(title).collect();
        assert_eq!(found, [format!("Kite {round}")]);
    }
}

#[test]
fn readers_see_the_catalogue_as_it_was_until_the_end() {
    let catalogue = Catalogue::new();
    let mut import = catalogue
        .command(&["import", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    for number in 0..50_000 {
        // The first line names the column.
        let text = if number == 0 {
            "title".to_owned()
        } else {
            format!("Film number {number}")
        };
        writeln!(stdin, "{text}").unwrap();
    }
    assert_eq!(count(&catalogue.path("sae.db")), 3);
    drop(stdin);
    assert!(import.wait().unwrap().success());
    assert_eq!(count(&catalogue.path("sae.db")), 50_002);
}

fn count(database: &Path) -> u64 {
    let mut reader = Reader::open(database).unwrap();
    ReadTransaction::new(&mut reader).count().unwrap()
}
