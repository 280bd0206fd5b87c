//! What was in use most: stations, and pools of threads and connections, by name.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table};

use super::numbers::percent_of_all;
use crate::metrics::RunRecord;
use crate::network::NodeId;
use crate::stats::{Run, Study};
use crate::units::{Duration, Time};

/// Places that are named for each architecture.
const MOST_NAMED: usize = 3;
/// What is used less than this is named only when nothing is used more.
const LEAST_SHARE: f64 = 0.005;

/// Places of one kind at the nodes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Index into the groups of the model.
    group: usize,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Index into the kinds of stations of the model.
    Station(usize),
    /// Of a tier, from 0 on: a group can serve in several.
    Threads(u32),
    Connections(u32),
}

/// How much of one place was in use.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Use {
    /// Of the node where it was most, and the mean of all nodes; each the mean over the replications.
    most: f64,
    mean: f64,
    /// Nodes that have it, and the first of them.
    count: usize,
    node: NodeId,
}

/// A table of the stations and pools of each architecture that were in use most; `None` without any.
///
/// Those of a group count together, with the busiest of them and the mean of all that have it.
pub fn busiest_places(study: &Study) -> Option<String> {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["busiest", "", "in use", "mean of all"]);
    let mut is_empty = true;
    for (architecture, name) in study.architectures.iter().enumerate() {
        let runs: Vec<&Run> = study.runs_of(architecture).collect();
        for (row, (place, used)) in most_used(study, &runs).into_iter().enumerate() {
            let architecture = if row == 0 { name.as_str() } else { "" };
            let group = &study.model.groups[place.group];
            let what = match place.what {
                What::Station(kind) => study.model.stations[kind].as_str(),
                What::Threads(_) => "threads",
                What::Connections(_) => "connections",
            };
            let (whose, mean) = match used.count {
                1 => (study.model.node_name(used.node).to_string(), String::new()),
                count => (format!("{} ({count})", group.name), percent_of_all(used.mean)),
            };
            let what = format!("{what} of {whose}");
            table.add_row([architecture, &what, &percent_of_all(used.most), &mean]);
            is_empty = false;
        }
    }
    for column in 2..4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    (!is_empty).then(|| table.to_string())
}

fn most_used(study: &Study, runs: &[&Run]) -> Vec<(Place, Use)> {
    let mut places: BTreeMap<Place, Use> = BTreeMap::new();
    for run in runs {
        for (place, shares) in shares_in_use(study, &run.record) {
            let (count, node) = (shares.len(), shares[0].0);
            let none = Use { most: 0.0, mean: 0.0, count, node };
            let used = places.entry(place).or_insert(none);
            used.count = used.count.max(count);
            let shares = || shares.iter().map(|&(_, share)| share);
            used.most += shares().fold(0.0, f64::max) / runs.len() as f64;
            used.mean += shares().sum::<f64>() / (count * runs.len()) as f64;
        }
    }
    let mut places: Vec<(Place, Use)> = places.into_iter().collect();
    places.sort_by(|(_, a), (_, b)| b.most.total_cmp(&a.most));
    let named = places.iter().take(MOST_NAMED).filter(|(_, used)| used.most >= LEAST_SHARE).count();
    places.truncate(named.max(1));
    places.retain(|(_, used)| used.most > 0.0);
    places
}

/// The share of each place that was in use over a run, for each node that has it; never empty.
fn shares_in_use(study: &Study, record: &RunRecord) -> BTreeMap<Place, Vec<(NodeId, f64)>> {
    let mut shares: BTreeMap<Place, Vec<(NodeId, f64)>> = BTreeMap::new();
    let span = record.ended.since(Time::ZERO);
    if span == Duration::ZERO {
        return shares;
    }
    let groups = &study.model.groups;
    let group_of = |node: NodeId| groups.partition_point(|group| group.first <= node.0) - 1;
    let mut add = |node, what, share| {
        shares.entry(Place { group: group_of(node), what }).or_default().push((node, share));
    };
    for station in &record.stations {
        add(station.node, What::Station(station.kind.index()), station.utilisation(span));
    }
    for tier in &record.tiers {
        let pools = [
            (What::Threads(tier.tier), tier.threads),
            (What::Connections(tier.tier), tier.connections),
        ];
        for (what, pool) in pools {
            if let Some(pool) = pool.filter(|pool| pool.places > 0) {
                add(tier.node, what, pool.mean_held(span) / f64::from(pool.places));
            }
        }
    }
    shares
}
