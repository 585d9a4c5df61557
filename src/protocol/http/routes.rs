//! The route table.

use super::route::Route;
use super::{health, json};

/// The routes of each part, in the order in which they are described.
pub static ROUTES: &[&[Route]] = &[json::ROUTES, health::ROUTES];
