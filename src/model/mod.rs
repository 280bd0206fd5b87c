//! What a scenario comes down to: plain resolved data from which any number of runs start.
//!
//! Nothing here can fail any more. A [`Model`] holds distributions; what fate dealt in one
//! replication is drawn from it with keys that name only what is drawn, so that every
//! architecture meets the same nodes ([`Population`]) and the same demand ([`Wishes`]).

mod ahead;
mod arrivals;
mod attack;
mod cascade;
mod churn;
mod codec;
mod conversation;
mod copies;
mod demand;
mod dialable;
mod errand;
mod fault;
mod free_riders;
mod interests;
mod item;
mod load;
mod policy;
mod population;
mod printer;
mod racks;
mod rate;
mod recorded;
mod room;
mod station;
mod transaction;
mod updates;
mod works;

pub use arrivals::{Arrivals, Follows, Turn, Turns, Wishes};
pub use attack::{Attack, Choice, Measured, Target};
pub use cascade::{Cascade, Limit};
pub use churn::{Churn, FirstSpan, Passage, Presence, Sessions, Start, Stay};
pub use codec::{Codec, FULL_PACKET, PICTURES, picture_rate};
pub use conversation::{Conversations, Invitation, MOST_PEOPLE, Media, Spurts};
pub use copies::{Copies, Spread};
pub use demand::{Ask, Catalogue, Demand, Keys, ObjectId, TraceEntry, Wants, Wish};
pub use errand::{Draw, Errand, Errands, MOST_PRIORITY, Step};
pub use fault::{Fault, FaultKind, MOST_PARTS, PATIENCE};
pub use interests::Interests;
pub use item::{Item, ItemId, Retrieves, Stores, Whose};
pub use policy::{BreakerTerms, Policy};
pub use population::{Class, Group, ListedNode, NodeName, Population};
pub use printer::{Document, Printer, Prints};
pub use racks::Racks;
pub use rate::ArrivalRate;
pub use recorded::{ActionKind, RecordedCustomer, RecordedErrand};
pub use room::{Eviction, Room};
pub use station::{Discipline, Station, StationId};
pub use transaction::{AccountId, Action, Bank, MOST_CENTS, Transaction, Transactions};
pub use updates::Updates;
pub use works::Works;

use std::ops::Range;

use crate::network::{LinkId, NodeId, SiteId, Topology, Transport};
use crate::random::Key;
use crate::units::{Duration, Time};

/// Everything about a scenario but the architectures.
#[derive(Clone, Debug)]
pub struct Model {
    pub seed: u64,
    pub groups: Vec<Group>,
    /// Names of the kinds of stations, by `StationId`; the first one is "cpu".
    pub stations: Vec<String>,
    pub topology: Topology,
    pub transport: Transport,
    pub workloads: Vec<Workload>,
    /// What breaks; in the order of the scenario.
    pub faults: Vec<Fault>,
    pub end: End,
    /// Requests issued before are simulated but left out of the statistics.
    pub warm_up: Duration,
    /// Whether the record of a run has every request, and not only what they amount to.
    pub are_requests_kept: bool,
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At this instant; requests that are still open stay open.
    At(Time),
    /// When every request has ended, and nothing is half done.
    Done,
}

/// One kind of demand under a name of its own.
#[derive(Clone, Debug)]
pub struct Workload {
    pub name: String,
    pub demand: Demand,
    pub policy: Policy,
    /// Whether, of several architectures at once, another one serves it than the one that looks.
    pub is_elsewhere: bool,
}

impl Workload {
    pub fn is_of_jobs(&self) -> bool {
        matches!(self.demand, Demand::Drawn { wants: Wants::Job(_), .. })
    }

    pub fn is_of_transactions(&self) -> bool {
        matches!(self.demand, Demand::Drawn { wants: Wants::Transaction(_), .. })
    }
}

/// What the medium of the site `site` is called.
pub fn medium_name(site: &str) -> String {
    format!("{site} wifi")
}

impl Model {
    pub fn node_count(&self) -> usize {
        self.groups.iter().map(|group| group.count as usize).sum()
    }

    /// The same for an architecture that serves only those workloads of which `serves` says so, by index.
    pub fn seen_by(&self, serves: impl Fn(usize) -> bool) -> Model {
        let mut seen = self.clone();
        for (index, workload) in seen.workloads.iter_mut().enumerate() {
            workload.is_elsewhere = !serves(index);
        }
        seen
    }

    /// Workloads that are served by whoever looks.
    pub fn served(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(|workload| !workload.is_elsewhere)
    }

    /// Of all workloads.
    pub fn object_count(&self) -> usize {
        self.workloads.iter().map(|workload| workload.demand.object_count()).sum()
    }

    /// The workload that brings `object` into the model, by its index.
    pub fn workload_of(&self, object: ObjectId) -> u32 {
        let mut objects = 0;
        let is_of = |workload: &Workload| {
            objects += workload.demand.object_count();
            object.index() < objects
        };
        self.workloads.iter().position(is_of).map_or(0, |workload| workload as u32)
    }

    /// Whether there is work for somebody's processor.
    pub fn has_jobs(&self) -> bool {
        self.served().any(Workload::is_of_jobs)
    }

    /// Whether nothing but bare transfers is asked for.
    pub fn is_all_transfers(&self) -> bool {
        self.workloads.iter().all(|workload| match &workload.demand {
            Demand::Drawn { wants: Wants::Transfer { .. }, .. } => true,
            Demand::Drawn {
                wants:
                    Wants::Download(_)
                    | Wants::Request(_)
                    | Wants::Job(_)
                    | Wants::Transaction(_)
                    | Wants::Lookup(_)
                    | Wants::Store(_)
                    | Wants::Retrieve(_)
                    | Wants::Call(_)
                    | Wants::Update(_)
                    | Wants::Print(_),
                ..
            } => false,
            Demand::Trace { sizes, .. } => sizes.is_empty(),
        })
    }

    /// Numbers of the objects that are downloaded; those of keys that are looked up are not among them.
    pub fn downloaded_objects(&self) -> Vec<Range<u32>> {
        let of_demand = |demand: &Demand| match demand {
            Demand::Drawn { wants: Wants::Download(catalogue), .. } => {
                catalogue.first_object..catalogue.first_object + catalogue.count
            }
            Demand::Drawn { .. } => 0..0,
            Demand::Trace { sizes, first_object, .. } => {
                *first_object..*first_object + sizes.len() as u32
            }
        };
        let all = self.served().map(|workload| of_demand(&workload.demand));
        all.filter(|range| !range.is_empty()).collect()
    }

    /// `origin up`, `user-17 down`, the two ends of a link of the topology, or `home-3 wifi`.
    pub fn link_name(&self, link: LinkId) -> String {
        let node_links = 2 * self.node_count();
        if link.index() < node_links {
            let direction = if link.0.is_multiple_of(2) { "up" } else { "down" };
            return format!("{} {direction}", self.node_name(NodeId(link.0 / 2)));
        }
        let place = link.index() - node_links;
        let name = |site| self.topology.site(site).name.as_str();
        match place.checked_sub(self.topology.link_count()) {
            Some(number) => {
                let medium = self.topology.media().nth(number);
                medium.map_or(String::new(), |(site, _)| medium_name(name(site)))
            }
            None => {
                let ends = self.topology.ends(place);
                ends.map_or(String::new(), |(from, to)| format!("{} -> {}", name(from), name(to)))
            }
        }
    }

    /// What is between the sites when a replication begins: of an ad hoc network, the links that there are then.
    pub fn topology_at_start(&self, replication: u32) -> Topology {
        self.topology.at_start(self.walks(replication))
    }

    /// The key of how nodes of an ad hoc network walk in one replication.
    pub fn walks(&self, replication: u32) -> Key {
        self.key(replication).text("walk")
    }

    /// The root of all that is drawn in one replication.
    pub fn key(&self, replication: u32) -> Key {
        Key::root(self.seed, u64::from(replication))
    }

    /// The group that `node` belongs to.
    ///
    /// # Panics
    /// When the model has no such node.
    pub fn group_of(&self, node: NodeId) -> &Group {
        let after = self.groups.partition_point(|group| group.first <= node.0);
        &self.groups[after - 1]
    }

    /// Where `node` hangs.
    pub fn site_of(&self, node: NodeId) -> SiteId {
        let group = self.group_of(node);
        group.site_of(node.0 - group.first)
    }

    /// See [`Group::node_name`].
    pub fn node_name(&self, node: NodeId) -> NodeName<'_> {
        let group = self.group_of(node);
        group.node_name(node.0 - group.first)
    }
}
