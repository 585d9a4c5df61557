//! The route table.

use super::route::Route;
use super::{health, json, login, mcp, omdb, pages};

/// The routes of each part, in the order in which they are described.
pub static ROUTES: &[&[Route]] = &[
    json::ROUTES,
    omdb::ROUTES,
    mcp::ROUTES,
    login::ROUTES,
    health::ROUTES,
    pages::ROUTES,
];
