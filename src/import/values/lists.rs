//! Lists that are written into one value: JSON, Python, PostgreSQL.

use crate::config::limits;
use std::iter::Peekable;
use std::str::Chars;

/// The names in a list literal: `["a", "b"]`, `['a', 'b']`, `{a,b}`, `('a',)`,
/// `[{'id': 1, 'name': 'a'}]`. `None` when the text is not such a literal.
pub(crate) fn names(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let mut parser = Parser {
        rest: text.chars().peekable(),
        names: Vec::new(),
    };
    parser.container(0)?;
    parser.skip_space();
    parser.rest.peek().is_none().then_some(parser.names)
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
    names: Vec<String>,
}

/// One parsed value.
enum Item {
    /// Text in quotes, or a bare word.
    Word(String),
    /// A number, `None`, `null`, `True` or `False`.
    Other,
    /// A list or an object, whose names were added.
    Container,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    /// A list, a tuple, a set or an object.
    fn container(&mut self, depth: u32) -> Option<()> {
        let close = match self.rest.next()? {
            '[' => ']',
            '{' => '}',
            '(' => ')',
            _ => return None,
        };
        if depth > limits::MAX_LIST_DEPTH {
            return None;
        }
        let mut members: Vec<(Option<String>, Item)> = Vec::new();
        loop {
            self.skip_space();
            if self.rest.next_if_eq(&close).is_some() {
                break;
            }
            let item = self.item(depth)?;
            self.skip_space();
            let member = if self.rest.next_if_eq(&':').is_some() {
                self.skip_space();
                let Item::Word(key) = item else { return None };
                (Some(key), self.item(depth)?)
            } else {
                (None, item)
            };
            members.push(member);
            self.skip_space();
            match self.rest.next()? {
                ',' => {}
                end if end == close => break,
                _ => return None,
            }
        }
        self.add(members);
        Some(())
    }

    /// Adds the members of a list, the name of an object, or the values of an
    /// object that maps ids to names.
    fn add(&mut self, members: Vec<(Option<String>, Item)>) {
        const NAME_KEYS: [&str; 5] = ["name", "title", "label", "genre", "value"];
        let key_of = |member: &(Option<String>, Item)| member.0.as_deref().map(str::to_lowercase);
        let name = NAME_KEYS.iter().find_map(|name| {
            members
                .iter()
                .position(|member| key_of(member).as_deref() == Some(name))
        });
        for (place, (_, item)) in members.into_iter().enumerate() {
            if let Item::Word(word) = item
                && name.is_none_or(|name| name == place)
            {
                self.names.push(word);
            }
        }
    }

    fn item(&mut self, depth: u32) -> Option<Item> {
        match *self.rest.peek()? {
            '[' | '{' | '(' => self.container(depth + 1).map(|()| Item::Container),
            quote @ ('"' | '\'' | '“' | '‘') => self.quoted(quote).map(Item::Word),
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
    fn bare(&mut self) -> Option<Item> {
        let mut word = String::new();
        let is_end = |c: &char| matches!(c, ',' | ':' | ']' | '}' | ')' | '[' | '{' | '(');
        while let Some(next) = self.rest.next_if(|c| !is_end(c)) {
            if next == '\'' && matches!(word.as_str(), "u" | "b" | "r") {
                return self.quoted_rest().map(Item::Word);
            }
            word.push(next);
        }
        let word = word.trim();
        let is_constant = [
            "None", "null", "NULL", "True", "False", "true", "false", "nan", "NaN",
        ];
        if word.is_empty() {
            return None;
        }
        if is_constant.contains(&word) || word.parse::<f64>().is_ok() {
            return Some(Item::Other);
        }
        Some(Item::Word(word.to_owned()))
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
            let found = names(text);
            assert_eq!(
                found.unwrap_or_default(),
                ["Drama", "Science Fiction"],
                "{text}"
            );
        }
        assert_eq!(names("[]"), Some(Vec::new()));
        assert_eq!(names("[1, None]"), Some(Vec::new()));
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
            assert_eq!(names(text), None, "{text}");
        }
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert_eq!(names(&deep), None);
    }
}
