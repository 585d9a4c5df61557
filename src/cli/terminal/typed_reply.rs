//! A reply with its meaning: a movie, a list of movies, a table, a number, a text.

use bytes::Bytes;

use crate::config::limits;
use crate::movie::{Episode, FullMovie, Movie, Person};
use crate::protocol::commands::find;
use crate::protocol::resp::{Reply, quote_word};

/// A reply with its meaning for the command that it answers.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedReply {
    /// One movie that came as postcard.
    Movie(Box<Movie>),
    /// One movie with its details that came as postcard.
    FullMovie(Box<FullMovie>),
    /// A person that came as postcard.
    Person(Box<Person>),
    /// Episodes that came as postcard.
    Episodes(EpisodeRows),
    /// People that came as postcard.
    People(Vec<Person>),
    /// Movies that came as postcard.
    Movies(MoviePage),
    /// The lines of a table: one list of keys and values per line.
    Records(Vec<ReplyRecord>),
    /// A whole number.
    Number(i64),
    /// A status or a text: any bytes.
    Text(Bytes),
    /// Nothing was found; the requested name if it is known.
    Missing(Option<String>),
    /// Keys and values.
    Pairs(Vec<(TypedReply, TypedReply)>),
    /// Anything else that came in a row.
    List(Vec<TypedReply>),
}

/// The keys and values of one line of a table.
pub type ReplyRecord = Vec<(String, TypedReply)>;

/// Movies in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MoviePage {
    /// Each movie, or the name that no movie has.
    pub rows: Vec<Result<Movie, String>>,
    /// The command for the next page, when there may be one.
    pub next: Option<String>,
}

/// Episodes in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpisodeRows {
    /// The episodes.
    pub rows: Vec<Episode>,
    /// The command for the next page, when there may be one.
    pub next: Option<String>,
}

impl TypedReply {
    /// Reads the reply to the command with these words.
    pub fn new(words: &[&[u8]], reply: Reply) -> TypedReply {
        let command = words.first().and_then(|word| find(word));
        let name = command.map(|command| command.name).unwrap_or_default();
        match (name, reply) {
            (_, Reply::Null) => TypedReply::Missing(words.get(1).map(|name| lossy(name))),
            ("WHO", Reply::Array(lines)) => match records(&lines) {
                Some(records) => TypedReply::Records(records),
                None => generic(Reply::Array(lines)),
            },
            ("SEND", Reply::Bulk(row)) if row.first() == Some(&1) => {
                match FullMovie::from_postcard(&row) {
                    Ok(full) => TypedReply::FullMovie(Box::new(full)),
                    Err(_) => TypedReply::Text(row),
                }
            }
            ("PERSON", Reply::Bulk(row)) => match Person::from_postcard(&row) {
                Ok(person) => TypedReply::Person(Box::new(person)),
                Err(_) => TypedReply::Text(row),
            },
            ("PEOPLE", Reply::Array(rows)) => match rows_of(&rows, Person::from_postcard) {
                Some(people) => TypedReply::People(people),
                None => generic(Reply::Array(rows)),
            },
            ("EPISODES", Reply::Array(rows)) => match rows_of(&rows, Episode::from_postcard) {
                Some(rows) => TypedReply::Episodes(EpisodeRows {
                    next: (rows.last()).and_then(|last| {
                        next_page(
                            "EPISODES",
                            words.get(1).copied(),
                            &words[2..],
                            &last.movie,
                            rows.len(),
                        )
                    }),
                    rows,
                }),
                None => generic(Reply::Array(rows)),
            },
            ("LIST" | "FIND" | "MSEND", Reply::Array(rows)) => match movies(words, &rows) {
                Some(rows) => TypedReply::Movies(MoviePage {
                    next: (rows.last().filter(|_| name == "LIST")).and_then(|last| {
                        next_page("LIST", None, &words[1..], last.as_ref().ok()?, rows.len())
                    }),
                    rows,
                }),
                None => generic(Reply::Array(rows)),
            },
            (_, other) => generic(other),
        }
    }

    /// The names that were not found. A missing value without a name is an empty text.
    pub fn missing(&self) -> Vec<&str> {
        match self {
            TypedReply::Missing(name) => vec![name.as_deref().unwrap_or_default()],
            TypedReply::Movies(page) => {
                let missing = page.rows.iter().filter_map(|row| row.as_ref().err());
                missing.map(String::as_str).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The text of a reply, without its command.
fn generic(reply: Reply) -> TypedReply {
    match reply {
        Reply::Simple(status) => TypedReply::Text(Bytes::from_static(status.as_bytes())),
        Reply::Status(words) | Reply::Error(words) => TypedReply::Text(words.into()),
        Reply::Integer(number) => TypedReply::Number(number),
        Reply::Bulk(bytes) => match Movie::from_postcard(&bytes) {
            Ok(movie) => TypedReply::Movie(Box::new(movie)),
            Err(_) => TypedReply::Text(bytes),
        },
        Reply::Null => TypedReply::Missing(None),
        Reply::Array(replies) => TypedReply::List(replies.into_iter().map(generic).collect()),
        Reply::Map(pairs) => TypedReply::Pairs(
            pairs
                .into_iter()
                .map(|(key, value)| (generic(key), generic(value)))
                .collect(),
        ),
    }
}

/// The rows as movies; `None` when one of them is neither a movie nor null.
fn movies(words: &[&[u8]], rows: &[Reply]) -> Option<Vec<Result<Movie, String>>> {
    let row = |(index, row): (usize, &Reply)| match row {
        Reply::Null => Some(Err(words
            .get(index + 1)
            .map(|name| lossy(name))
            .unwrap_or_default())),
        Reply::Bulk(bytes) => Movie::from_postcard(bytes).ok().map(Ok),
        _ => None,
    };
    rows.iter().enumerate().map(row).collect()
}

/// The rows as values; `None` when one of them is another value.
fn rows_of<T, E>(rows: &[Reply], read: impl Fn(&[u8]) -> Result<T, E>) -> Option<Vec<T>> {
    let row = |row: &Reply| match row {
        Reply::Bulk(bytes) => read(bytes).ok(),
        _ => None,
    };
    rows.iter().map(row).collect()
}

/// The command for the page after a full one, which ended with the movie `last`.
fn next_page(
    command: &str,
    first: Option<&[u8]>,
    options: &[&[u8]],
    last: &Movie,
    rows: usize,
) -> Option<String> {
    let mut limit = limits::DEFAULT_LIST_ROWS;
    let first = first.map(|first| format!(" {}", quote_word(first)));
    let last = quote_word(last.name.as_bytes());
    let mut command = format!("{command}{} AFTER {last}", first.unwrap_or_default());
    for option in options.chunks_exact(2) {
        let [name, value] = option else { continue };
        if name.eq_ignore_ascii_case(b"AFTER") {
            continue;
        }
        if name.eq_ignore_ascii_case(b"LIMIT") {
            limit = std::str::from_utf8(value).ok()?.parse().ok()?;
        }
        let name = String::from_utf8_lossy(name).to_uppercase();
        command.push_str(&format!(" {name} {}", quote_word(value)));
    }
    (rows >= limit).then_some(command)
}

fn records(lines: &[Reply]) -> Option<Vec<ReplyRecord>> {
    let record = |line: &Reply| {
        let pairs = line.as_pairs()?.into_iter();
        pairs
            .map(|(key, value)| Some((key.to_text()?, generic(value.clone()))))
            .collect()
    };
    lines.iter().map(record).collect()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::row;

    fn answer(line: &str, reply: Reply) -> TypedReply {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        TypedReply::new(&words, reply)
    }

    fn next(line: &str, rows: usize) -> Option<String> {
        let rows = (0..rows).map(|n| row(&format!("n {n}"), "Alien"));
        match answer(line, Reply::Array(rows.collect())) {
            TypedReply::Movies(page) => page.next,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bulk_is_a_movie_if_it_can_be() {
        let TypedReply::Movie(movie) = answer("send 1", row("1", "Alien")) else {
            panic!("no movie");
        };
        assert_eq!(movie.title, "Alien");
        let json = Reply::text(movie.to_json());
        assert!(matches!(answer("SEND 1 JSON", json), TypedReply::Text(_)));
        assert_eq!(
            answer("GET 9", Reply::Null),
            TypedReply::Missing(Some("9".to_owned()))
        );
    }

    #[test]
    fn rows_know_which_names_are_missing() {
        let rows = Reply::Array(vec![row("1", "Alien"), Reply::Null, Reply::Null]);
        let answer_of = |line| answer(line, rows.clone());
        assert_eq!(answer_of("mget 1 2 3").missing(), ["2", "3"]);
        assert!(matches!(answer_of("COMMAND"), TypedReply::List(_)));
        let texts = Reply::Array(vec![Reply::text("{}")]);
        assert!(matches!(answer("LIST JSON", texts), TypedReply::List(_)));
    }

    #[test]
    fn a_full_page_names_the_next_one() {
        assert_eq!(next("LIST", 0), None);
        assert_eq!(next("LIST", 19), None);
        assert_eq!(next("LIST", 20).unwrap(), r#"LIST AFTER "n 19""#);
        assert_eq!(
            next("list limit 2", 2).unwrap(),
            r#"LIST AFTER "n 1" LIMIT 2"#
        );
        assert_eq!(
            next("list genre Film-Noir after x LIMIT 2", 2).unwrap(),
            r#"LIST AFTER "n 1" GENRE Film-Noir LIMIT 2"#
        );
        assert_eq!(next("LIST AFTER LIMIT LIMIT 3", 2), None);
    }

    #[test]
    fn full_records_people_and_episodes_are_recognized() {
        let movie = Movie::from_json(r#"{"name":"e 1","title":"Pilot"}"#).unwrap();
        let full = FullMovie::from(movie.clone());
        let bulk = |row: Vec<u8>| Reply::Bulk(row.into());
        let reply = answer("send 1 full", bulk(full.to_postcard()));
        assert_eq!(reply, TypedReply::FullMovie(Box::new(full)));
        let person = Person::default();
        let reply = answer("PERSON nm1", bulk(person.to_postcard()));
        assert_eq!(reply, TypedReply::Person(Box::new(person)));
        let episode = Episode {
            season: Some(1),
            episode: None,
            movie,
        };
        let rows = Reply::Array(vec![bulk(episode.to_postcard())]);
        let page = EpisodeRows {
            rows: vec![episode],
            next: Some(r#"EPISODES s AFTER "e 1" SEASON 1 LIMIT 1"#.to_owned()),
        };
        let reply = answer("EPISODES s season 1 LIMIT 1", rows);
        assert_eq!(reply, TypedReply::Episodes(page));
        let json = Reply::text("{}");
        assert!(matches!(
            answer("PERSON nm1 JSON", json),
            TypedReply::Text(_)
        ));
    }

    #[test]
    fn who_is_a_table() {
        let line = Reply::Array(vec![
            Reply::text("id"),
            Reply::Integer(1),
            Reply::text("user"),
            Reply::Null,
        ]);
        assert_eq!(
            answer("WHO", Reply::Array(vec![line])),
            TypedReply::Records(vec![vec![
                ("id".to_owned(), TypedReply::Number(1)),
                ("user".to_owned(), TypedReply::Missing(None)),
            ]])
        );
    }
}
