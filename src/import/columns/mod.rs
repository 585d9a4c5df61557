//! Which column of a file feeds which field of a movie.

pub(crate) mod known;
pub(crate) mod layout;
pub(crate) mod spellings;
