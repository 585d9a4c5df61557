//! Lists and objects in one value, in the syntax of JSON, Python or PostgreSQL.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use serde_json::Number;

use super::cell::Cell;
use super::titles;
use crate::config::limits;
use crate::import::errors::{RecordError, quoted};
use crate::import::field::Field;

/// The members of an object.
pub(crate) type Members<'a> = [(Cow<'a, str>, Cell<'a>)];

/// The value of a list literal: `["a", "b"]`, `['a', 'b']`, `{a,b}`, `('a',)`,
/// `[{'id': 1, 'name': 'a'}]`. `None` when the text is not such a literal.
fn parse(text: &str) -> Option<Cell<'static>> {
    Parser::new(text).whole()
}

/// The list in a text that begins and ends like a list. `None` for another text.
///
/// # Errors
/// A text that begins and ends like a list, and cannot be read as one.
pub(crate) fn in_brackets(text: &str, field: Field) -> Result<Option<Cell<'static>>, RecordError> {
    if !is_list(text) {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| {
        let reason = format!(
            "{field} {} begins like a list and is not one of JSON, Python or PostgreSQL",
            quoted(text)
        );
        RecordError::with_field(field, reason)
    })
}

/// The list in a text that may be a title in brackets, such as `[REC]`. Only in the braces of
/// PostgreSQL, texts need no quotes.
pub(crate) fn of_titles(text: &str) -> Option<Cell<'static>> {
    let text = text.trim();
    let mut parser = Parser::new(text);
    parser.needs_quotes = !text.starts_with('{');
    let is_number = |value: &Cell<'_>| matches!(value, Cell::Number(_) | Cell::Flag(_));
    parser.whole().filter(|list| match list {
        Cell::List(members) => !members.iter().all(is_number),
        _ => true,
    })
}

/// The first of these members of an object that is known. Case does not matter.
pub(crate) fn member<'m, 'a>(members: &'m Members<'a>, keys: &[&str]) -> Option<&'m Cell<'a>> {
    let is_wanted = |key: &str| keys.iter().any(|wanted| key.eq_ignore_ascii_case(wanted));
    let mut known = members.iter().filter(|(_, value)| !value.is_null());
    known
        .find(|(key, _)| is_wanted(key))
        .map(|(_, value)| value)
}

/// The text of that member.
pub(crate) fn text_of(members: &Members<'_>, keys: &[&str]) -> Option<String> {
    member(members, keys).and_then(text)
}

/// The text of a text or a number.
pub(crate) fn text(value: &Cell<'_>) -> Option<String> {
    match value {
        Cell::Text(text) => Some(titles::clean(text).into_owned()),
        Cell::Number(number) => Some(number.to_string()),
        _ => None,
    }
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
fn name_of(members: &Members<'_>) -> Option<usize> {
    const NAME_KEYS: [&str; 5] = ["name", "title", "label", "genre", "value"];
    NAME_KEYS.iter().find_map(|name| {
        let mut keys = members.iter();
        keys.position(|(key, _)| key.eq_ignore_ascii_case(name))
    })
}

/// Whether the text begins and ends like a list.
fn is_list(text: &str) -> bool {
    let text = text.trim();
    [('[', ']'), ('{', '}')]
        .iter()
        .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close))
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    /// Whether a text without quotes is none.
    needs_quotes: bool,
}

impl Parser<'_> {
    fn new(text: &str) -> Parser<'_> {
        Parser {
            rest: text.trim().chars().peekable(),
            needs_quotes: false,
        }
    }

    /// The value of all of the text.
    fn whole(mut self) -> Option<Cell<'static>> {
        let value = self.container(0)?;
        self.skip_space();
        self.rest.peek().is_none().then_some(value)
    }

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
        let close = match *self.rest.peek()? {
            '[' | '{' | '(' => return self.container(depth + 1),
            quote @ ('"' | '\'') => quote,
            '“' => '”',
            '‘' => '’',
            _ => return self.bare(),
        };
        self.rest.next();
        self.quoted(close)
    }

    /// The rest of a text whose opening quote was read.
    fn quoted(&mut self, close: char) -> Option<Cell<'static>> {
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '\\' => text.push(self.escape()?),
                end if end == close => return Some(Cell::Text(Cow::Owned(text))),
                other => text.push(other),
            }
        }
    }

    /// The character of an escape of JSON or Python whose backslash was read. A control character
    /// is white space.
    fn escape(&mut self) -> Option<char> {
        let code = match self.rest.next()? {
            'b' | 'f' | 'n' | 'r' | 't' => return Some(' '),
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            other => return Some(other),
        };
        // JSON writes a character above U+FFFF as two surrogates.
        if (0xd800..0xdc00).contains(&code) {
            self.rest.next_if_eq(&'\\')?;
            self.rest.next_if_eq(&'u')?;
            let low = self.hexadecimal(4)?;
            let is_low = (0xdc00..0xe000).contains(&low);
            let both = 0x1_0000 + ((code - 0xd800) << 10) + (low & 0x3ff);
            return is_low.then_some(both).and_then(char::from_u32);
        }
        char::from_u32(code)
    }

    fn hexadecimal(&mut self, digits: u32) -> Option<u32> {
        (0..digits).try_fold(0_u32, |code, _| {
            let digit = self.rest.next()?.to_digit(16)?;
            code.checked_mul(16)?.checked_add(digit)
        })
    }

    /// A number, a constant, a bare word, or the prefix of `u'text'`.
    fn bare(&mut self) -> Option<Cell<'static>> {
        let mut word = String::new();
        let is_end = |c: &char| matches!(c, ',' | ':' | ']' | '}' | ')' | '[' | '{' | '(');
        while let Some(next) = self.rest.next_if(|c| !is_end(c)) {
            if matches!(next, '\'' | '"') && matches!(word.as_str(), "u" | "b" | "r") {
                return self.quoted(next);
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
                _ if self.needs_quotes => return None,
                _ => Cell::Text(Cow::Owned(word.to_owned())),
            },
        })
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
            r#"[u"Drama", "Science\fFiction"]"#,
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
    fn escapes_of_json_and_python_are_characters() {
        for (escape, character) in [
            (r"\ud83d\ude00", "😀"),
            (r"\uD83D\uDE00", "😀"),
            (r"\U0001f600", "😀"),
            (r"\u00e9\xe9", "éé"),
            (r#"\"\\\/"#, r#""\/"#),
            (r"a\bb\fc\nd\re\tf", "a b c d e f"),
        ] {
            let found = parse(&format!("[\"{escape}\"]")).map(names);
            assert_eq!(found, Some(vec![character.to_owned()]), "{escape}");
        }
        for escape in [
            r"\ud83d",
            r"\ude00",
            r"\ud83dx",
            r"\ud83d\u0041",
            r"\ud83d\ue000",
            r"\U0011ffff",
            r"\Uffffffff",
            r"\u12",
            r"\xg1",
        ] {
            assert_eq!(parse(&format!("['{escape}']")), None, "{escape}");
        }
    }

    #[test]
    fn a_title_in_brackets_is_no_list() {
        for title in [
            "[REC]",
            "(Untitled)",
            "[1408]",
            "[[REC]]",
            "[Kite, Wind]",
            "[",
            "Kite",
        ] {
            assert_eq!(of_titles(title), None, "{title}");
        }
        for list in [
            "['[REC]', 'Kite']",
            r#"["[REC]","Kite"]"#,
            "('[REC]', 'Kite')",
            "{\"[REC]\",Kite}",
        ] {
            let found = of_titles(list).map(names).unwrap_or_default();
            assert_eq!(found, ["[REC]", "Kite"], "{list}");
        }
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
