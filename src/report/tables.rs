//! The CSV files of a result folder. Undefined is an empty cell.

use std::io::Write;

use super::timeline::timeline;
use crate::metrics::Spans;
use crate::network::{Bottleneck, LinkUse};
use crate::stats::{METRICS, Study, Summary, Verdict};
use crate::units::{Rate, Time};

type Written = Result<(), csv::Error>;

/// One row per architecture, workload and metric.
pub fn write_summary<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "workload",
        "metric",
        "unit",
        "mean",
        "ci95_low",
        "ci95_high",
        "min",
        "max",
        "replications",
    ])?;
    for row in &summary.rows {
        let estimate = row.estimate;
        let interval = estimate.and_then(|estimate| estimate.interval);
        csv.write_record([
            study.architectures[row.architecture].as_str(),
            &row.workload,
            METRICS[row.metric].name,
            METRICS[row.metric].unit,
            &cell(estimate.map(|estimate| estimate.mean)),
            &cell(interval.map(|(low, _)| low)),
            &cell(interval.map(|(_, high)| high)),
            &cell(estimate.map(|estimate| estimate.min)),
            &cell(estimate.map(|estimate| estimate.max)),
            &estimate.map_or(0, |estimate| estimate.count).to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// One row per architecture, workload and replication; one column per metric.
pub fn write_replications<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    let names = ["architecture", "workload", "replication", "seed"];
    csv.write_record(names.into_iter().chain(METRICS.iter().map(|metric| metric.name)))?;
    for (architecture, name) in study.architectures.iter().enumerate() {
        for workload in &summary.workloads {
            for replication in 0..study.replications {
                let mut record = vec![
                    name.clone(),
                    workload.clone(),
                    replication.to_string(),
                    study.model.seed.to_string(),
                ];
                let mut values = vec![None; METRICS.len()];
                for row in &summary.rows {
                    if row.architecture == architecture && row.workload == *workload {
                        values[row.metric] = row.values[replication as usize];
                    }
                }
                record.extend(values.into_iter().map(cell));
                csv.write_record(&record)?;
            }
        }
    }
    csv.flush()?;
    Ok(())
}

/// One row per workload, metric and pair of architectures.
pub fn write_comparison<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "workload",
        "metric",
        "unit",
        "a",
        "b",
        "mean_a",
        "mean_b",
        "difference",
        "ci95_low",
        "ci95_high",
        "ratio",
        "verdict",
        "ratio_ci95_low",
        "ratio_ci95_high",
        "replications",
    ])?;
    for comparison in &summary.comparisons {
        let (a, b) = (&study.architectures[comparison.a], &study.architectures[comparison.b]);
        let interval = comparison.difference.interval;
        let ratio_interval = comparison.ratio.and_then(|(_, interval)| interval);
        csv.write_record([
            comparison.workload.as_str(),
            METRICS[comparison.metric].name,
            METRICS[comparison.metric].unit,
            a,
            b,
            &cell(Some(comparison.mean_a)),
            &cell(Some(comparison.mean_b)),
            &cell(Some(comparison.difference.mean)),
            &cell(interval.map(|(low, _)| low)),
            &cell(interval.map(|(_, high)| high)),
            &cell(comparison.ratio.map(|(ratio, _)| ratio)),
            &verdict(comparison.verdict, a, b),
            &cell(ratio_interval.map(|(low, _)| low)),
            &cell(ratio_interval.map(|(_, high)| high)),
            &comparison.difference.count.to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// One row per architecture, replication and node.
pub fn write_nodes<W: Write>(study: &Study, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "replication",
        "node",
        "group",
        "bytes_up",
        "bytes_down",
        "requests_served",
        "messages",
        "cpu_utilisation",
        "uptime_s",
        "role",
        "up_bit_s",
        "down_bit_s",
        "up_mean_utilisation",
        "up_peak_utilisation",
        "up_bottleneck_flow_s",
        "down_mean_utilisation",
        "down_peak_utilisation",
        "down_bottleneck_flow_s",
    ])?;
    let names: Vec<(String, &str)> = study
        .model
        .groups
        .iter()
        .flat_map(|group| {
            group.nodes().map(|node| (study.model.node_name(node), group.name.as_str()))
        })
        .collect();
    for run in &study.runs {
        let seconds = run.record.ended.secs();
        for (node, (name, group)) in run.record.nodes.iter().zip(&names) {
            let worker_seconds = f64::from(node.workers) * seconds;
            let utilisation = (worker_seconds > 0.0).then(|| node.busy.secs() / worker_seconds);
            let [up, down] = [(node.up, node.up_use), (node.down, node.down_use)]
                .map(|(capacity, usage)| usage_cells(capacity, &usage, seconds));
            csv.write_record([
                study.architectures[run.architecture].as_str(),
                &run.replication.to_string(),
                name,
                group,
                &node.bytes_up.count().to_string(),
                &node.bytes_down.count().to_string(),
                &node.requests_served.to_string(),
                &node.messages.to_string(),
                &cell(utilisation),
                &cell(Some(seconds)),
                node.role.name(),
                &cell(Some(node.up.bits_per_second())),
                &cell(Some(node.down.bits_per_second())),
                &up[0],
                &up[1],
                &up[2],
                &down[0],
                &down[1],
                &down[2],
            ])?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// One row per architecture, replication and link of the topology.
pub fn write_links<W: Write>(study: &Study, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "replication",
        "link",
        "from",
        "to",
        "capacity_bit_s",
        "mean_utilisation",
        "peak_utilisation",
        "bottleneck_flow_s",
    ])?;
    let topology = &study.model.topology;
    let ends: Vec<[&str; 2]> = topology
        .links()
        .map(|(from, to, _)| [from, to].map(|site| topology.site(site).name.as_str()))
        .collect();
    for run in &study.runs {
        let seconds = run.record.ended.secs();
        for (number, (link, [from, to])) in run.record.links.iter().zip(&ends).enumerate() {
            let [mean, peak, limiting] = usage_cells(link.capacity, &link.usage, seconds);
            csv.write_record([
                study.architectures[run.architecture].as_str(),
                &run.replication.to_string(),
                &number.to_string(),
                from,
                to,
                &cell(Some(link.capacity.bits_per_second())),
                &mean,
                &peak,
                &limiting,
            ])?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// Mean and peak utilisation of a link, and the seconds of flows that it limited.
fn usage_cells(capacity: Rate, usage: &LinkUse, seconds: f64) -> [String; 3] {
    let capacity = capacity.bits_per_second();
    let possible = capacity * seconds;
    let mean = (possible > 0.0).then(|| usage.carried.bits() / possible);
    // A full link is full, whatever rounding says.
    let peak = (capacity > 0.0).then(|| (usage.peak.bits_per_second() / capacity).min(1.0));
    [cell(mean), cell(peak), cell(Some(usage.limiting.secs()))]
}

/// One row per architecture, replication and bin of time.
pub fn write_timeline<W: Write>(study: &Study, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "replication",
        "time_s",
        "throughput",
        "goodput_bit_s",
        "failed",
        "online",
        "active_transfers",
    ])?;
    for bin in timeline(study) {
        csv.write_record([
            study.architectures[bin.architecture].as_str(),
            &bin.replication.to_string(),
            &cell(Some(bin.time_s)),
            &cell(Some(bin.throughput)),
            &cell(Some(bin.goodput_bit_s)),
            &bin.failed.to_string(),
            &bin.online.to_string(),
            &cell(Some(bin.active_transfers)),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// One row per request.
pub fn write_requests<W: Write>(study: &Study, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "workload",
        "replication",
        "request",
        "node",
        "provider",
        "issued_s",
        "found_s",
        "started_s",
        "answered_s",
        "bytes",
        "hops",
        "attempts",
        "outcome",
        "object",
        "find_time_s",
        "queue_time_s",
        "service_time_s",
        "transfer_time_s",
        "to",
        "bottleneck",
    ])?;
    for run in &study.runs {
        for record in &run.record.requests {
            let answered = record.ended.filter(|_| record.outcome.is_answered());
            let phases = answered.map(|_| Spans::of(record).phases());
            let phase = |index: usize| cell(phases.map(|phases| phases[index]));
            csv.write_record([
                study.architectures[run.architecture].clone(),
                study.model.workloads[record.workload as usize].name.clone(),
                run.replication.to_string(),
                record.number.to_string(),
                study.model.node_name(record.node),
                record.provider.map_or(String::new(), |node| study.model.node_name(node)),
                instant(Some(record.issued)),
                instant(record.found),
                instant(record.started),
                instant(answered),
                record.bytes.count().to_string(),
                record.hops.to_string(),
                record.attempts.to_string(),
                record.outcome.name().to_owned(),
                record.object.map_or(String::new(), |object| object.0.to_string()),
                phase(0),
                phase(1),
                phase(2),
                phase(3),
                record.to.map_or(String::new(), |node| study.model.node_name(node)),
                match record.bottleneck {
                    Bottleneck::Link(link) => study.model.link_name(link),
                    Bottleneck::Cap => "own cap".to_owned(),
                    Bottleneck::Unknown => String::new(),
                },
            ])?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// A verdict in the words of the table.
pub fn verdict(verdict: Verdict, a: &str, b: &str) -> String {
    match verdict {
        Verdict::AIsBetter => format!("{a} better"),
        Verdict::BIsBetter => format!("{b} better"),
        Verdict::AIsHigher => format!("{a} higher"),
        Verdict::BIsHigher => format!("{b} higher"),
        Verdict::NoSignificantDifference => "no significant difference".to_owned(),
        Verdict::NotJudged => "not judged".to_owned(),
    }
}

/// The shortest text that gives the same number back.
fn cell(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| {
        // -0 is a number that nobody wants to read.
        (value + 0.0).to_string()
    })
}

/// Seconds to the nanosecond.
fn instant(time: Option<Time>) -> String {
    time.map_or(String::new(), |time| {
        let nanos = time.nanos();
        format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    })
}
