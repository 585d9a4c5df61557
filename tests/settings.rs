//! Precedence: flags, then variables, then `catalogue.toml`, then defaults.

use std::fs;

use catalogue::cli::settings;
use serde_json::{Value, json};

use crate::support::{Cli, Folder, TestServer};

const OPERATIONS: &str = include_str!("../docs/operations.md");

fn folder_with(toml: &str) -> Folder {
    let folder = Folder::initialised();
    fs::write(folder.path().join("catalogue.toml"), toml).unwrap();
    folder
}

/// `catalogue config --json`, without the variable that the tests set elsewhere.
#[track_caller]
fn config(folder: &Folder, args: &[&str], variables: &[(&str, &str)]) -> Value {
    let mut command = Cli::new([&["config", "--json"], args].concat());
    for (name, value) in variables {
        command = command.env(name, value);
    }
    let output = command.output(folder);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn flags_override_variables_which_override_the_file_and_defaults() {
    let folder = folder_with("workers = 2\ncache_mib = 2\nidle_seconds = 2\n");
    let variables = [
        ("CATALOGUE_CACHE_MIB", "3"),
        ("CATALOGUE_IDLE_SECONDS", "3"),
    ];
    let found = config(&folder, &["--idle-seconds", "4"], &variables);
    let from = |key: &str| found[key].clone();
    assert_eq!(
        from("idle_seconds"),
        json!({"value": 4, "from": "flag", "where": "--idle-seconds"})
    );
    assert_eq!(
        from("cache_mib"),
        json!({"value": 3, "from": "variable", "where": "CATALOGUE_CACHE_MIB"})
    );
    assert_eq!(
        from("workers"),
        json!({"value": 2, "from": "file", "where": "catalogue.toml:1"})
    );
    assert_eq!(from("db"), json!({"value": "sae.db", "from": "default"}));
}

/// Every setting of the program, so that new ones are tested too.
#[test]
fn every_setting_with_a_default_can_be_given_in_every_way() {
    let folder = Folder::initialised();
    let toml = folder.path().join("catalogue.toml");
    let defaults = config(&folder, &[], &[]);
    let settings = settings();
    assert_eq!(defaults.as_object().unwrap().len(), settings.len());
    for setting in settings {
        let (key, variable) = (setting.key(), setting.variable());
        let value = match &defaults[key]["value"] {
            Value::Null | Value::Array(_) => continue,
            value => value.clone(),
        };
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        let expect = |found: &Value, from: &str| {
            assert_eq!(found[key]["from"], from, "{key}");
            assert_eq!(found[key]["value"], value, "{key}");
        };
        fs::write(&toml, format!("{key} = {value}\n")).unwrap();
        let found = config(&folder, &[], &[("CATALOGUE_CONFIG", "catalogue.toml")]);
        // The test harness sets these variables.
        if !["listen", "http"].contains(&key) {
            expect(&found, "file");
        }
        expect(&config(&folder, &[], &[(&variable, &text)]), "variable");
        if value.is_boolean() {
            continue;
        }
        expect(&config(&folder, &[&setting.flag(), &text], &[]), "flag");
    }
}

#[test]
fn the_file_is_found_next_to_the_database_or_by_its_name() {
    let folder = folder_with("workers = 2\n");
    fs::create_dir(folder.path().join("etc")).unwrap();
    fs::write(
        folder.path().join("etc/my.toml"),
        "workers = 3\ndb = \"../sae.db\"\n",
    )
    .unwrap();
    let workers = |args: &[&str], variables: &[(&str, &str)]| {
        config(&folder, args, variables)["workers"]["where"].clone()
    };
    let db = folder.db();
    let next_to_it = format!("{}/catalogue.toml:1", folder.path().display());
    assert_eq!(workers(&["--db", db.to_str().unwrap()], &[]), next_to_it);
    let mine = [("CATALOGUE_CONFIG", "etc/my.toml")];
    assert_eq!(workers(&[], &mine), "etc/my.toml:1");
    assert_eq!(
        workers(&["--config", "catalogue.toml"], &mine),
        "catalogue.toml:1"
    );
    assert_eq!(workers(&["--config", "/dev/null"], &mine), Value::Null);
    // Relative to the folder of the file. Every command with a database reads it there.
    assert_eq!(config(&folder, &[], &mine)["db"]["value"], "etc/../sae.db");
    Cli::new(["users", "--config", "etc/my.toml"])
        .stdout("no accounts yet, add the first one with `catalogue adduser admin`\n")
        .run(&folder);
    Cli::new(["config", "--config", "nowhere.toml"])
        .fails(
            "the settings in `nowhere.toml` cannot be read: No such file or directory \
             (os error 2), --config names another file",
        )
        .status(2)
        .run(&folder);
}

#[test]
fn an_error_in_the_file_names_its_line_and_stops_the_start() {
    for (toml, stderr) in [
        (
            "# ours\nwrokers = 2\n",
            "2: unknown setting `wrokers`, did you mean `workers`? `catalogue serve --help` lists all",
        ),
        (
            "workers = \"two\"\n",
            "1: `workers` is `\"two\"`, expected a whole number from 0",
        ),
        (
            "\n\nworkers = 65\n",
            "3: `workers` is `65`, 65 is not in 1..=64",
        ),
        (
            "listen = \"here\"\n",
            "1: `listen` is `here`, expected a host and a port like localhost:5890 or [::1]:5890",
        ),
    ] {
        let folder = folder_with(toml);
        for command in ["serve", "config"] {
            Cli::new([command])
                .fails(format!("catalogue.toml:{stderr}"))
                .status(2)
                .run(&folder);
        }
    }
    let folder = folder_with(&"#".repeat(catalogue::config::limits::MAX_CONFIG_FILE_BYTES + 1));
    Cli::new(["config"])
        .fails(
            "`catalogue.toml` has more than 65536 bytes and is no file of settings, \
             --config names another file",
        )
        .status(2)
        .run(&folder);
}

#[test]
fn a_server_works_with_its_file() {
    let folder = Folder::with_accounts();
    let toml = folder.path().join("catalogue.toml");
    fs::write(toml, "listen = \"localhost:0\"\nlogin_grace_seconds = 1\n").unwrap();
    let server = TestServer::serve_as_configured(folder);
    assert!(server.address().ip().is_loopback());
    // Only the file sets the login grace time to one second.
    server.raw_client().closed();
    server.reader().send("COUNT\r\n").expect(":3\r\n");
}

#[test]
fn a_server_listens_on_a_host_name() {
    let server = TestServer::serve(Folder::with_accounts(), "localhost:0", &[]);
    assert!(server.address().ip().is_loopback());
    let name = format!("{}:1", "x".repeat(70));
    Cli::new(["serve", "--listen", &name])
        .fails(format!(
            "cannot listen on `{name}`: there is no such host, give an address of this machine \
             with --listen"
        ))
        .run(server.folder());
}

/// The example of the page, which omits some settings.
#[test]
fn the_page_shows_what_is_printed() {
    let mut blocks = OPERATIONS.split("```");
    let mut block = |language: &str| {
        blocks
            .find_map(|block| block.strip_prefix(language))
            .expect("the page has such a block")
    };
    let folder = folder_with(block("toml\n"));
    let (line, shown) = block("text\n").split_once('\n').unwrap();
    let words = line.strip_prefix("$ catalogue ").unwrap().split(' ');
    // The harness sets this variable otherwise, and a variable overrides the file.
    let output = Cli::new(words)
        .without("CATALOGUE_LISTEN")
        .without("CATALOGUE_HTTP")
        .output(&folder);
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut printed = printed.lines().map(words_of);
    for line in shown.lines() {
        let found = printed.any(|printed| printed == words_of(line));
        assert!(found, "`{line}` is not printed, or not there");
    }
}

/// Whatever the widths of the columns are.
fn words_of(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The name before the release, in each of its forms.
#[test]
fn a_renamed_setting_is_refused_with_its_new_name() {
    let folder = Folder::initialised();
    let renamed = |old: &str, new: &str| format!("`{old}` is now called `{new}`");
    for command in ["serve", "config"] {
        Cli::new([command, "--max-strangers=3"])
            .fails(renamed("--max-strangers", "--max-unauthenticated"))
            .status(2)
            .run(&folder);
        Cli::new([command])
            .env("CATALOGUE_MAX_STRANGERS", "3")
            .fails(renamed(
                "CATALOGUE_MAX_STRANGERS",
                "CATALOGUE_MAX_UNAUTHENTICATED",
            ))
            .status(2)
            .run(&folder);
    }
    let folder = folder_with("max_strangers = 3\n");
    Cli::new(["serve"])
        .fails(format!(
            "catalogue.toml:1: {}",
            renamed("max_strangers", "max_unauthenticated")
        ))
        .status(2)
        .run(&folder);
}
