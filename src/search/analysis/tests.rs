//! Tests of the words of a text.

use super::*;
use proptest::prelude::*;

fn of(text: &str, kinds: &[WordKind]) -> Vec<String> {
    let folded = Analyzed::new(text);
    let words = folded.words().filter(|word| kinds.contains(&word.kind));
    words.map(|word| word.text.to_owned()).collect()
}

fn main(text: &str) -> String {
    of(text, &[WordKind::Main]).join(" ")
}

fn also(text: &str) -> String {
    of(text, &[WordKind::Also]).join(" ")
}

fn key(text: &str) -> String {
    Analyzed::new(text).key().to_owned()
}

#[test]
fn case_accents_and_widths_do_not_count() {
    for (text, words) in [
        ("Amélie", "amelie"),
        ("Ｇｏｄｆａｔｈｅｒ", "godfather"),
        ("Le fabuleux destin d'Amélie", "le fabuleux destin damelie"),
        ("Ødipus på Strøget", "odipus pa stroget"),
        ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
        ("Die große Stille", "die grosse stille"),
        ("DIE GROẞE STILLE", "die grosse stille"),
        ("Æon Flux, Œuvre", "aeon flux oeuvre"),
        ("İstanbul'da ılık", "istanbulda ilik"),
        ("Þór", "thor"),
        ("Ёлки", "елки"),
        ("БРАТ", "брат"),
        ("Ο Θίασος", "ο θιασοσ"),
        ("ﬁnal ﬂight", "final flight"),
        ("e\u{301}te\u{301}", "ete"),
    ] {
        assert_eq!(main(text), words, "{text}");
    }
}

#[test]
fn punctuation_stands_between_words_and_apostrophes_inside() {
    for (text, words, others) in [
        ("Schindler's List", "schindlers list", "schindler s"),
        ("Ocean’s Eleven", "oceans eleven", "ocean s 11 xi"),
        (
            "Spider-Man: No Way Home",
            "spider man no way home",
            "spiderman",
        ),
        (
            "E.T. the Extra-Terrestrial",
            "e t the extra terrestrial",
            "et extraterrestrial",
        ),
        ("M*A*S*H", "m a s h", "mash"),
        ("WALL·E", "wall e", "walle"),
        ("Rock 'n' Roll", "rock n roll", "and"),
        ("L'Avventura", "lavventura", "l avventura"),
        ("Fast & Furious", "fast furious", "and n"),
        ("Romeo + Juliet", "romeo juliet", "and n"),
        ("Rocky II", "rocky ii", "2 two"),
        ("8½", "8 1 2", "eight viii one i two ii 12"),
        ("Alien³", "alien 3", "three iii"),
        ("9/11", "9 11", "nine ix eleven xi 911"),
    ] {
        assert_eq!(
            (main(text), also(text)),
            (words.into(), others.into()),
            "{text}"
        );
    }
}

#[test]
fn scripts_without_spaces_are_taken_by_one_and_two_characters() {
    assert_eq!(
        of("七人の侍", &[WordKind::Single]),
        ["七", "人", "の", "侍"]
    );
    assert_eq!(of("七人の侍", &[WordKind::Pair]), ["七人", "人の", "の侍"]);
    assert_eq!(of("기생충", &[WordKind::Pair]), ["기생", "생충"]);
    assert_eq!(
        of("ドラゴンボールZ", &[WordKind::Pair])[..2],
        ["どら", "らご"]
    );
    assert_eq!(main("ドラゴンボールZ"), "z");
    assert_eq!(of("ﾄﾞﾗｺﾞﾝ", &[WordKind::Pair]), ["どら", "らご", "ごん"]);
}

#[test]
fn the_key_is_the_title_however_it_is_written() {
    for (one, other) in [
        ("Spider-Man", "spiderman"),
        ("E.T.", "ET"),
        ("The Godfather", "godfather"),
        ("Fast & Furious", "fast and furious"),
        ("Schindler's List", "schindlers list"),
        ("八½", "八 1/2"),
        ("Rocky II", "rocky two"),
        ("Rocky V", "rocky 5"),
        ("Episode I", "episode one"),
        ("Twenty-One Grams", "21 grams"),
        ("Friday the 13th", "friday the thirteenth"),
        ("Dr. Strange", "doctor strange"),
        ("Kill Bill: Vol. 2", "kill bill volume 2"),
        ("Rock 'n' Roll", "rock and roll"),
        ("卧虎藏龙", "臥虎藏龍"),
        ("جدایی نادر", "جدايي نادر"),
    ] {
        assert_eq!(key(one), key(other));
    }
    assert_eq!(key("The"), "the");
    assert_eq!(key("The 千"), "千");
    assert_ne!(key("Aliens"), key("Alien"));
    assert_ne!(key("I, Robot"), key("1 robot"));
}

#[test]
fn letters_with_an_umlaut_are_also_two_letters() {
    assert_eq!(also("Die Büchse"), "buechse");
    assert_eq!(also("Ærø på Strøget"), "aeroe paa stroeget");
}

#[test]
fn a_number_of_two_words_is_also_one() {
    assert_eq!(also("21 Grams"), "twenty one");
    assert!(also("Twenty-One").split(' ').any(|word| word == "21"));
    assert!(also("Episode I").split(' ').any(|word| word == "1"));
    assert_eq!(also("I Am"), "");
}

#[test]
fn parts_of_a_script_without_spaces_are_also_joined() {
    assert_eq!(also("ハリー・ポッター"), "ーぽ");
    assert_eq!(also("살인의 추억"), "의추");
}

#[test]
fn initials_are_those_of_the_title_and_of_its_first_part() {
    let initials = |text: &str| Analyzed::new(text).initials();
    assert_eq!(
        initials("The Lord of the Rings: The Two Towers"),
        [
            "lotr", "lotrt2t", "lotrttt", "t2t", "tlotr", "tlotrt2t", "tlotrttt", "ttt"
        ]
    );
    assert_eq!(initials("Terminator 2: Judgment Day"), ["t2", "t2jd"]);
    assert_eq!(initials("Toy Story"), [""; 0]);
    assert_eq!(
        initials("Back to the Future Part II"),
        ["bttf", "bttf2", "bttfp2", "bttfpi"]
    );
}

#[test]
fn a_title_begins_after_its_article() {
    let at_start = |text: &str| {
        let folded = Analyzed::new(text);
        let words = folded.words().filter(|word| word.at_start);
        words.map(|word| word.text.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(at_start("The Dark Knight"), ["the", "dark"]);
    assert_eq!(at_start("Dark Star"), ["dark"]);
    assert_eq!(at_start("The"), ["the"]);
    assert_eq!(at_start("千と"), ["千", "千と"]);
}

#[test]
fn a_text_of_marks_alone_is_its_marks() {
    assert_eq!(main("$"), "$");
    assert_eq!(main("*** !"), "*** !");
    assert_eq!(main("&"), "&");
    assert_eq!(main("$ dollar"), "dollar");
    assert_eq!(main(" \t"), "");
}

/// Two marks keep their order when an apostrophe is between them. Without it, they are
/// sorted.
#[test]
fn letters_that_come_together_are_in_their_usual_order() {
    assert_eq!(main("\u{10d24}'\u{16ff0}"), "\u{16ff0}\u{10d24}");
}

#[test]
fn long_words_are_cut() {
    assert_eq!(main(&"ä".repeat(300)).len(), limits::MAX_INDEXED_LETTERS);
    assert_eq!(
        main(&"ж".repeat(300)).chars().count(),
        limits::MAX_INDEXED_LETTERS
    );
}

proptest! {
    /// Analyzing an analyzed text again changes nothing, for any text.
    #[test]
    fn folded_words_stay_as_they_are(text in "\\PC{0,40}") {
        let words = of(&text, &[WordKind::Main]);
        let again = of(&words.join(" "), &[WordKind::Main]);
        if key(&text).chars().any(char::is_alphanumeric) {
            prop_assert_eq!(words, again);
        }
    }
}
