//! The charts of a study, each as a vector picture (SVG) and as an image (PNG) of twice its size.
//!
//! Same study, same bytes: nothing in the files depends on the time, the machine or its fonts.
//! A chart is laid out in pixels of the web (1/96 inch) as wide as 440 of them, so that text of
//! 12 to 16 becomes 7 to 9 points in a column of a paper; the bars, 760 wide, are for two columns.

mod axis;
mod bars;
mod canvas;
mod cdf;
mod coinciding;
mod curves;
mod fault_lanes;
mod fault_map;
mod fault_windows;
mod frame;
mod heat_map;
mod lorenz;
mod map_labels;
mod map_places;
mod opinion_cdf;
mod over_time;
mod phases;
mod recovery;
mod removal;
mod response_cdf;
mod spring_layout;
mod style;
mod sweep;
mod topology_map;
mod wait_cdf;

use super::timeline::timeline;
use crate::stats::{Estimate, Study, Summary};
use crate::stress::{HardshipKind, Left, StressTest, Trial};
use canvas::{Canvas, Fault, Medium};
use heat_map::{HeatMap, Scale};
use over_time::{OverTime, Quantity};
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use removal::Removal;
use std::io;
use std::path::{Path, PathBuf};

pub use curves::{Curve, CurveTitles, draw_curves};
pub use sweep::draw_sweep_charts;
pub use topology_map::{MOST_DRAWN_SITES, PictureFormat, draw_topology};

/// Why a chart could not be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot draw the chart {chart}: {reason}")]
    Draw { chart: String, reason: String },
}

/// A picture whose contents are settled and only have to be drawn.
trait Chart {
    /// Width and height in pixels of the web.
    fn size(&self) -> (f64, f64);
    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault>;
}

/// Draws all charts that have something to show into the existing `folder`.
///
/// Returns the files written, `NAME.svg` before `NAME.png`, charts always in the same order:
/// `response_cdf`, `traffic`, `throughput`, `failures`, `lorenz`, `bars`, `by_workload`, `phases`,
/// `opinion_cdf`, `wait_cdf`, `recovery`, `fault_map`, `fault_slowdown`. A file of that name is replaced.
///
/// # Errors
/// The first file that cannot be written; files before it stay.
pub fn draw_charts(
    study: &Study,
    summary: &Summary,
    folder: &Path,
) -> Result<Vec<PathBuf>, ChartError> {
    let mut paths = Vec::new();
    let mut album = Album { folder, paths: &mut paths };
    album.add("response_cdf", response_cdf::response_cdf(study))?;
    let bins = timeline(study);
    for (name, quantity) in [
        ("traffic", Quantity::Traffic),
        ("throughput", Quantity::Throughput),
        ("failures", Quantity::Failures),
    ] {
        album.add(name, OverTime::of(study, &bins, quantity))?;
    }
    album.add("lorenz", lorenz::Lorenz::of(study))?;
    album.add("bars", bars::Bars::of(study, summary))?;
    album.add("by_workload", bars::Bars::of_workloads(study, summary))?;
    album.add("phases", phases::Phases::of(study, summary))?;
    album.add("opinion_cdf", opinion_cdf::opinion_cdf(study))?;
    album.add("wait_cdf", wait_cdf::wait_cdf(study))?;
    album.add("recovery", recovery::RecoveryDots::of(study))?;
    album.add("fault_map", fault_map::fault_map(study))?;
    album.add("fault_slowdown", fault_map::slowdown_map(study))?;
    Ok(paths)
}

/// Draws what a battery has found into the existing `folder`: `stress_map`, `stress_slowdown`,
/// `random_loss`, `targeted_loss`, `random_component`, `targeted_component`, as far as they have something to show; returns the files as [`draw_charts`] does.
///
/// # Errors
/// The first file that cannot be written; files before it stay.
pub fn draw_stress_charts(test: &StressTest, folder: &Path) -> Result<Vec<PathBuf>, ChartError> {
    let mut paths = Vec::new();
    let mut album = Album { folder, paths: &mut paths };
    album.add("stress_map", stress_map(test))?;
    album.add("stress_slowdown", stress_slowdown(test))?;
    let (random, targeted) = (HardshipKind::RandomLoss, HardshipKind::TargetedLoss);
    let lost = "Nodes lost at random";
    album.add("random_loss", Removal::of(test, random, Left::Answers, lost))?;
    let lost = "What holds together: nodes lost at random";
    album.add("random_component", Removal::of(test, random, Left::Component, lost))?;
    let attacked = "The most needed nodes attacked";
    album.add("targeted_loss", Removal::of(test, targeted, Left::Answers, attacked))?;
    let attacked = "What holds together: nodes attacked";
    album.add("targeted_component", Removal::of(test, targeted, Left::Component, attacked))?;
    Ok(paths)
}

/// The worst first.
fn stress_map(test: &StressTest) -> Option<HeatMap> {
    let title = "Answered under stress, of calm weather (%)";
    let rows = stress_rows(test, |trial| &trial.kept);
    (!rows.is_empty()).then(|| stress_map_of(test, title, rows, Scale::Share))
}

/// In the same order; `None` when nothing takes twice as long.
fn stress_slowdown(test: &StressTest) -> Option<HeatMap> {
    let title = "Response time under stress (p95, ×)";
    let rows = stress_rows(test, |trial| &trial.slower);
    let greatest = rows.iter().flat_map(|row| &row.1).flatten().copied().fold(1.0, f64::max);
    (greatest >= 2.0).then(|| stress_map_of(test, title, rows, Scale::Times { greatest }))
}

type StressRows = Vec<(String, Vec<Option<f64>>)>;

fn stress_rows(test: &StressTest, of: fn(&Trial) -> &Vec<Option<Estimate>>) -> StressRows {
    let means = |trial: &Trial| of(trial).iter().map(|value| value.map(|it| it.mean)).collect();
    test.worst_first().iter().map(|trial| (trial.hardship.name.clone(), means(trial))).collect()
}

fn stress_map_of(
    test: &StressTest,
    title: &'static str,
    rows: StressRows,
    scale: Scale,
) -> HeatMap {
    let width = style::WIDTH - 2.0 * style::MARGIN;
    let subtitle = style::subtitle_of(&test.title, test.replications, width);
    HeatMap::new(title, subtitle, rows, &test.architectures, scale)
}

struct Album<'a> {
    folder: &'a Path,
    paths: &'a mut Vec<PathBuf>,
}

impl Album<'_> {
    fn add<C: Chart + Sync>(&mut self, name: &str, chart: Option<C>) -> Result<(), ChartError> {
        let Some(chart) = chart else { return Ok(()) };
        let (svg, png) = rayon::join(|| svg(&chart), || png(&chart));
        for (extension, bytes) in [("svg", svg), ("png", png)] {
            let bytes = bytes.map_err(|fault| ChartError::Draw {
                chart: name.to_owned(),
                reason: fault.to_string(),
            })?;
            let path = self.folder.join(format!("{name}.{extension}"));
            std::fs::write(&path, bytes)
                .map_err(|source| ChartError::Write { path: path.clone(), source })?;
            self.paths.push(path);
        }
        Ok(())
    }
}

/// Drawing backends know whole numbers only; twentieths of a pixel are finer than any print.
const SVG_SCALE: u32 = 20;

fn svg(chart: &impl Chart) -> Result<Vec<u8>, Fault> {
    let (width, height) = whole_size(chart);
    let size = (width * SVG_SCALE, height * SVG_SCALE);
    let mut text = String::new();
    let mut canvas =
        Canvas::new(SVGBackend::with_string(&mut text, size), Medium::svg(f64::from(SVG_SCALE)));
    chart.draw(&mut canvas)?;
    canvas.finish()?;
    drop(canvas);
    // The backend says how large it thinks; the view box keeps that, the picture does not.
    let thought = format!("<svg width=\"{}\" height=\"{}\"", size.0, size.1);
    let meant = format!("<svg width=\"{width}\" height=\"{height}\"");
    Ok(text.replacen(&thought, &meant, 1).into_bytes())
}

/// Pixels of the image for one of the chart, along each axis.
const PNG_SCALE: u32 = 2;
/// The bitmap backend draws jagged lines, so that each pixel is the mean of this many squared.
const SAMPLES: u32 = 3;
/// Above this area (only hundreds of architectures need it) memory matters more than smooth lines.
const LARGEST_SMOOTH_AREA: u32 = 2_000_000;

fn png(chart: &impl Chart) -> Result<Vec<u8>, Fault> {
    let (width, height) = whole_size(chart);
    let samples = if width.saturating_mul(height) > LARGEST_SMOOTH_AREA { 1 } else { SAMPLES };
    let scale = PNG_SCALE * samples;
    let size = (width * scale, height * scale);
    let mut pixels = vec![255u8; size.0 as usize * size.1 as usize * 3];
    let backend = BitMapBackend::with_buffer(&mut pixels, size);
    let mut canvas = Canvas::new(backend, Medium::bitmap(f64::from(scale)));
    chart.draw(&mut canvas)?;
    canvas.finish()?;
    drop(canvas);
    let image = averaged(&pixels, size.0 as usize, samples as usize);
    encode(&image, (width * PNG_SCALE, height * PNG_SCALE))
}

fn whole_size(chart: &impl Chart) -> (u32, u32) {
    let (width, height) = chart.size();
    // The casts saturate, and a picture is never that large.
    (width.ceil() as u32, height.ceil() as u32)
}

/// An image of three bytes a pixel made smaller: the means of squares of `samples` x `samples`.
fn averaged(pixels: &[u8], width: usize, samples: usize) -> Vec<u8> {
    let area = (samples * samples) as u32;
    let mut image = Vec::with_capacity(pixels.len() / (samples * samples));
    let mut sums = vec![0u32; width / samples * 3];
    for rows in pixels.chunks_exact(width * 3 * samples) {
        sums.fill(0);
        for row in rows.chunks_exact(width * 3) {
            for (sum, square) in sums.chunks_exact_mut(3).zip(row.chunks_exact(3 * samples)) {
                for pixel in square.chunks_exact(3) {
                    for (sum, &byte) in sum.iter_mut().zip(pixel) {
                        *sum += u32::from(byte);
                    }
                }
            }
        }
        image.extend(sums.iter().map(|sum| ((sum + area / 2) / area) as u8));
    }
    image
}

fn encode(image: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, Fault> {
    /// 2 x 96 pixels an inch: programs place the image at the size of the vector picture.
    const PIXELS_PER_METRE: u32 = 7559;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(Fault::of)?;
    writer.write_image_data(image).map_err(Fault::of)?;
    writer.finish().map_err(Fault::of)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_averaged_pixel_is_the_mean_of_its_square() {
        // Two pixels of 2 x 2: white and black in halves, and all of one colour.
        let white = [255; 3];
        let black = [0; 3];
        let red = [200, 10, 20];
        let pixels = [white, black, red, red, black, white, red, red].concat();
        assert_eq!(averaged(&pixels, 4, 2), [128, 128, 128, 200, 10, 20]);
    }

    struct Words(&'static str);

    impl Chart for Words {
        fn size(&self) -> (f64, f64) {
            (40.0, 20.0)
        }
        fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
            canvas.text(self.0, (0.0, 15.0), &style::LABEL)
        }
    }

    #[test]
    fn text_of_users_cannot_break_the_vector_picture() {
        let bytes = svg(&Words("</text><a&b\" \u{0}\u{1b}\u{fffe}\u{202e}end")).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("&lt;/text&gt;&lt;a&amp;b&quot; end"), "{text}");
        assert!(text.starts_with("<svg width=\"40\" height=\"20\" viewBox=\"0 0 800 400\""));
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn a_study_without_runs_has_no_charts() {
        let model = crate::model::Model {
            faults: Vec::new(),
            stations: vec!["cpu".to_owned()],
            seed: 1,
            groups: Vec::new(),
            topology: crate::network::Topology::core(),
            transport: crate::network::Transport::Ideal,
            workloads: Vec::new(),
            end: crate::model::End::Done,
            warm_up: crate::units::Duration::ZERO,
            are_requests_kept: false,
        };
        let study = Study {
            title: String::new(),
            question: String::new(),
            model,
            architectures: vec!["one".to_owned()],
            runs: Vec::new(),
            replications: 0,
            procedure: crate::stats::Procedure::default(),
            expectations: Vec::new(),
        };
        let summary = crate::stats::summarise(&study);
        // The folder need not exist, as nothing is written.
        let paths = draw_charts(&study, &summary, Path::new("no such folder")).unwrap();
        assert!(paths.is_empty());
    }

    #[test]
    fn the_image_has_twice_the_size_and_the_same_bytes_every_time() {
        let bytes = png(&Words("hello")).unwrap();
        let image = png::Decoder::new(io::Cursor::new(&bytes)).read_info().unwrap();
        assert_eq!(image.info().size(), (80, 40));
        assert_eq!(bytes, png(&Words("hello")).unwrap());
    }
}
