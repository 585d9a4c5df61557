//! A request for a search, and the orders of its answers.

use std::cmp::Reverse;

use crate::movie::MovieRef;
use crate::search::{AnalyzedTitles, Filter, Query, Score};

/// A request for a page of `FIND`.
#[derive(Clone, Debug)]
pub struct Search {
    /// The query.
    pub query: Query,
    /// The filter.
    pub filter: Filter,
    /// The page begins after the movie of this name.
    pub after: Option<String>,
    /// The maximum number of movies of the page.
    pub rows: usize,
    /// The region whose title of each movie is shown, such as `FR`, or a language.
    pub region: Option<String>,
    /// The order.
    pub order: SearchOrder,
}

impl Search {
    /// The best `rows` movies for a query.
    pub fn new(query: Query, rows: usize) -> Search {
        Search {
            query,
            filter: Filter::default(),
            after: None,
            rows,
            region: None,
            order: SearchOrder::default(),
        }
    }
}

/// A request for a page of `PEOPLE`.
#[derive(Clone, Debug)]
pub struct PeopleSearch {
    /// The text of the query.
    pub query: Query,
    /// The page begins after the person of this name.
    pub after: Option<String>,
    /// Maximum number of people on the page.
    pub rows: usize,
}

/// The order of the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchOrder {
    /// The best match first.
    #[default]
    Relevance,
    /// The most votes first.
    Votes,
    /// The highest rating first.
    Rating,
    /// The newest first.
    Year,
    /// By title, without articles.
    Title,
}

impl SearchOrder {
    /// The words for the orders.
    pub const WORDS: [(&str, SearchOrder); 5] = [
        ("relevance", SearchOrder::Relevance),
        ("votes", SearchOrder::Votes),
        ("rating", SearchOrder::Rating),
        ("year", SearchOrder::Year),
        ("title", SearchOrder::Title),
    ];

    /// The order of a word, in upper or lower case.
    pub fn from_word(word: &str) -> Option<SearchOrder> {
        let mut words = SearchOrder::WORDS.into_iter();
        let found = words.find(|(known, _)| known.eq_ignore_ascii_case(word));
        found.map(|(_, order)| order)
    }

    /// The place of a movie.
    pub(super) fn place(
        self,
        movie: &MovieRef<'_>,
        titles: &AnalyzedTitles,
        score: Score,
    ) -> Place {
        let votes = movie.votes.unwrap_or(0);
        let first = match self {
            SearchOrder::Relevance => i64::from(score.0),
            SearchOrder::Votes => i64::from(votes),
            SearchOrder::Rating => movie.rating.map_or(-1, |rating| (rating * 100.0) as i64),
            SearchOrder::Year => movie.released.map_or(-1, |released| released.year().into()),
            SearchOrder::Title => 0,
        };
        let title = match self {
            SearchOrder::Title => titles.keys().next().unwrap_or_default(),
            _ => "",
        };
        Place {
            first: Reverse(first),
            title: title.to_owned(),
            votes: Reverse(votes),
            name: movie.name.to_owned(),
        }
    }
}

/// The place of a movie in an order; a smaller one comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    first: Reverse<i64>,
    title: String,
    pub votes: Reverse<u32>,
    name: String,
}
