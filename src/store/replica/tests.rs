//! Tests of the replica.

use super::*;
use crate::config::limits;
use crate::movie::{Details, Fields, FullMovie, Movie};
use crate::store::change::{Actor, ChangeError};
use crate::store::tables::users::{NewPassword, Role};
use crate::store::{self, MovieCondition, ReadTransaction, Reader};

struct TestReplica {
    folder: tempfile::TempDir,
    replica: Replica,
}

impl TestReplica {
    fn new() -> TestReplica {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sae.db");
        store::create(&path).unwrap();
        join_cluster(&path, ClusterId([7; 16])).unwrap();
        let (_, _, replica) = Replica::open(&path).unwrap();
        TestReplica { folder, replica }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("sae.db")
    }

    fn apply(&mut self, entries: &[LogEntry]) -> Result<Vec<EntryResults>, StoreError> {
        self.replica.apply(entries)
    }

    /// Stops it, and opens the same file again.
    fn reopened(self) -> TestReplica {
        let TestReplica { folder, replica } = self;
        drop(replica);
        let (_, _, replica) = Replica::open(&folder.path().join("sae.db")).unwrap();
        TestReplica { folder, replica }
    }

    /// The rows of every table, as text.
    fn dump(&self) -> Vec<String> {
        let connection = Connection::open(self.path()).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut tables = connection.prepare(tables).unwrap();
        let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut lines = Vec::new();
        for name in names.map(Result::unwrap) {
            let mut rows = connection
                .prepare(&format!("SELECT * FROM {name}"))
                .unwrap();
            let columns = rows.column_count();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values = (0..columns).map(|column| row.get_ref(column).unwrap());
                lines.push(format!("{name}: {:?}", values.collect::<Vec<_>>()));
            }
        }
        lines
    }
}

fn put(name: &str, title: &str) -> Change {
    let fields = Fields {
        name: name.to_owned(),
        title: title.to_owned(),
        ..Fields::default()
    };
    Change::PutMovie(Box::new(Movie::new(fields).unwrap().into()))
}

fn user(name: &str, role: Role) -> Change {
    let (hash, id) = ("h".to_owned(), 1);
    Change::AddUser {
        name: name.to_owned(),
        password: NewPassword { hash, id },
        role,
    }
}

/// An entry of one producer.
fn entry(number: u64, changes: Vec<Change>) -> LogEntry {
    let request = |change| ChangeRequest {
        time: number.cast_signed(),
        actor: Actor::Operator,
        source: "test".to_owned(),
        change,
    };
    LogEntry {
        sequence: 2 * number,
        number,
        producer: 1,
        counter: number,
        requests: changes.into_iter().map(request).collect(),
        bytes: number.to_le_bytes().to_vec(),
    }
}

/// Pseudo-random numbers that are the same in every run.
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn change(&mut self) -> Change {
        let name = format!("m{}", self.below(60));
        let account = format!("u{}", self.below(6));
        let force = false;
        match self.below(10) {
            0..3 => put(&name, &format!("Title {}", self.below(9))),
            3..5 => {
                let series = format!("m{}", self.below(5));
                let person = format!("p{}", self.below(9));
                let votes = self.below(100) as u32;
                let movie = store::records::tests::full_movie(&name, &series, &person, votes);
                Change::PutMovie(Box::new(movie))
            }
            5..7 => Change::DeleteMovies { names: vec![name] },
            7 => user(
                &account,
                if self.below(3) == 0 {
                    Role::Admin
                } else {
                    Role::Reader
                },
            ),
            8 => Change::DeleteUser {
                name: account,
                force,
            },
            _ => Change::SetRole {
                name: account,
                role: Role::Reader,
                force,
            },
        }
    }
}

/// The number of entries in a transaction and the place of a stop make no difference.
#[test]
fn the_same_entries_give_the_same_rows_and_hashes_in_transactions_of_any_size() {
    let mut rng = Rng(5);
    let mut number = 0;
    let mut entries = Vec::new();
    let mut changes = 0;
    while changes < 10_000 {
        number += 1;
        let size = 1 + rng.below(40);
        changes += size;
        entries.push(entry(number, (0..size).map(|_| rng.change()).collect()));
    }
    let mut dumps = Vec::new();
    for sizes in [1, 7, 64] {
        let mut node = TestReplica::new();
        for (round, batch) in entries.chunks(sizes).enumerate() {
            node.apply(batch).unwrap();
            if round == 20 {
                node = node.reopened();
            }
        }
        dumps.push((node.replica.position(), node.dump()));
    }
    assert_eq!(dumps[0].0.number, number);
    assert_eq!(dumps[0], dumps[1]);
    assert_eq!(dumps[0], dumps[2]);
}

#[test]
fn an_entry_that_was_appended_twice_is_applied_once() {
    let mut node = TestReplica::new();
    let first = entry(1, vec![put("a", "A")]);
    let again = LogEntry {
        sequence: 5,
        number: 2,
        ..first.clone()
    };
    let late = LogEntry {
        sequence: 9,
        number: 4,
        ..first.clone()
    };
    let second = LogEntry {
        sequence: 7,
        counter: 2,
        ..entry(3, vec![put("b", "B")])
    };
    let results = node.apply(&[first.clone(), again, second, late]).unwrap();
    let made: Vec<usize> = results.iter().map(Vec::len).collect();
    assert_eq!(made, [1, 0, 1, 0]);
    // The entries are read again after a broken connection.
    assert_eq!(node.apply(&[first]).unwrap()[0].len(), 0);
    let mut reader = Reader::open(&node.path()).unwrap();
    assert_eq!(
        ReadTransaction::new(&mut reader)
            .audit(None, 10)
            .unwrap()
            .len(),
        2
    );
    assert_eq!(node.replica.position().sequence, 9);
}

#[test]
fn entries_that_are_missing_are_noticed() {
    let mut node = TestReplica::new();
    node.apply(&[entry(1, vec![put("a", "A")])]).unwrap();
    let gap = node.apply(&[entry(3, vec![put("b", "B")])]).unwrap_err();
    assert!(matches!(gap, StoreError::LogGap(_, 2)), "{gap}");
    assert_eq!(node.replica.position().number, 1);
}

/// The other changes of the same entry are made on every node.
#[test]
fn only_errors_that_every_node_has_fail_a_change() {
    let mut node = TestReplica::new();
    let force = false;
    let changes = vec![
        user("a", Role::Admin),
        Change::DeleteUser {
            name: "a".to_owned(),
            force,
        },
        put("m", "M"),
    ];
    let results = node.apply(&[entry(1, changes)]).unwrap();
    let last = StoreError::Refused(ChangeError::LastAdmin("a".to_owned())).to_string();
    assert!(matches!(results[0][0], Ok(Changed { rows: 1, .. })));
    assert_eq!(results[0][1].as_ref().unwrap_err().to_string(), last);
    assert!(matches!(results[0][2], Ok(Changed { rows: 1, .. })));
}

/// A full disk stops the replica at the same entry in every attempt. When there is room, no change
/// is left out.
#[test]
fn a_full_disk_loses_no_change() {
    let (mut node, mut other) = (TestReplica::new(), TestReplica::new());
    let title = "t".repeat(limits::MAX_TITLE_BYTES);
    let entries: Vec<LogEntry> = (1..40)
        .map(|number| entry(number, vec![put(&format!("m{number}"), &title)]))
        .collect();
    let pages = |node: &TestReplica, most: i64| {
        let connection = &node.replica.file.connection;
        connection
            .pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))
            .unwrap();
    };
    let used: i64 = (node.replica.file.connection)
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    pages(&node, used + 5);
    let mut applied = 0;
    let mut failed = 0;
    for entry in &entries {
        loop {
            match node.apply(std::slice::from_ref(entry)) {
                Ok(_) => break applied += 1,
                Err(StoreError::Full(_)) => failed += 1,
                Err(other) => panic!("{other}"),
            }
            assert_eq!(node.replica.position().number, applied);
            if failed > 3 {
                pages(&node, 1 << 20);
            }
        }
    }
    assert!(failed > 3);
    other.apply(&entries).unwrap();
    assert_eq!(node.dump(), other.dump());
}

#[test]
fn a_file_of_a_cluster_is_changed_by_its_log_alone() {
    let node = TestReplica::new();
    let path = node.path();
    drop(node.replica);
    let refused = Writer::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::OfACluster(_)), "{refused}");
    assert!(cluster_position(&path).unwrap().is_some());
    leave_cluster(&path).unwrap();
    assert_eq!(cluster_position(&path).unwrap(), None);
    assert!(Writer::open(&path).is_ok());
    let refused = Replica::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::OfNoCluster(_)), "{refused}");
}

/// The producers that stay have the last entries of the log.
#[test]
fn the_number_of_producers_is_bounded() {
    let mut node = TestReplica::new();
    let most = limits::MAX_PRODUCERS.unsigned_abs();
    let entries = (1..=most + 5).map(|number| LogEntry {
        producer: number,
        counter: 1,
        ..entry(number, Vec::new())
    });
    node.apply(&entries.collect::<Vec<_>>()).unwrap();
    let connection = &node.replica.file.connection;
    let kept = connection.query_row("SELECT count(*), min(id) FROM producer", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    assert_eq!(kept, Ok((limits::MAX_PRODUCERS, 6)));
}

/// A condition says nothing about a row that cannot be read. Every node refuses the change for
/// the damage.
#[test]
fn a_condition_is_not_answered_by_a_damaged_row() {
    let mut replica = TestReplica::new();
    let fields = Fields {
        name: "m".to_owned(),
        title: "One".to_owned(),
        ..Fields::default()
    };
    let details = Details {
        plot: Some("A plot.".to_owned()),
        ..Details::default()
    };
    let movie = FullMovie::new(Movie::new(fields).unwrap(), details).unwrap();
    let movie = Box::new(movie);
    replica
        .apply(&[entry(1, vec![Change::PutMovie(movie.clone())])])
        .unwrap();
    let damage = "UPDATE title_details SET details = substr(details, 1, length(details) - 1)";
    let connection = Connection::open(replica.path()).unwrap();
    assert_eq!(connection.execute(damage, []).unwrap(), 1);
    let condition = MovieCondition::Present;
    let changes = vec![Change::PutMovieIf { movie, condition }, put("n", "Two")];
    let results = replica.apply(&[entry(2, changes)]).unwrap().remove(0);
    assert!(matches!(results[0], Err(StoreError::DamagedRow(..))));
    assert!(results[1].is_ok());
    for local in [
        StoreError::Damaged("f".into(), "page".to_owned()),
        StoreError::Full("f".into()),
        StoreError::Locked("f".into()),
    ] {
        assert!(!local.is_deterministic());
    }
}
