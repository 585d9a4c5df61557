//! The examples of the README and of `docs/operations.md`, run in the order in which a
//! reader types them.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use flate2::{Compression, write::GzEncoder};

use crate::support::Folder;

const README: &str = include_str!("../README.md");
const OPERATIONS: &str = include_str!("../docs/operations.md");
const PORT: &str = "5890";
const HTTP_PORT: &str = "5880";
const PASSWORD: &str = "mdp";

/// A fenced block: its language and its lines.
struct Block(&'static str, Vec<&'static str>);

fn blocks(page: &'static str) -> Vec<Block> {
    let fenced = page.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            let mut lines = block.lines();
            Block(lines.next().unwrap_or_default(), lines.collect())
        })
        .collect()
}

/// The folder of a reader who follows the page, and the server once it runs.
struct Reader {
    folder: Folder,
    /// With its standard output, which has to stay open, and its port.
    server: Option<(Child, BufReader<ChildStdout>, String)>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some((server, ..)) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Reader {
    fn port(&self) -> &str {
        self.server.as_ref().map_or(PORT, |(.., port)| port)
    }

    /// A shell line with the built program on its path.
    fn shell(&self, line: &str) -> Command {
        let folder = Path::new(env!("CARGO_BIN_EXE_catalogue")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(line.replace(PORT, self.port()))
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", folder.display()))
            .env("CATALOGUE_LISTEN", "127.0.0.1:0")
            .env("CATALOGUE_HTTP", "127.0.0.1:0")
            .env("CATALOGUE_CONNECT", format!("127.0.0.1:{}", self.port()));
        shell
    }

    /// Runs a line and returns its standard output.
    #[track_caller]
    fn run(&self, line: &str, input: &str) -> String {
        let mut command = self.shell(line);
        if line.starts_with("catalogue client") {
            command.env("CATALOGUE_PASSWORD", PASSWORD);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "`{line}` ended with {}",
            output.status
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// `catalogue serve` runs in the background, and its first lines are compared.
    fn serve(&mut self, line: &str, expected: &str) {
        let mut server = self
            .shell(&format!("exec {line}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        for _ in expected.lines() {
            stdout.read_line(&mut greeting).unwrap();
        }
        let port = greeting
            .split(':')
            .nth(1)
            .and_then(|rest| rest.split(',').next());
        let port = port
            .unwrap_or_else(|| panic!("the server printed {greeting:?}"))
            .to_owned();
        let http = greeting.split("://127.0.0.1:").nth(1);
        let http = http.and_then(|rest| rest.split('/').next());
        let expected = expected.replace(HTTP_PORT, http.unwrap_or(HTTP_PORT));
        assert_eq!(greeting, expected.replace(PORT, &port));
        self.server = Some((server, stdout, port));
    }

    /// One command of a transcript. Text that is typed at prompts goes to its standard
    /// input. Without a terminal there are no prompts.
    #[track_caller]
    fn console(&mut self, line: &str, shown: &[&str]) {
        let typed = shown.iter().filter_map(|line| line.strip_prefix(" -> "));
        let mut input = typed.map(|line| format!("{line}\n")).collect::<String>();
        let is_prompt = |line: &str| {
            line.starts_with(" -> ")
                || line.starts_with("password for")
                || line == "the same again: "
        };
        let expected: String = shown
            .iter()
            .filter(|line| !is_prompt(line))
            .map(|line| format!("{line}\n"))
            .collect();
        if line.starts_with("catalogue serve") {
            return self.serve(line, &expected);
        }
        if line.contains("adduser") {
            input = format!("{PASSWORD}\n");
        }
        let line = line.replace("--askpass", &format!("--pass {PASSWORD} --no-auth-warning"));
        let found = self.run(&line, &input);
        // Lines of the protocol end with a carriage return.
        assert_eq!(found.replace('\r', ""), expected, "`{line}`");
    }
}

fn is_there(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output();
    let there = found.is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped what needs `{program}`, which is not installed");
    }
    there
}

#[test]
fn the_examples_print_what_they_show() {
    follow(README, Folder::empty(), "Amélie 2001-04-25\n");
}

#[test]
fn the_examples_of_operations_print_what_they_show() {
    follow(OPERATIONS, Folder::with_accounts(), "3\n");
}

/// Runs everything that a page shows in a folder; `python` is the expected output of its
/// Python example.
fn follow(page: &'static str, folder: Folder, python: &str) {
    let mut reader = Reader {
        folder,
        server: None,
    };
    for Block(language, lines) in blocks(page) {
        match language {
            "console" => {
                for example in lines.split_inclusive_before("$ ") {
                    let line = example[0]
                        .strip_prefix("$ ")
                        .expect("a transcript begins with `$ `");
                    let program = match line {
                        line if line.contains("| nc ") => "nc",
                        line => line.split(' ').next().unwrap(),
                    };
                    if program == "catalogue" || is_there(program) {
                        reader.console(line, &example[1..]);
                    }
                }
            }
            "python" => run_python(&reader, &lines, python),
            "sh" if lines[0].starts_with("catalogue import") => imdb(&reader, &lines),
            // These are tested in tests/settings.rs.
            "sh" | "text" | "toml" | "json" | "yaml" => {}
            other => panic!("nothing runs blocks of `{other}`"),
        }
    }
    assert!(reader.server.is_some(), "no example started a server");
}

/// With the interpreter that `.ci/tools` prepares.
fn run_python(reader: &Reader, lines: &[&str], prints: &str) {
    let Some(python) = std::env::var_os("CATALOGUE_TEST_PYTHON") else {
        return println!("skipped the Python example, CATALOGUE_TEST_PYTHON is not set");
    };
    let program = lines.join("\n").replace(PORT, reader.port());
    let output = Command::new(python)
        .args(["-c", &program])
        .current_dir(reader.folder.path())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        prints,
        "{output:?}"
    );
}

/// A small part of IMDb's files. The columns are separated by `|`.
const IMDB: [(&str, &str); 7] = [
    (
        "title.basics",
        "tconst|titleType|primaryTitle|originalTitle|isAdult|startYear|endYear|runtimeMinutes|genres\n\
         tt0068646|movie|The Godfather|The Godfather|0|1972|\\N|175|Crime,Drama\n\
         tt0113277|movie|Heat|Heat|0|1995|\\N|170|Crime,Drama\n\
         tt0903747|tvSeries|Breaking Bad|Breaking Bad|0|2008|2013|45|Crime,Drama\n\
         tt2301451|tvEpisode|Ozymandias|Ozymandias|0|2013|\\N|47|Crime,Drama\n",
    ),
    (
        "title.ratings",
        "tconst|averageRating|numVotes\ntt0068646|9.2|2100000\ntt0113277|8.3|760000\n\
         tt0903747|9.5|2300000\ntt2301451|10.0|260000\n",
    ),
    (
        "title.akas",
        "titleId|ordering|title|region|language|types|attributes|isOriginalTitle\n\
         tt0068646|1|The Godfather|\\N|\\N|original|\\N|1\n\
         tt0068646|2|Le Parrain|FR|\\N|imdbDisplay|\\N|0\n",
    ),
    (
        "title.principals",
        "tconst|ordering|nconst|category|job|characters\n\
         tt0068646|1|nm0000008|actor|\\N|[\"Don Vito Corleone\"]\n\
         tt0068646|2|nm0000199|actor|\\N|[\"Michael Corleone\"]\n\
         tt0113277|1|nm0000199|actor|\\N|[\"Lt. Vincent Hanna\"]\n\
         tt0113277|2|nm0000134|actor|\\N|[\"Neil McCauley\"]\n",
    ),
    (
        "title.crew",
        "tconst|directors|writers\ntt0068646|nm0000338|\\N\n",
    ),
    (
        "title.episode",
        "tconst|parentTconst|seasonNumber|episodeNumber\ntt2301451|tt0903747|5|14\n",
    ),
    (
        "name.basics",
        "nconst|primaryName|birthYear|deathYear|primaryProfession|knownForTitles\n\
         nm0000008|Marlon Brando|1924|2004|actor|tt0068646\n\
         nm0000134|Robert De Niro|1943|\\N|actor|tt0113277\n\
         nm0000199|Al Pacino|1940|\\N|actor|tt0068646,tt0113277\n\
         nm0000338|Francis Ford Coppola|1939|\\N|director|tt0068646\n",
    ),
];

/// Imports the files, from a folder that stands for that of the home.
fn imdb(reader: &Reader, lines: &[&str]) {
    let folder = reader.folder.path().join("imdb");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in IMDB {
        let file = std::fs::File::create(folder.join(format!("{name}.tsv.gz"))).unwrap();
        GzEncoder::new(file, Compression::fast())
            .write_all(text.replace('|', "\t").as_bytes())
            .unwrap();
    }
    let lines = lines.iter().map(|line| line.replace("~/imdb", "imdb"));
    let outputs: Vec<String> = lines.map(|line| reader.run(&line, "")).collect();
    assert!(outputs[0].contains("4 added"), "{outputs:?}");
}

/// The demo runs the commands of a pipe, and the README's test command is the one of CI.
#[test]
fn the_two_commands_work() {
    let reader = Reader {
        folder: Folder::empty(),
        server: None,
    };
    let stdout = reader.run("catalogue demo", "SEND 1\nNB\n");
    assert!(
        stdout.starts_with("The Godfather (1972-03-24)\n") && stdout.ends_with("\n1\n"),
        "{stdout}"
    );
    let Block(_, commands) = blocks(README).into_iter().next().unwrap();
    assert_eq!(commands, ["cargo run --release -- demo", "cargo test"]);
    // `.ci/run` calls `just ci`, which calls `.ci/test`.
    for (script, call) in [("run", "just ci"), ("test", "cargo test \"$@\"")] {
        let path = format!("{}/.ci/{script}", env!("CARGO_MANIFEST_DIR"));
        if let Ok(text) = std::fs::read_to_string(path) {
            let mut lines = text.lines().map(str::trim);
            assert!(
                lines.any(|line| line.ends_with(call)),
                ".ci/{script} calls `{call}`"
            );
        }
    }
}

/// Every file and every heading that the README links to exists.
#[test]
fn every_link_has_a_target() {
    for target in README
        .split("](")
        .skip(1)
        .map(|rest| rest.split([')', '#']).next().unwrap())
    {
        if !target.starts_with("http") {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(target);
            assert!(path.exists(), "`{target}` is not there");
        }
    }
}

/// Slices that each begin with a line with this prefix.
trait SplitInclusiveBefore {
    fn split_inclusive_before(&self, prefix: &str) -> Vec<&[&'static str]>;
}

impl SplitInclusiveBefore for Vec<&'static str> {
    fn split_inclusive_before(&self, prefix: &str) -> Vec<&[&'static str]> {
        let starts: Vec<usize> = (0..self.len())
            .filter(|&at| self[at].starts_with(prefix))
            .collect();
        let ends = starts.iter().skip(1).copied().chain([self.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| &self[start..end])
            .collect()
    }
}
