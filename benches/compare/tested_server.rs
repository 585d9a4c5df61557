//! The two servers, each with the same rows.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use catalogue::protocol::resp::{Reply, RespVersion, decode_reply, encode};
use catalogue::store::Loader;

use crate::generator::Generator;

/// The account that the benchmark uses.
pub const USER: &str = "bench";
/// Its password. The server listens on a loopback address only, and for a short time.
pub const PASSWORD: &str = "bench";

/// The command that logs in with them.
pub const LOGIN: [&str; 3] = ["AUTH", USER, PASSWORD];

/// A server that is stopped when it is dropped.
pub struct TestedServer {
    /// `catalogue` or `redis`.
    pub name: &'static str,
    /// The command that sends a row.
    pub command: &'static str,
    /// The address that it listens on.
    pub address: SocketAddr,
    process: Child,
}

impl TestedServer {
    /// Our server with the catalogue at `database`.
    pub fn catalogue(database: &Path, flags: &[&str]) -> io::Result<TestedServer> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_catalogue"))
            .args(["serve", "--listen", "127.0.0.1:0", "--http", "off", "--db"])
            .arg(database)
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line)?;
        let address = line
            .split([' ', ','])
            .find_map(|word| word.parse().ok())
            .ok_or_else(|| io::Error::other(format!("the server said {line:?}")))?;
        Ok(TestedServer {
            name: "catalogue",
            command: "SEND",
            address,
            process,
        })
    }

    /// `redis-server` without persistence.
    pub fn redis(folder: &Path) -> io::Result<TestedServer> {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
            ])
            .arg(address.port().to_string())
            .arg("--dir")
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("redis-server did not start"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(TestedServer {
            name: "redis",
            command: "GET",
            address,
            process,
        })
    }

    /// The CPU time of the process so far, in seconds.
    pub fn cpu_seconds(&self) -> io::Result<f64> {
        // Fields 14 and 15 of `stat` in proc(5), in hundredths of a second, counted after
        // the program's name in parentheses.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Ok(ticks as f64 / 100.0)
    }

    /// A value of `status` in proc(5) in KiB, such as `RssAnon`.
    pub fn memory_kib(&self, figure: &str) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| io::Error::other(format!("no {figure}")))
    }
}

impl Drop for TestedServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes a catalogue with `rows` rows and the benchmark's account.
pub fn fill_catalogue(
    database: &Path,
    rows: u64,
    generator: &Generator,
) -> Result<(), Box<dyn std::error::Error>> {
    catalogue::store::create(database)?;
    let mut loader = Loader::begin(database)?;
    for number in 0..rows {
        loader.put(&generator.movie(number).view())?;
    }
    loader.commit()?;
    add_account(database)
}

/// Adds the benchmark's account.
pub fn add_account(database: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut add = Command::new(env!("CARGO_BIN_EXE_catalogue"))
        .args(["adduser", USER, "--role", "admin", "--db"])
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    add.stdin
        .take()
        .expect("it is piped")
        .write_all(PASSWORD.as_bytes())?;
    if add.wait()?.success() {
        Ok(())
    } else {
        Err("the account could not be added".into())
    }
}

/// Writes the same rows to Redis as bytes, pipelined.
pub fn fill_redis(redis: &TestedServer, rows: u64, generator: &Generator) -> io::Result<()> {
    const BATCH: u64 = 1_000;
    let mut stream = TcpStream::connect(redis.address)?;
    let (mut out, mut answers) = (Vec::new(), Vec::new());
    for first in (0..rows).step_by(BATCH as usize) {
        let last = rows.min(first + BATCH);
        for number in first..last {
            // The ids are those that the catalogue assigns, after its first three movies.
            let movie = generator
                .movie(number)
                .with_id(number + 4)
                .expect("the id fits");
            let words = [
                b"SET".to_vec(),
                movie.name.clone().into_bytes(),
                movie.to_postcard(),
            ];
            let words = words.map(|word| Reply::Bulk(word.into()));
            encode(&Reply::Array(words.into()), RespVersion::Resp2, &mut out);
        }
        stream.write_all(&out)?;
        out.clear();
        answers.resize((last - first) as usize * b"+OK\r\n".len(), 0);
        stream.read_exact(&mut answers)?;
    }
    Ok(())
}

/// One request and its answer, for checking that both sides send the same row.
pub fn ask(server: &TestedServer, requests: &[&[&str]]) -> io::Result<Vec<Reply>> {
    let mut stream = TcpStream::connect(server.address)?;
    let mut out = Vec::new();
    for words in requests {
        let words = words.iter().map(|word| Reply::text(*word)).collect();
        encode(&Reply::Array(words), RespVersion::Resp2, &mut out);
    }
    stream.write_all(&out)?;
    let (mut input, mut replies, mut chunk) = (Vec::new(), Vec::new(), [0; 4096]);
    while replies.len() < requests.len() {
        let bytes = stream.read(&mut chunk)?;
        if bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        input.extend_from_slice(&chunk[..bytes]);
        while let Some((reply, used)) = decode_reply(&input).map_err(io::Error::other)? {
            input.drain(..used);
            replies.push(reply);
        }
    }
    Ok(replies)
}
