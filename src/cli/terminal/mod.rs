//! The client at a terminal: the prompt, the search screen, and how answers are printed.

mod answer;
mod batch;
pub mod print;
pub mod prompt;
pub mod search;
mod shell;
mod words;

pub use batch::{Ending, Lines};
pub use print::{Printer, Style};
pub use search::is_possible as is_search_possible;
pub use shell::{Shell, ShellError};
pub use words::Words;
