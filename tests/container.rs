//! The `Dockerfile`, as far as it can be tested without Docker. Its source files exist,
//! its commands work, and they write to `/data` only.

use std::path::Path;
use std::process::Command;

use crate::support::{Cli, Folder, PROGRAM, TestServer, skipped};

const DOCKERFILE: &str = include_str!("../Dockerfile");
const DOCKERIGNORE: &str = include_str!("../.dockerignore");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The instructions, each with its name and its words.
fn instructions() -> Vec<(String, Vec<String>)> {
    let text = DOCKERFILE.replace("\\\n", " ");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let (name, words) = line.split_once(' ').expect("an instruction with words");
            let words = words.split_whitespace().map(str::to_owned);
            (name.to_owned(), words.collect())
        })
        .collect()
}

fn all(name: &str) -> Vec<Vec<String>> {
    let found = instructions()
        .into_iter()
        .filter(|(found, _)| found == name);
    found.map(|(_, words)| words).collect()
}

/// The words of the last instruction with this name, in its JSON form.
fn exec_form(name: &str) -> Vec<String> {
    let words = all(name).pop().expect("the instruction is there").join(" ");
    let json = words.find('[').expect("the form that needs no shell");
    serde_json::from_str(&words[json..]).unwrap()
}

/// The variables that the image sets.
fn variables() -> Vec<(String, String)> {
    let words = all("ENV").into_iter().flatten();
    words
        .map(|word| {
            let (name, value) = word.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[test]
fn copied_files_exist_and_are_not_ignored() {
    let let_in: Vec<&str> = DOCKERIGNORE
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .collect();
    let mut copied = Vec::new();
    for words in all("COPY") {
        let (_, sources) = words.split_last().unwrap();
        if !sources[0].starts_with("--from=") {
            copied.extend(sources.iter().cloned());
        }
    }
    for source in &copied {
        assert!(Path::new(ROOT).join(source).exists(), "`{source}`");
    }
    let mut expected: Vec<&str> = copied.iter().map(String::as_str).collect();
    let mut found = let_in.clone();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, ".dockerignore lets in what is copied");
    // Files that the compiler reads in addition to the sources.
    for source in ["Cargo.lock", "crates", "migrations", "seed.sql"] {
        assert!(expected.contains(&source), "`{source}` is not copied");
    }
}

/// The image builds with the oldest compiler that the manifest allows, which is the
/// tested one.
#[test]
fn the_builder_has_the_rust_version_of_the_manifest() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    let from = &all("FROM")[0][0];
    assert!(from.contains(&format!("/rust:{version}-slim-")), "{from}");
}

#[test]
fn the_settings_of_the_image_are_settings() {
    let config = |variables: &[(String, String)]| {
        let start = Cli::new(["config", "--json"])
            .without("CATALOGUE_LISTEN")
            .without("CATALOGUE_HTTP");
        let cli = variables
            .iter()
            .fold(start, |cli, (name, value)| cli.env(name, value));
        let output = cli.output(&Folder::empty());
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let settings = config(&variables());
    assert_eq!(settings["listen"]["value"], "0.0.0.0:5890");
    assert_eq!(settings["db"]["value"], "/data/sae.db");
    let from_variables = settings
        .as_object()
        .unwrap()
        .values()
        .filter(|setting| setting["from"] == "variable");
    assert_eq!(from_variables.count(), variables().len());
    assert_eq!(settings["http"]["value"], "0.0.0.0:5880");
    assert_eq!(all("EXPOSE"), [["5890", "5880"]]);
    assert_eq!(all("VOLUME"), [["/data"]]);
    let user = &all("USER")[0][0];
    assert!(
        user.starts_with(|digit: char| ('1'..='9').contains(&digit)),
        "{user}"
    );
}

/// The command exists. The health check ends with 0 where a server answers, and with 1
/// elsewhere.
#[test]
fn the_commands_of_the_image_work() {
    let folder = Folder::empty();
    assert_eq!(exec_form("ENTRYPOINT"), ["catalogue"]);
    let serve = exec_form("CMD").into_iter().chain(["--help".to_owned()]);
    assert!(Cli::new(serve).output(&folder).status.success());
    let health = exec_form("HEALTHCHECK");
    assert_eq!(health[0], "catalogue");
    let status = |address: &str| {
        let cli = Cli::new(&health[1..]).env("CATALOGUE_CONNECT", address);
        cli.output(&folder).status.code()
    };
    let server = TestServer::start();
    assert_eq!(status(&server.address().to_string()), Some(0));
    // Only the superuser can listen on this port, and no program does.
    assert_eq!(status("127.0.0.1:1"), Some(1));
}

/// All other folders are read-only, and the user owns no other file.
#[test]
fn nothing_is_written_outside_of_the_data_folder() {
    const SCRIPT: &str = r#"
        set -e
        mount --make-rprivate /
        mount --bind "$DATA" "$DATA"
        mount -o remount,bind,ro /
        cd "$DATA"
        exec setpriv --reuid 5890 --regid 5890 --clear-groups sh -e -c '
            ! touch /tmp/written 2>/dev/null
            "$PROGRAM" init
            echo mdp | "$PROGRAM" adduser admin
            printf "title\nHeat\n" > movies.csv
            "$PROGRAM" import movies.csv
            "$PROGRAM" serve > stderr 2> log &
            tries=0
            until grep -q serving stderr; do
                tries=$((tries + 1)); test $tries -lt 600; sleep 0.05
            done
            address=$(sed -n "s/.* on \(.*\), .*/\1/p" stderr)
            CATALOGUE_CONNECT=$address CATALOGUE_PASSWORD=mdp "$PROGRAM" client --user admin FIND heat
            "$PROGRAM" backup copy.db
            "$PROGRAM" check
            kill $!; wait $!
        '"#;
    let possible = Command::new("unshare")
        .args([
            "--mount",
            "setpriv",
            "--reuid",
            "5890",
            PROGRAM,
            "--version",
        ])
        .output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return skipped(
            "only root can make the file system read-only, and `unshare` has to be there",
        );
    }
    let folder = Folder::empty();
    std::os::unix::fs::chown(folder.path(), Some(5890), Some(5890)).unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", SCRIPT])
        .env("DATA", folder.path())
        .env("PROGRAM", PROGRAM)
        .envs(variables())
        .env("CATALOGUE_DB", folder.db())
        .env("CATALOGUE_LISTEN", "127.0.0.1:0")
        .env("CATALOGUE_HTTP", "off")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(
        printed.contains("Heat") && printed.contains(" is in order"),
        "{printed}"
    );
}
