//! Any words as the arguments of every command, with every role.

use catalogue::api::access::authorize;
use catalogue::api::session::Session;
use catalogue::api::{AuthMethod, Identity};
use catalogue::config::ConnectionLimits;
use catalogue::connections::Registry;
use catalogue::protocol::commands::{COMMANDS, CommandDescription};
use catalogue::protocol::resp::{
    DecodeStep, Decoder, FrameLimits, Reply, RespVersion, decode_reply, encode, parse,
};
use catalogue::store::{Reader, Role};

/// The values that parsing commands needs.
pub struct Parsers {
    clients: Registry,
    reader: Reader,
}

impl Parsers {
    /// With a reader of any catalogue.
    pub fn new(reader: Reader) -> Parsers {
        let clients = Registry::new(ConnectionLimits::default());
        Parsers { clients, reader }
    }

    /// The bytes are words, separated by newlines.
    pub fn check(&mut self, data: &[u8]) {
        let words: Vec<&[u8]> = data.split(|byte| *byte == b'\n').take(1_000).collect();
        for role in [None, Some(Role::Reader), Some(Role::Admin)] {
            let mut session = self.session(role);
            for command in COMMANDS {
                for name in command.words() {
                    self.parse(&mut session, command, name, &words);
                }
            }
            self.clients.leave(session.client());
        }
    }

    fn session(&self, role: Option<Role>) -> Session {
        let address = "127.0.0.1:1".parse().unwrap();
        let mut session = Session::new(self.clients.join(address, |_| ()).unwrap());
        if let Some(role) = role {
            let user = "somebody".into();
            let identity = Identity {
                user,
                role,
                method: AuthMethod::Password(1),
            };
            session.log_in(&self.clients, identity, 0);
        }
        session
    }

    fn parse(
        &mut self,
        session: &mut Session,
        command: &'static CommandDescription,
        name: &str,
        words: &[&[u8]],
    ) {
        let bytes = frame(name, words);
        let mut decoder = Decoder::default();
        let limits = FrameLimits::LOGGED_IN;
        let Ok(DecodeStep::Request(request, taken)) = decoder.next(&bytes, limits) else {
            panic!("{name} was not taken for a request");
        };
        assert_eq!((taken, request.len()), (bytes.len(), words.len() + 1));
        let refusal = match authorize(session, &mut self.reader, command) {
            Err(refusal) => Reply::from(refusal),
            Ok(permit) => match parse(permit.command().id, request) {
                Ok(_) => return,
                Err(error) => error.reply(command),
            },
        };
        // The answer is one line, whatever words it repeats.
        let Reply::Error(said) = &refusal else {
            panic!("{name} was refused with {refusal:?}");
        };
        let mut line = Vec::new();
        encode(&refusal, RespVersion::Resp2, &mut line);
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let read = decode_reply(&line).unwrap().unwrap();
        assert!(matches!(read, (Reply::Error(_), taken) if taken == line.len()));
        assert!(
            said.starts_with(|letter: char| letter.is_ascii_uppercase()),
            "{said}"
        );
    }
}

fn frame(name: &str, words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len() + 1).into_bytes();
    for word in [&[name.as_bytes()], words].concat() {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend_from_slice(word);
        bytes.extend(b"\r\n");
    }
    bytes
}
