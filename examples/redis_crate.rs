//! Look-ups and a search with the `redis` crate. The server returns movies as JSON.
//!
//! `CATALOGUE_PASSWORD=… cargo run --example redis_crate -- godfather`

use std::env;

use redis::{Client, IntoConnectionInfo, RedisResult, cmd};
use serde_json::Value;

fn movie(json: &str) -> Value {
    serde_json::from_str(json).expect("the server sends json")
}

fn open(user: &str, password: &str) -> RedisResult<redis::Connection> {
    let address = env::var("CATALOGUE_CONNECT").unwrap_or_else(|_| "127.0.0.1:5890".to_owned());
    let info = format!("redis://{address}").into_connection_info()?;
    let account = info
        .redis_settings()
        .clone()
        .set_username(user)
        .set_password(password);
    Client::open(info.set_redis_settings(account))?.get_connection()
}

fn main() -> RedisResult<()> {
    let user = env::var("CATALOGUE_USER").unwrap_or_else(|_| "admin".to_owned());
    let password = env::var("CATALOGUE_PASSWORD").unwrap_or_default();
    let words: Vec<String> = env::args().skip(1).collect();
    let mut connection = open(&user, &password)?;

    let one: Option<String> = cmd("GET").arg("1").arg("JSON").query(&mut connection)?;
    if let Some(json) = one {
        let movie = movie(&json);
        let (title, released) = (movie["title"].as_str(), movie["released"].as_str());
        println!(
            "{} ({})",
            title.unwrap_or_default(),
            released.unwrap_or_default()
        );
    }

    let found: Vec<String> = cmd("FIND")
        .arg(words.join(" "))
        .arg("LIMIT")
        .arg(5)
        .arg("JSON")
        .query(&mut connection)?;
    for json in &found {
        println!(
            "found {}",
            movie(json)["title"].as_str().unwrap_or_default()
        );
    }

    let none: Option<Vec<u8>> = cmd("GET").arg("no-such-name").query(&mut connection)?;
    if none.is_none() {
        println!("no movie is called no-such-name");
    }

    if let Err(error) = open(&user, "not my password") {
        println!("refused: {error}");
    }
    Ok(())
}
