//! The people of a title.

use super::bytes::{PackedError, PackedReader, push_text, push_word};
use super::key::Key;
use super::words::{CAST_CATEGORIES, CHARACTERS, CREW_CATEGORIES, JOBS, Words};
use crate::search::postings::push_number;

/// The lists of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditList {
    /// The directors.
    Directors,
    /// The writers.
    Writers,
    /// The cast.
    Cast,
    /// All others.
    Crew,
}

impl CreditList {
    pub const ALL: [CreditList; 4] = [
        CreditList::Directors,
        CreditList::Writers,
        CreditList::Cast,
        CreditList::Crew,
    ];

    pub(super) fn categories(self) -> &'static Words {
        match self {
            CreditList::Cast => &CAST_CATEGORIES,
            CreditList::Directors | CreditList::Writers | CreditList::Crew => &CREW_CATEGORIES,
        }
    }
}

/// A credit, its texts borrowed.
#[derive(Clone, Copy, Debug)]
pub struct CreditParts<'a> {
    /// The person.
    pub person: Key,
    /// The full name, where it is to be stored in the title.
    pub full_name: Option<&'a str>,
    /// The category.
    pub category: Option<&'a str>,
    /// The job.
    pub job: Option<&'a str>,
    /// The characters.
    pub characters: &'a [&'a str],
}

/// A credit as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit<'a> {
    /// The person.
    pub person: Key,
    /// The full name, where it is stored in the title.
    pub full_name: Option<&'a str>,
    /// The category.
    pub category: Option<&'a str>,
    /// The job.
    pub job: Option<&'a str>,
    /// The characters.
    pub characters: Vec<String>,
}

/// Flags of the first number of a credit. Above them is the category: 0 for none, 1 for a text,
/// or its index and 2.
const HAS_NAME: u64 = 1;
const HAS_JOB: u64 = 2;
/// None, one or two characters; for more, their number follows.
const CHARACTERS_SHIFT: u32 = 2;
const MANY_CHARACTERS: u64 = 3;
const CATEGORY_SHIFT: u32 = 4;
const CATEGORY_TEXT: u64 = 1;
const CATEGORY_INDEX: u64 = 2;

/// Appends a credit.
pub(super) fn push(out: &mut Vec<u8>, list: CreditList, credit: &CreditParts<'_>) {
    let index = credit
        .category
        .and_then(|category| list.categories().index(category));
    let category = match (credit.category, index) {
        (None, _) => 0,
        (Some(_), None) => CATEGORY_TEXT,
        (Some(_), Some(index)) => index + CATEGORY_INDEX,
    };
    let flag = |has: bool, flag: u64| if has { flag } else { 0 };
    let number = credit.characters.len() as u64;
    push_number(
        out,
        category << CATEGORY_SHIFT
            | number.min(MANY_CHARACTERS) << CHARACTERS_SHIFT
            | flag(credit.job.is_some(), HAS_JOB)
            | flag(credit.full_name.is_some(), HAS_NAME),
    );
    push_number(out, credit.person.reference());
    if let (CATEGORY_TEXT, Some(text)) = (category, credit.category) {
        push_text(out, text);
    }
    if let Some(name) = credit.full_name {
        push_text(out, name);
    }
    if credit.job.is_some() {
        push_word(out, &JOBS, credit.job);
    }
    if number >= MANY_CHARACTERS {
        push_number(out, number);
    }
    for character in credit.characters {
        push_word(out, &CHARACTERS, Some(character));
    }
}

/// Reads what [`push`] wrote.
pub(super) fn take<'a>(
    reader: &mut PackedReader<'a>,
    list: CreditList,
) -> Result<Credit<'a>, PackedError> {
    let head = reader.number()?;
    let person = reader.key()?;
    let category = match head >> CATEGORY_SHIFT {
        0 => None,
        CATEGORY_TEXT => Some(reader.text()?),
        index => {
            let word = list.categories().word(index - CATEGORY_INDEX);
            Some(word.ok_or(reader.error())?)
        }
    };
    let full_name = match head & HAS_NAME {
        0 => None,
        _ => Some(reader.text()?),
    };
    let job = match head & HAS_JOB {
        0 => None,
        _ => Some(reader.word(&JOBS)?.ok_or(reader.error())?),
    };
    let number = match head >> CHARACTERS_SHIFT & MANY_CHARACTERS {
        MANY_CHARACTERS => reader.number()?,
        few => few,
    };
    Ok(Credit {
        person,
        full_name,
        category,
        job,
        characters: reader.words_of(&CHARACTERS, number)?,
    })
}
