//! Other titles of a title.
//!
//! Three quarters of IMDb's are generated: an episode without a title of its own, `Episode #1.5`,
//! has the same words in seven languages. Each of those is one bit of a mask, and so is the row
//! that repeats the original title.

use super::bytes::{PackedError, PackedReader, push_word, push_words};
use super::text::TitleText;
use super::words::{AKA_TYPES, ATTRIBUTES, LANGUAGES, REGIONS};
use crate::movie::Aka;
use crate::search::postings::push_number;

/// An other title, its texts borrowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct AkaParts<'a> {
    /// The title.
    pub title: &'a str,
    /// The region.
    pub region: Option<&'a str>,
    /// The language.
    pub language: Option<&'a str>,
    /// The types of the title.
    pub types: &'a [&'a str],
    /// More about it.
    pub attributes: &'a [&'a str],
}

/// The beginning of the title of an episode without a title of its own; its number follows.
const NUMBERED: &str = "Episode #";
/// The same in other languages, with region and language. The list only grows.
const GENERATED: [(&str, &str, &str); 7] = [
    ("Episódio #", "PT", "pt"),
    ("एपिसोड #", "IN", "hi"),
    ("Épisode #", "FR", "fr"),
    ("Episodio #", "IT", "it"),
    ("Folge #", "DE", "de"),
    ("エピソード #", "JP", "ja"),
    ("Episodio #", "ES", "es"),
];
/// The type of the title that repeats the original one.
const ORIGINAL: &str = "original";
/// The bit of the title that repeats the original one. The generated ones follow it.
const ORIGINAL_BIT: u32 = 0;
/// No bit is left.
const ALL_BITS: u32 = GENERATED.len() as u32 + 1;

/// Packs the other titles of one title.
#[derive(Debug, Default)]
pub(super) struct AkaPacker {
    /// The bits of those that the title implies.
    mask: u32,
    /// Their order is not kept, so all of them become bits.
    pub any_order: bool,
    /// The next bit that keeps the order.
    next_bit: u32,
    count: u64,
    items: Vec<u8>,
}

impl AkaPacker {
    pub fn clear(&mut self) {
        (self.mask, self.next_bit, self.count) = (0, 0, 0);
        self.items.clear();
    }

    pub fn is_empty(&self) -> bool {
        self.mask == 0 && self.count == 0
    }

    pub fn push(&mut self, text: TitleText<'_>, aka: &AkaParts<'_>) {
        if let Some(bit) = implied(text, aka)
            && self.mask & 1 << bit == 0
            && (self.any_order || bit >= self.next_bit)
        {
            self.mask |= 1 << bit;
            self.next_bit = bit + 1;
            return;
        }
        self.next_bit = ALL_BITS;
        self.count += 1;
        push_title(&mut self.items, text, aka.title);
        push_word(&mut self.items, &REGIONS, aka.region);
        push_word(&mut self.items, &LANGUAGES, aka.language);
        // Most have at most one type and no attribute.
        match (aka.types, aka.attributes) {
            ([], []) => push_number(&mut self.items, 0),
            ([one], []) if AKA_TYPES.index(one).is_some() => {
                push_word(&mut self.items, &AKA_TYPES, Some(one));
            }
            (types, attributes) => {
                push_number(&mut self.items, SEVERAL);
                push_words(&mut self.items, &AKA_TYPES, types.iter().copied());
                push_words(&mut self.items, &ATTRIBUTES, attributes.iter().copied());
            }
        }
    }

    /// Appends the mask, the number of the others, and those.
    pub fn write(&self, out: &mut Vec<u8>) {
        push_number(out, self.mask.into());
        push_number(out, self.count);
        out.extend_from_slice(&self.items);
    }
}

/// The code for several types or attributes, in place of a single type.
const SEVERAL: u64 = 2;

/// The bit of an other title that the title implies.
fn implied(text: TitleText<'_>, aka: &AkaParts<'_>) -> Option<u32> {
    if !aka.attributes.is_empty() {
        return None;
    }
    let (region, language) = match (aka.types, aka.region, aka.language) {
        ([ORIGINAL], None, None) => return (aka.title == text.original()).then_some(ORIGINAL_BIT),
        ([], Some(region), Some(language)) => (region, language),
        _ => return None,
    };
    let number = text.title.strip_prefix(NUMBERED)?;
    let found = GENERATED.iter().position(|(prefix, of, its)| {
        (*of, *its) == (region, language) && aka.title.strip_prefix(prefix) == Some(number)
    });
    found.map(|index| index as u32 + 1)
}

/// Appends the title of an other title: 0 for the title itself, 1 for the original one, or twice
/// its length and its bytes.
fn push_title(out: &mut Vec<u8>, text: TitleText<'_>, title: &str) {
    if title == text.title {
        push_number(out, 0);
    } else if Some(title) == text.original_title {
        push_number(out, 1);
    } else {
        push_number(out, (title.len() as u64) << 1);
        out.extend_from_slice(title.as_bytes());
    }
}

/// Reads what [`AkaPacker::write`] wrote.
pub(super) fn unpack(
    reader: &mut PackedReader<'_>,
    text: TitleText<'_>,
) -> Result<Vec<Aka>, PackedError> {
    let mask = reader.small()?;
    if mask >> ALL_BITS != 0 {
        return Err(reader.error());
    }
    let count = reader.number()?;
    let mut akas = Vec::with_capacity(reader.capacity(count) + mask.count_ones() as usize);
    if mask & 1 << ORIGINAL_BIT != 0 {
        akas.push(Aka {
            title: text.original().to_owned(),
            types: vec![ORIGINAL.to_owned()],
            ..Aka::default()
        });
    }
    for (bit, (prefix, region, language)) in (1..).zip(GENERATED) {
        if mask & 1 << bit != 0 {
            let number = text.title.strip_prefix(NUMBERED);
            akas.push(Aka {
                title: format!("{prefix}{}", number.ok_or(reader.error())?),
                region: Some(region.to_owned()),
                language: Some(language.to_owned()),
                ..Aka::default()
            });
        }
    }
    for _ in 0..count {
        akas.push(unpack_one(reader, text)?);
    }
    Ok(akas)
}

/// Those that differ from the title and the original title. Generated ones are left out.
pub(super) fn unpack_others<'a>(
    reader: &mut PackedReader<'a>,
    others: &mut Vec<&'a str>,
) -> Result<(), PackedError> {
    reader.small()?;
    for _ in 0..reader.number()? {
        match reader.number()? {
            0 | 1 => {}
            odd if odd & 1 == 1 => return Err(reader.error()),
            length => others.push(reader.text_of(length >> 1)?),
        }
        reader.word(&REGIONS)?;
        reader.word(&LANGUAGES)?;
        if reader.number()? == SEVERAL {
            reader.words(&AKA_TYPES)?;
            reader.words(&ATTRIBUTES)?;
        }
    }
    Ok(())
}

fn unpack_one(reader: &mut PackedReader<'_>, text: TitleText<'_>) -> Result<Aka, PackedError> {
    let title = match reader.number()? {
        0 => text.title,
        1 => text.original_title.ok_or(reader.error())?,
        odd if odd & 1 == 1 => return Err(reader.error()),
        length => reader.text_of(length >> 1)?,
    };
    let mut aka = Aka {
        title: title.to_owned(),
        region: reader.maybe_word(&REGIONS)?,
        language: reader.maybe_word(&LANGUAGES)?,
        ..Aka::default()
    };
    match reader.number()? {
        0 => {}
        SEVERAL => {
            aka.types = reader.words(&AKA_TYPES)?;
            aka.attributes = reader.words(&ATTRIBUTES)?;
        }
        odd if odd & 1 == 1 => {
            let word = AKA_TYPES.word(odd >> 1).ok_or(reader.error())?;
            aka.types = vec![word.to_owned()];
        }
        _ => return Err(reader.error()),
    }
    Ok(aka)
}
