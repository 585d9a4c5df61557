//! The screen as lines of text.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::screen::{Screen, SearchResults};
use super::view::{OpenedView, View};
use crate::cli::terminal::print::{escape, table};
use crate::movie::Movie;

/// The text before the query.
const PROMPT: &str = "find: ";
/// Lines that are no movies: the query, a gap, the heads of the columns, the foot.
const OTHER_LINES: u16 = 4;
/// Columns in front of a movie for the mark of the chosen one.
const MARK_COLUMNS: u16 = 2;

/// The size of the terminal in columns and lines, and whether it has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub columns: u16,
    pub lines: u16,
    pub colours: bool,
}

impl Size {
    /// How many movies are seen at once, at least one.
    pub fn movies(self) -> usize {
        usize::from(self.lines.saturating_sub(OTHER_LINES).max(1))
    }
}

/// The rendered screen: at most as many lines as the terminal has, and no line wider than it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RenderedScreen {
    pub lines: Vec<String>,
    /// The column of the cursor in the first line.
    pub cursor: u16,
}

/// Draws the screen.
pub(super) fn draw(screen: &Screen, size: Size) -> RenderedScreen {
    let columns = usize::from(size.columns);
    let (query, cursor) = query_line(screen, columns);
    let mut lines = vec![query, String::new()];
    let room = usize::from(size.lines).saturating_sub(lines.len() + 1);
    let body = match screen.opened.last() {
        Some(opened) => opened_lines(opened, size, room),
        None => movie_lines(screen, size),
    };
    lines.extend(body.into_iter().take(room));
    lines.resize(usize::from(size.lines).saturating_sub(1), String::new());
    lines.push(dim(&cut(&foot(screen), columns), size.colours));
    lines.truncate(usize::from(size.lines));
    RenderedScreen { lines, cursor }
}

/// The query, moved so far to the left that its cursor is seen.
fn query_line(screen: &Screen, columns: usize) -> (String, u16) {
    let room = columns.saturating_sub(PROMPT.len() + 1);
    let mut start = 0;
    let before = screen.query.before();
    while before[start..].width() > room {
        start += before[start..].chars().next().map_or(1, char::len_utf8);
    }
    let line = format!("{PROMPT}{}", escape::line(&screen.query.text()[start..]));
    let cursor = PROMPT.len() + before[start..].width();
    (cut(&line, columns), cursor.min(columns) as u16)
}

fn movie_lines(screen: &Screen, size: Size) -> Vec<String> {
    match &screen.found {
        SearchResults::Nothing => Vec::new(),
        SearchResults::Refused(words) => vec![cut(&escape::line(words), usize::from(size.columns))],
        SearchResults::Movies(movies, query) if movies.is_empty() => {
            let words = format!("nothing found for `{}`", escape::line(query));
            vec![cut(&words, usize::from(size.columns))]
        }
        SearchResults::Movies(movies, _) => table_lines(movies, screen.chosen, size, size.movies()),
    }
}

/// The heads of the columns, and as many movies as there is room for.
fn table_lines(movies: &[Movie], place: usize, size: Size, room: usize) -> Vec<String> {
    let width = size.columns.saturating_sub(MARK_COLUMNS);
    let table = table::movies(movies.iter(), Some(width));
    let mut lines = table.lines();
    let head = format!("  {}", lines.next().unwrap_or_default());
    let head = dim(&cut(&head, usize::from(size.columns)), size.colours);
    // The movies are moved so far up that the chosen one is seen.
    let first = (place + 1).saturating_sub(room);
    let seen = lines.enumerate().skip(first).take(room);
    let movies = seen.map(|(index, line)| chosen(line, index == place, size));
    std::iter::once(head).chain(movies).collect()
}

/// A card with its links, or a list with its heading.
fn opened_lines(opened: &OpenedView, size: Size, room: usize) -> Vec<String> {
    let columns = usize::from(size.columns);
    match &opened.view {
        View::List { heading, movies } => {
            let heading = cut(&escape::line(heading), columns);
            let mut lines = vec![heading];
            if !movies.is_empty() {
                let room = room.saturating_sub(2).max(1);
                lines.extend(table_lines(movies, opened.chosen, size, room));
            }
            lines
        }
        View::Card { lines, links } => {
            let mut card: Vec<String> = lines.iter().map(|line| cut(line, columns)).collect();
            if let (Some(title), true) = (card.first_mut(), size.colours) {
                *title = format!("\x1b[1m{title}\x1b[0m");
            }
            if links.is_empty() {
                return card;
            }
            card.push(String::new());
            let before = card.len();
            card.extend(links.iter().enumerate().map(|(index, (label, _))| {
                chosen(&escape::line(label), index == opened.chosen, size)
            }));
            // The lines are moved so far up that the chosen link is seen.
            let first = (before + opened.chosen + 1).saturating_sub(room);
            card.split_off(first)
        }
    }
}

fn foot(screen: &Screen) -> String {
    match screen.opened.last().map(|opened| opened.link().is_some()) {
        Some(true) => return "Enter: open   Esc: back".to_owned(),
        Some(false) => return "Esc: back to the list".to_owned(),
        None => {}
    }
    if screen.is_waiting {
        return "searching …".to_owned();
    }
    match screen.movies().len() {
        0 => "type words of a title; Esc leaves".to_owned(),
        _ => "up, down: choose   Enter: show   Esc: leave".to_owned(),
    }
}

/// A line of the list; the chosen one is seen without colours, too.
fn chosen(line: &str, is_chosen: bool, size: Size) -> String {
    let mark = if is_chosen { "> " } else { "  " };
    let line = cut(&format!("{mark}{line}"), usize::from(size.columns));
    if is_chosen && size.colours {
        format!("\x1b[7m{line}\x1b[0m")
    } else {
        line
    }
}

fn dim(line: &str, colours: bool) -> String {
    if colours && !line.is_empty() {
        format!("\x1b[2m{line}\x1b[0m")
    } else {
        line.to_owned()
    }
}

/// The part of a line that fits.
fn cut(line: &str, columns: usize) -> String {
    let mut width = 0;
    let fits = |letter: &char| {
        width += letter.width().unwrap_or(0);
        width <= columns
    };
    line.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::super::query_input::QueryInput;
    use super::*;
    use crate::movie::Fields;

    const SMALL: Size = Size {
        columns: 30,
        lines: 7,
        colours: false,
    };

    fn screen(query: &str, titles: &[&str]) -> Screen {
        let movie = |title: &&str| {
            Movie::new(Fields {
                name: "1".into(),
                title: (*title).to_owned(),
                released: Some("1979".parse().unwrap()),
                rating: Some(8.5),
                ..Fields::default()
            })
            .unwrap()
        };
        Screen {
            query: QueryInput::new(query),
            found: SearchResults::Movies(titles.iter().map(movie).collect(), query.to_owned()),
            ..Screen::default()
        }
    }

    #[test]
    fn a_query_and_its_answers() {
        let mut screen = screen(
            "ali",
            &["Alien", "Alien Resurrection", "Ali", "Alice", "Alibi"],
        );
        let rendered = draw(&screen, SMALL);
        assert_eq!(
            rendered.lines,
            [
                "find: ali",
                "",
                "  YEAR  TITLE   RATING  NAME",
                "> 1979  Alien      8.5  1",
                "  1979  Alien…     8.5  1",
                "  1979  Ali        8.5  1",
                "up, down: choose   Enter: show",
            ]
        );
        assert_eq!(rendered.cursor, 9);
        screen.chosen = 4;
        let lower = draw(&screen, SMALL).lines;
        assert!(lower[3].contains("Ali ") && lower[5].starts_with("> 1979  Alibi"));
        let movie = screen.movie().unwrap().clone();
        screen
            .opened
            .push(OpenedView::new(View::plain_card(&movie)));
        let card = draw(&screen, SMALL).lines;
        let seen = ["find: ali", "", "Alibi (1979)", "8.5", "1", ""];
        assert_eq!(card[..6], seen);
    }

    #[test]
    fn nothing_yet_nothing_found_and_a_refusal() {
        let mut screen = screen("zzz", &[]);
        assert_eq!(draw(&screen, SMALL).lines[2], "nothing found for `zzz`");
        screen.found = SearchResults::Refused("too many requests are waiting, try again".into());
        assert_eq!(
            draw(&screen, SMALL).lines[2],
            "too many requests are waiting,"
        );
        screen.found = SearchResults::Nothing;
        screen.is_waiting = true;
        let lines = draw(&screen, SMALL).lines;
        assert_eq!((&*lines[2], &*lines[6]), ("", "searching …"));
    }

    #[test]
    fn it_fits_any_terminal() {
        let mut screen = screen("a query longer than some 七人の侍", &["七人の侍", "Heat"]);
        for (columns, lines) in [(0, 0), (1, 1), (3, 2), (7, 3), (12, 4), (31, 5), (200, 50)] {
            for shows_card in [false, true] {
                screen.opened.clear();
                if shows_card {
                    let movie = screen.movie().unwrap().clone();
                    screen
                        .opened
                        .push(OpenedView::new(View::plain_card(&movie)));
                }
                let size = Size {
                    columns,
                    lines,
                    colours: false,
                };
                let rendered = draw(&screen, size);
                assert_eq!(rendered.lines.len(), usize::from(lines));
                assert!(rendered.cursor <= columns);
                let widest = rendered.lines.iter().map(|line| line.width()).max();
                assert!(widest.unwrap_or(0) <= usize::from(columns), "{rendered:?}");
            }
        }
    }
}
