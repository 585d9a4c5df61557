//! Letters that count as the same, scripts without spaces, and articles.

use std::sync::LazyLock;

use hashbrown::HashMap;

/// The usual spelling of a letter that Unicode does not decompose.
pub(super) fn typed_as(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' | 'ɔ' => "o",
        'ł' => "l",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ə' | 'ɛ' => "e",
        'ɓ' => "b",
        'ƙ' | 'ĸ' => "k",
        'ɣ' => "g",
        'ƴ' => "y",
        'ς' => "σ",
        _ => return None,
    })
}

/// The form of a letter that has several: hiragana for katakana, simplified for traditional Chinese
/// characters, one form of Arabic and Persian letters, and ASCII digits.
pub(super) fn unified(letter: char) -> char {
    let moved = |by: u32| char::from_u32(letter as u32 - by).unwrap_or(letter);
    match letter {
        '\u{30a1}'..='\u{30f6}' => moved(0x60),
        '\u{3400}'..='\u{9fff}' => HAN_VARIANTS.get(&letter).copied().unwrap_or(letter),
        '\u{660}'..='\u{669}' => moved(0x660 - 0x30),
        '\u{6f0}'..='\u{6f9}' => moved(0x6f0 - 0x30),
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' | 'ۀ' | 'ہ' => 'ه',
        'ٱ' => 'ا',
        _ => letter,
    }
}

/// Traditional Chinese and Japanese characters, each followed by its simplified form. The pairs are
/// those of OpenCC (<https://github.com/BYVoid/OpenCC>, Apache-2.0).
static HAN_VARIANTS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pairs = include_str!("han_variants.txt").split_whitespace();
    let pairs = pairs.filter_map(|pair| {
        let mut letters = pair.chars();
        Some((letters.next()?, letters.next()?))
    });
    pairs.collect()
});

/// The text with `ae`, `oe`, `ue` and `aa` in place of letters with an umlaut, a ring or a stroke.
/// `None` for a text without them.
pub(super) fn with_two_letters(text: &str) -> Option<String> {
    let two = |letter: char| {
        Some(match letter {
            'ä' | 'Ä' => "ae",
            'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
            'ü' | 'Ü' => "ue",
            'å' | 'Å' => "aa",
            _ => return None,
        })
    };
    let has_any = !text.is_ascii() && text.contains(|letter| two(letter).is_some());
    has_any.then(|| {
        let mut typed = String::new();
        for letter in text.chars() {
            match two(letter) {
                Some(letters) => typed.push_str(letters),
                None => typed.push(letter),
            }
        }
        typed
    })
}

/// The first Hangul syllable.
const FIRST_SYLLABLE: u32 = 0xac00;
/// Syllables with the same first consonant, and with the same vowel too.
const SYLLABLES_PER_CONSONANT: u32 = 588;
const SYLLABLES_PER_VOWEL: u32 = 28;

/// The syllables that a Hangul letter or syllable may become while it is typed: the first and the
/// last.
pub(super) fn syllables_from(letter: char) -> Option<(char, char)> {
    let (first, number) = match letter {
        '\u{1100}'..='\u{1112}' => {
            let consonant = letter as u32 - 0x1100;
            (
                FIRST_SYLLABLE + consonant * SYLLABLES_PER_CONSONANT,
                SYLLABLES_PER_CONSONANT,
            )
        }
        '가'..='힣' if is_open_syllable(letter) => (letter as u32, SYLLABLES_PER_VOWEL),
        _ => return None,
    };
    Some((char::from_u32(first)?, char::from_u32(first + number - 1)?))
}

fn is_open_syllable(letter: char) -> bool {
    (letter as u32 - FIRST_SYLLABLE).is_multiple_of(SYLLABLES_PER_VOWEL)
}

/// A syllable without its last consonant, and that consonant as the first one of another syllable:
/// while `기생` is typed, it may be the beginning of `기새아`.
pub(super) fn without_last_consonant(syllable: char) -> Option<[char; 2]> {
    // For each last consonant the one that stays and the one that moves, 0 for none.
    const MOVED: [(u8, u8); 28] = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 10),
        (0, 3),
        (4, 13),
        (4, 19),
        (0, 4),
        (0, 6),
        (8, 1),
        (8, 7),
        (8, 8),
        (8, 10),
        (8, 17),
        (8, 18),
        (8, 19),
        (0, 7),
        (0, 8),
        (17, 10),
        (0, 10),
        (0, 11),
        (0, 12),
        (0, 13),
        (0, 15),
        (0, 16),
        (0, 17),
        (0, 18),
        (0, 19),
    ];
    if !('가'..='힣').contains(&syllable) {
        return None;
    }
    let code = syllable as u32 - FIRST_SYLLABLE;
    let (stays, moves) = MOVED[(code % SYLLABLES_PER_VOWEL) as usize];
    let consonant = u32::from(moves).checked_sub(1)?;
    let open = syllable as u32 - code % SYLLABLES_PER_VOWEL + u32::from(stays);
    Some([char::from_u32(open)?, char::from_u32(0x1100 + consonant)?])
}

/// The fewest letters of an abbreviation by initials; one less with a number.
pub(super) const MIN_INITIALS: usize = 3;

/// Whether a letter is one of the apostrophes in use.
pub(super) fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '’' | '‘' | '‛' | 'ʼ' | 'ʻ' | 'ʹ' | '′' | '´' | '`' | '＇' | '׳' | '״'
    )
}

/// Whether a mark is left out: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowels, and
/// invisible characters. The marks of other scripts are part of their words.
pub(super) fn is_left_out(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{640}' | '\u{feff}'
            | '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{2064}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Whether a small digit or fraction is a word of its own after another word.
pub(super) fn stands_apart(letter: char) -> bool {
    matches!(
        letter,
        '²' | '³' | '¹' | '¼' | '½' | '¾'
            | '\u{2070}'..='\u{2079}'
            | '\u{2080}'..='\u{2089}'
            | '\u{2150}'..='\u{215e}'
    )
}

/// Whether a letter is of a script without spaces between words, or is Hangul, whose words are often
/// written together.
pub fn is_unspaced(letter: char) -> bool {
    matches!(
        letter,
        '\u{e00}'..='\u{eff}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3031}'..='\u{3035}'
            | '\u{3041}'..='\u{312f}'
            | '\u{31a0}'..='\u{31bf}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// Whether a word is an article that users leave out. Words that are often something else are not
/// articles here: `die` is not one, because of *Die Hard*.
pub(super) fn is_article(word: &str) -> bool {
    const ARTICLES: [&str; 16] = [
        "a", "an", "das", "der", "el", "gli", "il", "la", "las", "le", "les", "lo", "los", "the",
        "un", "une",
    ];
    ARTICLES.contains(&word)
}
