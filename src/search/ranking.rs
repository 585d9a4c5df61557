//! Which movie is a better answer.
//!
//! First come the films whose title is what was typed. Then those that are
//! about equally well known stand together: each [level] has twice the votes of
//! the next. Within a level a title is better that begins with what was typed,
//! and one that has the last word whole rather than as a beginning; then votes
//! count, and at last the name, so that no two movies have the same [`Rank`].
//!
//! A rank depends on the movie and the query alone, never on other movies. So
//! a page of results can begin behind any movie, whatever was added meanwhile.

use std::cmp::Reverse;

use super::analysis::{Analyzed, Word, WordKind};
use super::filter::Filter;
use super::filter::is_within;
use super::query::{Interpretation, Pattern, TermMatcher};
use crate::movie::MovieRef;

/// How many different [`Group::quality`]s there are.
pub const QUALITIES: usize = 4;

/// The place of a movie among the answers to a query: the smaller, the better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// What it shares with others.
    pub group: Group,
    /// How many people gave a rating.
    pub votes: Reverse<u32>,
    /// The movie's name.
    pub name: String,
}

/// Movies that are equally good answers, but for their votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// Whether there is more in the title than was typed.
    pub is_longer: bool,
    /// The level of the votes; the same for all exact titles.
    pub level: Reverse<u8>,
    /// 0 to 3: how much of the query is where one expects it.
    pub quality: u8,
}

impl Group {
    /// All films whose title is what was typed.
    pub const EXACT: Group = Group {
        is_longer: false,
        level: Reverse(0),
        quality: 0,
    };

    /// Films with longer titles.
    pub fn longer(level: u8, at_start: bool, is_whole: bool) -> Group {
        Group {
            is_longer: true,
            level: Reverse(level),
            quality: 2 * u8::from(!at_start) + u8::from(!is_whole),
        }
    }
}

/// 0 without votes, and one more with every doubling: at most 32.
pub fn level(votes: u32) -> u8 {
    (u32::BITS - votes.leading_zeros()) as u8
}

/// The titles of a movie, taken apart.
#[derive(Debug, Default)]
pub struct AnalyzedTitles {
    title: Analyzed,
    original: Analyzed,
    has_original: bool,
}

impl AnalyzedTitles {
    /// Takes the titles of a movie apart, in the same memory as those before.
    pub fn analyze(&mut self, movie: &MovieRef<'_>) {
        self.title.analyze(movie.title);
        self.has_original = movie.original_title.is_some();
        if let Some(original) = movie.original_title {
            self.original.analyze(original);
        }
    }

    fn folded(&self) -> impl Iterator<Item = &Analyzed> {
        let original = self.has_original.then_some(&self.original);
        [&self.title].into_iter().chain(original)
    }

    /// The words of both.
    pub fn words(&self) -> impl Iterator<Item = Word<'_>> {
        self.folded().flat_map(Analyzed::words)
    }

    /// Whether one of them has such a word so many times: `la la` is typed for
    /// a title that has it twice.
    fn have(&self, wanted: &TermMatcher, times: usize) -> bool {
        if times == 1 {
            return self.words().any(|word| wanted.takes(word.text));
        }
        self.folded().any(|title| {
            let words = title.words().filter(|word| word.kind != WordKind::Also);
            words.filter(|word| wanted.takes(word.text)).count() >= times
        })
    }

    /// The keys of both; the same one once.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let first = self.title.key();
        self.folded()
            .map(Analyzed::key)
            .enumerate()
            .filter(move |(at, key)| *at == 0 || *key != first)
            .map(|(_, key)| key)
    }
}

/// What a movie is to a query: the best of what it is to its interpretations, or
/// nothing when it is no answer.
pub fn group(
    interpretations: &[Interpretation],
    filter: &Filter,
    titles: &AnalyzedTitles,
    movie: &MovieRef<'_>,
) -> Option<Group> {
    if !filter.admits(movie) {
        return None;
    }
    let year = movie.released.map(|released| released.year());
    interpretations
        .iter()
        .filter(|interpretation| {
            interpretation
                .years
                .is_none_or(|years| is_within(year, years))
        })
        .filter_map(|interpretation| group_of(interpretation, titles, movie.votes.unwrap_or(0)))
        .min()
}

/// The rank of a movie that is in this group.
pub fn rank(group: Group, movie: &MovieRef<'_>) -> Rank {
    Rank {
        group,
        votes: Reverse(movie.votes.unwrap_or(0)),
        name: movie.name.to_owned(),
    }
}

fn group_of(interpretation: &Interpretation, titles: &AnalyzedTitles, votes: u32) -> Option<Group> {
    if titles
        .keys()
        .any(|key| interpretation.keys.iter().any(|wanted| wanted == key))
    {
        return Some(Group::EXACT);
    }
    let has = |wanted: &TermMatcher| {
        let same = interpretation
            .words
            .iter()
            .filter(|other| wanted.includes(other));
        titles.have(wanted, same.count())
    };
    if !interpretation.words.iter().all(has) {
        return None;
    }
    let at_start = interpretation
        .words
        .get(interpretation.lead)
        .is_none_or(|wanted| {
            let mut words = titles.words().filter(|word| word.at_start);
            words.any(|word| wanted.takes(word.text))
        });
    let is_whole = interpretation
        .words
        .last()
        .is_none_or(|wanted| titles.words().any(|word| wanted.is_whole(word.text)));
    Some(Group::longer(level(votes), at_start, is_whole))
}

impl TermMatcher {
    /// Whether a word of a title will do.
    pub fn takes(&self, word: &str) -> bool {
        self.patterns.iter().any(|pattern| match pattern {
            Pattern::Word(wanted) => wanted == word,
            Pattern::Prefix(wanted) => word.starts_with(wanted.as_str()),
        })
    }

    /// Whether every word that will do for another will do for this.
    fn includes(&self, other: &TermMatcher) -> bool {
        other.patterns.iter().all(|pattern| match pattern {
            Pattern::Word(word) => self.takes(word),
            Pattern::Prefix(longer) => self.patterns.iter().any(|pattern| match pattern {
                Pattern::Word(_) => false,
                Pattern::Prefix(prefix) => longer.starts_with(prefix.as_str()),
            }),
        })
    }

    /// Whether a word of a title is just this, and no longer.
    pub fn is_whole(&self, word: &str) -> bool {
        self.wholes().any(|wanted| wanted == word)
    }

    /// The words that are just this.
    pub fn wholes(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(|pattern| match pattern {
            Pattern::Word(wanted) | Pattern::Prefix(wanted) => wanted.as_str(),
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
                let group = group(&interpretations, &Filter::default(), &titles, &movie.view())?;
                Some(rank(group, &movie.view()))
            })
            .collect();
        ranks.sort();
        ranks.into_iter().map(|rank| rank.name).collect()
    }

    #[test]
    fn an_exact_title_comes_before_a_longer_one_and_then_votes_count() {
        let movies = [
            movie("Aliens", None, "1986", 750_000),
            movie("Alien", None, "1979", 100),
            movie("Alien³", None, "1992", 320_000),
            movie("Cowboys & Aliens", None, "2011", 220_000),
            movie("The Alien", None, "1990", 7),
            movie("Heat", None, "1995", 700_000),
        ];
        assert_eq!(
            sorted("alien", &movies),
            ["Alien", "The Alien", "Aliens", "Alien³", "Cowboys & Aliens"]
        );
        assert_eq!(sorted("ALIEN 1979", &movies), ["Alien"]);
        assert_eq!(sorted("alien 3", &movies), ["Alien³"]);
        assert_eq!(sorted("aliens cowboys", &movies), ["Cowboys & Aliens"]);
        assert_eq!(sorted("alienss", &movies), [""; 0]);
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
                "Blade Runner",
                "Blade Runner 2049",
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
