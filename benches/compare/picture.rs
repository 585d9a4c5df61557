//! A picture of throughput by pipeline depth and by catalogue size, as SVG.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use crate::generator::Generator;
use crate::load::{Load, median};
use crate::tested_server::{self, TestedServer};

/// The line of the page that shows it.
pub const LINK: &str = "![requests per second by pipeline depth](benchmarks.svg)\n";
/// The pipeline depths that are measured.
const DEPTHS: [u32; 6] = [1, 2, 4, 8, 16, 32];
/// Pairs for each depth. The median of three is enough for a picture.
const PAIRS: usize = 3;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 300.0;
const MARGIN: f64 = 60.0;
const COLOURS: [&str; 2] = ["#b5452c", "#2c6fb5"];

/// Requests per second for each depth, ours and Redis's.
pub type Curve = Vec<[f64; 2]>;

/// Measures with servers of its own.
pub fn depths(database: &Path, rows: u64, generator: &Generator) -> Result<Curve, Box<dyn Error>> {
    let folder = database.parent().ok_or("a database is in a folder")?;
    let sides = [
        TestedServer::catalogue(database, &[])?,
        TestedServer::redis(folder)?,
    ];
    tested_server::fill_redis(&sides[1], rows, generator)?;
    throughput(&sides, rows)
}

/// Measures two servers that hold the same rows.
pub fn throughput(sides: &[TestedServer; 2], rows: u64) -> Result<Curve, Box<dyn Error>> {
    let mut curve = Curve::new();
    for pipeline in DEPTHS {
        let requests = 60_000 * u64::from(pipeline);
        let load = Load {
            connections: 50,
            pipeline,
            requests,
            names: rows,
        };
        let mut pairs = Vec::new();
        for _ in 0..PAIRS {
            pairs.push([load.run(&sides[0])?.rate, load.run(&sides[1])?.rate]);
        }
        curve.push([0, 1].map(|side| median(pairs.iter().map(|pair| pair[side]))));
    }
    Ok(curve)
}

/// Draws the curves next to each other.
pub fn write(path: &Path, curves: &[(u64, Curve)]) -> Result<(), Box<dyn Error>> {
    let width = (WIDTH + MARGIN) * curves.len() as f64 + MARGIN;
    let height = HEIGHT + 2.0 * MARGIN;
    let most = curves
        .iter()
        .flat_map(|(_, curve)| curve.iter().flatten())
        .fold(1.0, |a: f64, b| a.max(*b));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (index, (rows, curve)) in curves.iter().enumerate() {
        let left = MARGIN + index as f64 * (WIDTH + MARGIN);
        panel(&mut svg, left, *rows, curve, most)?;
    }
    for (side, name) in ["catalogue", "redis"].iter().enumerate() {
        let x = MARGIN + side as f64 * 100.0;
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"12\" width=\"12\" height=\"12\" fill=\"{}\"/>",
            COLOURS[side]
        )?;
        writeln!(svg, "<text x=\"{}\" y=\"22\">{name}</text>", x + 18.0)?;
    }
    writeln!(svg, "</svg>")?;
    std::fs::write(path, svg)?;
    Ok(())
}

fn panel(svg: &mut String, left: f64, rows: u64, curve: &Curve, most: f64) -> std::fmt::Result {
    let bottom = MARGIN + HEIGHT;
    let x = |step: usize| left + step as f64 * WIDTH / (DEPTHS.len() - 1) as f64;
    let y = |rate: f64| bottom - rate / most * HEIGHT;
    writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\">{rows} movies, requests per second</text>",
        MARGIN - 12.0
    )?;
    for part in 0..=4 {
        let rate = most * f64::from(part) / 4.0;
        let at = y(rate);
        writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{}\" y1=\"{at}\" y2=\"{at}\" stroke=\"#ddd\"/>",
            left + WIDTH
        )?;
        let label = format!("{:.1} M", rate / 1e6);
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
            left - 6.0,
            at + 4.0
        )?;
    }
    for (step, depth) in DEPTHS.iter().enumerate() {
        let at = x(step);
        writeln!(
            svg,
            "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{depth}</text>",
            bottom + 18.0
        )?;
    }
    let middle = left + WIDTH / 2.0;
    writeln!(
        svg,
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">pipeline depth</text>",
        bottom + 38.0
    )?;
    for side in 0..2 {
        let points: Vec<_> = curve
            .iter()
            .enumerate()
            .map(|(step, rates)| format!("{:.1},{:.1}", x(step), y(rates[side])))
            .collect();
        let colour = COLOURS[side];
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>",
            points.join(" ")
        )?;
    }
    Ok(())
}
