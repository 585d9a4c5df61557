//! API keys: the list, a form for a new one, and the new one itself, once.

use maud::{Markup, html};

use super::super::layout::Shell;
use super::{action, admin_page};

/// One key, without its secret.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// Its name.
    pub name: String,
    /// `reader`, `admin` or `search only`.
    pub scope: String,
    /// The time at which it was made, as text.
    pub created: String,
    /// The time at which it ends, as text.
    pub expires: Option<String>,
    /// The time of its last use, as text.
    pub last_used: Option<String>,
}

/// A key that was just made. It is shown once.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its name.
    pub name: String,
    /// Its secret.
    pub secret: String,
    /// The address of the API, like `http://127.0.0.1:5880`.
    pub base: String,
}

pub fn keys_page(
    shell: &Shell<'_>,
    keys: &[KeyRow],
    new: Option<&NewKey>,
    fault: Option<&str>,
) -> Markup {
    let content = html! {
        @if let Some(new) = new { (shown_once(new)) }
        @if keys.is_empty() {
            p.empty { "There is no key yet. A program needs one to ask over HTTP." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Keys" {
                table {
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Scope" } th scope="col" { "Created" } th scope="col" { "Expires" } th scope="col" { "Last use" } th scope="col" { span.hidden { "Actions" } } } }
                    tbody { @for key in keys { (key_row(key)) } }
                }
            }
        }
        section aria-labelledby="create" {
            h2 #create { "Create a key" }
            form.grid action="/admin/keys/add" method="post" {
                label { span { "Name" } input type="text" name="name" required maxlength="255" autocomplete="off" autocapitalize="off" spellcheck="false"; }
                label { span { "Scope" } select name="scope" {
                    option value="reader" { "reader" } option value="search" { "search only" } option value="admin" { "admin" }
                } }
                label { span { "Expires" } select name="expires" {
                    option value="" { "never" } option value="7d" { "in 7 days" } option value="90d" { "in 90 days" } option value="365d" { "in a year" }
                } }
                button type="submit" { "Create" }
            }
        }
    };
    admin_page(shell, "/admin/keys", fault, &content)
}

fn shown_once(new: &NewKey) -> Markup {
    html! {
        section.secret role="status" {
            h2 { "The key " strong { (new.name) } }
            p { "Copy it now. It is stored as a hash, and is not shown again." }
            p.copy { code #secret { (new.secret) } button.quiet type="button" data-copy="secret" hidden { "Copy" } }
            pre tabindex="0" aria-label="Example" { code {
                "curl -H 'Authorization: Bearer " (new.secret) "' '" (new.base) "/api/v1/movies/1'"
            } }
        }
    }
}

fn key_row(key: &KeyRow) -> Markup {
    let values = [("name", key.name.as_str())];
    let confirm = format!(
        "Revoke the key {}? Programs that use it are refused at once.",
        key.name
    );
    html! {
        tr {
            th scope="row" { (key.name) }
            td { span.badge { (key.scope) } }
            td { (key.created) }
            td { (key.expires.as_deref().unwrap_or("never")) }
            td { (key.last_used.as_deref().unwrap_or("never")) }
            td.actions { (action("/admin/keys/revoke", "Revoke", &key.name, &values, Some(&confirm))) }
        }
    }
}
