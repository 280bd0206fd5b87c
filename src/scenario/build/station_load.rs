//! Work that comes to stations, and which of them have more than they can do.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Group, Model, StationId};
use crate::network::NodeId;

/// From here on it is no rounding, and is not printed as 1.00.
pub const LEAST_OVERLOAD: f64 = 1.005;
/// So many nodes of a group are named one by one.
const MOST_NAMES: usize = 4;

/// Seconds of work in a second, at a worker of speed 1, on the mean, of each kind of station.
pub type Work = BTreeMap<StationId, f64>;

/// Who of several nodes does how much.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Each as much as it can.
    AsTheyCan,
    /// Each the same, whatever it can do.
    Same,
    /// Some get more than their part, and nobody knows how much.
    Unknown,
}

/// All work under an architecture.
#[derive(Default)]
pub struct Loads {
    /// Of each node, whatever others do.
    own: BTreeMap<(StationId, NodeId), f64>,
    /// Of several nodes together.
    common: Vec<Common>,
    /// Whether there is more of it than is known.
    pub is_least: bool,
}

struct Common {
    nodes: BTreeSet<NodeId>,
    work: Work,
    is_spread: bool,
}

/// A station that cannot do what is asked of it.
pub struct Overload {
    pub who: String,
    /// Above 1; infinite where work has no mean.
    pub load: f64,
    pub is_least: bool,
}

impl Loads {
    /// `work` for all these `nodes` together.
    pub fn add(&mut self, nodes: &[NodeId], work: &Work, split: Split) {
        if nodes.len() > 1 && split != Split::Same {
            let nodes: BTreeSet<NodeId> = nodes.iter().copied().collect();
            let is_spread = split == Split::AsTheyCan;
            if let Some(same) = self.common.iter_mut().find(|common| common.nodes == nodes) {
                same.is_spread &= is_spread;
                for (&kind, &work) in work {
                    *same.work.entry(kind).or_insert(0.0) += work;
                }
                return;
            }
            // What some have to do for others of their kind is not counted.
            self.is_least |= self.common.iter().any(|common| !common.nodes.is_disjoint(&nodes));
            self.common.push(Common { nodes, work: work.clone(), is_spread });
            return;
        }
        for &node in nodes {
            for (&kind, &work) in work {
                *self.own.entry((kind, node)).or_insert(0.0) += work / nodes.len() as f64;
            }
        }
    }

    /// Whether some work is for a station that lets no more than so many wait.
    pub fn may_be_refused(&self, model: &Model) -> bool {
        let refuses = |kind: StationId, node: NodeId| {
            let mut stations = model.group_of(node).stations.iter();
            stations.any(|station| station.kind == kind && station.queue.is_some())
        };
        let of_common = |common: &Common| {
            let mut kinds = common.work.keys();
            kinds.any(|&kind| common.nodes.iter().any(|&node| refuses(kind, node)))
        };
        self.own.keys().any(|&(kind, node)| refuses(kind, node))
            || self.common.iter().any(of_common)
    }

    /// All stations whose load is above 1.
    pub fn overloads(&self, model: &Model) -> Vec<Overload> {
        // Nodes of a group that have the same to do.
        let mut alike: BTreeMap<(StationId, u32, u64), Vec<NodeId>> = BTreeMap::new();
        for (&(kind, node), work) in &self.own {
            let place = (kind, model.group_of(node).first, work.to_bits());
            alike.entry(place).or_default().push(node);
        }
        let of_alike = alike.iter().filter_map(|(&(kind, _, work), nodes)| {
            self.of_each(model, kind, nodes, f64::from_bits(work))
        });
        let of_common = self.common.iter().flat_map(|common| {
            let work = common.work.iter();
            work.filter_map(move |(&kind, &work)| self.of_all(model, kind, common, work))
        });
        of_alike.chain(of_common).collect()
    }

    /// Of these nodes of a group, each of which has so much to do.
    fn of_each(
        &self,
        model: &Model,
        kind: StationId,
        nodes: &[NodeId],
        work: f64,
    ) -> Option<Overload> {
        let group = model.group_of(nodes[0]);
        let (mean, slowest) = speeds(group, nodes.len());
        let capacity = capacity(group, kind)?;
        // What is never asked for may have no mean.
        let is_too_much = |speed: f64| work / (capacity * speed) > LEAST_OVERLOAD;
        let (speed, of) = match (is_too_much(mean), is_too_much(slowest)) {
            (true, _) => (mean, ""),
            (false, true) => (slowest, "the slowest of "),
            (false, false) => return None,
        };
        let whose = names(model, nodes);
        let note = if of.is_empty() { at_mean_speed([group]) } else { "" };
        let mut common = self.common.iter().filter(|common| common.work.contains_key(&kind));
        Some(Overload {
            who: format!("the station {:?} of {of}{whose}{note}", model.stations[kind.index()]),
            load: work / (capacity * speed),
            is_least: self.is_least
                || common.any(|common| nodes.iter().any(|node| common.nodes.contains(node))),
        })
    }

    /// Of nodes that share `work`, with what each has to do beside it: no more than it can.
    fn of_all(
        &self,
        model: &Model,
        kind: StationId,
        common: &Common,
        work: f64,
    ) -> Option<Overload> {
        let (mut all, mut own) = (0.0, 0.0);
        let mut is_least = self.is_least || !common.is_spread;
        for &node in &common.nodes {
            let group = model.group_of(node);
            let capacity = capacity(group, kind)? * speeds(group, 1).0;
            let beside = self.own.get(&(kind, node)).copied().unwrap_or(0.0);
            all += capacity;
            own += beside.min(capacity);
            is_least |= beside > capacity;
        }
        let load = (work + own) / all;
        let whose = names(model, &common.nodes);
        let groups = common.nodes.iter().map(|&node| model.group_of(node));
        (load > LEAST_OVERLOAD).then(|| Overload {
            who: format!(
                "the station {:?} of {whose}{}",
                model.stations[kind.index()],
                at_mean_speed(groups)
            ),
            load,
            is_least,
        })
    }
}

/// Seconds of work that the station of a node of speed 1 does in a second; `None` when it does any
/// number of jobs at once.
fn capacity(group: &Group, kind: StationId) -> Option<f64> {
    let station = group.stations.iter().find(|station| station.kind == kind)?;
    Some(f64::from(station.workers) * station.speed)
}

/// Of so many nodes of a group: the mean speed, and that of the slowest class of which one is to be
/// expected among them.
pub fn speeds(group: &Group, count: usize) -> (f64, f64) {
    let shares: f64 = group.classes.iter().map(|class| class.share).sum();
    let mean = group.classes.iter().map(|class| class.share * class.speed).sum::<f64>() / shares;
    let are_some = group.classes.iter().filter(|c| c.share / shares * count as f64 >= 1.0);
    (mean, are_some.map(|class| class.speed).fold(mean, f64::min))
}

/// What is said where speeds are drawn.
pub fn at_mean_speed<'g>(groups: impl IntoIterator<Item = &'g Group>) -> &'static str {
    let is_drawn = |group: &Group| group.classes.iter().any(|c| c.speed != group.classes[0].speed);
    match groups.into_iter().any(is_drawn) {
        true => " (at the mean speed of its classes)",
        false => "",
    }
}

/// `web`, if that is the whole group, or `web-2, web-3`; `nodes`: in order.
pub fn names<'n>(model: &Model, nodes: impl IntoIterator<Item = &'n NodeId>) -> String {
    let mut by_group: BTreeMap<u32, Vec<NodeId>> = BTreeMap::new();
    for &node in nodes {
        by_group.entry(model.group_of(node).first).or_default().push(node);
    }
    let of_group = |nodes: &Vec<NodeId>| {
        let group = model.group_of(nodes[0]);
        if nodes.len() == group.count as usize && nodes.len() > 1 {
            return group.name.clone();
        }
        if nodes.len() > MOST_NAMES {
            return format!("{} of the {} nodes of {}", nodes.len(), group.count, group.name);
        }
        let names: Vec<String> = nodes.iter().map(|&n| model.node_name(n).to_string()).collect();
        names.join(", ")
    };
    by_group.values().map(of_group).collect::<Vec<String>>().join(", ")
}
