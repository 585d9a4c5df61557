//! Passwords: which are allowed, how they are kept, how an offered one is
//! checked, and who has to wait before the next try.

mod checker;
mod cost;
mod hash;
mod password;
mod recent;
mod throttle;

pub use checker::{CheckError, Checked, Checker, StartError};
pub use cost::{Cost, InvalidCost};
pub use hash::{HashError, Memory, Verdict, check_stored, hash, verify};
pub use password::{InvalidPassword, InvalidUser, Password, check_user, new_password_id};
pub use throttle::{Attempt, Delayed, Throttle};
