//! The titles of many movies in one round trip, over TLS when a CA is given.
//!
//! `CATALOGUE_PASSWORD=… cargo run -p catalogue-client --example titles -- 1 2 3`

use std::env;
use std::io::{Read, Write};
use std::path::Path;

use catalogue_client::{Client, ClientError, ClientTls};

fn main() -> Result<(), ClientError> {
    let address = env::var("CATALOGUE_CONNECT").unwrap_or_else(|_| "127.0.0.1:5890".to_owned());
    match env::var("CATALOGUE_CA") {
        Ok(file) => {
            let tls = ClientTls::with_authorities(Path::new(&file))?;
            titles(Client::connect_tls(&address, &tls)?)
        }
        Err(_) => titles(Client::connect(&address)?),
    }
}

fn titles<S: Read + Write>(mut client: Client<S>) -> Result<(), ClientError> {
    client.login("admin", &env::var("CATALOGUE_PASSWORD").unwrap_or_default())?;
    let names: Vec<String> = env::args().skip(1).collect();
    for (name, movie) in names.iter().zip(client.send_many(&names)?) {
        match movie {
            Some(movie) => println!("{name}: {}", movie.title),
            None => println!("{name}: no such movie"),
        }
    }
    client.end();
    Ok(())
}
