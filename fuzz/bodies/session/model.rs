//! A second, simplest possible definition of a session.

use std::collections::BTreeSet;

use catalogue::movie::Movie;
use catalogue::protocol::resp::Reply;

use super::talk::Line;
use super::{ADMIN, Accounts, READER};

/// The state of one connection.
pub struct Model {
    accounts: Accounts,
    attempts_left: u8,
    /// The user that has logged in.
    user: Option<String>,
    client_name: Option<String>,
    in_transaction: bool,
    ended: bool,
    /// The movies that this conversation has put.
    movies: BTreeSet<String>,
}

/// The predictable part of an answer.
enum Answer {
    Exactly(Reply),
    /// An error with this beginning.
    Refusal(String),
    /// The movie with this name.
    Movie(String),
    /// Any answer except an error.
    Done,
}

fn ok() -> Answer {
    status("OK")
}

fn status(word: &str) -> Answer {
    Answer::Exactly(Reply::Status(word.to_owned()))
}

fn text(text: &str) -> Answer {
    Answer::Exactly(Reply::text(text))
}

fn refusal(words: &str) -> Answer {
    Answer::Refusal(words.to_owned())
}

impl Model {
    /// An unauthenticated session that may use these accounts.
    pub fn new(accounts: Accounts) -> Model {
        Model {
            accounts,
            attempts_left: 3,
            user: None,
            client_name: None,
            in_transaction: false,
            ended: false,
            movies: BTreeSet::new(),
        }
    }

    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Compares the answer to a line with the expected one.
    pub fn expect(&mut self, line: &Line, reply: &Reply) {
        let said = match reply {
            Reply::Error(words) => words.as_str(),
            _ => "",
        };
        let matches = match self.answer(line) {
            Answer::Exactly(expected) => *reply == expected,
            Answer::Refusal(words) => said.starts_with(&words),
            Answer::Movie(name) => match reply {
                Reply::Bulk(json) => {
                    let movie = Movie::from_json(std::str::from_utf8(json).unwrap()).unwrap();
                    movie.name == name && movie.title == name
                }
                _ => false,
            },
            Answer::Done => !matches!(reply, Reply::Error(_)),
        };
        assert!(matches, "{line:?} was answered {reply:?}");
    }

    fn answer(&mut self, line: &Line) -> Answer {
        if line.unbalanced {
            return refusal("ERR unbalanced quotes");
        }
        let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
        let (command, args) = (words[0].to_ascii_uppercase(), &words[1..]);
        if let Some(answer) = self.in_a_transaction(&command) {
            return answer;
        }
        match (command.as_str(), args) {
            ("FOO" | "MULTI" | "EXEC" | "DISCARD", _) => {
                refusal(&format!("NO unknown command '{command}'"))
            }
            ("PING", []) => status("PONG"),
            ("PING" | "ECHO", [word]) => text(word),
            ("SELECT", ["0"]) => ok(),
            ("SELECT", _) => refusal("NO there is only database 0"),
            ("CLIENT", ["GETNAME"]) => {
                Answer::Exactly(self.client_name.as_deref().map_or(Reply::Null, Reply::text))
            }
            ("CLIENT", [_, name]) => {
                self.client_name = (!name.is_empty()).then(|| (*name).to_owned());
                ok()
            }
            ("RESET", _) => {
                (self.user, self.client_name) = (None, None);
                status("RESET")
            }
            ("END" | "QUIT", _) => {
                self.ended = true;
                ok()
            }
            ("INFO", _) => Answer::Done,
            ("UP" | "AUTH", [user, password]) => self
                .log_in(user, password)
                .unwrap_or_else(|| status(if command == "UP" { "PASSOK" } else { "OK" })),
            ("HELLO", ["4", ..]) => refusal("NOPROTO "),
            ("HELLO", [_, "AUTH", user, password]) => {
                self.log_in(user, password).unwrap_or(Answer::Done)
            }
            ("HELLO", _) => Answer::Done,
            ("UP", _) => refusal("ERR the syntax is: UP "),
            _ if self.user.is_none() => {
                self.failed_attempt("login required, send UP <user> <password>")
            }
            ("PUT" | "DEL" | "WHO", _) if !self.is_admin() => {
                refusal(&format!("NOPERM {command} needs the role admin"))
            }
            _ => self.of_members(&command, args),
        }
    }

    fn is_admin(&self) -> bool {
        self.user.as_ref() == Some(&self.accounts.admin)
    }

    fn in_a_transaction(&mut self, command: &str) -> Option<Answer> {
        let words = match command {
            "MULTI" if self.user.is_some() => {
                self.in_transaction = true;
                "NO there are no transactions, a change stands alone"
            }
            _ if !self.in_transaction => return None,
            "EXEC" | "DISCARD" => {
                self.in_transaction = false;
                "NO there are no transactions, nothing of this one was run"
            }
            "RESET" | "END" | "QUIT" => {
                self.in_transaction = false;
                return None;
            }
            _ => "NO not run, there are no transactions",
        };
        Some(refusal(words))
    }

    fn of_members(&mut self, command: &str, args: &[&str]) -> Answer {
        let password = if self.is_admin() { ADMIN } else { READER };
        match (command, args) {
            ("SEND" | "GET", [name, _]) => {
                if self.movies.contains(*name) {
                    Answer::Movie((*name).to_owned())
                } else {
                    Answer::Exactly(Reply::Null)
                }
            }
            ("EXISTS", [name, _]) => {
                let found = self.movies.contains(*name);
                Answer::Exactly(Reply::Integer(i64::from(found) * 2))
            }
            ("PUT", [_, "{}"]) => refusal("ERR not a movie in json form: "),
            ("PUT", [name, _]) => {
                self.movies.insert((*name).to_owned());
                ok()
            }
            ("DEL", [name]) => Answer::Exactly(Reply::Integer(self.movies.remove(*name).into())),
            ("PASSWD", [old, _]) if *old == password => ok(),
            ("PASSWD", [_, _]) => self.failed_attempt("wrong password"),
            ("SEND" | "PASSWD", _) => refusal(&format!("ERR the syntax is: {command} ")),
            ("COUNT", [_]) => refusal("ERR COUNT takes no arguments"),
            _ => Answer::Done,
        }
    }

    /// Nothing when the password is right.
    fn log_in(&mut self, user: &str, password: &str) -> Option<Answer> {
        let Accounts { reader, admin, .. } = &self.accounts;
        if (user == reader && password == READER) || (user == admin && password == ADMIN) {
            self.user = Some(user.to_owned());
            return None;
        }
        Some(self.failed_attempt("wrong user or password"))
    }

    fn failed_attempt(&mut self, words: &str) -> Answer {
        self.attempts_left -= 1;
        refusal(&match self.attempts_left {
            0 => {
                self.ended = true;
                "EC too many failed attempts".to_owned()
            }
            1 => format!("ECHEC {words}, 1 attempt left"),
            left => format!("ECHEC {words}, {left} attempts left"),
        })
    }
}
