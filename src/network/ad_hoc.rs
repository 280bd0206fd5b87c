//! Networks without lines: nodes with a radio each, that pass on what others have to say.
//!
//! A radio is one medium, half duplex, for all that its node sends, hears and passes on: what is passed on crosses it
//! twice. What is said between others in range is not heard (see `docs/limits.md`): the *node-exclusive* model of Hajek
//! and Sasaki, "Link scheduling in polynomial time", IEEE Transactions on Information Theory 34(5), 1988, under which
//! a chain of two hops or more carries half the capacity of a radio, where one in which neighbours hear each other
//! carries a third or a quarter of it: Li, Blake, De Couto, Lee and Morris, "Capacity of ad hoc wireless networks",
//! MobiCom 2001, section 3.

use super::contacts::{Contacts, Encounter};
use super::mesh::{Mesh, Silence};
use super::{Coordinates, Link, LinkId, Network, NodeId, Site, SiteId, Topology};
use crate::random::Key;
use crate::units::Time;

/// What changes the ways through an ad hoc network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayChange {
    /// Two nodes come into range of each other.
    Met(NodeId, NodeId),
    /// They leave it.
    Parted(NodeId, NodeId),
    /// A node passes things on from now on.
    Came(NodeId),
    /// It does so no longer.
    Went(NodeId),
}

/// The mesh, and what it needs in passing.
#[derive(Debug)]
pub(super) struct Roaming {
    pub mesh: Mesh,
    encounters: Vec<Encounter>,
    between: Vec<u32>,
}

/// Metres of a degree of latitude.
const DEGREE: f64 = 111_195.0;

impl Topology {
    /// With a link between any two sites of an ad hoc network that are in range at the start, and all of them at their
    /// places as on a map of the equator; other networks as they are. `walks`: see [`Network::on_field`].
    pub fn at_start(&self, walks: Key) -> Topology {
        let Some((field, contacts)) = self.field().zip(self.contacts(walks)) else {
            return self.clone();
        };
        let mut topology = Topology::default();
        for (id, site) in self.sites() {
            let (x, y) = contacts.position(id.0, Time::ZERO);
            let place = Coordinates { latitude: y / DEGREE, longitude: x / DEGREE };
            topology.add_site(Site { name: site.name.clone(), coordinates: Some(place) });
        }
        for (id, radio) in self.media() {
            for &other in contacts.neighbours(id.0).iter().filter(|&&other| other > id.0) {
                let link = Link { latency: field.hop, ..*radio };
                topology.add_duplex(id, SiteId(other), link);
            }
        }
        topology
    }

    fn contacts(&self, walks: Key) -> Option<Contacts> {
        let keys = self.sites().map(|(_, site)| walks.text(&site.name));
        Some(Contacts::new(self.field()?.clone(), keys))
    }
}

impl Network {
    /// Puts the nodes of an ad hoc network where they are at the start; `walks`: the key of all that is drawn for
    /// that. Nothing happens to other networks.
    pub fn on_field(mut self, walks: Key) -> Network {
        let Some(field) = self.topology().field() else { return self };
        let Some(contacts) = self.topology().contacts(walks) else { return self };
        let mesh = Mesh::new(contacts, field.hop);
        self.roaming =
            Some(Box::new(Roaming { mesh, encounters: Vec::new(), between: Vec::new() }));
        // Ways change as under faults.
        self.is_impaired = true;
        self
    }

    pub fn is_ad_hoc(&self) -> bool {
        self.roaming.is_some()
    }

    /// When to call [`Network::move_on`] next.
    pub fn next_move(&self) -> Time {
        self.roaming.as_ref().map_or(Time::NEVER, |roaming| roaming.mesh.next_move())
    }

    /// Nodes walk on until `now`; adds what has changed by that.
    pub fn move_on(&mut self, now: Time, changes: &mut Vec<WayChange>) {
        let Some(roaming) = &mut self.roaming else { return };
        roaming.encounters.clear();
        roaming.mesh.advance(now, &mut roaming.encounters);
        changes.extend(roaming.encounters.iter().map(|&Encounter { pair, is_in_range }| {
            let (a, b) = (NodeId(pair.0), NodeId(pair.1));
            if is_in_range { WayChange::Met(a, b) } else { WayChange::Parted(a, b) }
        }));
    }

    /// `node` is up or down from now on: who is down passes nothing on.
    pub fn set_up(&mut self, node: NodeId, is_up: bool) {
        if let Some(roaming) = &mut self.roaming {
            roaming.mesh.set_silent(node.0, Silence::Down, !is_up);
        }
    }

    /// Links on the way from one node to another one, each from radio to radio; `None` when there is no way, and where
    /// nodes are joined by lines.
    pub fn hops(&mut self, from: NodeId, to: NodeId) -> Option<u16> {
        self.roaming.as_mut()?.mesh.hops(from.0, to.0)
    }

    /// The radio of `node` is cut or not from now on.
    pub(super) fn set_on_air(&mut self, node: NodeId, is_on_air: bool) {
        if let Some(roaming) = &mut self.roaming {
            roaming.mesh.set_silent(node.0, Silence::Cut, !is_on_air);
        }
    }

    /// In range of `node`, in ascending order, whether up or down.
    pub fn in_range(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let roaming = self.roaming.as_ref();
        let sites = roaming.map_or(&[][..], |roaming| roaming.mesh.contacts().neighbours(node.0));
        sites.iter().copied().map(NodeId)
    }

    /// Of all pairs of nodes that are up the share between which there is a way, `None` when there is no pair; and how
    /// many that are up are in range of each that is, `None` when none is. Of an ad hoc network.
    pub fn cohesion(&self) -> (Option<f64>, Option<f64>) {
        self.roaming.as_ref().map_or((None, None), |roaming| roaming.mesh.cohesion())
    }

    /// The nodes that a path leads over, from its sender to its receiver, by their radios.
    pub fn nodes_on(&self, path: impl Iterator<Item = LinkId>, nodes: &mut Vec<NodeId>) {
        nodes.clear();
        let first = 2 * self.node_count() as u32;
        for link in path.filter(|link| link.0 >= first) {
            let node = NodeId(link.0 - first);
            // Twice where something is passed on.
            if nodes.last() != Some(&node) {
                nodes.push(node);
            }
        }
    }

    /// Adds the radios of all that pass on what `from` says to `to`, each of them twice.
    pub(super) fn extend_by_radios(
        &mut self,
        (from, to): (NodeId, NodeId),
        path: &mut Vec<LinkId>,
    ) -> Option<()> {
        let first = 2 * self.node_count() as u32;
        let roaming = self.roaming.as_mut()?;
        roaming.mesh.way(from.0, to.0, &mut roaming.between)?;
        for &site in &roaming.between {
            path.extend([LinkId(first + site); 2]);
        }
        Some(())
    }

    /// The node of a radio of an ad hoc network.
    pub(super) fn node_of_radio(&self, link: LinkId) -> Option<NodeId> {
        let place = link.0.checked_sub(2 * self.node_count() as u32)?;
        self.is_ad_hoc().then_some(NodeId(place))
    }
}
