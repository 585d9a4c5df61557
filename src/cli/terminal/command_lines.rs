//! Commands from a pipe or a file, one a line.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::{Shell, ShellError};
use crate::cli::terminal::CommandWords;
use crate::config::limits;

/// The result of a conversation. Errors have been printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellStatus {
    /// Every command was answered, or the user left.
    Success,
    /// A command failed.
    Failure,
}

/// Lines of bounded length. They may contain passwords, so their memory is overwritten.
pub struct CommandLines<R> {
    reader: R,
    /// Bytes that were read and not yet returned: `buffer[at..end]`.
    buffer: Zeroizing<Vec<u8>>,
    at: usize,
    end: usize,
    /// Number of returned lines.
    count: usize,
}

impl<R: Read> CommandLines<R> {
    /// Lines of a reader without a buffer of its own. Standard input is one: its own buffer is not
    /// used for reads of this size.
    pub fn new(reader: R) -> CommandLines<R> {
        CommandLines {
            reader,
            buffer: Zeroizing::new(vec![0; limits::MAX_INLINE_BYTES]),
            at: 0,
            end: 0,
            count: 0,
        }
    }

    /// The number of lines that were read.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The next line without its end, or `None` after the last one.
    ///
    /// # Errors
    /// [`ShellError::LongLine`] over `max` bytes, [`ShellError::Input`] when reading fails.
    pub fn next(&mut self, max: usize) -> Result<Option<Zeroizing<Vec<u8>>>, ShellError> {
        let mut line = Zeroizing::new(Vec::with_capacity(limits::MAX_PASSWORD_BYTES * 2));
        loop {
            if self.at == self.end && !self.read().map_err(ShellError::Input)? {
                if line.is_empty() {
                    return Ok(None);
                }
                break;
            }
            let rest = &self.buffer[self.at..self.end];
            let newline = rest.iter().position(|&byte| byte == b'\n');
            let taken = newline.unwrap_or(rest.len());
            if line.len() + taken > max {
                let line = self.count + 1;
                return Err(ShellError::LongLine { line, max });
            }
            line.extend_from_slice(&rest[..taken]);
            self.at += taken;
            if newline.is_some() {
                self.at += 1;
                break;
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        self.count += 1;
        Ok(Some(line))
    }

    /// Fills the buffer; false at the end of the input.
    fn read(&mut self) -> io::Result<bool> {
        loop {
            match self.reader.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    (self.at, self.end) = (0, read?);
                    return Ok(self.end > 0);
                }
            }
        }
    }
}

impl<S: Read + Write, O: Write, E: Write> Shell<S, O, E> {
    /// Runs the commands of every line. Blank lines and lines that begin with `#` are skipped. A
    /// command that fails is reported with its line, and the next one runs.
    ///
    /// # Errors
    /// When the connection, the input or the output is no longer usable.
    pub fn run_lines<R: Read>(
        mut self,
        lines: &mut CommandLines<R>,
    ) -> Result<ShellStatus, ShellError> {
        let mut ending = ShellStatus::Success;
        while let Some(line) = lines.next(limits::MAX_FRAME_BYTES)? {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let place = format!("line {}: ", lines.count);
            let words = match CommandWords::split(line) {
                Ok(words) => words,
                Err(error) => {
                    self.print_error(format_args!("{place}{error}"));
                    ending = ShellStatus::Failure;
                    continue;
                }
            };
            let outcome = self.run(&words, &place)?;
            if !outcome.success {
                ending = ShellStatus::Failure;
            }
            if outcome.over {
                return Ok(ending);
            }
        }
        self.end();
        Ok(ending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::{Printer, Style};
    use crate::client::Client;
    use crate::client::testing::{FakeServer, Reaction};
    use crate::protocol::resp::Reply;

    /// Gives one byte at a time, as a slow pipe may.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((byte, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *byte;
            self.0 = rest;
            Ok(1)
        }
    }

    fn run(server: &FakeServer, input: &str) -> (Result<ShellStatus, ShellError>, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let client = Client::connect(server.address()).unwrap();
        let shell = Shell::new(client, Printer::new(&mut out, &mut err, Style::default()));
        let ending = shell.run_lines(&mut CommandLines::new(input.as_bytes()));
        let [out, err] = [out, err].map(|text| String::from_utf8(text).unwrap());
        (ending, out, err)
    }

    #[test]
    fn lines_end_in_any_way() {
        for input in ["a\nb b\n\nc", "a\r\nb b\r\n\r\nc\r\n"] {
            let mut lines = CommandLines::new(Slow(input.as_bytes()));
            let mut found = Vec::new();
            while let Some(line) = lines.next(4).unwrap() {
                found.push(String::from_utf8(line.to_vec()).unwrap());
            }
            assert_eq!(found, ["a", "b b", "", "c"]);
        }
        let mut lines = CommandLines::new(&b"abc\nabcd\n"[..]);
        assert!(lines.next(3).unwrap().is_some());
        assert_eq!(
            lines.next(3).unwrap_err().to_string(),
            "line 2 is longer than 3 bytes"
        );
    }

    #[test]
    fn every_line_runs_and_failures_are_remembered() {
        let server = FakeServer::start([
            ("NB", Reaction::Answer(Reply::Integer(1))),
            ("SEND 9", Reaction::Answer(Reply::Null)),
            ("COUNT", Reaction::Answer(Reply::Integer(3))),
        ]);
        let input = "NB\n\n  # a remark\nSEND 9\nSEND '9\n COUNT";
        let (ending, out, err) = run(&server, input);
        assert_eq!(ending.unwrap(), ShellStatus::Failure);
        assert_eq!(out, "1\n3\n");
        assert_eq!(
            err,
            "line 4: no such movie `9`; LIST shows the names there are\n\
             line 5: unbalanced quotes, a quoted word ends with its quote and a space, json goes in single quotes\n"
        );
    }

    #[test]
    fn what_follows_the_farewell_is_not_sent() {
        let server = FakeServer::start([("END", Reaction::Last(Reply::OK))]);
        let (ending, out, err) = run(&server, "END\nNB\n");
        assert_eq!(ending.unwrap(), ShellStatus::Success);
        assert_eq!((out.as_str(), err.as_str()), ("OK\n", ""));
    }

    #[test]
    fn a_server_that_leaves_ends_it() {
        let server = FakeServer::start([("NB", Reaction::Close)]);
        let (ending, out, _) = run(&server, "NB\nNB\n");
        assert!(matches!(
            ending,
            Err(ShellError::Client(error)) if !error.leaves_connection()
        ));
        assert_eq!(out, "");
    }
}
