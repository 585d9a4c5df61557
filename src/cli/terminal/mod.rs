//! The client at a terminal: the prompt, the search screen, and how answers are printed.

mod command_lines;
mod command_words;
mod interrupt_guard;
pub mod print;
pub mod prompt;
pub mod search;
mod shell;
mod typed_reply;

pub use command_lines::{CommandLines, ShellStatus};
pub use command_words::CommandWords;
pub use print::escape::{coloured as escape_log, json as escape_json, line as escape_line};
pub use print::{Printer, SafeOutput, Style, safe_stderr, safe_stdout, write_json};
pub use search::is_possible as is_search_possible;
pub use shell::{Shell, ShellError};
