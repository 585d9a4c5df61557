//! Maps the columns of a file to the fields of a movie.

pub(crate) mod known;
pub(crate) mod layout;
pub(crate) mod mapping;
pub(crate) mod sample;
pub(crate) mod spellings;
