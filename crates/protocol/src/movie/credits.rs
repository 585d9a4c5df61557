//! Other titles, people and series of a movie.

use serde::{Deserialize, Serialize, Serializer};

/// Another title of a movie, for example in another country. IMDb calls it aka.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aka {
    /// The title.
    pub title: String,
    /// The region of the title, such as `FR`, or IMDb's `XWW` for the whole world.
    pub region: Option<String>,
    /// The language of the title, such as `ja`.
    pub language: Option<String>,
    /// Kinds of the title, such as `imdbDisplay` or `working`.
    pub types: Vec<String>,
    /// Remarks, such as `literal title`.
    pub attributes: Vec<String>,
}

/// A person who directed or wrote a movie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PersonRef {
    /// The key of the person, such as `nm0000338`.
    pub name: String,
    /// The full name. A change may leave it out if the catalogue knows the person.
    #[serde(default)]
    pub person: Option<String>,
    /// The exact task, such as `screenplay`.
    #[serde(default)]
    pub job: Option<String>,
}

impl Serialize for PersonRef {
    /// JSON leaves an unknown job out; postcard always has it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let has_job = self.job.is_some() || !serializer.is_human_readable();
        let fields = 2 + usize::from(has_job);
        let mut person = serializer.serialize_struct("PersonRef", fields)?;
        person.serialize_field("name", &self.name)?;
        person.serialize_field("person", &self.person)?;
        if has_job {
            person.serialize_field("job", &self.job)?;
        }
        person.end()
    }
}

/// A member of the cast.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastMember {
    /// The key of the person.
    pub name: String,
    /// The full name.
    #[serde(default)]
    pub person: Option<String>,
    /// `actor`, `actress`, `self`, `archive_footage` …
    #[serde(default)]
    pub category: Option<String>,
    /// The roles.
    #[serde(default)]
    pub characters: Vec<String>,
}

/// A member of the crew who is not a director or a writer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrewMember {
    /// The key of the person.
    pub name: String,
    /// The full name.
    #[serde(default)]
    pub person: Option<String>,
    /// `producer`, `editor`, `composer` …
    #[serde(default)]
    pub category: Option<String>,
    /// The exact task, such as `executive producer`.
    #[serde(default)]
    pub job: Option<String>,
}

/// The place of an episode in its series.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesPlace {
    /// The name (key) of the series.
    pub name: String,
    /// The title of the series. The server reads it from the movie of the series.
    #[serde(default)]
    pub title: Option<String>,
    /// The number of the season.
    #[serde(default)]
    pub season: Option<u32>,
    /// The number of the episode within its season.
    #[serde(default)]
    pub episode: Option<u32>,
}

/// A season of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeasonCount {
    /// Its number; `None` for the episodes whose season is unknown.
    #[serde(default)]
    pub season: Option<u32>,
    /// The number of its episodes in the catalogue.
    pub episodes: u32,
}
