//! The parameters of a query string or a form.

use std::borrow::Cow;

use super::error::HttpError;
use super::parameter::{Parameter, shortened};
use crate::config::limits;

/// Names and values in their order. Escapes are resolved.
#[derive(Clone, Debug, Default)]
pub struct Query<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Query<'r> {
    /// Reads `name=value&…`.
    ///
    /// # Errors
    /// More than [`limits::MAX_HTTP_PARAMETERS`].
    pub fn parse(text: &'r str) -> Result<Query<'r>, HttpError> {
        if text.is_empty() {
            return Ok(Query::default());
        }
        let most = limits::MAX_HTTP_PARAMETERS;
        let pairs = form_urlencoded::parse(text.as_bytes()).take(most + 1);
        let pairs: Vec<_> = pairs.collect();
        if pairs.len() > most {
            let detail = format_args!("more than {most} parameters were given");
            return Err(HttpError::bad_request(detail));
        }
        Ok(Query(pairs))
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
        self.0.iter().map(|(name, value)| (&**name, &**value))
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
