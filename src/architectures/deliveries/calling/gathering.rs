//! How a conference gathers: all who are invited are looked for at once, and it begins when the first one comes.
//!
//! Its request is answered then. Who comes later joins; who is busy, down or cannot be reached stays away, and when all do
//! the request has failed, for the reason of the first.

use super::super::super::Timer;
use super::call::{Stage, Word};
use super::conference::{Conference, ConferenceWay, Direction, Member, Whereabouts};
use super::{Calling, CallingMessage, CallingTimer};
use crate::architectures::finders::Finder;
use crate::architectures::{Composition, Message};
use crate::engine::{Envelope, Loss, RequestId, World};
use crate::metrics::{Answer, FailureReason, Turnout};
use crate::model::{Invitation, ObjectId};
use crate::network::{Bottleneck, NodeId};
use crate::units::{Duration, Time};

impl<E: Envelope> Calling<E> {
    /// The addresses that are to be looked for.
    pub(super) fn begin_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
        invitation: Invitation,
    ) -> Vec<ObjectId> {
        let state = world.request(request);
        let (host, attempt, workload) = (state.node, state.attempt, state.workload);
        if !self.take_line(host) {
            world.give_up(request, FailureReason::Refused);
            return Vec::new();
        }
        let addresses = invitation.addresses;
        let mut members = vec![Member::new(None, Some(host))];
        members.extend(addresses.iter().map(|&address| Member::new(Some(address), None)));
        let mut conference = Conference {
            request,
            attempt,
            workload,
            stage: Stage::Inviting,
            bridge: None,
            is_bridge_lost: false,
            directions: vec![Direction::default(); members.len() * members.len()],
            members,
            keeper: 0,
            holding: invitation.holding,
            begun: Time::NEVER,
            ends: Time::NEVER,
            restarts: 0,
            reason: None,
            turnout: Turnout { invited: addresses.len() as u64, ..Turnout::default() },
        };
        if !self.choose_bridge(world, &mut conference) {
            self.free_line(host);
            world.give_up(request, FailureReason::ServerDown);
            return Vec::new();
        }
        let number = self.next_call;
        self.next_call += 1;
        self.conferences.insert(number, conference);
        self.hosts.insert(request, number);
        let mut sought = Vec::new();
        for address in addresses {
            let searching = self.searching.entry((host, address)).or_default();
            searching.push(request);
            if searching.len() == 1 {
                sought.push(address);
            }
        }
        sought
    }

    /// A bridge that is up for a conference that needs one: another one than it had, if there is; whether it has what it needs.
    pub(super) fn choose_bridge<F: Finder>(
        &self,
        world: &World<'_, Composition<F, Self>>,
        conference: &mut Conference,
    ) -> bool {
        if self.settings.conferences.way == ConferenceWay::Mesh {
            return true;
        }
        let ways = self.ways.as_ref().expect("made in on_start");
        let is_free = |bridge: NodeId| conference.place_of(bridge).is_none();
        let bridges = ways.bridges(world, conference.host(), is_free);
        let other = bridges.iter().find(|&&bridge| Some(bridge) != conference.bridge);
        let Some(&bridge) = other.or(bridges.first()) else { return false };
        conference.bridge = Some(bridge);
        conference.is_bridge_lost = false;
        true
    }

    /// `callee` has been found at an address that a conference looks for.
    pub(super) fn summon<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        address: ObjectId,
        callee: NodeId,
    ) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        let Some(place) = sought_at(conference, address) else { return };
        let host = conference.host();
        conference.members[place].node = Some(callee);
        let ways = self.ways.as_ref().expect("made in on_start");
        let words = match conference.bridge {
            // They speak with each other.
            None => ways.between(world, host, callee).map(|way| way.words),
            Some(_) => ways.words(world, host, callee),
        };
        let Some(words) = words else {
            return self.stays_away(world, number, place, FailureReason::Unreachable);
        };
        let member = &mut conference.members[place];
        (member.words, member.whereabouts) = (words, Whereabouts::Invited);
        self.tell(world, host, (number, place), Word::Invite);
    }

    /// Nobody has been found at an address that a conference looks for.
    pub(super) fn not_found<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        address: ObjectId,
        reason: FailureReason,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        if let Some(place) = sought_at(conference, address) {
            self.stays_away(world, number, place, reason);
        }
    }

    /// `place` will not come.
    pub(super) fn stays_away<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        place: usize,
        reason: FailureReason,
    ) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        if conference.members[place].whereabouts == Whereabouts::In {
            return;
        }
        conference.leaves(place, world.now());
        conference.reason.get_or_insert(reason);
        self.take_stock(world, number);
    }

    /// `from` says something about the conference to the member at this place or to who invited him, or to who passes it on.
    pub(super) fn tell<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        (number, place): (u32, usize),
        word: Word,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        let member = &conference.members[place];
        let Some(other) = addressee(conference, place, word) else { return };
        let next = member.words.filter(|&relay| relay != from).unwrap_or(other);
        let message =
            CallingMessage::OfConference { conference: number, place: place as u16, word };
        world.send_on_connection(from, next, Message::Delivery(message));
    }

    pub(super) fn hear_of_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        (number, place): (u32, usize),
        word: Word,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        if addressee(conference, place, word) != Some(to) {
            return self.tell(world, to, (number, place), word);
        }
        let is_awaited = conference.members[place].whereabouts == Whereabouts::Invited;
        match word {
            // It is over.
            Word::Invite if !is_awaited || conference.stage == Stage::Over => {}
            Word::Invite => {
                let is_free = self.take_line(to);
                if let Some(conference) = self.conferences.get_mut(&number) {
                    conference.members[place].is_engaged = is_free;
                }
                let answer = if is_free { Word::Accept } else { Word::Decline };
                self.tell(world, to, (number, place), answer);
            }
            // It goes on without him, or is over.
            Word::Accept if !is_awaited => {
                self.tell(world, to, (number, place), Word::Bye);
            }
            Word::Accept => self.comes(world, number, place),
            Word::Decline => self.stays_away(world, number, place, FailureReason::Refused),
            Word::Failed => self.stays_away(world, number, place, FailureReason::ServerDown),
            Word::Bye => self.release_member(number, place),
        }
    }

    /// Who said `word` hears that it did not arrive.
    pub(super) fn unheard_of_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        (number, place): (u32, usize),
        word: Word,
        why: Loss,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        match word {
            Word::Invite if from != conference.host() => {
                self.tell(world, from, (number, place), Word::Failed);
            }
            Word::Invite => self.stays_away(world, number, place, why.into()),
            Word::Accept | Word::Decline | Word::Failed => {
                // Nobody answers who invited him.
                self.release_member(number, place);
                self.stays_away(world, number, place, why.into());
            }
            // Nothing is heard of the conference any more.
            Word::Bye => self.release_member(number, place),
        }
    }

    /// Who was invited accepts: the first one begins the conference, others join it.
    fn comes<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        place: usize,
    ) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        match conference.stage {
            Stage::Over => return,
            Stage::Talking | Stage::Broken => conference.joins(place, world.now()),
            Stage::Inviting if world.is_running(conference.request, conference.attempt) => {
                conference.joins(place, world.now());
                self.open_conference(world, number, place);
            }
            Stage::Inviting => return,
        }
        self.connect(world, number);
    }

    fn open_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        first: usize,
    ) {
        let Some(mut conference) = self.conferences.remove(&number) else { return };
        let now = world.now();
        conference.stage = Stage::Talking;
        (conference.begun, conference.ends) = (now, now + conference.holding);
        conference.joins(0, now);
        if conference.is_bridge_lost {
            // Where there is none it stays lost, and who looks after it finds out at once.
            self.choose_bridge(world, &mut conference);
        }
        let (host, request, holding) = (conference.host(), conference.request, conference.holding);
        let provider = conference.members[first].node;
        self.conferences.insert(number, conference);
        let answer = Answer {
            provider,
            is_delivery: false,
            started: now,
            service: Duration::ZERO,
            bottleneck: Bottleneck::Unknown,
        };
        world.conversation_begins();
        world.answer(request, answer);
        let adjourn = CallingTimer::Adjourn { conference: number };
        world.wake(host, holding, Timer::Delivery(adjourn));
        // Also a short one is looked at once.
        let first = super::talking::SAMPLE.min(holding).scaled(self.chance(request, "sample", 0));
        let listen = CallingTimer::Listen { conference: number };
        world.wake(host, first, Timer::Delivery(listen));
        self.take_stock(world, number);
    }

    /// A request is no longer to be told who is at these addresses.
    pub(super) fn stop_searching(
        &mut self,
        caller: NodeId,
        addresses: impl Iterator<Item = ObjectId>,
        request: RequestId,
    ) {
        for address in addresses {
            if let Some(searching) = self.searching.get_mut(&(caller, address)) {
                searching.retain(|&other| other != request);
                if searching.is_empty() {
                    self.searching.remove(&(caller, address));
                }
            }
        }
    }
}

/// The place of the member who is looked for at `address`.
fn sought_at(conference: &Conference, address: ObjectId) -> Option<usize> {
    let is_sought = |member: &Member| {
        member.address == Some(address) && member.whereabouts == Whereabouts::Sought
    };
    conference.members.iter().position(is_sought)
}

/// For whom a word about the member at this place is.
fn addressee(conference: &Conference, place: usize, word: Word) -> Option<NodeId> {
    match word.is_of_caller() {
        true => conference.members[place].node,
        false => Some(conference.host()),
    }
}
