//! Lists and objects in one value, in the syntax of JSON, Python or PostgreSQL.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use serde_json::Number;

use super::cell::Cell;
use crate::config::limits;

/// The value of a list literal: `["a", "b"]`, `['a', 'b']`, `{a,b}`, `('a',)`,
/// `[{'id': 1, 'name': 'a'}]`. `None` when the text is not such a literal.
pub(crate) fn parse(text: &str) -> Option<Cell<'static>> {
    let mut parser = Parser {
        rest: text.trim().chars().peekable(),
    };
    let value = parser.container(0)?;
    parser.skip_space();
    parser.rest.peek().is_none().then_some(value)
}

/// The names in a value: the texts of lists, the name of an object, or the values of an
/// object that maps ids to names.
pub(crate) fn names(value: Cell<'_>) -> Vec<String> {
    let mut names = Vec::new();
    add_names(value, &mut names);
    names
}

fn add_names(value: Cell<'_>, names: &mut Vec<String>) {
    match value {
        Cell::Text(text) => names.push(text.into_owned()),
        Cell::List(members) | Cell::Columns(members) => {
            members
                .into_iter()
                .for_each(|member| add_names(member, names));
        }
        Cell::Object(members) => {
            let name = name_of(&members);
            for (place, (_, member)) in members.into_iter().enumerate() {
                if name.is_none_or(|name| name == place) || !matches!(member, Cell::Text(_)) {
                    add_names(member, names);
                }
            }
        }
        Cell::Missing | Cell::Number(_) | Cell::Flag(_) => {}
    }
}

/// The member of an object that is its name.
pub(crate) fn name_of(members: &[(Cow<'_, str>, Cell<'_>)]) -> Option<usize> {
    const NAME_KEYS: [&str; 5] = ["name", "title", "label", "genre", "value"];
    NAME_KEYS.iter().find_map(|name| {
        let mut keys = members.iter();
        keys.position(|(key, _)| key.eq_ignore_ascii_case(name))
    })
}

/// Whether the text begins and ends like a list.
pub(crate) fn is_list(text: &str) -> bool {
    let text = text.trim();
    [('[', ']'), ('{', '}')]
        .iter()
        .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close))
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    /// A list, a tuple, a set or an object.
    fn container(&mut self, depth: u32) -> Option<Cell<'static>> {
        let close = match self.rest.next()? {
            '[' => ']',
            '{' => '}',
            '(' => ')',
            _ => return None,
        };
        if depth > limits::MAX_LIST_DEPTH {
            return None;
        }
        let (mut list, mut object) = (Vec::new(), Vec::new());
        loop {
            self.skip_space();
            if self.rest.next_if_eq(&close).is_some() {
                break;
            }
            let item = self.item(depth)?;
            self.skip_space();
            if self.rest.next_if_eq(&':').is_some() {
                self.skip_space();
                let Cell::Text(key) = item else { return None };
                object.push((key, self.item(depth)?));
            } else {
                list.push(item);
            }
            self.skip_space();
            match self.rest.next()? {
                ',' => {}
                end if end == close => break,
                _ => return None,
            }
        }
        if object.is_empty() {
            return Some(Cell::List(list));
        }
        list.is_empty().then_some(Cell::Object(object))
    }

    fn item(&mut self, depth: u32) -> Option<Cell<'static>> {
        let text = |text| Cell::Text(Cow::Owned(text));
        match *self.rest.peek()? {
            '[' | '{' | '(' => self.container(depth + 1),
            quote @ ('"' | '\'' | '“' | '‘') => self.quoted(quote).map(text),
            _ => self.bare(),
        }
    }

    fn quoted(&mut self, open: char) -> Option<String> {
        let close = match open {
            '“' => '”',
            '‘' => '’',
            same => same,
        };
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '\\' => text.push(self.escape()?),
                end if end == close => return Some(text),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let digits = match self.rest.next()? {
            'n' | 'r' | 't' => return Some(' '),
            'x' => 2,
            'u' => 4,
            other => return Some(other),
        };
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        char::from_u32(code)
    }

    /// A number, a constant, a bare word, or the prefix of `u'text'`.
    fn bare(&mut self) -> Option<Cell<'static>> {
        let mut word = String::new();
        let is_end = |c: &char| matches!(c, ',' | ':' | ']' | '}' | ')' | '[' | '{' | '(');
        while let Some(next) = self.rest.next_if(|c| !is_end(c)) {
            if next == '\'' && matches!(word.as_str(), "u" | "b" | "r") {
                return self.quoted_rest().map(|text| Cell::Text(Cow::Owned(text)));
            }
            word.push(next);
        }
        Some(match word.trim() {
            "" => return None,
            "None" | "null" | "NULL" | "nan" | "NaN" => Cell::Missing,
            "True" | "true" => Cell::Flag(true),
            "False" | "false" => Cell::Flag(false),
            word => match (word.parse::<i64>(), word.parse::<f64>()) {
                (Ok(number), _) => Cell::Number(number.into()),
                (_, Ok(number)) => Number::from_f64(number).map_or(Cell::Missing, Cell::Number),
                _ => Cell::Text(Cow::Owned(word.to_owned())),
            },
        })
    }

    /// The rest of a text whose opening quote was read.
    fn quoted_rest(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '\\' => text.push(self.escape()?),
                '\'' => return Some(text),
                other => text.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_dialect_are_read() {
        for text in [
            r#"["Drama","Science Fiction"]"#,
            "['Drama', 'Science Fiction']",
            "['Drama', 'Science Fiction',]",
            "[u'Drama', u'Science Fiction']",
            "{Drama,\"Science Fiction\"}",
            "{'Drama', 'Science Fiction'}",
            "('Drama', 'Science Fiction')",
            "[Drama, Science Fiction]",
            "[{'id': 18, 'name': 'Drama'}, {'id': 878, 'name': 'Science Fiction'}]",
            r#"[{"id":18,"name":"Drama","x":null},{"name":"Science Fiction"}]"#,
            r#"{"/m/07s9rl0": "Drama", "/m/06n90": "Science Fiction"}"#,
            r"['Dr\u0061ma', 'Science\x20Fiction']",
            "[“Drama”, “Science Fiction”]",
        ] {
            let found = parse(text).map(names);
            assert_eq!(
                found.unwrap_or_default(),
                ["Drama", "Science Fiction"],
                "{text}"
            );
        }
        assert_eq!(parse("[]"), Some(Cell::List(Vec::new())));
        assert_eq!(parse("[1, None]").map(names), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_list_is_not_read() {
        for text in [
            "",
            "Drama",
            "[",
            "['Drama'",
            "['Drama' 'Crime']",
            "['a']x",
            "[,]",
            "{'a': }",
            "['a\\",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert_eq!(parse(&deep), None);
    }
}
