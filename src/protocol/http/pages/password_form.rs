//! The form with which users change their own passwords.

use maud::{Markup, html};

/// The form, which is sent to the path `action`. `user` is for the password manager of the browser.
pub fn password_form(action: &str, user: &str) -> Markup {
    html! {
        section aria-labelledby="change" {
            h2 #change { "Change your password" }
            form.grid action=(action) method="post" {
                input type="text" name="user" value=(user) autocomplete="username" hidden;
                label { span { "Old password" } input type="password" name="old" required maxlength="1024" autocomplete="current-password"; }
                label { span { "New password" } input type="password" name="new" required maxlength="1024" autocomplete="new-password"; }
                button type="submit" { "Change" }
            }
        }
    }
}
