//! The admin pages: metrics, accounts, keys, connections and imports.

mod accounts;
mod connections;
pub mod forms;
mod import;
mod keys;
mod metrics;
pub mod monitor;
pub mod plot;

use maud::{Markup, html};

pub use accounts::{AccountRow, accounts_page};
pub use connections::{ConnectionRow, connections_page};
pub use import::{ImportState, ImportView, import_page, import_progress};
pub use keys::{KeyRow, NewKey, keys_page};
pub use metrics::{CommandRow, MetricsView, metrics_content, metrics_page};

use super::layout::{Section, Shell};

/// The admin pages: path and heading.
const PAGES: [(&str, &str); 5] = [
    ("/admin", "Metrics"),
    ("/admin/accounts", "Accounts"),
    ("/admin/keys", "Keys"),
    ("/admin/connections", "Connections"),
    ("/admin/import", "Import"),
];

/// An admin page around its content. `fault` is the reason for which a form was refused.
fn admin_page(shell: &Shell<'_>, path: &str, fault: Option<&str>, content: &Markup) -> Markup {
    let heading = PAGES
        .iter()
        .find(|(other, _)| *other == path)
        .map_or("Admin", |(_, heading)| heading);
    let content = html! {
        div.wide.admin {
            nav.tabs aria-label="Admin" {
                @for (other, heading) in PAGES {
                    a href=(other) aria-current=[(other == path).then_some("page")] { (heading) }
                }
            }
            h1 { (heading) }
            @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
            (content)
        }
    };
    shell.page(Section::Admin, heading, &content)
}

/// A button that sends one form with hidden values.
fn action(
    path: &str,
    label: &str,
    about: &str,
    values: &[(&str, &str)],
    confirm: Option<&str>,
) -> Markup {
    html! {
        form.inline action=(path) method="post" data-confirm=[confirm] {
            @for (name, value) in values { input type="hidden" name=(name) value=(value); }
            button.quiet type="submit" { (label) span.hidden { " " (about) } }
        }
    }
}
