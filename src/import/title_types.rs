//! IMDb's types of titles.

/// The values of `titleType`.
pub(crate) const TITLE_TYPES: [&str; 11] = [
    "movie",
    "short",
    "tvEpisode",
    "tvMiniSeries",
    "tvMovie",
    "tvPilot",
    "tvSeries",
    "tvShort",
    "tvSpecial",
    "video",
    "videoGame",
];
