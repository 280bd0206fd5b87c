//! The nodes: groups as the scenario describes them, and the nodes drawn from them.

use std::fmt;

use super::{Churn, Model, Printer, Room, Station};
use crate::network::{Attachment, NodeId, Quality, SiteId};
use crate::random::{Distribution, Key};
use crate::units::{Duration, Rate};

/// Draws from heavy tails are cut off here, far beyond anything that is built.
const GREATEST_RATE: f64 = 1e15;
const GREATEST_LATENCY_S: f64 = 1e6;

/// Nodes of one kind, numbered one after another.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub first: u32,
    /// May be zero.
    pub count: u32,
    /// At least one; each node belongs to one of them.
    pub classes: Vec<Class>,
    /// At least one; the i-th node hangs on the i-th site, round and round.
    pub sites: Vec<SiteId>,
    /// What every node has; no kind twice.
    pub stations: Vec<Station>,
    /// `None`: its nodes do not print.
    pub printer: Option<Printer>,
    /// Of the uplink and the downlink of each node.
    pub quality: Quality,
    /// Whether its nodes hang on their sites by the media of those.
    pub on_medium: bool,
    /// Empty, or one entry for each node, which `classes` then only sum up.
    pub listed: Vec<ListedNode>,
    /// `None`: its nodes are up all the time, unless a fault takes them down.
    pub churn: Option<Churn>,
    /// Probability of each node to offer nothing to others.
    pub free_riders: f64,
    /// Probability of each node to accept connections.
    pub dialable: f64,
    /// `None`: its nodes have room for copies of everything.
    pub room: Option<Room>,
}

/// A node that is given one by one, by an inventory.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedNode {
    pub name: String,
    pub up: Rate,
    pub down: Rate,
    /// One way, between the node and its site.
    pub latency: Duration,
    /// `None`: the one that is its turn in the group.
    pub site: Option<SiteId>,
}

/// Nodes of a group whose capacities and latency go together.
#[derive(Clone, Debug)]
pub struct Class {
    /// Probability that a node of the group is of this class, relative to the other classes.
    pub share: f64,
    /// bit/s
    pub up: Distribution,
    /// bit/s
    pub down: Distribution,
    /// Seconds, one way, between the node and its site.
    pub latency: Distribution,
    /// How much faster than others the stations of its nodes are.
    pub speed: f64,
}

impl Group {
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (self.first..self.first + self.count).map(NodeId)
    }

    /// Where the node of this index in the group hangs.
    pub fn site_of(&self, index: u32) -> SiteId {
        let turn = self.sites[index as usize % self.sites.len()];
        self.listed.get(index as usize).and_then(|listed| listed.site).unwrap_or(turn)
    }

    /// As it is listed, or `origin` for the only node of a group, or `user-17` for the 17th of
    /// many.
    pub fn node_name(&self, index: u32) -> NodeName<'_> {
        match self.listed.get(index as usize) {
            Some(listed) => NodeName::Own(&listed.name),
            None if self.count == 1 => NodeName::Own(&self.name),
            None => NodeName::Numbered(&self.name, index + 1),
        }
    }
}

/// What a node is called. A million nodes have a million names, which are better written than
/// kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeName<'m> {
    Own(&'m str),
    /// The name of its group, and its number among those of the group from 1 on.
    Numbered(&'m str, u32),
}

impl fmt::Display for NodeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            NodeName::Own(name) => f.write_str(name),
            NodeName::Numbered(group, number) => write!(f, "{group}-{number}"),
        }
    }
}

/// The nodes of one replication.
#[derive(Clone, Debug)]
pub struct Population {
    /// One entry per node, by `NodeId`.
    pub attachments: Vec<Attachment>,
}

impl Population {
    /// The same for every architecture; a group's nodes stay as they are when another grows.
    pub fn draw(model: &Model, replication: u32) -> Population {
        let key = model.key(replication).text("node");
        let mut attachments = Vec::with_capacity(model.node_count());
        for group in &model.groups {
            let fate = Fate::new(group, key.text(&group.name));
            attachments.extend((0..group.count).map(|index| fate.attachment(index)));
        }
        Population { attachments }
    }

    /// All stations of one replication: node by node, with the speed of the workers.
    pub fn stations(
        model: &Model,
        replication: u32,
    ) -> impl Iterator<Item = (NodeId, &Station, f64)> {
        let key = model.key(replication).text("node");
        model.groups.iter().filter(|group| !group.stations.is_empty()).flat_map(move |group| {
            let fate = Fate::new(group, key.text(&group.name));
            group.nodes().zip(0..).flat_map(move |(node, index)| {
                let speed = fate.class_of(index).speed;
                group.stations.iter().map(move |station| (node, station, speed * station.speed))
            })
        })
    }
}

/// What deals the nodes of a group: its keys are hashed once, and not for each node.
struct Fate<'m> {
    group: &'m Group,
    /// Sum of the shares of all classes.
    total_share: f64,
    class: Key,
    up: Key,
    down: Key,
    latency: Key,
}

impl Fate<'_> {
    fn new(group: &Group, key: Key) -> Fate<'_> {
        Fate {
            group,
            total_share: group.classes.iter().map(|class| class.share).sum(),
            class: key.text("class"),
            up: key.text("up"),
            down: key.text("down"),
            latency: key.text("latency"),
        }
    }

    fn attachment(&self, index: u32) -> Attachment {
        let group = self.group;
        let site = group.site_of(index);
        let (quality, on_medium) = (group.quality, group.on_medium);
        if let Some(listed) = group.listed.get(index as usize) {
            let ListedNode { up, down, latency, .. } = *listed;
            return Attachment { site, up, down, latency, quality, on_medium };
        }
        let class = self.class_of(index);
        let draw = |distribution: &Distribution, key: Key, greatest: f64| {
            distribution.draw(&mut key.draw(u64::from(index))).min(greatest)
        };
        Attachment {
            site,
            up: Rate::from_bits_per_second(draw(&class.up, self.up, GREATEST_RATE)),
            down: Rate::from_bits_per_second(draw(&class.down, self.down, GREATEST_RATE)),
            latency: Duration::from_secs(draw(&class.latency, self.latency, GREATEST_LATENCY_S)),
            quality,
            on_medium,
        }
    }

    fn class_of(&self, index: u32) -> &Class {
        let classes = self.group.classes.as_slice();
        if let [only] = classes {
            return only;
        }
        let mut rest = self.class.draw(u64::from(index)).uniform() * self.total_share;
        let is_drawn = |class: &&Class| {
            rest -= class.share;
            rest < 0.0
        };
        classes.iter().find(is_drawn).unwrap_or(&classes[classes.len() - 1])
    }
}
