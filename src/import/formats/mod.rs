//! One file per source format. Each gives [`MovieRows`](rows::MovieRows), most of
//! them by way of a [`RecordSource`](rows::RecordSource).

pub(crate) mod delimited;
mod elements;
pub(crate) mod imdb;
pub(crate) mod json;
mod json_object;
mod json_shape;
pub(crate) mod lines;
pub(crate) mod movielens;
pub(crate) mod nfo;
pub(crate) mod ratings;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod titles_list;
