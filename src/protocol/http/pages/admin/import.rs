//! The import of an uploaded file.

use maud::{Markup, html};

use super::super::layout::Shell;
use super::super::words;
use super::{action, admin_page};

/// The state of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// It reads and writes.
    Running,
    /// It was stored, or would have been in a trial.
    Done(String),
    /// Nothing was changed.
    Failed(String),
}

/// An import, in progress or ended.
#[derive(Clone, Debug)]
pub struct ImportView {
    /// The name of the file.
    pub file: String,
    /// Its state.
    pub state: ImportState,
    /// The work in progress.
    pub work: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is; 0 if that is not known.
    pub all: u64,
    /// The first rows that were refused, each with its line and reason.
    pub refused: Vec<String>,
    /// The number of all refused rows.
    pub refused_rows: u64,
}

/// The page of imports. `max_bytes` is the most that an upload may have.
pub fn import_page(
    shell: &Shell<'_>,
    import: Option<&ImportView>,
    max_bytes: u64,
    fault: Option<&str>,
) -> Markup {
    let is_running = import.is_some_and(|import| import.state == ImportState::Running);
    let content = html! {
        div #import data-refresh=[is_running.then_some("/admin/import/progress")] {
            @if let Some(import) = import { (import_progress(import)) }
        }
        section aria-labelledby="upload" {
            h2 #upload { "Import a file" }
            form.stack action="/admin/import" method="post" enctype="multipart/form-data" data-upload {
                label for="file" { "CSV, JSON, IMDb or MovieLens; plain or compressed; at most " (words::bytes(max_bytes)) }
                input #file type="file" name="file" required;
                label.check { input type="checkbox" name="skip_bad" value="1"; span { "Skip rows that cannot be imported" } }
                label.check { input type="checkbox" name="merge" value="1"; span { "Keep known values that the file does not have" } }
                label.check { input type="checkbox" name="dry_run" value="1"; span { "Dry run: change nothing" } }
                progress.upload hidden max="100" aria-label="Upload" {}
                button type="submit" disabled[is_running] { "Import" }
            }
            p.hint { "One bad row stops the import, and nothing is changed, unless bad rows are skipped. Larger files: " code { "catalogue import FILE" } "." }
        }
    };
    admin_page(shell, "/admin/import", fault, &content)
}

/// The state of an import: the part of the page that the script refreshes.
pub fn import_progress(import: &ImportView) -> Markup {
    html! {
        section.import-state role="status" data-running[import.state == ImportState::Running] {
            h2 { (import.file) }
            @match &import.state {
                ImportState::Running => {
                    p { (import.work) ": " (words::thousands(import.done)) @if import.all > 0 { " of " (words::thousands(import.all)) } }
                    @if import.all > 0 {
                        progress max=(import.all) value=(import.done) aria-label="Import" {}
                    } @else {
                        progress aria-label="Import" {}
                    }
                    (action("/admin/import/cancel", "Cancel", "the import", &[], None))
                    noscript { p { a href="/admin/import" { "Show the progress" } } }
                }
                ImportState::Done(summary) => p.done { (summary) },
                ImportState::Failed(reason) => p.fault { (reason) },
            }
            @if import.refused_rows > 0 {
                details open {
                    summary { (words::counted(import.refused_rows, "row was refused", "rows were refused")) }
                    ul.refused { @for row in &import.refused { li { code { (row) } } } }
                    @if import.refused_rows > import.refused.len() as u64 { p.hint { "The first " (import.refused.len()) " are shown." } }
                }
            }
        }
    }
}
