//! The `catalogue` program: parse the command line, call the library, print one error.

use std::process::ExitCode;

use catalogue::cli::Cli;

fn main() -> ExitCode {
    match Cli::read().and_then(Cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_quiet() {
                eprintln!("catalogue: {error}");
            }
            ExitCode::from(error.exit_status())
        }
    }
}
