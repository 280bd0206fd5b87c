//! Calling: whoever has been found is invited, and when he accepts both speak until the caller hangs up.
//!
//! Everybody has one line, a gateway several: who has none free declines. The request is answered when the callee has
//! picked up, which he does at once, so that its response time is that of the set-up. What both say are streams
//! ([`World::begin_stream`]), and once a second the caller looks at what is heard of either; nothing of that takes
//! a message. Of a conversation that ends the callee hears by a word, and keeps his line until then.
//!
//! Who goes down breaks his calls. A call breaks as well when its relay goes down, or when nothing has been heard for
//! [`MOST_SILENCE`]; it is then dropped, or taken up again over another way. Sources: RFC 3261, sections 12 to 15, for
//! the words; RFC 5128 and RFC 8656 for relays; RFC 7667 for conferences, which are in `conference` and in `gathering`, `meeting` and
//! `parting`, for their begin, their course and their end.

mod call;
mod conference;
mod gathering;
mod meeting;
mod parting;
mod setting_up;
mod talking;
mod ways;

use std::marker::PhantomData;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use self::call::{Call, Stage};
pub use self::call::{CallingMessage, CallingTimer};
use self::conference::Conference;
pub use self::conference::{ConferenceSettings, ConferenceWay};
pub use self::ways::MediaWay;
use self::ways::Ways;
use super::{Delivery, Outcome};
use crate::architectures::finders::{Finder, Found};
use crate::architectures::{Composition, Message};
use crate::engine::{Bare, Envelope, Exit, Loss, RequestId, World};
use crate::metrics::{CallEnd, FailureReason, Role};
use crate::model::{Ask, ObjectId};
use crate::network::NodeId;
use crate::random::Key;
use crate::units::{Bytes, Duration};

/// Samples without a sound after which a conversation is given up, one a second.
const MOST_SILENCE: u32 = 30;

#[derive(Clone, Debug, Default)]
pub struct CallingSettings {
    pub media: MediaWay,
    /// Who passes on; those of them that accept no connection do not.
    pub relays: Vec<NodeId>,
    /// Those of them that do nothing else.
    pub servers: Vec<NodeId>,
    pub conferences: ConferenceSettings,
    /// Lines of those that have more than one.
    pub lines: Vec<(NodeId, u32)>,
    /// So long after the packets that are never late speech is played.
    pub buffer: Duration,
    /// So long after it is known that a relay or a bridge has gone a call is taken up again through another; `None`: it is not.
    pub restart_after: Option<Duration>,
}

#[derive(Debug)]
pub struct Calling<E = Bare> {
    envelope: PhantomData<E>,
    settings: CallingSettings,
    /// Made at the start.
    ways: Option<Ways>,
    draws: Option<Key>,
    /// By `NodeId`: lines, and those that are taken.
    lines: Vec<u32>,
    taken: Vec<u32>,
    /// Those who look for an address.
    searching: FxHashMap<(NodeId, ObjectId), Vec<RequestId>>,
    /// Requests that have a line of their caller, and the call when it has begun.
    callers: FxHashMap<RequestId, Option<u32>>,
    /// By number.
    calls: BTreeMap<u32, Call>,
    conferences: BTreeMap<u32, Conference>,
    /// Requests for conferences that are not over.
    hosts: FxHashMap<RequestId, u32>,
    /// Streams that each bridge sends.
    bridge_streams: BTreeMap<NodeId, u64>,
    next_call: u32,
}

impl<E: Envelope> Calling<E> {
    pub fn new(settings: CallingSettings) -> Calling<E> {
        Calling {
            envelope: PhantomData,
            settings,
            ways: None,
            draws: None,
            lines: Vec::new(),
            taken: Vec::new(),
            searching: FxHashMap::default(),
            callers: FxHashMap::default(),
            calls: BTreeMap::new(),
            conferences: BTreeMap::new(),
            hosts: FxHashMap::default(),
            bridge_streams: BTreeMap::new(),
            next_call: 0,
        }
    }

    /// Whether `node` has a free line, which is taken then.
    fn take_line(&mut self, node: NodeId) -> bool {
        let is_free = self.taken[node.index()] < self.lines[node.index()];
        if is_free {
            self.taken[node.index()] += 1;
        }
        is_free
    }

    fn free_line(&mut self, node: NodeId) {
        debug_assert!(self.taken[node.index()] > 0, "{node:?} has no line that is taken");
        self.taken[node.index()] -= 1;
    }

    /// The caller is no longer busy with `request`.
    fn release_caller(&mut self, caller: NodeId, request: RequestId) {
        if self.callers.remove(&request).is_some() {
            self.free_line(caller);
        }
    }

    /// The callee has done with a call, which is forgotten when its caller has as well.
    fn release_callee(&mut self, number: u32) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let (callee, stage) = (call.callee, call.stage);
        if std::mem::take(&mut call.is_callee_engaged) {
            self.free_line(callee);
        }
        if stage == Stage::Over {
            self.calls.remove(&number);
        }
    }

    /// `node`, which goes down, has nothing to do with calls any more; who speaks with it, or through it, hears so.
    fn lose<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        number: u32,
    ) {
        let Some(call) = self.calls.get(&number) else { return };
        let (caller, callee, request) = (call.caller, call.callee, call.request);
        let lost = Message::Delivery(CallingMessage::Lost { call: number, node });
        if node == caller {
            if call.goes_on() {
                self.record(world, number, CallEnd::Dropped);
            }
            self.release_caller(caller, request);
            self.over(number);
            if self.calls.contains_key(&number) {
                world.break_connection(node, callee, lost);
            }
        } else if node == callee {
            self.release_callee(number);
            if self.calls.contains_key(&number) {
                world.break_connection(node, caller, lost);
            }
        } else if call.goes_on() && call.way.media == Some(node) {
            world.break_connection(node, caller, lost);
        }
    }

    /// The caller has done with a call.
    fn over(&mut self, number: u32) {
        if let Some(call) = self.calls.get_mut(&number) {
            call.stage = Stage::Over;
            if !call.is_callee_engaged {
                self.calls.remove(&number);
            }
        }
    }
}

impl<E: Envelope> Delivery for Calling<E> {
    type Envelope = E;
    type Message = CallingMessage;
    type Timer = CallingTimer;

    const CALLS: bool = true;

    fn on_start<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
    ) {
        let CallingSettings { media, relays, servers, lines, conferences, .. } = &self.settings;
        self.ways = Some(Ways::new(world, *media, (relays, &conferences.bridges)));
        servers.iter().for_each(|&server| world.declare(server, Role::Server));
        self.lines = vec![1; world.node_count()];
        for &(node, count) in lines {
            self.lines[node.index()] = count;
        }
        self.taken = vec![0; world.node_count()];
        self.draws = Some(world.key().text("conversations"));
    }

    fn begin_call<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
    ) -> Vec<ObjectId> {
        let state = world.request(request);
        let (caller, workload, ask) = (state.node, state.workload, state.ask());
        let Ask::Call(draw) = ask else { return Vec::new() };
        let invitation = world.invitation(workload, caller, draw);
        let conversations = world.model().conversations(workload);
        if conversations.is_some_and(|conversations| conversations.size.is_some()) {
            return self.begin_conference(world, request, invitation);
        }
        if !self.take_line(caller) {
            world.give_up(request, FailureReason::Refused);
            return Vec::new();
        }
        self.callers.insert(request, None);
        let mut addresses = invitation.addresses;
        addresses.retain(|&address| {
            let searching = self.searching.entry((caller, address)).or_default();
            searching.push(request);
            searching.len() == 1
        });
        addresses
    }

    fn call_fails<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        (node, address): (NodeId, ObjectId),
        reason: FailureReason,
    ) {
        for request in self.searching.remove(&(node, address)).unwrap_or_default() {
            if let Some(&conference) = self.hosts.get(&request) {
                self.not_found(world, conference, address, reason);
                continue;
            }
            self.release_caller(node, request);
            world.give_up(request, reason);
        }
    }

    fn deliver<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        found: Found,
    ) -> Option<Outcome> {
        let ends = (found.node, found.object);
        let Some(&callee) = found.providers.first() else {
            self.call_fails(world, ends, finder.reason_for_nobody());
            return None;
        };
        for request in self.searching.remove(&ends).unwrap_or_default() {
            world.found(request, found.hops);
            match self.hosts.get(&request) {
                Some(&conference) => self.summon(world, conference, found.object, callee),
                None => self.invite(world, request, callee),
            }
        }
        None
    }

    fn abandon<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
        _object: ObjectId,
    ) {
    }

    fn abandon_call<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
    ) {
        self.abandon_conference(world, request);
        let state = world.request(request);
        let (caller, workload, ask) = (state.node, state.workload, state.ask());
        let Some(&call) = self.callers.get(&request) else { return };
        self.release_caller(caller, request);
        match (call, ask) {
            (Some(number), _) => {
                self.say(world, caller, number, call::Word::Bye);
                self.over(number);
            }
            (None, Ask::Call(draw)) => {
                let addresses = world.invitation(workload, caller, draw).addresses;
                self.stop_searching(caller, addresses.into_iter(), request);
            }
            (None, _) => {}
        }
    }

    fn on_message<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        _from: NodeId,
        message: CallingMessage,
    ) -> Option<Outcome> {
        match message {
            CallingMessage::Word { call, word } => self.hear(world, to, call, word),
            CallingMessage::OfConference { conference, place, word } => {
                self.hear_of_conference(world, to, (conference, usize::from(place)), word);
            }
            CallingMessage::Media
            | CallingMessage::Lost { .. }
            | CallingMessage::LostOfConference { .. } => {}
        }
        None
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        _to: NodeId,
        message: CallingMessage,
        why: Loss,
    ) -> Option<Outcome> {
        match message {
            CallingMessage::Word { call, word } => self.unheard(world, from, call, word, why),
            CallingMessage::OfConference { conference, place, word } => {
                let place = (conference, usize::from(place));
                self.unheard_of_conference(world, from, place, word, why);
            }
            // The caller finds out by himself.
            CallingMessage::Media
            | CallingMessage::Lost { .. }
            | CallingMessage::LostOfConference { .. } => {}
        }
        None
    }

    fn on_broken<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        message: CallingMessage,
        _arrived: Bytes,
    ) -> Option<Outcome> {
        match message {
            CallingMessage::Lost { call, node } => self.hear_lost(world, to, node, call),
            CallingMessage::LostOfConference { conference, .. } => {
                self.hear_of_loss(world, to, conference);
            }
            CallingMessage::Word { .. }
            | CallingMessage::Media
            | CallingMessage::OfConference { .. } => {}
        }
        None
    }

    fn on_exit<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        _exit: Exit,
    ) {
        // What was said has been heard.
        for call in self.calls.values_mut() {
            if call.caller == node || call.callee == node || call.way.media == Some(node) {
                talking::fall_silent(world, call);
            }
        }
        self.fall_out(world, node);
    }

    fn on_down<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, node: NodeId) {
        let is_of_node = |(_, call): &(&u32, &Call)| {
            call.caller == node || call.callee == node || call.way.media == Some(node)
        };
        let numbers: Vec<u32> =
            self.calls.iter().filter(is_of_node).map(|(&number, _)| number).collect();
        for number in numbers {
            self.lose(world, node, number);
        }
        self.lose_of_conferences(world, node);
    }

    fn on_timer<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        timer: CallingTimer,
    ) {
        // Who looks after a conference may have been another one.
        let is_keeper = |number: u32| {
            self.conferences.get(&number).is_some_and(|conference| conference.keeper() == node)
        };
        match timer {
            CallingTimer::HangUp { call } => self.hang_up(world, call, CallEnd::HungUp),
            CallingTimer::Sample { call } => self.sample(world, call),
            CallingTimer::Turn { call, side } => self.turn(world, call, usize::from(side)),
            CallingTimer::Restart { call } => self.restart(world, call),
            CallingTimer::Adjourn { conference } if is_keeper(conference) => {
                self.adjourn(world, conference, CallEnd::HungUp);
            }
            CallingTimer::Listen { conference } if is_keeper(conference) => {
                self.listen(world, conference);
            }
            CallingTimer::Resume { conference } if is_keeper(conference) => {
                self.resume(world, conference);
            }
            CallingTimer::Adjourn { .. }
            | CallingTimer::Listen { .. }
            | CallingTimer::Resume { .. } => {}
        }
    }

    fn on_closing<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>) {
        let numbers: Vec<u32> = self.calls.keys().copied().collect();
        for number in numbers {
            if self.calls.get(&number).is_some_and(Call::goes_on) {
                self.record(world, number, CallEnd::Open);
            }
        }
        let numbers: Vec<u32> = self.conferences.keys().copied().collect();
        for number in numbers {
            if self.conferences.get(&number).is_some_and(Conference::goes_on) {
                self.record_conference(world, number, CallEnd::Open);
            }
        }
    }
}
