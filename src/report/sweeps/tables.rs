//! Sweeps as tables: every point, where curves cross, and which key matters.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::rows::Rows;
use super::super::tables::{Written, cell};
use super::text::shown;
use crate::stats::{Estimate, METRICS};
use crate::sweep::{Findings, Overtaking, PointOutcome, Rival, SweepInfo};

/// Writes `sweep.csv`, one row per point, architecture and workload, as points come.
pub struct SweepTable<'s, W: Write> {
    info: &'s SweepInfo,
    /// Of each metric that is told: its place among those that are kept.
    places: Vec<usize>,
    rows: Rows<W>,
}

impl<'s, W: Write> SweepTable<'s, W> {
    pub fn new(info: &'s SweepInfo, to: W) -> io::Result<SweepTable<'s, W>> {
        let mut rows = Rows::new(to);
        rows.text("point");
        info.plan.factors.iter().for_each(|factor| rows.text(&factor.key));
        ["architecture", "workload", "replications"].iter().for_each(|name| rows.text(name));
        for &metric in &info.metrics {
            let name = METRICS[metric].name;
            rows.text(name);
            rows.text(&format!("{name}.ci95_low"));
            rows.text(&format!("{name}.ci95_high"));
        }
        rows.end()?;
        let place = |metric: &usize| info.kept.iter().position(|kept| kept == metric);
        let places = info.metrics.iter().filter_map(place).collect();
        Ok(SweepTable { info, places, rows })
    }

    pub fn point(&mut self, point: usize, outcome: &PointOutcome) -> io::Result<()> {
        for (architecture, runs) in outcome.architectures.iter().zip(&outcome.runs) {
            for (place, workload) in outcome.workloads.iter().enumerate() {
                self.rows.count(point as u64);
                self.info.plan.values(point).for_each(|value| self.rows.text(&shown(value)));
                self.rows.text(architecture);
                self.rows.text(workload);
                self.rows.count(runs.len() as u64);
                for (&metric, &kept) in self.info.metrics.iter().zip(&self.places) {
                    let defined = METRICS[metric].is_per_workload || place == 0;
                    let values = runs.iter().filter_map(|run| *run.get(place)?.get(kept)?);
                    let values: Vec<f64> = values.filter(|_| defined).collect();
                    let estimate =
                        Estimate::of(&values).map(|estimate| match METRICS[metric].is_share {
                            true => estimate.within((0.0, 1.0)),
                            false => estimate,
                        });
                    let interval = estimate.and_then(|estimate| estimate.interval);
                    self.rows.number(estimate.map(|estimate| estimate.mean));
                    self.rows.number(interval.map(|(low, _)| low));
                    self.rows.number(interval.map(|(_, high)| high));
                }
                self.rows.end()?;
            }
        }
        Ok(())
    }

    pub fn finish(self) -> io::Result<()> {
        self.rows.finish()
    }
}

/// One row per place where an architecture overtakes another, or comes to keep a limit.
pub fn write_crossings<W: Write>(info: &SweepInfo, findings: &Findings, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    let factors = &info.plan.factors;
    let mut head = vec![
        "metric",
        "unit",
        "a",
        "b",
        "key",
        "at",
        "ci95_low",
        "ci95_high",
        "better_before",
        "better_behind",
    ];
    head.extend(factors.iter().map(|factor| factor.key.as_str()));
    head.extend(["point_before", "point_behind", "limit"]);
    csv.write_record(&head)?;
    for overtaking in &findings.overtakings {
        let name = |architecture: usize| findings.architectures[architecture].clone();
        let (b, limit) = rival(info, findings, overtaking);
        let a = name(overtaking.a);
        let [before, behind] = match overtaking.is_better_behind() {
            None => Default::default(),
            Some(true) => [b.clone(), a.clone()],
            Some(false) => [a.clone(), b.clone()],
        };
        let crossing = overtaking.crossing;
        let mut record = vec![
            METRICS[overtaking.metric].name.to_owned(),
            METRICS[overtaking.metric].unit.to_owned(),
            a,
            b,
            factors[overtaking.factor].key.clone(),
            cell(Some(crossing.at)),
            cell(crossing.interval.map(|(low, _)| low)),
            cell(crossing.interval.map(|(_, high)| high)),
            before,
            behind,
        ];
        let others = factors.iter().zip(&overtaking.others);
        record.extend(others.map(|(factor, value)| {
            value.map_or(String::new(), |value| shown(&factor.values[value as usize]))
        }));
        let (before, behind) = crossing.between;
        record.extend([before, behind].map(|point| cell(Some(point))));
        record.push(cell(limit));
        csv.write_record(&record)?;
    }
    csv.flush()?;
    Ok(())
}

/// One row per metric, architecture and key.
pub fn write_sensitivity<W: Write>(info: &SweepInfo, findings: &Findings, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "metric",
        "architecture",
        "key",
        "main",
        "main_ci95_low",
        "main_ci95_high",
        "total",
        "total_ci95_low",
        "total_ci95_high",
    ])?;
    for sensitivity in &findings.sensitivities {
        for (factor, effect) in info.plan.factors.iter().zip(&sensitivity.effects) {
            let low = |interval: Option<(f64, f64)>| cell(interval.map(|(low, _)| low));
            let high = |interval: Option<(f64, f64)>| cell(interval.map(|(_, high)| high));
            csv.write_record([
                METRICS[sensitivity.metric].name,
                &findings.architectures[sensitivity.architecture],
                &factor.key,
                &cell(Some(effect.main)),
                &low(effect.main_interval),
                &high(effect.main_interval),
                &cell(effect.total),
                &low(effect.total_interval),
                &high(effect.total_interval),
            ])?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// What is crossed: the name of an architecture and no limit, or no name and the limit in the unit of the metric.
fn rival(info: &SweepInfo, findings: &Findings, overtaking: &Overtaking) -> (String, Option<f64>) {
    match overtaking.b {
        Rival::Architecture(b) => (findings.architectures[b].clone(), None),
        Rival::Limit(limit) => (String::new(), Some(info.limits[limit].value)),
    }
}

/// The places where architectures overtake each other or a limit, an object each.
pub fn overtakings_json(info: &SweepInfo, findings: &Findings) -> Value {
    let objects = findings.overtakings.iter().map(|overtaking| {
        let name = |architecture: usize| findings.architectures[architecture].as_str();
        let (b, limit) = rival(info, findings, overtaking);
        let factors = &info.plan.factors;
        let others: serde_json::Map<String, Value> = factors
            .iter()
            .zip(&overtaking.others)
            .filter_map(|(factor, value)| {
                let value = shown(&factor.values[(*value)? as usize]);
                Some((factor.key.clone(), value.into()))
            })
            .collect();
        json!({
            "metric": METRICS[overtaking.metric].name,
            "a": name(overtaking.a),
            "b": limit.is_none().then_some(&b),
            "limit": limit,
            "key": factors[overtaking.factor].key,
            "at": overtaking.crossing.at,
            "ci95_low": overtaking.crossing.interval.map(|(low, _)| low),
            "ci95_high": overtaking.crossing.interval.map(|(_, high)| high),
            "point_before": overtaking.crossing.between.0,
            "point_behind": overtaking.crossing.between.1,
            "better_behind": overtaking.is_better_behind().and_then(|is_a| match is_a {
                true => Some(name(overtaking.a).to_owned()),
                false => limit.is_none().then_some(b.clone()),
            }),
            "others": others,
        })
    });
    Value::Array(objects.collect())
}
