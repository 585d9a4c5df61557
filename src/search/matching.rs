//! Matching: where the words of a query are in the titles of a movie, and the bonus for it.

use std::rc::Rc;

use super::analysis::{Analyzed, WordKind};
use super::extras::TitleExtras;
use super::filter::{Filter, is_within};
use super::interpretation::{Interpretation, Pattern, PersonFilm, TermMatcher};
use super::ranking::{
    LONGER_TITLE_BONUS, OTHER_TITLE_LESS, Placement, episode_score, level, score,
};
use super::score::Score;
use super::titles::AnalyzedTitles;
use crate::movie::MovieRef;

/// The bonuses of words in an other title, which are no more than those of a title that does not begin
/// with them.
const OTHER_BEGINNING: i16 = 2;
const OTHER_PHRASE: i16 = 1;

/// How a movie matches a query.
#[derive(Clone, Copy, Debug)]
pub struct QueryMatch<'i> {
    /// The interpretation by which it is the best answer.
    pub interpretation: &'i Interpretation,
    /// The place of the words.
    pub placement: Placement,
    /// The score.
    pub score: Score,
    /// The other title that matches.
    pub matched: Option<&'i str>,
    /// The title in the region of the search.
    pub shown: Option<&'i str>,
}

/// A movie that may be an answer.
#[derive(Clone, Copy)]
pub struct CandidateMovie<'m> {
    /// Its titles.
    pub titles: &'m AnalyzedTitles,
    /// Its plain fields.
    pub movie: MovieRef<'m>,
    /// Its other fields in the index.
    pub extras: TitleExtras<'m>,
}

/// The best match of a movie among the interpretations. `None` when it is no answer.
pub fn best_match<'i>(
    interpretations: &'i [Interpretation],
    is_closed: bool,
    filter: &Filter,
    candidate: CandidateMovie<'i>,
) -> Option<QueryMatch<'i>> {
    let CandidateMovie {
        titles,
        movie,
        extras,
    } = candidate;
    if !filter.admits(&movie) || !filter.admits_extras(extras) {
        return None;
    }
    let year = movie.released.map(|released| released.year());
    let level = level(movie.votes.unwrap_or(0));
    let is_later = is_later(filter, extras.is_episode());
    let mut best: Option<QueryMatch<'i>> = None;
    for interpretation in interpretations {
        // Most interpretations cannot have a higher score. This check is cheaper than finding their
        // placement.
        let bound = score(
            level,
            interpretation.whole_bonus(is_closed),
            interpretation.penalty,
        );
        let is_of_years = interpretation
            .years
            .is_none_or(|years| is_within(year, years));
        let is_of_series = interpretation
            .series
            .is_none_or(|key| extras.series == Some(key));
        let is_of_person = interpretation.has_film(movie.name);
        if !is_of_years
            || !is_of_series
            || !is_of_person
            || best.is_some_and(|best| best.score >= bound)
        {
            continue;
        }
        let Some((placement, bonus, matched)) = placement(interpretation, is_closed, titles) else {
            continue;
        };
        let score = episode_score(score(level, bonus, interpretation.penalty), is_later);
        if best.is_none_or(|best| score > best.score) {
            best = Some(QueryMatch {
                interpretation,
                placement,
                score,
                matched,
                shown: None,
            });
        }
    }
    best
}

/// Whether the other titles of a movie can be the reason for a higher score than `plain`, which its
/// titles have. Its score is at most `expected`.
pub fn needs_other_titles(
    interpretations: &[Interpretation],
    filter: &Filter,
    CandidateMovie {
        titles,
        movie,
        extras,
    }: CandidateMovie<'_>,
    plain: Option<Score>,
    expected: Score,
) -> bool {
    if plain.is_some_and(|plain| plain >= expected)
        || !filter.admits(&movie)
        || !filter.admits_extras(extras)
    {
        return false;
    }
    let level = level(movie.votes.unwrap_or(0));
    // Only a whole title has such a score.
    if expected > score(level, LONGER_TITLE_BONUS, 0) {
        return true;
    }
    interpretations.iter().any(|interpretation| {
        let words = &interpretation.words;
        if !interpretation.has_film(movie.name) {
            return false;
        }
        let bound = score(level, OTHER_BEGINNING + 1, interpretation.penalty);
        let lacks = |matcher: &TermMatcher| !titles.have(matcher, 1);
        // The only word may be complete in an other title.
        words.len() == 1 || plain.is_none_or(|plain| plain < bound) && words.iter().any(lacks)
    })
}

impl Interpretation {
    /// Whether the movie with that name can be an answer: with a person, only the movies of the
    /// person can.
    fn has_film(&self, name: &str) -> bool {
        let has_it = |films: &Rc<[PersonFilm]>| films.iter().any(|film| film.name == name);
        self.films.as_ref().is_none_or(has_it)
    }
}

/// Whether an episode is ranked after other titles: unless its type was asked for.
fn is_later(filter: &Filter, is_episode: bool) -> bool {
    is_episode && filter.kind.is_none()
}

/// The place of the words of an interpretation, the bonus for it, and the other title that contains
/// them. `None` when the titles lack one. An other title counts less, and its words only when the
/// title and the original title lack one.
fn placement<'t>(
    interpretation: &Interpretation,
    is_closed: bool,
    titles: &'t AnalyzedTitles,
) -> Option<(Placement, i16, Option<&'t str>)> {
    let Interpretation {
        words, keys, lead, ..
    } = interpretation;
    let whole = if is_closed {
        Placement::WholeAndClosed
    } else {
        Placement::Whole
    };
    let is_typed = |key: &str| keys.iter().any(|typed| typed == key);
    if titles.keys().any(is_typed) {
        return Some((whole, interpretation.whole_bonus(is_closed), None));
    }
    if let Some((_, text)) = titles
        .others()
        .iter()
        .find(|(other, _)| is_typed(other.key()))
    {
        let bonus = interpretation.whole_bonus(is_closed) - OTHER_TITLE_LESS;
        return Some((whole, bonus, Some(text)));
    }
    if !words.iter().all(|matcher| {
        let same = words.iter().filter(|other| matcher.includes(other));
        titles.have(matcher, same.count())
    }) {
        return in_other_title(words, titles);
    }
    let at_start = words.get(*lead).is_none_or(|matcher| {
        let mut first = titles.words().filter(|word| word.at_start);
        first.any(|word| matcher.takes(word.text))
    });
    let is_whole = words.last().is_none_or(|matcher| {
        let mut all = titles
            .words()
            .chain(titles.other_words().filter(|_| words.len() == 1));
        all.any(|word| matcher.is_whole(word.text))
    });
    let placement = match words.len() {
        0 | 1 => Placement::best(words.len(), at_start),
        _ if at_start && titles.analyzed().any(|title| follow(words, title, true)) => {
            Placement::Beginning
        }
        _ if titles.analyzed().any(|title| follow(words, title, false)) => Placement::Phrase,
        _ if at_start => Placement::Start,
        _ => Placement::Anywhere,
    };
    Some((placement, placement.bonus(is_whole), None))
}

/// As [`placement`], when one other title has all the words.
fn in_other_title<'t>(
    words: &[TermMatcher],
    titles: &'t AnalyzedTitles,
) -> Option<(Placement, i16, Option<&'t str>)> {
    let in_title = |(title, text): &'t (Analyzed, String)| {
        let has = |matcher: &TermMatcher| {
            let same = words.iter().filter(|other| matcher.includes(other)).count();
            let mut taken = title.words().filter(|word| {
                (same == 1 || word.kind != WordKind::Also) && matcher.takes(word.text)
            });
            taken.nth(same - 1).is_some()
        };
        if !words.iter().all(has) {
            return None;
        }
        let last = words.last()?;
        let is_whole = title.words().any(|word| last.is_whole(word.text));
        let (placement, bonus) = match words.len() {
            1 => (Placement::Anywhere, 0),
            _ if follow(words, title, true) => (Placement::Beginning, OTHER_BEGINNING),
            _ if follow(words, title, false) => (Placement::Phrase, OTHER_PHRASE),
            _ => (Placement::Anywhere, 0),
        };
        Some((placement, bonus + i16::from(is_whole), Some(text.as_str())))
    };
    let found = titles.others().iter().filter_map(in_title);
    found.max_by_key(|(_, bonus, _)| *bonus)
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

    /// Whether a word of a title is equal to a pattern, and not longer.
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
    use super::super::ranking::{Rank, rank};
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
                let candidate = CandidateMovie {
                    titles: &titles,
                    movie: movie.view(),
                    extras: TitleExtras::default(),
                };
                let found = best_match(&interpretations, false, &filter, candidate)?;
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
