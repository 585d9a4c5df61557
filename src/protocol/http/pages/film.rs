//! The page of a movie, with its full record.

use maud::{Markup, html};

use super::card::{poster_class, rating_badge};
use super::home::genre_chip;
use super::layout::{Section, Shell};
use super::links::{json_link, movie_link, person_link, season_link};
use super::words;
use crate::movie::{Aka, CastMember, CrewMember, Details, FullMovie, PersonRef, SeasonCount};

/// The people of the cast that are shown before "all".
const CAST_SHOWN: usize = 12;
/// The other titles that are shown before "all".
const AKAS_SHOWN: usize = 8;

pub fn film_page(shell: &Shell<'_>, film: &FullMovie) -> Markup {
    let (movie, details) = (film.movie(), film.details());
    let content = html! {
        article.film {
            (head(film))
            @if let Some(seasons) = &details.seasons { (seasons_of(&movie.name, seasons, None)) }
            (cast(&details.cast))
            (crew(&details.crew))
            (akas(&details.akas))
            (for_programs(&movie.name))
        }
    };
    let year = movie
        .released
        .map(|released| format!(" ({})", released.year()));
    let title = format!("{}{}", movie.title, year.unwrap_or_default());
    shell.page(Section::Other, &title, &content)
}

/// The head of a film's page: poster, title, facts.
fn head(film: &FullMovie) -> Markup {
    let (movie, details) = (film.movie(), film.details());
    html! {
        header.film-head {
            @if let Some(poster) = &details.poster {
                img.poster.picture src=(poster) alt="" width="200" height="300" decoding="async" referrerpolicy="no-referrer";
            } @else {
                div class={ (poster_class(&movie.name, movie.genres.iter())) " big" } aria-hidden="true" {
                    @if let Some(released) = movie.released { span.poster-year { (released.year()) } }
                }
            }
            div.film-summary {
                (place_in_series(details))
                h1 lang="mul" { (movie.title) }
                @if let Some(original) = &movie.original_title {
                    p.original { span.hidden { "Original title: " } span lang="mul" { (original) } }
                }
                p.line { (line(film)) }
                @if let Some(rating) = movie.rating {
                    p.score {
                        (rating_badge(rating)) span.of { "of 10" }
                        @if let Some(votes) = movie.votes {
                            span.votes { (words::counted(votes.into(), "vote", "votes")) }
                        }
                    }
                }
                @if !movie.genres.is_empty() {
                    ul.chips aria-label="Genres" { @for genre in &movie.genres { (genre_chip(genre)) } }
                }
                @if let Some(plot) = &details.plot { p.plot { (plot) } }
                (facts(film))
            }
        }
    }
}

fn place_in_series(details: &Details) -> Markup {
    html! {
        @if let Some(series) = &details.series {
            p.crumb {
                a href=(movie_link(&series.name)) lang="mul" { (series.title.as_deref().unwrap_or(&series.name)) }
                @if let Some(season) = series.season {
                    " · " a href=(season_link(&series.name, season)) { "Season " (season) }
                }
                @if let Some(episode) = series.episode { " · Episode " (episode) }
            }
        }
    }
}

/// The facts on one line: type, years, runtime, classification.
fn line(film: &FullMovie) -> String {
    let (movie, details) = (film.movie(), film.details());
    let mut parts = Vec::new();
    if let Some(title_type) = details.kind.as_deref()
        && title_type != "movie"
    {
        parts.push(title_type_in_words(title_type).to_owned());
    }
    if let Some(released) = movie.released {
        let year = released.year();
        parts.push(match details.ended {
            Some(ended) if ended.year() != year => format!("{year}–{}", ended.year()),
            _ => year.to_string(),
        });
    }
    parts.extend(movie.runtime_minutes.map(words::runtime));
    parts.extend(details.rated.clone());
    if details.adult == Some(true) {
        parts.push("Adult".to_owned());
    }
    parts.join(" · ")
}

/// The words for IMDb's types of titles.
pub fn title_type_in_words(title_type: &str) -> &str {
    match title_type {
        "movie" => "Film",
        "short" => "Short",
        "tvMovie" => "TV film",
        "tvSeries" => "Series",
        "tvMiniSeries" => "Mini series",
        "tvEpisode" => "Episode",
        "tvShort" => "TV short",
        "tvSpecial" => "TV special",
        "tvPilot" => "Pilot",
        "video" => "Video",
        "videoGame" => "Game",
        other => other,
    }
}

/// The list of facts.
fn facts(film: &FullMovie) -> Markup {
    let (movie, details) = (film.movie(), film.details());
    let texts = [
        ("Language", &details.language),
        ("Country", &details.country),
        ("Awards", &details.awards),
    ];
    html! {
        dl.facts {
            (credited("Director", "Directors", &details.directors))
            (credited("Writer", "Writers", &details.writers))
            @if let Some(released) = movie.released { dt { "Released" } dd { (words::date(released)) } }
            @for (label, text) in texts {
                @if let Some(text) = text { dt { (label) } dd { (text) } }
            }
            @if let Some(website) = &details.website {
                dt { "Website" }
                dd {
                    @if is_web_address(website) {
                        a href=(website) rel="noopener noreferrer external" { (website) }
                    } @else { (website) }
                }
            }
        }
    }
}

/// Whether a text may be the address of a link: only http and https, so no `javascript:`.
fn is_web_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn credited(one: &str, many: &str, people: &[PersonRef]) -> Markup {
    html! {
        @if !people.is_empty() {
            dt { (if people.len() == 1 { one } else { many }) }
            dd {
                @for (index, credit) in people.iter().enumerate() {
                    @if index > 0 { ", " }
                    (person(&credit.name, credit.person.as_deref()))
                    @if let Some(job) = &credit.job { " " span.as { "(" (job) ")" } }
                }
            }
        }
    }
}

/// A link to a person, under the full name where it is known.
fn person(name: &str, full_name: Option<&str>) -> Markup {
    html! { a href=(person_link(name)) { (full_name.unwrap_or(name)) } }
}

fn cast(cast: &[CastMember]) -> Markup {
    let (shown, more) = cast.split_at(cast.len().min(CAST_SHOWN));
    let members = |members: &[CastMember]| {
        html! {
            ul.people {
                @for member in members {
                    @let category = member.category.as_deref().unwrap_or_default();
                    @let role = if member.characters.is_empty() { in_words(category) } else { member.characters.join(", ") };
                    (worker(&member.name, member.person.as_deref(), &role))
                }
            }
        }
    };
    html! {
        @if !cast.is_empty() {
            section aria-labelledby="cast" {
                h2 #cast { "Cast" }
                (members(shown))
                @if !more.is_empty() {
                    details {
                        summary { (words::thousands(more.len() as u64)) " more of the cast" }
                        (members(more))
                    }
                }
            }
        }
    }
}

fn crew(crew: &[CrewMember]) -> Markup {
    html! {
        @if !crew.is_empty() {
            section aria-labelledby="crew" {
                h2 #crew { "Crew" }
                details {
                    summary { (words::counted(crew.len() as u64, "person", "people")) }
                    ul.people {
                        @for member in crew {
                            @let role = member.job.clone().or(member.category.as_deref().map(in_words));
                            (worker(&member.name, member.person.as_deref(), &role.unwrap_or_default()))
                        }
                    }
                }
            }
        }
    }
}

/// A person and the task.
fn worker(name: &str, full_name: Option<&str>, role: &str) -> Markup {
    html! { li.member { (person(name, full_name)) @if !role.is_empty() { span.as { (role) } } } }
}

/// `archive footage` for `archive_footage`.
fn in_words(label: &str) -> String {
    label.replace('_', " ")
}

fn akas(akas: &[Aka]) -> Markup {
    let (shown, more) = akas.split_at(akas.len().min(AKAS_SHOWN));
    html! {
        @if !akas.is_empty() {
            section aria-labelledby="akas" {
                h2 #akas { "Other titles" }
                dl.akas { @for title in shown { (aka(title)) } }
                @if !more.is_empty() {
                    details {
                        summary { (words::counted(more.len() as u64, "more title", "more titles")) }
                        dl.akas { @for title in more { (aka(title)) } }
                    }
                }
            }
        }
    }
}

fn aka(aka: &Aka) -> Markup {
    let region = aka.region.as_deref().or(aka.language.as_deref());
    let notes: Vec<&str> = aka
        .types
        .iter()
        .chain(&aka.attributes)
        .map(String::as_str)
        .collect();
    html! {
        div {
            dt { span.region data-region=[aka.region.as_deref()] { (region.unwrap_or("–")) } }
            dd {
                span lang=(aka.language.as_deref().unwrap_or("mul")) { (aka.title) }
                @if !notes.is_empty() && notes != ["imdbDisplay"] { span.as { (notes.join(", ")) } }
            }
        }
    }
}

/// The seasons of a series, one of them current.
pub fn seasons_of(series: &str, seasons: &[SeasonCount], current: Option<u32>) -> Markup {
    html! {
        @if !seasons.is_empty() {
            nav.seasons aria-label="Seasons" {
                h2 { "Seasons" }
                ul.chips.large {
                    @for (season, count) in seasons.iter().filter_map(|count| Some((count.season?, count))) {
                        li {
                            a.chip href=(season_link(series, season)) aria-current=[(current == Some(season)).then_some("page")] {
                                "Season " (season)
                                span.count { (words::counted(count.episodes.into(), "episode", "episodes")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The requests with which a program gets the movie.
fn for_programs(name: &str) -> Markup {
    html! {
        section.programs aria-labelledby="programs" {
            h2 #programs { "For programs" }
            dl.facts {
                dt { "Name" } dd { code { (name) } }
                dt { "JSON" } dd { a href=(json_link(name)) { code { (json_link(name)) } } }
                dt { "Redis" } dd { code { "SEND " (quoted(name)) " JSON" } }
            }
        }
    }
}

/// A name as redis-cli takes it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
    if name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert!(is_web_address("https://example.com/"));
        assert!(!is_web_address("javascript:alert(1)"));
        assert!(!is_web_address(" https://example.com/"));
    }

    #[test]
    fn names_are_quoted_for_the_command() {
        assert_eq!(quoted("tt0068646"), "tt0068646");
        assert_eq!(quoted("a \"b\""), r#""a \"b\"""#);
    }
}
