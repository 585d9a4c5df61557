//! Which letters count as the same, and which small words as no part of a title.

/// Letters that Unicode does not take apart, and what people type for them.
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

/// Katakana as the hiragana of the same sound, every other letter as it is.
pub(super) fn as_hiragana(letter: char) -> char {
    match letter {
        '\u{30a1}'..='\u{30f6}' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
        _ => letter,
    }
}

/// The apostrophes that are in use.
pub(super) fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '’' | '‘' | '‛' | 'ʼ' | 'ʻ' | 'ʹ' | '′' | '´' | '`' | '＇' | '׳' | '״'
    )
}

/// Marks above, below and inside of letters, which are left out where people
/// type without them: Latin, Greek and Cyrillic accents, Hebrew and Arabic
/// vowels; and characters that cannot be seen. The marks of other scripts are
/// part of their words.
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

/// A digit or a fraction that is written small behind a word, and is a word of its own.
pub(super) fn stands_apart(letter: char) -> bool {
    matches!(
        letter,
        '²' | '³' | '¹' | '¼' | '½' | '¾'
            | '\u{2070}'..='\u{2079}'
            | '\u{2080}'..='\u{2089}'
            | '\u{2150}'..='\u{215e}'
    )
}

/// Letters of scripts in which no space shows where a word begins, and Hangul,
/// whose words are often written together.
pub fn is_unspaced(letter: char) -> bool {
    matches!(
        letter,
        '\u{e00}'..='\u{eff}'
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

/// Words with which a title may begin and by which nobody looks for it. Only
/// those that are rarely anything else: `die` is not among them, because of
/// *Die Hard*.
pub(super) fn is_article(word: &str) -> bool {
    const ARTICLES: [&str; 16] = [
        "a", "an", "das", "der", "el", "gli", "il", "la", "las", "le", "les", "lo", "los", "the",
        "un", "une",
    ];
    ARTICLES.contains(&word)
}

/// The other ways in which a number up to twenty is written in titles:
/// `2`, `II`, `two`. The letters `I` and `M` are hardly ever numbers.
pub(super) fn other_numerals(word: &str) -> impl Iterator<Item = &'static str> {
    const NUMERALS: [[&str; 3]; 20] = [
        ["1", "", "one"],
        ["2", "ii", "two"],
        ["3", "iii", "three"],
        ["4", "iv", "four"],
        ["5", "v", "five"],
        ["6", "vi", "six"],
        ["7", "vii", "seven"],
        ["8", "viii", "eight"],
        ["9", "ix", "nine"],
        ["10", "x", "ten"],
        ["11", "xi", "eleven"],
        ["12", "xii", "twelve"],
        ["13", "xiii", "thirteen"],
        ["14", "xiv", "fourteen"],
        ["15", "xv", "fifteen"],
        ["16", "xvi", "sixteen"],
        ["17", "xvii", "seventeen"],
        ["18", "xviii", "eighteen"],
        ["19", "xix", "nineteen"],
        ["20", "xx", "twenty"],
    ];
    let row = match word.len() {
        1..=9 => NUMERALS.iter().find(|row| row.contains(&word)),
        _ => None,
    };
    let word = word.to_owned();
    row.into_iter()
        .flatten()
        .copied()
        .filter(move |other| !other.is_empty() && *other != word)
}
