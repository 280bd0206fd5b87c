//! Attacks: whom the attacker takes down next.
//!
//! Where the order follows from the network or from a draw, it is the same under every
//! architecture. Where it follows from what nodes have done it is looked up when the attacker
//! strikes; of equals the one comes first that a draw from the fault's key has put first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::event::Event;
use super::faults::Victim;
use super::{Architecture, World};
use crate::model::{Attack, Choice, FaultKind, Measured};
use crate::network::{Graph, NodeId};
use crate::random::Key;
use crate::units::Duration;

/// What is left of the attacks of a run, by the number of the fault.
#[derive(Debug, Default)]
pub(super) struct Attacks(BTreeMap<u16, Plan>);

#[derive(Debug, Default)]
struct Plan {
    /// Targets that are still there, the next one first.
    next: Vec<u32>,
    struck: usize,
}

impl Attacks {
    /// `key`: of the fault.
    pub fn plan(&mut self, fault: u16, attack: &Attack, key: Key) {
        let mut next: Vec<u32> = (0..attack.targets.len() as u32).collect();
        match attack.choice {
            Choice::Listed => {}
            Choice::Random | Choice::Most(_) => {
                key.text("attacked").stream().shuffle(&mut next);
            }
        }
        self.0.insert(fault, Plan { next, struck: 0 });
    }
}

impl<A: Architecture> World<'_, A> {
    /// The attacker strikes, and will again while there is something left for him to do; returns
    /// whether that cuts links.
    #[inline(never)]
    pub(super) fn strike(&mut self, number: u16, architecture: &A) -> bool {
        let fault = &self.model().faults[usize::from(number)];
        let FaultKind::Attack(attack) = &fault.kind else { return false };
        let mut plan = self.faults.attacks.0.remove(&number).unwrap_or_default();
        if let Choice::Most(measured) = attack.choice
            && (plan.struck == 0 || attack.is_recomputed)
        {
            let most = self.measure(attack, measured, architecture);
            // Stable: equals stay in the order of the draw.
            plan.next.sort_by_key(|&target| Reverse(most[target as usize]));
        }
        let is_at_once = attack.every == Duration::ZERO;
        let count = if is_at_once { attack.count } else { 1 };
        let mut cuts_links = false;
        for target in plan.next.drain(..count.min(plan.next.len())) {
            cuts_links |= self.take_down(number, attack, target);
            plan.struck += 1;
        }
        let next = self.now + attack.every;
        if plan.struck < attack.count && next < fault.until {
            self.queue.push(next, Event::Strike { fault: number });
        }
        self.faults.attacks.0.insert(number, plan);
        cuts_links
    }

    /// First the links: nobody there can tell that it goes down.
    fn take_down(&mut self, number: u16, attack: &Attack, target: u32) -> bool {
        let victims = &attack.targets[target as usize];
        if !victims.links.is_empty() {
            self.cut_off(number, target);
        }
        for place in victims.nodes.clone() {
            self.queue.push(self.now, Event::Crash(Victim { fault: number, place }));
        }
        !victims.links.is_empty()
    }

    /// Of each target, the sum of its nodes.
    fn measure(&self, attack: &Attack, measured: Measured, architecture: &A) -> Vec<u64> {
        let overlay = match measured {
            Measured::OverlayDegree => {
                let edges = architecture.overlay().into_iter();
                let up = edges.filter(|&(a, b)| self.is_up(a) && self.is_up(b));
                Graph::of_edges(self.node_count(), up.map(|(a, b)| (a.0, b.0)))
            }
            Measured::BytesSent | Measured::RequestsServed => Graph::of_edges(0, []),
        };
        let of_node = |&node: &NodeId| match measured {
            Measured::BytesSent => self.recorder.work_of(node).0.count(),
            Measured::RequestsServed => self.recorder.work_of(node).1,
            Measured::OverlayDegree => overlay.degree(node.0) as u64,
        };
        let of_target = |target| attack.nodes_of(target).iter().map(of_node).sum();
        attack.targets.iter().map(of_target).collect()
    }
}
