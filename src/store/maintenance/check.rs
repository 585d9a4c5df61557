//! Checks everything in a catalogue.

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::auth;
use crate::config::limits;
use crate::movie::Movie;
use crate::store::schema::{self, LATEST_SCHEMA_VERSION};
use crate::store::tables::{counters, movies, users};
use crate::store::{ProgressObserver, StoreError, open, records, search_index};

/// The checks, in order. Each structure that must agree with the rows has a check.
const CHECKS: &[(&str, Check)] = &[
    (INTEGRITY, integrity),
    (FOREIGN_KEYS, foreign_keys),
    (SCHEMA, schema_is_ours),
    (FOREIGN_CODE, foreign_code),
    ("movies", every_movie),
    ("accounts", every_account),
    ("counters", counters_agree),
    ("records", full_records),
    (SEARCH_INDEX, search_index),
];
const INTEGRITY: &str = "integrity";
const FOREIGN_KEYS: &str = "foreign keys";
const SCHEMA: &str = "schema";
const FOREIGN_CODE: &str = "foreign code";
const SEARCH_INDEX: &str = "search index";
/// The checks that a copy does without: the index takes as long as all others, and can be
/// rebuilt.
const OF_NO_COPY: [&str; 1] = [SEARCH_INDEX];
/// The checks that any schema version can have.
const FOR_ANY_VERSION: [&str; 2] = [INTEGRITY, FOREIGN_KEYS];
/// The checks without which a file is no catalogue.
const DAMAGE: [&str; 3] = [INTEGRITY, FOREIGN_KEYS, SCHEMA];

/// Rows between two reports of the progress.
const ROWS_PER_LOOK: u64 = 512;

const FOREIGN_KEYS_SQL: &str = "PRAGMA foreign_key_check";
const SCHEMA_SQL: &str = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
const FOREIGN_CODE_SQL: &str = "SELECT CASE WHEN type = 'table' THEN 'virtual table' ELSE type END, \
     name FROM sqlite_schema WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%' \
     ORDER BY name";
const USERS_SQL: &str = "SELECT name, password_hash, role FROM user ORDER BY name";

/// The result of a check.
#[derive(Debug, Default, Serialize)]
pub struct Health {
    /// The schema version, if it can be read.
    pub schema_version: Option<usize>,
    /// The number of movies; unknown for an older schema version, whose rows are not read.
    pub movies: Option<u64>,
    /// The number of accounts; unknown as for movies.
    pub accounts: Option<u64>,
    /// The faults: the first ones, at most [`limits::MAX_CHECK_FAULTS`].
    pub faults: Vec<CheckFault>,
    /// The number of all faults.
    pub faults_total: u64,
}

/// One fault.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct CheckFault {
    /// The check that found it.
    pub check: &'static str,
    /// The description of the fault.
    pub fault: String,
}

impl fmt::Display for CheckFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.fault)
    }
}

impl Health {
    /// Whether all faults are in the search index, which can be rebuilt from the movies.
    pub fn needs_reindexing_alone(&self) -> bool {
        let is_known = self.faults_total == self.faults.len() as u64;
        let of_index = |fault: &CheckFault| fault.check == SEARCH_INDEX;
        !self.faults.is_empty() && is_known && self.faults.iter().all(of_index)
    }

    /// Whether the schema version is older than this program's, so that no row was read.
    pub fn is_outdated(&self) -> bool {
        self.schema_version
            .is_some_and(|version| version < LATEST_SCHEMA_VERSION)
    }

    /// The triggers, views and virtual tables that are not of this program.
    pub fn foreign_code(&self) -> impl Iterator<Item = &CheckFault> {
        let mut faults = self.faults.iter();
        std::iter::from_fn(move || faults.find(|fault| fault.check == FOREIGN_CODE))
    }

    /// The first fault of the file itself, and not of its rows.
    pub(in crate::store) fn damage(&self) -> Option<&CheckFault> {
        let mut faults = self.faults.iter();
        faults.find(|fault| DAMAGE.contains(&fault.check))
    }
}

/// Checks everything, as of one moment, while other connections write.
///
/// # Errors
/// A file that is missing, foreign, newer or cannot be read at all; [`StoreError::Interrupted`]. A
/// fault inside the file is not an error.
pub fn check(path: &Path, observer: &mut ProgressObserver<'_>) -> Result<Health, StoreError> {
    open::check_header(path)?;
    let examined = open::for_inspection(path).and_then(|connection| {
        connection
            .execute_batch("BEGIN")
            .map_err(|error| StoreError::sqlite(path, error))?;
        examine(path, &connection, &[], observer)
    });
    match examined {
        // Not even its first page can be read.
        Err(StoreError::Damaged(_, fault) | StoreError::DamagedRow(_, fault)) => Ok(Health {
            faults: vec![CheckFault {
                check: INTEGRITY,
                fault,
            }],
            faults_total: 1,
            ..Health::default()
        }),
        examined => examined,
    }
}

/// Checks a copy of a catalogue through an open connection.
pub(in crate::store) fn of_a_copy(
    path: &Path,
    connection: &Connection,
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    examine(path, connection, &OF_NO_COPY, observer)
}

/// The same without some of the checks.
fn examine(
    path: &Path,
    connection: &Connection,
    left_out: &[&str],
    observer: &mut ProgressObserver<'_>,
) -> Result<Health, StoreError> {
    observer
        .attach(connection)
        .map_err(|error| StoreError::sqlite(path, error))?;
    let mut examination = Examination {
        path,
        connection,
        observer,
        check: INTEGRITY,
        counted: None,
        health: Health {
            schema_version: Some(schema::version(path, connection)?),
            ..Health::default()
        },
    };
    let is_outdated = examination.health.is_outdated();
    for &(name, check) in CHECKS {
        if is_outdated && !FOR_ANY_VERSION.contains(&name) || left_out.contains(&name) {
            continue;
        }
        examination.check = name;
        examination.observer.report(name, 0, 0)?;
        match check(&mut examination) {
            Ok(()) => {}
            Err(StoreError::Interrupted) => return Err(StoreError::Interrupted),
            Err(error) => examination.fault(format!("not all of it can be read: {error}")),
        }
    }
    Ok(examination.health)
}

type Check = fn(&mut Examination<'_, '_>) -> Result<(), StoreError>;

/// The state of a check.
struct Examination<'a, 'w> {
    path: &'a Path,
    connection: &'a Connection,
    observer: &'a mut ProgressObserver<'w>,
    /// The current check.
    check: &'static str,
    /// The number of movies, how many of them are valid, and the highest id.
    counted: Option<(u64, u64, i64)>,
    health: Health,
}

impl Examination<'_, '_> {
    fn fault(&mut self, fault: String) {
        self.health.faults_total += 1;
        if self.health.faults.len() < limits::MAX_CHECK_FAULTS {
            let check = self.check;
            self.health.faults.push(CheckFault { check, fault });
        }
    }

    /// Calls `each` for the rows of a query.
    fn each(
        &mut self,
        sql: &str,
        mut each: impl FnMut(&mut Self, &Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let path = self.path;
        let wrong = |error| StoreError::sqlite(path, error);
        let connection = self.connection;
        let mut statement = connection.prepare(sql).map_err(wrong)?;
        let mut rows = statement.query([]).map_err(wrong)?;
        while let Some(row) = rows.next().map_err(wrong)? {
            each(self, row)?;
        }
        Ok(())
    }
}

/// Pages, trees and the types of all values.
fn integrity(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    let sql = format!("PRAGMA integrity_check({})", limits::MAX_CHECK_FAULTS);
    at.each(&sql, |at, row| {
        match text(row, 0) {
            ok if ok == "ok" => {}
            // Some of them have a heading and a line.
            fault => at.fault(fault.lines().collect::<Vec<_>>().join(" ")),
        }
        Ok(())
    })
}

fn foreign_keys(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    at.each(FOREIGN_KEYS_SQL, |at, row| {
        let (table, parent) = (text(row, 0), text(row, 2));
        at.fault(format!("a row of `{table}` belongs to none of `{parent}`"));
        Ok(())
    })
}

/// Every table is as the migrations make it.
fn schema_is_ours(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    let mut model =
        Connection::open_in_memory().map_err(|error| StoreError::sqlite(at.path, error))?;
    schema::to_latest(at.path, &mut model)?;
    let [expected, found] = [&model, at.connection].map(|connection| {
        let mut statement = connection.prepare(SCHEMA_SQL)?;
        let rows = statement.query_map([], |row| Ok([0, 1, 2].map(|column| text(row, column))))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    });
    let wrong = |error| StoreError::sqlite(at.path, error);
    let (expected, found) = (expected.map_err(wrong)?, found.map_err(wrong)?);
    for [kind, name, sql] in expected {
        match found.iter().find(|[_, other, _]| *other == name) {
            None => at.fault(format!("the {kind} `{name}` is missing")),
            Some([_, _, other]) if *other != sql => {
                at.fault(format!(
                    "the {kind} `{name}` is not as this program makes it"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Nothing in the file is code. Triggers and views are off on every connection of this
/// program, but they would run in other programs, and change rows there.
fn foreign_code(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    at.each(FOREIGN_CODE_SQL, |at, row| {
        let [kind, name] = [0, 1].map(|column| text(row, column));
        let name = name.escape_debug();
        at.fault(format!(
            "the {kind} `{name}` is not of this program, which never runs it"
        ));
        Ok(())
    })
}

/// Every row is a valid movie, and survives its encoding.
fn every_movie(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    let total = counters::movies(at.path, at.connection).unwrap_or_default();
    let (mut movies, mut valid, mut highest) = (0_u64, 0, 0);
    at.each(movies::ALL, |at, row| {
        if movies.is_multiple_of(ROWS_PER_LOOK) {
            at.observer.report("movies", movies, total)?;
        }
        movies += 1;
        match movie(at.path, row) {
            Ok(()) => valid += 1,
            Err(reason) => at.fault(format!("`{}`: {reason}", text(row, 1).escape_debug())),
        }
        highest = highest.max(row.get(0).unwrap_or_default());
        Ok(())
    })?;
    at.health.movies = Some(movies);
    at.counted = Some((movies, valid, highest));
    Ok(())
}

fn movie(path: &Path, row: &Row<'_>) -> Result<(), String> {
    let view = movies::view(path, row).map_err(|error| match error {
        StoreError::InvalidRow { reason, .. } => reason.to_string(),
        other => other.to_string(),
    })?;
    if !row.get::<_, i64>(0).is_ok_and(|id| id > 0) {
        return Err("its id is not above 0".to_owned());
    }
    let bytes = view.to_postcard();
    match Movie::from_postcard(&bytes) {
        Ok(movie) if movie.to_postcard() == bytes => Ok(()),
        Ok(_) => Err("as postcard it is another movie".to_owned()),
        Err(error) => Err(format!("as postcard it cannot be read: {error}")),
    }
}

/// Every account has a valid name, role and hash.
fn every_account(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    let mut accounts = 0;
    at.each(USERS_SQL, |at, row| {
        accounts += 1;
        let [name, hash, role] = [0, 1, 2].map(|column| text(row, column));
        let faults = [
            auth::check_user(&name).err().map(|error| error.to_string()),
            role.parse::<users::Role>().err(),
            auth::check_stored(&hash)
                .err()
                .map(|error| error.to_string()),
        ];
        for fault in faults.into_iter().flatten() {
            at.fault(format!("`{}`: {fault}", name.escape_debug()));
        }
        Ok(())
    })?;
    at.health.accounts = Some(accounts);
    Ok(())
}

/// The counters agree with the rows.
fn counters_agree(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    let Some((movies, _, highest)) = at.counted else {
        return Ok(());
    };
    let mut rows = 0;
    at.each(counters::MOVIES_AND_NEXT_ID, |at, row| {
        rows += 1;
        let [counted, next] = [0, 1].map(|column| row.get::<_, i64>(column).unwrap_or_default());
        if u64::try_from(counted) != Ok(movies) {
            at.fault(format!("it says {counted} movies, there are {movies}"));
        }
        if next <= highest {
            at.fault(format!(
                "the next movie would get id {next}, there is one with {highest}"
            ));
        }
        Ok(())
    })?;
    if rows != 1 {
        at.fault(format!("it has {rows} rows, there has to be one"));
    }
    Ok(())
}

/// The search index agrees with the rows.
fn search_index(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    let Some((_, movies, _)) = at.counted else {
        return Ok(());
    };
    audited(at, |path, connection, note, observer| {
        let audited = search_index::audit(path, connection, movies, note, observer);
        audited.map_err(|trouble| trouble.about(path))
    })
}

/// Details, people and series agree with the movies.
fn full_records(at: &mut Examination<'_, '_>) -> Result<(), StoreError> {
    audited(at, |path, connection, note, observer| {
        records::audit(path, connection, note, observer)
    })
}

/// Runs an audit, which passes each fault to its note.
fn audited(
    at: &mut Examination<'_, '_>,
    audit: impl FnOnce(
        &Path,
        &Connection,
        &mut dyn FnMut(String),
        &mut ProgressObserver<'_>,
    ) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut faults = Vec::new();
    let (path, connection) = (at.path, at.connection);
    let observer = &mut *at.observer;
    let mut total = 0;
    let mut note = |fault| {
        total += 1;
        if total <= limits::MAX_CHECK_FAULTS {
            faults.push(fault);
        }
    };
    let audited = audit(path, connection, &mut note, observer);
    let unlisted = (total - faults.len()) as u64;
    faults.into_iter().for_each(|fault| at.fault(fault));
    at.health.faults_total += unlisted;
    audited
}

/// A column of any type as text.
fn text(row: &Row<'_>, column: usize) -> String {
    use rusqlite::types::ValueRef;
    match row.get_ref(column) {
        Ok(ValueRef::Text(text) | ValueRef::Blob(text)) => {
            String::from_utf8_lossy(text).into_owned()
        }
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(number)) => number.to_string(),
        Ok(ValueRef::Null) | Err(_) => String::new(),
    }
}
