//! Finds out from the first bytes of a JSON file where its movies are: in an array,
//! on lines, in a list below a key, or by their ids.

use crate::config::limits;
use crate::import::columns::spellings::{rank, spelling};
use crate::import::field::Field;

/// Objects that hold the movie of the object around them.
pub(crate) const WRAPPERS: [&str; 11] = [
    "movie",
    "film",
    "show",
    "series",
    "node",
    "item",
    "_source",
    "fields",
    "attributes",
    "document",
    "properties",
];

/// The place of the movies in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonShape {
    /// Each value of the file, or each member of its array, is a movie.
    Values,
    /// The members of lists in the object below these keys are movies.
    Lists(Vec<String>),
    /// The values of the object below these keys are movies, their keys are ids.
    ById(Vec<String>),
}

/// The shape of a file that begins with an object.
pub(crate) fn detect(head: &str) -> JsonShape {
    let mut path = Vec::new();
    find(Outline::new(head), &mut path).unwrap_or(JsonShape::Values)
}

/// Whether text that begins with an object looks like a movie: it has a title.
pub(crate) fn is_movie(text: &str) -> bool {
    Outline::new(text).is_titled(0)
}

fn find(object: Outline<'_>, path: &mut Vec<String>) -> Option<JsonShape> {
    let fields = object.fields();
    if fields.contains(&Field::Title) && fields.len() > 1 {
        return Some(JsonShape::Values);
    }
    let is_list = |value: &str| {
        let inside = value.strip_prefix('[').map(str::trim_start);
        inside.is_some_and(|inside| inside.starts_with('{') && Outline::new(inside).is_titled(0))
    };
    if object.members.iter().any(|(_, value)| is_list(value)) {
        return Some(JsonShape::Lists(path.clone()));
    }
    let inner: Vec<&(String, &str)> = object
        .members
        .iter()
        .filter(|(_, value)| value.starts_with('{'))
        .collect();
    let is_wrapper = |key: &str| WRAPPERS.contains(&key);
    let titled = inner
        .iter()
        .filter(|(key, value)| !is_wrapper(key) && Outline::new(value).is_titled(0));
    if !inner.is_empty() && titled.count() == inner.len() && !fields.contains(&Field::Title) {
        return Some(JsonShape::ById(path.clone()));
    }
    if fields.contains(&Field::Title) || path.len() >= limits::MAX_JSON_LIST_DEPTH {
        return None;
    }
    for (key, value) in inner {
        if is_wrapper(key) && Outline::new(value).is_titled(0) {
            return Some(JsonShape::Values);
        }
        path.push(key.clone());
        match find(Outline::new(value), path) {
            Some(JsonShape::Values) | None => {}
            found => return found,
        }
        path.pop();
    }
    None
}

/// The members of an object, as far as its text goes. Each value is the text from
/// its first byte on.
struct Outline<'a> {
    members: Vec<(String, &'a str)>,
}

impl<'a> Outline<'a> {
    fn new(text: &'a str) -> Outline<'a> {
        let mut members = Vec::new();
        let mut rest = text.trim_start().strip_prefix('{').unwrap_or_default();
        while let Some((key, value)) = member(rest) {
            members.push((key, value));
            match end_of_value(value) {
                None => break,
                Some(end) => {
                    rest = value[end..]
                        .trim_start()
                        .strip_prefix(',')
                        .unwrap_or_default()
                }
            }
        }
        Outline { members }
    }

    /// The plain fields of its scalar members.
    fn fields(&self) -> Vec<Field> {
        let scalars = self
            .members
            .iter()
            .filter(|(_, value)| !value.starts_with('{') && !value.starts_with("[{"));
        let spelled: Vec<String> = scalars.map(|(key, _)| spelling(key)).collect();
        let has = |field: &Field| spelled.iter().any(|key| rank(key, *field).is_some());
        Field::plain().filter(has).collect()
    }

    /// Whether it has a title, or holds an object that has one.
    fn is_titled(&self, depth: usize) -> bool {
        let is_title = |(key, value): &(String, &str)| {
            let spelled = spelling(key);
            let is_scalar =
                value.starts_with('"') || value.starts_with(|c: char| c.is_ascii_digit());
            is_scalar
                && (rank(&spelled, Field::Title).is_some()
                    || rank(&spelled, Field::OriginalTitle).is_some()
                    || (spelled == "name"
                        && self.fields().len() > 1
                        && self.has_more_than_a_name()))
        };
        let is_wrapped = |(key, value): &(String, &str)| {
            depth < 2
                && WRAPPERS.contains(&key.as_str())
                && value.starts_with('{')
                && Outline::new(value).is_titled(depth + 1)
        };
        self.members.iter().any(is_title) || self.members.iter().any(is_wrapped)
    }

    /// `{"id": 16, "name": "Animation"}` is a genre.
    fn has_more_than_a_name(&self) -> bool {
        let more = [
            Field::Released,
            Field::RuntimeMinutes,
            Field::Rating,
            Field::Votes,
        ];
        self.fields().iter().any(|field| more.contains(field))
    }
}

/// The first member of what follows an opening brace or a comma.
fn member(rest: &str) -> Option<(String, &str)> {
    let rest = rest.trim_start();
    let end = end_of_value(rest).filter(|_| rest.starts_with('"'))?;
    let key: String = serde_json::from_str(&rest[..end]).ok()?;
    let value = rest[end..].trim_start().strip_prefix(':')?.trim_start();
    (!value.is_empty()).then_some((key, value))
}

/// The end of a value, if it has one.
fn end_of_value(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => {
                in_string = !in_string;
                if !in_string && depth == 0 {
                    return Some(at + 1);
                }
            }
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_movies_is_found() {
        let lists =
            |path: &[&str]| JsonShape::Lists(path.iter().map(|key| (*key).to_owned()).collect());
        let by_id =
            |path: &[&str]| JsonShape::ById(path.iter().map(|key| (*key).to_owned()).collect());
        for (text, shape) in [
            (r#"{"title":"A","year":1}"#, JsonShape::Values),
            (
                r#"{"title":"A","similar":[{"title":"B"}],"year":1}"#,
                JsonShape::Values,
            ),
            (r#"{"movies":[{"title":"A"}]}"#, lists(&[])),
            (
                r#"{"title":"My list","movies":[{"title":"A"}]}"#,
                lists(&[]),
            ),
            (r#"{"page":1,"results":[{"id":1,"title":"A","#, lists(&[])),
            (
                r#"{"genres":[{"id":1,"name":"B"}],"films":[{"Title":"A"}]}"#,
                lists(&[]),
            ),
            (
                r#"{"data":{"movies":[{"name":"A","year":1}]}}"#,
                lists(&["data"]),
            ),
            (
                r#"{"data":{"movies":{"edges":[{"node":{"title":"A"}}]}}}"#,
                lists(&["data", "movies"]),
            ),
            (r#"{"tt1":{"title":"A"},"tt2":{"title":"B"}}"#, by_id(&[])),
            (r#"{"movies":{"1":{"title":"A"}}}"#, by_id(&["movies"])),
            (r#"{"rank":1,"movie":{"title":"A"}}"#, JsonShape::Values),
            (r#"{"a":1}"#, JsonShape::Values),
            ("{", JsonShape::Values),
        ] {
            assert_eq!(detect(text), shape, "{text}");
        }
    }
}
