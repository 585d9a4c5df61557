//! Answers for scripts: one line of JSON each.

use super::escape;
use crate::cli::terminal::typed_reply::{ReplyRecord, TypedReply};
use crate::movie::Movie;

/// The answer as one line of JSON: a movie is an object, rows are an array with
/// null where there is none, numbers are numbers, everything else is a string.
/// A text that is a JSON object, as `SEND 1 JSON` gives it, stays that object.
pub fn json(answer: &TypedReply) -> String {
    match answer {
        TypedReply::Movie(found) => movie(found),
        TypedReply::Movies(page) => array(page.rows.iter().map(|row| match row {
            Ok(found) => movie(found),
            Err(_) => "null".to_owned(),
        })),
        TypedReply::FullMovie(full) => escape::json(&full.to_json()),
        TypedReply::Person(person) => escape::json(&person.to_json()),
        TypedReply::People(people) => {
            array(people.iter().map(|person| escape::json(&person.to_json())))
        }
        TypedReply::Episodes(page) => {
            array(page.rows.iter().map(|row| escape::json(&row.to_json())))
        }
        TypedReply::Records(records) => array(records.iter().map(record)),
        TypedReply::Number(number) => number.to_string(),
        TypedReply::Text(bytes) => text(bytes),
        TypedReply::Missing(_) => "null".to_owned(),
        TypedReply::Pairs(pairs) => object(pairs.iter().map(|(key, value)| (key_text(key), value))),
        TypedReply::List(answers) => array(answers.iter().map(json)),
    }
}

fn movie(movie: &Movie) -> String {
    escape::json(&movie.to_json())
}

fn record(record: &ReplyRecord) -> String {
    object(record.iter().map(|(key, value)| (string(key), value)))
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
        escape::json(&text)
    } else {
        string(&text)
    }
}

fn string(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("a string is always json");
    escape::json(&quoted)
}

/// A key as a string, whatever it is.
fn key_text(key: &TypedReply) -> String {
    match key {
        TypedReply::Text(bytes) => string(&String::from_utf8_lossy(bytes)),
        other => string(&json(other)),
    }
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn object<'a>(pairs: impl Iterator<Item = (String, &'a TypedReply)>) -> String {
    let pairs = pairs.map(|(key, value)| format!("{key}:{}", json(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::row;
    use crate::protocol::resp::Reply;

    fn of(line: &str, reply: Reply) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        json(&TypedReply::new(&words, reply))
    }

    const ALIEN: &str = r#"{"id":0,"name":"1","title":"Alien","original_title":null,"released":null,"runtime_minutes":null,"genres":[],"rating":null,"votes":null}"#;

    #[test]
    fn every_kind_of_answer_is_one_line() {
        assert_eq!(of("SEND 1", row("1", "Alien")), ALIEN);
        assert_eq!(of("SEND 1 JSON", Reply::text(ALIEN)), ALIEN);
        assert_eq!(of("SEND 9", Reply::Null), "null");
        let rows = Reply::Array(vec![row("1", "Alien"), Reply::Null]);
        assert_eq!(of("MSEND 1 9", rows), format!("[{ALIEN},null]"));
        assert_eq!(
            of("LIST JSON", Reply::Array(vec![Reply::text(ALIEN)])),
            format!("[{ALIEN}]")
        );
        assert_eq!(of("LIST", Reply::Array(vec![])), "[]");
        assert_eq!(of("NB", Reply::Integer(-3)), "-3");
        assert_eq!(of("END", Reply::OK), r#""OK""#);
        assert_eq!(of("HELP", Reply::text("a\n\"b\"")), r#""a\n\"b\"""#);
        assert_eq!(of("ECHO {", Reply::text("{no json")), r#""{no json""#);
        assert_eq!(of("ECHO x", Reply::text("\u{9b}\x1b")), r#""\u009b\u001b""#);
    }

    #[test]
    fn tables_and_maps_are_objects() {
        let line = vec![
            (Reply::text("id"), Reply::Integer(1)),
            (Reply::text("user"), Reply::Null),
        ];
        assert_eq!(
            of("WHO", Reply::Array(vec![Reply::Map(line.clone())])),
            r#"[{"id":1,"user":null}]"#
        );
        assert_eq!(of("HELLO 3", Reply::Map(line)), r#"{"id":1,"user":null}"#);
        let odd_key = Reply::Map(vec![(Reply::Integer(1), Reply::Array(vec![]))]);
        assert_eq!(of("X", odd_key), r#"{"1":[]}"#);
    }
}
