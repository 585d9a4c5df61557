//! The route table.

use super::route::Route;
use super::{health, json, login, omdb};

/// The routes of each part, in the order in which they are described.
pub static ROUTES: &[&[Route]] = &[json::ROUTES, login::ROUTES, omdb::ROUTES, health::ROUTES];
