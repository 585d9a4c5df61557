//! Shell completions and manual pages, which follow from the definition of the command
//! line.

use std::fs;

use crate::support::{Cli, Folder};

/// The output of a run that succeeds.
#[track_caller]
fn printed(folder: &Folder, args: &[&str]) -> String {
    let output = Cli::new(args).output(folder);
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The error of a run that fails.
#[track_caller]
fn stderr(folder: &Folder, args: &[&str], status: i32) -> String {
    let output = Cli::new(args).output(folder);
    assert_eq!(output.status.code(), Some(status), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The subcommands, as `--help` lists them.
fn subcommands(folder: &Folder) -> Vec<String> {
    let help = printed(folder, &["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = commands.take_while(|line| !line.is_empty());
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_shell_completes_every_subcommand() {
    let folder = Folder::empty();
    let subcommands = subcommands(&folder);
    assert!(subcommands.len() > 10, "{subcommands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&folder, &["completions", shell]);
        for name in &subcommands {
            assert!(script.contains(name.as_str()), "{shell} lacks {name}");
        }
    }
    let unknown = stderr(&folder, &["completions", "tcsh"], 2);
    assert!(
        unknown.starts_with("error: invalid value 'tcsh'"),
        "{unknown}"
    );
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let folder = Folder::empty();
    let printed = printed(&folder, &["man", "--out", "."]);
    let pages = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(printed, format!("wrote {pages} manual pages to `.`\n"));
    for name in subcommands(&folder) {
        let page = folder.path().join(format!("catalogue-{name}.1"));
        let page = fs::read_to_string(&page).unwrap_or_else(|_| panic!("no page for {name}"));
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(folder.path().join("catalogue.1").exists());
    let nothing = stderr(&Folder::empty(), &["man"], 2);
    assert!(nothing.contains("--out <DIR>"), "{nothing}");
    let nowhere = stderr(&folder, &["man", "--out", "nowhere"], 1);
    assert!(
        nowhere.starts_with("catalogue: cannot write `nowhere`: "),
        "{nowhere}"
    );
}
