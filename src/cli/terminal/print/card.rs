//! One movie for a person.

use super::escape;
use crate::movie::Movie;

/// A movie on two to four lines: its title and date, its title in its own
/// language, what is known about it, and the name to ask for it.
pub fn card(movie: &Movie, bold: bool) -> String {
    let title = escape::line(&movie.title);
    let mut card = if bold {
        format!("\x1b[1m{title}\x1b[0m")
    } else {
        title
    };
    if let Some(released) = movie.released {
        card.push_str(&format!(" ({released})"));
    }
    card.push('\n');
    if let Some(original) = &movie.original_title
        && *original != movie.title
    {
        card.push_str(&escape::line(original));
        card.push('\n');
    }
    let facts: Vec<String> = [
        movie.runtime_minutes.map(running_time),
        (!movie.genres.is_empty()).then(|| escape::line(&movie.genres.join(", "))),
        opinion(movie),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !facts.is_empty() {
        card.push_str(&facts.join(" · "));
        card.push('\n');
    }
    card.push_str(&escape::line(&movie.name));
    card.push('\n');
    card
}

/// The rating with one decimal digit, and the number of votes.
fn opinion(movie: &Movie) -> Option<String> {
    let votes = movie.votes.map(|votes| match votes {
        1 => "1 vote".to_owned(),
        votes => format!("{} votes", grouped(votes.into())),
    });
    match (movie.rating, votes) {
        (Some(rating), Some(votes)) => Some(format!("{rating:.1} from {votes}")),
        (Some(rating), None) => Some(format!("{rating:.1}")),
        (None, votes) => votes,
    }
}

/// `2 h 55 min`, `2 h` or `55 min`.
pub fn running_time(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A number with a comma between its thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movie::Fields;

    fn shown(fields: Fields) -> String {
        let fields = Fields {
            name: "tt0047478".into(),
            title: "Seven Samurai".into(),
            ..fields
        };
        card(&Movie::new(fields).unwrap(), false)
    }

    #[test]
    fn everything_that_is_known() {
        let fields = Fields {
            original_title: Some("Shichinin no samurai".into()),
            released: Some("1954-04-26".parse().unwrap()),
            runtime_minutes: Some(207),
            genres: vec!["Action".into(), "Drama".into()],
            rating: Some(8.6),
            votes: Some(1_380_000),
            ..Fields::default()
        };
        assert_eq!(
            shown(fields),
            "Seven Samurai (1954-04-26)\n\
             Shichinin no samurai\n\
             3 h 27 min · Action, Drama · 8.6 from 1,380,000 votes\n\
             tt0047478\n"
        );
    }

    #[test]
    fn what_is_not_known_leaves_no_gap() {
        assert_eq!(shown(Fields::default()), "Seven Samurai\ntt0047478\n");
        let same_title = Fields {
            original_title: Some("Seven Samurai".into()),
            votes: Some(1),
            ..Fields::default()
        };
        assert_eq!(shown(same_title), "Seven Samurai\n1 vote\ntt0047478\n");
        let rated = Fields {
            runtime_minutes: Some(120),
            rating: Some(9.0),
            ..Fields::default()
        };
        assert_eq!(shown(rated), "Seven Samurai\n2 h · 9.0\ntt0047478\n");
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn only_the_title_is_bold() {
        let movie = Movie::new(Fields {
            name: "1".into(),
            title: "Alien".into(),
            ..Fields::default()
        });
        assert_eq!(card(&movie.unwrap(), true), "\x1b[1mAlien\x1b[0m\n1\n");
    }
}
