//! The CSV files with a row for each node, link or request: written cell by cell, because there
//! can be millions of them.

use std::io::Write;

use super::rows::{Rows, push_number};
use super::tables::Written;
use crate::metrics::{Spans, Verdict};
use crate::network::{Bottleneck, LinkUse};
use crate::stats::Study;
use crate::units::{Cents, Duration, Rate, Time};

/// One row per architecture, replication and node.
pub fn write_nodes<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
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
    for run in &study.runs {
        let seconds = run.record.ended.secs();
        let mut always = Vec::new();
        push_number(&mut always, seconds);
        let groups = study.model.groups.iter();
        let names = groups
            .flat_map(|group| (0..group.count).map(move |index| (group, group.node_name(index))));
        for (node, (group, name)) in run.record.nodes.iter().zip(names) {
            let worker_seconds = f64::from(node.workers) * seconds;
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.node(Some(name));
            rows.text(&group.name);
            rows.count(node.bytes_up.count());
            rows.count(node.bytes_down.count());
            rows.count(node.requests_served);
            rows.count(node.messages);
            rows.number((worker_seconds > 0.0).then(|| node.busy.secs() / worker_seconds));
            match node.down_time {
                Duration::ZERO => rows.same(&always),
                down_time => {
                    rows.number(Some(run.record.ended.since(Time::ZERO + down_time).secs()))
                }
            }
            rows.text(node.role.name());
            rows.number(Some(node.up.bits_per_second()));
            rows.number(Some(node.down.bits_per_second()));
            usage_cells(&mut rows, node.up, &node.up_use, seconds);
            usage_cells(&mut rows, node.down, &node.down_use, seconds);
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}

/// One row per architecture, replication and station of a node.
pub fn write_stations<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "replication",
        "node",
        "group",
        "station",
        "workers",
        "arrived",
        "refused",
        "completed",
        "lost",
        "utilisation",
        "mean_jobs",
        "mean_queue",
        "longest_queue",
        "mean_wait_s",
        "mean_time_s",
        "delayed",
        "idle",
        "all_busy",
        "present",
    ])?;
    for run in &study.runs {
        let span = run.record.ended.since(Time::ZERO);
        for station in &run.record.stations {
            let has_passed = span > Duration::ZERO;
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.node(Some(study.model.node_name(station.node)));
            rows.text(&study.model.group_of(station.node).name);
            rows.text(&study.model.stations[station.kind.index()]);
            rows.count(u64::from(station.workers));
            rows.count(station.arrived);
            rows.count(station.refused);
            rows.count(station.completed);
            rows.count(station.lost);
            rows.number(has_passed.then(|| station.utilisation(span)));
            rows.number(has_passed.then(|| station.mean_jobs(span)));
            rows.number(has_passed.then(|| station.mean_queue(span)));
            rows.count(u64::from(station.longest_queue));
            rows.number(station.mean_wait());
            rows.number(station.mean_sojourn());
            rows.count(station.delayed);
            rows.number(has_passed.then(|| station.idle(span)));
            rows.number(has_passed.then(|| station.all_busy(span)));
            rows.count(station.present);
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}

/// One row per architecture, replication and link of the topology.
pub fn write_links<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
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
    for run in &study.runs {
        let seconds = run.record.ended.secs();
        // A medium joins the nodes of a site.
        let ends = topology.links().map(|(from, to, _)| (from, to));
        let ends = ends.chain(topology.media().map(|(site, _)| (site, site)));
        for (number, (link, (from, to))) in (0..).zip(run.record.links.iter().zip(ends)) {
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.count(number);
            rows.text(&topology.site(from).name);
            rows.text(&topology.site(to).name);
            rows.number(Some(link.capacity.bits_per_second()));
            usage_cells(&mut rows, link.capacity, &link.usage, seconds);
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}

/// Mean and peak utilisation of a link, and the seconds of flows that it limited.
fn usage_cells<W: Write>(rows: &mut Rows<W>, capacity: Rate, usage: &LinkUse, seconds: f64) {
    let capacity = capacity.bits_per_second();
    let possible = capacity * seconds;
    rows.number((possible > 0.0).then(|| usage.carried.bits() / possible));
    // A full link is full, whatever rounding says.
    rows.number((capacity > 0.0).then(|| (usage.peak.bits_per_second() / capacity).min(1.0)));
    rows.number(Some(usage.limiting.secs()));
}

/// One row per request.
pub fn write_requests<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
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
        "kind",
        "amount_eur",
        "verdict",
        "ended_s",
    ])?;
    let name = |node| study.model.node_name(node);
    for run in &study.runs {
        // Both in the order of issuing.
        let mut transactions = run.record.transactions.iter().peekable();
        for request in &run.record.requests {
            let transaction = transactions.next_if(|t| t.request == request.number);
            let answered = request.ended.filter(|_| request.outcome.is_answered());
            let phases = answered.map(|_| Spans::of(request).phases());
            rows.text(&study.architectures[run.architecture]);
            rows.text(&study.model.workloads[request.workload as usize].name);
            rows.count(u64::from(run.replication));
            rows.count(u64::from(request.number));
            rows.node(Some(name(request.node)));
            rows.node(request.provider.map(name));
            rows.instant(Some(request.issued));
            rows.instant(request.found);
            rows.instant(request.started);
            rows.instant(answered);
            rows.count(request.bytes.count());
            rows.count(u64::from(request.hops));
            rows.count(u64::from(request.attempts));
            rows.text(request.outcome.name());
            match request.object {
                Some(object) => rows.count(u64::from(object.0)),
                None => rows.empty(),
            }
            for phase in 0..4 {
                rows.number(phases.map(|phases| phases[phase]));
            }
            rows.node(request.to.map(name));
            match request.bottleneck {
                Bottleneck::Link(link) => rows.text(&study.model.link_name(link)),
                Bottleneck::Cap => rows.text("own cap"),
                Bottleneck::Unknown => rows.empty(),
            }
            rows.text(transaction.map_or("", |t| t.kind.name()));
            rows.number(transaction.and_then(|t| t.amount).map(Cents::euros));
            rows.text(transaction.and_then(|t| t.verdict).map_or("", Verdict::name));
            rows.instant(request.ended);
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}
