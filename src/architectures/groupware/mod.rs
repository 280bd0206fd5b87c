//! Groupware: what one member of a group changes, all others are to see.
//!
//! The groups are those of the workloads. A change is a request of its author, which is answered when the last
//! of the others has it: of those that are there or will be again, whether they were up at the time of the change or not. What
//! somebody has is on its disk. An update does not need its author once another one has it, or the server; what only those
//! have who are gone for good has failed.
//!
//! [`hub`] has the server, [`peers`] what members do without one, [`ledger`] who has what.
//!
//! Left out: what is done about updates that conflict, updates that replace earlier ones, and members that join and leave
//! a group; see `docs/limits.md`.

mod counts;
mod flights;
mod hub;
mod ledger;
mod members;
mod message;
mod peers;
mod settings;

pub use message::{GroupMessage, GroupTimer};
pub use settings::{PeerTerms, Scheme, ServerTerms, Spread, Style};

use std::marker::PhantomData;

use std::collections::BTreeMap;

use self::flights::{Flight, Flights, Route};
use self::hub::Line;
use self::ledger::{Ended, Ledger, SERVER, UpdateId};
use super::Composition;
use super::composition::{Message, Timer};
use super::deliveries::{Delivery, Outcome};
use super::finders::Finder;
use crate::engine::{Bare, Envelope, Loss, RequestId, World};
use crate::metrics::{Answer, FailureReason, Role};
use crate::model::{Ask, FaultKind, Model};
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::{Bytes, Duration};

/// A world in which groups share something.
type GroupWorld<'m, F, E> = World<'m, Composition<F, Groupware<E>>>;

/// All groups of a run.
#[derive(Debug)]
pub struct Groupware<E = Bare> {
    envelope: PhantomData<E>,
    scheme: Scheme,
    ledger: Ledger,
    flights: Flights,
    /// By group and place: connections to servers; empty without.
    lines: Vec<Vec<Line>>,
    /// By group and place: members that did not answer who asked for what it had missed.
    asked_after_return: Vec<Vec<u32>>,
    /// What is wanted of who has offered it, on the way there.
    lists: BTreeMap<u32, Vec<UpdateId>>,
    list_count: u32,
    choices: Option<Stream>,
}

/// On what connection copies are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// One that is always there.
    Open,
    /// One that the sender opens for it.
    Anew,
    /// One that the receiver has opened to ask.
    Answer,
}

fn message<F: Finder, E: Envelope>(message: GroupMessage) -> Message<F, Groupware<E>> {
    Message::Delivery(message)
}

fn timer<F: Finder, E: Envelope>(timer: GroupTimer) -> Timer<F, Groupware<E>> {
    Timer::Delivery(timer)
}

impl<E: Envelope> Groupware<E> {
    /// One replication, in which updates go their way by `scheme`.
    pub fn new(scheme: Scheme, model: &Model) -> Groupware<E> {
        let ledger = Ledger::new(model);
        let by_member = |group: &ledger::Group| group.members.len();
        let lines = match &scheme {
            Scheme::Server(_) => {
                ledger.groups.iter().map(|group| vec![Line::open(); by_member(group)]).collect()
            }
            Scheme::Peers(_) => Vec::new(),
        };
        Groupware {
            envelope: PhantomData,
            scheme,
            flights: Flights::new(ledger.groups.len()),
            lines,
            asked_after_return: ledger.groups.iter().map(|g| vec![0; by_member(g)]).collect(),
            ledger,
            lists: BTreeMap::new(),
            list_count: 0,
            choices: None,
        }
    }

    /// A word on a connection.
    fn say<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (from, to): (NodeId, NodeId),
        word: GroupMessage,
    ) {
        self.ledger.counts.tally.messages += 1;
        world.send_on_connection(from, to, message(word));
    }

    /// Who is at `place` of a group: a member or its server.
    fn whoever_is_at(&self, group: u32, place: u32) -> Option<NodeId> {
        if place == SERVER { self.server(group) } else { Some(self.ledger.node(group, place)) }
    }

    /// Sends updates of a group from one place to another, in one transfer.
    fn send_copies<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        group: u32,
        (from, to): (u32, u32),
        updates: Vec<UpdateId>,
        route: Route,
        way: Way,
    ) {
        let ends = (self.whoever_is_at(group, from), self.whoever_is_at(group, to));
        let (Some(sender), Some(receiver)) = ends else { return };
        let size: Bytes = updates.iter().map(|&id| self.ledger.update(id).size).sum();
        self.ledger.counts.tally.messages += 1;
        let flight = Flight { from, to, route, updates };
        let flight = self.flights.begin(&mut self.ledger, group, flight);
        let message = message(GroupMessage::Copies { group, flight });
        match way {
            Way::Open => world.transfer_queued(sender, receiver, size, world.now(), message),
            Way::Anew => world.transfer(sender, receiver, size, message),
            Way::Answer => world.transfer_answer(sender, receiver, size, message),
        };
    }

    fn arrive<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>, group: u32, number: u32) {
        let Some(flight) = self.flights.end(&mut self.ledger, group, number) else { return };
        let Flight { from, to, route, updates } = flight;
        let size: Bytes = updates.iter().map(|&id| self.ledger.update(id).size).sum();
        self.ledger.counts.tally.bytes += u128::from(size.count());
        if to == SERVER {
            return self.handed_in(world, (group, from), &updates);
        }
        if let Some(sender) = self.whoever_is_at(group, from) {
            world.served(sender);
        }
        for &id in &updates {
            let (is_new, is_done) = self.ledger.obtain(world.now(), id, to);
            if is_new {
                world.gained();
            } else {
                world.wasted(self.ledger.update(id).size);
            }
            if is_done {
                self.all_have(world, id);
            }
        }
        if from == SERVER {
            self.told(world, (group, to));
        } else if let Route::Tree { over } = route {
            self.pass_on(world, (group, to), over, &updates);
        }
    }

    /// The last one has an update, who is to have it.
    fn all_have<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>, id: UpdateId) {
        let request = self.ledger.update(id).request;
        if !world.is_open(request) {
            return;
        }
        let started = world.request(request).issued;
        let (bottleneck, _) = world.bottleneck();
        let service = Duration::ZERO;
        let answer = Answer { provider: None, is_delivery: false, started, service, bottleneck };
        world.answer(request, answer);
    }

    fn end<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>, ended: Ended) {
        for id in ended.done {
            self.all_have(world, id);
        }
        for id in ended.lost {
            world.give_up(self.ledger.update(id).request, FailureReason::ClientDown);
        }
    }

    /// Groups of which `node` is the server.
    fn groups_of_server(&self, node: NodeId) -> Vec<u32> {
        let groups = 0..self.ledger.groups.len() as u32;
        groups.filter(|&group| self.server(group) == Some(node)).collect()
    }

    fn break_flights<F: Finder>(&mut self, world: &GroupWorld<'_, F, E>, group: u32, place: u32) {
        let server = self.server(group);
        let is_up = |ledger: &Ledger, other: u32| match other {
            SERVER => server.is_some_and(|server| world.is_up(server)),
            _ => world.is_up(ledger.node(group, other)),
        };
        self.flights.break_all(&mut self.ledger, group, place, is_up);
    }
}

impl<E: Envelope> Delivery for Groupware<E> {
    type Envelope = E;
    type Message = GroupMessage;
    type Timer = GroupTimer;

    fn on_start<F: Finder>(&mut self, _finder: &mut F, world: &mut GroupWorld<'_, F, E>) {
        self.choices = Some(world.key().text("gossip").stream());
        match &self.scheme {
            Scheme::Server(terms) => {
                terms.servers.iter().for_each(|&server| world.declare(server, Role::Server));
                self.begin_polling(world);
            }
            Scheme::Peers(_) => {
                for group in 0..self.ledger.groups.len() as u32 {
                    for place in 0..self.ledger.groups[group as usize].members.len() as u32 {
                        world.declare(self.ledger.node(group, place), Role::Peer);
                        self.await_round(world, (group, place));
                    }
                }
            }
        }
    }

    fn begin_update<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>, request: RequestId) {
        let state = *world.request(request);
        let Ask::Update { size } = state.ask() else { return };
        let places = self.ledger.places_of(world.model(), state.node);
        let is_of_workload = |&(group, _): &(u32, u32)| {
            self.ledger.groups[group as usize].workload == state.workload
        };
        let Some(place) = places.into_iter().find(is_of_workload) else {
            return world.give_up(request, FailureReason::NotFound);
        };
        world.found(request, 0);
        let (id, is_done) = self.ledger.make(world.now(), request, place, size);
        if is_done {
            self.all_have(world, id);
        }
        match &self.scheme {
            Scheme::Server(_) => self.hand_in(world, place, Some(id)),
            Scheme::Peers(_) => self.spread(world, place, id),
        }
    }

    fn longest_wait(&self) -> Duration {
        match &self.scheme {
            Scheme::Server(terms) => terms.reconnect.max(terms.poll.unwrap_or_default()),
            Scheme::Peers(terms) => terms.every,
        }
    }

    fn on_message<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut GroupWorld<'_, F, E>,
        to: NodeId,
        from: NodeId,
        message: GroupMessage,
    ) -> Option<Outcome> {
        match message {
            GroupMessage::Copies { group, flight } => self.arrive(world, group, flight),
            GroupMessage::Hello { group, session } => self.on_hello(world, from, (group, session)),
            GroupMessage::Poll { group } => self.on_poll(world, (from, to), group),
            GroupMessage::Offer { group, at } => self.on_offer(world, (to, from), group, at),
            GroupMessage::Ask { group } => self.offer(world, (to, from), group),
            GroupMessage::Exchange { group, at, .. } => {
                self.on_offer(world, (to, from), group, at);
                self.offer(world, (to, from), group);
            }
            GroupMessage::Want { group, list } => self.on_want(world, (to, from), group, list),
            GroupMessage::Nothing => {}
            // Nobody says these: they are what is not heard any more.
            GroupMessage::ServerGone { .. } | GroupMessage::MemberGone { .. } => {}
        }
        None
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut GroupWorld<'_, F, E>,
        from: NodeId,
        _to: NodeId,
        message: GroupMessage,
        why: Loss,
    ) -> Option<Outcome> {
        match message {
            GroupMessage::Copies { group, flight } => {
                let flight = self.flights.end(&mut self.ledger, group, flight)?;
                if self.lines.is_empty() {
                    self.go_past(world, group, &flight);
                } else {
                    self.on_copies_lost(world, group, (flight.from, flight.to), why);
                }
            }
            GroupMessage::Hello { group, .. } => {
                let place = self.ledger.place(group, from);
                self.reconnect_later(world, (group, place));
            }
            GroupMessage::Exchange { group, is_return: true, .. } => {
                self.ask_another(world, from, group);
            }
            GroupMessage::Want { group, list } => self.on_want_lost(from, group, list),
            // There is another question, or another round.
            GroupMessage::Poll { .. }
            | GroupMessage::Nothing
            | GroupMessage::Offer { .. }
            | GroupMessage::Ask { .. }
            | GroupMessage::Exchange { .. }
            | GroupMessage::ServerGone { .. }
            | GroupMessage::MemberGone { .. } => {}
        }
        None
    }

    fn on_broken<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut GroupWorld<'_, F, E>,
        to: NodeId,
        message: GroupMessage,
        arrived: Bytes,
    ) -> Option<Outcome> {
        world.wasted(arrived);
        match message {
            GroupMessage::Copies { group, flight } => {
                self.flights.end(&mut self.ledger, group, flight);
            }
            GroupMessage::ServerGone { group, session } => {
                self.on_server_gone(world, to, (group, session));
            }
            GroupMessage::MemberGone { group, place, session } => {
                self.on_member_gone(group, place, session);
            }
            GroupMessage::Hello { .. }
            | GroupMessage::Poll { .. }
            | GroupMessage::Nothing
            | GroupMessage::Offer { .. }
            | GroupMessage::Ask { .. }
            | GroupMessage::Exchange { .. }
            | GroupMessage::Want { .. } => {}
        }
        None
    }

    fn on_timer<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut GroupWorld<'_, F, E>,
        _node: NodeId,
        timer: GroupTimer,
    ) {
        match timer {
            GroupTimer::Poll { group, place } => self.on_poll_timer(world, (group, place)),
            GroupTimer::Reconnect { group, place } => self.connect(world, (group, place)),
            GroupTimer::Again { group, place } => self.on_again(world, (group, place)),
            GroupTimer::Round { group, place } => self.on_round(world, (group, place)),
        }
    }

    fn on_down<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>, node: NodeId) {
        let is_gone = world.is_gone_for_good(node);
        for (group, place) in self.ledger.places_of(world.model(), node) {
            self.break_flights(world, group, place);
            if !self.lines.is_empty() {
                self.member_is_down(world, (group, place));
            }
            let ended = self.ledger.went_down(world.now(), group, place, is_gone);
            self.end(world, ended);
        }
        for group in self.groups_of_server(node) {
            self.break_flights(world, group, SERVER);
            self.server_is_down(world, node, group);
            if is_gone {
                let lost = self.ledger.server_is_gone(world.now(), group);
                self.end(world, Ended { done: Vec::new(), lost });
            }
        }
    }

    fn on_up<F: Finder>(&mut self, _: &mut F, world: &mut GroupWorld<'_, F, E>, node: NodeId) {
        for (group, place) in self.ledger.places_of(world.model(), node) {
            self.ledger.came_up(world.now(), group, place);
            if self.lines.is_empty() {
                self.asked_after_return[group as usize][place as usize] = 0;
                self.ask_after_return(world, (group, place));
                self.await_round(world, (group, place));
            } else {
                self.member_is_back(world, (group, place));
            }
        }
    }

    fn on_ways_changed<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>) {
        let now = world.now();
        let is_over = world.model().faults.iter().any(|fault| {
            let is_of_network = match fault.kind {
                FaultKind::Links { .. }
                | FaultKind::Partition { .. }
                | FaultKind::LoseMessages { .. } => true,
                FaultKind::Crash { .. }
                | FaultKind::Leave { .. }
                | FaultKind::Crashes { .. }
                | FaultKind::Attack(_)
                | FaultKind::Cascade(_) => false,
            };
            is_of_network && fault.until == now
        });
        if is_over {
            self.ledger.healed(now);
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        self.edges()
    }

    fn on_end<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>) {
        let (tally, each) = self.ledger.finish(world.now());
        world.record_updates(tally, each);
    }
}
