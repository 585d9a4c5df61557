//! What the documents say is what the code does.

use catalogue::access::Access;
use catalogue::command::TABLE;
use catalogue::movie::Movie;

const PROTOCOL: &str = include_str!("../docs/protocol.md");
const BEGIN: &str = "<!-- commands: written from the command table, see tests/docs.rs -->\n";
const END: &str = "<!-- end of commands -->";

/// The table of commands is written from the one in the code. With
/// `CATALOGUE_WRITE_DOCS` set, this test writes it anew.
#[test]
fn the_protocol_lists_every_command() {
    let mut table = String::from("\n| command | also | for | what |\n| --- | --- | --- | --- |\n");
    for spec in TABLE {
        let syntax = format!("{} {}", spec.name, spec.syntax)
            .trim()
            .replace('|', "\\|");
        let also: Vec<_> = spec
            .aliases
            .iter()
            .map(|alias| format!("`{alias}`"))
            .collect();
        let access = match spec.access {
            Access::Anyone => "anyone",
            Access::Reader => "reader",
            Access::Admin => "admin",
        };
        table += &format!(
            "| `{syntax}` | {} | {access} | {} |\n",
            also.join(", "),
            spec.summary
        );
    }
    table.push('\n');
    let (before, rest) = PROTOCOL
        .split_once(BEGIN)
        .expect("the page has a place for the table");
    let (found, after) = rest.split_once(END).expect("the table has an end");
    if std::env::var_os("CATALOGUE_WRITE_DOCS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/protocol.md");
        std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(
            found, table,
            "write it anew: CATALOGUE_WRITE_DOCS=1 cargo test the_protocol"
        );
    }
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

/// The bounds that the page names are those of the code.
#[test]
fn the_bounds_are_those_of_the_code() {
    use catalogue::limits;
    assert_eq!(limits::MAX_FRAME_BYTES, 1024 * 1024);
    assert_eq!(limits::MAX_FRAME_BYTES_BEFORE_LOGIN, 16 * 1024);
    assert_eq!(
        (limits::MAX_ARGUMENTS, limits::MAX_ARGUMENTS_BEFORE_LOGIN),
        (1_025, 16)
    );
    assert_eq!(limits::MAX_INLINE_BYTES, 64 * 1024);
    assert!(PROTOCOL.contains("at most 1 MiB and 1,025 words, before a login 16 KiB and 16 words"));
    assert!(PROTOCOL.contains("a line has at most 64 KiB"));
}
