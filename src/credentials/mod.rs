//! Passwords: which are allowed, how they are kept, and how an offered one is checked.

mod checker;
mod hash;
mod password;
mod recent;

pub use checker::{CheckError, Checked, Checker};
pub use hash::{HashError, Memory, Verdict, hash, verify};
pub use password::{InvalidPassword, InvalidUser, Password, check_user};
