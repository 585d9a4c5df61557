//! Numbers, texts and frequent words as bytes.

use thiserror::Error;

use super::key::Key;
use super::words::Words;
use crate::movie::Released;
use crate::search::postings::{push_number, take_number};

/// Bytes that are no packed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("its packed record is damaged at byte {0}")]
pub struct PackedError(pub usize);

/// The version of every packed record, its first byte.
pub(super) const VERSION: u8 = 1;

/// Appends a text.
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    push_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a word: 0 for none, an odd number with its index in the list, or an even number with
/// its length and its bytes.
pub(super) fn push_word(out: &mut Vec<u8>, words: &Words, word: Option<&str>) {
    match word {
        None => push_number(out, 0),
        Some(word) => match words.index(word) {
            Some(index) => push_number(out, index << 1 | 1),
            None => {
                push_number(out, (word.len() as u64) << 1);
                out.extend_from_slice(word.as_bytes());
            }
        },
    }
}

/// Appends the number of words and each of them.
pub(super) fn push_words<'w>(
    out: &mut Vec<u8>,
    words: &Words,
    list: impl ExactSizeIterator<Item = &'w str>,
) {
    push_number(out, list.len() as u64);
    list.for_each(|word| push_word(out, words, Some(word)));
}

/// Appends a number that may be unknown.
pub(super) fn push_maybe(out: &mut Vec<u8>, number: Option<u32>) {
    push_number(out, number.map_or(0, |number| u64::from(number) + 1));
}

/// Appends a date as year, month and day in one number.
pub(super) fn push_date(out: &mut Vec<u8>, date: Option<Released>) {
    let packed = date.map_or(0, |date| {
        let (month, day) = date.month_and_day();
        (u64::from(date.year()) * 13 + u64::from(month)) * 32 + u64::from(day)
    });
    push_number(out, packed);
}

/// A signed distance as a number: small whatever its sign.
pub(super) fn zigzag(distance: i64) -> u64 {
    (distance << 1 ^ distance >> 63).cast_unsigned()
}

/// Reads what the functions above wrote.
#[derive(Clone, Debug)]
pub(super) struct PackedReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> PackedReader<'a> {
    pub fn new(bytes: &'a [u8]) -> PackedReader<'a> {
        PackedReader { bytes, at: 0 }
    }

    /// Reads the version of a record.
    pub fn versioned(bytes: &'a [u8]) -> Result<PackedReader<'a>, PackedError> {
        let mut reader = PackedReader::new(bytes);
        match reader.take(1)? {
            [VERSION] => Ok(reader),
            _ => Err(PackedError(0)),
        }
    }

    pub fn error(&self) -> PackedError {
        PackedError(self.at)
    }

    pub fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// A capacity for this number of items, but at most the number of bytes that are left.
    pub fn capacity(&self, items: u64) -> usize {
        let left = self.bytes.len() - self.at;
        usize::try_from(items).unwrap_or(usize::MAX).min(left)
    }

    /// Checks that all bytes were read.
    pub fn finish(&self) -> Result<(), PackedError> {
        if self.is_empty() {
            return Ok(());
        }
        Err(self.error())
    }

    pub fn number(&mut self) -> Result<u64, PackedError> {
        take_number(self.bytes, &mut self.at).ok_or(PackedError(self.at))
    }

    /// A number of 32 bits.
    pub fn small(&mut self) -> Result<u32, PackedError> {
        u32::try_from(self.number()?).map_err(|_| self.error())
    }

    pub fn maybe(&mut self) -> Result<Option<u32>, PackedError> {
        match self.number()?.checked_sub(1) {
            None => Ok(None),
            Some(number) => u32::try_from(number).map(Some).map_err(|_| self.error()),
        }
    }

    pub fn key(&mut self) -> Result<Key, PackedError> {
        Key::from_reference(self.number()?).ok_or(self.error())
    }

    /// A key by its distance from the last reference.
    pub fn key_after(&mut self, last: &mut u64) -> Result<Key, PackedError> {
        let packed = self.number()?;
        let distance = (packed >> 1).cast_signed() ^ -(packed & 1).cast_signed();
        *last = last.wrapping_add_signed(distance);
        Key::from_reference(*last).ok_or(self.error())
    }

    pub fn take(&mut self, length: u64) -> Result<&'a [u8], PackedError> {
        let rest = &self.bytes[self.at..];
        let length = usize::try_from(length).map_err(|_| self.error())?;
        let taken = rest.get(..length).ok_or(self.error())?;
        self.at += length;
        Ok(taken)
    }

    /// A text of that length. An empty one is damage: no text of a record is empty.
    pub fn text_of(&mut self, length: u64) -> Result<&'a str, PackedError> {
        let text = str::from_utf8(self.take(length)?).ok();
        text.filter(|text| !text.is_empty()).ok_or(self.error())
    }

    pub fn text(&mut self) -> Result<&'a str, PackedError> {
        let length = self.number()?;
        self.text_of(length)
    }

    /// The rest of the bytes as a text.
    pub fn rest(&mut self) -> Result<&'a str, PackedError> {
        let left = self.bytes.len() - self.at;
        self.text_of(left as u64)
    }

    pub fn word(&mut self, words: &Words) -> Result<Option<&'a str>, PackedError> {
        match self.number()? {
            0 => Ok(None),
            packed if packed & 1 == 1 => {
                let word = words.word(packed >> 1);
                word.map(Some).ok_or(self.error())
            }
            packed => self.text_of(packed >> 1).map(Some),
        }
    }

    pub fn known_word(&mut self, words: &Words) -> Result<String, PackedError> {
        let word = self.word(words)?;
        word.map(str::to_owned).ok_or(self.error())
    }

    pub fn maybe_word(&mut self, words: &Words) -> Result<Option<String>, PackedError> {
        Ok(self.word(words)?.map(str::to_owned))
    }

    pub fn words(&mut self, words: &Words) -> Result<Vec<String>, PackedError> {
        let number = self.number()?;
        self.words_of(words, number)
    }

    pub fn words_of(&mut self, words: &Words, number: u64) -> Result<Vec<String>, PackedError> {
        let mut list = Vec::with_capacity(self.capacity(number));
        for _ in 0..number {
            list.push(self.known_word(words)?);
        }
        Ok(list)
    }

    pub fn date(&mut self) -> Result<Option<Released>, PackedError> {
        let packed = self.number()?;
        if packed == 0 {
            return Ok(None);
        }
        let (day, month) = (packed % 32, packed / 32 % 13);
        let part = |part: u64| Some(part as u8).filter(|part| *part > 0);
        let year = u16::try_from(packed / 32 / 13).map_err(|_| self.error())?;
        let date = Released::new(year, part(month), part(day));
        date.map(Some).ok_or(self.error())
    }
}
