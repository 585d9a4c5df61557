//! The episodes of one season.

use maud::{Markup, html};

use super::admin::plot::line_plot;
use super::card::rating_badge;
use super::film::seasons_of;
use super::layout::{Section, Shell};
use super::links::movie_link;
use super::words;
use crate::movie::{Episode, FullMovie};

/// One season of a series.
#[derive(Clone, Debug)]
pub struct SeasonPage<'a> {
    /// The series.
    pub series: &'a FullMovie,
    /// The season's number.
    pub season: u32,
    /// The episodes in their order.
    pub episodes: Vec<Episode>,
}

impl SeasonPage<'_> {
    /// The whole page.
    pub fn render(&self, shell: &Shell<'_>) -> Markup {
        let series = self.series.movie();
        let ratings: Vec<f64> = self
            .episodes
            .iter()
            .filter_map(|episode| episode.movie.rating)
            .collect();
        let content = html! {
            article.film {
                p.crumb { a href=(movie_link(&series.name)) lang="mul" { (series.title) } }
                h1 { "Season " (self.season) }
                @if ratings.len() > 2 {
                    figure.season-plot {
                        figcaption { "Ratings, from the first episode to the last" }
                        (line_plot(&ratings, "Ratings of the episodes"))
                    }
                }
                @if self.episodes.is_empty() { p.empty { "No episode of this season is known." } }
                ol.episodes {
                    @for episode in &self.episodes { (one(episode)) }
                }
                @if let Some(seasons) = &self.series.details().seasons {
                    (seasons_of(&series.name, seasons, Some(self.season)))
                }
            }
        };
        shell.page(
            Section::Other,
            &format!("{}, season {}", series.title, self.season),
            &content,
        )
    }
}

fn one(episode: &Episode) -> Markup {
    let movie = &episode.movie;
    html! {
        li {
            a href=(movie_link(&movie.name)) {
                span.number { @if let Some(number) = episode.episode { (number) } @else { "–" } }
                span.row-text {
                    span.row-title lang="mul" { (movie.title) }
                    @if let Some(released) = movie.released { span.row-facts { (words::date(released)) } }
                }
                @if let Some(rating) = movie.rating { (rating_badge(rating)) }
            }
        }
    }
}
