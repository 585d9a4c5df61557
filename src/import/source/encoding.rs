//! Text in encodings other than UTF-8.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::config::limits;

/// The byte for a sequence that the encoding does not have. UTF-8 never contains it, so the row is
/// refused.
const MALFORMED: u8 = 0xff;

/// The encoding with this label, such as `windows-1252`, `latin1` or `gbk`.
pub(crate) fn from_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().replace('_', "-");
    let found = Encoding::for_label_no_replacement(label.as_bytes());
    // The usual names of some that the standard calls otherwise.
    found.or_else(|| match label.to_ascii_lowercase().as_str() {
        "utf-16" => Some(UTF_16LE),
        "utf-16le" => Some(UTF_16LE),
        "utf-16be" => Some(UTF_16BE),
        "cp932" => Some(encoding_rs::SHIFT_JIS),
        "cp936" => Some(encoding_rs::GBK),
        other => {
            let page = other.strip_prefix("cp").or(other.strip_prefix("windows"))?;
            Encoding::for_label(format!("windows-{}", page.trim_start_matches('-')).as_bytes())
        }
    })
}

/// The encoding that a byte order mark shows.
pub(super) fn from_mark(head: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(head).map(|(encoding, _)| encoding)
}

/// The encoding that text which is not UTF-8 is most likely in.
pub(crate) fn guess(text: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(text, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// A reader of UTF-8 from text in another encoding. A byte order mark is dropped.
pub(super) struct Decoded<R> {
    input: R,
    decoder: Decoder,
    bytes: Vec<u8>,
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub fn new(input: R, encoding: &'static Encoding) -> Decoded<R> {
        Decoded {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            bytes: vec![0; limits::IMPORT_HEAD_BYTES],
            text: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    /// Decodes the next bytes.
    fn fill(&mut self) -> io::Result<()> {
        let count = self.input.read(&mut self.bytes)?;
        self.ended = count == 0;
        self.text.clear();
        self.at = 0;
        let mut rest = &self.bytes[..count];
        loop {
            let start = self.text.len();
            let room = self
                .decoder
                .max_utf8_buffer_length_without_replacement(rest.len())
                .unwrap_or(limits::IMPORT_HEAD_BYTES);
            self.text.resize(start + room, 0);
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                rest,
                &mut self.text[start..],
                self.ended,
            );
            self.text.truncate(start + written);
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.text.push(MALFORMED),
            }
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.ended {
            self.fill()?;
        }
        let count = buffer.len().min(self.text.len() - self.at);
        buffer[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// A file whose lines end in `\r` alone, with `\n` in its place.
pub(super) struct NewlineForReturn<R>(pub R);

impl<R: Read> Read for NewlineForReturn<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        for byte in &mut buffer[..count] {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
        Ok(count)
    }
}

/// Whether an encoding is UTF-8.
pub(super) fn is_utf8(encoding: &'static Encoding) -> bool {
    encoding == UTF_8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], label: &str) -> Vec<u8> {
        let mut text = Vec::new();
        let mut reader = Decoded::new(bytes, from_label(label).unwrap());
        reader.read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn text_of_every_encoding_is_decoded() {
        assert_eq!(decoded(b"Am\xe9lie", "latin1"), "Amélie".as_bytes());
        assert_eq!(decoded(b"\x8c\xa7", "Shift_JIS"), "県".as_bytes());
        assert_eq!(decoded(b"\xcc\xec", "cp1251"), "Мм".as_bytes());
        assert_eq!(decoded(b"\xff\xfeA\0\xe9\0", "utf-16"), "Aé".as_bytes());
        assert_eq!(decoded(b"\xd6\xd0", "gbk"), "中".as_bytes());
        assert!(from_label("klingon").is_none());
    }

    #[test]
    fn what_an_encoding_does_not_have_is_no_utf8() {
        let text = decoded(b"A\x81\x20B", "shift_jis");
        assert!(str::from_utf8(&text).is_err());
        assert!(text.ends_with(b"B"));
    }

    #[test]
    fn encodings_are_guessed_from_text() {
        let guessed = |text: &str, label: &str| {
            let encoding = from_label(label).unwrap();
            guess(&encoding.encode(text).0).name()
        };
        assert_eq!(
            guessed(
                "Le Fabuleux Destin d'Amélie Poulain, À bout de souffle",
                "windows-1252"
            ),
            "windows-1252"
        );
        assert_eq!(
            guessed("Москва слезам не верит, Летят журавли", "windows-1251"),
            "windows-1251"
        );
        assert_eq!(
            guessed("七人の侍、千と千尋の神隠し", "shift_jis"),
            "Shift_JIS"
        );
        assert_eq!(guessed("霸王别姬，大红灯笼高高挂", "gbk"), "GBK");
    }
}
