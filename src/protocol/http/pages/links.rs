//! The addresses of pages.

use std::fmt::Write;

/// The page of a movie.
pub fn movie_link(name: &str) -> String {
    named("/film", name)
}

/// The episodes of one season of a series.
pub fn season_link(series: &str, season: u32) -> String {
    let season = season.to_string();
    with_parameters(&movie_link(series), [("season", season.as_str())])
}

/// The page of a person.
pub fn person_link(name: &str) -> String {
    named("/person", name)
}

/// The movie as JSON.
pub fn json_link(name: &str) -> String {
    if is_removed(name) {
        return format!("/api/v1/lookup?name={name}");
    }
    named("/api/v1/movies", name)
}

/// Whether browsers remove this name from a path, escaped or not.
fn is_removed(name: &str) -> bool {
    matches!(name, "." | "..")
}

fn named(path: &str, name: &str) -> String {
    if is_removed(name) {
        return format!("{path}?name={name}");
    }
    format!("{path}/{}", Escaped(name))
}

/// A path with these parameters. A parameter without a value is left out.
pub fn with_parameters<'a>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut link = path.to_owned();
    let mut separator = if link.contains('?') { '&' } else { '?' };
    for (parameter, value) in parameters {
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(link, "{separator}{parameter}={}", Escaped(value));
            separator = '&';
        }
    }
    link
}

/// A text as a part of an address: all bytes but letters, digits and `-_~.` in hexadecimal.
pub struct Escaped<'a>(pub &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte) {
                f.write_char(char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        assert_eq!(movie_link("a/b ?é"), "/film/a%2Fb%20%3F%C3%A9");
        assert_eq!(season_link("a", 2), "/film/a?season=2");
        assert_eq!(season_link("..", 2), "/film?name=..&season=2");
        assert_eq!(
            [movie_link("."), json_link(".."), person_link("...")],
            ["/film?name=.", "/api/v1/lookup?name=..", "/person/..."]
        );
        assert_eq!(
            with_parameters(
                "/search",
                [("q", "a&b=c"), ("genre", ""), ("sort", "votes")]
            ),
            "/search?q=a%26b%3Dc&sort=votes"
        );
    }
}
