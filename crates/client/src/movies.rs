//! The commands about movies.

use std::io::{Read, Write};

use super::client::unexpected;
use super::{Client, ClientError};
use catalogue_protocol::limits;
use catalogue_protocol::movie::{Episode, FullMovie, Movie, Person, WireError};
use catalogue_protocol::resp::Reply;

impl<S: Read + Write> Client<S> {
    /// The movie with that name (`SEND`).
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn send(&mut self, name: &str) -> Result<Option<Movie>, ClientError> {
        let reply = self.command(&["SEND", name])?;
        movie("SEND", reply)
    }

    /// The full record of the movie with that name: other titles, people, series and more.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn send_full(&mut self, name: &str) -> Result<Option<FullMovie>, ClientError> {
        let reply = self.command(&["SEND", name, "FULL"])?;
        row("SEND", reply, FullMovie::from_postcard)
    }

    /// The person of that name, a key such as `nm0000008`.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn person(&mut self, name: &str) -> Result<Option<Person>, ClientError> {
        let reply = self.command(&["PERSON", name])?;
        row("PERSON", reply, Person::from_postcard)
    }

    /// The people with these words in their full names, the best known first: at most `limit`. With
    /// `after`, they are the people after the person with this name. The last word can be
    /// incomplete.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; [`ClientError::Refused`] for a limit or a query
    /// above the server's bounds.
    pub fn people(
        &mut self,
        words: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Person>, ClientError> {
        let limit = limit.to_string();
        let mut command = vec!["PEOPLE", words];
        if let Some(name) = after {
            command.extend(["AFTER", name]);
        }
        command.extend(["LIMIT", &limit]);
        list("PEOPLE", self.command(&command)?, Person::from_postcard)
    }

    /// One page of the episodes of a series, or of one season of it: at most `limit`, those after
    /// the episode `after` when it is given.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; [`ClientError::Refused`] for a limit that
    /// is 0 or over [`limits::MAX_LIST_ROWS`], or an episode that is not of the series.
    pub fn episodes(
        &mut self,
        series: &str,
        season: Option<u32>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Episode>, ClientError> {
        let (limit, season) = (limit.to_string(), season.map(|season| season.to_string()));
        let mut words = vec!["EPISODES", series];
        if let Some(season) = &season {
            words.extend(["SEASON", season]);
        }
        if let Some(name) = after {
            words.extend(["AFTER", name]);
        }
        words.extend(["LIMIT", &limit]);
        list("EPISODES", self.command(&words)?, Episode::from_postcard)
    }

    /// The movies of those names, in their order, `None` where there is none. Any number of names
    /// is allowed: they are sent in several commands if necessary.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn send_many(
        &mut self,
        names: &[impl AsRef<str>],
    ) -> Result<Vec<Option<Movie>>, ClientError> {
        let mut found = Vec::with_capacity(names.len());
        for names in names.chunks(limits::MAX_NAMES_PER_COMMAND) {
            let words = command("MSEND", names);
            let rows = rows("MSEND", self.command(&words)?)?;
            if rows.len() != names.len() {
                let (rows, names) = (rows.len(), names.len());
                return Err(unexpected(
                    "MSEND",
                    format!("{rows} movies for {names} names"),
                ));
            }
            found.extend(rows);
        }
        Ok(found)
    }

    /// One page in the order of the names: at most `limit` movies, after the name `after` if it is
    /// given. The next page is the one after the last name.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; [`ClientError::Refused`] for a limit that
    /// is 0 or over [`limits::MAX_LIST_ROWS`].
    pub fn list(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<Movie>, ClientError> {
        let limit = limit.to_string();
        let mut words = vec!["LIST"];
        if let Some(name) = after {
            words.extend(["AFTER", name]);
        }
        words.extend(["LIMIT", &limit]);
        let rows = rows("LIST", self.command(&words)?)?;
        rows.into_iter()
            .collect::<Option<_>>()
            .ok_or_else(|| unexpected("LIST", "a movie is missing"))
    }

    /// The movies that match these words, the best first, at most `limit`. The last word may be
    /// incomplete.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; [`ClientError::Refused`] for
    /// a limit or a query above the server's bounds.
    pub fn find(&mut self, words: &str, limit: usize) -> Result<Vec<Movie>, ClientError> {
        let rows = rows(
            "FIND",
            self.command(&["FIND", words, "LIMIT", &limit.to_string()])?,
        )?;
        rows.into_iter()
            .collect::<Option<_>>()
            .ok_or_else(|| unexpected("FIND", "a movie is missing"))
    }

    /// The movies that name the person of this name, the best known first, at most `limit`.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; [`ClientError::Refused`] for a limit above the
    /// server's bound.
    pub fn films_of(&mut self, person: &str, limit: usize) -> Result<Vec<Movie>, ClientError> {
        let limit = limit.to_string();
        let words = ["FIND", "", "PERSON", person, "LIMIT", &limit];
        list("FIND", self.command(&words)?, Movie::from_postcard)
    }

    /// The number of movies.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn count(&mut self) -> Result<u64, ClientError> {
        self.number("COUNT", &[])
    }

    /// Adds the movie, or replaces the one with its name and removes its details. When this
    /// returns, the change is on the disk of the server. Requires the role admin.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn put(&mut self, movie: &Movie) -> Result<(), ClientError> {
        self.command(&["PUT", &movie.name, &movie.to_json()])
            .map(drop)
    }

    /// Adds the full record of a movie, or replaces the one with its name. Requires the role admin.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn put_full(&mut self, movie: &FullMovie) -> Result<(), ClientError> {
        self.command(&["PUT", &movie.name, &movie.to_json()])
            .map(drop)
    }

    /// Removes the movies with these names, and returns how many existed. Requires the role admin.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; some of the movies may be removed before the
    /// error.
    pub fn delete(&mut self, names: &[impl AsRef<str>]) -> Result<u64, ClientError> {
        let mut deleted = 0;
        for names in names.chunks(limits::MAX_NAMES_PER_COMMAND) {
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            deleted += self.number("DEL", &names)?;
        }
        Ok(deleted)
    }
}

fn command<'a>(word: &'a str, names: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    let names = names.iter().map(AsRef::as_ref);
    std::iter::once(word).chain(names).collect()
}

fn movie(command: &'static str, reply: Reply) -> Result<Option<Movie>, ClientError> {
    row(command, reply, Movie::from_postcard)
}

/// A row that `read` reads, or null.
fn row<T>(
    command: &'static str,
    reply: Reply,
    read: impl FnOnce(&[u8]) -> Result<T, WireError>,
) -> Result<Option<T>, ClientError> {
    match reply {
        Reply::Null => Ok(None),
        Reply::Bulk(row) => match read(&row) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(unexpected(command, error)),
        },
        _ => Err(unexpected(command, "it is no row")),
    }
}

/// The rows of a list, none of which is missing.
fn list<T>(
    command: &'static str,
    reply: Reply,
    read: impl Fn(&[u8]) -> Result<T, WireError>,
) -> Result<Vec<T>, ClientError> {
    let Reply::Array(rows) = reply else {
        return Err(unexpected(command, "it is no list"));
    };
    let rows = rows.into_iter().map(|reply| {
        let row = row(command, reply, &read)?;
        row.ok_or_else(|| unexpected(command, "a row is missing"))
    });
    rows.collect()
}

fn rows(command: &'static str, reply: Reply) -> Result<Vec<Option<Movie>>, ClientError> {
    match reply {
        Reply::Array(rows) => rows.into_iter().map(|row| movie(command, row)).collect(),
        _ => Err(unexpected(command, "it is no list of movies")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeServer, Reaction, row as alien};
    use super::*;
    use catalogue_protocol::movie::{Details, Fields};

    fn named(name: &str, title: &str) -> Movie {
        Movie::new(Fields {
            name: name.into(),
            title: title.into(),
            ..Fields::default()
        })
        .unwrap()
    }

    #[test]
    fn one_movie_or_none() {
        let server = FakeServer::start([
            ("SEND 1", Reaction::Answer(alien("1", "Alien"))),
            ("SEND \"a b\"", Reaction::Answer(Reply::Null)),
            ("SEND 2", Reaction::Answer(Reply::text("no row"))),
            ("SEND 3", Reaction::Answer(Reply::OK)),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        assert_eq!(client.send("1").unwrap(), Some(named("1", "Alien")));
        assert_eq!(client.send("a b").unwrap(), None);
        for name in ["2", "3"] {
            let error = client.send(name).unwrap_err();
            assert!(matches!(error, ClientError::Unexpected { .. }), "{error:?}");
        }
    }

    #[test]
    fn many_movies_keep_their_places() {
        let rows = Reply::Array(vec![alien("1", "Alien"), Reply::Null, alien("3", "Heat")]);
        let server = FakeServer::start([
            ("MSEND 1 2 3", Reaction::Answer(rows)),
            (
                "MSEND 1 2",
                Reaction::Answer(Reply::Array(vec![Reply::Null])),
            ),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        assert_eq!(
            client.send_many(&["1", "2", "3"]).unwrap(),
            [Some(named("1", "Alien")), None, Some(named("3", "Heat"))]
        );
        assert!(client.send_many(&["1", "2"]).is_err());
        assert_eq!(client.send_many(&[""; 0]).unwrap(), []);
    }

    #[test]
    fn pages_counts_and_changes() {
        let page = Reply::Array(vec![alien("2", "Alien")]);
        let server = FakeServer::start([
            ("LIST LIMIT 5", Reaction::Answer(Reply::Array(vec![]))),
            ("LIST AFTER 1 LIMIT 1", Reaction::Answer(page)),
            (
                "FIND \"the alien\" LIMIT 3",
                Reaction::Answer(Reply::Array(vec![alien("2", "Alien")])),
            ),
            ("COUNT", Reaction::Answer(Reply::Integer(2))),
            (
                r#"PUT 9 "{\"id\":0,\"name\":\"9\",\"title\":\"Heat\",\"original_title\":null,\"released\":null,\"runtime_minutes\":null,\"genres\":[],\"rating\":null,\"votes\":null}""#,
                Reaction::Answer(Reply::OK),
            ),
            ("DEL 9 10", Reaction::Answer(Reply::Integer(1))),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        assert_eq!(client.list(None, 5).unwrap(), []);
        assert_eq!(client.list(Some("1"), 1).unwrap(), [named("2", "Alien")]);
        assert_eq!(client.find("the alien", 3).unwrap(), [named("2", "Alien")]);
        assert_eq!(client.count().unwrap(), 2);
        client.put(&named("9", "Heat")).unwrap();
        assert_eq!(client.delete(&["9", "10"]).unwrap(), 1);
    }

    #[test]
    fn full_records_people_and_episodes() {
        let details = Details {
            kind: Some("tvEpisode".into()),
            ..Details::default()
        };
        let full = FullMovie::new(named("1", "Pilot"), details).unwrap();
        let person = Person {
            name: "nm1".into(),
            credits: 3,
            ..Person::default()
        };
        let episode = Episode {
            season: Some(1),
            episode: Some(2),
            movie: named("1", "Pilot"),
        };
        let put = format!("PUT 1 {}", quoted(&full.to_json()));
        let server = FakeServer::start([
            (
                "SEND 1 FULL",
                Reaction::Answer(Reply::Bulk(full.to_postcard().into())),
            ),
            ("SEND 2 FULL", Reaction::Answer(Reply::Null)),
            (
                "PERSON nm1",
                Reaction::Answer(Reply::Bulk(person.to_postcard().into())),
            ),
            ("PERSON nm2", Reaction::Answer(alien("1", "Alien"))),
            (
                "EPISODES s SEASON 1 AFTER 0 LIMIT 5",
                Reaction::Answer(Reply::Array(vec![Reply::Bulk(
                    episode.to_postcard().into(),
                )])),
            ),
            (
                "EPISODES s LIMIT 1",
                Reaction::Answer(Reply::Array(vec![Reply::Null])),
            ),
            (put.leak(), Reaction::Answer(Reply::OK)),
        ]);
        let mut client = Client::connect(server.address()).unwrap();
        assert_eq!(client.send_full("1").unwrap(), Some(full.clone()));
        assert_eq!(client.send_full("2").unwrap(), None);
        assert_eq!(client.person("nm1").unwrap(), Some(person));
        assert!(client.person("nm2").is_err());
        assert_eq!(
            client.episodes("s", Some(1), Some("0"), 5).unwrap(),
            [episode]
        );
        assert!(client.episodes("s", None, None, 1).is_err());
        client.put_full(&full).unwrap();
    }

    fn quoted(word: &str) -> String {
        catalogue_protocol::resp::quote_word(word.as_bytes())
    }
}
