//! A server that keeps what a group shares: it tells members, or members ask.
//!
//! Who changes something sends it to the server, and keeps it until the server has it. A server sends what
//! a member lacks over a connection of its own, one batch after another; what comes meanwhile goes with the next one. All that it
//! has is on its disk, so a member that has been away gets all of it when it is back.
//!
//! A member that cannot reach its server, or hears that it has gone down, tries again after `reconnect`. A server tries
//! again as well where the network leads nowhere, but waits for members that went down to come back.

use super::flights::Route;
use super::ledger::{SERVER, UpdateId};
use super::message::{GroupMessage, GroupTimer};
use super::settings::{Scheme, ServerTerms};
use super::{GroupWorld, Groupware, Way};
use crate::architectures::finders::Finder;
use crate::engine::{Envelope, Loss};
use crate::network::NodeId;

/// Between a member and its server.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// How often the member has come up; of that session the server knows that it is there.
    session: u32,
    connected: Option<u32>,
    /// The session that it has sent something to last.
    told: Option<u32>,
    /// Copies are on their way to the member, and to the server.
    is_receiving: bool,
    is_sending: bool,
    /// The member is to try again, and the server.
    is_to_reconnect: bool,
    is_to_try_again: bool,
    /// What the member has made and the server does not have, in that order.
    outbox: Vec<UpdateId>,
}

impl Line {
    /// As it is at the start.
    pub fn open() -> Line {
        Line { connected: Some(0), ..Line::default() }
    }
}

impl<E: Envelope> Groupware<E> {
    fn terms_of_server(&self) -> Option<&ServerTerms> {
        match &self.scheme {
            Scheme::Server(terms) => Some(terms),
            Scheme::Peers(_) => None,
        }
    }

    /// The server of a group.
    pub(super) fn server(&self, group: u32) -> Option<NodeId> {
        let servers = &self.terms_of_server()?.servers;
        Some(servers[group as usize % servers.len()])
    }

    pub(super) fn polls(&self) -> bool {
        self.terms_of_server().is_some_and(|terms| terms.poll.is_some())
    }

    fn line(&mut self, group: u32, place: u32) -> &mut Line {
        &mut self.lines[group as usize][place as usize]
    }

    /// Each member asks for the first time at a random instant of a period.
    pub(super) fn begin_polling<F: Finder>(&mut self, world: &mut GroupWorld<'_, F, E>) {
        let Some(period) = self.terms_of_server().and_then(|terms| terms.poll) else { return };
        let key = world.key().text("poll");
        for group in 0..self.ledger.groups.len() as u32 {
            for place in 0..self.ledger.groups[group as usize].members.len() as u32 {
                let phase = key.number(group.into()).draw(place.into()).uniform();
                let timer = super::timer(GroupTimer::Poll { group, place });
                world.wake(self.ledger.node(group, place), period.scaled(phase), timer);
            }
        }
    }

    pub(super) fn on_poll_timer<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let Some(period) = self.terms_of_server().and_then(|terms| terms.poll) else { return };
        let member = self.ledger.node(group, place);
        world.wake(member, period, super::timer(GroupTimer::Poll { group, place }));
        // Who is getting something hears of what is left with the next question.
        if !self.line(group, place).is_receiving
            && let Some(server) = self.server(group)
        {
            self.say(world, (member, server), GroupMessage::Poll { group });
        }
    }

    /// What a member has made goes to the server.
    pub(super) fn hand_in<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
        made: Option<UpdateId>,
    ) {
        let way = if self.polls() { Way::Anew } else { Way::Open };
        let line = self.line(group, place);
        line.outbox.extend(made);
        if line.is_sending || line.outbox.is_empty() {
            return;
        }
        line.is_sending = true;
        let updates = line.outbox.clone();
        self.send_copies(world, group, (place, SERVER), updates, Route::Direct, way);
    }

    /// The server has got something of the member at `from`.
    pub(super) fn handed_in<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, from): (u32, u32),
        updates: &[UpdateId],
    ) {
        for &id in updates {
            self.ledger.store(id, world.now());
        }
        let line = self.line(group, from);
        line.is_sending = false;
        line.outbox.retain(|id| updates.binary_search(id).is_err());
        if world.is_up(self.ledger.node(group, from)) {
            self.hand_in(world, (group, from), None);
        }
        if !self.polls() {
            for place in 0..self.lines[group as usize].len() as u32 {
                self.tell(world, group, place);
            }
        }
    }

    /// The server sends what the member lacks, if there is anything, and it is there; whether it does.
    fn tell<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        group: u32,
        place: u32,
    ) -> bool {
        let polls = self.polls();
        let line = self.line(group, place);
        if line.is_receiving || (line.connected.is_none() && !polls) {
            return false;
        }
        let open = self.ledger.groups[group as usize].open.iter().copied();
        let is_new = |&id: &UpdateId| {
            self.ledger.update(id).stored <= world.now() && !self.ledger.has(id, place)
        };
        let updates: Vec<UpdateId> = open.filter(is_new).collect();
        if updates.is_empty() {
            return false;
        }
        let line = self.line(group, place);
        (line.is_receiving, line.told) = (true, line.connected);
        let way = if polls { Way::Answer } else { Way::Open };
        self.send_copies(world, group, (SERVER, place), updates, Route::Direct, way);
        true
    }

    /// The member at `to` has got something of the server.
    pub(super) fn told<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, to): (u32, u32),
    ) {
        self.line(group, to).is_receiving = false;
        if !self.polls() {
            self.tell(world, group, to);
        }
    }

    pub(super) fn on_poll<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (member, server): (NodeId, NodeId),
        group: u32,
    ) {
        let place = self.ledger.place(group, member);
        if !self.tell(world, group, place) {
            self.say(world, (server, member), GroupMessage::Nothing);
        }
    }

    pub(super) fn on_hello<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        member: NodeId,
        (group, session): (u32, u32),
    ) {
        let place = self.ledger.place(group, member);
        self.line(group, place).connected = Some(session);
        self.tell(world, group, place);
    }

    /// The server hears that the member has gone down.
    pub(super) fn on_member_gone(&mut self, group: u32, place: u32, session: u32) {
        self.line(group, place).connected.take_if(|connected| *connected == session);
    }

    /// The member hears that the server has.
    pub(super) fn on_server_gone<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        member: NodeId,
        (group, session): (u32, u32),
    ) {
        let place = self.ledger.place(group, member);
        if self.line(group, place).session == session {
            self.reconnect_later(world, (group, place));
        }
    }

    pub(super) fn reconnect_later<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let Some(after) = self.terms_of_server().map(|terms| terms.reconnect) else { return };
        let member = self.ledger.node(group, place);
        if !std::mem::replace(&mut self.line(group, place).is_to_reconnect, true) {
            world.wake(member, after, super::timer(GroupTimer::Reconnect { group, place }));
        }
    }

    /// A member goes to its server, with what it has made.
    pub(super) fn connect<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let Some(server) = self.server(group) else { return };
        let member = self.ledger.node(group, place);
        let line = self.line(group, place);
        line.is_to_reconnect = false;
        let session = line.session;
        if !self.polls() {
            self.say(world, (member, server), GroupMessage::Hello { group, session });
        }
        self.hand_in(world, (group, place), None);
    }

    /// Copies between a member and its server have not arrived, as who sent them hears.
    pub(super) fn on_copies_lost<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        group: u32,
        (from, to): (u32, u32),
        why: Loss,
    ) {
        if from != SERVER {
            self.line(group, from).is_sending = false;
            return self.reconnect_later(world, (group, from));
        }
        let polls = self.polls();
        self.line(group, to).is_receiving = false;
        if polls {
            return;
        }
        match why {
            Loss::NodeDown => {
                let line = self.line(group, to);
                if line.connected == line.told {
                    line.connected = None;
                }
                // It may be back already.
                self.tell(world, group, to);
            }
            Loss::Unreachable | Loss::QueueFull => self.try_again_later(world, group, to),
        }
    }

    fn try_again_later<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        group: u32,
        place: u32,
    ) {
        let Some(after) = self.terms_of_server().map(|terms| terms.reconnect) else { return };
        let Some(server) = self.server(group) else { return };
        if !std::mem::replace(&mut self.line(group, place).is_to_try_again, true) {
            world.wake(server, after, super::timer(GroupTimer::Again { group, place }));
        }
    }

    pub(super) fn on_again<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        self.line(group, place).is_to_try_again = false;
        self.tell(world, group, place);
    }

    /// A member goes down; its connection breaks.
    pub(super) fn member_is_down<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        let Some(server) = self.server(group) else { return };
        let is_server_up = world.is_up(server);
        let node = self.ledger.node(group, place);
        let line = self.line(group, place);
        (line.is_sending, line.is_to_reconnect) = (false, false);
        if !is_server_up {
            line.is_receiving = false;
        }
        if let Some(session) = line.connected {
            let gone = GroupMessage::MemberGone { group, place, session };
            world.break_connection(node, server, super::message(gone));
        }
        self.line(group, place).session += 1;
    }

    /// A member is back.
    pub(super) fn member_is_back<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        (group, place): (u32, u32),
    ) {
        self.connect(world, (group, place));
        if self.polls() {
            self.on_poll_timer(world, (group, place));
        }
    }

    /// The server of `group` goes down; all connections to it break.
    pub(super) fn server_is_down<F: Finder>(
        &mut self,
        world: &mut GroupWorld<'_, F, E>,
        server: NodeId,
        group: u32,
    ) {
        for place in 0..self.lines[group as usize].len() as u32 {
            let member = self.ledger.node(group, place);
            let is_up = world.is_up(member);
            let line = self.line(group, place);
            (line.is_receiving, line.is_to_try_again) = (false, false);
            if !is_up {
                line.is_sending = false;
            }
            if let Some(session) = line.connected.take() {
                let gone = GroupMessage::ServerGone { group, session };
                world.break_connection(server, member, super::message(gone));
            }
        }
    }
}
