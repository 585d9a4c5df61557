//! A series: its seasons with the number of episodes of each, then the episodes.

use super::bytes::{PackedError, PackedReader, VERSION, push_maybe, zigzag};
use super::key::Key;
use crate::movie::SeasonCount;
use crate::search::postings::push_number;

/// An episode of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpisodeLink {
    /// The season.
    pub season: Option<u32>,
    /// The number within the season.
    pub episode: Option<u32>,
    /// The episode.
    pub title: Key,
}

impl EpisodeLink {
    /// Seasons and episodes without a number come last.
    pub fn place(&self) -> (u64, u64, u64) {
        let last = |number: Option<u32>| number.map_or(u64::MAX, u64::from);
        (
            last(self.season),
            last(self.episode),
            self.title.reference(),
        )
    }
}

/// Appends a series. Sorts the episodes by season, number and reference; each is there once.
pub fn pack_series(episodes: &mut Vec<EpisodeLink>, out: &mut Vec<u8>) {
    episodes.sort_unstable_by_key(EpisodeLink::place);
    episodes.dedup();
    out.push(VERSION);
    push_number(out, episodes.chunk_by(is_of_same_season).count() as u64);
    for season in episodes.chunk_by(is_of_same_season) {
        push_maybe(out, season[0].season);
        push_number(out, season.len() as u64);
    }
    let mut last = 0_u64;
    for episode in episodes {
        push_maybe(out, episode.episode);
        let reference = episode.title.reference();
        let distance = reference.wrapping_sub(last).cast_signed();
        push_number(out, zigzag(distance));
        last = reference;
    }
}

fn is_of_same_season(one: &EpisodeLink, other: &EpisodeLink) -> bool {
    one.season == other.season
}

fn take_seasons(reader: &mut PackedReader<'_>) -> Result<Vec<SeasonCount>, PackedError> {
    let count = reader.number()?;
    let mut seasons = Vec::with_capacity(reader.capacity(count));
    for _ in 0..count {
        seasons.push(SeasonCount {
            season: reader.maybe()?,
            episodes: reader.small()?,
        });
    }
    Ok(seasons)
}

/// The seasons of a series, without reading its episodes.
///
/// # Errors
/// Damaged bytes.
pub fn seasons(bytes: &[u8]) -> Result<Vec<SeasonCount>, PackedError> {
    take_seasons(&mut PackedReader::versioned(bytes)?)
}

/// The episodes of a series in their order.
///
/// # Errors
/// Damaged bytes.
pub fn unpack_series(bytes: &[u8]) -> Result<Vec<EpisodeLink>, PackedError> {
    let mut reader = PackedReader::versioned(bytes)?;
    let seasons = take_seasons(&mut reader)?;
    let mut episodes = Vec::new();
    let mut last = 0;
    for SeasonCount {
        season,
        episodes: count,
    } in seasons
    {
        for _ in 0..count {
            let episode = reader.maybe()?;
            let title = reader.key_after(&mut last)?;
            episodes.push(EpisodeLink {
                season,
                episode,
                title,
            });
        }
    }
    reader.finish()?;
    Ok(episodes)
}
