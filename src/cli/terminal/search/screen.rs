//! The state of the search screen, and the effects of keys. It needs no terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::query_input::QueryInput;
use super::view::{Link, OpenedView, View};
use crate::config::limits;
use crate::movie::Movie;

/// The state of the screen.
#[derive(Debug, Default)]
pub(super) struct Screen {
    pub query: QueryInput,
    pub found: SearchResults,
    /// Which of the movies is chosen.
    pub chosen: usize,
    /// What was opened from the list, the last one on top.
    pub opened: Vec<OpenedView>,
    /// What the server was asked to open.
    pub awaited: Option<Link>,
    /// Whether the server has not yet answered the current query.
    pub is_waiting: bool,
}

/// The last answer of the server.
#[derive(Debug, Default, PartialEq)]
pub(super) enum SearchResults {
    /// Nothing was asked.
    #[default]
    Nothing,
    /// The movies, the best first, and their query.
    Movies(Vec<Movie>, String),
    /// The message of a refusal.
    Refused(String),
}

/// The action after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenAction {
    /// The screen may have changed.
    Draw,
    /// The query has changed.
    Ask,
    /// `awaited` is to be opened.
    Open,
    /// The user has left.
    Leave,
}

impl Screen {
    /// The movies of the last answer.
    pub fn movies(&self) -> &[Movie] {
        match &self.found {
            SearchResults::Movies(movies, _) => movies,
            _ => &[],
        }
    }

    /// The movie that is chosen, if any was found.
    pub fn movie(&self) -> Option<&Movie> {
        self.movies().get(self.chosen)
    }

    /// Takes an answer. A card that is shown stays on the screen.
    pub fn answered(&mut self, query: String, found: SearchResults) {
        if query == self.query.text() {
            self.is_waiting = false;
        }
        if self.opened.is_empty() {
            self.found = found;
            self.chosen = 0;
        }
    }

    /// Carries out the action of a key; `page` is the number of visible movies.
    pub fn key(&mut self, key: KeyEvent, page: usize) -> ScreenAction {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return ScreenAction::Leave,
            KeyCode::Char('d') if control && self.query.text().is_empty() => {
                return ScreenAction::Leave;
            }
            KeyCode::Esc if !self.opened.is_empty() => {
                self.opened.pop();
                self.awaited = None;
            }
            KeyCode::Esc => return ScreenAction::Leave,
            KeyCode::Enter => return self.open(),
            KeyCode::Up => self.choose(self.place().saturating_sub(1)),
            KeyCode::Down => self.choose(self.place() + 1),
            KeyCode::PageUp => self.choose(self.place().saturating_sub(page)),
            KeyCode::PageDown => self.choose(self.place() + page),
            _ => return self.edit(key.code, control),
        }
        ScreenAction::Draw
    }

    /// Types what was pasted.
    pub fn paste(&mut self, text: &str) -> ScreenAction {
        // A line break between two words is as good as a space.
        let typed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.change(|query| typed.chars().for_each(|letter| query.insert(letter)))
    }

    /// The chosen line of what is shown.
    fn place(&self) -> usize {
        self.opened
            .last()
            .map_or(self.chosen, |opened| opened.chosen)
    }

    fn choose(&mut self, line: usize) {
        match self.opened.last_mut() {
            Some(opened) => opened.choose(line),
            None => self.chosen = line.min(self.movies().len().saturating_sub(1)),
        }
    }

    /// Opens what the chosen line leads to. The card of a movie is shown at once, and completed by
    /// the answer of the server.
    fn open(&mut self) -> ScreenAction {
        let (movie, link) = match self.opened.last() {
            Some(opened) => (opened.movie(), opened.link()),
            None => {
                let movie = self.movie();
                (movie, movie.map(|movie| Link::Movie(movie.name.clone())))
            }
        };
        let card = movie.map(View::plain_card);
        let Some(link) = link.filter(|_| self.opened.len() < limits::MAX_OPENED_VIEWS) else {
            return ScreenAction::Draw;
        };
        self.opened.extend(card.map(OpenedView::new));
        self.awaited = Some(link);
        ScreenAction::Open
    }

    /// Takes the answer to a request to open something.
    pub fn has_opened(&mut self, link: &Link, view: View) {
        if self.awaited.as_ref() != Some(link) {
            return;
        }
        self.awaited = None;
        let is_of_movie = matches!(link, Link::Movie(_));
        let is_plain = |opened: &mut OpenedView| matches!(&opened.view, View::Card { links, .. } if links.is_empty());
        if is_of_movie && self.opened.last_mut().is_some_and(is_plain) {
            self.opened.pop();
        }
        self.opened.push(OpenedView::new(view));
    }

    fn edit(&mut self, code: KeyCode, control: bool) -> ScreenAction {
        self.change(|query| match code {
            KeyCode::Backspace if control => query.delete_word(),
            KeyCode::Backspace => query.backspace(),
            KeyCode::Delete => query.delete(),
            KeyCode::Left => query.left(),
            KeyCode::Right => query.right(),
            KeyCode::Home => query.home(),
            KeyCode::End => query.end(),
            KeyCode::Char(letter) if control => match letter {
                'a' => query.home(),
                'd' => query.delete(),
                'e' => query.end(),
                'h' => query.backspace(),
                'u' => query.delete_line(),
                'w' => query.delete_word(),
                _ => {}
            },
            KeyCode::Char(typed) => query.insert(typed),
            _ => {}
        })
    }

    fn change(&mut self, change: impl FnOnce(&mut QueryInput)) -> ScreenAction {
        let before = self.query.clone();
        change(&mut self.query);
        if self.query == before {
            return ScreenAction::Draw;
        }
        self.opened.clear();
        self.awaited = None;
        if self.query.text() == before.text() {
            return ScreenAction::Draw;
        }
        self.is_waiting = !self.query.text().trim().is_empty();
        if !self.is_waiting {
            self.found = SearchResults::Nothing;
        }
        ScreenAction::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::Fields;

    fn movies(titles: &[&str]) -> Vec<Movie> {
        let movie = |title: &&str| {
            Movie::new(Fields {
                name: title.to_lowercase(),
                title: (*title).to_owned(),
                ..Fields::default()
            })
            .unwrap()
        };
        titles.iter().map(movie).collect()
    }

    fn press(screen: &mut Screen, code: KeyCode) -> ScreenAction {
        screen.key(KeyEvent::new(code, KeyModifiers::NONE), 2)
    }

    fn control(screen: &mut Screen, letter: char) -> ScreenAction {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        screen.key(key, 2)
    }

    fn typed(screen: &mut Screen, text: &str) {
        for letter in text.chars() {
            assert_eq!(press(screen, KeyCode::Char(letter)), ScreenAction::Ask);
        }
    }

    #[test]
    fn every_change_of_the_query_asks_and_nothing_else_does() {
        let mut screen = Screen::default();
        typed(&mut screen, "al");
        assert!(screen.is_waiting);
        assert_eq!(press(&mut screen, KeyCode::Left), ScreenAction::Draw);
        assert_eq!(press(&mut screen, KeyCode::Delete), ScreenAction::Ask);
        assert_eq!(press(&mut screen, KeyCode::Delete), ScreenAction::Draw);
        assert_eq!(press(&mut screen, KeyCode::F(1)), ScreenAction::Draw);
        assert_eq!(control(&mut screen, 'z'), ScreenAction::Draw);
        assert_eq!(screen.query.text(), "a");
        assert_eq!(screen.paste("lien\n 3"), ScreenAction::Ask);
        assert_eq!(screen.query.text(), "alien 3");
        assert_eq!(control(&mut screen, 'u'), ScreenAction::Ask);
        assert!(!screen.is_waiting, "there is nothing to ask for");
    }

    #[test]
    fn a_movie_is_chosen_shown_and_left() {
        let mut screen = Screen::default();
        assert_eq!(press(&mut screen, KeyCode::Enter), ScreenAction::Draw);
        assert!(screen.opened.is_empty(), "there is nothing to show");
        typed(&mut screen, "a");
        let found =
            SearchResults::Movies(movies(&["Alien", "Aliens", "Amadeus", "Amour"]), "a".into());
        screen.answered("a".into(), found);
        for (code, chosen) in [
            (KeyCode::Up, "alien"),
            (KeyCode::Down, "aliens"),
            (KeyCode::PageDown, "amour"),
            (KeyCode::Down, "amour"),
            (KeyCode::PageUp, "aliens"),
        ] {
            assert_eq!(press(&mut screen, code), ScreenAction::Draw);
            assert_eq!(screen.movie().unwrap().name, chosen);
        }
        assert_eq!(press(&mut screen, KeyCode::Enter), ScreenAction::Open);
        assert_eq!(screen.opened.len(), 1);
        let late = SearchResults::Movies(movies(&["Brazil"]), "b".into());
        screen.answered("b".into(), late);
        assert_eq!(screen.movie().unwrap().name, "aliens", "the card stays");
        // The card is completed, and leads to the movies of a person, and back.
        let aliens = Link::Movie("aliens".to_owned());
        assert_eq!(screen.awaited.as_ref(), Some(&aliens));
        let films = Link::Films("nm1".to_owned(), "Ann".to_owned());
        let card = View::Card {
            lines: Vec::new(),
            links: vec![("movies of Ann".to_owned(), films.clone())],
        };
        screen.has_opened(&aliens, card);
        assert_eq!(screen.opened.len(), 1);
        assert_eq!(press(&mut screen, KeyCode::Enter), ScreenAction::Open);
        let list = |titles: &[&str]| View::List {
            heading: "Ann".to_owned(),
            movies: movies(titles),
        };
        screen.has_opened(&films, list(&["Heat", "Brazil"]));
        screen.has_opened(&films, list(&["late"]));
        press(&mut screen, KeyCode::Down);
        assert_eq!(press(&mut screen, KeyCode::Enter), ScreenAction::Open);
        assert_eq!(screen.awaited, Some(Link::Movie("brazil".to_owned())));
        assert_eq!(screen.opened.len(), 3);
        press(&mut screen, KeyCode::Esc);
        screen.has_opened(&Link::Movie("brazil".to_owned()), list(&["late"]));
        assert_eq!(screen.opened.len(), 2);
        press(&mut screen, KeyCode::Esc);
        assert_eq!(press(&mut screen, KeyCode::Esc), ScreenAction::Draw);
        assert_eq!(press(&mut screen, KeyCode::Esc), ScreenAction::Leave);
        assert_eq!(control(&mut screen, 'c'), ScreenAction::Leave);
    }

    #[test]
    fn an_answer_to_an_older_query_is_shown_while_the_next_is_awaited() {
        let mut screen = Screen::default();
        typed(&mut screen, "al");
        screen.answered(
            "a".into(),
            SearchResults::Movies(movies(&["Amour"]), "a".into()),
        );
        assert!(screen.is_waiting && screen.movies().len() == 1);
        screen.answered("al".into(), SearchResults::Refused("busy".into()));
        assert!(!screen.is_waiting && screen.movies().is_empty());
        assert_eq!(control(&mut screen, 'u'), ScreenAction::Ask);
        assert_eq!(screen.found, SearchResults::Nothing);
        assert_eq!(control(&mut screen, 'd'), ScreenAction::Leave);
    }
}
