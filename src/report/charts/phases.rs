//! Where the time goes: the mean response time of each architecture in its four parts.

use super::Chart;
use super::axis::{Axis, Unit, three_digits, time_unit};
use super::canvas::{Align, CAPITAL, Canvas, Fault};
use super::frame::{BELOW_TITLES, Legend, Mark, draw_titles};
use super::style::{
    Colour, GRID, INK, LABEL, MARGIN, PAPER, SUBTITLE, TICK, WIDTH, hairline, shortened_name,
    subtitle, text_width,
};
use crate::model::{Demand, Wants, Workload};
use crate::stats::{Study, Summary, metric_index};
use plotters::backend::DrawingBackend;

/// Metric, name and colour; finding has [`FINDING_AGAIN`] for a name where there were failed attempts; from dark to light, so that a print in grey shows the parts too.
const PHASES: [(&str, &str, Colour); 4] = [
    ("find_time", "finding", Colour(0x55, 0x55, 0x55)),
    ("queue_time", "waiting", Colour(0xE6, 0x9F, 0x00)),
    ("service_time", "service", Colour(0xF0, 0xE4, 0x42)),
    ("transfer_time", "transfer", Colour(0x56, 0xB4, 0xE9)),
];
/// The time to find is that until the last attempt knew whom to ask.
const FINDING_AGAIN: &str = "earlier attempts, finding";
const ROW: f64 = 30.0;
const BAR: f64 = 20.0;
const MOST_NAME_ROOM: f64 = 150.0;
const NOTHING: &str = "no request answered";

#[derive(Debug)]
pub struct Phases {
    subtitle: String,
    /// Shortened names with means by phase in seconds, `None` when nothing was answered.
    rows: Vec<(String, Option<[f64; 4]>)>,
    axis: Axis,
    unit: Unit,
    legend: Legend,
    left: f64,
    right: f64,
}

impl Phases {
    /// `None` when no request was answered, or all that is asked for are updates, which wait for those who are away.
    pub fn of(study: &Study, summary: &Summary) -> Option<Phases> {
        let is_of_updates = |workload: &Workload| {
            matches!(workload.demand, Demand::Drawn { wants: Wants::Update(_), .. })
        };
        if study.model.workloads.iter().all(is_of_updates) {
            return None;
        }
        let rows: Vec<(String, Option<[f64; 4]>)> = study
            .architectures
            .iter()
            .enumerate()
            .map(|(architecture, name)| {
                let name = shortened_name(name, MOST_NAME_ROOM, &LABEL);
                (name, means(summary, architecture))
            })
            .collect();
        let totals = rows.iter().filter_map(|(_, means)| *means).map(total);
        let greatest = totals.reduce(f64::max)?;
        let unit = time_unit(greatest);
        let names = rows.iter().map(|(name, _)| text_width(name, &LABEL));
        let left = MARGIN + names.fold(0.0, f64::max).ceil() + 9.0;
        let texts = rows.iter().filter_map(|(_, means)| *means);
        let texts = texts.map(|means| text_width(&total_text(means, unit), &TICK));
        let right = WIDTH - MARGIN - texts.fold(0.0, f64::max).ceil() - 7.0;
        let axis = Axis::linear(format!("Mean response time ({})", unit.name), greatest, unit, 5);
        let again = has_attempts(study, summary);
        // What takes no time anywhere needs no name.
        let occurs = |phase: &usize| {
            rows.iter().any(|(_, means)| means.is_some_and(|means| means[*phase] > 0.0))
        };
        let phases = (0..PHASES.len()).filter(occurs).map(|phase| PHASES[phase]);
        let entries = phases.map(|(metric, name, colour)| {
            let is_again = again && metric == "find_time";
            (if is_again { FINDING_AGAIN } else { name }, Mark::Area(colour))
        });
        let legend = Legend::new(entries.collect(), WIDTH - 2.0 * MARGIN);
        let subtitle = subtitle(study, WIDTH - 2.0 * MARGIN);
        Some(Phases { subtitle, rows, axis, unit, legend, left, right })
    }

    fn bottom(&self) -> f64 {
        BELOW_TITLES + 6.0 + self.rows.len() as f64 * ROW + 4.0
    }

    fn legend_top(&self) -> f64 {
        self.bottom() + 50.0
    }
}

impl Chart for Phases {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.legend_top() + self.legend.height() + MARGIN)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        draw_titles(canvas, "Where the time goes", &self.subtitle)?;
        let (top, bottom) = (BELOW_TITLES + 6.0, self.bottom());
        let length = self.right - self.left;
        for (share, text) in self.axis.ticks_along(length) {
            let x = self.left + share * length;
            canvas.line((x, top), (x, bottom), &hairline(GRID))?;
            canvas.line((x, bottom), (x, bottom + 4.0), &hairline(INK))?;
            canvas.text(text, (x, bottom + 18.0), &TICK.aligned(Align::Centre))?;
        }
        canvas.line((self.left, bottom), (self.right, bottom), &hairline(INK))?;
        let centre = (self.left + self.right) / 2.0;
        let label = LABEL.aligned(Align::Centre);
        canvas.text(&self.axis.label, (centre, bottom + 37.0), &label)?;
        for (index, (name, means)) in self.rows.iter().enumerate() {
            let middle = top + (index as f64 + 0.5) * ROW + 2.0;
            let at = (self.left - 9.0, middle + CAPITAL / 2.0 * LABEL.size);
            canvas.text(name, at, &LABEL.aligned(Align::Right))?;
            self.draw_row(canvas, *means, middle)?;
        }
        self.legend.draw(canvas, (MARGIN, self.legend_top()))
    }
}

impl Phases {
    fn draw_row<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        means: Option<[f64; 4]>,
        middle: f64,
    ) -> Result<(), Fault> {
        let baseline = middle + CAPITAL / 2.0 * TICK.size;
        let Some(means) = means else {
            return canvas.text_on_paper(NOTHING, (self.left + 6.0, baseline), &SUBTITLE);
        };
        let at = |seconds: f64| self.left + self.axis.share(seconds) * (self.right - self.left);
        let mut sum = 0.0;
        let mut last_length = 0.0;
        for (mean, (_, _, colour)) in means.into_iter().zip(PHASES) {
            let (from, to) = (at(sum), at(sum + mean));
            let (upper, lower) = (middle - BAR / 2.0, middle + BAR / 2.0);
            canvas.rectangle((from, upper), (to, lower), colour)?;
            // A white joint, unless it would hide a narrow part beside it.
            if (to - from).min(last_length) > 2.0 {
                canvas.rectangle((from - 0.4, upper), (from + 0.4, lower), PAPER)?;
            }
            last_length = to - from;
            sum += mean;
        }
        canvas.text_on_paper(&total_text(means, self.unit), (at(sum) + 6.0, baseline), &TICK)
    }
}

/// Whether any answered request had failed before.
fn has_attempts(study: &Study, summary: &Summary) -> bool {
    let Some(metric) = metric_index("attempts") else { return false };
    let rows = (0..study.architectures.len()).filter_map(|a| summary.pooled(a, metric));
    rows.filter_map(|row| row.estimate).any(|estimate| estimate.max > 1.0)
}

fn means(summary: &Summary, architecture: usize) -> Option<[f64; 4]> {
    let mut means = [0.0; 4];
    for (mean, (metric, _, _)) in means.iter_mut().zip(PHASES) {
        let row = summary.pooled(architecture, metric_index(metric)?)?;
        // Work at many providers at once can exceed the time between; a bar cannot be negative.
        *mean = row.estimate?.mean.max(0.0);
    }
    Some(means)
}

fn total(means: [f64; 4]) -> f64 {
    means.iter().sum()
}

fn total_text(means: [f64; 4], unit: Unit) -> String {
    format!("{} {}", three_digits(total(means) / unit.size), unit.name)
}
