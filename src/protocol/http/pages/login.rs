//! The login page.

use maud::{Markup, html};

use super::layout::{Section, Shell};

/// The login page. `fault` is the reason for which the last attempt failed; `next` is the path to return to.
pub fn login_page(shell: &Shell<'_>, user: &str, next: &str, fault: Option<&str>) -> Markup {
    let content = html! {
        div.narrow {
            h1 { "Sign in" }
            @if let Some(fault) = fault { p.fault role="alert" #fault { (fault) } }
            form.stack action="/login" method="post" {
                input type="hidden" name="next" value=(next);
                label for="user" { "User" }
                input #user type="text" name="user" value=(user) autocomplete="username"
                    autocapitalize="off" spellcheck="false" required maxlength="255"
                    aria-describedby=[fault.map(|_| "fault")];
                label for="password" { "Password" }
                input #password type="password" name="password" autocomplete="current-password"
                    required maxlength="1024" aria-describedby=[fault.map(|_| "fault")];
                button type="submit" { "Sign in" }
            }
            p.hint { "An operator adds an account with " code { "catalogue adduser NAME" } "." }
        }
    };
    shell.page(Section::Login, "Sign in", &content)
}
