//! Handlers of the metrics and of the imports.

use super::super::super::error::HttpError;
use super::super::super::message::HttpResponse;
use super::super::super::route::{Exchange, TaskFuture};
use super::super::layout::Shell;
use super::super::multipart::{self, FormField};
use super::super::respond::{html, see_other, viewer};
use super::{
    CommandRow, ImportState, ImportView, MetricsView, import_page, import_progress,
    metrics_content, metrics_page,
};
use crate::api::{Answer, ApiError, Command, UploadOptions, UploadState, UploadStatus};
use crate::config::limits;
use crate::metrics::{Distribution, Totals};
use crate::monitoring::{command_names, resident_bytes};
use crate::protocol::resp::ERROR_CODES;

/// The page of metrics.
pub fn metrics<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let view = metrics_view(&mut exchange).await?;
        let viewer = viewer(&exchange);
        let shell = Shell {
            viewer: viewer.as_ref(),
            query: "",
        };
        Ok(html(metrics_page(&shell, &view)))
    })
}

/// The part of the page that changes.
pub fn metrics_fragment<'r>(mut exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move { Ok(html(metrics_content(&metrics_view(&mut exchange).await?))) })
}

async fn metrics_view(exchange: &mut Exchange<'_, '_>) -> Result<MetricsView, HttpError> {
    let movies = match exchange.run(Command::Count).await? {
        Answer::Number(movies) => movies,
        _ => 0,
    };
    let context = &exchange.caller.context;
    let totals = context.state.metrics.totals();
    let database_bytes = context
        .reader
        .borrow_mut()
        .sizes()
        .map_or(0, |sizes| sizes.database_bytes);
    Ok(MetricsView {
        movies,
        database_bytes,
        resident_bytes: resident_bytes(),
        connections: context.state.clients.connected() as u64,
        up_seconds: context.state.started.elapsed().as_secs(),
        requests: totals.commands.iter().sum(),
        cache_hits: totals.cache_hits,
        cache_misses: totals.cache_misses,
        durations: sum(totals.durations.iter().chain(&totals.routes)),
        commands: command_rows(&totals),
        errors: ERROR_CODES.iter().copied().zip(totals.errors).collect(),
    })
}

/// The commands that were run, the most frequent first.
fn command_rows(totals: &Totals) -> Vec<CommandRow> {
    let times = totals.commands.iter().zip(&totals.durations);
    let rows = command_names()
        .zip(times)
        .map(|(name, (&requests, times))| CommandRow {
            name,
            requests,
            median: quantile(times, 0.5),
            p99: quantile(times, 0.99),
        });
    let mut rows: Vec<CommandRow> = rows.filter(|row| row.requests > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.requests));
    rows
}

/// How many values are in each bucket, with its upper bound.
fn sum<'d>(distributions: impl Iterator<Item = &'d Distribution>) -> Vec<(Option<u64>, u64)> {
    let mut all: Vec<(Option<u64>, u64)> = Vec::new();
    for distribution in distributions {
        for (index, (end, _)) in distribution.cumulative().enumerate() {
            if all.len() <= index {
                all.push((end, 0));
            }
            all[index].1 += distribution.buckets[index];
        }
    }
    all
}

/// The upper bound of the bucket in which a share of the values ends.
fn quantile(distribution: &Distribution, share: f64) -> Option<f64> {
    let wanted = (distribution.count() as f64 * share).ceil() as u64;
    if wanted == 0 {
        return None;
    }
    let mut ends = distribution.cumulative();
    ends.find(|&(_, number)| number >= wanted)?
        .0
        .map(|end| end as f64)
}

/// The page of imports.
pub fn import<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move { Ok(show_import(&exchange, None)) })
}

/// The progress of the import.
pub fn progress<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let status = exchange.caller.context.state.uploads.status().map(view);
        Ok(html(status.map_or_else(Default::default, |status| {
            import_progress(&status)
        })))
    })
}

/// Imports an uploaded file.
pub fn upload<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        let request = exchange.request;
        let content_type = request.header("content-type").unwrap_or_default();
        let Some(fields) = multipart::parse(content_type, &request.body) else {
            return Err(HttpError::bad_request("the form is malformed"));
        };
        match start(&exchange, fields) {
            Ok(()) => Ok(see_other("/admin/import")),
            Err(error) => {
                let error = HttpError::from(error);
                let mut page = show_import(&exchange, Some(&error.detail));
                *page.status_mut() = error.status;
                Ok(page)
            }
        }
    })
}

fn start(exchange: &Exchange<'_, '_>, fields: Vec<FormField>) -> Result<(), ApiError> {
    let has = |name: &str| fields.iter().any(|field| field.name == name);
    let options = UploadOptions {
        skips_bad_rows: has("skip_bad"),
        merges: has("merge"),
        is_dry_run: has("dry_run"),
    };
    let file = fields.into_iter().find(|field| field.name == "file");
    let (name, bytes) = file.map_or_else(Default::default, |field| (field.file, field.value));
    let state = exchange.caller.context.state;
    let log = state.cluster.is_some().then(|| state.writer.clone());
    state
        .uploads
        .start(&name.unwrap_or_default(), bytes, options, log)
}

/// Cancels the import.
pub fn cancel<'r>(exchange: Exchange<'r, '_>) -> TaskFuture<'r> {
    Box::pin(async move {
        exchange.caller.context.state.uploads.cancel();
        Ok(see_other("/admin/import"))
    })
}

fn show_import(exchange: &Exchange<'_, '_>, fault: Option<&str>) -> HttpResponse {
    let status = exchange.caller.context.state.uploads.status().map(view);
    let viewer = viewer(exchange);
    let shell = Shell {
        viewer: viewer.as_ref(),
        query: "",
    };
    html(import_page(
        &shell,
        status.as_ref(),
        limits::MAX_UPLOAD_BYTES as u64,
        fault,
    ))
}

fn view(status: UploadStatus) -> ImportView {
    ImportView {
        file: status.file,
        state: match status.state {
            UploadState::Running => ImportState::Running,
            UploadState::Done(summary) => ImportState::Done(summary),
            UploadState::Failed(reason) => ImportState::Failed(reason),
        },
        work: status.progress.work,
        done: status.progress.done,
        all: status.progress.all,
        refused: status.refused,
        refused_rows: status.refused_rows,
    }
}
