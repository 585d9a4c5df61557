//! Many clients: idle ones, and ones that log in without pause.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketType};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::PAIRS;
use crate::load::Load;
use crate::report::{Goal, Row};
use crate::tested_server::{LOGIN, PASSWORD, TestedServer, USER};

/// Idle connections.
const IDLE: usize = 10_000;
/// Clients that log in repeatedly.
const STORM: u8 = 20;
/// The time until unused memory is released, see `POOL_IDLE` in the table of limits.
const REST: Duration = Duration::from_secs(8);

/// The memory of one idle connection, logged in where the server has logins.
pub fn idle(ours: &TestedServer, redis: &TestedServer) -> Result<Row, Box<dyn Error>> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised)?;
    let cost = |server: &TestedServer| -> Result<f64, Box<dyn Error>> {
        let hello = match server.name {
            "catalogue" => format!("{} {USER} {PASSWORD}\r\n", LOGIN[0]),
            _ => "PING\r\n".to_owned(),
        };
        // Both servers release the memory of earlier work within some seconds.
        std::thread::sleep(REST);
        let before = server.memory_kib("RssAnon")?;
        let mut connections = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            let mut stream = TcpStream::connect(server.address)?;
            stream.write_all(hello.as_bytes())?;
            let mut answer = [0; 64];
            if stream.read(&mut answer)? == 0 || answer[0] != b'+' {
                return Err(format!("{}: {}", server.name, answer.escape_ascii()).into());
            }
            connections.push(stream);
        }
        std::thread::sleep(REST);
        let after = server.memory_kib("RssAnon")?;
        Ok((after.saturating_sub(before)) as f64 / IDLE as f64)
    };
    let pair = [cost(ours)?, cost(redis)?];
    eprintln!(
        "an idle connection costs {:.2} next to {:.2} KiB",
        pair[0], pair[1]
    );
    let work = format!("{IDLE} idle connections, logged in, next to Redis with as many");
    Ok(Row::of_pairs(
        &work,
        "KiB per connection",
        &[pair],
        Goal::AtMost(1.0),
    ))
}

/// A connection from another loopback address, 127.0.0.0/8 on Linux.
fn connect_from(source: Ipv4Addr, address: SocketAddr) -> rustix::io::Result<TcpStream> {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    net::bind(&socket, &SocketAddrV4::new(source, 0))?;
    net::connect(&socket, &address)?;
    Ok(socket.into())
}

/// `SEND` while other clients log in with wrong passwords. Each attempt has another user
/// and another address, so that each of them is hashed and none is delayed.
pub fn storm(ours: &TestedServer, load: Load) -> Result<Row, Box<dyn Error>> {
    let mut pairs = Vec::new();
    let logins = Arc::new(AtomicU64::new(0));
    for turn in 0..=PAIRS {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0_u8..STORM)
            .map(|client| {
                let (stop, logins, address) =
                    (Arc::clone(&stop), Arc::clone(&logins), ours.address);
                std::thread::spawn(move || {
                    let mut guess = 0_u32;
                    while !stop.load(Ordering::Relaxed) {
                        guess += 1;
                        let [_, _, high, low] = u32::to_be_bytes(guess);
                        let source = Ipv4Addr::new(127, 16 + client, high, low);
                        let Ok(mut stream) = connect_from(source, address) else {
                            continue;
                        };
                        let line = format!("UP {turn}-{client}-{guess} guess\r\n");
                        let mut answer = [0; 128];
                        if stream
                            .write_all(line.as_bytes())
                            .and_then(|()| stream.read(&mut answer))
                            .is_ok()
                        {
                            logins.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        let with = load.run(ours)?;
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            let _ = client.join();
        }
        let without = load.run(ours)?;
        eprintln!(
            "p99 {:.3} ms with logins, {:.3} without",
            with.p99_ms, without.p99_ms
        );
        if turn > 0 {
            pairs.push([with.p99_ms, without.p99_ms]);
        }
    }
    let work =
        format!("`SEND` while {STORM} clients log in without pause, next to the same without them");
    Ok(Row::of_pairs(&work, "p99, ms", &pairs, Goal::AtMost(2.0)))
}
