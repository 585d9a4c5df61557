//! Accounts: the list, and the forms that change them.

use maud::{Markup, html};

use super::super::layout::Shell;
use super::super::password_form::password_form;
use super::{action, admin_page};

/// One account.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// The user name.
    pub user: String,
    /// `reader` or `admin`.
    pub role: String,
    /// The time at which it was added, as text.
    pub added: String,
}

pub fn accounts_page(shell: &Shell<'_>, accounts: &[AccountRow], fault: Option<&str>) -> Markup {
    let own = shell.viewer.map(|viewer| viewer.user.as_str());
    let content = html! {
        div.scroll tabindex="0" role="region" aria-label="Accounts" {
            table {
                thead { tr { th scope="col" { "User" } th scope="col" { "Role" } th scope="col" { "Added" } th scope="col" { span.hidden { "Actions" } } } }
                tbody {
                    @for account in accounts {
                        @let is_own = own == Some(account.user.as_str());
                        @let values = [("user", account.user.as_str())];
                        @let other = if account.role == "admin" { "reader" } else { "admin" };
                        @let role = [("user", account.user.as_str()), ("role", other)];
                        tr {
                            th scope="row" { (account.user) @if is_own { span.as { "you" } } }
                            td { span.badge { (account.role) } }
                            td { (account.added) }
                            td.actions {
                                @if !is_own {
                                    (action("/admin/accounts/role", &format!("Make {other}"), &account.user, &role, Some(&format!("Make {} {other}? Its sessions end.", account.user))))
                                    (action("/admin/accounts/remove", "Remove", &account.user, &values, Some(&format!("Remove the account {}?", account.user))))
                                }
                            }
                        }
                    }
                }
            }
        }
        section aria-labelledby="add" {
            h2 #add { "Add an account" }
            form.grid action="/admin/accounts/add" method="post" {
                label { span { "User" } input type="text" name="user" required maxlength="255" autocomplete="off" autocapitalize="off" spellcheck="false"; }
                label { span { "Password" } input type="password" name="password" required maxlength="1024" autocomplete="new-password"; }
                label { span { "Role" } select name="role" { option value="reader" { "reader" } option value="admin" { "admin" } } }
                button type="submit" { "Add" }
            }
        }
        (password_form("/admin/accounts/password", own.unwrap_or_default()))
    };
    admin_page(shell, "/admin/accounts", fault, &content)
}
