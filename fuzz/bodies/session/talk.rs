//! Conversations made of bytes.

use super::{ADMIN, Accounts, READER};

/// Bytes that decide choices, and then zeros.
pub struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl<'a> Bytes<'a> {
    pub fn of(data: &'a [u8]) -> Bytes<'a> {
        Bytes(data.iter())
    }

    pub fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    fn of_these<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.next()) % choices.len()]
    }
}

/// One request.
#[derive(Debug)]
pub struct Line {
    /// Its words; none for a line without a request.
    pub words: Vec<String>,
    /// Whether its quotes are unbalanced.
    pub unbalanced: bool,
    /// The form in which it is sent.
    pub bytes: Vec<u8>,
}

impl Line {
    pub fn is_answered(&self) -> bool {
        self.unbalanced || !self.words.is_empty()
    }
}

/// As many lines as the bytes give. Names of movies contain the number of the
/// conversation, so that no other conversation uses them.
pub fn lines(bytes: &mut Bytes<'_>, accounts: &Accounts) -> Vec<Line> {
    let mut lines = Vec::new();
    while bytes.0.len() > 0 && lines.len() < 100 {
        lines.push(line(bytes, accounts));
    }
    lines
}

fn line(bytes: &mut Bytes<'_>, accounts: &Accounts) -> Line {
    let words = words(bytes, accounts);
    match bytes.next() % 8 {
        0 => Line {
            words: Vec::new(),
            unbalanced: false,
            bytes: bytes
                .of_these(&[&b"\r\n"[..], b"\n", b"*0\r\n", b"*-1\r\n"])
                .to_vec(),
        },
        1 if words[0] != "ECHO" => Line {
            bytes: format!("{} \"\r\n", words.join(" ").replace(['"', '\''], "")).into(),
            words,
            unbalanced: true,
        },
        2..5 => {
            let quoted = words
                .iter()
                .map(|word| catalogue::protocol::resp::quote_word(word.as_bytes()));
            Line {
                bytes: (quoted.collect::<Vec<_>>().join(" ") + "\n").into(),
                words,
                unbalanced: false,
            }
        }
        _ => {
            let mut frame = format!("*{}\r\n", words.len());
            for word in &words {
                frame += &format!("${}\r\n{word}\r\n", word.len());
            }
            Line {
                bytes: frame.into(),
                words,
                unbalanced: false,
            }
        }
    }
}

fn words(bytes: &mut Bytes<'_>, accounts: &Accounts) -> Vec<String> {
    let number = accounts.number;
    let name = format!("{number}:{}", bytes.next() % 4);
    let nobody = format!("nobody {number}");
    let json = format!("{{\"title\":\"{name}\"}}");
    let both = [(accounts.reader.as_str(), READER), (&accounts.admin, ADMIN)];
    let (user, password) = bytes.of_these(&both);
    let version = bytes.of_these(&["2", "3", "4"]);
    let words: &[&str] = match bytes.next() % 32 {
        0 => &["PING"],
        1 => &["PING", "a b"],
        2 => &["ECHO", "\r\n$-1\r\n"],
        3 | 4 => &["UP", user, password],
        5 => &["AUTH", user, password],
        6 => &["UP", &nobody, password],
        7 => &["UP", user, "wrong"],
        8 => &["HELLO", version],
        9 => &["HELLO", version, "AUTH", user, password],
        10 => &["HELLO", version, "AUTH", &nobody, password],
        11 => &["RESET"],
        12 => bytes.of_these(&[&["END"][..], &["QUIT"], &["COUNT"]]),
        13 => bytes.of_these(&[&["SELECT", "0"][..], &["SELECT", "1"]]),
        14 => bytes.of_these(&[&["CLIENT", "SETNAME", "me"][..], &["CLIENT", "SETNAME", ""]]),
        15 => &["CLIENT", "GETNAME"],
        16 => &["SEND", &name, "JSON"],
        17 => &["GET", &name, "JSON"],
        18 => &["EXISTS", &name, &name],
        19 => &["COUNT"],
        20 | 21 => &["PUT", &name, &json],
        22 => &["DEL", &name],
        23 => &["WHO"],
        24 => bytes.of_these(&[&["INFO"][..], &["NB"], &["HELP"], &["LIST"], &["FIND", "a"]]),
        25 => &["MULTI"],
        26 => bytes.of_these(&[&["EXEC"][..], &["DISCARD"]]),
        27 => &["FOO", "bar"],
        28 => bytes.of_these(&[
            &["SEND"][..],
            &["COUNT", "x"],
            &["UP", "x"],
            &["PASSWD", "x"],
        ]),
        29 => &["PASSWD", password, password],
        30 => &["PUT", &name, "{}"],
        _ => &["send", &name, "json"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}
