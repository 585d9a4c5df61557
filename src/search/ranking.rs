//! Ranking: which movie is a better answer to a query.
//!
//! The [`Score`] of an answer is the [level] of its votes, and one level is a doubling, plus a bonus
//! for the [`Placement`] of the words in its title, minus the penalty of the interpretation. Within
//! a score more votes are better, and then the name decides, so that no two movies have the same
//! [`Rank`].
//!
//! A rank depends only on the movie, the query and the interpretations, never on other movies. So a
//! page of answers can begin after any movie.

use std::cmp::Reverse;

use serde::Serialize;

use super::analysis::{Analyzed, Word, WordKind};
use super::filter::{Filter, is_within};
use super::query::{Interpretation, InterpretationKind, Pattern, TermMatcher};
use crate::movie::MovieRef;

/// How good an answer is without its exact votes: two units are a doubling of votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub i16);

/// Units of a level.
const UNITS_PER_LEVEL: i16 = 2;

/// The order of a movie among the answers to a query: a smaller rank is a better answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The score.
    pub score: Reverse<Score>,
    /// The number of votes.
    pub votes: Reverse<u32>,
    /// The movie's name.
    pub name: String,
}

/// Where the words of a query are in a title, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Anywhere.
    Anywhere,
    /// The first word is at the start of the title.
    Start,
    /// All words follow each other as typed.
    Phrase,
    /// The title begins with all words as typed.
    Beginning,
    /// The words are the whole title.
    Whole,
    /// The words are the whole title, and a space follows them.
    WholeAndClosed,
}

impl Placement {
    /// What it is worth in a title that has more words than were typed, in units of [`Score`].
    /// `is_whole`: the last word is complete.
    pub fn bonus(self, is_whole: bool) -> i16 {
        let bonus = match self {
            Placement::Anywhere => 0,
            Placement::Start => 1,
            Placement::Phrase => 2,
            Placement::Beginning | Placement::Whole | Placement::WholeAndClosed => 5,
        };
        bonus + i16::from(is_whole)
    }

    /// The best placement of the words of a movie in a list. It is exact for a single word.
    pub fn best(words: usize, at_start: bool) -> Placement {
        match (words, at_start) {
            (0 | 1, false) => Placement::Anywhere,
            (_, true) => Placement::Beginning,
            (_, false) => Placement::Phrase,
        }
    }
}

/// The bonus of a short whole title: an unknown film whose title was typed precedes a longer title with
/// up to 64 times its votes.
const WHOLE_BONUS: i16 = 14;
/// Letters of the longest title with that bonus. A longer one is less often the beginning of another
/// title by chance, so each further letter adds [`LETTER_BONUS`], up to a limit.
const SHORT_TITLE_LETTERS: usize = 6;
const LETTER_BONUS: usize = 2;
const HIGHEST_LETTERS_BONUS: usize = 16;
/// The further bonus of a whole title when a space follows it.
const CLOSED_BONUS: i16 = 8;

/// The highest bonus of a title that has more words than were typed.
pub const LONGER_TITLE_BONUS: i16 = 6;

impl Interpretation {
    /// The bonus of a movie whose whole title is what was typed.
    pub fn whole_bonus(&self, is_closed: bool) -> i16 {
        let letters = self.keys.iter().map(|key| key.chars().count()).min();
        let more = match self.kind {
            InterpretationKind::FewerWords => 0,
            _ => letters.unwrap_or(0).saturating_sub(SHORT_TITLE_LETTERS),
        };
        let closed = if is_closed { CLOSED_BONUS } else { 0 };
        WHOLE_BONUS + (LETTER_BONUS * more).min(HIGHEST_LETTERS_BONUS) as i16 + closed
    }
}

/// The score of a level with this bonus and penalty.
pub fn score(level: u8, bonus: i16, penalty: u8) -> Score {
    Score(UNITS_PER_LEVEL * i16::from(level) + bonus - i16::from(penalty))
}

/// The highest level of a movie that may have this score with this penalty.
pub fn highest_level(score: Score, penalty: u8) -> u8 {
    let level = (score.0 + i16::from(penalty)).div_euclid(UNITS_PER_LEVEL);
    level.clamp(0, i16::from(u8::MAX)) as u8
}

/// 0 without votes, and one more with every doubling: at most 32.
pub fn level(votes: u32) -> u8 {
    (u32::BITS - votes.leading_zeros()) as u8
}

/// The level from which on the initials of titles are indexed: 4,096 votes.
const INITIALS_LEVEL: u8 = 13;

/// The analyzed titles of a movie.
#[derive(Debug, Default)]
pub struct AnalyzedTitles {
    title: Analyzed,
    original: Analyzed,
    has_original: bool,
    has_initials: bool,
}

impl AnalyzedTitles {
    /// Analyzes the titles of a movie and reuses the memory.
    pub fn analyze(&mut self, movie: &MovieRef<'_>) {
        self.title.analyze(movie.title);
        self.has_original = movie.original_title.is_some();
        if let Some(original) = movie.original_title {
            self.original.analyze(original);
        }
        self.has_initials = level(movie.votes.unwrap_or(0)) >= INITIALS_LEVEL;
    }

    fn analyzed(&self) -> impl Iterator<Item = &Analyzed> {
        let original = self.has_original.then_some(&self.original);
        [&self.title].into_iter().chain(original)
    }

    /// The words of both titles.
    pub fn words(&self) -> impl Iterator<Item = Word<'_>> {
        self.analyzed().flat_map(Analyzed::words)
    }

    /// The initials of both titles, for a movie with many votes.
    pub fn initials(&self) -> Vec<String> {
        if self.has_initials {
            self.analyzed().flat_map(Analyzed::initials).collect()
        } else {
            Vec::new()
        }
    }

    /// Whether a title has a matching word this many times: `la la` asks for a word twice.
    fn have(&self, matcher: &TermMatcher, times: usize) -> bool {
        if matcher
            .patterns
            .iter()
            .any(|pattern| self.has_pattern_of_initials(pattern))
        {
            return true;
        }
        if times == 1 {
            return self.words().any(|word| matcher.takes(word.text));
        }
        self.analyzed().any(|title| {
            let words = title.words().filter(|word| word.kind != WordKind::Also);
            words.filter(|word| matcher.takes(word.text)).count() >= times
        })
    }

    fn has_pattern_of_initials(&self, pattern: &Pattern) -> bool {
        matches!(pattern, Pattern::Initials(letters) if self.initials().contains(letters))
    }

    /// The keys of both titles, without repetition.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let first = self.title.key();
        self.analyzed()
            .map(Analyzed::key)
            .enumerate()
            .filter(move |(at, key)| *at == 0 || *key != first)
            .map(|(_, key)| key)
    }
}

/// How a movie matches a query.
#[derive(Clone, Copy, Debug)]
pub struct QueryMatch<'i> {
    /// The interpretation by which it is the best answer.
    pub interpretation: &'i Interpretation,
    /// Where the words are.
    pub placement: Placement,
    /// The score.
    pub score: Score,
}

/// The best match of a movie among the interpretations. `None` when it is no answer.
pub fn best_match<'i>(
    interpretations: &'i [Interpretation],
    is_closed: bool,
    filter: &Filter,
    titles: &AnalyzedTitles,
    movie: &MovieRef<'_>,
) -> Option<QueryMatch<'i>> {
    if !filter.admits(movie) {
        return None;
    }
    let year = movie.released.map(|released| released.year());
    let level = level(movie.votes.unwrap_or(0));
    let mut best: Option<QueryMatch<'i>> = None;
    for interpretation in interpretations {
        // Most interpretations cannot be better, which is cheaper to see than their placement.
        let bound = score(
            level,
            interpretation.whole_bonus(is_closed),
            interpretation.penalty,
        );
        let is_of_years = interpretation
            .years
            .is_none_or(|years| is_within(year, years));
        if !is_of_years || best.is_some_and(|best| best.score >= bound) {
            continue;
        }
        let Some((placement, bonus)) = placement(interpretation, is_closed, titles) else {
            continue;
        };
        let score = score(level, bonus, interpretation.penalty);
        if best.is_none_or(|best| score > best.score) {
            best = Some(QueryMatch {
                interpretation,
                placement,
                score,
            });
        }
    }
    best
}

/// The rank of a movie with this score.
pub fn rank(score: Score, movie: &MovieRef<'_>) -> Rank {
    Rank {
        score: Reverse(score),
        votes: Reverse(movie.votes.unwrap_or(0)),
        name: movie.name.to_owned(),
    }
}

/// Where the words of an interpretation are, and the bonus for it. `None` when the titles lack one.
fn placement(
    interpretation: &Interpretation,
    is_closed: bool,
    titles: &AnalyzedTitles,
) -> Option<(Placement, i16)> {
    let Interpretation {
        words, keys, lead, ..
    } = interpretation;
    if titles
        .keys()
        .any(|key| keys.iter().any(|typed| typed == key))
    {
        let placement = if is_closed {
            Placement::WholeAndClosed
        } else {
            Placement::Whole
        };
        return Some((placement, interpretation.whole_bonus(is_closed)));
    }
    let has = |matcher: &TermMatcher| {
        let same = words.iter().filter(|other| matcher.includes(other));
        titles.have(matcher, same.count())
    };
    if !words.iter().all(has) {
        return None;
    }
    let at_start = words.get(*lead).is_none_or(|matcher| {
        let mut first = titles.words().filter(|word| word.at_start);
        first.any(|word| matcher.takes(word.text))
    });
    let is_whole = words
        .last()
        .is_none_or(|matcher| titles.words().any(|word| matcher.is_whole(word.text)));
    let placement = match words.len() {
        0 | 1 => Placement::best(words.len(), at_start),
        _ if at_start && titles.analyzed().any(|title| follow(words, title, true)) => {
            Placement::Beginning
        }
        _ if titles.analyzed().any(|title| follow(words, title, false)) => Placement::Phrase,
        _ if at_start => Placement::Start,
        _ => Placement::Anywhere,
    };
    Some((placement, placement.bonus(is_whole)))
}

/// Whether the words follow each other in a title, and at its beginning if that is asked for.
fn follow(words: &[TermMatcher], title: &Analyzed, at_beginning: bool) -> bool {
    let mut places: Vec<usize> = if at_beginning {
        vec![0, title.start()]
    } else {
        (0..title.places()).collect()
    };
    for matcher in words {
        let mut next: Vec<usize> = title
            .words()
            .filter(|word| places.contains(&word.place) && matcher.takes(word.text))
            .map(|word| word.next)
            .collect();
        if next.is_empty() {
            return false;
        }
        next.sort_unstable();
        next.dedup();
        places = next;
    }
    true
}

impl TermMatcher {
    /// Whether a word of a title matches.
    pub fn takes(&self, word: &str) -> bool {
        self.patterns.iter().any(|pattern| match pattern {
            Pattern::Word(wanted) => wanted == word,
            Pattern::Prefix(wanted) => word.starts_with(wanted.as_str()),
            Pattern::Range(from, to) => (from.as_str()..=to.as_str()).contains(&word),
            Pattern::Initials(_) => false,
        })
    }

    /// Whether every word that matches `other` matches this.
    fn includes(&self, other: &TermMatcher) -> bool {
        other.patterns.iter().all(|pattern| {
            match pattern {
            Pattern::Word(word) => self.takes(word),
            Pattern::Prefix(longer) => self.patterns.iter().any(|pattern| {
                matches!(pattern, Pattern::Prefix(prefix) if longer.starts_with(prefix.as_str()))
            }),
            Pattern::Range(..) | Pattern::Initials(_) => self.patterns.contains(pattern),
        }
        })
    }

    /// Whether a word of a title is complete: it is the pattern and no longer.
    pub fn is_whole(&self, word: &str) -> bool {
        self.wholes().any(|wanted| wanted == word)
    }

    /// The complete words of the patterns.
    pub fn wholes(&self) -> impl Iterator<Item = &str> + Clone {
        self.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::Word(wanted) | Pattern::Prefix(wanted) => Some(wanted.as_str()),
            Pattern::Range(from, _) => Some(from.as_str()),
            Pattern::Initials(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{Fields, Movie};
    use crate::search::Query;

    fn movie(title: &str, original: Option<&str>, year: &str, votes: u32) -> Movie {
        Movie::new(Fields {
            name: title.to_owned(),
            title: title.to_owned(),
            original_title: original.map(str::to_owned),
            released: Some(year.parse().unwrap()),
            votes: Some(votes),
            ..Fields::default()
        })
        .unwrap()
    }

    /// The titles that answer a query, the best first.
    fn sorted(query: &str, movies: &[Movie]) -> Vec<String> {
        let interpretations = Query::new(query).unwrap().interpretations();
        let mut titles = AnalyzedTitles::default();
        let mut ranks: Vec<Rank> = movies
            .iter()
            .filter_map(|movie| {
                titles.analyze(&movie.view());
                let filter = Filter::default();
                let found = best_match(&interpretations, false, &filter, &titles, &movie.view())?;
                Some(rank(found.score, &movie.view()))
            })
            .collect();
        ranks.sort();
        ranks.into_iter().map(|rank| rank.name).collect()
    }

    #[test]
    fn a_whole_title_precedes_a_longer_one_that_is_not_much_better_known() {
        let movies = [
            movie("Aliens", None, "1986", 750_000),
            movie("Alien", None, "1979", 100_000),
            movie("Alien³", None, "1992", 320_000),
            movie("Cowboys & Aliens", None, "2011", 220_000),
            movie("The Alien", None, "1990", 7),
            movie("Heat", None, "1995", 700_000),
        ];
        assert_eq!(
            sorted("alien", &movies),
            ["Alien", "Aliens", "Alien³", "Cowboys & Aliens", "The Alien"]
        );
        assert_eq!(sorted("ALIEN 1979", &movies), ["Alien"]);
        assert_eq!(sorted("alien 3", &movies), ["Alien³"]);
        assert_eq!(sorted("aliens cowboys", &movies), ["Cowboys & Aliens"]);
        assert_eq!(sorted("alienss", &movies), [""; 0]);
    }

    #[test]
    fn words_as_they_were_typed_precede_the_same_words_elsewhere() {
        let movies = [
            movie("Trouble Breaking In", None, "2001", 1_020),
            movie("Breaking Bad Trouble", None, "2002", 1_010),
            movie("Breaking Trouble Bad", None, "2003", 600),
            movie("A Breaking Trouble", None, "2004", 520),
            movie("No Breaking Trouble", None, "2005", 510),
        ];
        assert_eq!(
            sorted("breaking tr", &movies),
            [
                "Breaking Trouble Bad",
                "A Breaking Trouble",
                "Breaking Bad Trouble",
                "Trouble Breaking In",
                "No Breaking Trouble"
            ]
        );
    }

    #[test]
    fn the_initials_of_a_known_title_are_enough() {
        let movies = [
            movie(
                "The Lord of the Rings: The Two Towers",
                None,
                "2002",
                1_700_000,
            ),
            movie("Lights Over the River", None, "1999", 12),
        ];
        assert_eq!(
            sorted("lotr", &movies),
            ["The Lord of the Rings: The Two Towers"]
        );
        assert_eq!(
            sorted("tlotr", &movies),
            ["The Lord of the Rings: The Two Towers"]
        );
    }

    #[test]
    fn among_equally_known_films_the_title_decides() {
        let movies = [
            movie("Dead Heat", None, "1988", 1_030),
            movie("Heathers", None, "1989", 1_029),
            movie("Heat Wave", None, "1990", 1_028),
            movie("White Heathers", None, "1990", 1_027),
            movie("Heatless Fame", None, "1990", 70_000),
        ];
        assert_eq!(
            sorted("heat", &movies),
            [
                "Heatless Fame",
                "Heat Wave",
                "Heathers",
                "Dead Heat",
                "White Heathers"
            ]
        );
    }

    #[test]
    fn a_word_that_is_typed_twice_is_there_twice() {
        let movies = [
            movie("La vita", None, "1997", 900),
            movie("La La Land", None, "2016", 600),
        ];
        assert_eq!(sorted("la la", &movies), ["La La Land"]);
        assert_eq!(sorted("la", &movies), ["La vita", "La La Land"]);
        assert_eq!(sorted("la v", &movies), ["La vita"]);
        assert_eq!(sorted("la l", &movies), ["La La Land"]);
    }

    #[test]
    fn a_number_of_the_title_is_no_year() {
        let movies = [
            movie("Blade Runner", None, "2049", 900_000),
            movie("Blade Runner 2049", None, "2017", 600_000),
            movie("Making Blade Runner 2049", None, "2018", 10),
        ];
        assert_eq!(
            sorted("blade runner 2049", &movies),
            [
                "Blade Runner 2049",
                "Blade Runner",
                "Making Blade Runner 2049"
            ]
        );
        assert_eq!(sorted("blade runner 2017", &movies), ["Blade Runner 2049"]);
    }

    #[test]
    fn both_titles_are_looked_at() {
        let movies = [movie(
            "Spirited Away",
            Some("千と千尋の神隠し"),
            "2001",
            800_000,
        )];
        for query in [
            "神隠し",
            "千尋",
            "千と千尋の神隠し",
            "spirit",
            "away spirited",
        ] {
            assert_eq!(sorted(query, &movies), ["Spirited Away"], "{query}");
        }
    }

    #[test]
    fn a_level_is_a_doubling_of_votes() {
        let levels = [0, 1, 2, 3, 4, 1_000_000, u32::MAX].map(level);
        assert_eq!(levels, [0, 1, 2, 2, 3, 20, 32]);
    }
}
