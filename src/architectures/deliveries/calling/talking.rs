//! What both say, and what is heard of it.

use super::super::super::Timer;
use super::call::{Call, CallingTimer, Stage, Word};
use super::{Calling, CallingMessage, MOST_SILENCE};
use crate::architectures::finders::Finder;
use crate::architectures::{Composition, Message};
use crate::engine::{Envelope, RequestId, StreamTerms, World};
use crate::metrics::{Answer, CallEnd, CallRecord};
use crate::model::{FULL_PACKET, Media};
use crate::network::Bottleneck;
use crate::units::{Duration, Rate};

/// Between two looks at what is heard.
pub(super) const SAMPLE: Duration = Duration::from_whole_secs(1);

/// Both say nothing any more.
pub(super) fn fall_silent<F: Finder, E: Envelope>(
    world: &mut World<'_, Composition<F, Calling<E>>>,
    call: &mut Call,
) {
    for side in &mut call.sides {
        if let Some(stream) = side.stream.take() {
            call.sent += world.cancel(stream);
        }
    }
}

/// What each of a call or a conference sends.
pub(super) fn terms(media: &Media) -> StreamTerms {
    // With a picture most packets are full.
    let has_picture = media.video > Rate::ZERO;
    let packet = if has_picture { FULL_PACKET } else { media.codec.packet_size() };
    StreamTerms { rate: media.rate(), packet }
}

impl<E: Envelope> Calling<E> {
    pub(super) fn media<F: Finder>(
        world: &World<'_, Composition<F, Self>>,
        workload: u32,
    ) -> Media {
        let conversations = world.model().conversations(workload);
        conversations.expect("only those who call have calls").media
    }

    /// A number from 0 to 1, the same under every architecture.
    pub(super) fn chance(&self, request: RequestId, what: &str, number: u32) -> f64 {
        let key = self.draws.expect("made in on_start").number(u64::from(request.number()));
        key.text(what).draw(u64::from(number)).uniform_above_zero()
    }

    /// The callee has picked up.
    pub(super) fn put_through<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        call.stage = Stage::Talking;
        call.begun = world.now();
        let (caller, callee, request, holding) =
            (call.caller, call.callee, call.request, call.holding);
        let answer = Answer {
            provider: Some(callee),
            is_delivery: false,
            started: world.now(),
            service: Duration::ZERO,
            bottleneck: Bottleneck::Unknown,
        };
        world.conversation_begins();
        world.answer(request, answer);
        world.wake(caller, holding, Timer::Delivery(CallingTimer::HangUp { call: number }));
        // Also a short call is looked at once.
        let Some(call) = self.calls.get(&number) else { return };
        let first = SAMPLE.min(holding).scaled(self.chance(call.request, "sample", 0));
        world.wake(caller, first, Timer::Delivery(CallingTimer::Sample { call: number }));
        if let Some(spurts) = Self::media(world, call.workload).spurts {
            let talk =
                [0, 1].map(|side| self.chance(call.request, "talks", side) < spurts.activity());
            if let Some(call) = self.calls.get_mut(&number) {
                (call.sides[0].talks, call.sides[1].talks) = (talk[0], talk[1]);
            }
            for side in 0..2 {
                self.await_turn(world, number, side);
            }
        } else if let Some(call) = self.calls.get_mut(&number) {
            call.sides.iter_mut().for_each(|side| side.talks = true);
        }
        self.speak(world, number);
    }

    /// Whoever talks sends, if the call has a way.
    fn speak<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, number: u32) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        if call.stage != Stage::Talking {
            return;
        }
        let terms = terms(&Self::media(world, call.workload));
        let ends = [(call.caller, call.callee), (call.callee, call.caller)];
        let relay = call.way.media;
        for (side, ends) in call.sides.iter_mut().zip(ends) {
            if side.talks && side.stream.is_none() {
                let message = Message::Delivery(CallingMessage::Media);
                side.stream = Some(world.begin_stream(ends, relay, terms, message));
            } else if !side.talks
                && let Some(stream) = side.stream.take()
            {
                call.sent += world.cancel(stream);
            }
        }
    }

    fn await_turn<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        side: usize,
    ) {
        let Some(call) = self.calls.get(&number) else { return };
        let Some(spurts) = Self::media(world, call.workload).spurts else { return };
        let state = &call.sides[side];
        let mean = if state.talks { spurts.talk } else { spurts.pause };
        let chance = self.chance(call.request, ["caller", "callee"][side], state.turns);
        let after = Duration::from_secs(-mean * libm::log(chance));
        let node = [call.caller, call.callee][side];
        let turn = CallingTimer::Turn { call: number, side: side as u8 };
        world.wake(node, after, Timer::Delivery(turn));
    }

    /// A spurt begins or ends.
    pub(super) fn turn<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        side: usize,
    ) {
        let Some(call) = self.calls.get_mut(&number).filter(|call| call.goes_on()) else { return };
        let state = &mut call.sides[side];
        state.talks = !state.talks;
        state.turns += 1;
        self.speak(world, number);
        self.await_turn(world, number, side);
    }

    /// A look at what is heard of both.
    pub(super) fn sample<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let buffer = self.settings.buffer.secs();
        let Some(call) = self.calls.get_mut(&number).filter(|call| call.goes_on()) else { return };
        let caller = call.caller;
        let is_broken = call.stage == Stage::Broken;
        for side in &mut call.sides {
            // Nobody is expected to be heard in his pauses.
            if !side.talks {
                continue;
            }
            let passage = side.stream.and_then(|stream| world.passage(stream));
            side.silence = if passage.is_none() { side.silence + 1 } else { 0 };
            side.heard.sample(passage, buffer);
        }
        if !is_broken && call.sides.iter().any(|side| side.silence >= MOST_SILENCE) {
            return self.broke(world, number);
        }
        world.wake(caller, SAMPLE, Timer::Delivery(CallingTimer::Sample { call: number }));
    }

    /// The caller knows that a call has broken, although both are there.
    pub(super) fn broke<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let Some(after) = self.settings.restart_after else {
            return self.hang_up(world, number, CallEnd::Dropped);
        };
        call.stage = Stage::Broken;
        fall_silent(world, call);
        let restart = Timer::Delivery(CallingTimer::Restart { call: number });
        world.wake(call.caller, after, restart);
    }

    /// A call that has broken is taken up again, if there is a way.
    pub(super) fn restart<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
    ) {
        let is_broken = |call: &&mut Call| call.stage == Stage::Broken;
        let Some(call) = self.calls.get_mut(&number).filter(is_broken) else { return };
        let ways = self.ways.as_ref().expect("made in on_start");
        let Some(way) = ways.between(world, call.caller, call.callee) else {
            return self.hang_up(world, number, CallEnd::Dropped);
        };
        call.way = way;
        call.stage = Stage::Talking;
        call.restarts += 1;
        call.sides.iter_mut().for_each(|side| side.silence = 0);
        self.speak(world, number);
    }

    /// A conversation is over.
    pub(super) fn hang_up<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        end: CallEnd,
    ) {
        let Some(call) = self.calls.get(&number).filter(|call| call.goes_on()) else { return };
        let (caller, request) = (call.caller, call.request);
        self.record(world, number, end);
        self.release_caller(caller, request);
        if let Some(call) = self.calls.get_mut(&number)
            && call.way.words.is_some_and(|relay| !world.is_up(relay))
        {
            // It is said over another way.
            let ways = self.ways.as_ref().expect("made in on_start");
            call.way = ways.between(world, caller, call.callee).unwrap_or_default();
        }
        if self.calls.get(&number).is_some_and(|call| call.is_callee_engaged) {
            self.say(world, caller, number, Word::Bye);
        }
        self.over(number);
    }

    /// Nothing more is said in a conversation, which is told to the recorder.
    pub(super) fn record<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        end: CallEnd,
    ) {
        let buffer = self.settings.buffer.secs();
        let Some(call) = self.calls.get_mut(&number) else { return };
        fall_silent(world, call);
        let media = Self::media(world, call.workload);
        world.record_call(CallRecord {
            request: call.request.number(),
            workload: call.workload,
            caller: call.caller,
            callee: Some(call.callee),
            relay: call.way.media,
            begun: call.begun,
            ended: world.now(),
            end,
            restarts: call.restarts,
            quality: call.quality(&media, buffer),
            turnout: call.turnout(&media, buffer, world.now()),
        });
        world.conversation_ends();
    }
}
