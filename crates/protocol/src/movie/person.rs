//! People, and the episodes of a series, as answers contain them.

use serde::{Deserialize, Serialize};

use super::{Movie, MovieRef, Released, WireError};

/// A person, with everything that the catalogue knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The key of the person, such as `nm0000008`.
    pub name: String,
    /// The full name.
    pub person: Option<String>,
    /// When the person was born.
    #[serde(default)]
    pub born: Option<Released>,
    /// When the person died.
    #[serde(default)]
    pub died: Option<Released>,
    /// The occupations, such as `actor`.
    #[serde(default)]
    pub professions: Vec<String>,
    /// The movies that the person is known for.
    #[serde(default)]
    pub known_for: Vec<MovieLink>,
    /// The number of movies in the catalogue with this person in their credits.
    #[serde(default)]
    pub credits: u64,
}

/// A movie by its name and title.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovieLink {
    /// The key of the movie.
    pub name: String,
    /// Its title.
    pub title: String,
}

/// An episode in the list of its series.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Episode {
    /// The number of the season.
    pub season: Option<u32>,
    /// The number of the episode within its season.
    pub episode: Option<u32>,
    /// The episode itself.
    #[serde(flatten)]
    pub movie: Movie,
}

/// The postcard form of a person. Its first byte is the version.
#[derive(Serialize, Deserialize)]
enum PersonRow<P> {
    V1(P),
}

/// The postcard form of an episode. Its first byte is the version.
#[derive(Serialize, Deserialize)]
enum EpisodeRow<M> {
    V1(Option<u32>, Option<u32>, M),
}

fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, WireError> {
    match postcard::take_from_bytes(bytes)? {
        (value, []) => Ok(value),
        (_, rest) => Err(WireError::Trailing(rest.len())),
    }
}

const TO_VECTOR: &str = "writing to a vector cannot fail";
const TO_JSON: &str = "it has only string keys and finite numbers";

impl Person {
    /// The row for the wire.
    pub fn to_postcard(&self) -> Vec<u8> {
        postcard::to_allocvec(&PersonRow::V1(self)).expect(TO_VECTOR)
    }

    /// Reads what [`Person::to_postcard`] wrote.
    ///
    /// # Errors
    /// Bytes that are cut off, of another version, or followed by other bytes.
    pub fn from_postcard(bytes: &[u8]) -> Result<Person, WireError> {
        let PersonRow::V1(person) = whole(bytes)?;
        Ok(person)
    }

    /// One JSON object on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect(TO_JSON)
    }

    /// Reads one JSON object. Unknown keys are ignored.
    ///
    /// # Errors
    /// Text that is no such object.
    pub fn from_json(text: &str) -> Result<Person, WireError> {
        Ok(serde_json::from_str(text)?)
    }
}

/// An episode whose texts are borrowed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EpisodeRef<'a> {
    /// The number of the season.
    pub season: Option<u32>,
    /// The number of the episode within its season.
    pub episode: Option<u32>,
    /// The episode itself.
    #[serde(flatten)]
    pub movie: MovieRef<'a>,
}

impl EpisodeRef<'_> {
    /// The row for the wire.
    pub fn to_postcard(&self) -> Vec<u8> {
        let row = EpisodeRow::V1(self.season, self.episode, self.movie);
        postcard::to_allocvec(&row).expect(TO_VECTOR)
    }

    /// One JSON object on one line: the two numbers, then the fields of the movie.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect(TO_JSON)
    }
}

impl Episode {
    /// The same episode with its texts borrowed.
    pub fn view(&self) -> EpisodeRef<'_> {
        EpisodeRef {
            season: self.season,
            episode: self.episode,
            movie: self.movie.view(),
        }
    }

    /// The row for the wire, as [`EpisodeRef::to_postcard`] writes it.
    pub fn to_postcard(&self) -> Vec<u8> {
        self.view().to_postcard()
    }

    /// Reads what [`Episode::to_postcard`] wrote.
    ///
    /// # Errors
    /// Bytes that are cut off, of another version, or followed by other bytes, or an invalid movie.
    pub fn from_postcard(bytes: &[u8]) -> Result<Episode, WireError> {
        let EpisodeRow::V1(season, episode, movie) = whole(bytes)?;
        Ok(Episode {
            season,
            episode,
            movie,
        })
    }

    /// One JSON object on one line, as [`EpisodeRef::to_json`] writes it.
    pub fn to_json(&self) -> String {
        self.view().to_json()
    }

    /// Reads one JSON object. Unknown keys are ignored.
    ///
    /// # Errors
    /// Text that is no such object, or an invalid movie.
    pub fn from_json(text: &str) -> Result<Episode, WireError> {
        Ok(serde_json::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            name: "nm0000008".into(),
            person: Some("Marlon Brando".into()),
            born: Some("1924-04-03".parse().unwrap()),
            died: Some("2004".parse().unwrap()),
            professions: vec!["actor".into(), "director".into()],
            known_for: vec![MovieLink {
                name: "tt0068646".into(),
                title: "The Godfather".into(),
            }],
            credits: 47,
        }
    }

    #[test]
    fn a_person_comes_back() {
        let person = person();
        let row = person.to_postcard();
        assert_eq!(Person::from_postcard(&row).unwrap(), person);
        assert_eq!(Person::from_json(&person.to_json()).unwrap(), person);
        for end in 0..row.len() {
            assert!(Person::from_postcard(&row[..end]).is_err());
        }
        assert!(Person::from_postcard(&[&row[..], b"\0"].concat()).is_err());
        let later = r#"{"name":"nm1","person":null,"height":180}"#;
        assert_eq!(Person::from_json(later).unwrap().name, "nm1");
    }

    #[test]
    fn an_episode_comes_back() {
        let movie = Movie::from_json(r#"{"name":"e1","title":"Pilot","votes":5}"#).unwrap();
        let episode = Episode {
            season: Some(1),
            episode: None,
            movie,
        };
        let row = episode.to_postcard();
        assert_eq!(Episode::from_postcard(&row).unwrap(), episode);
        assert_eq!(Episode::from_json(&episode.to_json()).unwrap(), episode);
        assert!(
            episode
                .to_json()
                .starts_with(r#"{"season":1,"episode":null,"id":0,"name":"e1""#)
        );
        for end in 0..row.len() {
            assert!(Episode::from_postcard(&row[..end]).is_err());
        }
    }
}
