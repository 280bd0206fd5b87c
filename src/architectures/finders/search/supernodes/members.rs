//! Who is a supernode, and who is whose leaf.

use smallvec::SmallVec;

use super::super::neighbours::Neighbours;
use super::SupernodeSettings;
use super::election::Election;
use super::index::Index;
use crate::network::NodeId;
use crate::random::{Key, Stream};
use crate::units::{Rate, Time};

/// Attempts to attach in vain after which the pause between them is no longer doubled, and is as long as this.
const MOST_DOUBLINGS: u8 = 6;
const MOST_PAUSES: u32 = 60;

#[derive(Debug)]
pub struct Members {
    /// Of supernodes.
    pub neighbours: Neighbours,
    pub index: Index,
    pub election: Election,
    /// What is drawn of those that are named in answers.
    pub choices: Stream,
    /// The supernodes of each leaf, by node; the first one is asked.
    attached: Vec<SmallVec<[NodeId; 2]>>,
    /// How often each has come up, and how often it has lost a supernode since one took it in.
    sessions: Vec<u32>,
    /// By node: attempts to find a supernode in vain, and whether it will look again.
    vain: Vec<u8>,
    will_look: Vec<bool>,
    /// Which peers are up, by node, how many these are, and the share of them that are to be supernodes.
    is_there: Vec<bool>,
    up_count: usize,
    share: f64,
    /// Neighbours of a supernode that is elected later.
    wanted: u32,
}

impl Members {
    /// `up`: peers and their uplinks if they can be supernodes, in order; the best of these are, and nobody is
    /// attached to them.
    /// `key`: the root of one replication.
    pub fn new(
        node_count: usize,
        up: &[(NodeId, Option<Rate>)],
        settings: &SupernodeSettings,
        key: Key,
    ) -> Members {
        let mut election =
            Election::new(node_count, &mut key.text("election of supernodes").stream());
        for &(peer, uplink) in up {
            if let Some(uplink) = uplink {
                election.stand(peer, uplink, Time::ZERO);
            }
        }
        let target = target(settings.share, up.len());
        let mut first: Vec<NodeId> = (0..target).map_while(|_| election.elect()).collect();
        first.sort_unstable();
        let neighbours = Neighbours::new(node_count, &first, settings.overlay, key, |_| true);
        let mut is_there = vec![false; node_count];
        up.iter().for_each(|&(peer, _)| is_there[peer.index()] = true);
        Members {
            is_there,
            neighbours,
            index: Index::new(node_count),
            election,
            choices: key.text("answers of supernodes").stream(),
            attached: vec![SmallVec::new(); node_count],
            sessions: vec![0; node_count],
            vain: vec![0; node_count],
            will_look: vec![false; node_count],
            up_count: up.len(),
            share: settings.share,
            wanted: settings.overlay.links_of_newcomer(),
        }
    }

    pub fn is_there(&self, node: NodeId) -> bool {
        self.is_there[node.index()]
    }

    pub fn is_supernode(&self, node: NodeId) -> bool {
        self.neighbours.contains(node)
    }

    /// The supernodes of a leaf.
    pub fn of(&self, leaf: NodeId) -> &[NodeId] {
        &self.attached[leaf.index()]
    }

    pub fn session(&self, node: NodeId) -> u32 {
        self.sessions[node.index()]
    }

    /// `node` is up, as a leaf without a supernode; `uplink`: if it can be one itself.
    pub fn appear(&mut self, node: NodeId, uplink: Option<Rate>, now: Time) {
        let place = node.index();
        self.sessions[place] = self.sessions[place].wrapping_add(1);
        self.vain[place] = 0;
        self.will_look[place] = false;
        self.is_there[place] = true;
        self.up_count += 1;
        if let Some(uplink) = uplink {
            self.election.stand(node, uplink, now);
        }
    }

    /// It goes down; the supernodes that it was attached to.
    pub fn leave(&mut self, node: NodeId) -> SmallVec<[NodeId; 2]> {
        self.is_there[node.index()] = false;
        self.up_count -= 1;
        self.election.withdraw(node);
        std::mem::take(&mut self.attached[node.index()])
    }

    /// Makes the best leaf a supernode when there are too few; it, and those that it was attached to.
    pub fn promote(&mut self) -> Option<(NodeId, SmallVec<[NodeId; 2]>)> {
        if self.neighbours.count() >= target(self.share, self.up_count) {
            return None;
        }
        let best = self.election.elect()?;
        self.neighbours.join(best, self.wanted);
        self.index.enter(best, best, self.session(best));
        Some((best, std::mem::take(&mut self.attached[best.index()])))
    }

    /// Another supernode for `leaf` from the host cache, while it has fewer than it wants.
    pub fn attach(&mut self, leaf: NodeId, wanted: usize) -> Option<NodeId> {
        let attached = &mut self.attached[leaf.index()];
        if attached.len() >= wanted {
            return None;
        }
        let supernode = self.neighbours.host(attached)?;
        attached.push(supernode);
        Some(supernode)
    }

    /// A supernode has taken `leaf` in.
    pub fn welcome(&mut self, leaf: NodeId) {
        self.vain[leaf.index()] = 0;
    }

    /// The connection of `leaf` to `supernode` has ended, at both of its ends. Where it was in the list of the leaf.
    pub fn detach(&mut self, leaf: NodeId, supernode: NodeId) -> Option<usize> {
        let attached = &mut self.attached[leaf.index()];
        let place = attached.iter().position(|&known| known == supernode)?;
        attached.remove(place);
        self.index.drop_leaf(supernode, leaf, self.sessions[leaf.index()]);
        Some(place)
    }

    /// `leaf` lacks a supernode: how many pauses it is until it looks for one; `None` when it will look anyway.
    pub fn will_look(&mut self, leaf: NodeId) -> Option<f64> {
        if std::mem::replace(&mut self.will_look[leaf.index()], true) {
            return None;
        }
        let vain = &mut self.vain[leaf.index()];
        let pauses = (1_u32 << *vain).min(MOST_PAUSES);
        *vain = (*vain + 1).min(MOST_DOUBLINGS);
        Some(f64::from(pauses))
    }

    /// `leaf` looks for supernodes now.
    pub fn looks(&mut self, leaf: NodeId) {
        self.will_look[leaf.index()] = false;
    }

    /// Who knows whom.
    pub fn edges(&self) -> Vec<(NodeId, NodeId)> {
        let mut edges = self.neighbours.edges();
        edges.extend(self.index.edges());
        edges
    }
}

/// How many supernodes so many peers need.
fn target(share: f64, up_count: usize) -> usize {
    (share * up_count as f64).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::finders::OverlayGraph;
    use crate::units::Duration;

    const COUNT: u32 = 60;

    /// As many supernodes as there should be, each attached to nobody and known by its neighbours; and every leaf is
    /// attached to supernodes that know it.
    fn assert_sound(members: &Members, up: &[NodeId]) {
        assert_eq!(members.up_count, up.len());
        let supernodes: Vec<NodeId> =
            up.iter().copied().filter(|&node| members.is_supernode(node)).collect();
        assert_eq!(members.neighbours.count(), supernodes.len(), "one of them is down");
        assert!(supernodes.len() >= target(0.1, up.len()));
        for &node in up {
            let attached = members.of(node);
            if members.is_supernode(node) {
                assert!(attached.is_empty());
            }
            for &supernode in attached {
                assert!(members.is_supernode(supernode));
                assert!(members.index.edges().any(|edge| edge == (supernode, node)));
            }
        }
        for (a, b) in members.edges() {
            assert!(up.contains(&a) && up.contains(&b), "{a:?}, {b:?}");
        }
    }

    #[test]
    fn there_are_always_enough_supernodes_whoever_comes_and_goes() {
        let settings = SupernodeSettings {
            share: 0.1,
            attach: 2,
            overlay: OverlayGraph::RandomRegular { degree: 3 },
            reach: 7,
            answers: 5,
            patience: Duration::from_whole_secs(5),
        };
        let uplink = |node: NodeId| Rate::from_bits_per_second(f64::from(node.0 % 7 + 1));
        let mut up: Vec<NodeId> = (0..COUNT / 2).map(NodeId).collect();
        let first: Vec<_> = up.iter().map(|&node| (node, Some(uplink(node)))).collect();
        let mut members = Members::new(COUNT as usize, &first, &settings, Key::root(1, 0));
        let mut steps = Key::root(2, 0).stream();
        for step in 0..3000 {
            let node = NodeId(steps.below(COUNT as usize) as u32);
            match up.iter().position(|&other| other == node) {
                Some(place) if up.len() > 1 => {
                    up.remove(place);
                    for supernode in members.leave(node) {
                        let session = members.session(node);
                        members.index.drop_leaf(supernode, node, session);
                    }
                    if members.is_supernode(node) {
                        for leaf in members.index.lose(node) {
                            members.detach(leaf, node);
                        }
                        members.neighbours.leave(node);
                    }
                }
                Some(_) => continue,
                None => {
                    up.push(node);
                    members.appear(node, Some(uplink(node)), Time::from_secs(f64::from(step)));
                }
            }
            while let Some((elected, attached)) = members.promote() {
                let session = members.session(elected);
                for supernode in attached {
                    members.index.drop_leaf(supernode, elected, session);
                }
                members.neighbours.fill_up(elected);
            }
            for &leaf in &up {
                if members.is_supernode(leaf) {
                    continue;
                }
                while let Some(supernode) = members.attach(leaf, settings.attach) {
                    let session = members.session(leaf);
                    members.index.enter(supernode, leaf, session);
                    members.welcome(leaf);
                }
            }
            assert_sound(&members, &up);
        }
    }

    #[test]
    fn pauses_grow_while_nobody_takes_a_leaf_in() {
        let settings = SupernodeSettings {
            share: 0.5,
            attach: 1,
            overlay: OverlayGraph::RandomRegular { degree: 1 },
            reach: 7,
            answers: 5,
            patience: Duration::from_whole_secs(5),
        };
        let up: Vec<_> =
            (0..2).map(|node| (NodeId(node), Some(Rate::from_bits_per_second(1.0)))).collect();
        let mut members = Members::new(2, &up, &settings, Key::root(1, 0));
        let leaf = if members.is_supernode(NodeId(0)) { NodeId(1) } else { NodeId(0) };
        let pause = |members: &mut Members| {
            let supernode = members.attach(leaf, 1).unwrap();
            assert_eq!(members.detach(leaf, supernode), Some(0));
            let pause = members.will_look(leaf);
            // However often it misses one meanwhile.
            assert_eq!(members.will_look(leaf), None);
            members.looks(leaf);
            pause.unwrap()
        };
        let pauses: Vec<f64> = (0..8).map(|_| pause(&mut members)).collect();
        assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        members.welcome(leaf);
        assert_eq!(pause(&mut members), 1.0);
    }
}
