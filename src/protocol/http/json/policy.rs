//! The rules of the JSON API.

use super::super::policy::Policy;
use super::super::problem::problem;

/// The rules of routes that a page of another origin may use with a key.
pub(crate) static POLICY: &Policy = &Policy {
    has_cors: true,
    refuses_unknown_parameters: true,
    key_parameter: None,
    takes_cookies: true,
    may_compress: true,
    cache_control: "no-cache",
    content_security: "",
    refuse: problem,
};

/// The rules of routes for admins, whose answers no cache may keep.
pub(super) static ADMIN_POLICY: &Policy = &Policy {
    has_cors: true,
    refuses_unknown_parameters: true,
    key_parameter: None,
    takes_cookies: true,
    may_compress: false,
    cache_control: "private, no-store",
    content_security: "",
    refuse: problem,
};
