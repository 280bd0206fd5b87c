//! Means of earlier runs, as `hubmesh baseline save` keeps them: a CSV file beside the scenario.

use serde::Deserialize;

use crate::stats::{
    ALL_WORKLOADS, Better, Estimate, Known, METRICS, Study, Summary, is_gone, metric_index,
    standard_errors_worse,
};

/// Means that a scenario once had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    pub rows: Vec<BaselineRow>,
    /// Of metrics that are not known, in a file of another version.
    pub unknown: Vec<String>,
}

/// A metric of a workload under an architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineRow {
    pub architecture: String,
    /// A name, or [`ALL_WORKLOADS`].
    pub workload: String,
    /// Index into [`METRICS`].
    pub metric: usize,
    /// `None` where it was undefined in some replication.
    pub known: Option<Known>,
    /// In which it was defined.
    pub replications: usize,
}

/// The columns of the file, in their order.
pub const BASELINE_COLUMNS: [&str; 7] =
    ["architecture", "workload", "metric", "unit", "mean", "standard_error", "replications"];

#[derive(Debug, Deserialize)]
struct Record {
    architecture: String,
    workload: String,
    metric: String,
    unit: String,
    mean: Option<f64>,
    standard_error: Option<f64>,
    replications: usize,
}

impl Baseline {
    /// What is to be kept of a study; everything is, if `metrics` names none.
    pub fn of(study: &Study, summary: &Summary, metrics: &[usize]) -> Baseline {
        let is_meant = |metric: usize| metrics.is_empty() || metrics.contains(&metric);
        let rows = summary.rows.iter().filter(|row| is_meant(row.metric));
        Baseline {
            unknown: Vec::new(),
            rows: rows
                .map(|row| BaselineRow {
                    architecture: study.architectures[row.architecture].clone(),
                    workload: row.workload.clone(),
                    metric: row.metric,
                    // What luck alone leaves undefined in some runs may be so in all of the next time.
                    known: row.estimate.filter(|of| of.count == row.values.len()).map(|estimate| {
                        Known {
                            mean: estimate.mean,
                            standard_error: estimate.standard_error(),
                            replications: estimate.count,
                        }
                    }),
                    replications: row.estimate.map_or(0, |estimate| estimate.count),
                })
                .collect(),
        }
    }

    /// How each of its rows has changed; worse or better is what differs by more than `within` standard
    /// errors of the difference.
    pub fn changes(&self, study: &Study, summary: &Summary, within: f64) -> Vec<Change> {
        let change = |row: &BaselineRow| {
            let place = study.architectures.iter().position(|name| *name == row.architecture);
            // A single workload has no rows but those of all.
            let is_only =
                study.model.workloads.len() == 1 && study.model.workloads[0].name == row.workload;
            let workload = if is_only { ALL_WORKLOADS } else { row.workload.as_str() };
            let now = place.and_then(|place| summary.row(place, workload, row.metric));
            let Some(now) = now else {
                let kind = match row.known {
                    Some(_) => ChangeKind::Gone,
                    None => ChangeKind::NotCompared,
                };
                return Change { row: row.clone(), now: None, runs: 0, errors: None, kind };
            };
            let runs = now.values.len();
            let (errors, kind) = match (now.estimate, row.known) {
                (_, None) => (None, ChangeKind::NotCompared),
                (found, Some(known)) => {
                    let judged = found.map_or((None, ChangeKind::NotJudged), |found| {
                        judged(&found, known, row.metric, within)
                    });
                    // What is not defined any more cannot be as good, unless luck alone may have made it so.
                    let defined = found.map_or(0, |found| found.count);
                    match is_gone(known.replications, (defined, runs), within) {
                        true if judged.1 != ChangeKind::Worse => (None, ChangeKind::Gone),
                        _ => judged,
                    }
                }
            };
            Change { row: row.clone(), now: now.estimate, runs, errors, kind }
        };
        self.rows.iter().map(change).collect()
    }

    /// Reads the text of a baseline.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let headers = reader.headers().map_err(|error| error.to_string())?.clone();
        if !headers.iter().eq(BASELINE_COLUMNS) {
            return Err(format!(
                "line 1: expected the columns {}; is it a file of `hubmesh baseline save`?",
                BASELINE_COLUMNS.join(",")
            ));
        }
        let mut baseline = Baseline::default();
        for record in reader.records() {
            let at_place = |error: csv::Error| match error.position() {
                Some(place) => format!("line {}: {error}", place.line()),
                None => error.to_string(),
            };
            let record = record.map_err(at_place)?;
            let line = record.position().map_or(0, csv::Position::line);
            let record: Record = record.deserialize(Some(&headers)).map_err(at_place)?;
            let Some(metric) = metric_index(&record.metric) else {
                baseline.unknown.push(record.metric);
                continue;
            };
            let unit = METRICS[metric].unit;
            if record.unit != unit {
                let (metric, found) = (record.metric, record.unit);
                return Err(format!("line {line}: {metric} is in {found:?}, not in {unit}"));
            }
            let numbers = [record.mean, record.standard_error];
            let is_sound = numbers.iter().flatten().all(|number| number.is_finite())
                && (record.mean.is_none() || record.replications > 0)
                && record.standard_error.is_none_or(|error| error >= 0.0);
            if !is_sound {
                let metric = record.metric;
                return Err(format!(
                    "line {line}: these are no mean, error and replications of {metric}"
                ));
            }
            baseline.rows.push(BaselineRow {
                architecture: record.architecture,
                workload: record.workload,
                metric,
                known: record.mean.map(|mean| Known {
                    mean,
                    standard_error: record.standard_error,
                    replications: record.replications,
                }),
                replications: record.replications,
            });
        }
        Ok(baseline)
    }

    /// The row of a metric, by its index.
    pub fn row(&self, architecture: &str, workload: &str, metric: usize) -> Option<&BaselineRow> {
        self.rows.iter().find(|row| {
            row.metric == metric && row.architecture == architecture && row.workload == workload
        })
    }
}

/// What has become of a row of a baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub row: BaselineRow,
    pub now: Option<Estimate>,
    /// Replications now; 0 where nothing of it is in the scenario.
    pub runs: usize,
    /// By how many standard errors of the difference it is worse, or different where no side is better.
    pub errors: Option<f64>,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Kept,
    Worse,
    Better,
    /// Of a metric without a better side.
    Different,
    /// The scenario does not have it any more, or it is undefined where it was not.
    Gone,
    /// A single replication, now or then, and another value; or undefined, which may be luck.
    NotJudged,
    /// It was undefined in some replication.
    NotCompared,
}

fn judged(found: &Estimate, known: Known, metric: usize, within: f64) -> (Option<f64>, ChangeKind) {
    let better = METRICS[metric].better;
    let errors = standard_errors_worse(found, known, better);
    let kind = match errors {
        None => ChangeKind::NotJudged,
        Some(errors) if errors.abs() <= within => ChangeKind::Kept,
        Some(_) if better == Better::Neither => ChangeKind::Different,
        Some(errors) if errors > 0.0 => ChangeKind::Worse,
        Some(_) => ChangeKind::Better,
    };
    (errors, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "architecture,workload,metric,unit,mean,standard_error,replications\n";

    #[test]
    fn rows_are_read_and_empty_cells_are_undefined() {
        let text = format!(
            "{HEAD}a,all,throughput,1/s,2.5,0.5,3\na,all,makespan,s,,,0\na,all,gone,s,1,1,3\n"
        );
        let baseline = Baseline::parse(&text).unwrap();
        assert_eq!(baseline.rows.len(), 2);
        let throughput = metric_index("throughput").unwrap();
        let known = baseline.row("a", "all", throughput).unwrap().known.unwrap();
        assert_eq!(known, Known { mean: 2.5, standard_error: Some(0.5), replications: 3 });
        assert_eq!(baseline.rows[1].known, None);
        assert_eq!(baseline.unknown, ["gone"]);
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_its_line() {
        assert!(Baseline::parse("a,b\n1,2\n").unwrap_err().starts_with("line 1: expected"));
        let text = format!("{HEAD}a,all,throughput,1/s,much,0.5,3\n");
        assert!(Baseline::parse(&text).unwrap_err().starts_with("line 2:"));
        let text = format!("{HEAD}a,all,throughput,s,1,0.5,3\n");
        assert!(
            Baseline::parse(&text)
                .unwrap_err()
                .contains("line 2: throughput is in \"s\", not in 1/s")
        );
        for numbers in ["nan,0.5", "1,inf", "1,-1"] {
            let text = format!("{HEAD}a,all,throughput,1/s,{numbers},3\n");
            assert!(Baseline::parse(&text).unwrap_err().starts_with("line 2: these are no"));
        }
        let text = format!("{HEAD}a,all,throughput,1/s,1,0.5,0\n");
        assert!(Baseline::parse(&text).is_err());
    }
}
