//! Statements that neither bind nor read copies of texts.
//!
//! rusqlite copies every text that it binds, asks for the type, the length and the bytes of
//! each value, and has SQLite copy a text once more to add a zero. Here nothing is copied. CPU
//! time of the writing thread, over two million rows shaped like IMDb's: adding them took
//! 625 ns a row with rusqlite (24 rows a statement; 905 with one; more than 24 are slower) and
//! 635 through a virtual table, and takes 515 here. Reading them for a comparison takes 220
//! instead of 300. The `sqlite3` shell takes 1,900 to add them, reading the file included.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;

use rusqlite::{Connection, ffi};

/// A prepared statement.
pub(super) struct Statement<'c> {
    statement: NonNull<ffi::sqlite3_stmt>,
    connection: NonNull<ffi::sqlite3>,
    /// Whether it is at a row.
    is_at_row: bool,
    /// The connection has to outlive it.
    of: PhantomData<&'c Connection>,
}

impl<'c> Statement<'c> {
    pub fn prepare(connection: &'c Connection, sql: &str) -> rusqlite::Result<Statement<'c>> {
        // SAFETY: the handle is used while the connection is borrowed, and not closed.
        let handle = unsafe { connection.handle() };
        let Some(handle) = NonNull::new(handle) else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        let length = c_int::try_from(sql.len()).map_err(|_| rusqlite::Error::InvalidQuery)?;
        let mut statement = ptr::null_mut();
        // SAFETY: the handle is open, the text has that length, and the statement
        // is written to a place that is there.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                handle.as_ptr(),
                sql.as_ptr().cast(),
                length,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &mut statement,
                ptr::null_mut(),
            )
        };
        match NonNull::new(statement) {
            Some(statement) if code == ffi::SQLITE_OK => Ok(Statement {
                statement,
                connection: handle,
                is_at_row: false,
                of: PhantomData,
            }),
            _ => Err(error(handle, code)),
        }
    }

    /// Binds a copy of a text.
    pub fn bind_text(&mut self, parameter: c_int, text: &str) -> rusqlite::Result<()> {
        // SAFETY: the text is there while SQLite copies it.
        unsafe { self.bind_bytes(parameter, text.as_bytes(), ffi::SQLITE_TRANSIENT()) }
    }

    /// Binds bytes of UTF-8 as a text without copying them.
    ///
    /// # Safety
    /// They have to be valid whenever the statement is stepped, until another value is bound in
    /// their place.
    pub unsafe fn bind_borrowed(&mut self, parameter: c_int, text: &[u8]) -> rusqlite::Result<()> {
        // SAFETY: the text is there as promised. Without a destructor SQLite leaves it where
        // it is.
        unsafe { self.bind_bytes(parameter, text, None) }
    }

    /// Binds bytes of UTF-8 as a text, which `destructor` says how to keep.
    unsafe fn bind_bytes(
        &mut self,
        parameter: c_int,
        text: &[u8],
        destructor: ffi::sqlite3_destructor_type,
    ) -> rusqlite::Result<()> {
        let (start, length) = (text.as_ptr().cast(), text.len() as c_int);
        let statement = self.statement.as_ptr();
        // SAFETY: the statement is open, and the text for as long as the caller promised.
        let code =
            unsafe { ffi::sqlite3_bind_text(statement, parameter, start, length, destructor) };
        self.check(code)
    }

    /// Binds bytes as a blob without copying them.
    ///
    /// # Safety
    /// As [`Statement::bind_borrowed`].
    pub unsafe fn bind_blob(&mut self, parameter: c_int, blob: &[u8]) -> rusqlite::Result<()> {
        // SAFETY: the statement is open, and the bytes as promised. Without a destructor SQLite
        // leaves them where they are.
        let code = unsafe {
            ffi::sqlite3_bind_blob(
                self.statement.as_ptr(),
                parameter,
                blob.as_ptr().cast(),
                blob.len() as c_int,
                None,
            )
        };
        self.check(code)
    }

    /// Binds a whole number.
    pub fn bind_integer(&mut self, parameter: c_int, number: i64) -> rusqlite::Result<()> {
        // SAFETY: the statement is open.
        let code = unsafe { ffi::sqlite3_bind_int64(self.statement.as_ptr(), parameter, number) };
        self.check(code)
    }

    pub fn bind_real(&mut self, parameter: c_int, number: f64) -> rusqlite::Result<()> {
        // SAFETY: the statement is open.
        let code = unsafe { ffi::sqlite3_bind_double(self.statement.as_ptr(), parameter, number) };
        self.check(code)
    }

    pub fn bind_null(&mut self, parameter: c_int) -> rusqlite::Result<()> {
        // SAFETY: the statement is open.
        let code = unsafe { ffi::sqlite3_bind_null(self.statement.as_ptr(), parameter) };
        self.check(code)
    }

    /// Steps to the next row. Returns whether there is one.
    pub fn step(&mut self) -> rusqlite::Result<bool> {
        // SAFETY: the statement is open, and its texts too: copies, or as promised.
        let code = unsafe { ffi::sqlite3_step(self.statement.as_ptr()) };
        self.is_at_row = code == ffi::SQLITE_ROW;
        match code {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => {
                let error = error(self.connection, code);
                self.reset();
                Err(error)
            }
        }
    }

    /// Resets it to before the first row.
    pub fn reset(&mut self) {
        self.is_at_row = false;
        // Its error is that of the last step. SAFETY: the statement is open.
        unsafe { ffi::sqlite3_reset(self.statement.as_ptr()) };
    }

    /// Whether it is at a row.
    pub fn is_at_row(&self) -> bool {
        self.is_at_row
    }

    /// A value of the row; null without a row.
    pub fn value(&self, column: c_int) -> Value<'_> {
        if !self.is_at_row {
            return Value::Null;
        }
        // SAFETY: the statement is open and at a row, which stays as long as this is borrowed.
        // SQLite gives a value for every column, one that is null where there is none. No other
        // thread uses it: the connection belongs to this thread. A text or blob that is asked for
        // as what it is, is not converted, so its bytes stay as well.
        unsafe {
            let value = ffi::sqlite3_column_value(self.statement.as_ptr(), column);
            match ffi::sqlite3_value_type(value) {
                ffi::SQLITE_INTEGER => Value::Integer(ffi::sqlite3_value_int64(value)),
                ffi::SQLITE_FLOAT => Value::Real(ffi::sqlite3_value_double(value)),
                ffi::SQLITE_TEXT | ffi::SQLITE_BLOB => {
                    let bytes = ffi::sqlite3_value_blob(value).cast::<u8>();
                    let length = ffi::sqlite3_value_bytes(value);
                    match usize::try_from(length) {
                        Ok(length) if !bytes.is_null() => {
                            Value::Bytes(slice::from_raw_parts(bytes, length))
                        }
                        _ => Value::Bytes(&[]),
                    }
                }
                _ => Value::Null,
            }
        }
    }

    fn check(&self, code: c_int) -> rusqlite::Result<()> {
        match code {
            ffi::SQLITE_OK => Ok(()),
            code => Err(error(self.connection, code)),
        }
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // Its error is that of the last step, which was reported.
        // SAFETY: the statement is open, and is not used afterwards.
        unsafe { ffi::sqlite3_finalize(self.statement.as_ptr()) };
    }
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'r> {
    Null,
    Integer(i64),
    Real(f64),
    /// A text or a blob.
    Bytes(&'r [u8]),
}

/// The last error of SQLite.
fn error(connection: NonNull<ffi::sqlite3>, code: c_int) -> rusqlite::Error {
    // SAFETY: the connection is open, and the text is copied before the next call.
    let words = unsafe {
        let words = ffi::sqlite3_errmsg(connection.as_ptr());
        (!words.is_null()).then(|| CStr::from_ptr(words).to_string_lossy().into_owned())
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_bound() {
        let connection = Connection::open_in_memory().unwrap();
        let mut statement = Statement::prepare(
            &connection,
            "SELECT ?1, ?2, ?3, ?4, x'00ff', '' WHERE ?5 = 1",
        )
        .unwrap();
        assert_eq!(statement.value(0), Value::Null);
        for round in 0..2 {
            let text = format!("é\0{round}");
            statement.bind_text(1, &text).unwrap();
            statement.bind_integer(2, i64::MIN).unwrap();
            statement.bind_real(3, -0.5).unwrap();
            statement.bind_null(4).unwrap();
            statement.bind_integer(5, 1).unwrap();
            drop(text);
            assert!(statement.step().unwrap() && statement.is_at_row());
            assert_eq!(
                [0, 1, 2, 3, 4, 5, 6].map(|column| statement.value(column)),
                [
                    Value::Bytes(format!("é\0{round}").as_bytes()),
                    Value::Integer(i64::MIN),
                    Value::Real(-0.5),
                    Value::Null,
                    Value::Bytes(&[0, 255]),
                    Value::Bytes(&[]),
                    Value::Null,
                ]
            );
            assert!(!statement.step().unwrap());
            assert_eq!(statement.value(1), Value::Null);
            statement.reset();
        }
    }

    #[test]
    fn errors_are_those_of_sqlite() {
        let connection = Connection::open_in_memory().unwrap();
        let words = |error: rusqlite::Error| error.to_string();
        let error = Statement::prepare(&connection, "SELEKT 1").err().unwrap();
        assert_eq!(words(error), "near \"SELEKT\": syntax error");
        connection
            .execute_batch("CREATE TABLE t (a PRIMARY KEY)")
            .unwrap();
        let mut statement = Statement::prepare(&connection, "INSERT INTO t VALUES (?1)").unwrap();
        let error = statement.bind_integer(2, 1).unwrap_err();
        assert_eq!(words(error), "column index out of range");
        statement.bind_integer(1, 1).unwrap();
        assert!(!statement.step().unwrap());
        statement.reset();
        let error = statement.step().unwrap_err();
        assert_eq!(words(error), "UNIQUE constraint failed: t.a");
        statement.bind_integer(1, 2).unwrap();
        assert!(!statement.step().unwrap());
    }
}
