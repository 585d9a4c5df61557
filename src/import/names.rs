//! The names of imported movies: the keys of the file, or made from title and year.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::{HashMap, HashSet};

use super::errors::{RecordError, quoted};
use super::field::Field;
use crate::config::limits;

/// The name of a title that has neither letter nor digit.
const WITHOUT_LETTERS: &str = "movie";
/// Bytes of a number such as `-4294967295` at the end of a name.
const NUMBER_BYTES: usize = 11;
/// Bytes of a year such as `-1999`.
const YEAR_BYTES: usize = 5;

/// Makes names. The same file in the same order always gets the same names.
pub(super) struct NameGenerator {
    prefix: String,
    /// Whether a name that was made before gets a number.
    numbered: bool,
    /// A hash of each name made so far. If two names share one, the second gets a
    /// number that it did not need.
    taken: HashSet<u64>,
    /// A hash of the title of each key of the file, by a hash of the key.
    titles: HashMap<u64, u32>,
    /// The next number of a name that was made often.
    next: HashMap<u64, u32>,
    most: usize,
    most_keys: usize,
}

/// Numbers up to this one are found by trying.
const TRIED: u32 = 8;

/// A name made from a title, not yet taken.
pub(super) struct Proposal {
    pub name: String,
    plain: u64,
    numbered: u64,
    next: u32,
}

impl NameGenerator {
    /// With `numbered`, a repeated name gets a number. Without it, a repeated name is the same
    /// movie.
    pub fn new(prefix: &str, numbered: bool) -> NameGenerator {
        NameGenerator {
            prefix: prefix.to_owned(),
            numbered,
            taken: HashSet::new(),
            titles: HashMap::new(),
            next: HashMap::new(),
            most: limits::MAX_MADE_NAMES,
            most_keys: limits::MAX_CHECKED_KEYS,
        }
    }

    /// The name for a key of the file.
    pub fn prefixed(&self, mut key: String) -> String {
        key.insert_str(0, &self.prefix);
        key
    }

    /// Checks that a key is not that of an earlier row with another title. The first
    /// [`limits::MAX_CHECKED_KEYS`] keys are compared.
    ///
    /// # Errors
    /// The key was there.
    pub fn check_key(&mut self, key: &str, title: &str) -> Result<(), RecordError> {
        let (key_hash, title) = (hash(key), hash(title) as u32);
        match self.titles.get(&key_hash) {
            Some(known) if *known != title => Err(RecordError::with_field(
                Field::Name,
                format!(
                    "name {} is that of an earlier row with another title, choose the column of \
                     the names with --key, or leave it out with --map name=",
                    quoted(key)
                ),
            )),
            Some(_) => Ok(()),
            None if self.titles.len() >= self.most_keys => Ok(()),
            None => {
                self.titles.insert(key_hash, title);
                Ok(())
            }
        }
    }

    /// A name from title and year that no earlier row took: `the-land-girls-1998`,
    /// then `the-land-girls-1998-2`. It stays free until it is [taken](NameGenerator::take),
    /// so a row that is refused after all changes no later name.
    ///
    /// # Errors
    /// [`limits::MAX_MADE_NAMES`] is reached.
    pub fn propose(&self, title: &str, year: Option<u16>) -> Result<Proposal, RecordError> {
        if self.taken.len() >= self.most {
            return Err(RecordError::with_field(
                Field::Name,
                format!(
                    "{} names were made from titles, more are not remembered; give the rows names \
                     of their own",
                    self.most
                ),
            ));
        }
        let year_bytes = if year.is_some() { YEAR_BYTES } else { 0 };
        let room = limits::MAX_NAME_BYTES - self.prefix.len() - year_bytes - NUMBER_BYTES;
        let mut name = String::with_capacity(self.prefix.len() + title.len() + YEAR_BYTES);
        name.push_str(&self.prefix);
        push_slug(&mut name, title, room);
        if let Some(year) = year {
            write!(name, "-{year:04}").expect("writing to a text cannot fail");
        }
        let plain = hash(&name);
        let mut proposal = Proposal {
            name,
            plain,
            numbered: plain,
            next: 2,
        };
        if !self.numbered || !self.taken.contains(&plain) {
            return Ok(proposal);
        }
        let plain_bytes = proposal.name.len();
        proposal.next = self.next.get(&plain).copied().unwrap_or(2);
        while self.taken.contains(&proposal.numbered) {
            proposal.name.truncate(plain_bytes);
            write!(proposal.name, "-{}", proposal.next).expect("writing to a text cannot fail");
            proposal.numbered = hash(&proposal.name);
            proposal.next += 1;
        }
        Ok(proposal)
    }

    /// Takes a name that was proposed.
    pub fn take(&mut self, taken: TakenName) {
        self.taken.insert(taken.plain);
        self.taken.insert(taken.numbered);
        if taken.next > TRIED {
            self.next.insert(taken.plain, taken.next);
        }
    }
}

/// The part of a proposal that is kept once its name is taken.
pub(super) struct TakenName {
    plain: u64,
    numbered: u64,
    next: u32,
}

impl Proposal {
    /// The name, and the part for [`NameGenerator::take`].
    pub fn into_parts(self) -> (String, TakenName) {
        let taken = TakenName {
            plain: self.plain,
            numbered: self.numbered,
            next: self.next,
        };
        (self.name, taken)
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Small letters and digits of any script, everything between them as one `-`,
/// at most `room` bytes. Apostrophes vanish: `let's` becomes `lets`.
fn push_slug(slug: &mut String, title: &str, room: usize) {
    let start = slug.len();
    let mut gap = false;
    if title.is_ascii() {
        return push_ascii_slug(slug, title, room);
    }
    let letters = title.chars().filter(|c| !matches!(c, '\'' | '’'));
    for character in letters.flat_map(char::to_lowercase) {
        if !belongs_to_a_word(character) {
            gap = true;
            continue;
        }
        let gap_bytes = usize::from(gap && slug.len() > start);
        if slug.len() - start + gap_bytes + character.len_utf8() > room {
            break;
        }
        if gap_bytes == 1 {
            slug.push('-');
        }
        slug.push(character);
        gap = false;
    }
    if slug.len() == start {
        slug.push_str(WITHOUT_LETTERS);
    }
}

/// The same for a title of ASCII alone.
fn push_ascii_slug(slug: &mut String, title: &str, room: usize) {
    let start = slug.len();
    let mut gap = false;
    for byte in title.bytes().filter(|byte| *byte != b'\'') {
        if !byte.is_ascii_alphanumeric() {
            gap = true;
            continue;
        }
        let gap_bytes = usize::from(gap && slug.len() > start);
        if slug.len() - start + gap_bytes + 1 > room {
            break;
        }
        if gap_bytes == 1 {
            slug.push('-');
        }
        slug.push(byte.to_ascii_lowercase().into());
        gap = false;
    }
    if slug.len() == start {
        slug.push_str(WITHOUT_LETTERS);
    }
}

/// Letters, digits, and combining accents.
fn belongs_to_a_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(namer: &mut NameGenerator, title: &str, year: Option<u16>) -> String {
        let (name, taken) = namer.propose(title, year).unwrap().into_parts();
        namer.take(taken);
        name
    }

    #[test]
    fn a_name_is_made_from_title_and_year() {
        for (title, year, expected) in [
            ("The Land Girls", Some(1998), "the-land-girls-1998"),
            ("Let's Fly It", Some(1998), "lets-fly-it-1998"),
            ("300", Some(2007), "300-2007"),
            ("Amélie", None, "amélie"),
            ("Ame\u{301}lie", None, "ame\u{301}lie"),
            ("¡Átame!", Some(1990), "átame-1990"),
            ("千と千尋の神隠し", Some(2001), "千と千尋の神隠し-2001"),
            ("$", Some(1971), "movie-1971"),
            ("...", None, "movie"),
            ("-A--B-", None, "a-b"),
            ("İ", None, "i\u{307}"),
        ] {
            assert_eq!(
                name(&mut NameGenerator::new("", true), title, year),
                expected,
                "{title:?}"
            );
        }
    }

    #[test]
    fn the_second_of_a_name_is_numbered() {
        let mut namer = NameGenerator::new("x-", true);
        let names =
            ["Alien", "Alien!", "Alien 2", "Alien", "ALIEN"].map(|t| name(&mut namer, t, None));
        assert_eq!(
            names,
            [
                "x-alien",
                "x-alien-2",
                "x-alien-2-2",
                "x-alien-3",
                "x-alien-4"
            ]
        );
    }

    #[test]
    fn many_of_a_name_are_numbered_one_after_the_other() {
        let mut namer = NameGenerator::new("", true);
        assert_eq!(name(&mut namer, "Alien 7", None), "alien-7");
        let names: Vec<String> = (0..40).map(|_| name(&mut namer, "Alien", None)).collect();
        let mut numbers = (2..).filter(|number| *number != 7);
        let expected = (0..40).map(|place| match place {
            0 => "alien".to_owned(),
            _ => format!("alien-{}", numbers.next().unwrap()),
        });
        assert_eq!(names, expected.collect::<Vec<_>>());
        assert_eq!(namer.next.len(), 1);
    }

    #[test]
    fn a_repeated_name_may_mean_the_same_movie() {
        let mut names = NameGenerator::new("", false);
        let made = ["Alien", "Alien"].map(|title| name(&mut names, title, Some(1979)));
        assert_eq!(made, ["alien-1979", "alien-1979"]);
    }

    #[test]
    fn a_refused_row_takes_no_name() {
        let namer = NameGenerator::new("", true);
        assert_eq!(namer.propose("Alien", None).unwrap().name, "alien");
        assert_eq!(namer.propose("Alien", None).unwrap().name, "alien");
    }

    #[test]
    fn a_key_of_two_titles_is_refused_up_to_the_limit() {
        let mut names = NameGenerator {
            most_keys: 1,
            ..NameGenerator::new("", true)
        };
        assert_eq!(names.check_key("1", "Alien"), Ok(()));
        assert_eq!(names.check_key("1", "Alien"), Ok(()));
        let refused = names.check_key("1", "Aliens").unwrap_err();
        assert!(
            refused
                .reason
                .starts_with("name `1` is that of an earlier row")
        );
        for title in ["Alien", "Aliens"] {
            assert_eq!(names.check_key("2", title), Ok(()));
        }
    }

    #[test]
    fn a_long_title_is_cut_between_letters() {
        for letter in ["a", "é", "千", "ﷺ"] {
            let title = letter.repeat(400);
            let mut namer = NameGenerator::new(&"p".repeat(limits::MAX_IMPORT_PREFIX_BYTES), true);
            for _ in 0..3 {
                let name = name(&mut namer, &title, Some(1998));
                assert!(name.len() <= limits::MAX_NAME_BYTES, "{}", name.len());
                assert!(name.len() > limits::MAX_NAME_BYTES - 20, "{}", name.len());
            }
        }
    }

    #[test]
    fn the_bound_on_made_names_is_met_in_words() {
        let mut namer = NameGenerator {
            most: 2,
            ..NameGenerator::new("", true)
        };
        name(&mut namer, "a", None);
        name(&mut namer, "b", None);
        let refused = namer.propose("c", None).err().unwrap();
        assert!(
            refused.reason.ends_with("names of their own"),
            "{}",
            refused.reason
        );
    }
}
