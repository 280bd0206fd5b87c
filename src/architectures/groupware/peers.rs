//! Members that tell each other, without a server.
//!
//! What somebody has made he sends to all others, or it goes along a tree; or it waits for the next round. In
//! a round each member calls others at random, and who calls, or is called, or both, offer what they have: of that the
//! other one wants what it lacks and does not get already, and gets it. Rounds are in step: all begin at whole multiples of the
//! period. That is the random phone call model (Demers et al., "Epidemic algorithms for replicated database maintenance",
//! PODC 1987; Karp, Schindelhauer, Shenker and Vöcking, "Randomized rumor spreading", FOCS 2000), of which the
//! digests keep copies from coming twice. With a mesh and a tree, rounds repair what did not arrive (anti-entropy).
//!
//! Who comes back calls another one at once, and the next one when nobody answers, until each had a turn.

use super::flights::{Flight, Route};
use super::ledger::UpdateId;
use super::message::{GroupMessage, GroupTimer};
use super::settings::{PeerTerms, Scheme, Spread, Style};
use super::{GroupWorld, Groupware, Way};
use crate::architectures::finders::Finder;
use crate::engine::Envelope;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// Neighbours of `place` in a tree of so many, in which each has `degree` below it.
pub fn neighbours(place: u32, degree: u32, count: u32) -> impl Iterator<Item = u32> {
    let above = place.checked_sub(1).map(|below| below / degree);
    let first = u64::from(place) * u64::from(degree) + 1;
    let below = first..(first + u64::from(degree)).min(u64::from(count));
    above.into_iter().chain(below.map(|place| place as u32))
}

/// Until the next whole multiple of `every` after `now`.
fn until_next(now: Time, every: Duration) -> Duration {
    Duration::from_nanos(every.nanos() - now.nanos() % every.nanos())
}

impl<E: Envelope> Groupware<E> {
    pub(super) fn terms_of_peers(&self) -> Option<PeerTerms> {
        match &self.scheme {
            Scheme::Peers(terms) => Some(*terms),
            Scheme::Server(_) => None,
        }
    }

    fn size(&self, group: u32) -> u32 {
        self.ledger.groups[group as usize].members.len() as u32
    }

    pub(super) fn await_round<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let Some(terms) = self.terms_of_peers() else { return };
        let timer = super::timer(GroupTimer::Round { group, place });
        let after = until_next(world.now(), terms.every);
        world.wake(self.ledger.node(group, place), after, timer);
    }

    /// Its author sends an update as far as he does by himself.
    pub(super) fn spread<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
        id: UpdateId,
    ) {
        match self.terms_of_peers().map(|terms| terms.spread) {
            Some(Spread::FullMesh) => {
                for other in (0..self.size(group)).filter(|&other| other != place) {
                    let ends = (place, other);
                    self.send_copies(world, group, ends, vec![id], Route::Direct, Way::Open);
                }
            }
            Some(Spread::Tree { .. }) => self.pass_on(world, (group, place), place, &[id]),
            Some(Spread::Gossip { .. }) | None => {}
        }
    }

    /// The member at `from` passes on to all neighbours of `of` but himself and the one from where it came.
    fn pass_on_for<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, from): (u32, u32),
        of: u32,
        came_over: u32,
        updates: &[UpdateId],
    ) {
        let Some(Spread::Tree { degree }) = self.terms_of_peers().map(|terms| terms.spread) else {
            return;
        };
        let size = self.size(group);
        for other in neighbours(of, degree, size) {
            if other != came_over && other != from {
                let route = Route::Tree { over: of };
                self.send_copies(world, group, (from, other), updates.to_vec(), route, Way::Open);
            }
        }
    }

    /// The member at `place` passes on what came over its neighbour; of his own, over himself.
    pub(super) fn pass_on<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
        came_over: u32,
        updates: &[UpdateId],
    ) {
        self.pass_on_for(world, (group, place), place, came_over, updates);
    }

    /// Copies have not arrived: in a tree who sent them goes past the one who is not there.
    pub(super) fn go_past<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        group: u32,
        flight: &Flight,
    ) {
        if let Route::Tree { over } = flight.route {
            self.pass_on_for(world, (group, flight.from), flight.to, over, &flight.updates);
        }
    }

    pub(super) fn on_round<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let Some(terms) = self.terms_of_peers() else { return };
        self.await_round(world, (group, place));
        let (style, fanout) = terms.calls();
        let member = self.ledger.node(group, place);
        let (at, is_return) = (world.now(), false);
        let has_any = self.ledger.groups[group as usize].members[place as usize].holding > 0;
        let message = match style {
            Style::Push if !has_any => return,
            Style::Push => GroupMessage::Offer { group, at },
            Style::Pull => GroupMessage::Ask { group },
            Style::PushPull => GroupMessage::Exchange { group, at, is_return },
        };
        for other in self.draw_others(group, place, fanout) {
            let other = self.ledger.node(group, other);
            self.say(world, (member, other), message);
        }
    }

    /// So many different others, or all of them.
    fn draw_others(&mut self, group: u32, place: u32, count: u32) -> Vec<u32> {
        let others = self.size(group) - 1;
        let other = |number: u32| if number < place { number } else { number + 1 };
        if count >= others {
            return (0..others).map(other).collect();
        }
        let Some(choices) = &mut self.choices else { return Vec::new() };
        // Floyd's way: each set of that size is as likely. Source: Bentley and Floyd, CACM 30(9), 1987.
        let mut drawn = Vec::with_capacity(count as usize);
        for last in others - count..others {
            let number = choices.below(last as usize + 1) as u32;
            drawn.push(if drawn.contains(&number) { last } else { number });
        }
        drawn.into_iter().map(other).collect()
    }

    /// A member that has been away asks for what it has missed, and says what it has.
    pub(super) fn ask_after_return<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let member = self.ledger.node(group, place);
        for other in self.draw_others(group, place, 1) {
            let (at, is_return) = (world.now(), true);
            let other = self.ledger.node(group, other);
            self.say(world, (member, other), GroupMessage::Exchange { group, at, is_return });
        }
    }

    /// Nobody answers there.
    pub(super) fn ask_another<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        member: NodeId,
        group: u32,
    ) {
        let place = self.ledger.place(group, member);
        let size = self.size(group);
        let asked = &mut self.asked_after_return[group as usize][place as usize];
        *asked += 1;
        if *asked < size - 1 {
            self.ask_after_return(world, (group, place));
        }
    }

    /// `member` tells what it has, if it has anything.
    pub(super) fn offer<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (member, to): (NodeId, NodeId),
        group: u32,
    ) {
        let place = self.ledger.place(group, member);
        if self.ledger.groups[group as usize].members[place as usize].holding > 0 {
            let at = world.now();
            self.say(world, (member, to), GroupMessage::Offer { group, at });
        }
    }

    /// `member` hears what the `other` had then, and asks for what it lacks of that.
    pub(super) fn on_offer<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (member, other): (NodeId, NodeId),
        group: u32,
        at: Time,
    ) {
        let Some(terms) = self.terms_of_peers() else { return };
        let now = world.now();
        // What was asked for and has not begun to come after a round is asked for again.
        let since = Time::from_nanos(now.nanos().saturating_sub(terms.every.nanos()));
        let place = self.ledger.place(group, member);
        let other_place = self.ledger.place(group, other);
        let ledger = &self.ledger;
        let of_group = &ledger.groups[group as usize];
        if of_group.members[place as usize].lacking == 0 {
            return;
        }
        let is_wanted = |&id: &UpdateId| {
            ledger.is_wanted(id, place, since) && ledger.had_at(id, other_place, at)
        };
        let wanted: Vec<UpdateId> = of_group.open.iter().copied().filter(is_wanted).collect();
        if wanted.is_empty() {
            return;
        }
        for &id in &wanted {
            self.ledger.set_asked(id, place, now);
        }
        let list = self.list_count;
        self.list_count = self.list_count.wrapping_add(1);
        self.lists.insert(list, wanted);
        self.say(world, (member, other), GroupMessage::Want { group, list });
    }

    /// `member` is asked for what it has offered.
    pub(super) fn on_want<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (member, other): (NodeId, NodeId),
        group: u32,
        list: u32,
    ) {
        let ends = (self.ledger.place(group, member), self.ledger.place(group, other));
        let Some(wanted) = self.lists.remove(&list) else { return };
        self.send_copies(world, group, ends, wanted, Route::Direct, Way::Answer);
    }

    /// `member` hears that nobody has heard what it wants.
    pub(super) fn on_want_lost(&mut self, member: NodeId, group: u32, list: u32) {
        let place = self.ledger.place(group, member);
        for id in self.lists.remove(&list).unwrap_or_default() {
            self.ledger.set_asked(id, place, Time::NEVER);
        }
    }

    /// Who is connected in trees: neighbours there.
    pub(super) fn edges(&self) -> Vec<(NodeId, NodeId)> {
        let Some(Spread::Tree { degree }) = self.terms_of_peers().map(|terms| terms.spread) else {
            return Vec::new();
        };
        let mut edges = Vec::new();
        for group in 0..self.ledger.groups.len() as u32 {
            for place in 1..self.size(group) {
                let above = self.ledger.node(group, (place - 1) / degree);
                edges.push((above, self.ledger.node(group, place)));
            }
        }
        edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_an_edge_less_than_members_and_joins_them_all() {
        for (degree, count) in [(1, 6), (2, 7), (3, 20), (9, 4)] {
            let ends = |place| neighbours(place, degree, count).map(move |other| (place, other));
            let edges: Vec<(u32, u32)> = (0..count).flat_map(ends).collect();
            assert_eq!(edges.len() as u32, 2 * (count - 1));
            assert!(edges.iter().all(|&(a, b)| edges.contains(&(b, a))));
            // Each but the first has one before it, so all hang together.
            assert!((1..count).all(|place| neighbours(place, degree, count).any(|o| o < place)));
        }
        assert_eq!(neighbours(1, 2, 7).collect::<Vec<_>>(), [0, 3, 4]);
    }

    #[test]
    fn rounds_are_in_step() {
        let every = Duration::from_whole_secs(4);
        for (now, after) in [(0, 4), (3, 1), (4, 4), (9, 3)] {
            let now = Time::ZERO + Duration::from_whole_secs(now);
            assert_eq!(until_next(now, every), Duration::from_whole_secs(after));
        }
    }
}
