//! Reading a packed title.

use super::akas;
use super::bytes::{PackedError, PackedReader, VERSION};
use super::credits::{self, CreditList};
use super::fields::{RecordNames, SeriesNumbers, UnpackSource, take_series, unpack_field};
use super::key::Key;
use super::text::TitleText;
use super::title::section;
use super::words::TITLE_TYPES;
use crate::movie::{Aka, Details};
use crate::search::postings::push_number;

/// Appends the sections of `new` but for those of which `is_kept` says that the stored record
/// keeps its own, by number.
///
/// # Errors
/// Damaged bytes.
pub fn merge_titles(
    stored: &[u8],
    new: &[u8],
    is_kept: impl Fn(u64) -> bool,
    out: &mut Vec<u8>,
) -> Result<(), PackedError> {
    let mut sections = Vec::new();
    for (bytes, is_stored) in [(stored, true), (new, false)] {
        PackedTitle::new(bytes).sections(|number, reader| {
            let section = reader.take(reader.capacity(u64::MAX) as u64)?;
            if is_kept(number) == is_stored {
                sections.push((number, section));
            }
            Ok::<(), PackedError>(())
        })?;
    }
    sections.sort_unstable_by_key(|(number, _)| *number);
    if !sections.is_empty() {
        out.push(VERSION);
    }
    for (number, section) in sections {
        push_number(out, number);
        push_number(out, section.len() as u64);
        out.extend_from_slice(section);
    }
    Ok(())
}

/// A packed title, to be read.
#[derive(Clone, Copy, Debug)]
pub struct PackedTitle<'a>(&'a [u8]);

impl<'a> PackedTitle<'a> {
    /// The title in these bytes, which `TitlePacker::finish` gave. None are no details.
    pub fn new(bytes: &'a [u8]) -> PackedTitle<'a> {
        PackedTitle(bytes)
    }

    /// Calls `each` with the number and the bytes of each section.
    fn sections<E: From<PackedError>>(
        self,
        mut each: impl FnMut(u64, &mut PackedReader<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut reader = PackedReader::versioned(self.0)?;
        let mut last = 0;
        while !reader.is_empty() {
            let number = reader.number()?;
            let length = reader.number()?;
            let mut section = PackedReader::new(reader.take(length)?);
            if number <= last {
                return Err(reader.error().into());
            }
            last = number;
            each(number, &mut section)?;
        }
        Ok(())
    }

    /// Everything in it.
    ///
    /// # Errors
    /// Damaged bytes, or an error of `names`.
    pub fn unpack<N: RecordNames>(
        self,
        text: TitleText<'_>,
        names: &mut N,
    ) -> Result<Details, N::Error> {
        let mut details = Details::default();
        let mut source = UnpackSource { text, names };
        self.sections(|number, reader| {
            unpack_field(number, reader, &mut source, &mut details)?;
            Ok::<(), N::Error>(reader.finish()?)
        })?;
        Ok(details)
    }

    /// IMDb's type of the title.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn kind(self) -> Result<Option<&'a str>, PackedError> {
        let mut kind = None;
        self.sections(|number, reader| {
            if number == section::KIND {
                kind = reader.word(&TITLE_TYPES)?;
            }
            Ok::<(), PackedError>(())
        })?;
        Ok(kind)
    }

    /// Whether it is for adults alone.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn is_adult(self) -> Result<bool, PackedError> {
        let mut is_adult = false;
        self.sections(|number, reader| {
            if number == section::ADULT {
                is_adult = reader.number()? == 1;
            }
            Ok::<(), PackedError>(())
        })?;
        Ok(is_adult)
    }

    /// The other titles that differ from the title and the original title, without generated ones.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn other_titles(self) -> Result<Vec<&'a str>, PackedError> {
        let mut others = Vec::new();
        self.sections(|number, reader| {
            if number == section::AKAS {
                akas::unpack_others(reader, &mut others)?;
            }
            Ok::<(), PackedError>(())
        })?;
        Ok(others)
    }

    /// All other titles of the title with this text.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn akas(self, text: TitleText<'_>) -> Result<Vec<Aka>, PackedError> {
        let mut found = Vec::new();
        self.sections(|number, reader| {
            if number == section::AKAS {
                found = akas::unpack(reader, text)?;
            }
            Ok::<(), PackedError>(())
        })?;
        Ok(found)
    }

    /// The series of an episode, with season and episode.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn series(self) -> Result<Option<SeriesNumbers>, PackedError> {
        let mut series = None;
        self.sections(|number, reader| {
            if number == section::SERIES {
                series = Some(take_series(reader)?);
            }
            Ok::<(), PackedError>(())
        })?;
        Ok(series)
    }

    /// The people in it, each once, in the order of their keys.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn people(self) -> Result<Vec<Key>, PackedError> {
        self.people_in(|_| true)
    }

    /// The same of those lists of credits that `is_wanted` selects.
    ///
    /// # Errors
    /// Damaged bytes.
    pub fn people_in(
        self,
        is_wanted: impl Fn(CreditList) -> bool,
    ) -> Result<Vec<Key>, PackedError> {
        let mut people = Vec::new();
        self.sections(|number, reader| {
            let index = number
                .checked_sub(section::CREDITS)
                .map(|index| index as usize);
            let list = index.and_then(|index| CreditList::ALL.get(index));
            let Some(&list) = list.filter(|list| is_wanted(**list)) else {
                return Ok(());
            };
            for _ in 0..reader.number()? {
                people.push(credits::take(reader, list)?.person);
            }
            Ok::<(), PackedError>(())
        })?;
        people.sort_unstable();
        people.dedup();
        Ok(people)
    }
}
