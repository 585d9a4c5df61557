//! The examples of docs/http.md.

use std::process::Command;

use super::serve;
use crate::support::missing_program;

const PAGE: &str = include_str!("../../docs/http.md");

#[test]
fn the_examples_of_the_page_work() {
    if Command::new("curl").arg("--version").output().is_err() {
        return missing_program("curl");
    }
    let (server, address) = serve(&[]);
    let key = super::rules::key(&server, "editor", &["ROLE", "admin"]);
    let examples = PAGE.lines().filter(|line| line.starts_with("curl "));
    let mut number = 0;
    for example in examples {
        let line = example.replace("127.0.0.1:5880", &address.to_string());
        let line = line.replace("curl ", "curl --silent --show-error --fail ");
        let line = line.replace("user=ann&password=a password", "user=1&password=1");
        let output = Command::new("sh")
            .args(["-c", &line])
            .env("KEY", &key)
            .current_dir(server.folder().path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{example}: {output:?}");
        let body = String::from_utf8(output.stdout).unwrap();
        let is_change = example.contains(" -X ") || example.ends_with("/login");
        assert!(
            if is_change {
                body.is_empty()
            } else {
                body.starts_with('{')
            },
            "{body}"
        );
        number += 1;
    }
    assert!(number > 8, "{number} examples");
}
