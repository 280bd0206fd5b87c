//! How a call is put through, and how its ends hear that it is over.

use super::call::{Call, Side, Stage, Word};
use super::{Calling, CallingMessage};
use crate::architectures::finders::Finder;
use crate::architectures::{Composition, Message};
use crate::engine::{Envelope, Loss, RequestId, World};
use crate::metrics::{CallEnd, FailureReason};
use crate::model::Ask;
use crate::network::NodeId;
use crate::units::{Bytes, Time};

impl<E: Envelope> Calling<E> {
    /// `callee` has been found for `request`.
    pub(super) fn invite<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
        callee: NodeId,
    ) {
        let state = world.request(request);
        let (caller, attempt, workload) = (state.node, state.attempt, state.workload);
        let Ask::Call(draw) = state.ask() else { return };
        let holding = world.invitation(workload, caller, draw).holding;
        let ways = self.ways.as_ref().expect("made in on_start");
        let Some(way) = ways.between(world, caller, callee) else {
            self.release_caller(caller, request);
            return world.give_up(request, FailureReason::Unreachable);
        };
        let number = self.next_call;
        self.next_call += 1;
        self.callers.insert(request, Some(number));
        let call = Call {
            request,
            attempt,
            workload,
            caller,
            callee,
            way,
            stage: Stage::Inviting,
            is_callee_engaged: false,
            holding,
            begun: Time::NEVER,
            sides: [Side::default(); 2],
            restarts: 0,
            sent: Bytes::ZERO,
        };
        self.calls.insert(number, call);
        self.say(world, caller, number, Word::Invite);
    }

    /// `from`, an end of a call, says something to the other one, or to who passes it on.
    pub(super) fn say<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        number: u32,
        word: Word,
    ) {
        let Some(call) = self.calls.get(&number) else { return };
        let other = if word.is_of_caller() { call.callee } else { call.caller };
        let next = call.way.words.filter(|&relay| relay != from).unwrap_or(other);
        let message = CallingMessage::Word { call: number, word };
        world.send_on_connection(from, next, Message::Delivery(message));
    }

    pub(super) fn hear<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        number: u32,
        word: Word,
    ) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        if to != call.caller && to != call.callee {
            return self.say(world, to, number, word);
        }
        match word {
            // Its caller has given up, and says so next.
            Word::Invite if call.stage != Stage::Inviting => {}
            Word::Invite => {
                let is_free = self.take_line(to);
                if let Some(call) = self.calls.get_mut(&number) {
                    call.is_callee_engaged = is_free;
                }
                let answer = if is_free { Word::Accept } else { Word::Decline };
                self.say(world, to, number, answer);
            }
            Word::Accept => {
                if call.stage == Stage::Inviting && world.is_running(call.request, call.attempt) {
                    self.put_through(world, number);
                }
            }
            Word::Decline => self.fail(world, number, FailureReason::Refused),
            Word::Failed => self.fail(world, number, FailureReason::ServerDown),
            Word::Bye => self.release_callee(number),
        }
    }

    /// Who said `word` hears that it did not arrive.
    pub(super) fn unheard<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        number: u32,
        word: Word,
        why: Loss,
    ) {
        let Some(call) = self.calls.get(&number) else { return };
        let is_passed_on = from != call.caller && from != call.callee;
        match word {
            Word::Invite if is_passed_on => self.say(world, from, number, Word::Failed),
            Word::Invite => self.fail(world, number, why.into()),
            Word::Accept | Word::Decline | Word::Failed => {
                // Nobody answers the caller.
                self.release_callee(number);
                self.fail(world, number, why.into());
            }
            // Nothing is heard of the caller any more.
            Word::Bye => self.release_callee(number),
        }
    }

    /// A call that has not been put through will not be.
    fn fail<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        number: u32,
        reason: FailureReason,
    ) {
        let Some(call) = self.calls.get(&number) else { return };
        let (request, attempt, caller) = (call.request, call.attempt, call.caller);
        if call.stage != Stage::Inviting {
            return;
        }
        self.release_caller(caller, request);
        if self.calls.get(&number).is_some_and(|call| call.is_callee_engaged) {
            self.say(world, caller, number, Word::Bye);
        }
        self.over(number);
        if world.is_running(request, attempt) {
            world.give_up(request, reason);
        }
    }

    /// `to` hears that the connection to `node` has broken.
    pub(super) fn hear_lost<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        node: NodeId,
        number: u32,
    ) {
        let Some(call) = self.calls.get(&number) else { return };
        if to == call.callee {
            return self.release_callee(number);
        }
        match call.stage {
            Stage::Inviting => self.fail(world, number, FailureReason::ServerDown),
            Stage::Talking if node == call.callee => {
                self.hang_up(world, number, CallEnd::Dropped);
            }
            Stage::Talking if call.way.media == Some(node) => self.broke(world, number),
            // It has found another way, or is over.
            Stage::Talking | Stage::Over => {}
            Stage::Broken if node == call.callee => {
                self.hang_up(world, number, CallEnd::Dropped);
            }
            Stage::Broken => {}
        }
    }
}
