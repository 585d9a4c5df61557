//! The value of one cell, and how each field parses it.

pub(crate) mod cell;
mod cell_json;
mod date_parts;
pub(crate) mod dates;
pub(crate) mod details;
mod distinct;
pub(crate) mod genres;
mod lists;
pub(crate) mod movielens_title;
pub(crate) mod nulls;
mod numbers;
mod other_titles;
mod people;
pub(crate) mod titles;

pub(crate) use cell_json::JsonKey;
