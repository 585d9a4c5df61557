//! The fields of a movie in the index beyond its plain fields and its titles.

/// The fields of a movie in the index beyond its plain fields and its titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TitleExtras<'a> {
    /// IMDb's type of the title.
    pub kind: Option<&'a str>,
    /// Whether it is for adults alone.
    pub is_adult: bool,
    /// The key of the series of an episode.
    pub series: Option<i64>,
}

/// The key of the type of an episode.
pub const EPISODE: &str = "tvepisode";

impl TitleExtras<'_> {
    /// Whether it is an episode of a series.
    pub fn is_episode(&self) -> bool {
        self.kind
            .is_some_and(|kind| kind.eq_ignore_ascii_case(EPISODE))
    }
}
