//! The page of an error.

use maud::{Markup, html};

use super::layout::{Section, Shell};

/// The page of an error: its status, what it is, and what to do next.
pub fn error_page(shell: &Shell<'_>, status: u16, detail: &str) -> Markup {
    let heading = heading(status);
    let content = html! {
        div.narrow.error-page {
            p.status-code aria-hidden="true" { (status) }
            h1 { (heading) }
            p.lead { (detail) }
            p { a.button href="/" { "Search films" } }
        }
    };
    shell.page(Section::Other, heading, &content)
}

fn heading(status: u16) -> &'static str {
    match status {
        400 => "The request is not valid",
        401 | 403 => "You have no access to this page",
        404 => "This page does not exist",
        405 => "This page does not allow that method",
        413 | 414 => "The request is too large",
        421 => "The server does not have this name",
        429 => "Too many attempts",
        503 => "The server is busy",
        _ => "Something went wrong",
    }
}
