//! No delivery: who is found is all that is wanted.

use std::marker::PhantomData;

use super::{Delivery, Outcome};
use crate::architectures::Composition;
use crate::architectures::finders::{Finder, NoMessage, NoTimer};
use crate::engine::{Bare, Envelope, Loss, World};
use crate::network::NodeId;
use crate::units::Bytes;

#[derive(Debug)]
pub struct Nothing<E = Bare>(PhantomData<E>);

impl<E> Default for Nothing<E> {
    fn default() -> Nothing<E> {
        Nothing(PhantomData)
    }
}

impl<E: Envelope> Delivery for Nothing<E> {
    type Envelope = E;
    type Message = NoMessage;
    type Timer = NoTimer;

    fn on_message<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _to: NodeId,
        _from: NodeId,
        message: NoMessage,
    ) -> Option<Outcome> {
        match message {}
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _from: NodeId,
        _to: NodeId,
        message: NoMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        match message {}
    }

    fn on_broken<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _to: NodeId,
        message: NoMessage,
        _arrived: Bytes,
    ) -> Option<Outcome> {
        match message {}
    }

    fn on_down<F: Finder>(&mut self, _world: &mut World<'_, Composition<F, Self>>, _node: NodeId) {}
}
