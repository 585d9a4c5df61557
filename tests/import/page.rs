//! The examples of `docs/importing.md`, run as a reader would run them.

use std::process::Command;

use crate::support::{Folder, PROGRAM};

const PAGE: &str = include_str!("../../docs/importing.md");

/// A block in backticks: its first line, and its text.
fn blocks() -> impl Iterator<Item = (&'static str, &'static str)> {
    let inside = PAGE.split("```").skip(1).step_by(2);
    inside.map(|block| block.split_once('\n').unwrap())
}

#[test]
fn the_examples_of_the_page_do_what_it_says() {
    let folder = Folder::initialised();
    let program = std::path::Path::new(PROGRAM).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut blocks = blocks();
    let mut commands = 0;
    while let Some((about, text)) = blocks.next() {
        if let Some((_, file)) = about.split_once(' ') {
            folder.write(file, text);
            continue;
        }
        if about != "sh" || !text.starts_with("catalogue import") {
            continue;
        }
        let output = Command::new("sh")
            .args(["-ec", text])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{path}", program.display()))
            .env_remove("CATALOGUE_DB")
            .output()
            .unwrap();
        let (_, expected) = blocks.next().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}{printed}{errors}");
        assert_eq!(printed, expected, "{text}{errors}");
        commands += 1;
    }
    assert!(commands >= 7, "{commands}");
}
