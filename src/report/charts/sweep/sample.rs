//! Points that were drawn: a metric against each key.

use super::Sweep;
use super::keys::{Key, free_keys};
use super::panel::{Curve, Panel};
use super::panels::{Contents, Panels};

const MOST_KEYS: usize = 16;
/// More discs would be a blot, and large files.
const MOST_POINTS: usize = 2000;
/// By which discs of one name are apart, of the way to the next name.
const JITTER: f64 = 0.5;

/// `None` unless points were drawn.
pub fn sample(sweep: &Sweep) -> Option<Panels> {
    let plan = &sweep.info.plan;
    if !plan.design.is_drawn() {
        return None;
    }
    let keys = free_keys(plan, None);
    if keys.is_empty() {
        return None;
    }
    let every = plan.count().div_ceil(MOST_POINTS).max(1);
    let (quantity, levels, note) = sweep.with_limits(sweep.quantity.clone().without_intervals());
    let panels: Vec<Panel> = keys
        .iter()
        .take(MOST_KEYS)
        .map(|&factor| Panel { levels: levels.clone(), ..panel(sweep, factor, every) })
        .collect();
    let mut notes: Vec<String> = note.into_iter().collect();
    if keys.len() > panels.len() {
        notes.push(format!("{} of {} keys.", panels.len(), keys.len()));
    }
    if every > 1 {
        let (shown, all) = (plan.count().div_ceil(every), plan.count());
        notes.push(format!("{shown} of {all} points; sweep.csv has all."));
    }
    let columns = match panels.len() {
        1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    let contents = Contents {
        title: format!("{}: all points", sweep.quantity.heading()),
        shared_x: None,
        quantity,
        panels,
        columns,
        architectures: sweep.findings.architectures.clone(),
        notes,
    };
    Some(Panels::new(contents, |width| sweep.subtitle(width)))
}

fn panel(sweep: &Sweep, factor: usize, every: usize) -> Panel {
    let plan = &sweep.info.plan;
    let key = Key::of(plan, factor);
    let count = sweep.findings.architectures.len();
    let x = |point: usize, architecture: usize| {
        let position = key.position(plan.indices(point)[factor]);
        // Multiples of the golden ratio are spread evenly.
        let turn = ((point * count + architecture) as f64 * 0.618_033_988_749_895).fract();
        let aside = if key.numbers.is_some() { 0.0 } else { JITTER * (turn - 0.5) };
        position + aside
    };
    let curve = |architecture: usize| {
        let estimates = sweep.findings.estimates(sweep.place, architecture);
        let points = (0..plan.count()).step_by(every);
        let points = points.map(|point| (x(point, architecture), estimates[point]));
        Curve { architecture, points: points.collect(), is_sample: true }
    };
    let curves = (0..count).map(curve);
    let has_any = |curve: &Curve| curve.points.iter().any(|(_, estimate)| estimate.is_some());
    let curves = curves.filter(has_any).collect();
    Panel { title: Vec::new(), x: key.axis(4), curves, crossings: Vec::new(), levels: Vec::new() }
}
