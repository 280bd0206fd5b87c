//! A look at the architectures before the battery: how long a run takes, and what carries it.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::engine::Control;
use crate::metrics::{NodeRecord, Role, RunRecord, Stop};
use crate::model::{Demand, Fault, FaultKind, Model, Workload};
use crate::network::{Condition, LinkId, NodeId};
use crate::scenario::Scenario;
use crate::units::{Bytes, Duration, Time};

/// What one run of each architecture without faults tells.
#[derive(Clone, Debug)]
pub struct Survey {
    /// A third of the time in which most is asked and answered under the architecture that is done
    /// first: that in the middle, or from the middle of the questions on where all of them come before.
    pub window: (Time, Time),
    /// Nodes from the most to the least needed.
    ///
    /// Of each architecture a node has the mean of its shares of the bytes sent, of the bytes
    /// received, of the requests served and of the messages; needed is the sum over the
    /// architectures. Who serves and does not ask comes before all that ask: a tracker says little, and
    /// nothing goes without it. So all meet the same attack, by somebody who knows all of them.
    pub most_needed: Vec<NodeId>,
    /// By `NodeId`: whether others need it under some architecture. Who only asks is not needed; who
    /// says where something is, and has no role of its own, is.
    pub serves: Vec<bool>,
    /// Nodes that ask for something.
    pub askers: BTreeSet<NodeId>,
    /// Links between two sites, both directions together, from the one with the most to the one
    /// with the least utilisation, the sum over the architectures.
    pub busiest_links: Vec<[LinkId; 2]>,
    pub event_count: u64,
}

impl Survey {
    /// `None` when it is interrupted.
    pub fn of(scenario: &Scenario, control: &Control) -> Option<Survey> {
        let model = &scenario.model;
        let contenders = scenario.contenders.par_iter();
        let records: Vec<RunRecord> =
            contenders.map(|contender| contender.simulate(model, 0, control)).collect();
        if records.iter().any(|record| record.stop == Stop::Interrupted) {
            return None;
        }
        let warm = Time::ZERO + model.warm_up;
        let end = records.iter().map(|record| mostly_ended(record, warm)).min();
        let end = end.unwrap_or(Time::ZERO);
        let first = records.iter().filter_map(|record| record.judged().first_issue).min();
        let start = first.unwrap_or(Time::ZERO).max(warm).min(end);
        let third = end.since(start).scaled(1.0 / 3.0);
        let last = records.iter().filter_map(|record| record.judged().last_issue).max();
        let from = match last {
            Some(last) if last > start && last < start + third => {
                start + last.since(start).scaled(0.5)
            }
            _ => start + third,
        };
        let askers = askers(model);
        let serves: Vec<bool> = (0..model.node_count())
            .map(|node| {
                let is_asker = askers.contains(&NodeId(node as u32));
                let is_needed = |record: &RunRecord| {
                    let NodeRecord { role, messages, bytes_up, .. } = record.nodes[node];
                    role != Role::Client || !is_asker && (messages > 0 || bytes_up > Bytes::ZERO)
                };
                records.iter().any(is_needed)
            })
            .collect();
        let is_only_there_to_serve = |node: NodeId| serves[node.index()] && !askers.contains(&node);
        let most_needed = most_needed(&records, is_only_there_to_serve);
        Some(Survey {
            window: (from, from + third),
            most_needed,
            serves,
            askers,
            busiest_links: busiest_links(scenario, &records),
            event_count: records.iter().map(|record| record.event_count).sum(),
        })
    }

    /// The scenario with a fault that breaks nothing, so that the same requests are counted as
    /// under those that do.
    pub fn watched(&self, scenario: &Scenario) -> Scenario {
        let nothing = FaultKind::Links { links: Vec::new(), condition: Condition::SOUND };
        self.with_fault(scenario, "nothing".to_owned(), nothing)
    }

    /// The scenario with what is in force in the window.
    pub fn with_fault(&self, scenario: &Scenario, label: String, kind: FaultKind) -> Scenario {
        let (at, until) = self.window;
        let mut scenario = scenario.clone();
        scenario.model.faults = vec![Fault { table: 1, label, at, until, kind }];
        scenario
    }
}

/// When nine of ten of the judged requests that end when the run is `warm` have ended: the last ones may take
/// for ever.
fn mostly_ended(record: &RunRecord, warm: Time) -> Time {
    let width = record.ends.width();
    let end_of = |place: usize| {
        Time::ZERO + Duration::from_nanos((place as u64 + 1).saturating_mul(width.nanos()))
    };
    let counts = record.ends.counts().iter().enumerate();
    let after = counts.filter(|&(place, _)| end_of(place) > warm);
    let ends = after.map(|(place, bin)| (place, bin.answered + bin.failed));
    let total: u64 = ends.clone().map(|(_, count)| count).sum();
    let mut seen = 0;
    let place = ends.clone().find(|&(_, count)| {
        seen += count;
        10 * seen >= 9 * total
    });
    let until = place.map_or(Time::ZERO, |(place, _)| end_of(place));
    if total == 0 { record.ended } else { until.min(record.ended) }
}

fn askers(model: &Model) -> BTreeSet<NodeId> {
    let of_workload = |workload: &Workload| -> Vec<NodeId> {
        match &workload.demand {
            Demand::Drawn { askers, .. } => askers.clone(),
            Demand::Trace { entries, .. } => entries.iter().map(|entry| entry.node).collect(),
        }
    };
    model.workloads.iter().flat_map(of_workload).collect()
}

fn most_needed(records: &[RunRecord], comes_first: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
    let count = records.first().map_or(0, |record| record.nodes.len());
    let mut needed = vec![0.0; count];
    for record in records {
        let of_nodes: [fn(&NodeRecord) -> f64; 4] = [
            |node| node.bytes_up.count() as f64,
            |node| node.bytes_down.count() as f64,
            |node| node.requests_served as f64,
            |node| node.messages as f64,
        ];
        for value in of_nodes {
            let total: f64 = record.nodes.iter().map(value).sum();
            if total > 0.0 {
                for (needed, node) in needed.iter_mut().zip(&record.nodes) {
                    *needed += value(node) / total / 4.0;
                }
            }
        }
    }
    let mut nodes: Vec<NodeId> = (0..count as u32).map(NodeId).collect();
    // The first of equals first.
    nodes.sort_by(|a, b| {
        let by_need = needed[b.index()].total_cmp(&needed[a.index()]);
        comes_first(*b).cmp(&comes_first(*a)).then(by_need)
    });
    nodes
}

fn busiest_links(scenario: &Scenario, records: &[RunRecord]) -> Vec<[LinkId; 2]> {
    let model = &scenario.model;
    let first = 2 * model.node_count();
    let used = |place: usize| -> f64 {
        let use_of = |record: &RunRecord| {
            let link = &record.links[place];
            let possible = link.capacity.bits_per_second();
            if possible > 0.0 { link.usage.carried.bits() / possible } else { 0.0 }
        };
        records.iter().map(use_of).sum()
    };
    let id = |place: usize| LinkId((first + place) as u32);
    let twins = (0..).zip(model.topology.twins());
    let pairs = twins.filter_map(|(place, twin)| match twin.map(|twin| twin as usize) {
        // The one before has both.
        Some(twin) if twin < place => None,
        twin => {
            let back = twin.unwrap_or(place);
            let both = if back == place { used(place) } else { used(place) + used(back) };
            Some(([id(place), id(back)], both))
        }
    });
    let media =
        model.topology.link_count()..model.topology.link_count() + model.topology.media().count();
    let mut links: Vec<([LinkId; 2], f64)> = pairs.collect();
    links.extend(media.map(|place| ([id(place), id(place)], used(place))));
    links.sort_by(|a, b| b.1.total_cmp(&a.1));
    links.into_iter().map(|(pair, _)| pair).collect()
}
