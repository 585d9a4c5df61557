//! The pages agree with the code.

use std::sync::Mutex;

use catalogue::cli::settings;
use catalogue::connections::CloseReason;
use catalogue::monitoring::FAMILIES;
use catalogue::movie::{self, FullMovie, Movie, Person};
use catalogue::protocol::commands::{COMMANDS, RequiredRole};
use catalogue::protocol::http::routes;

const PROTOCOL: &str = include_str!("../docs/protocol.md");

/// Compares the part of a page between two comments with the text that the code gives.
/// With `CATALOGUE_WRITE_DOCS` set, writes it instead.
#[track_caller]
fn written_from_the_code(name: &str, part: &str, table: &str) {
    // One at a time, because a page may have several parts.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock();
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {part}: written from the code, see tests/docs.rs -->\n");
    let end = format!("<!-- end of {part} -->");
    let (before, rest) = page
        .split_once(&begin)
        .expect("the page has a place for the table");
    let (found, after) = rest.split_once(&end).expect("the table has an end");
    if std::env::var_os("CATALOGUE_WRITE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(
            found, table,
            "write it anew: CATALOGUE_WRITE_DOCS=1 cargo test docs::"
        );
    }
}

#[test]
fn the_protocol_lists_every_command() {
    let mut table = String::from("\n| command | also | for | what |\n| --- | --- | --- | --- |\n");
    for spec in COMMANDS {
        let syntax = format!("{} {}", spec.name, spec.syntax)
            .trim()
            .replace('|', "\\|");
        let also: Vec<_> = spec
            .aliases
            .iter()
            .map(|alias| format!("`{alias}`"))
            .collect();
        let access = match spec.role {
            RequiredRole::Anyone => "anyone",
            RequiredRole::Reader => "reader",
            RequiredRole::Admin => "admin",
        };
        table += &format!(
            "| `{syntax}` | {} | {access} | {} |\n",
            also.join(", "),
            spec.summary
        );
    }
    table.push('\n');
    written_from_the_code("protocol.md", "commands", &table);
}

#[test]
fn the_page_about_http_lists_every_route() {
    let mut table =
        String::from("\n| route | for | what | parameters |\n| --- | --- | --- | --- |\n");
    for route in routes() {
        let names = route
            .parameters
            .iter()
            .map(|parameter| format!("`{}`", parameter.name));
        let names: Vec<_> = names.collect();
        table += &format!(
            "| `{} {}` | {} | {} | {} |\n",
            route.verb.as_str(),
            route.path,
            route.access.role(),
            route.summary,
            names.join(", ")
        );
    }
    table.push('\n');
    written_from_the_code("http.md", "routes", &table);
}

/// A key is the variable without `CATALOGUE_`, so the table shows the name once.
#[test]
fn the_operations_list_every_setting() {
    let mut table = String::from("\n| key | flag | variable | default | what |\n");
    table += "| --- | --- | --- | --- | --- |\n";
    for setting in settings() {
        let default = setting.default().unwrap_or_default();
        table += &format!(
            "| `{}` | `{}` | `{}` | {default} | {} |\n",
            setting.key(),
            setting.flag(),
            setting.variable(),
            setting.about().replace('|', "\\|"),
        );
    }
    table.push('\n');
    written_from_the_code("operations.md", "settings", &table);
}

/// The close reasons of connections.
#[test]
fn the_operations_list_every_reason() {
    let mut table = String::from("\n| reason | when |\n| --- | --- |\n");
    for ending in CloseReason::ALL {
        table += &format!("| `{}` | {} |\n", ending.word(), ending.when());
    }
    table.push('\n');
    written_from_the_code("operations.md", "reasons", &table);
}

/// The metrics, with the keys of `INFO` that have the same value.
#[test]
fn the_operations_list_every_metric() {
    let mut table = String::from("\n| metric | type | label | what | in `INFO` |\n");
    table += "| --- | --- | --- | --- | --- |\n";
    for family in FAMILIES {
        let label = match family.label {
            "" => String::new(),
            label => format!("`{label}`"),
        };
        let keys: Vec<_> = family.keys().map(|key| format!("`{key}`")).collect();
        table += &format!(
            "| `{}` | {} | {label} | {} | {} |\n",
            family.name,
            family.kind,
            family.help,
            keys.join(", "),
        );
    }
    table.push('\n');
    written_from_the_code("operations.md", "metrics", &table);
}

/// The bytes of the example decode to the JSON of the example.
#[test]
fn the_example_row_is_right() {
    let blocks: Vec<&str> = PROTOCOL.split("```").skip(1).step_by(2).collect();
    let json = blocks
        .iter()
        .find_map(|block| block.strip_prefix("json\n"))
        .expect("a JSON block");
    let listing = blocks.last().expect("a listing of bytes");
    let bytes: Vec<u8> = listing
        .lines()
        .flat_map(|line| line.get(..36).unwrap_or_default().split_whitespace())
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect();
    let movie = Movie::from_json(json.trim()).unwrap();
    assert_eq!(Movie::from_postcard(&bytes).unwrap(), movie);
    assert_eq!(movie.to_json(), json.trim());
}

#[test]
fn the_record_lists_every_field() {
    let mut table = String::from("\n| field | value | what |\n| --- | --- | --- |\n");
    for field in movie::fields() {
        let doc = field.doc.trim();
        table += &format!("| `{}` | {} | {doc} |\n", field.name, field.json);
    }
    table.push('\n');
    written_from_the_code("records.md", "fields", &table);
}

/// The examples of the page are what the program writes.
#[test]
fn the_examples_of_records_are_right() {
    const RECORDS: &str = include_str!("../docs/records.md");
    let mut blocks = RECORDS.split("```json\n").skip(1);
    let mut next = || {
        blocks
            .next()
            .and_then(|rest| rest.split("\n```").next())
            .unwrap()
    };
    let json = next();
    assert_eq!(FullMovie::from_strict_json(json).unwrap().to_json(), json);
    let json = next();
    assert_eq!(Person::from_json(json).unwrap().to_json(), json);
}

/// The limits in the page are those of the code.
#[test]
fn the_limits_are_those_of_the_code() {
    use catalogue::config::limits;
    assert_eq!(limits::MAX_FRAME_BYTES, 1024 * 1024);
    assert_eq!(limits::MAX_FRAME_BYTES_BEFORE_LOGIN, 16 * 1024);
    assert_eq!(
        (limits::MAX_ARGUMENTS, limits::MAX_ARGUMENTS_BEFORE_LOGIN),
        (1_025, 16)
    );
    assert_eq!(limits::MAX_INLINE_BYTES, 64 * 1024);
    assert!(PROTOCOL.contains("at most 1 MiB and 1,025 words, before a login 16 KiB and 16 words"));
    assert!(PROTOCOL.contains("a line has at most 64 KiB"));
    let operations = include_str!("../docs/operations.md");
    assert_eq!(limits::LOG_QUEUE, 16_384);
    assert!(operations.contains("16,384 lines may wait"));
    assert_eq!(limits::MAX_CHECK_FAULTS, 100);
    assert!(operations.contains("the first 100 faults are listed"));
}

/// The numbers in the page about logins are those of the code.
#[test]
fn the_delays_and_the_connection_limits_are_those_of_the_code() {
    use catalogue::config::ConnectionLimits;
    use catalogue::config::limits;
    const LOGINS: &str = include_str!("../docs/logins.md");
    let minutes = |time: std::time::Duration| time.as_secs() / 60;
    let grouped = |number: usize| match number {
        1_000.. => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => number.to_string(),
    };
    let room = ConnectionLimits::default();
    for words in [
        format!(
            "| failures without a delay | {} | {} |",
            limits::ADDRESS_FREE_FAILURES,
            limits::ACCOUNT_FREE_FAILURES
        ),
        format!(
            "| at most | {} min | {} s |",
            minutes(limits::MAX_ADDRESS_DELAY),
            limits::MAX_ACCOUNT_DELAY.as_secs()
        ),
        format!(
            "| one failure is forgotten every | {0} min | {0} min |",
            minutes(limits::FAILURE_DECAY)
        ),
        format!("{} for addresses", grouped(limits::FAILURE_SLOTS)),
        format!(
            "within {} days",
            limits::KNOWN_ADDRESS_TTL.as_secs() / 86_400
        ),
        format!("| {}, or as many as", grouped(room.connections)),
        format!(
            "| {} | `--max-connections-per-address`",
            grouped(room.per_address)
        ),
        format!("| {}, at most half of all |", grouped(room.unauthenticated)),
        format!("| {} | |", limits::MAX_REFUSALS),
        format!("| {} s | `--login-grace", limits::LOGIN_GRACE.as_secs()),
        format!(
            "{} KiB and {} passes",
            grouped(limits::DEFAULT_HASH_MEMORY_KIB as usize),
            limits::DEFAULT_HASH_PASSES
        ),
    ] {
        assert!(LOGINS.contains(&words), "the page does not say {words:?}");
    }
    assert_eq!(limits::KNOWN_ADDRESSES_PER_ACCOUNT, 8);
    let fraction = limits::MAX_ADDRESS_DELAY.as_secs() / limits::MAX_ACCOUNT_DELAY.as_secs();
    assert_eq!(fraction, 15);
}

/// The memory limit in the page is the one that is tested under attack.
#[test]
fn the_memory_is_the_sum_of_its_bounds() {
    const OPERATIONS: &str = include_str!("../docs/operations.md");
    let sum = crate::abuse::bound_kib(0) / 1024;
    assert!(OPERATIONS.contains(&format!("| **{sum} MiB** |")), "{sum}");
}

/// A measured figure of the architecture names its source in the same paragraph, or in
/// the one before a table. Figures of `benchmarks.md` would become stale there.
#[test]
fn every_measured_figure_names_its_source() {
    const ARCHITECTURE: &str = include_str!("../docs/architecture.md");
    const UNITS: [&str; 6] = [" µs", " ms", " ns", " %", " MB", " of the time"];
    let mut before = String::new();
    let mut measured = 0;
    for paragraph in ARCHITECTURE.split("\n\n") {
        let paragraph = paragraph.replace('\n', " ");
        if UNITS.iter().any(|unit| follows_a_number(&paragraph, unit)) {
            let is_table = paragraph.starts_with('|');
            let source = if is_table { &before } else { &paragraph };
            assert!(names_a_source(source), "no source is named:\n{paragraph}");
            measured += 1;
        }
        before = paragraph;
    }
    assert!(measured > 10, "{measured} paragraphs with figures");
}

fn follows_a_number(text: &str, unit: &str) -> bool {
    let mut units = text.match_indices(unit);
    units.any(|(at, _)| text[..at].ends_with(|character: char| character.is_ascii_digit()))
}

/// `prototype`, or `commit` and seven hexadecimal digits.
fn names_a_source(paragraph: &str) -> bool {
    let mut commits = paragraph.split("commit ").skip(1);
    let is_commit = |rest: &str| {
        let name = rest.bytes().take(7);
        name.len() == 7 && name.clone().all(|byte| byte.is_ascii_hexdigit())
    };
    paragraph.contains("prototype") || commits.any(is_commit)
}

/// Every test that `SECURITY.md` names exists.
#[test]
fn every_defence_has_its_test() {
    const SECURITY: &str = include_str!("../SECURITY.md");
    let (_, table) = SECURITY.split_once("<!-- threats: ").unwrap();
    let (table, _) = table.split_once("<!-- end of threats -->").unwrap();
    let tests = all_tests();
    let mut named = 0;
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let shown_by = line.trim_end_matches('|').rsplit(" | ").next().unwrap();
        for test in shown_by.split('`').skip(1).step_by(2) {
            assert!(tests.contains(test), "there is no test `{test}`");
            named += 1;
        }
    }
    assert!(named > 80, "only {named} tests were found in the table");
}

/// Every test, with the name of its file and of its folder.
fn all_tests() -> std::collections::HashSet<String> {
    let mut tests = std::collections::HashSet::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = ["src", "tests", "crates"]
        .map(|folder| root.join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let parent = path.parent().and_then(|parent| parent.file_stem());
                for module in [path.file_stem(), parent].into_iter().flatten() {
                    let module = module.to_str().unwrap();
                    tests.extend(tests_of(&text).map(|name| format!("{module}::{name}")));
                }
            }
        }
    }
    tests
}

/// The names of the functions after an attribute that makes them tests.
fn tests_of(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split("test]\n").skip(1);
    behind.filter_map(|behind| {
        let (_, behind) = behind.split_once("fn ")?;
        behind.split_once('(').map(|(name, _)| name)
    })
}

#[test]
fn the_limits_page_is_the_table_of_limits() {
    use catalogue::config::limits::{self, Visibility};
    let mut table =
        String::from("\n| limit | value | where | what it bounds |\n| --- | ---: | --- | --- |\n");
    for limit in limits::all() {
        let visibility = match limit.visibility {
            Visibility::Shown => "shown",
            Visibility::Default => "setting",
            Visibility::Internal => "",
        };
        let doc = limit.doc.trim().replace("[`", "`").replace("`]", "`");
        let value = (limit.value)();
        table += &format!("| `{}` | {value} | {visibility} | {doc} |\n", limit.key());
    }
    written_from_the_code("limits.md", "limits", &(table + "\n"));
}
