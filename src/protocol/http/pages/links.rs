//! The addresses of pages.

use std::fmt::Write;

/// The page of a movie.
pub fn movie_link(name: &str) -> String {
    format!("/film/{}", Escaped(name))
}

/// The episodes of one season of a series.
pub fn season_link(series: &str, season: u32) -> String {
    format!("/film/{}?season={season}", Escaped(series))
}

/// The page of a person.
pub fn person_link(name: &str) -> String {
    format!("/person/{}", Escaped(name))
}

/// The movie as JSON.
pub fn json_link(name: &str) -> String {
    format!("/api/v1/movies/{}", Escaped(name))
}

/// A path with these parameters. A parameter without a value is left out.
pub fn with_parameters<'a>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut link = path.to_owned();
    let mut separator = '?';
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
        assert_eq!(
            with_parameters(
                "/search",
                [("q", "a&b=c"), ("genre", ""), ("sort", "votes")]
            ),
            "/search?q=a%26b%3Dc&sort=votes"
        );
    }
}
