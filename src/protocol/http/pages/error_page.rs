//! A page for what could not be answered.

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
        400 => "That request was not understood",
        401 | 403 => "This page is not for everybody",
        404 => "There is no such page",
        405 => "That cannot be done here",
        413 | 414 => "That is too much at once",
        421 => "This server has another address",
        429 => "Too many attempts",
        503 => "The server is busy",
        _ => "Something went wrong",
    }
}
