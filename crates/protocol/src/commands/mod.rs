//! The table of commands: name, syntax and required role of each. The table has no dependencies:
//! dispatch, `HELP`, `COMMAND`, the client's completion, the documentation and the access tests use
//! it.

mod description;
mod table;

pub use description::{CommandDescription, CommandId, RequiredRole};
pub use table::{COMMANDS, find};

#[cfg(test)]
mod tests;
