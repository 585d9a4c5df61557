//! The settings of `serve`. A flag overrides a variable, a variable overrides the
//! file, and the file overrides the default.
//!
//! Every flag of [`ServeArgs`](super::serve::ServeArgs) is a setting. Its variable and
//! its key in the file follow from its name, the type of the value from its parser, and
//! its row in docs/operations.md from its help. `cli/serve/args.rs` describes how to
//! add one.

mod effective;
mod error;
mod file;
mod layers;
mod renamed;
mod setting;

pub use effective::Effective;
pub use error::FileError;
pub use layers::{Layers, Settings};
pub use renamed::check_flag;
pub use setting::Setting;
