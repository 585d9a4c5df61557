//! The `catalogue` program: parse the command line, call the library, print one error.

use std::process::ExitCode;

use catalogue::cli::Cli;
use catalogue::cli::terminal::escape_line;

fn main() -> ExitCode {
    match Cli::read().and_then(Cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_quiet() {
                eprintln!("catalogue: {}", escape_line(&error.to_string()));
            }
            ExitCode::from(error.exit_status())
        }
    }
}
