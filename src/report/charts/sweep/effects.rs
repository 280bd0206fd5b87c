//! Which key matters most: of the variance of a metric, what each key explains by itself and with others.

use plotters::backend::DrawingBackend;

use super::super::Chart;
use super::super::axis::{Axis, PERCENT};
use super::super::canvas::{Align, CAPITAL, Canvas, Fault, Point, Stroke};
use super::super::frame::{BELOW_TITLES, Legend, Mark, draw_titles};
use super::super::style::{
    Colour, GRID, INK, LABEL, MARGIN, SUBTITLE, TICK, TITLE, WIDTH, fill_of, hairline, shortened,
    text_width, wrapped,
};
use super::Sweep;
use super::below::{draw_axis_label, draw_legend, height_of};
use super::keys::short_key;
use crate::stats::Effect;
use crate::sweep::Sensitivity;

/// Keys that matter less are left out.
const MOST_KEYS: usize = 20;
const MOST_LABEL_ROOM: f64 = 170.0;
/// Of the bars of an architecture, from one to the next, and around those of a key.
const BAR: f64 = 11.0;
const STEP: f64 = 14.0;
const BORDER: f64 = 7.0;
/// How much of its colour a bar of total effects has.
const PALENESS: f64 = 0.35;
/// An estimate above is as good as none.
const MOST_SHOWN: f64 = 2.0;

#[derive(Debug)]
pub struct Effects {
    title: String,
    subtitle: String,
    axis: Axis,
    /// Labels of keys, and effects by architecture.
    rows: Vec<(String, Vec<(usize, Effect)>)>,
    legend: Legend,
    notes: Vec<String>,
    left: f64,
    right: f64,
}

impl Effects {
    /// `sensitivities`: of this metric; `None` when there are none.
    pub fn of(sweep: &Sweep, sensitivities: Vec<&Sensitivity>) -> Option<Effects> {
        if sensitivities.is_empty() {
            return None;
        }
        let factors = &sweep.info.plan.factors;
        let keys: Vec<&str> = factors.iter().map(|factor| factor.key.as_str()).collect();
        let mut rows: Vec<(String, Vec<(usize, Effect)>)> = keys
            .iter()
            .enumerate()
            .map(|(factor, key)| {
                let of_all = sensitivities.iter().map(|s| (s.architecture, s.effects[factor]));
                (short_key(key, &keys, MOST_LABEL_ROOM, &LABEL), of_all.collect())
            })
            .collect();
        rows.sort_by(|a, b| weight(&b.1).total_cmp(&weight(&a.1)));
        let room = WIDTH - 2.0 * MARGIN;
        let all = || sensitivities.iter().flat_map(|sensitivity| &sensitivity.effects);
        let has_total = all().any(|effect| effect.total.is_some());
        let has_intervals = all().any(|effect| effect.main_interval.is_some());
        // Estimates of few samples, and their intervals, may be above all there is.
        let greatest = all().flat_map(|effect| {
            let ends = [effect.main_interval, effect.total_interval];
            let ends = ends.map(|interval| interval.map_or(0.0, |(_, high)| high));
            [effect.main, effect.total.unwrap_or(0.0), ends[0], ends[1]]
        });
        let greatest = greatest.fold(1.0, f64::max).min(MOST_SHOWN);
        let mut notes = Vec::new();
        if has_total {
            notes.push("Solid: the key by itself; pale: together with others.");
        } else {
            notes.push(
                "What each key does by itself; this design does not tell what keys do together.",
            );
        }
        if has_intervals {
            notes.push("Lines: 95 % intervals.");
        }
        if greatest > 1.0 {
            notes.push("Above 100 %: errors of a small sample.");
        }
        let mut note = notes.join(" ");
        if rows.len() > MOST_KEYS {
            note.push_str(&format!(
                " {MOST_KEYS} of {} keys; sensitivity.csv has all.",
                rows.len()
            ));
        }
        rows.truncate(MOST_KEYS);
        let widest = rows.iter().map(|(key, _)| text_width(key, &LABEL)).fold(0.0, f64::max);
        let entries = sensitivities.iter().map(|sensitivity| {
            let index = sensitivity.architecture;
            (sweep.findings.architectures[index].as_str(), Mark::Area(fill_of(index)))
        });
        Some(Effects {
            title: format!("{}: which key matters", sweep.quantity.heading()),
            subtitle: sweep.subtitle(room),
            axis: Axis::linear(
                format!("Part of the variance of {} (%)", sweep.quantity.metric.name),
                greatest,
                PERCENT,
                5,
            ),
            rows,
            legend: Legend::new(entries.collect(), room),
            notes: if note.is_empty() { Vec::new() } else { wrapped(&note, room, &SUBTITLE) },
            left: MARGIN + widest.ceil() + 10.0,
            right: WIDTH - MARGIN - 14.0,
        })
    }

    fn top(&self) -> f64 {
        BELOW_TITLES + 6.0
    }

    fn row_height(&self) -> f64 {
        let bars = self.rows.iter().map(|(_, effects)| effects.len()).max().unwrap_or(1);
        bars as f64 * STEP - (STEP - BAR) + 2.0 * BORDER
    }

    fn bottom(&self) -> f64 {
        self.top() + self.rows.len() as f64 * self.row_height()
    }

    fn legend_top(&self) -> f64 {
        self.bottom() + 50.0
    }
}

/// What a key is ordered by: the most that it matters under any architecture.
fn weight(effects: &[(usize, Effect)]) -> f64 {
    let weights = effects.iter().map(|(_, effect)| effect.total.unwrap_or(effect.main));
    weights.fold(f64::NEG_INFINITY, f64::max)
}

impl Chart for Effects {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.legend_top() + height_of(&self.legend, &self.notes))
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let room = WIDTH - 2.0 * MARGIN;
        draw_titles(canvas, &shortened(&self.title, room, &TITLE), &self.subtitle)?;
        let (top, bottom, width) = (self.top(), self.bottom(), self.right - self.left);
        for (share, text) in self.axis.ticks_along(width) {
            let x = self.left + share * width;
            canvas.line((x, top), (x, bottom), &hairline(GRID))?;
            canvas.text(text, (x, bottom + 18.0), &TICK.aligned(Align::Centre))?;
        }
        for (place, (key, effects)) in self.rows.iter().enumerate() {
            let row = top + place as f64 * self.row_height();
            let baseline = row + (self.row_height() + CAPITAL * LABEL.size) / 2.0;
            canvas.text(key, (self.left - 10.0, baseline), &LABEL.aligned(Align::Right))?;
            for (bar, (architecture, effect)) in effects.iter().enumerate() {
                let y = row + BORDER + bar as f64 * STEP;
                self.draw_bar(canvas, y, fill_of(*architecture), effect)?;
            }
        }
        canvas.line((self.left, top), (self.left, bottom), &hairline(INK))?;
        draw_axis_label(canvas, &self.axis.label, (self.left, self.right), bottom)?;
        draw_legend(canvas, (&self.legend, &self.notes), self.legend_top())
    }
}

impl Effects {
    /// The total effect behind the main one; each interval at its own height.
    fn draw_bar<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        top: f64,
        colour: Colour,
        effect: &Effect,
    ) -> Result<(), Fault> {
        let across = |value: f64| self.left + self.axis.share(value) * (self.right - self.left);
        if let Some(total) = effect.total {
            canvas.rectangle((self.left, top), (across(total), top + BAR), pale(colour))?;
        }
        canvas.rectangle((self.left, top), (across(effect.main), top + BAR), colour)?;
        let stroke = Stroke { colour: INK, width: 1.0, dash: &[] };
        let intervals = [(effect.main_interval, 0.3), (effect.total_interval, 0.75)];
        for (interval, height) in intervals {
            let Some((low, high)) = interval else { continue };
            let y = top + height * BAR;
            let ends: [Point; 2] = [(across(low), y), (across(high), y)];
            if colour.is_dark() {
                canvas.line(ends[0], ends[1], &Stroke { colour: GRID, width: 3.0, dash: &[] })?;
            }
            canvas.line(ends[0], ends[1], &stroke)?;
        }
        Ok(())
    }
}

fn pale(colour: Colour) -> Colour {
    let mix = |part: u8| (255.0 - PALENESS * (255.0 - f64::from(part))).round() as u8;
    Colour(mix(colour.0), mix(colour.1), mix(colour.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_as_weighty_as_its_greatest_total_effect() {
        let effect = |main: f64, total: Option<f64>| Effect {
            main,
            total,
            main_interval: None,
            total_interval: None,
        };
        assert_eq!(weight(&[(0, effect(0.1, Some(0.9))), (1, effect(0.5, Some(0.6)))]), 0.9);
        assert_eq!(weight(&[(0, effect(0.4, None))]), 0.4);
    }
}
