//! Architectures against faults: what share of the requests was answered while each was in force.

use super::heat_map::HeatMap;
use super::style::{MARGIN, WIDTH, subtitle};
use crate::report::fault_table::label_of;
use crate::stats::{Study, fault_outcomes};
use std::collections::BTreeMap;

/// More faults than these are not drawn: those that cost least.
const MOST_ROWS: usize = 24;

/// `None` for less than two faults during which requests were issued.
pub fn fault_map(study: &Study) -> Option<HeatMap> {
    let rows = worst(rows(study), MOST_ROWS);
    if rows.len() < 2 {
        return None;
    }
    let title = "Requests answered under each fault (%)";
    let subtitle = subtitle(study, WIDTH - 2.0 * MARGIN);
    let labelled =
        rows.into_iter().map(|(table, means)| (label_of(study, table).to_owned(), means));
    Some(HeatMap::new(title, subtitle, labelled.collect(), &study.architectures))
}

type MapRow = (u32, Vec<Option<f64>>);

/// By fault, in the order of the scenario: its table, and the mean availability while it is in force.
fn rows(study: &Study) -> Vec<MapRow> {
    let count = study.architectures.len();
    let mut sums: BTreeMap<u32, Vec<(f64, u32)>> = BTreeMap::new();
    for run in &study.runs {
        for outcome in fault_outcomes(&run.record) {
            let Some(availability) = outcome.during.availability() else { continue };
            let row = sums.entry(outcome.table).or_insert_with(|| vec![(0.0, 0); count]);
            let (sum, runs) = &mut row[run.architecture];
            *sum += availability;
            *runs += 1;
        }
    }
    let mean = |(sum, runs): (f64, u32)| (runs > 0).then(|| sum / f64::from(runs));
    sums.into_iter().map(|(table, row)| (table, row.into_iter().map(mean).collect())).collect()
}

/// At most so many, those with the least mean; in their order.
fn worst(mut rows: Vec<MapRow>, most: usize) -> Vec<MapRow> {
    let mean = |row: &MapRow| {
        let defined: Vec<f64> = row.1.iter().flatten().copied().collect();
        defined.iter().sum::<f64>() / defined.len().max(1) as f64
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
        let tables: Vec<u32> = worst(all, 2).into_iter().map(|(table, _)| table).collect();
        assert_eq!(tables, [2, 3]);
    }
}
