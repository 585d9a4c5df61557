//! One file per source format. Each gives [`MovieRows`](rows::MovieRows).

pub(crate) mod delimited;
mod elements;
pub(crate) mod imdb;
pub(crate) mod json;
mod lines;
pub(crate) mod movielens;
mod ratings;
pub(crate) mod records;
pub(crate) mod rows;
