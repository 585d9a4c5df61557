//! The route table.

use super::route::Route;
use super::{health, json, login, omdb, pages};

/// The routes of each part, in the order in which they are described.
pub static ROUTES: &[&[Route]] = &[
    json::ROUTES,
    omdb::ROUTES,
    login::ROUTES,
    health::ROUTES,
    pages::ROUTES,
];
