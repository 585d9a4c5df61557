//! Words with several spellings: numbers and abbreviations.

use std::sync::LazyLock;

use hashbrown::HashMap;

/// Words with the same meaning.
#[derive(Debug)]
pub(super) struct Synonyms {
    /// The words; keys contain the first one.
    pub words: &'static [&'static str],
    /// The number, for a cardinal numeral.
    pub number: Option<u8>,
}

impl Synonyms {
    /// The value of `twenty`, `thirty` … `ninety`, which another numeral may follow.
    pub fn tens(&self) -> Option<u8> {
        self.number
            .filter(|number| number.is_multiple_of(10) && (20..=90).contains(number))
    }
}

/// The cardinal numbers from 0 to 20.
const NUMBERS: [&[&str]; 21] = [
    &["0", "zero"],
    &["1", "one", "i"],
    &["2", "two", "ii"],
    &["3", "three", "iii"],
    &["4", "four", "iv"],
    &["5", "five", "v"],
    &["6", "six", "vi"],
    &["7", "seven", "vii"],
    &["8", "eight", "viii"],
    &["9", "nine", "ix"],
    &["10", "ten", "x"],
    &["11", "eleven", "xi"],
    &["12", "twelve", "xii"],
    &["13", "thirteen", "xiii"],
    &["14", "fourteen", "xiv"],
    &["15", "fifteen", "xv"],
    &["16", "sixteen", "xvi"],
    &["17", "seventeen", "xvii"],
    &["18", "eighteen", "xviii"],
    &["19", "nineteen", "xix"],
    &["20", "twenty", "xx"],
];

const TENS: [&[&str]; 7] = [
    &["30", "thirty"],
    &["40", "forty"],
    &["50", "fifty"],
    &["60", "sixty"],
    &["70", "seventy"],
    &["80", "eighty"],
    &["90", "ninety"],
];

/// Ordinal numbers and abbreviations.
const OTHERS: [&[&str]; 39] = [
    &["100", "hundred"],
    &["1000", "thousand"],
    &["1st", "first"],
    &["2nd", "second"],
    &["3rd", "third"],
    &["4th", "fourth"],
    &["5th", "fifth"],
    &["6th", "sixth"],
    &["7th", "seventh"],
    &["8th", "eighth"],
    &["9th", "ninth"],
    &["10th", "tenth"],
    &["11th", "eleventh"],
    &["12th", "twelfth"],
    &["13th", "thirteenth"],
    &["14th", "fourteenth"],
    &["15th", "fifteenth"],
    &["16th", "sixteenth"],
    &["17th", "seventeenth"],
    &["18th", "eighteenth"],
    &["19th", "nineteenth"],
    &["20th", "twentieth"],
    &["and", "n"],
    &["blvd", "boulevard"],
    &["dr", "doctor"],
    &["ep", "episode"],
    &["ft", "feat", "featuring"],
    &["inc", "incorporated"],
    &["jr", "junior"],
    &["lt", "lieutenant"],
    &["mr", "mister"],
    &["mrs", "missus"],
    &["mt", "mount"],
    &["pt", "part"],
    &["sgt", "sergeant"],
    &["sr", "senior"],
    &["st", "saint"],
    &["vol", "volume"],
    &["vs", "versus", "v"],
];

/// Words after which a single letter is a Roman numeral.
const COUNTED: [&str; 11] = [
    "act", "book", "chapter", "ep", "episode", "part", "pt", "season", "series", "vol", "volume",
];

static BY_WORD: LazyLock<HashMap<&'static str, Synonyms>> = LazyLock::new(|| {
    let numbers = (0..)
        .zip(NUMBERS)
        .chain((3..).map(|ten| 10 * ten).zip(TENS));
    let numbers = numbers.map(|(number, words)| (Some(number), words));
    // The first group of a word counts: `v` is a number.
    let mut by_word = HashMap::new();
    for (number, words) in numbers.chain(OTHERS.map(|words| (None, words))) {
        for word in words {
            by_word.entry(*word).or_insert(Synonyms { words, number });
        }
    }
    by_word
});

/// The longest word of a group, in bytes.
const LONGEST_WORD_BYTES: usize = 12;

/// The group of a word.
pub(super) fn of(word: &str) -> Option<&'static Synonyms> {
    (word.len() <= LONGEST_WORD_BYTES).then(|| BY_WORD.get(word))?
}

/// Whether a number follows such a word.
pub(super) fn is_counted(word: &str) -> bool {
    COUNTED.contains(&word)
}

/// The words of a number from 21 to 99: tens and a unit.
pub(super) fn written(number: u8) -> Option<(&'static str, &'static str)> {
    let tens = match number / 10 {
        2 => "twenty",
        tens => TENS.get(usize::from(tens).checked_sub(3)?)?[1],
    };
    let unit = NUMBERS[usize::from(number % 10)][1];
    (!number.is_multiple_of(10)).then_some((tens, unit))
}
