//! Authentication: rules for user names and passwords, password hashes, their
//! verification on threads of their own, and delays after failed logins.

mod cost;
mod hash;
mod key;
mod login_cache;
mod password;
mod precis;
mod throttle;
mod verifier;

pub use cost::{Cost, CostError};
pub use hash::{HashError, Memory, Verification, check_stored, hash, verify};
pub use key::{ApiKey, KEY_USER_PREFIX, KeyError, KeyLifetime, check_key_name};
pub use password::{
    Password, PasswordError, UserNameError, canonical_user, check_user, new_password_id, new_user,
};
pub use throttle::{Attempt, DelayError, Throttle};
pub use verifier::{CheckError, LoginOutcome, PasswordVerifier, StartError};
