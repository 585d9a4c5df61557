//! The state of the search screen, and the effects of keys. It needs no terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::query_input::QueryInput;
use crate::movie::Movie;

/// The state of the screen.
#[derive(Debug, Default)]
pub(super) struct Screen {
    pub query: QueryInput,
    pub found: SearchResults,
    /// Which of the movies is chosen.
    pub chosen: usize,
    pub shows_card: bool,
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
        if !self.shows_card {
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
            KeyCode::Esc if self.shows_card => self.shows_card = false,
            KeyCode::Esc => return ScreenAction::Leave,
            KeyCode::Enter => self.shows_card = !self.shows_card && self.movie().is_some(),
            KeyCode::Up => self.choose(self.chosen.saturating_sub(1)),
            KeyCode::Down => self.choose(self.chosen + 1),
            KeyCode::PageUp => self.choose(self.chosen.saturating_sub(page)),
            KeyCode::PageDown => self.choose(self.chosen + page),
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

    fn choose(&mut self, movie: usize) {
        self.chosen = movie.min(self.movies().len().saturating_sub(1));
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
        self.shows_card = false;
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
        assert!(!screen.shows_card, "there is nothing to show");
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
        press(&mut screen, KeyCode::Enter);
        assert!(screen.shows_card);
        let late = SearchResults::Movies(movies(&["Brazil"]), "b".into());
        screen.answered("b".into(), late);
        assert_eq!(screen.movie().unwrap().name, "aliens", "the card stays");
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
