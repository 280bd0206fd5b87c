//! What goes wrong in a battery.

use super::survey::Survey;
use crate::model::{FaultKind, Model};
use crate::network::{Condition, LinkId, NodeId};
use crate::scenario::{Estimate, Scenario};

/// Shares of nodes that are removed, in per cent.
const REMOVED: [u32; 5] = [10, 20, 30, 40, 50];
/// Times as much load all the time, and in a crowd.
const LOADS: [u32; 2] = [2, 10];
const CROWD: u32 = 10;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardship {
    pub name: String,
    pub kind: HardshipKind,
    /// The node or link that is missing, if it is a single one.
    pub single: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HardshipKind {
    /// None: what all others are held against.
    Calm,
    /// All nodes of a group are down.
    GroupDown,
    NodeDown,
    LinkCut,
    /// So many per cent of all nodes are down, drawn anew in each replication.
    RandomLoss(u32),
    /// So many per cent of all nodes are down, the most needed ones.
    TargetedLoss(u32),
    /// The nodes are in two parts, drawn at random, that do not reach each other.
    Halves,
    /// So many times the demand, all the time.
    Load(u32),
    /// So many times the demand for a while.
    Crowd(u32),
}

impl Hardship {
    pub(super) fn none() -> Hardship {
        Hardship { name: "calm weather".to_owned(), kind: HardshipKind::Calm, single: None }
    }
}

impl HardshipKind {
    pub fn name(self) -> &'static str {
        match self {
            HardshipKind::Calm => "calm",
            HardshipKind::GroupDown => "group-down",
            HardshipKind::NodeDown => "node-down",
            HardshipKind::LinkCut => "link-cut",
            HardshipKind::RandomLoss(_) => "random-loss",
            HardshipKind::TargetedLoss(_) => "targeted-loss",
            HardshipKind::Halves => "halves",
            HardshipKind::Load(_) => "load",
            HardshipKind::Crowd(_) => "crowd",
        }
    }

    /// Whether it lasts for the window only.
    pub fn is_passing(self) -> bool {
        !matches!(self, HardshipKind::Load(_) | HardshipKind::Calm)
    }
}

/// All hardships of a scenario.
pub struct Battery<'b> {
    scenario: &'b Scenario,
    survey: &'b Survey,
    /// Nodes, and links, that are taken away one by one: so many of the most needed ones.
    singles: usize,
    /// Each with the scenario in which it is met.
    pub hardships: Vec<(Hardship, Scenario)>,
    /// What cannot be tried, and why.
    pub left_out: Vec<(String, String)>,
}

impl<'b> Battery<'b> {
    pub fn new(scenario: &'b Scenario, survey: &'b Survey, singles: usize) -> Battery<'b> {
        let (hardships, left_out) = (Vec::new(), Vec::new());
        let mut battery = Battery { scenario, survey, singles, hardships, left_out };
        battery.groups_and_nodes();
        battery.links();
        battery.removals();
        battery.halves();
        battery.loads();
        battery
    }

    fn model(&self) -> &Model {
        &self.scenario.model
    }

    fn add(&mut self, name: String, kind: HardshipKind, single: Option<String>, fault: FaultKind) {
        let scenario = self.survey.with_fault(self.scenario, name.clone(), fault);
        self.hardships.push((Hardship { name, kind, single }, scenario));
    }

    fn groups_and_nodes(&mut self) {
        let mut alone = Vec::new();
        for group in self.scenario.model.groups.clone() {
            let name = format!("{} down", group.name);
            let nodes: Vec<NodeId> = (group.first..group.first + group.count).map(NodeId).collect();
            if !nodes.iter().any(|node| self.survey.serves[node.index()]) {
                self.left_out.push((name, "serves nobody".to_owned()));
                continue;
            }
            if self.survey.askers.iter().all(|asker| nodes.binary_search(asker).is_ok()) {
                self.left_out.push((name, "nobody is left to ask".to_owned()));
                continue;
            }
            let single = (nodes.len() == 1).then(|| group.name.clone());
            alone.extend(single.is_some().then(|| nodes[0]));
            self.add(name, HardshipKind::GroupDown, single, FaultKind::crash(nodes, 1.0));
        }
        let serves = |node: &&NodeId| self.survey.serves[node.index()] && !alone.contains(node);
        let needed: Vec<NodeId> =
            self.survey.most_needed.iter().filter(serves).take(self.singles).copied().collect();
        for node in needed {
            let single = self.model().node_name(node).to_string();
            let fault = FaultKind::crash(vec![node], 1.0);
            self.add(format!("{single} down"), HardshipKind::NodeDown, Some(single), fault);
        }
    }

    /// Of the graph; where there is none, the access of those who serve.
    fn links(&mut self) {
        let busiest: Vec<[LinkId; 2]> = match self.survey.busiest_links.is_empty() {
            false => self.survey.busiest_links.iter().take(self.singles).copied().collect(),
            true => {
                let access = |node: &NodeId| [LinkId(2 * node.0), LinkId(2 * node.0 + 1)];
                let serves = |node: &&NodeId| self.survey.serves[node.index()];
                let needed = self.survey.most_needed.iter().filter(serves);
                needed.take(self.singles).map(access).collect()
            }
        };
        for pair in busiest {
            let name = self.link_name(pair);
            let mut links = pair.to_vec();
            links.sort_unstable();
            links.dedup();
            let condition = Condition { is_cut: true, ..Condition::SOUND };
            let fault = FaultKind::Links { links, condition };
            self.add(format!("{name} cut"), HardshipKind::LinkCut, Some(name), fault);
        }
    }

    fn link_name(&self, [link, back]: [LinkId; 2]) -> String {
        let model = self.model();
        let node_links = 2 * model.node_count();
        match link.index().checked_sub(node_links) {
            None => format!("link of {}", model.node_name(NodeId(link.0 / 2))),
            Some(_) if link == back => model.link_name(link),
            Some(_) => model.link_name(link).replacen(" -> ", " - ", 1),
        }
    }

    fn removals(&mut self) {
        let count = self.model().node_count();
        let nodes: Vec<NodeId> = (0..count as u32).map(NodeId).collect();
        let mut before = 0;
        for percent in REMOVED {
            let share = f64::from(percent) / 100.0;
            let removed = (share * count as f64).round() as usize;
            if removed == 0 {
                let names = [format!("{percent} % lost"), format!("{percent} % attacked")];
                let why = format!("less than one of {count} nodes");
                self.left_out.extend(names.map(|name| (name, why.clone())));
                continue;
            }
            if removed == before {
                // The same nodes once more would count twice in the index.
                let names = [format!("{percent} % lost"), format!("{percent} % attacked")];
                let why = format!("as many nodes as before, {removed} of {count}");
                self.left_out.extend(names.map(|name| (name, why.clone())));
                continue;
            }
            before = removed;
            let random = FaultKind::crash(nodes.clone(), share);
            let kind = HardshipKind::RandomLoss(percent);
            self.add(format!("{percent} % of nodes lost"), kind, None, random);
            let mut most_needed = self.survey.most_needed[..removed].to_vec();
            most_needed.sort_unstable();
            let targeted = FaultKind::crash(most_needed, 1.0);
            let kind = HardshipKind::TargetedLoss(percent);
            self.add(format!("{percent} % of nodes attacked"), kind, None, targeted);
        }
    }

    fn halves(&mut self) {
        let count = self.model().node_count();
        let name = "in halves".to_owned();
        if count < 2 {
            return self.left_out.push((name, "there is only one node".to_owned()));
        }
        let nodes: Vec<NodeId> = (0..count as u32).map(NodeId).collect();
        let parts = vec![nodes[..count / 2].to_vec(), nodes[count / 2..].to_vec()];
        let partition = FaultKind::Partition { parts, is_dealt: true };
        self.add(name, HardshipKind::Halves, None, partition);
    }

    fn loads(&mut self) {
        for factor in LOADS {
            let mut model = self.model().clone();
            for workload in &mut model.workloads {
                workload.demand = workload.demand.multiplied(factor);
            }
            self.add_load(format!("{factor} x the load"), HardshipKind::Load(factor), model);
        }
        let name = format!("crowd of {CROWD} x");
        let (from, until) = self.survey.window;
        let mut model = self.survey.watched(self.scenario).model;
        let mut is_crowded = false;
        for workload in &mut model.workloads {
            if let Some(crowded) = workload.demand.with_crowd(CROWD, from, until) {
                (workload.demand, is_crowded) = (crowded, true);
            }
        }
        match is_crowded {
            true => self.add_load(name, HardshipKind::Crowd(CROWD), model),
            false => self.left_out.push((name, "nobody comes without having been asked".into())),
        }
    }

    /// More requests may be more than fit.
    fn add_load(&mut self, name: String, kind: HardshipKind, model: Model) {
        let scenario = self.scenario;
        let estimate = Estimate::of(&model, &scenario.contenders, scenario.replications);
        match estimate.check(&scenario.limits) {
            Ok(()) => {
                let scenario = Scenario { model, estimate, ..scenario.clone() };
                self.hardships.push((Hardship { name, kind, single: None }, scenario));
            }
            Err(why) => self.left_out.push((name, why)),
        }
    }
}
