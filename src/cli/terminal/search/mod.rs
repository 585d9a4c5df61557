//! Search as you type: the results change at every key.
//!
//! Three threads share one channel of events: the terminal's keys, the server's answers, and the
//! signals that end a program. Only the current query is sent: the keys that are typed while an
//! answer is awaited cause one query, not one for each key.

mod draw;
mod event;
mod query_input;
mod raw_terminal;
mod screen;
mod view;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::mem::discriminant;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use self::draw::{Size, draw};
use self::event::Event;
use self::query_input::QueryInput;
use self::raw_terminal::RawTerminal;
use self::screen::{Screen, ScreenAction, SearchResults};
use self::view::{Link, View};
use super::{Shell, ShellError, ShellStatus};
use crate::client::{Client, ClientError};
use crate::config::limits;
use crate::movie::Episode;

/// What the server is asked for.
enum SearchRequest {
    /// A query, and the number of movies to return.
    Find(String, usize),
    /// A card or a list.
    Open(Link),
}

impl<S: Read + Write + Send + 'static, O: Write, E: Write> Shell<S, O, E> {
    /// Shows the search screen, which begins with a search for `words`, until the user leaves.
    ///
    /// # Errors
    /// When the connection or the terminal is no longer usable. The terminal
    /// is as it was before.
    pub fn run_search(self, words: &str) -> Result<ShellStatus, ShellError> {
        let (events, happened) = channel();
        let requests = ask_in_background(self.client, events.clone());
        let mut terminal = RawTerminal::take(events).map_err(ShellError::Output)?;
        let ended = run(words, &mut terminal, &requests, &happened);
        terminal.give_back();
        ended.map(|()| ShellStatus::Success)
    }
}

/// The life of the screen.
fn run(
    words: &str,
    terminal: &mut RawTerminal,
    requests: &Sender<SearchRequest>,
    happened: &Receiver<Event>,
) -> Result<(), ShellError> {
    let mut screen = Screen {
        query: QueryInput::new(words),
        is_waiting: !words.trim().is_empty(),
        ..Screen::default()
    };
    let mut size = terminal.size();
    ask(&screen, size, requests);
    loop {
        let rendered = draw(&screen, size);
        terminal.show(&rendered).map_err(ShellError::Output)?;
        let then = match happened.recv() {
            Ok(Event::Key(key)) => screen.key(key, size.movies()),
            Ok(Event::Pasted(text)) => screen.paste(&text),
            Ok(Event::Resized) => {
                let before = std::mem::replace(&mut size, terminal.size());
                if size.movies() > before.movies() {
                    ScreenAction::Ask
                } else {
                    ScreenAction::Draw
                }
            }
            Ok(Event::Answer(query, found)) => {
                screen.answered(query, found);
                ScreenAction::Draw
            }
            Ok(Event::Opened(link, view)) => {
                screen.has_opened(&link, view);
                ScreenAction::Draw
            }
            Ok(Event::Gone(error)) => return Err(error.into()),
            Ok(Event::Stop) | Err(_) => ScreenAction::Leave,
        };
        match then {
            ScreenAction::Draw => {}
            ScreenAction::Ask => ask(&screen, size, requests),
            ScreenAction::Open => {
                // A thread that has ended has reported the reason.
                let _ = screen
                    .awaited
                    .clone()
                    .map(|link| requests.send(SearchRequest::Open(link)));
            }
            ScreenAction::Leave => return Ok(()),
        }
    }
}

fn ask(screen: &Screen, size: Size, requests: &Sender<SearchRequest>) {
    let several = SCREENS_ASKED * size.movies();
    // A thread that has ended has reported the reason.
    let _ = requests.send(SearchRequest::Find(
        screen.query.text().to_owned(),
        several.min(limits::MAX_FIND_ROWS),
    ));
}

/// The number of screens of movies that are requested: the visible one and the next one.
const SCREENS_ASKED: usize = 2;

/// Asks on a thread of its own.
fn ask_in_background<S: Read + Write + Send + 'static>(
    client: Client<S>,
    events: Sender<Event>,
) -> Sender<SearchRequest> {
    let (requests, asked) = channel();
    thread::spawn(move || ask_the_newest(client, &asked, &events));
    requests
}

/// Sends the newest search and the newest link of the waiting requests, until the channel is closed.
fn ask_the_newest<S: Read + Write>(
    mut client: Client<S>,
    asked: &Receiver<SearchRequest>,
    events: &Sender<Event>,
) {
    let mut waiting = VecDeque::new();
    while let Some(request) = waiting.pop_front().or_else(|| asked.recv().ok()) {
        waiting.push_back(request);
        for newer in asked.try_iter() {
            waiting.retain(|older| discriminant(older) != discriminant(&newer));
            waiting.push_back(newer);
        }
        let Some(request) = waiting.pop_front() else {
            continue;
        };
        let event = match request {
            SearchRequest::Find(query, _) if query.trim().is_empty() => continue,
            SearchRequest::Find(query, limit) => match client.find(&query, limit) {
                Ok(movies) => Event::Answer(query.clone(), SearchResults::Movies(movies, query)),
                Err(error) if error.leaves_connection() => {
                    Event::Answer(query, SearchResults::Refused(error.to_string()))
                }
                Err(error) => Event::Gone(error),
            },
            SearchRequest::Open(link) => match open(&mut client, &link) {
                Ok(view) => Event::Opened(link, view),
                Err(error) if error.leaves_connection() => {
                    let (heading, movies) = (error.to_string(), Vec::new());
                    Event::Opened(link, View::List { heading, movies })
                }
                Err(error) => Event::Gone(error),
            },
        };
        let is_over = matches!(event, Event::Gone(_));
        if events.send(event).is_err() || is_over {
            return;
        }
    }
    client.end();
}

/// Asks for what a link leads to.
fn open<S: Read + Write>(client: &mut Client<S>, link: &Link) -> Result<View, ClientError> {
    let list = |heading: &str, movies| View::List {
        heading: heading.to_owned(),
        movies,
    };
    Ok(match link {
        Link::Movie(name) => match client.send_full(name)? {
            Some(full) => View::full_card(&full),
            None => list(&format!("no such movie `{name}`"), Vec::new()),
        },
        Link::Films(name, person) => list(person, client.films_of(name, limits::MAX_FIND_ROWS)?),
        Link::Season(series, season, heading) => {
            let episodes = client.episodes(series, *season, None, limits::MAX_LIST_ROWS)?;
            let of_season = |episode: &Episode| episode.season == *season;
            let episodes = episodes.into_iter().filter(of_season);
            list(heading, episodes.map(|episode| episode.movie).collect())
        }
    })
}

/// Whether both ends of a terminal are there.
pub fn is_possible() -> bool {
    use std::io::IsTerminal;
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{FakeServer, Reaction, row};
    use crate::protocol::resp::Reply;

    /// The results of requests that all wait before the first one is sent.
    fn ask(server: &FakeServer, queries: &[&str]) -> Vec<Event> {
        let client = Client::connect(server.address()).unwrap();
        let ((requests, asked), (events, happened)) = (channel(), channel());
        for query in queries {
            requests
                .send(SearchRequest::Find((*query).to_owned(), 5))
                .unwrap();
        }
        drop(requests);
        ask_the_newest(client, &asked, &events);
        happened.try_iter().collect()
    }

    #[test]
    fn of_what_was_typed_meanwhile_only_the_last_is_asked() {
        let alien = Reaction::Answer(Reply::Array(vec![row("1", "Alien")]));
        let server = FakeServer::start([("FIND alien LIMIT 5", alien)]);
        let happened = ask(&server, &["a", "al", "ali", "alien"]);
        let [Event::Answer(query, SearchResults::Movies(movies, _))] = &happened[..] else {
            panic!("no movies");
        };
        assert_eq!((&**query, &*movies[0].title), ("alien", "Alien"));
        let nobody = FakeServer::start([]);
        assert!(ask(&nobody, &["al", " "]).is_empty());
    }

    #[test]
    fn a_refusal_is_shown_and_a_lost_connection_ends_it() {
        let busy = Reply::error("BUSY", "try again");
        let server = FakeServer::start([("FIND a LIMIT 5", Reaction::Answer(busy))]);
        assert!(matches!(
            &ask(&server, &["a"])[..],
            [Event::Answer(_, SearchResults::Refused(words))] if words == "try again"
        ));
        let leaving = FakeServer::start([("FIND a LIMIT 5", Reaction::Close)]);
        assert!(matches!(&ask(&leaving, &["a"])[..], [Event::Gone(_)]));
    }
}
