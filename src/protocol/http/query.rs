//! The parameters of a query string or a form.

use std::borrow::Cow;

use zeroize::Zeroize;

use super::error::HttpError;
use super::parameter::{Parameter, shortened};
use crate::config::limits;

/// Names and values in their order, without escapes. A form can contain a password, so the decoded
/// text is overwritten on drop.
#[derive(Debug, Default)]
pub struct Query<'r> {
    pairs: Vec<(Cow<'r, str>, Cow<'r, str>)>,
    /// Whether the bytes of every escape are UTF-8. Otherwise they are replaced by U+FFFD.
    is_text: bool,
}

impl Drop for Query<'_> {
    fn drop(&mut self) {
        for (name, value) in &mut self.pairs {
            for text in [name, value] {
                if let Cow::Owned(text) = text {
                    text.zeroize();
                }
            }
        }
    }
}

impl<'r> Query<'r> {
    /// Reads `name=value&…`.
    ///
    /// # Errors
    /// More than [`limits::MAX_HTTP_PARAMETERS`].
    pub fn parse(text: &'r str) -> Result<Query<'r>, HttpError> {
        let mut query = Query {
            pairs: Vec::new(),
            is_text: true,
        };
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let most = limits::MAX_HTTP_PARAMETERS;
            if query.pairs.len() == most {
                let detail = format_args!("more than {most} parameters were given");
                return Err(HttpError::bad_request(detail));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (query.decode(name), query.decode(value));
            query.pairs.push((name, value));
        }
        Ok(query)
    }

    /// A text without its escapes: `+` is a space, and `%41` is `A`. Other text stays.
    fn decode(&mut self, text: &'r str) -> Cow<'r, str> {
        if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
            return Cow::Borrowed(text);
        }
        // One allocation, so that no part of a password stays in another one.
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            let digits = after.get(..2).filter(|_| byte == b'%');
            let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(match (escaped, byte) {
                (Some(escaped), _) => escaped,
                (None, b'+') => b' ',
                _ => byte,
            });
            rest = if escaped.is_some() {
                &after[2..]
            } else {
                after
            };
        }
        Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|error| {
            self.is_text = false;
            let mut bytes = error.into_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            bytes.zeroize();
            text
        }))
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs();
        pairs.find_map(|(given, value)| (given == name).then_some(value))
    }

    /// Every value of a name.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let of_name = move |(given, value): (&str, _)| (given == name).then_some(value);
        self.pairs().filter_map(of_name)
    }

    /// The number that a name has, once it was checked.
    pub fn integer(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// Every name with its value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Checks the parameters against those of a route. Without `refuses_unknown` only required
    /// ones are looked for.
    ///
    /// # Errors
    /// The first parameter that is unknown, given twice, missing or wrong.
    pub(super) fn check(
        &self,
        parameters: &[Parameter],
        refuses_unknown: bool,
    ) -> Result<(), HttpError> {
        if refuses_unknown {
            if !self.is_text {
                return Err(HttpError::bad_request("the query string is not UTF-8"));
            }
            for (index, (name, value)) in self.pairs().enumerate() {
                let known = parameters.iter().find(|parameter| parameter.name == name);
                let Some(parameter) = known else {
                    return Err(unknown(name, parameters));
                };
                let is_second = self.pairs().take(index).any(|(earlier, _)| earlier == name);
                if is_second && !parameter.repeats() {
                    let detail = format_args!("`{name}` is given twice");
                    return Err(HttpError::bad_request(detail));
                }
                parameter.check(value)?;
            }
        }
        for parameter in parameters.iter().filter(|parameter| parameter.is_required) {
            if self.get(parameter.name).is_none() {
                let detail = format_args!("`{}` is missing", parameter.name);
                return Err(HttpError::bad_request(detail));
            }
        }
        Ok(())
    }
}

fn unknown(name: &str, parameters: &[Parameter]) -> HttpError {
    let known: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
    let name = shortened(name);
    if known.is_empty() {
        return HttpError::bad_request(format_args!("unknown parameter `{name}`, this takes none"));
    }
    let known = known.join(", ");
    HttpError::bad_request(format_args!(
        "unknown parameter `{name}`, there are {known}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_resolved_and_anything_else_stays() {
        let parsed = |text: &str| {
            let query = Query::parse(text).unwrap();
            let value = query.get("q").unwrap_or("none").to_owned();
            (value, query.is_text)
        };
        for (text, value, is_text) in [
            ("q=a+b%20c", "a b c", true),
            ("%71=1", "1", true),
            ("q=%C3%A9", "é", true),
            ("q=100%&x=%zz", "100%", true),
            ("q=%", "%", true),
            ("q=%4", "%4", true),
            ("q=%+1", "% 1", true),
            ("q=%00", "\0", true),
            ("q=%25%34%31", "%41", true),
            ("q=a=b", "a=b", true),
            ("q=1&q=2", "1", true),
            ("q", "", true),
            ("&&q=1&", "1", true),
            ("Q=1", "none", true),
            // Two bytes for `/`, and half of a character.
            ("q=%C0%AF", "\u{fffd}\u{fffd}", false),
            ("q=%C3", "\u{fffd}", false),
        ] {
            assert_eq!(parsed(text), (value.to_owned(), is_text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn forms_are_read_as_browsers_read_them(text in "[a-z=&+%0-9A-Fé]{0,40}") {
            let query = Query::parse(&text).unwrap();
            let expected: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
            let pairs: Vec<_> = query.pairs().collect();
            let expected: Vec<_> = expected.iter().map(|(name, value)| (&**name, &**value)).collect();
            prop_assert_eq!(pairs, expected);
        }
    }
}
