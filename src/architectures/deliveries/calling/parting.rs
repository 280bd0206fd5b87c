//! How a conference loses its members, its bridge or its relays, and how it ends.
//!
//! Who goes leaves the rest talking; when it is the one who looks after it, another one does. It ends when the time is up,
//! or when one alone is left.

use super::super::super::Timer;
use super::call::{Stage, Word};
use super::conference::{Conference, ConferenceWay, Whereabouts};
use super::{Calling, CallingMessage, CallingTimer};
use crate::architectures::finders::Finder;
use crate::architectures::{Composition, Message};
use crate::engine::{Envelope, RequestId, World};
use crate::metrics::{CallEnd, CallRecord, FailureReason, Quality};
use crate::network::NodeId;

impl<E: Envelope> Calling<E> {
    /// `node` goes down in this instant: what was said through it or by it has been heard.
    pub(super) fn fall_out<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        let numbers = self.conferences_of(node);
        for number in numbers {
            let Some(conference) = self.conferences.get_mut(&number) else { continue };
            conference.is_bridge_lost |= conference.bridge == Some(node);
            if let Some(place) = conference.place_of(node) {
                conference.leaves(place, world.now());
            }
            for direction in &mut conference.directions {
                direction.is_cut |= direction.relay == Some(node);
            }
            self.connect(world, number);
        }
    }

    fn conferences_of(&self, node: NodeId) -> Vec<u32> {
        let all = self.conferences.iter().filter(|(_, conference)| conference.concerns(node));
        all.map(|(&number, _)| number).collect()
    }

    /// `node`, which goes down, has nothing to do with conferences any more; who looks after them hears so.
    pub(super) fn lose_of_conferences<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        for number in self.conferences_of(node) {
            self.lose_of_conference(world, node, number);
        }
    }

    fn lose_of_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        number: u32,
    ) {
        let lost =
            || Message::Delivery(CallingMessage::LostOfConference { conference: number, node });
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        let place = conference.place_of(node);
        if let Some(place) = place.filter(|&place| conference.members[place].is_engaged) {
            conference.members[place].is_engaged = false;
            self.free_line(node);
            self.go_on_without(world, number, place);
        }
        let Some(conference) = self.conferences.get(&number) else { return };
        let keeper = conference.keeper();
        match conference.stage {
            // What it may have said of that is lost.
            Stage::Over if keeper == node => {
                let engaged = conference.members.iter().filter(|member| member.is_engaged);
                for other in engaged.filter_map(|member| member.node) {
                    world.break_connection(node, other, lost());
                }
            }
            Stage::Over => {}
            Stage::Inviting | Stage::Talking | Stage::Broken => {
                world.break_connection(node, keeper, lost());
            }
        }
        self.forget_if_done(number);
    }

    /// The member at this place has gone down.
    fn go_on_without<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        place: usize,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        match conference.stage {
            Stage::Inviting if place == 0 => self.close(number),
            Stage::Talking | Stage::Broken if place == conference.keeper => {
                self.hand_over(world, number);
            }
            Stage::Inviting | Stage::Talking | Stage::Broken | Stage::Over => {}
        }
    }

    /// Somebody else who is in looks after a conference from now on; where nobody is it is over.
    pub(super) fn hand_over<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        if conference.keeper == 0 {
            // Whom he has invited would answer him.
            let sought = conference.sought();
            for place in 0..conference.members.len() {
                if conference.members[place].whereabouts != Whereabouts::In {
                    conference.leaves(place, world.now());
                }
            }
            let (host, request) = (conference.host(), conference.request);
            self.stop_searching(host, sought.into_iter(), request);
        }
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        let Some(&next) = conference.present().first() else {
            self.record_conference(world, number, CallEnd::Dropped);
            return self.close(number);
        };
        conference.keeper = next;
        let (keeper, left) = (conference.keeper(), conference.ends.since(world.now()));
        let is_broken = conference.stage == Stage::Broken;
        let mut wake = |after, timer| world.wake(keeper, after, Timer::Delivery(timer));
        wake(left, CallingTimer::Adjourn { conference: number });
        wake(super::talking::SAMPLE, CallingTimer::Listen { conference: number });
        if let Some(after) = self.settings.restart_after.filter(|_| is_broken) {
            wake(after, CallingTimer::Resume { conference: number });
        }
    }

    /// `to` hears that somebody, or something, of a conference has gone.
    pub(super) fn hear_of_loss<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        number: u32,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        if conference.stage == Stage::Over {
            if let Some(place) = conference.place_of(to) {
                self.release_member(number, place);
            }
        } else if conference.keeper() == to {
            self.take_stock(world, number);
        }
    }

    /// Who looks after a conference sees what is left of it.
    pub(super) fn take_stock<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(conference) = self.conferences.get(&number) else { return };
        let is_alone = conference.present().len() < 2 && !conference.expects_others();
        match conference.stage {
            Stage::Inviting if is_alone => {
                let (request, attempt) = (conference.request, conference.attempt);
                let reason = conference.reason;
                // Who went down after he had been invited has given none.
                let reason = reason.unwrap_or(FailureReason::ServerDown);
                self.close(number);
                self.release_member(number, 0);
                if world.is_running(request, attempt) {
                    world.give_up(request, reason);
                }
            }
            Stage::Talking | Stage::Broken if is_alone => {
                self.adjourn(world, number, CallEnd::Dropped);
            }
            Stage::Talking if conference.is_bridge_lost => self.break_up(world, number),
            Stage::Talking => {
                let is_cut = conference.directions.iter().any(|direction| direction.is_cut);
                if let Some(after) = self.settings.restart_after.filter(|_| is_cut) {
                    let resume = CallingTimer::Resume { conference: number };
                    world.wake(conference.keeper(), after, Timer::Delivery(resume));
                }
            }
            Stage::Inviting | Stage::Broken | Stage::Over => {}
        }
    }

    /// Nobody hears anybody any more.
    pub(super) fn break_up<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        let Some(after) = self.settings.restart_after else {
            return self.adjourn(world, number, CallEnd::Dropped);
        };
        conference.stage = Stage::Broken;
        let resume = CallingTimer::Resume { conference: number };
        world.wake(conference.keeper(), after, Timer::Delivery(resume));
        self.connect(world, number);
    }

    /// A conference that has broken is taken up again, if there is a way; and so is what went through a relay.
    pub(super) fn resume<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(mut conference) = self.conferences.remove(&number) else { return };
        let is_cut = conference.directions.iter().any(|direction| direction.is_cut);
        let (is_broken, is_talking) =
            (conference.stage == Stage::Broken, conference.stage == Stage::Talking);
        let has_way = !is_broken || self.choose_bridge(world, &mut conference);
        if (is_broken && has_way) || (is_talking && is_cut) {
            conference.stage = Stage::Talking;
            conference.restarts += 1;
            conference.members.iter_mut().for_each(|member| member.silence = 0);
            for direction in &mut conference.directions {
                (direction.is_cut, direction.silence) = (false, 0);
            }
        }
        self.conferences.insert(number, conference);
        if has_way {
            self.connect(world, number);
        } else {
            self.adjourn(world, number, CallEnd::Dropped);
        }
    }

    /// A conference is over, and who looks after it says so.
    pub(super) fn adjourn<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        end: CallEnd,
    ) {
        if self.conferences.get(&number).is_some_and(Conference::goes_on) {
            self.record_conference(world, number, end);
            self.say_goodbye(world, number);
        }
    }

    /// Who has called all others has lost patience, or is down.
    pub(super) fn abandon_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
    ) {
        let Some(&number) = self.hosts.get(&request) else { return };
        if self.conferences.get(&number).is_some_and(|all| all.stage == Stage::Inviting) {
            self.say_goodbye(world, number);
        }
    }

    /// All who are engaged hear that it is over.
    fn say_goodbye<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, number: u32) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        let (keeper, kept) = (conference.keeper(), conference.keeper);
        let ways = self.ways.as_ref().expect("made in on_start");
        let mut engaged = Vec::new();
        for (place, member) in conference.members.iter_mut().enumerate() {
            let Some(node) = member.node.filter(|_| member.is_engaged && place != kept) else {
                continue;
            };
            if kept != 0 || member.words.is_some_and(|relay| !world.is_up(relay)) {
                // It is said over another way.
                member.words = ways.words(world, keeper, node).flatten();
            }
            engaged.push(place);
        }
        self.close(number);
        for place in engaged {
            self.tell(world, keeper, (number, place), Word::Bye);
        }
        self.release_member(number, kept);
    }

    /// Nobody is sought or waited for any more.
    fn close(&mut self, number: u32) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        conference.stage = Stage::Over;
        let (host, request) = (conference.host(), conference.request);
        let sought = conference.sought();
        if self.hosts.get(&request) == Some(&number) {
            self.hosts.remove(&request);
            self.stop_searching(host, sought.into_iter(), request);
        }
    }

    /// The member at this place has done with a conference, which is forgotten when all have.
    pub(super) fn release_member(&mut self, number: u32, place: usize) {
        let Some(conference) = self.conferences.get_mut(&number) else { return };
        let member = &mut conference.members[place];
        let node = member.node.filter(|_| std::mem::take(&mut member.is_engaged));
        if let Some(node) = node {
            self.free_line(node);
        }
        self.forget_if_done(number);
    }

    fn forget_if_done(&mut self, number: u32) {
        let is_done = |all: &Conference| all.stage == Stage::Over && !all.is_anybody_engaged();
        if self.conferences.get(&number).is_some_and(is_done) {
            self.conferences.remove(&number);
        }
    }

    /// Nothing more is said in a conference, which is told to the recorder.
    pub(super) fn record_conference<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        end: CallEnd,
    ) {
        let Some(mut conference) = self.conferences.remove(&number) else { return };
        let now = world.now();
        for place in conference.present() {
            conference.leaves(place, now);
        }
        self.connect_all(world, &mut conference);
        let media = Self::media(world, conference.workload);
        let codec = match self.settings.conferences.way {
            ConferenceWay::Mixing => media.codec.twice(),
            ConferenceWay::Mesh | ConferenceWay::Forwarding => media.codec,
        };
        let buffer = self.settings.buffer.secs();
        let mut turnout = conference.turnout;
        let came = conference.members.iter().skip(1).filter(|member| member.has_come);
        turnout.came = came.count() as u64;
        let mut worst: Option<Quality> = None;
        let rated = |direction: &super::conference::Direction| {
            direction.heard.quality_or_silence(&codec, buffer)
        };
        for quality in conference.directions.iter().filter_map(rated) {
            turnout.hears(&quality);
            if worst.is_none_or(|worst| quality.rating < worst.rating) {
                worst = Some(quality);
            }
        }
        world.record_call(CallRecord {
            request: conference.request.number(),
            workload: conference.workload,
            caller: conference.host(),
            callee: None,
            relay: conference.bridge,
            begun: conference.begun,
            ended: now,
            end,
            restarts: conference.restarts,
            quality: worst,
            turnout,
        });
        world.conversation_ends();
        self.conferences.insert(number, conference);
    }
}
