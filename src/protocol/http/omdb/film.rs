//! A movie as the fields of OMDb: all are texts, in OMDb's order, and `N/A` if they are unknown.

use super::parameters::OmdbKind;
use crate::movie::{Details, FullMovie, Movie, Released};

/// The text of an unknown value.
pub(super) const UNKNOWN: &str = "N/A";
/// How many of the cast are named.
const ACTORS: usize = 3;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A field: its name and its text.
pub(super) type OmdbField = (&'static str, String);

/// The type of a movie. A movie with a series is an episode, whatever its type.
pub(super) fn kind(details: &Details) -> OmdbKind {
    match OmdbKind::from_imdb(details.kind.as_deref()) {
        OmdbKind::Movie if details.series.is_some() => OmdbKind::Episode,
        OmdbKind::Movie if details.seasons.is_some() => OmdbKind::Series,
        kind => kind,
    }
}

/// The fields of one film up to `Response`, without `Ratings`.
pub(super) fn fields(film: &FullMovie) -> Vec<OmdbField> {
    let details = film.details();
    let kind = kind(details);
    let mut fields = vec![
        ("Title", film.title.clone()),
        ("Year", year(film, kind)),
        ("Rated", known(details.rated.as_deref())),
        ("Released", released(film.released)),
    ];
    let series = details.series.as_ref();
    let number = |number: Option<u32>| known(number.map(|number| number.to_string()).as_deref());
    if kind == OmdbKind::Episode {
        fields.push(("Season", number(series.and_then(|series| series.season))));
        fields.push(("Episode", number(series.and_then(|series| series.episode))));
    }
    fields.extend(common(film, kind));
    match kind {
        OmdbKind::Series => fields.push(("Type", kind.word().to_owned())),
        OmdbKind::Episode => {
            let id = series.map(|series| series.name.as_str());
            fields.push(("seriesID", known(id)));
            fields.push(("Type", kind.word().to_owned()));
        }
        OmdbKind::Movie | OmdbKind::Game => {
            fields.push(("Type", kind.word().to_owned()));
            for name in ["DVD", "BoxOffice", "Production"] {
                fields.push((name, UNKNOWN.to_owned()));
            }
            fields.push(("Website", known(details.website.as_deref())));
        }
    }
    if kind == OmdbKind::Series {
        fields.push(("totalSeasons", total_seasons(details)));
    }
    fields
}

/// The fields from `Runtime` to `imdbID`, which every kind has.
fn common(film: &FullMovie, kind: OmdbKind) -> Vec<OmdbField> {
    let details = film.details();
    let people = |people: &[crate::movie::PersonRef]| {
        list(people.iter().filter_map(|one| one.person.as_deref()))
    };
    let actors = details.cast.iter().filter_map(|one| one.person.as_deref());
    let runtime = film.runtime_minutes.map(|minutes| format!("{minutes} min"));
    vec![
        ("Runtime", known(runtime.as_deref())),
        ("Genre", list(film.genres.iter().map(String::as_str))),
        ("Director", people(&details.directors)),
        ("Writer", people(&details.writers)),
        ("Actors", list(actors.take(ACTORS))),
        ("Plot", known(details.plot.as_deref())),
        ("Language", known(details.language.as_deref())),
        ("Country", known(details.country.as_deref())),
        ("Awards", known(details.awards.as_deref())),
        ("Poster", known(details.poster.as_deref())),
        ("Metascore", UNKNOWN.to_owned()),
        ("imdbRating", rating(film)),
        ("imdbVotes", votes(film, kind)),
        ("imdbID", film.name.clone()),
    ]
}

/// The fields of a film in a list of results.
pub(super) fn result(film: &FullMovie) -> Vec<OmdbField> {
    let kind = kind(film.details());
    vec![
        ("Title", film.title.clone()),
        ("Year", year(film, kind)),
        ("imdbID", film.name.clone()),
        ("Type", kind.word().to_owned()),
        ("Poster", known(film.details().poster.as_deref())),
    ]
}

/// The fields of an episode in the list of its season.
pub(super) fn episode(movie: &Movie, number: u32) -> Vec<OmdbField> {
    let day = movie.released.filter(|date| date.month_and_day().1 > 0);
    vec![
        ("Title", movie.title.clone()),
        ("Released", known(day.map(|day| day.to_string()).as_deref())),
        ("Episode", number.to_string()),
        ("imdbRating", rating(movie)),
        ("imdbID", movie.name.clone()),
    ]
}

/// The number of the last season: clients ask for 1 up to it.
pub(super) fn total_seasons(details: &Details) -> String {
    let seasons = details.seasons.iter().flatten();
    let last = seasons.filter_map(|season| season.season).max();
    known(last.map(|last| last.to_string()).as_deref())
}

/// `8.8/10`, if there is a rating.
pub(super) fn rating_of_ten(film: &FullMovie) -> Option<String> {
    film.rating.map(|rating| format!("{rating:.1}/10"))
}

fn rating(movie: &Movie) -> String {
    known(movie.rating.map(|rating| format!("{rating:.1}")).as_deref())
}

/// `2,370,839`; without commas for an episode.
fn votes(movie: &Movie, kind: OmdbKind) -> String {
    let Some(votes) = movie.votes else {
        return UNKNOWN.to_owned();
    };
    let digits = votes.to_string();
    if kind == OmdbKind::Episode {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1994`; of a series `2011–2019`, and `2021–` while it continues, with an en dash.
fn year(film: &FullMovie, kind: OmdbKind) -> String {
    let Some(first) = film.released.map(Released::year) else {
        return UNKNOWN.to_owned();
    };
    match (kind, film.details().ended.map(Released::year)) {
        (OmdbKind::Series, None) => format!("{first}\u{2013}"),
        (OmdbKind::Series, Some(last)) if last != first => format!("{first}\u{2013}{last}"),
        _ => first.to_string(),
    }
}

/// `14 Oct 1994`. A month or a year alone is not a day.
fn released(date: Option<Released>) -> String {
    let day = date.and_then(|date| match date.month_and_day() {
        (month @ 1..=12, day @ 1..) => {
            let month = MONTHS[usize::from(month) - 1];
            Some(format!("{day:02} {month} {}", date.year()))
        }
        _ => None,
    });
    known(day.as_deref())
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let texts: Vec<&str> = texts.collect();
    known(Some(texts.join(", ").as_str()))
}

fn known(text: Option<&str>) -> String {
    let text = text.filter(|text| !text.is_empty());
    text.unwrap_or(UNKNOWN).to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn film(json: &str) -> FullMovie {
        FullMovie::from_json(json).unwrap()
    }

    pub const MOVIE: &str = r#"{"name":"tt1","title":"The Deep","released":"1994-10-14",
        "runtime_minutes":142,"genres":["Drama","Sci-Fi"],"rating":8.8,"votes":2370839,
        "type":"movie","directors":[{"name":"nm1","person":"Ann A"},{"name":"nm2","person":"Bo B"}],
        "writers":[{"name":"nm3","person":null}],
        "cast":[{"name":"nm4","person":"C C"},{"name":"nm5","person":"D D"},
                {"name":"nm6","person":"E E"},{"name":"nm7","person":"F F"}],
        "plot":"It sinks.","poster":"https://posters.example/1.jpg","language":"English, French",
        "country":"Peru","rated":"R","awards":"1 win","website":"https://deep.example/"}"#;

    pub const SERIES: &str = r#"{"name":"tt2","title":"Long","released":"2011","ended":"2019",
        "type":"tvSeries","seasons":[{"season":1,"episodes":2},{"season":3,"episodes":1},
        {"season":null,"episodes":4}]}"#;

    pub const EPISODE: &str = r#"{"name":"tt3","title":"Pilot","released":"2011-04-07",
        "rating":9,"votes":12345,"type":"tvEpisode",
        "series":{"name":"tt2","title":"Long","season":1,"episode":2}}"#;

    fn text(fields: &[OmdbField]) -> String {
        let lines = fields.iter().map(|(name, text)| format!("{name}: {text}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_movie_has_every_field_in_order() {
        assert_eq!(
            text(&fields(&film(MOVIE))),
            "Title: The Deep\nYear: 1994\nRated: R\nReleased: 14 Oct 1994\nRuntime: 142 min\n\
             Genre: Drama, Sci-Fi\nDirector: Ann A, Bo B\nWriter: N/A\nActors: C C, D D, E E\n\
             Plot: It sinks.\nLanguage: English, French\nCountry: Peru\nAwards: 1 win\n\
             Poster: https://posters.example/1.jpg\nMetascore: N/A\nimdbRating: 8.8\n\
             imdbVotes: 2,370,839\nimdbID: tt1\nType: movie\nDVD: N/A\nBoxOffice: N/A\n\
             Production: N/A\nWebsite: https://deep.example/"
        );
        assert_eq!(rating_of_ten(&film(MOVIE)).as_deref(), Some("8.8/10"));
    }

    #[test]
    fn a_series_ends_with_its_seasons_and_an_episode_has_its_place() {
        let names = |json: &str| {
            let fields = fields(&film(json)).into_iter();
            fields.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
        };
        let middle = "Runtime Genre Director Writer Actors Plot Language Country Awards Poster \
                      Metascore imdbRating imdbVotes imdbID";
        assert_eq!(
            names(SERIES),
            format!("Title Year Rated Released {middle} Type totalSeasons")
        );
        assert_eq!(
            names(EPISODE),
            format!("Title Year Rated Released Season Episode {middle} seriesID Type")
        );
        let episode = text(&fields(&film(EPISODE)));
        for line in [
            "Season: 1",
            "Episode: 2",
            "imdbVotes: 12345",
            "imdbRating: 9.0",
            "seriesID: tt2",
        ] {
            assert!(episode.lines().any(|known| known == line), "{line}");
        }
        assert_eq!(total_seasons(film(SERIES).details()), "3");
    }

    #[test]
    fn years_dates_and_votes_have_their_forms() {
        let field = |json: &str, name: &str| {
            let fields = fields(&film(json));
            fields
                .into_iter()
                .find(|(known, _)| *known == name)
                .unwrap()
                .1
        };
        for (json, name, expected) in [
            (SERIES, "Year", "2011\u{2013}2019"),
            (
                r#"{"name":"a","title":"T","released":"2021","type":"tvSeries"}"#,
                "Year",
                "2021\u{2013}",
            ),
            (
                r#"{"name":"a","title":"T","released":"2019","ended":"2019","type":"tvMiniSeries"}"#,
                "Year",
                "2019",
            ),
            (r#"{"name":"a","title":"T"}"#, "Year", "N/A"),
            (
                r#"{"name":"a","title":"T","released":"1994"}"#,
                "Released",
                "N/A",
            ),
            (
                r#"{"name":"a","title":"T","released":"1994-10"}"#,
                "Released",
                "N/A",
            ),
            (
                r#"{"name":"a","title":"T","released":"1994-05-01"}"#,
                "Released",
                "01 May 1994",
            ),
            (r#"{"name":"a","title":"T","votes":7}"#, "imdbVotes", "7"),
            (
                r#"{"name":"a","title":"T","votes":999}"#,
                "imdbVotes",
                "999",
            ),
            (
                r#"{"name":"a","title":"T","votes":1000}"#,
                "imdbVotes",
                "1,000",
            ),
            (
                r#"{"name":"a","title":"T","type":"videoGame"}"#,
                "Type",
                "game",
            ),
            (
                r#"{"name":"a","title":"T","type":"tvMovie"}"#,
                "Type",
                "movie",
            ),
        ] {
            assert_eq!(field(json, name), expected, "{json}");
        }
    }

    #[test]
    fn what_is_unknown_is_never_left_out() {
        let bare = film(r#"{"name":"a","title":"T"}"#);
        let unknown = fields(&bare)
            .into_iter()
            .filter(|(_, text)| text == UNKNOWN);
        assert_eq!(unknown.count(), 23 - 3);
        assert_eq!(rating_of_ten(&bare), None);
        assert_eq!(total_seasons(bare.details()), UNKNOWN);
        let result = text(&result(&bare));
        assert_eq!(
            result,
            "Title: T\nYear: N/A\nimdbID: a\nType: movie\nPoster: N/A"
        );
    }

    #[test]
    fn the_episodes_of_a_season_have_iso_dates() {
        let film = film(EPISODE);
        let expected =
            "Title: Pilot\nReleased: 2011-04-07\nEpisode: 2\nimdbRating: 9.0\nimdbID: tt3";
        assert_eq!(text(&episode(&film, 2)), expected);
    }
}
