//! One run of the program, with its complete output.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use super::{Folder, PROGRAM};

/// A command line and its expected result: success and no output, unless set otherwise.
/// Standard output and standard error must match exactly. `{folder}` in an expected text
/// stands for the temporary folder.
#[must_use]
pub struct Cli {
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
    without: Vec<String>,
    stdin: Vec<u8>,
    status: i32,
    stdout: String,
    stderr: String,
}

impl Cli {
    /// `catalogue` with these arguments.
    pub fn new<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Cli {
        Cli {
            args: args.into_iter().map(|arg| arg.as_ref().into()).collect(),
            env: Vec::new(),
            without: Vec::new(),
            stdin: Vec::new(),
            status: 0,
            stdout: String::new(),
            stderr: String::new(),
        }
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Cli {
        self.env.push((name.to_owned(), value.as_ref().into()));
        self
    }

    /// Removes a variable from its environment.
    pub fn without(mut self, name: &str) -> Cli {
        self.without.push(name.to_owned());
        self
    }

    /// Its standard input; empty by default.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Cli {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// The expected exit status.
    pub fn status(mut self, status: i32) -> Cli {
        self.status = status;
        self
    }

    /// The expected standard output.
    pub fn stdout(mut self, text: impl Into<String>) -> Cli {
        self.stdout = text.into();
        self
    }

    /// The expected standard error.
    pub fn stderr(mut self, text: impl Into<String>) -> Cli {
        self.stderr = text.into();
        self
    }

    /// Expects failure, with one line on standard error after `catalogue: `.
    pub fn fails(self, line: impl std::fmt::Display) -> Cli {
        self.status(1).stderr(format!("catalogue: {line}\n"))
    }

    /// Runs it in a folder.
    #[track_caller]
    pub fn run(self, folder: &Folder) {
        let output = self.output(folder);
        let path = folder.path().to_str().unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_eq!(
            (output.status.code(), stdout.as_str(), stderr.as_str()),
            (
                Some(self.status),
                self.stdout.replace("{folder}", path).as_str(),
                self.stderr.replace("{folder}", path).as_str()
            ),
            "catalogue {:?}",
            self.args
        );
    }

    /// Runs it and returns the result, for output that cannot be predicted.
    pub fn output(&self, folder: &Folder) -> Output {
        self.spawn(folder).wait_with_output().unwrap()
    }

    /// Reads the first line of its output and closes the pipe, which must not be an
    /// error.
    #[track_caller]
    pub fn first_line(&self, folder: &Folder) -> String {
        let mut child = self.spawn(folder);
        let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let stderr = (output.status.code(), text(output.stderr));
        assert_eq!(
            stderr,
            (Some(0), String::new()),
            "catalogue {:?}",
            self.args
        );
        first
    }

    /// The command in a folder, for tests that start it themselves.
    pub fn command(&self, folder: &Folder) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(&self.args)
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .env("CATALOGUE_LISTEN", "127.0.0.1:0")
            .env("CATALOGUE_HTTP", "off");
        for name in ["CATALOGUE_DB", "CATALOGUE_CONFIG", "RUST_LOG"] {
            command.env_remove(name);
        }
        for name in &self.without {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    fn spawn(&self, folder: &Folder) -> Child {
        let mut child = self
            .command(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that fails early does not read its input.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        child
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
