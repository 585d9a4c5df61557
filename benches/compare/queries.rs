//! The queries of the search benchmark, and a client that sends them.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use catalogue::protocol::resp::{Reply, RespVersion, encode};

use crate::generator::{Generator, Random};
use crate::tested_server::{LOGIN, TestedServer};

/// Queries of one run.
pub const QUERIES: usize = 10_000;
/// Rows that each query requests.
pub const ROWS: usize = 10;
/// Words of very many titles.
const COMMON: [&str; 9] = ["the", "of", "a", "and", "in", "to", "my", "night", "love"];

/// A mix in equal parts: one very common word, two words that follow each other in a
/// title, a rare word, a whole title, and the first one to eight letters of a title.
pub fn mix(generator: &Generator, movies: u64, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    (0..QUERIES)
        .map(|number| match number % 5 {
            0 => COMMON[random.below(COMMON.len() as u64) as usize].to_owned(),
            1 => words(&title(generator, movies, &mut random), 2),
            2 => rare(generator, movies, &mut random),
            3 => title(generator, movies, &mut random),
            _ => {
                let letters = 1 + number / 5 % 8;
                let title = title(generator, movies, &mut random);
                title.chars().take(letters).collect()
            }
        })
        .collect()
}

fn title(generator: &Generator, movies: u64, random: &mut Random) -> String {
    generator.movie(random.below(movies)).title.clone()
}

fn words(title: &str, number: usize) -> String {
    let words: Vec<&str> = title.split(' ').collect();
    words[words.len().saturating_sub(number)..].join(" ")
}

/// A word with more letters than any frequent one.
fn rare(generator: &Generator, movies: u64, random: &mut Random) -> String {
    loop {
        let title = title(generator, movies, random);
        if let Some(word) = title.split(' ').find(|word| word.len() > 9) {
            return word.to_owned();
        }
    }
}

/// An authenticated connection.
pub struct Asker {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Asker {
    /// Connects and logs in.
    pub fn connect(server: &TestedServer) -> Result<Asker, Box<dyn Error>> {
        let stream = TcpStream::connect(server.address)?;
        stream.set_nodelay(true)?;
        let mut asker = Asker {
            stream,
            request: Vec::new(),
            answer: Vec::new(),
        };
        asker.send(&LOGIN)?;
        asker.receive()?;
        Ok(asker)
    }

    /// Sends a search.
    pub fn find(&mut self, query: &str) -> Result<(), Box<dyn Error>> {
        self.send(&["FIND", query, "LIMIT", &ROWS.to_string()])
    }

    fn send(&mut self, words: &[&str]) -> Result<(), Box<dyn Error>> {
        let words = words.iter().map(|word| Reply::text(*word)).collect();
        self.request.clear();
        encode(&Reply::Array(words), RespVersion::Resp2, &mut self.request);
        Ok(self.stream.write_all(&self.request)?)
    }

    /// Waits for a whole answer. An error answer is an error of the benchmark.
    pub fn receive(&mut self) -> Result<(), Box<dyn Error>> {
        self.answer.clear();
        let mut chunk = [0; 16 * 1024];
        loop {
            let bytes = self.stream.read(&mut chunk)?;
            self.answer.extend_from_slice(&chunk[..bytes]);
            if bytes == 0 || self.answer.first() == Some(&b'-') {
                return Err(format!("the server said {}", self.answer.escape_ascii()).into());
            }
            if is_whole(&self.answer) {
                return Ok(());
            }
        }
    }
}

/// Whether the bytes are a status, or an array with all of its rows.
fn is_whole(answer: &[u8]) -> bool {
    let line = |from: usize| {
        let length = answer
            .get(from..)?
            .windows(2)
            .position(|end| end == b"\r\n")?;
        let number = std::str::from_utf8(&answer[from + 1..from + length]).ok()?;
        Some((from + length + 2, number.parse::<usize>().unwrap_or(0)))
    };
    let Some((mut at, rows)) = line(0) else {
        return false;
    };
    for _ in 0..rows {
        match line(at) {
            Some((behind, length)) => at = behind + length + 2,
            None => return false,
        }
    }
    at <= answer.len()
}

/// The time of each query on one connection in milliseconds, sorted.
pub fn one_by_one(server: &TestedServer, queries: &[String]) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut asker = Asker::connect(server)?;
    let mut times_ms = Vec::with_capacity(queries.len());
    for query in queries {
        let started = Instant::now();
        asker.find(query)?;
        asker.receive()?;
        times_ms.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    times_ms.sort_by(f64::total_cmp);
    Ok(times_ms)
}

/// Queries per second on this many connections, each of which sends the next query after
/// its answer.
pub fn all_at_once(
    server: &TestedServer,
    queries: &[String],
    connections: usize,
) -> Result<f64, Box<dyn Error>> {
    let mut askers = (0..connections)
        .map(|_| {
            let asker = Asker::connect(server);
            // A full queue of logins would refuse one.
            std::thread::sleep(Duration::from_millis(1));
            asker
        })
        .collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    let mut sent = queries.iter();
    for (asker, query) in askers.iter_mut().zip(sent.by_ref()) {
        asker.find(query)?;
    }
    for number in 0..queries.len() {
        let asker = &mut askers[number % connections];
        asker.receive()?;
        if let Some(query) = sent.next() {
            asker.find(query)?;
        }
    }
    Ok(queries.len() as f64 / started.elapsed().as_secs_f64())
}
