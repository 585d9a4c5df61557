//! The user name of the login, and the prompt for passwords, which does not echo.

use std::io::{Read, Write};

use super::prompter::{PromptInput, Prompter};
use crate::cli::terminal::CommandWords;
use crate::cli::terminal::shell::is_last_word;
use crate::cli::terminal::{Shell, ShellError, escape_line};
use crate::client::ClientError;
use crate::config::limits;

/// How a login at the terminal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginStatus {
    /// The client is logged in.
    Done,
    /// No user was given: the commands are sent without a login.
    Skipped,
    /// The user left.
    Left,
}

impl<S: Read + Write, O: Write, E: Write> Shell<S, O, E> {
    /// Logs in with a password that is known, once.
    ///
    /// # Errors
    /// A failed connection, or a refusal of the server.
    pub fn log_in(&mut self, user: &str, password: &str) -> Result<(), ShellError> {
        Ok(self.client.login(user, password)?)
    }

    /// Asks for the missing values, the password included, until the login
    /// succeeds. It counts the attempts too.
    ///
    /// # Errors
    /// The last refusal, or when the connection or the terminal is gone.
    pub fn log_in_asking(
        &mut self,
        user: Option<&str>,
        ask: &mut dyn Prompter,
    ) -> Result<LoginStatus, ShellError> {
        let user = match user {
            Some(user) => user.to_owned(),
            None => match ask.question("user: ")? {
                PromptInput::Line(user) if user.trim().is_empty() => {
                    return Ok(LoginStatus::Skipped);
                }
                PromptInput::Line(user) => user.trim().to_owned(),
                PromptInput::Nothing | PromptInput::Farewell => return Ok(LoginStatus::Left),
            },
        };
        // The prompt shows a mistyped name. The program does not ask for the name again, because a
        // password that is typed there would be visible.
        let prompt = format!("password for `{}`: ", escape_line(&user));
        let mut attempts_left = limits::MAX_LOGIN_ATTEMPTS;
        loop {
            let PromptInput::Line(password) = ask.secret(&prompt)? else {
                return Ok(LoginStatus::Left);
            };
            attempts_left -= 1;
            match self.client.login(&user, &password) {
                Ok(()) => return Ok(LoginStatus::Done),
                Err(error @ ClientError::Refused { .. })
                    if attempts_left > 0 && !is_last_word(&error) =>
                {
                    self.print_error(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A command after the prompts for its missing passwords.
#[derive(Debug)]
pub enum Completed {
    /// To be sent.
    Ready(CommandWords),
    /// The user cancelled.
    GaveUp,
    /// The two new passwords are not the same.
    Differ,
}

/// Adds the passwords that the user left out, so that they are not shown: `UP` asks for user and
/// password, `UP user` for the password, `PASSWD` for the old one and twice for the new one. Other
/// commands are ready as they are.
///
/// # Errors
/// When there is no terminal, or it is gone.
pub fn ask_for_passwords(
    words: CommandWords,
    ask: &mut dyn Prompter,
) -> Result<Completed, ShellError> {
    const USER: &str = "user: ";
    let prompts: &[&str] = match words.len() {
        1 if words.is("UP") => &[USER, "password: "],
        2 if words.is("UP") && !words.holds_password() => &["password: "],
        1 if words.is("PASSWD") => &["old password: ", "new password: ", "new password again: "],
        _ => return Ok(Completed::Ready(words)),
    };
    let mut answers = Vec::with_capacity(prompts.len());
    for &prompt in prompts {
        let typed = if prompt == USER {
            ask.question(prompt)?
        } else {
            ask.secret(prompt)?
        };
        let PromptInput::Line(answer) = typed else {
            return Ok(Completed::GaveUp);
        };
        answers.push(answer);
    }
    if let [_, new, again] = &answers[..] {
        if new != again {
            return Ok(Completed::Differ);
        }
        answers.pop();
    }
    let mut all = words.as_slices();
    all.extend(answers.iter().map(|answer| answer.as_bytes()));
    Ok(Completed::Ready(CommandWords::new(&all)))
}

#[cfg(test)]
mod tests {
    use super::super::scripted::Scripted;
    use super::*;
    use crate::cli::terminal::{Printer, Style};
    use crate::client::Client;
    use crate::client::testing::{FakeServer, Reaction};
    use crate::protocol::resp::Reply;

    fn refusal(left: &str) -> Reaction {
        let words = format!("wrong user or password, {left} left");
        Reaction::Answer(Reply::error("ECHEC", words))
    }

    fn log_in(
        server: &FakeServer,
        user: Option<&str>,
        typed: &[&'static str],
    ) -> (Result<LoginStatus, ShellError>, String) {
        let mut err = Vec::new();
        let client = Client::connect(server.address()).unwrap();
        let printer = Printer::new(Vec::new(), &mut err, Style::default());
        let login = Shell::new(client, printer).log_in_asking(user, &mut Scripted::new(typed));
        (login, String::from_utf8(err).unwrap())
    }

    #[test]
    fn a_mistyped_password_is_asked_for_again() {
        let server = FakeServer::start([
            ("UP admin wrong", refusal("2 attempts")),
            (
                "UP admin \"the right one\"",
                Reaction::Answer(Reply::Simple("PASSOK")),
            ),
        ]);
        let typed = [
            "password for `admin`: wrong",
            "password for `admin`: the right one",
        ];
        let (login, err) = log_in(&server, Some("admin"), &typed);
        assert_eq!(login.unwrap(), LoginStatus::Done);
        assert_eq!(err, "wrong user or password, 2 attempts left\n");
    }

    #[test]
    fn three_attempts_and_no_more() {
        let server = FakeServer::start([
            ("UP bob a", refusal("2 attempts")),
            ("UP bob b", refusal("1 attempt")),
            (
                "UP bob c",
                Reaction::Last(Reply::error("EC", "too many failed attempts")),
            ),
        ]);
        let typed = [
            "user:  bob ",
            "password for `bob`: a",
            "password for `bob`: b",
            "password for `bob`: c",
        ];
        let (login, err) = log_in(&server, None, &typed);
        assert_eq!(login.unwrap_err().to_string(), "too many failed attempts");
        assert_eq!(err.lines().count(), 2);
    }

    #[test]
    fn a_person_may_leave_or_stay_unknown() {
        for (typed, expected) in [
            (&["user: "][..], LoginStatus::Skipped),
            (&["user: ^C"], LoginStatus::Left),
            (&["user: bob", "password for `bob`: ^D"], LoginStatus::Left),
        ] {
            let server = FakeServer::start([]);
            assert_eq!(log_in(&server, None, typed).0.unwrap(), expected);
        }
    }

    fn completed(line: &str, typed: &[&'static str]) -> String {
        let words = CommandWords::split(line.as_bytes()).unwrap();
        match ask_for_passwords(words, &mut Scripted::new(typed)).unwrap() {
            Completed::GaveUp => "gave up".to_owned(),
            Completed::Differ => "differ".to_owned(),
            Completed::Ready(words) => {
                let words = words.as_slices();
                let words = words.iter().map(|word| String::from_utf8_lossy(word));
                words.collect::<Vec<_>>().join("|")
            }
        }
    }

    #[test]
    fn passwords_that_were_left_out_are_asked_for() {
        assert_eq!(completed("SEND 1", &[]), "SEND|1");
        assert_eq!(completed("up a b", &[]), "up|a|b");
        assert_eq!(completed("up a", &["password: x y"]), "up|a|x y");
        assert_eq!(completed("AUTH", &["user: a", "password: x"]), "AUTH|a|x");
        assert_eq!(completed("UP a", &["password: ^C"]), "gave up");
        let typed = [
            "old password: x",
            "new password: y",
            "new password again: y",
        ];
        assert_eq!(completed("PASSWD", &typed), "PASSWD|x|y");
        let typed = [
            "old password: x",
            "new password: y",
            "new password again: z",
        ];
        assert_eq!(completed("PASSWD", &typed), "differ");
    }
}
