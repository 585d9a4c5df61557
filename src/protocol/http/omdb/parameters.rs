//! The parameters of a request: names in any case, empty values ignored, unknown ones too.

use crate::config::limits;

/// The parameter that holds the key.
pub const KEY: &str = "apikey";

/// The content of a request, and the format of its answer, which also applies to errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OmdbRequest {
    /// The kind of request.
    pub wanted: OmdbWanted,
    /// The form of the answer.
    pub form: OmdbForm,
}

/// The kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OmdbWanted {
    /// `s`: a page of a search.
    Search {
        /// The words.
        words: String,
        /// The conditions on a film.
        filter: OmdbFilter,
        /// The page, from 1.
        page: usize,
    },
    /// `i` or `t`: one film, or a part of a series.
    Film {
        /// How the film is named.
        name: OmdbName,
        /// The part of the series, if one is asked for.
        part: OmdbPart,
    },
    /// None of `i`, `t` and `s`.
    Nothing,
}

/// How a film is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OmdbName {
    /// `i`: by the name in the catalogue.
    Id(String),
    /// `t`: by a title.
    Title(String, OmdbFilter),
}

/// The part of a series that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OmdbPart {
    /// The whole film or series.
    Whole,
    /// The episodes of a season.
    Season(u32),
    /// One episode of a season.
    Episode(u32, u32),
    /// A number that no season or episode has.
    NoSuchSeason,
    /// A number that no episode has.
    NoSuchEpisode,
}

/// The conditions on a film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OmdbFilter {
    /// Its type.
    pub kind: Option<OmdbKind>,
    /// The year of its release.
    pub year: Option<u16>,
}

/// The types of OMDb. Each includes several types of IMDb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OmdbKind {
    /// Films, shorts, videos and all others.
    Movie,
    /// Series, also with a planned end.
    Series,
    /// Episodes.
    Episode,
    /// Video games.
    Game,
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OmdbForm {
    /// JSON.
    Json,
    /// JSON as the argument of a function, for a script of a page.
    Call(String),
    /// XML.
    Xml,
}

impl OmdbKind {
    /// All of them.
    pub const ALL: [OmdbKind; 4] = [
        OmdbKind::Movie,
        OmdbKind::Series,
        OmdbKind::Episode,
        OmdbKind::Game,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            OmdbKind::Movie => "movie",
            OmdbKind::Series => "series",
            OmdbKind::Episode => "episode",
            OmdbKind::Game => "game",
        }
    }

    /// The type of OMDb for one of IMDb, such as `tvMiniSeries`.
    pub fn from_imdb(kind: Option<&str>) -> OmdbKind {
        match kind {
            Some("tvSeries" | "tvMiniSeries") => OmdbKind::Series,
            Some("tvEpisode") => OmdbKind::Episode,
            Some("videoGame") => OmdbKind::Game,
            _ => OmdbKind::Movie,
        }
    }
}

impl OmdbRequest {
    /// Reads the parameters. `lookup` gives the value of the first parameter of that name, in
    /// any case, whose value is not empty.
    pub fn parse<'q>(lookup: impl Fn(&str) -> Option<&'q str>) -> OmdbRequest {
        let is_xml = lookup("r").is_some_and(|form| form.eq_ignore_ascii_case("xml"));
        let form = match lookup("callback") {
            _ if is_xml => OmdbForm::Xml,
            Some(name) if is_function(name) => OmdbForm::Call(name.to_owned()),
            _ => OmdbForm::Json,
        };
        let kind = lookup("type");
        let kind = kind.and_then(|word| {
            let mut kinds = OmdbKind::ALL.into_iter();
            kinds.find(|kind| kind.word().eq_ignore_ascii_case(word))
        });
        let year = lookup("y").and_then(|year| year.parse().ok());
        let filter = OmdbFilter { kind, year };
        let wanted = if let Some(words) = lookup("s") {
            let page = lookup("page").and_then(|page| page.parse().ok());
            OmdbWanted::Search {
                words: words.to_owned(),
                filter,
                page: page.filter(|page| *page > 0).unwrap_or(1),
            }
        } else if let Some(id) = lookup("i") {
            let name = OmdbName::Id(id.to_owned());
            let part = part(lookup("season"), lookup("episode"));
            OmdbWanted::Film { name, part }
        } else if let Some(title) = lookup("t") {
            let name = OmdbName::Title(title.to_owned(), filter);
            let part = part(lookup("season"), lookup("episode"));
            OmdbWanted::Film { name, part }
        } else {
            OmdbWanted::Nothing
        };
        OmdbRequest { wanted, form }
    }
}

/// An episode without a season is ignored.
fn part(season: Option<&str>, episode: Option<&str>) -> OmdbPart {
    let number = |text: &str| text.parse::<u32>();
    match (season.map(number), episode.map(number)) {
        (None, _) => OmdbPart::Whole,
        (Some(Ok(season)), None) => OmdbPart::Season(season),
        (Some(Ok(season)), Some(Ok(episode))) => OmdbPart::Episode(season, episode),
        (Some(Err(_)), None) => OmdbPart::NoSuchSeason,
        (Some(_), Some(_)) => OmdbPart::NoSuchEpisode,
    }
}

/// Whether it is the name of a function, without any other code.
fn is_function(name: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || b"_$".contains(&byte);
    let is_other = |byte: u8| is_first(byte) || byte.is_ascii_digit() || byte == b'.';
    name.len() <= limits::MAX_CALLBACK_BYTES
        && name.bytes().next().is_some_and(is_first)
        && name.bytes().all(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> OmdbRequest {
        let pairs: Vec<(&str, &str)> = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        OmdbRequest::parse(|name| {
            let mut pairs = pairs.iter();
            let found =
                pairs.find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_empty());
            found.map(|(_, value)| *value)
        })
    }

    fn by_id(part: OmdbPart) -> OmdbWanted {
        let name = OmdbName::Id("tt1".to_owned());
        OmdbWanted::Film { name, part }
    }

    fn search(page: usize, kind: Option<OmdbKind>, year: Option<u16>) -> OmdbWanted {
        let (words, filter) = ("x".to_owned(), OmdbFilter { kind, year });
        OmdbWanted::Search {
            words,
            filter,
            page,
        }
    }

    #[test]
    fn what_is_wanted_follows_from_the_parameters() {
        let title = |kind, year| OmdbWanted::Film {
            name: OmdbName::Title("x".to_owned(), OmdbFilter { kind, year }),
            part: OmdbPart::Whole,
        };
        for (query, wanted) in [
            ("i=tt1", by_id(OmdbPart::Whole)),
            ("I=tt1&T=x", by_id(OmdbPart::Whole)),
            ("i=&t=x&y=1979", title(None, Some(1979))),
            (
                "t=x&type=SERIES&plot=full&tomatoes=true",
                title(Some(OmdbKind::Series), None),
            ),
            ("t=x&y=soon&type=thing", title(None, None)),
            (
                "s=x&i=tt1&page=1&plot=short&r=json&v=1&r=json&v=1",
                search(1, None, None),
            ),
            (
                "S=x&Page=7&TYPE=game&Y=2000",
                search(7, Some(OmdbKind::Game), Some(2000)),
            ),
            ("s=x&page=0", search(1, None, None)),
            ("s=x&page=", search(1, None, None)),
            ("i=tt1&Season=2", by_id(OmdbPart::Season(2))),
            ("i=tt1&Season=2&Episode=3", by_id(OmdbPart::Episode(2, 3))),
            ("i=tt1&Episode=3", by_id(OmdbPart::Whole)),
            ("i=tt1&season=two", by_id(OmdbPart::NoSuchSeason)),
            ("i=tt1&season=1&episode=-1", by_id(OmdbPart::NoSuchEpisode)),
            ("", OmdbWanted::Nothing),
            ("s=&i=&t=&q=x", OmdbWanted::Nothing),
        ] {
            assert_eq!(parse(query).wanted, wanted, "{query}");
        }
    }

    #[test]
    fn the_form_is_json_unless_asked_otherwise() {
        let call = |name: &str| OmdbForm::Call(name.to_owned());
        for (query, form) in [
            ("i=tt1", OmdbForm::Json),
            ("r=json", OmdbForm::Json),
            ("r=yaml", OmdbForm::Json),
            ("R=XML&callback=f", OmdbForm::Xml),
            ("callback=jQuery12_3", call("jQuery12_3")),
            ("callback=$.a.b", call("$.a.b")),
            ("callback=alert(1)", OmdbForm::Json),
            ("callback=1a", OmdbForm::Json),
            ("callback=é", OmdbForm::Json),
            (
                &format!("callback={}", "f".repeat(limits::MAX_CALLBACK_BYTES + 1)),
                OmdbForm::Json,
            ),
        ] {
            assert_eq!(parse(query).form, form, "{query}");
        }
    }

    #[test]
    fn every_type_of_imdb_is_one_of_omdb() {
        for (kind, word) in [
            ("movie", "movie"),
            ("short", "movie"),
            ("tvMovie", "movie"),
            ("video", "movie"),
            ("tvSeries", "series"),
            ("tvMiniSeries", "series"),
            ("tvEpisode", "episode"),
            ("videoGame", "game"),
        ] {
            assert_eq!(OmdbKind::from_imdb(Some(kind)).word(), word);
        }
        assert_eq!(OmdbKind::from_imdb(None), OmdbKind::Movie);
    }
}
