//! Look-ups and a search with the client library of this project.
//!
//! `CATALOGUE_PASSWORD=… cargo run --example client -- godfather`

use std::env;

use catalogue::client::{Client, ClientError};

fn main() -> Result<(), ClientError> {
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let address = setting("CATALOGUE_CONNECT", "127.0.0.1:5890");
    let user = setting("CATALOGUE_USER", "admin");
    let words: Vec<String> = env::args().skip(1).collect();

    let mut client = Client::connect(&address)?;
    client.login(&user, &setting("CATALOGUE_PASSWORD", ""))?;

    // A look-up by name. The client decodes the row to a `Movie`.
    if let Some(movie) = client.send("1")? {
        let released = movie.released.map(|date| date.to_string());
        println!("{} ({})", movie.title, released.unwrap_or_default());
    }

    // The best matches for some words. The last word may be a prefix.
    for movie in client.find(&words.join(" "), 5)? {
        println!("found {}", movie.title);
    }

    // A missing movie is `None`, not an error.
    if client.send("no-such-name")?.is_none() {
        println!("no movie is called no-such-name");
    }

    // A refusal has a code for the program and a message for a person.
    match Client::connect(&address)?.login(&user, "not my password") {
        Err(ClientError::Refused { message, .. }) => println!("refused: {message}"),
        other => other?,
    }
    client.end();
    Ok(())
}
