//! The page on which a user of any role changes the own password.

use maud::{Markup, html};

use super::super::message::HttpResponse;
use super::super::route::{Exchange, TaskFuture};
use super::admin::forms::own_password;
use super::layout::{Section, Shell};
use super::password_form::password_form;
use super::public::parameter;
use super::respond::{html as page, see_other, viewer};

/// Shows the page.
pub(super) fn show<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let is_done = !parameter(exchange.request, "done").is_empty();
        Ok(account(&exchange, None, is_done))
    })
}

/// Changes the password, and shows the page again when that fails.
pub(super) fn submit<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let Err(error) = own_password(&mut exchange).await else {
            return Ok(see_other("/account?done=1"));
        };
        let mut page = account(&exchange, Some(&error.detail), false);
        *page.status_mut() = error.status;
        Ok(page)
    })
}

fn account(exchange: &Exchange<'_, '_>, fault: Option<&str>, is_done: bool) -> HttpResponse {
    let viewer = viewer(exchange);
    let shell = Shell {
        viewer: viewer.as_ref(),
        query: "",
    };
    page(account_page(&shell, fault, is_done))
}

fn account_page(shell: &Shell<'_>, fault: Option<&str>, is_done: bool) -> Markup {
    let content = html! {
        div.wide.admin {
            h1 { "Your account" }
            @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
            @if is_done { p.done role="status" { "Your password was changed." } }
            @if let Some(viewer) = shell.viewer {
                p { "Signed in as " strong { (viewer.user) } "." }
                (password_form("/account", &viewer.user))
            } @else {
                p { a href="/login?next=%2Faccount" { "Sign in" } " to change your password." }
            }
        }
    };
    shell.page(Section::Account, "Your account", &content)
}
