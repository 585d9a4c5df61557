//! Small plots as SVG within the page. Each has a description in words.

use std::fmt::Write;

use maud::{Markup, html};

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The caption.
    pub label: String,
    /// Its height.
    pub value: u64,
}

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 140.0;
/// The space for the labels.
const FOOT: f64 = 22.0;
/// Labels that fit side by side.
const LABELS: usize = 7;

/// A bar for each value.
pub fn bars(bars: &[Bar], about: &str) -> Markup {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let step = WIDTH / bars.len().max(1) as f64;
    let every = bars.len().div_ceil(LABELS).max(1);
    let largest = bars.iter().max_by_key(|bar| bar.value);
    let in_words = largest.map(|bar| format!("{about}: most are at {}", bar.label));
    html! {
        svg.plot viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(in_words.unwrap_or_default()) {
            line.axis x1="0" x2=(WIDTH) y1=(HEIGHT - FOOT) y2=(HEIGHT - FOOT) {}
            @for (index, bar) in bars.iter().enumerate() {
                @let height = (HEIGHT - FOOT - 6.0) * bar.value as f64 / most as f64;
                @let left = step * index as f64;
                rect.bar x=(coordinate(left + step * 0.12)) y=(coordinate(HEIGHT - FOOT - height))
                    width=(coordinate(step * 0.76)) height=(coordinate(height)) rx="3" {
                    title { (bar.label) ": " (bar.value) }
                }
                @if index % every == 0 {
                    text x=(coordinate(left + step / 2.0)) y=(HEIGHT - 5.0) text-anchor="middle" { (bar.label) }
                }
            }
        }
    }
}

/// A line through values in their order.
pub fn line_plot(values: &[f64], about: &str) -> Markup {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = (most - least).max(0.1);
    let margin = 12.0;
    let step = (WIDTH - 2.0 * margin) / values.len().saturating_sub(1).max(1) as f64;
    let point = |(index, value): (usize, &f64)| {
        let x = margin + step * index as f64;
        (
            x,
            margin + (HEIGHT - FOOT - 2.0 * margin) * (most - value) / span,
        )
    };
    let points: Vec<(f64, f64)> = values.iter().enumerate().map(point).collect();
    let mut path = String::new();
    for (x, y) in &points {
        // Writing to a string cannot fail.
        let _ = write!(
            path,
            "{}{x:.1} {y:.1}",
            if path.is_empty() { 'M' } else { 'L' }
        );
    }
    let in_words = format!("{about}: from {least:.1} to {most:.1}");
    html! {
        svg.plot viewBox={ "0 0 " (WIDTH) " " (HEIGHT - FOOT) } role="img" aria-label=(in_words) {
            path.curve d=(path) {}
            @for ((x, y), value) in points.iter().zip(values) {
                circle.point cx=(coordinate(*x)) cy=(coordinate(*y)) r="4" { title { (format!("{value:.1}")) } }
            }
        }
    }
}

/// A part of a whole as a bar and a percentage.
pub fn share(part: u64, whole: u64, of_what: &str) -> Markup {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    html! {
        div.share {
            p.big { (format!("{percent:.1} %")) }
            svg.plot viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
                rect.rest width="100" height="6" rx="3" {}
                rect.bar width=(coordinate(percent)) height="6" rx="3" {}
            }
            p.hint { (of_what) }
        }
    }
}

fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}
