//! What becomes of requests before, during and after each fault.
//!
//! The begins and ends of all faults cut a run into *segments*. A request is counted in the segment in
//! which it was issued, whenever it ends; an answer, for the throughput, in that in which it comes. So
//! any window of a fault is a sum of segments, however faults overlap. A cascade begins when its first
//! victim falls, and if none does, it never was; nodes that crash by chance, or by load, end their fault
//! when the last of them is back. In a run without faults nothing is kept.

use std::collections::BTreeSet;

use super::spells::Spells;
use super::window_times::WindowTimes;
use crate::model::{Fault, FaultKind, Model};
use crate::network::NodeId;
use crate::units::Time;

/// From when to when a `[[faults]]` of the scenario is in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultSpan {
    /// Which one, from 1 on.
    pub table: u32,
    /// `Time::NEVER`: a cascade that has not begun.
    pub begins: Time,
    /// `Time::NEVER`: for good.
    pub ends: Time,
    /// The least share of all nodes that held together while it was in force; `None` when that was
    /// never looked at.
    pub network_component: Option<f64>,
    /// The same of the nodes of the overlay that were up; `None` where there is none.
    pub overlay_component: Option<f64>,
    /// The share of the nodes that were up which links still joined.
    pub network_of_those_up: Option<f64>,
}

/// The largest part of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkPart {
    /// Share of all nodes, and of those that are up; `None` when none is.
    pub of_all: f64,
    pub of_those_up: Option<f64>,
}

/// A part of a `[[faults]]`: it has several where nodes restart one after another, and for the outages of a
/// file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultPart {
    pub table: u32,
    /// As of a [`FaultSpan`].
    pub begins: Time,
    pub ends: Time,
}

/// The judged requests of a segment of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub begins: Time,
    /// Issued in it, and what became of these.
    pub issued: u64,
    pub answered: u64,
    /// How long these took, whenever they were answered.
    pub responses: WindowTimes,
    /// Answered in it, whenever they were issued.
    pub answers: u64,
    /// When somebody was first told in it that something does not work; `NEVER` for not at all.
    pub noticed: Time,
    /// Of those issued in it, and of the answered: those of nodes that are cut off by their own line.
    pub issued_cut_off: u64,
    pub answered_cut_off: u64,
}

impl FaultSpan {
    pub fn is_over(&self, time: Time) -> bool {
        self.begins < Time::NEVER && self.ends <= time
    }
}

impl Segment {
    fn new(begins: Time) -> Segment {
        Segment {
            begins,
            issued: 0,
            answered: 0,
            responses: WindowTimes::default(),
            answers: 0,
            noticed: Time::NEVER,
            issued_cut_off: 0,
            answered_cut_off: 0,
        }
    }
}

/// The faults of a run, and the requests of its segments.
#[derive(Clone, Debug)]
pub struct FaultWindows {
    /// In the order of the scenario.
    pub spans: Vec<FaultSpan>,
    /// In the same order.
    pub parts: Vec<FaultPart>,
    /// At least one; in order, the first from the start of the run.
    pub segments: Vec<Segment>,
    /// Of a judged request.
    pub last_issued: Time,
    /// Judged requests that were open at the end.
    pub open: u64,
    /// Who went down, by the index of the fault in the model.
    struck: BTreeSet<(u16, NodeId)>,
    /// Tables of these faults.
    tables: Vec<u32>,
    /// Of the faults that strike when nobody knows before, in the order of the scenario.
    pub spells: Vec<Spells>,
    /// Nodes whose own line a fault cuts, in both directions, and nothing else.
    cut_off: BTreeSet<NodeId>,
    /// From when on the requests of these are told apart.
    warmed_up: Time,
    /// If there are any: how long all answered requests of the others took.
    of_the_others: WindowTimes,
}

impl FaultWindows {
    /// `None` without faults.
    pub fn of(model: &Model) -> Option<Box<FaultWindows>> {
        if model.faults.is_empty() {
            return None;
        }
        let mut spans: Vec<FaultSpan> = Vec::new();
        for fault in &model.faults {
            join(&mut spans, fault);
        }
        let parts: Vec<FaultPart> = model.faults.iter().map(part_of).collect();
        let warmed_up = Time::ZERO + model.warm_up;
        let edges = parts.iter().flat_map(|part| [part.begins, part.ends]);
        let mut begins: Vec<Time> = edges.chain([Time::ZERO, warmed_up]).collect();
        begins.retain(|&begins| begins < Time::NEVER);
        begins.sort_unstable();
        begins.dedup();
        Some(Box::new(FaultWindows {
            spans,
            parts,
            segments: begins.into_iter().map(Segment::new).collect(),
            last_issued: Time::ZERO,
            open: 0,
            struck: BTreeSet::new(),
            tables: model.faults.iter().map(|fault| fault.table).collect(),
            spells: model.faults.iter().filter_map(Spells::of).collect(),
            cut_off: model.faults.iter().filter_map(|fault| cut_off_by(fault, model)).collect(),
            warmed_up,
            of_the_others: WindowTimes::default(),
        }))
    }

    /// How long the answered requests took of all nodes but those that are cut off by their own line; `None`
    /// where nobody is.
    pub fn times_of_the_others(&self) -> Option<&WindowTimes> {
        (!self.cut_off.is_empty()).then_some(&self.of_the_others)
    }

    fn at(&mut self, time: Time) -> &mut Segment {
        let after = self.segments.partition_point(|segment| segment.begins <= time);
        // The first one begins with the run.
        &mut self.segments[after.max(1) - 1]
    }

    /// A judged request of `node` has ended; `answered`: when, if it was.
    pub fn ended(&mut self, node: NodeId, issued: Time, answered: Option<Time>) {
        self.last_issued = self.last_issued.max(issued);
        if !self.cut_off.is_empty() && issued >= self.warmed_up {
            self.ended_where_a_line_is_cut(node, issued, answered);
        }
        let segment = self.at(issued);
        segment.issued += 1;
        if let Some(answered) = answered {
            segment.answered += 1;
            segment.responses.add(answered.since(issued));
            self.at(answered).answers += 1;
        }
    }

    fn ended_where_a_line_is_cut(&mut self, node: NodeId, issued: Time, answered: Option<Time>) {
        if self.cut_off.contains(&node) {
            let segment = self.at(issued);
            segment.issued_cut_off += 1;
            segment.answered_cut_off += u64::from(answered.is_some());
        } else if let Some(answered) = answered {
            self.of_the_others.add(answered.since(issued));
        }
    }

    /// A judged request of `node` is open at the end.
    pub fn left_open(&mut self, node: NodeId, issued: Time) {
        self.ended(node, issued, None);
        self.open += 1;
    }

    /// Something has broken, and this share of the nodes, and of the overlay, holds together.
    pub fn held_together(&mut self, now: Time, network: NetworkPart, overlay: Option<f64>) {
        let no_more = |least: &mut Option<f64>, now: Option<f64>| {
            *least = now.map(|now| least.unwrap_or(1.0).min(now)).or(*least);
        };
        let spells = &self.spells;
        let lasts = |table| spells.iter().any(|spells| spells.table == table && spells.is_on());
        let is_in_force = |table| {
            let mut parts = self.parts.iter().filter(|part| part.table == table);
            let is_load = spells.iter().any(|spells| spells.table == table && spells.is_load);
            // A cascade is there while somebody is down by it.
            lasts(table) || !is_load && parts.any(|part| (part.begins..part.ends).contains(&now))
        };
        for span in self.spans.iter_mut().filter(|span| is_in_force(span.table)) {
            no_more(&mut span.network_component, Some(network.of_all));
            no_more(&mut span.network_of_those_up, network.of_those_up);
            no_more(&mut span.overlay_component, overlay);
        }
    }

    /// Somebody is told that something does not work.
    pub fn noticed(&mut self, now: Time) {
        let segment = self.at(now);
        segment.noticed = segment.noticed.min(now);
    }

    /// A fault, by its index in the model, takes a node down.
    pub fn struck(&mut self, now: Time, fault: u16, node: NodeId) {
        self.struck.insert((fault, node));
        self.begin(self.tables[usize::from(fault)], now);
        if let Some(spells) = self.spells_of(fault) {
            spells.begins(now);
        }
    }

    /// The fault begins now, if it has not begun.
    fn begin(&mut self, table: u32, now: Time) {
        let awaited = |span: &&mut FaultSpan| span.table == table && span.begins == Time::NEVER;
        let Some(span) = self.spans.iter_mut().find(awaited) else { return };
        span.begins = now;
        for part in self.parts.iter_mut().filter(|part| part.table == table) {
            part.begins = now;
        }
        self.cut(now);
    }

    /// A segment begins now.
    fn cut(&mut self, now: Time) {
        let place = self.segments.partition_point(|segment| segment.begins < now);
        if self.segments.get(place).is_none_or(|segment| segment.begins > now) {
            self.segments.insert(place, Segment::new(now));
        }
    }

    /// It lets go of one that it had taken down.
    pub fn repaired(&mut self, now: Time, fault: u16) {
        let Some(spells) = self.spells_of(fault) else { return };
        spells.ends(now);
        let (table, is_on, is_load) = (spells.table, spells.is_on(), spells.is_load);
        if !is_on && (self.lasts_until(table, now) || is_load) {
            self.cut(now);
        }
    }

    /// Whether a fault that nobody new falls victim to has kept nodes down until then.
    fn lasts_until(&mut self, table: u32, end: Time) -> bool {
        let mut spans = self.spans.iter_mut();
        let Some(span) = spans.find(|span| span.table == table && span.ends < end) else {
            return false;
        };
        span.ends = end;
        self.parts.iter_mut().filter(|part| part.table == table).for_each(|part| part.ends = end);
        true
    }

    fn spells_of(&mut self, fault: u16) -> Option<&mut Spells> {
        let table = self.tables[usize::from(fault)];
        let place = self.spells.binary_search_by_key(&table, |spells| spells.table);
        place.ok().map(|place| &mut self.spells[place])
    }

    /// The run is over.
    pub fn close(&mut self, now: Time) {
        self.spells.iter_mut().for_each(|spells| spells.advance(now));
        let on = self.spells.iter().filter(|spells| spells.is_on()).map(|spells| spells.table);
        for table in on.collect::<Vec<u32>>() {
            self.lasts_until(table, Time::NEVER);
        }
        let over = self.spells.iter().filter(|spells| spells.is_load);
        let over = over.filter_map(|spells| Some((spells.table, spells.quiet_since?)));
        for (table, end) in over.collect::<Vec<(u32, Time)>>() {
            self.spans.iter_mut().filter(|span| span.table == table).for_each(|s| s.ends = end);
            self.parts.iter_mut().filter(|part| part.table == table).for_each(|p| p.ends = end);
        }
    }

    /// How many nodes have gone down by a fault.
    pub fn nodes_down(&self, table: u32) -> usize {
        let faults = (0u16..).zip(&self.tables).filter(|(_, other)| **other == table);
        let nodes = faults.flat_map(|(fault, _)| {
            let all = (fault, NodeId(0))..=(fault, NodeId(u32::MAX));
            self.struck.range(all).map(|&(_, node)| node)
        });
        nodes.collect::<BTreeSet<NodeId>>().len()
    }
}

fn part_of(fault: &Fault) -> FaultPart {
    let &Fault { table, until: ends, .. } = fault;
    let begins = if matches!(fault.kind, FaultKind::Cascade(_)) { Time::NEVER } else { fault.at };
    FaultPart { table, begins, ends }
}

/// The node whose access `fault` cuts, in both directions and alone.
fn cut_off_by(fault: &Fault, model: &Model) -> Option<NodeId> {
    let FaultKind::Links { links, condition } = &fault.kind else { return None };
    let &[up, down] = links.as_slice() else { return None };
    let node = NodeId(up.0 / 2);
    let is_access = node.index() < model.node_count() && up.0 == 2 * node.0 && down.0 == up.0 + 1;
    (condition.is_cut && is_access).then_some(node)
}

/// From the first begin of a part to the last end.
fn join(spans: &mut Vec<FaultSpan>, fault: &Fault) {
    let FaultPart { table, begins: at, ends: until } = part_of(fault);
    match spans.last_mut().filter(|span| span.table == table) {
        Some(span) => {
            span.begins = span.begins.min(at);
            span.ends = span.ends.max(until);
        }
        None => spans.push(FaultSpan {
            table,
            begins: at,
            ends: until,
            network_component: None,
            overlay_component: None,
            network_of_those_up: None,
        }),
    }
}
