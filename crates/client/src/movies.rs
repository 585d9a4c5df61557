//! The commands about movies.

use std::io::{Read, Write};

use super::client::unexpected;
use super::{Client, ClientError};
use catalogue_protocol::limits;
use catalogue_protocol::movie::Movie;
use catalogue_protocol::resp::Reply;

impl<S: Read + Write> Client<S> {
    /// The movie of that name: the report's `SEND`.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn send(&mut self, name: &str) -> Result<Option<Movie>, ClientError> {
        let reply = self.command(&["SEND", name])?;
        movie("SEND", reply)
    }

    /// The movies of those names, in their order, `None` where there is none.
    /// Any number of names: they are asked for in as many commands as it takes.
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

    /// One page in name order: at most `limit` movies, those after `after` when it is given.
    /// The next page is the one after the last name.
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

    /// The movies that these words find, the best first, at most `limit`. The last
    /// word may be the beginning of one.
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

    /// How many movies there are.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn count(&mut self) -> Result<u64, ClientError> {
        self.number("COUNT", &[])
    }

    /// Adds the movie, or replaces the one of its name. When this returns, the
    /// server has it on disk. For administrators.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection.
    pub fn put(&mut self, movie: &Movie) -> Result<(), ClientError> {
        self.command(&["PUT", &movie.name, &movie.to_json()])
            .map(drop)
    }

    /// Removes the movies of those names and says how many there were. For administrators.
    ///
    /// # Errors
    /// Every [`ClientError`] of an open connection; when one comes, some of the movies may be gone.
    pub fn delete(&mut self, names: &[impl AsRef<str>]) -> Result<u64, ClientError> {
        let mut deleted = 0;
        for names in names.chunks(limits::MAX_NAMES_PER_COMMAND) {
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            deleted += self.number("DEL", &names)?;
        }
        Ok(deleted)
    }
}

/// A command word and its names.
fn command<'a>(word: &'a str, names: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    let names = names.iter().map(AsRef::as_ref);
    std::iter::once(word).chain(names).collect()
}

fn movie(command: &'static str, reply: Reply) -> Result<Option<Movie>, ClientError> {
    match reply {
        Reply::Null => Ok(None),
        Reply::Bulk(row) => match Movie::from_postcard(&row) {
            Ok(movie) => Ok(Some(movie)),
            Err(error) => Err(unexpected(command, error)),
        },
        _ => Err(unexpected(command, "it is no movie")),
    }
}

fn rows(command: &'static str, reply: Reply) -> Result<Vec<Option<Movie>>, ClientError> {
    match reply {
        Reply::Array(rows) => rows.into_iter().map(|row| movie(command, row)).collect(),
        _ => Err(unexpected(command, "it is no list of movies")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeServer, Reaction, row};
    use super::*;
    use catalogue_protocol::movie::Fields;

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
            ("SEND 1", Reaction::Answer(row("1", "Alien"))),
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
        let rows = Reply::Array(vec![row("1", "Alien"), Reply::Null, row("3", "Heat")]);
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
        let page = Reply::Array(vec![row("2", "Alien")]);
        let server = FakeServer::start([
            ("LIST LIMIT 5", Reaction::Answer(Reply::Array(vec![]))),
            ("LIST AFTER 1 LIMIT 1", Reaction::Answer(page)),
            (
                "FIND \"the alien\" LIMIT 3",
                Reaction::Answer(Reply::Array(vec![row("2", "Alien")])),
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
}
