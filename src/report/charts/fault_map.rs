//! Architectures against faults: what share of the requests was answered while each was in force, and
//! how much longer the answers took.

use super::heat_map::{HeatMap, Scale};
use super::style::{MARGIN, WIDTH, subtitle};
use crate::report::fault_table::label_of;
use crate::stats::{FaultOutcome, Study};
use std::collections::BTreeMap;

/// More faults than these are not drawn: those that cost least.
const MOST_ROWS: usize = 24;
/// Answers that take no longer than this under any fault, over those before it, are no map's worth.
const LEAST_SLOWDOWN: f64 = 1.1;
/// Of the scale.
const LEAST_GREATEST: f64 = 2.0;

/// `None` for less than two faults during which requests were issued, and where all come to the same, as
/// those do that last all the run.
pub fn fault_map(study: &Study) -> Option<HeatMap> {
    let answered = rows(study, |outcome| outcome.during.availability());
    let is_any_other = answered.iter().any(|row| row.1 != answered[0].1);
    let rows = worst(answered, MOST_ROWS, |mean| mean);
    let title = "Requests answered under each fault (%)";
    is_any_other.then(|| map_of(study, title, rows, Scale::Share))
}

/// `None` for less than two faults with answers before and during them, or when none takes longer.
pub fn slowdown_map(study: &Study) -> Option<HeatMap> {
    let slowdown = |outcome: &FaultOutcome| {
        let before = outcome.before.mean_response.filter(|&before| before > 0.0)?;
        Some(outcome.during.mean_response? / before)
    };
    let rows = rows(study, slowdown);
    let greatest = rows.iter().flat_map(|row| &row.1).flatten().copied().fold(1.0, f64::max);
    if rows.iter().all(|row| row.1 == rows[0].1) || greatest < LEAST_SLOWDOWN {
        return None;
    }
    let rows = worst(rows, MOST_ROWS, |mean| -mean);
    let title = "Response time under faults (× before)";
    // A little longer is not to look like the worst.
    let greatest = greatest.max(LEAST_GREATEST);
    Some(map_of(study, title, rows, Scale::Times { greatest }))
}

fn map_of(study: &Study, title: &'static str, rows: Vec<MapRow>, scale: Scale) -> HeatMap {
    let subtitle = subtitle(study, WIDTH - 2.0 * MARGIN);
    let labelled =
        rows.into_iter().map(|(table, means)| (label_of(study, table).to_owned(), means));
    HeatMap::new(title, subtitle, labelled.collect(), &study.architectures, scale)
}

type MapRow = (u32, Vec<Option<f64>>);

/// By fault, in the order of the scenario: its table, and means over the replications in which `value`
/// is defined.
fn rows(study: &Study, value: impl Fn(&FaultOutcome) -> Option<f64>) -> Vec<MapRow> {
    let count = study.architectures.len();
    let mut sums: BTreeMap<u32, Vec<(f64, u32)>> = BTreeMap::new();
    for run in &study.runs {
        for outcome in &run.outcomes {
            let Some(value) = value(outcome) else { continue };
            let row = sums.entry(outcome.table).or_insert_with(|| vec![(0.0, 0); count]);
            let (sum, runs) = &mut row[run.architecture];
            *sum += value;
            *runs += 1;
        }
    }
    let mean = |(sum, runs): (f64, u32)| (runs > 0).then(|| sum / f64::from(runs));
    sums.into_iter().map(|(table, row)| (table, row.into_iter().map(mean).collect())).collect()
}

/// At most so many, those with the least of what is made of their mean; in their order.
fn worst(mut rows: Vec<MapRow>, most: usize, rank: impl Fn(f64) -> f64) -> Vec<MapRow> {
    let mean = |row: &MapRow| {
        let defined: Vec<f64> = row.1.iter().flatten().copied().collect();
        rank(defined.iter().sum::<f64>() / defined.len().max(1) as f64)
    };
    rows.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    rows.truncate(most);
    rows.sort_by_key(|&(table, _)| table);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_stay_in_their_order() {
        let row = |table, mean| (table, vec![Some(mean), None]);
        let all = vec![row(1, 0.9), row(2, 0.1), row(3, 0.5)];
        let tables: Vec<u32> =
            worst(all, 2, |mean| mean).into_iter().map(|(table, _)| table).collect();
        assert_eq!(tables, [2, 3]);
    }
}
