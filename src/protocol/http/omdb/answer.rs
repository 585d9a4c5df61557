//! An answer in OMDb's forms: JSON, JSON in a call, XML.

use std::fmt::Write as _;

use hyper::StatusCode;

use super::film::{self, OmdbField};
use super::parameters::{OmdbForm, OmdbKind};
use crate::movie::FullMovie;

/// The name of the rating's source, as OMDb gives it.
const SOURCE: &str = "Internet Movie Database";
/// The field that the list of ratings follows.
const BEFORE_RATINGS: &str = "Poster";
/// The last field that XML has.
const LAST_IN_XML: &str = "Type";

/// The content of an answer.
#[derive(Debug)]
pub(super) enum OmdbAnswer {
    /// One film.
    Film(Box<FullMovie>),
    /// A season of a series.
    Season {
        /// The series' title.
        title: String,
        /// The season's number.
        season: u32,
        /// The number of the last season.
        total: String,
        /// The episodes by number.
        episodes: Vec<Vec<OmdbField>>,
    },
    /// A page of a search.
    Search {
        /// The films.
        results: Vec<Vec<OmdbField>>,
        /// The number of all films that were found.
        total: usize,
    },
    /// An error.
    Error(OmdbError),
}

/// The reason why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OmdbError {
    /// The request has no key.
    NoKey,
    /// The key is unknown, or may not do this.
    InvalidKey,
    /// No film has the title, or a page has none.
    NotFound(Option<OmdbKind>),
    /// The id has not the form of IMDb's, and no movie has it as its name.
    IncorrectId,
    /// The id has the form of IMDb's, and no movie has it.
    NoData,
    /// No series, or no season of the series.
    NoSeason,
    /// No series, or no episode of the series.
    NoEpisode,
    /// None of `i`, `t` and `s` is given.
    NothingWanted,
    /// The server cannot answer this, or not now.
    Refused(StatusCode, String),
}

impl OmdbError {
    /// The message, which clients compare.
    pub fn message(&self) -> &str {
        match self {
            OmdbError::NoKey => "No API key provided.",
            OmdbError::InvalidKey => "Invalid API key!",
            OmdbError::NotFound(Some(OmdbKind::Series)) => "Series not found!",
            OmdbError::NotFound(_) => "Movie not found!",
            OmdbError::IncorrectId => "Incorrect IMDb ID.",
            OmdbError::NoData => "Error getting data.",
            OmdbError::NoSeason => "Series or season not found!",
            OmdbError::NoEpisode => "Series or episode not found!",
            OmdbError::NothingWanted => "Something went wrong.",
            OmdbError::Refused(_, message) => message,
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        match self {
            OmdbError::NoKey | OmdbError::InvalidKey => StatusCode::UNAUTHORIZED,
            OmdbError::Refused(status, _) => *status,
            _ => StatusCode::OK,
        }
    }

    /// This error if it is no answer about films, and else the other one.
    pub fn or(self, other: OmdbError) -> OmdbError {
        match self.status() {
            StatusCode::OK => other,
            _ => self,
        }
    }
}

impl OmdbAnswer {
    /// Its status.
    pub fn status(&self) -> StatusCode {
        match self {
            OmdbAnswer::Error(error) => error.status(),
            _ => StatusCode::OK,
        }
    }

    /// The media type and the body in a form.
    pub fn render(&self, form: &OmdbForm) -> (&'static str, String) {
        match form {
            OmdbForm::Json => ("application/json; charset=utf-8", self.json()),
            OmdbForm::Xml => ("text/xml; charset=utf-8", self.xml()),
            OmdbForm::Call(function) => {
                // Before ECMAScript 2019, these two characters end a line in a script.
                let json = self.json();
                let json = json
                    .replace('\u{2028}', "\\u2028")
                    .replace('\u{2029}', "\\u2029");
                let call = format!("{function}({json});");
                ("application/javascript; charset=utf-8", call)
            }
        }
    }

    fn json(&self) -> String {
        let mut json = String::from("{");
        match self {
            OmdbAnswer::Film(film) => {
                for (name, value) in film::fields(film) {
                    member(&mut json, name, &value);
                    if name == BEFORE_RATINGS {
                        list(&mut json, "Ratings", &ratings(film));
                    }
                }
            }
            OmdbAnswer::Season {
                title,
                season,
                total,
                episodes,
            } => {
                member(&mut json, "Title", title);
                member(&mut json, "Season", &season.to_string());
                member(&mut json, "totalSeasons", total);
                list(&mut json, "Episodes", episodes);
            }
            OmdbAnswer::Search { results, total } => {
                list(&mut json, "Search", results);
                member(&mut json, "totalResults", &total.to_string());
            }
            OmdbAnswer::Error(error) => {
                member(&mut json, "Response", "False");
                member(&mut json, "Error", error.message());
                json.push('}');
                return json;
            }
        }
        member(&mut json, "Response", "True");
        json.push('}');
        json
    }

    fn xml(&self) -> String {
        let mut xml = String::new();
        match self {
            OmdbAnswer::Film(film) => {
                xml.push_str("<root response=\"True\">");
                let fields = film::fields(film);
                let last = fields.iter().position(|(name, _)| *name == LAST_IN_XML);
                // That of a series follows its type.
                let seasons = fields.iter().filter(|(name, _)| *name == "totalSeasons");
                let shown = fields.iter().take(last.map_or(0, |last| last + 1));
                element(&mut xml, "movie", shown.chain(seasons));
            }
            OmdbAnswer::Season {
                title,
                season,
                total,
                episodes,
            } => {
                xml.push_str("<root");
                let season = season.to_string();
                let of_season = [
                    ("title", title),
                    ("season", &season),
                    ("totalSeasons", total),
                ];
                for (name, value) in of_season {
                    attribute(&mut xml, name, value);
                }
                xml.push_str(" response=\"True\">");
                for episode in episodes {
                    element(&mut xml, "result", episode.iter());
                }
            }
            OmdbAnswer::Search { results, total } => {
                let _ = write!(xml, "<root totalResults=\"{total}\" response=\"True\">");
                for result in results {
                    element(&mut xml, "result", result.iter());
                }
            }
            OmdbAnswer::Error(error) => {
                xml.push_str("<root response=\"False\"><error>");
                escape(&mut xml, error.message());
                xml.push_str("</error>");
            }
        }
        xml.push_str("</root>");
        xml
    }
}

/// The list of ratings, which has one at most.
fn ratings(film: &FullMovie) -> Vec<Vec<OmdbField>> {
    let rating = film::rating_of_ten(film);
    let rating = rating.map(|value| vec![("Source", SOURCE.to_owned()), ("Value", value)]);
    rating.into_iter().collect()
}

/// Adds a text to an object that is being written.
fn member(json: &mut String, name: &str, value: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    let _ = write!(json, "\"{name}\":{}", serde_json::Value::from(value));
}

/// Adds a list of objects to an object that is being written.
fn list(json: &mut String, name: &str, rows: &[Vec<OmdbField>]) {
    let comma = if json.ends_with('{') { "" } else { "," };
    let _ = write!(json, "{comma}\"{name}\":[");
    for (index, row) in rows.iter().enumerate() {
        json.push_str(if index > 0 { ",{" } else { "{" });
        for (name, value) in row {
            member(json, name, value);
        }
        json.push('}');
    }
    json.push(']');
}

fn element<'f>(xml: &mut String, name: &str, fields: impl Iterator<Item = &'f OmdbField>) {
    let _ = write!(xml, "<{name}");
    for (name, value) in fields {
        attribute(xml, name, value);
    }
    xml.push_str("/>");
}

/// An attribute. Its name begins with a small letter.
fn attribute(xml: &mut String, name: &str, value: &str) {
    let (first, rest) = name.split_at(1);
    let _ = write!(xml, " {}{rest}=\"", first.to_ascii_lowercase());
    escape(xml, value);
    xml.push('"');
}

/// A text. A character that XML does not have is left out.
fn escape(xml: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(xml, "&#{};", u32::from(letter));
            }
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            letter => xml.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::film::tests::{EPISODE, MOVIE, SERIES, film};
    use super::*;

    fn of_film(json: &str) -> OmdbAnswer {
        OmdbAnswer::Film(Box::new(film(json)))
    }

    fn body(answer: &OmdbAnswer, form: &OmdbForm) -> String {
        answer.render(form).1
    }

    #[test]
    fn a_film_as_json_byte_for_byte() {
        let expected = concat!(
            r#"{"Title":"The Deep","Year":"1994","Rated":"R","Released":"14 Oct 1994","#,
            r#""Runtime":"142 min","Genre":"Drama, Sci-Fi","Director":"Ann A, Bo B","#,
            r#""Writer":"N/A","Actors":"C C, D D, E E","Plot":"It sinks.","#,
            r#""Language":"English, French","Country":"Peru","Awards":"1 win","#,
            r#""Poster":"https://posters.example/1.jpg","#,
            r#""Ratings":[{"Source":"Internet Movie Database","Value":"8.8/10"}],"#,
            r#""Metascore":"N/A","imdbRating":"8.8","imdbVotes":"2,370,839","imdbID":"tt1","#,
            r#""Type":"movie","DVD":"N/A","BoxOffice":"N/A","Production":"N/A","#,
            r#""Website":"https://deep.example/","Response":"True"}"#
        );
        assert_eq!(body(&of_film(MOVIE), &OmdbForm::Json), expected);
        let series = body(&of_film(SERIES), &OmdbForm::Json);
        assert!(series.contains(r#""Ratings":[],"Metascore""#), "{series}");
        let end = r#""Type":"series","totalSeasons":"3","Response":"True"}"#;
        assert!(series.ends_with(end), "{series}");
        let episode = body(&of_film(EPISODE), &OmdbForm::Json);
        let place = r#""Released":"07 Apr 2011","Season":"1","Episode":"2","Runtime":"N/A""#;
        assert!(episode.contains(place), "{episode}");
        let end = r#""imdbID":"tt3","seriesID":"tt2","Type":"episode","Response":"True"}"#;
        assert!(episode.ends_with(end), "{episode}");
    }

    #[test]
    fn seasons_and_searches_as_json_and_xml() {
        let season = OmdbAnswer::Season {
            title: "Long".to_owned(),
            season: 1,
            total: "3".to_owned(),
            episodes: vec![film::episode(&film(EPISODE), 2)],
        };
        assert_eq!(
            body(&season, &OmdbForm::Json),
            concat!(
                r#"{"Title":"Long","Season":"1","totalSeasons":"3","Episodes":[{"Title":"Pilot","#,
                r#""Released":"2011-04-07","Episode":"2","imdbRating":"9.0","imdbID":"tt3"}],"#,
                r#""Response":"True"}"#
            )
        );
        assert_eq!(
            body(&season, &OmdbForm::Xml),
            concat!(
                r#"<root title="Long" season="1" totalSeasons="3" response="True">"#,
                r#"<result title="Pilot" released="2011-04-07" episode="2" imdbRating="9.0" "#,
                r#"imdbID="tt3"/></root>"#
            )
        );
        let search = OmdbAnswer::Search {
            results: vec![film::result(&film(MOVIE))],
            total: 213,
        };
        assert_eq!(
            body(&search, &OmdbForm::Json),
            concat!(
                r#"{"Search":[{"Title":"The Deep","Year":"1994","imdbID":"tt1","Type":"movie","#,
                r#""Poster":"https://posters.example/1.jpg"}],"totalResults":"213","#,
                r#""Response":"True"}"#
            )
        );
        assert_eq!(
            body(&search, &OmdbForm::Xml),
            concat!(
                r#"<root totalResults="213" response="True"><result title="The Deep" year="1994" "#,
                r#"imdbID="tt1" type="movie" poster="https://posters.example/1.jpg"/></root>"#
            )
        );
    }

    #[test]
    fn a_film_as_xml_has_its_fields_as_attributes() {
        let xml = body(&of_film(MOVIE), &OmdbForm::Xml);
        assert!(
            xml.starts_with(
                r#"<root response="True"><movie title="The Deep" year="1994" rated="R""#
            )
        );
        assert!(
            xml.ends_with(r#"imdbID="tt1" type="movie"/></root>"#),
            "{xml}"
        );
        let series = body(&of_film(SERIES), &OmdbForm::Xml);
        assert!(
            series.ends_with(r#" type="series" totalSeasons="3"/></root>"#),
            "{series}"
        );
        let odd = "{\"name\":\"a\",\"title\":\"<\\\"A\\\" & 'B'>\"}";
        let xml = body(&of_film(odd), &OmdbForm::Xml);
        let title = r#"title="&lt;&quot;A&quot; &amp; 'B'&gt;""#;
        assert!(xml.contains(title), "{xml}");
    }

    #[test]
    fn a_call_holds_the_same_json() {
        let form = OmdbForm::Call("cb.x".to_owned());
        let (media_type, text) = of_film(SERIES).render(&form);
        assert_eq!(media_type, "application/javascript; charset=utf-8");
        assert_eq!(
            text,
            format!("cb.x({});", body(&of_film(SERIES), &OmdbForm::Json))
        );
        let lines = "{\"name\":\"a\",\"title\":\"A\u{2028}B\"}";
        if FullMovie::from_json(lines).is_ok() {
            assert!(body(&of_film(lines), &form).contains("A\\u2028B"));
        }
    }

    #[test]
    fn every_error_has_its_words_and_its_status() {
        for (error, status, message) in [
            (OmdbError::NoKey, 401, "No API key provided."),
            (OmdbError::InvalidKey, 401, "Invalid API key!"),
            (OmdbError::NotFound(None), 200, "Movie not found!"),
            (
                OmdbError::NotFound(Some(OmdbKind::Game)),
                200,
                "Movie not found!",
            ),
            (
                OmdbError::NotFound(Some(OmdbKind::Series)),
                200,
                "Series not found!",
            ),
            (OmdbError::IncorrectId, 200, "Incorrect IMDb ID."),
            (OmdbError::NoData, 200, "Error getting data."),
            (OmdbError::NoSeason, 200, "Series or season not found!"),
            (OmdbError::NoEpisode, 200, "Series or episode not found!"),
            (OmdbError::NothingWanted, 200, "Something went wrong."),
        ] {
            let answer = OmdbAnswer::Error(error);
            assert_eq!(answer.status().as_u16(), status);
            let json = format!("{{\"Response\":\"False\",\"Error\":\"{message}\"}}");
            assert_eq!(body(&answer, &OmdbForm::Json), json);
            let xml = format!("<root response=\"False\"><error>{message}</error></root>");
            assert_eq!(body(&answer, &OmdbForm::Xml), xml);
        }
    }
}
