//! Which architecture is surely best at each pair of values of two keys.

use plotters::backend::DrawingBackend;

use super::super::Chart;
use super::super::canvas::{Canvas, Fault};
use super::super::frame::{BELOW_TITLES, Legend, Mark, draw_titles};
use super::super::style::{
    Colour, LABEL, MARGIN, SUBTITLE, TITLE, WIDTH, fill_of, shortened, wrapped,
};
use super::Sweep;
use super::below::{draw_legend, height_of};
use super::cells::Cells;
use crate::stats::Better;

/// Neither white, which is undefined, nor the colour of an architecture.
const UNSURE: Colour = Colour(0xD6, 0xD6, 0xD6);

/// What is known of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Best(usize),
    /// None is better than all others.
    Unsure,
    /// Fewer than two architectures have a value.
    Undefined,
}

#[derive(Debug)]
pub struct Best {
    title: String,
    subtitle: String,
    cells: Cells,
    verdicts: Vec<Vec<Verdict>>,
    legend: Legend,
    notes: Vec<String>,
}

impl Best {
    /// `None` unless the sweep is a grid of two keys, there are several architectures, and the metric has a better
    /// side.
    pub fn of(sweep: &Sweep) -> Option<Best> {
        let metric = sweep.quantity.metric;
        if sweep.findings.architectures.len() < 2 || metric.better == Better::Neither {
            return None;
        }
        let cells = Cells::of(sweep, 1)?;
        let row = |points: &Vec<usize>| points.iter().map(|&point| verdict(sweep, point)).collect();
        let verdicts: Vec<Vec<Verdict>> = cells.points.iter().map(row).collect();
        let has = |verdict: Verdict| verdicts.iter().flatten().any(|&other| other == verdict);
        let names = sweep.findings.architectures.iter().enumerate();
        let best = names.filter(|(index, _)| has(Verdict::Best(*index)));
        let mut entries: Vec<(&str, Mark)> =
            best.map(|(index, name)| (name.as_str(), Mark::Area(fill_of(index)))).collect();
        if has(Verdict::Unsure) {
            entries.push(("none is surely best", Mark::Area(UNSURE)));
        }
        let room = WIDTH - 2.0 * MARGIN;
        let side = if metric.better == Better::Lower { "less" } else { "more" };
        let sure = match sweep.findings.replications {
            1 => "there is one replication, so that nothing is sure".to_owned(),
            _ => "the 95 % interval of each paired difference leaves out zero".to_owned(),
        };
        let mut note = format!("{side} {} than under all others: {sure}.", metric.name);
        if has(Verdict::Undefined) {
            note.push_str(" –: fewer than two have a value.");
        }
        Some(Best {
            title: format!("{}: who is best", sweep.quantity.heading()),
            subtitle: sweep.subtitle(room),
            cells,
            verdicts,
            legend: Legend::new(entries, room),
            notes: wrapped(&capitalised(&note), room, &SUBTITLE),
        })
    }

    fn top(&self) -> f64 {
        BELOW_TITLES + 24.0
    }

    fn legend_top(&self) -> f64 {
        self.top() + self.cells.height() + self.cells.foot() + 12.0
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn verdict(sweep: &Sweep, point: usize) -> Verdict {
    let findings = sweep.findings;
    let is_defined =
        |&architecture: &usize| findings.estimates(sweep.place, architecture)[point].is_some();
    let defined: Vec<usize> = (0..findings.architectures.len()).filter(is_defined).collect();
    if defined.len() < 2 {
        return Verdict::Undefined;
    }
    let pairs = findings.pairs();
    // As crossings do: without an interval nothing is sure.
    let better = |a: usize, b: usize| {
        let pair = pairs.iter().position(|&pair| pair == (a, b) || pair == (b, a))?;
        let difference = findings.differences(sweep.place, pair)[point]?;
        let (low, high) = difference.interval.unwrap_or((0.0, 0.0));
        let is_first_lower = (high < 0.0).then_some(true).or((low > 0.0).then_some(false))?;
        let is_own_lower = is_first_lower == (pairs[pair].0 == a);
        Some(is_own_lower == (sweep.quantity.metric.better == Better::Lower))
    };
    let is_best = |&&a: &&usize| defined.iter().all(|&b| a == b || better(a, b) == Some(true));
    defined.iter().find(is_best).map_or(Verdict::Unsure, |&best| Verdict::Best(best))
}

impl Chart for Best {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.legend_top() + height_of(&self.legend, &self.notes))
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let room = WIDTH - 2.0 * MARGIN;
        draw_titles(canvas, &shortened(&self.title, room, &TITLE), &self.subtitle)?;
        let corner = (self.cells.left, self.top());
        canvas.text(&self.cells.row_label, (MARGIN, BELOW_TITLES + 14.0), &LABEL)?;
        for (row, verdicts) in self.verdicts.iter().enumerate() {
            for (column, verdict) in verdicts.iter().enumerate() {
                let content = match verdict {
                    Verdict::Best(architecture) => Some((fill_of(*architecture), String::new())),
                    Verdict::Unsure => Some((UNSURE, String::new())),
                    Verdict::Undefined => None,
                };
                self.cells.draw_cell(canvas, corner, (row, column), content)?;
            }
        }
        self.cells.draw_row_labels(canvas, self.top())?;
        self.cells.draw_column_labels(canvas, corner)?;
        draw_legend(canvas, (&self.legend, &self.notes), self.legend_top())
    }
}
