//! One run of the program, with everything that it says.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use super::{Folder, PROGRAM};

/// A command line, and what is expected of it: success and silence, unless
/// told otherwise. Standard output and standard error have to match exactly.
/// `{folder}` in what is expected stands for the temporary folder.
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

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Cli {
        self.env.push((name.to_owned(), value.as_ref().into()));
        self
    }

    /// A variable that its environment does not have.
    pub fn without(mut self, name: &str) -> Cli {
        self.without.push(name.to_owned());
        self
    }

    /// What it reads from standard input; nothing otherwise.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Cli {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// The exit status that is expected.
    pub fn status(mut self, status: i32) -> Cli {
        self.status = status;
        self
    }

    /// What is expected on standard output.
    pub fn stdout(mut self, text: impl Into<String>) -> Cli {
        self.stdout = text.into();
        self
    }

    /// What is expected on standard error.
    pub fn stderr(mut self, text: impl Into<String>) -> Cli {
        self.stderr = text.into();
        self
    }

    /// Failure, with one line on standard error behind `catalogue: `.
    pub fn fails(self, line: impl std::fmt::Display) -> Cli {
        self.status(1).stderr(format!("catalogue: {line}\n"))
    }

    /// Runs it in a folder.
    #[track_caller]
    pub fn run(self, folder: &Folder) {
        let output = self.output(folder);
        let place = folder.path().to_str().unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_eq!(
            (output.status.code(), stdout.as_str(), stderr.as_str()),
            (
                Some(self.status),
                self.stdout.replace("{folder}", place).as_str(),
                self.stderr.replace("{folder}", place).as_str()
            ),
            "catalogue {:?}",
            self.args
        );
    }

    /// Runs it and gives everything back, for what cannot be foretold.
    pub fn output(&self, folder: &Folder) -> Output {
        self.spawn(folder).wait_with_output().unwrap()
    }

    /// Reads the first line that it prints and no more, which it takes in silence.
    #[track_caller]
    pub fn first_line(&self, folder: &Folder) -> String {
        let mut child = self.spawn(folder);
        let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let said = (output.status.code(), text(output.stderr));
        assert_eq!(said, (Some(0), String::new()), "catalogue {:?}", self.args);
        first
    }

    fn spawn(&self, folder: &Folder) -> Child {
        let mut command = Command::new(PROGRAM);
        command
            .args(&self.args)
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .env("CATALOGUE_LISTEN", "127.0.0.1:0");
        for name in ["CATALOGUE_DB", "CATALOGUE_CONFIG", "RUST_LOG"] {
            command.env_remove(name);
        }
        for name in &self.without {
            command.env_remove(name);
        }
        let mut child = command
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that fails early does not read what it is given.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        child
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
