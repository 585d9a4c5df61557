//! The settings of `serve`: flags over variables over a file over defaults.
//!
//! There is no list of them. A flag of [`Serve`](super::serve::Serve) is a
//! setting, and whatever else it needs follows from it: the variable and the key
//! in the file from its name, the type of the value from its parser, its row in
//! docs/operations.md from its help. See the head of `cli/serve.rs` for how to
//! add one.

mod effective;
mod file;
mod layers;
mod renamed;
mod setting;

pub use effective::Effective;
pub use file::FileError;
pub use layers::{Layers, Settings};
pub use renamed::refuse_flag;
pub use setting::{Setting, settings};
