//! A full record, a person, and the episodes of a series, for a person.

use std::fmt::Write as _;

use super::card::{card, grouped};
use super::escape;
use crate::config::limits;
use crate::movie::{Aka, CastMember, CrewMember, Details, Episode, FullMovie, Person, PersonRef};

/// The width of the labels.
const LABEL: usize = 13;

/// A movie with its details: the card of the movie, then a line for each kind of detail.
pub fn full_card(full: &FullMovie, bold: bool) -> String {
    let details = full.details();
    let mut text = card(full.movie(), bold);
    if let Some(plot) = &details.plot {
        let _ = write!(text, "\n{}\n", escape::line(plot));
    }
    let lines = lines(details);
    if !lines.is_empty() {
        text.push('\n');
    }
    for (label, items) in lines {
        push_lines(&mut text, label, &items);
    }
    text
}

/// A label and its lines.
type LabelledLines = (&'static str, Vec<String>);

/// The labels, each with its lines.
fn lines(details: &Details) -> Vec<LabelledLines> {
    let plain = |text: &Option<String>| {
        let lines = text.iter().map(|text| escape::line(text));
        lines.collect::<Vec<_>>()
    };
    let ended = details.ended.map(|date| date.to_string());
    let adults = (details.adult == Some(true)).then(|| "for adults".to_owned());
    let kind = joined(plain(&details.kind).into_iter().chain(adults), usize::MAX);
    let akas = details.akas.iter().map(other_title);
    let mut lines = vec![("Type", kind), ("Ended", ended.into_iter().collect())];
    lines.extend(series_lines(details));
    lines.extend(people_lines(details));
    lines.extend([
        ("Also called", joined(akas, limits::MAX_PRINTED_OTHERS)),
        ("Language", plain(&details.language)),
        ("Country", plain(&details.country)),
        ("Rated", plain(&details.rated)),
        ("Awards", plain(&details.awards)),
        ("Website", plain(&details.website)),
        ("Poster", plain(&details.poster)),
    ]);
    lines.retain(|(_, items)| !items.is_empty());
    lines
}

fn series_lines(details: &Details) -> [LabelledLines; 2] {
    let series = details.series.as_ref().map(|place| {
        let title = escape::line(place.title.as_ref().unwrap_or(&place.name));
        let number = |what, number: Option<u32>| {
            number.map_or(String::new(), |number| format!(", {what} {number}"))
        };
        let season = number("season", place.season);
        let episode = number("episode", place.episode);
        format!("{title}{season}{episode} · {}", escape::line(&place.name))
    });
    let seasons = details.seasons.iter().flatten().map(|count| {
        let season = (count.season).map_or("?".to_owned(), |season| season.to_string());
        format!("{season} ({})", counted(count.episodes.into(), "episode"))
    });
    [
        ("Series", series.into_iter().collect()),
        ("Seasons", joined(seasons, usize::MAX)),
    ]
}

fn people_lines(details: &Details) -> [LabelledLines; 4] {
    let (most_cast, most) = (limits::MAX_PRINTED_CAST, limits::MAX_PRINTED_OTHERS);
    let mut cast: Vec<String> = details.cast.iter().take(most_cast).map(member).collect();
    if details.cast.len() > most_cast {
        cast.push(format!("and {} more", details.cast.len() - most_cast));
    }
    let [directors, writers] = [&details.directors, &details.writers]
        .map(|people| joined(people.iter().map(person), most));
    [
        ("Directed by", directors),
        ("Written by", writers),
        ("Cast", cast),
        ("Crew", joined(details.crew.iter().map(worker), most)),
    ]
}

/// The first items on one line, and the number of the others.
fn joined(items: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let items: Vec<String> = items.collect();
    let shown = &items[..items.len().min(most)];
    let mut line = shown.join(", ");
    if items.len() > most {
        let _ = write!(line, " and {} more", items.len() - most);
    }
    Some(line)
        .filter(|line| !line.is_empty())
        .into_iter()
        .collect()
}

fn push_lines(text: &mut String, label: &str, items: &[String]) {
    for (index, item) in items.iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(text, "{label:LABEL$}{item}");
    }
}

fn named(name: &str, person: Option<&String>) -> String {
    escape::line(person.map_or(name, String::as_str))
}

fn with_note(text: String, note: Option<&String>) -> String {
    match note {
        Some(note) => format!("{text} ({})", escape::line(note)),
        None => text,
    }
}

fn person(credit: &PersonRef) -> String {
    let name = named(&credit.name, credit.person.as_ref());
    with_note(name, credit.job.as_ref())
}

fn worker(credit: &CrewMember) -> String {
    let name = named(&credit.name, credit.person.as_ref());
    with_note(name, credit.job.as_ref().or(credit.category.as_ref()))
}

fn member(credit: &CastMember) -> String {
    let name = named(&credit.name, credit.person.as_ref());
    match credit.characters.as_slice() {
        [] => format!("{name} · {}", escape::line(&credit.name)),
        characters => {
            let characters = escape::line(&characters.join(", "));
            format!("{name} as {characters} · {}", escape::line(&credit.name))
        }
    }
}

fn other_title(aka: &Aka) -> String {
    with_note(
        escape::line(&aka.title),
        aka.region.as_ref().or(aka.language.as_ref()),
    )
}

fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{} {what}s", grouped(number)),
    }
}

/// A person on some lines: the name and the dates, the professions, what the person is known
/// for, and how to ask for the films.
pub fn person_card(person: &Person, bold: bool) -> String {
    let name = named(&person.name, person.person.as_ref());
    let mut text = if bold {
        format!("\x1b[1m{name}\x1b[0m")
    } else {
        name
    };
    let date = |date: Option<crate::movie::Released>| date.map(|date| date.to_string());
    match (date(person.born), date(person.died)) {
        (None, None) => {}
        (born, None) => {
            let _ = write!(text, " (born {})", born.unwrap_or_default());
        }
        (born, Some(died)) => {
            let _ = write!(text, " ({}–{died})", born.unwrap_or_else(|| "?".to_owned()));
        }
    }
    text.push('\n');
    if !person.professions.is_empty() {
        let professions = person.professions.join(", ").replace('_', " ");
        let _ = writeln!(text, "{}", escape::line(&professions));
    }
    for (index, link) in person.known_for.iter().enumerate() {
        let label = if index == 0 { "Known for" } else { "" };
        let (title, name) = (escape::line(&link.title), escape::line(&link.name));
        let _ = writeln!(text, "{label:LABEL$}{title} · {name}");
    }
    let movies = counted(person.credits, "movie");
    let _ = writeln!(text, "{} · {movies}", escape::line(&person.name));
    text
}

/// The number of an episode as people write it: `S1 E5`.
pub fn place(episode: &Episode) -> String {
    let number = |letter: char, number: Option<u32>| {
        number.map_or(String::new(), |number| format!("{letter}{number}"))
    };
    let (season, episode) = (number('S', episode.season), number('E', episode.episode));
    format!("{season} {episode}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::{FullMovie, Movie};

    #[test]
    fn a_full_card_has_a_line_for_each_kind_of_detail() {
        let full = FullMovie::from_strict_json(
            r#"{"name":"tt0068646","title":"The Godfather","released":"1972","type":"movie","adult":true,
                "directors":[{"name":"nm0000338","person":"Francis Ford Coppola"}],
                "writers":[{"name":"puzo","job":"novel"}],
                "cast":[{"name":"nm0000008","person":"Marlon Brando","characters":["Don Vito"]},{"name":"nm0000199"}],
                "crew":[{"name":"nm1","person":"Nino Rota","category":"composer"}],
                "akas":[{"title":"Le Parrain","region":"FR"},{"title":"El padrino"}],
                "plot":"A family.","rated":"R"}"#,
        );
        assert_eq!(
            full_card(&full.unwrap(), false),
            "The Godfather (1972)\n\
             tt0068646\n\
             \n\
             A family.\n\
             \n\
             Type         movie, for adults\n\
             Directed by  Francis Ford Coppola\n\
             Written by   puzo (novel)\n\
             Cast         Marlon Brando as Don Vito · nm0000008\n             \
             nm0000199 · nm0000199\n\
             Crew         Nino Rota (composer)\n\
             Also called  Le Parrain (FR), El padrino\n\
             Rated        R\n"
        );
    }

    #[test]
    fn many_people_are_counted() {
        let cast: Vec<String> = (0..25).map(|n| format!(r#"{{"name":"nm{n}"}}"#)).collect();
        let json = format!(
            r#"{{"name":"s","title":"S","cast":[{}],"directors":[{0}],
                "series":{{"name":"tt1","title":"T","season":2}},
                "seasons":[{{"season":1,"episodes":1200}},{{"season":null,"episodes":1}}]}}"#,
            cast.join(",")
        );
        let text = full_card(&FullMovie::from_json(&json).unwrap(), true);
        assert!(text.starts_with("\x1b[1mS\x1b[0m\n"), "{text}");
        assert!(text.contains("             and 5 more\n"), "{text}");
        assert!(text.contains("nm7 and 17 more\n"), "{text}");
        assert!(text.contains("Series       T, season 2 · tt1\n"), "{text}");
        assert!(
            text.contains("Seasons      1 (1,200 episodes), ? (1 episode)\n"),
            "{text}"
        );
    }

    #[test]
    fn a_person_has_dates_and_films() {
        let person = Person::from_json(
            r#"{"name":"nm0000008","person":"Marlon Brando","born":"1924","died":"2004",
                "professions":["actor","art_director"],"known_for":[{"name":"tt1","title":"T"}],"credits":47}"#,
        );
        assert_eq!(
            person_card(&person.unwrap(), false),
            "Marlon Brando (1924–2004)\nactor, art director\nKnown for    T · tt1\nnm0000008 · 47 movies\n"
        );
        let bare = Person {
            name: "al".into(),
            credits: 1,
            ..Person::default()
        };
        assert_eq!(person_card(&bare, false), "al\nal · 1 movie\n");
    }

    #[test]
    fn an_episode_has_a_place() {
        let movie = Movie::from_json(r#"{"name":"1","title":"Pilot"}"#).unwrap();
        let of = |season, episode| {
            let movie = movie.clone();
            place(&Episode {
                season,
                episode,
                movie,
            })
        };
        assert_eq!(of(Some(1), Some(5)), "S1 E5");
        assert_eq!(of(None, Some(5)), "E5");
        assert_eq!(of(None, None), "");
    }
}
