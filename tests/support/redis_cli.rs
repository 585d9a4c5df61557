//! `redis-cli`, where it is installed.

use std::process::{Command, Output};

use super::{TestServer, missing_program};

/// `redis-cli` with its flags for one server and user.
pub struct RedisCli {
    flags: Vec<String>,
    password: String,
}

/// Nothing where `redis-cli` is not installed, which is reported.
pub fn redis_cli(server: &TestServer, user: &str, password: &str) -> Option<RedisCli> {
    if Command::new("redis-cli").arg("--version").output().is_err() {
        missing_program("redis-cli");
        return None;
    }
    let mut flags = vec!["-p".to_owned(), server.address().port().to_string()];
    if !user.is_empty() {
        flags.extend(["--user".to_owned(), user.to_owned()]);
    }
    Some(RedisCli {
        flags,
        password: password.to_owned(),
    })
}

impl RedisCli {
    /// Adds a flag.
    pub fn flag(mut self, flag: &str) -> RedisCli {
        self.flags.push(flag.to_owned());
        self
    }

    /// Runs one command and returns the result.
    pub fn output(&self, words: &[&str]) -> Output {
        let mut command = Command::new("redis-cli");
        if !self.password.is_empty() {
            command.env("REDISCLI_AUTH", &self.password);
        }
        command.args(&self.flags).args(words).output().unwrap()
    }

    /// Runs one command and returns its output. A warning is a failure.
    #[track_caller]
    pub fn ask(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}
