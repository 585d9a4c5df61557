//! The pages for people: routes, HTML from data, and the files that the pages load.

mod account;
mod admin;
mod assets;
mod card;
mod error_page;
mod film;
mod home;
mod layout;
mod links;
mod login;
mod multipart;
mod password_form;
mod person;
mod public;
mod respond;
mod results;
mod routes;
mod season;
mod show;
mod site;
mod words;

pub(super) use respond::PAGE_POLICY;
pub(super) use routes::ROUTES;
