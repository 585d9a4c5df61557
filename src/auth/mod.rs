//! Passwords: which are allowed, how they are kept, how an offered one is
//! checked, and who has to wait before the next try.

mod cost;
mod hash;
mod login_cache;
mod password;
mod throttle;
mod verifier;

pub use cost::{Cost, CostError};
pub use hash::{HashError, Memory, Verdict, check_stored, hash, verify};
pub use password::{Password, PasswordError, UserNameError, check_user, new_password_id};
pub use throttle::{Attempt, DelayError, Throttle};
pub use verifier::{CheckError, Checked, PasswordVerifier, StartError};
