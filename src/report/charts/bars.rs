//! The metrics that most questions are about, side by side: a bar an architecture, with intervals.

use super::Chart;
use super::axis::{
    Axis, PERCENT, PLAIN, Unit, byte_unit, frequency_unit, percentage, three_digits, time_unit,
};
use super::canvas::{Align, CAPITAL, Canvas, Fault, Point, Stroke};
use super::frame::{BELOW_TITLES, Legend, Mark, draw_titles};
use super::opinion_cdf;
use super::style::{
    GREY, GRID, INK, MARGIN, PAPER, SUBTITLE, TICK, TextLook, fill_of, hairline, shortened_name,
    subtitle, text_width,
};
use crate::stats::{Estimate, Row, Study, Summary, metric_index};
use plotters::backend::DrawingBackend;
use plotters::style::FontStyle;

/// For two columns of a paper.
const WIDTH: f64 = 760.0;
const COLUMNS: usize = 3;
const GUTTER: f64 = 20.0;
/// Panels by workload; more are read in tables.
const MOST_WORKLOADS: usize = 12;
/// Behind a heading, for the name of a unit.
const UNIT_ROOM: f64 = 40.0;
const PLOT_HEIGHT: f64 = 120.0;
const HEADING: TextLook =
    TextLook { size: 13.0, colour: INK, weight: FontStyle::Bold, align: Align::Left };
const VALUE: TextLook = TextLook { size: 11.0, align: Align::Centre, ..TICK };
/// Of two replications intervals can be twelve times the value; the bars must stay visible.
const MOST_ABOVE_MEAN: f64 = 2.0;

/// What a panel shows: the metric, its heading, its unit by greatest value, its text and bound.
struct Content {
    metric: &'static str,
    heading: &'static str,
    unit: fn(f64) -> Unit,
    text: fn(f64) -> String,
    /// No value is above.
    bound: f64,
    /// Whether zeros alone are worth a panel.
    shows_zeros: bool,
    /// Of a scale that does not begin at zero.
    scale: Option<(u32, u32)>,
}

const CONTENTS: [Content; 13] = [
    of("response_time.mean", "Response time, mean", time_unit),
    of("response_time.p95", "Response time, p95", time_unit),
    of("throughput", "Throughput", frequency_unit),
    Content { shows_zeros: false, ..of("server_bytes", "Sent by servers", byte_unit) },
    Content { bound: 1.0, ..of("load_gini", "Gini of load, serving nodes", |_| PLAIN) },
    Content { bound: 1.0, text: percentage, ..of("availability", "Availability", |_| PERCENT) },
    Content {
        bound: 4.5,
        scale: Some(opinion_cdf::SCALE),
        ..of("mos.mean", "Calls: mean opinion score", |_| PLAIN)
    },
    of("one_way_delay", "Calls: mouth to ear", time_unit),
    Content { bound: 1.0, text: percentage, ..of("dropped_calls", "Dropped calls", |_| PERCENT) },
    of("member_wait.mean", "Mean wait for updates", time_unit),
    Content { bound: 1.0, text: percentage, ..of("conflicts", "Updates in conflict", |_| PERCENT) },
    of("spool_wait.mean", "Wait in the spool, mean", time_unit),
    of("pages_wasted", "Pages wasted", |_| PLAIN),
];

const fn of(metric: &'static str, heading: &'static str, unit: fn(f64) -> Unit) -> Content {
    Content {
        metric,
        heading,
        unit,
        text: three_digits,
        bound: f64::INFINITY,
        shows_zeros: true,
        scale: None,
    }
}

/// What a metric is called in a picture, if it is one of those that most questions are about.
pub fn heading_of(metric: &str) -> Option<&'static str> {
    CONTENTS.iter().find(|content| content.metric == metric).map(|content| content.heading)
}

#[derive(Debug)]
pub struct Bars {
    title: &'static str,
    subtitle: String,
    panels: Vec<Panel>,
    legend: Legend,
    /// Above the plots, for values.
    headroom: f64,
}

#[derive(Debug)]
struct Panel {
    heading: String,
    axis: Axis,
    /// By architecture.
    bars: Vec<Option<Bar>>,
}

#[derive(Debug)]
struct Bar {
    text: String,
    mean: f64,
    interval: Option<(f64, f64)>,
}

impl Bars {
    /// `None` when no metric is defined.
    pub fn of(study: &Study, summary: &Summary) -> Option<Bars> {
        let panels = CONTENTS.iter().filter_map(|content| {
            panel(study, content, content.heading, |architecture, metric| {
                summary.pooled(architecture, metric)
            })
        });
        Bars::with_panels(study, "Metrics", panels.collect())
    }

    /// The mean response time of each workload, where there are several; of the first ones, where there are many.
    pub fn of_workloads(study: &Study, summary: &Summary) -> Option<Bars> {
        let content = &CONTENTS[0];
        // The first of the names stands for all together.
        let names = summary.workloads.iter().skip(1).take(MOST_WORKLOADS);
        let panels = names.filter_map(|name| {
            let heading = shortened_name(name, panel_width() - UNIT_ROOM, &HEADING);
            panel(study, content, &heading, |architecture, metric| {
                summary.row(architecture, name, metric)
            })
        });
        Bars::with_panels(study, "Response time by workload", panels.collect())
    }

    fn with_panels(study: &Study, title: &'static str, panels: Vec<Panel>) -> Option<Bars> {
        if panels.is_empty() {
            return None;
        }
        let entries = study.architectures.iter().enumerate();
        let entries = entries.map(|(index, name)| (name.as_str(), Mark::Area(fill_of(index))));
        let legend = Legend::new(entries.collect(), WIDTH - 2.0 * MARGIN);
        let headroom = panels.iter().map(Panel::headroom).fold(0.0, f64::max);
        let subtitle = subtitle(study, WIDTH - 2.0 * MARGIN);
        Some(Bars { title, subtitle, panels, legend, headroom })
    }

    fn panel_height(&self) -> f64 {
        26.0 + self.headroom + PLOT_HEIGHT + 14.0
    }

    fn legend_top(&self) -> f64 {
        let rows = self.panels.len().div_ceil(COLUMNS) as f64;
        BELOW_TITLES + rows * self.panel_height() + 6.0
    }
}

impl Chart for Bars {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.legend_top() + self.legend.height() + MARGIN)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let has_interval = self
            .panels
            .iter()
            .flat_map(|panel| panel.bars.iter().flatten())
            .any(|bar| bar.interval.is_some());
        let title = match has_interval {
            true => format!("{}: mean over replications, 95 % interval", self.title),
            false => self.title.to_owned(),
        };
        draw_titles(canvas, &title, &self.subtitle)?;
        for (index, panel) in self.panels.iter().enumerate() {
            let left = MARGIN + (index % COLUMNS) as f64 * (panel_width() + GUTTER);
            let top = BELOW_TITLES + (index / COLUMNS) as f64 * self.panel_height();
            canvas.text(&panel.heading, (left, top + 17.0), &HEADING)?;
            self.draw_panel(canvas, panel, (left, top + 26.0 + self.headroom))?;
        }
        self.legend.draw(canvas, (MARGIN, self.legend_top()))
    }
}

impl Bars {
    fn draw_panel<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        panel: &Panel,
        (left, top): Point,
    ) -> Result<(), Fault> {
        let right = left + panel_width();
        let plot_left = left + panel.tick_room();
        let bottom = top + PLOT_HEIGHT;
        let height_of = |value: f64| bottom - panel.axis.share(value) * PLOT_HEIGHT;
        for (value, text) in &panel.axis.ticks {
            let y = height_of(*value);
            canvas.line((plot_left, y), (right, y), &hairline(GRID))?;
            let look = TextLook { size: VALUE.size, align: Align::Right, colour: GREY, ..TICK };
            canvas.text(text, (plot_left - 5.0, y + CAPITAL / 2.0 * look.size), &look)?;
        }
        for (index, bar) in panel.bars.iter().enumerate() {
            let centre = plot_left + (index as f64 + 0.5) * panel.slot();
            let Some(bar) = bar else {
                canvas.text("–", (centre, bottom - 5.0), &SUBTITLE.aligned(Align::Centre))?;
                continue;
            };
            let half = (panel.slot() * 0.36).min(20.0);
            let corner = (centre + half, height_of(bar.mean));
            canvas.rectangle((centre - half, bottom), corner, fill_of(index))?;
            let mut end = height_of(bar.mean);
            if let Some((low, high)) = bar.interval {
                let is_beyond = high > panel.axis.high() * (1.0 + 1e-9);
                end = height_of(high);
                let ends = (height_of(low), end);
                draw_whisker(canvas, centre, ends, is_beyond, fill_of(index).is_dark())?;
            }
            panel.draw_value(canvas, &bar.text, (centre, end))?;
        }
        canvas.line((plot_left, bottom), (right, bottom), &hairline(INK))
    }
}

/// An interval that goes on above the plot ends in an arrow.
fn draw_whisker<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    x: f64,
    (low, high): (f64, f64),
    is_beyond: bool,
    is_on_dark: bool,
) -> Result<(), Fault> {
    const HALF_CAP: f64 = 4.0;
    let stroke = Stroke { colour: INK, width: 1.25, dash: &[] };
    let edge = Stroke { colour: PAPER, width: 3.25, dash: &[] };
    for stroke in [is_on_dark.then_some(edge), Some(stroke)].into_iter().flatten() {
        canvas.line((x, low), (x, high), &stroke)?;
        for end in [Some(low), (!is_beyond).then_some(high)].into_iter().flatten() {
            canvas.line((x - HALF_CAP, end), (x + HALF_CAP, end), &stroke)?;
        }
    }
    if is_beyond {
        let arrow = [(x, high - 3.0), (x - HALF_CAP, high + 4.0), (x + HALF_CAP, high + 4.0)];
        canvas.polygon(&arrow, INK, 1.0)?;
    }
    Ok(())
}

fn panel_width() -> f64 {
    let columns = COLUMNS as f64;
    (WIDTH - 2.0 * MARGIN - (columns - 1.0) * GUTTER) / columns
}

impl Panel {
    /// Above the end of a bar or whisker.
    fn draw_value<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        text: &str,
        (centre, end): Point,
    ) -> Result<(), Fault> {
        let baseline = end - 5.0;
        if !self.is_upright() {
            return canvas.text_on_paper(text, (centre, baseline), &VALUE);
        }
        let half = CAPITAL / 2.0 * VALUE.size;
        if self.slot() < 2.0 * half + 1.0 {
            return Ok(());
        }
        let upper_left = (centre - half - 1.0, baseline - text_width(text, &VALUE));
        canvas.rectangle(upper_left, (centre + half + 1.0, baseline), PAPER)?;
        canvas.upright_text(text, (centre + half, baseline), &VALUE.aligned(Align::Left))
    }

    fn tick_room(&self) -> f64 {
        let texts = self.axis.ticks.iter().map(|(_, text)| text_width(text, &VALUE));
        texts.fold(0.0, f64::max).ceil() + 5.0
    }

    fn widest_value(&self) -> f64 {
        let bars = self.bars.iter().flatten();
        bars.map(|bar| text_width(&bar.text, &VALUE)).fold(0.0, f64::max)
    }

    /// Whether values are written upwards because they would touch side by side.
    fn is_upright(&self) -> bool {
        self.widest_value() + 3.0 > self.slot()
    }

    /// For values above the plot.
    fn headroom(&self) -> f64 {
        if self.is_upright() { self.widest_value() + 8.0 } else { 20.0 }
    }

    /// The room of one bar.
    fn slot(&self) -> f64 {
        (panel_width() - self.tick_room()) / self.bars.len() as f64
    }
}

/// `None` when the metric is undefined for all architectures, or there is nothing to see.
fn panel<'s>(
    study: &Study,
    content: &Content,
    heading: &str,
    row: impl Fn(usize, usize) -> Option<&'s Row>,
) -> Option<Panel> {
    let metric = metric_index(content.metric)?;
    let estimates: Vec<Option<Estimate>> = (0..study.architectures.len())
        .map(|architecture| row(architecture, metric)?.estimate)
        .collect();
    let defined = || estimates.iter().flatten();
    let greatest = defined().map(|estimate| estimate.mean).reduce(f64::max)?;
    if greatest <= 0.0 && !content.shows_zeros {
        return None;
    }
    let highs = defined().map(|estimate| estimate.interval.map_or(estimate.mean, |(_, high)| high));
    let top = highs.fold(0.0, f64::max).min(greatest * MOST_ABOVE_MEAN).min(content.bound);
    let unit = (content.unit)(greatest);
    let heading = if unit.name.is_empty() {
        heading.to_owned()
    } else {
        format!("{heading} ({})", unit.name)
    };
    let least = content.scale.map_or(0.0, |(least, _)| f64::from(least));
    let bar = |estimate: Estimate| Bar {
        text: (content.text)(estimate.mean / unit.size),
        mean: estimate.mean,
        interval: estimate
            .interval
            .map(|(low, high)| (low.max(least), high.min(content.bound)))
            .filter(|(low, high)| low < high),
    };
    let bars = estimates.iter().map(|estimate| estimate.map(bar)).collect();
    let axis = match content.scale {
        Some(scale) => Axis::of_scale(String::new(), scale),
        None => Axis::rounded(String::new(), top, unit, 3),
    };
    Some(Panel { heading, axis, bars })
}
