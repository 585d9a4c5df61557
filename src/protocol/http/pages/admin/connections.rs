//! The open connections.

use maud::{Markup, html};

use super::super::layout::Shell;
use super::super::words;
use super::admin_page;

/// One connection.
#[derive(Clone, Debug)]
pub struct ConnectionRow {
    /// Its id.
    pub id: u64,
    /// The client's address.
    pub address: String,
    /// The user, once logged in.
    pub user: Option<String>,
    /// Seconds since it connected.
    pub connected_seconds: u64,
    /// Seconds since its last command.
    pub idle_seconds: u64,
    /// The commands that it has sent.
    pub commands: u64,
}

pub fn connections_page(shell: &Shell<'_>, connections: &[ConnectionRow], shown: usize) -> Markup {
    let content = html! {
        p.lead { (words::counted(connections.len() as u64, "connection is", "connections are")) " open." }
        div.scroll tabindex="0" role="region" aria-label="Connections" {
            table {
                thead { tr {
                    th scope="col" { "Id" } th scope="col" { "Address" } th scope="col" { "User" }
                    th.numeric scope="col" { "Connected" } th.numeric scope="col" { "Idle" } th.numeric scope="col" { "Commands" }
                } }
                tbody {
                    @for connection in connections.iter().take(shown) {
                        tr {
                            th scope="row" { (connection.id) }
                            td { code { (connection.address) } }
                            td { @if let Some(user) = &connection.user { (user) } @else { span.as { "not logged in" } } }
                            td.numeric { (words::seconds(connection.connected_seconds)) }
                            td.numeric { (words::seconds(connection.idle_seconds)) }
                            td.numeric { (words::thousands(connection.commands)) }
                        }
                    }
                }
            }
        }
        @if connections.len() > shown { p.hint { "The oldest " (shown) " are shown." } }
    };
    admin_page(shell, "/admin/connections", None, &content)
}
