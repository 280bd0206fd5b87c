//! Bare transfers, which go straight from node to node under every architecture.

use super::super::deliveries::Delivery;
use super::super::finders::Finder;
use super::{Composition, Message};
use crate::engine::{RequestId, World};
use crate::metrics::Answer;
use crate::model::Ask;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

impl<F: Finder, D: Delivery> Composition<F, D> {
    pub(super) fn begin_transfer(
        &mut self,
        world: &mut World<'_, Self>,
        (from, to): (NodeId, NodeId),
        size: Bytes,
        request: RequestId,
    ) {
        world.found(request, 0);
        let attempt = world.request(request).attempt;
        let message = Message::Transferred { request, attempt };
        let transfer = world.transfer(from, to, size, message);
        if world.may_lose_patience(request) {
            self.transfers.insert(request, transfer);
        }
    }

    /// The last byte has come.
    pub(super) fn transferred(
        &mut self,
        world: &mut World<'_, Self>,
        (from, to): (NodeId, NodeId),
        request: RequestId,
        attempt: u32,
    ) {
        if !world.is_running(request, attempt) {
            // A later attempt is on its way.
            if world.is_open(request)
                && let Ask::Transfer { size, .. } = world.request(request).ask()
            {
                world.wasted(size);
            }
            return;
        }
        self.transfers.remove(&request);
        // Its bytes began to leave when it was asked for.
        let started = world.found_at(request).unwrap_or(world.now());
        let service = Duration::ZERO;
        let provider = Some(from);
        let is_delivery = from != to;
        let (bottleneck, _) = world.bottleneck();
        let answer = Answer { provider, is_delivery, started, service, bottleneck };
        world.answer(request, answer);
    }

    pub(super) fn abandon_transfer(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        if let Some(transfer) = self.transfers.remove(&request) {
            let arrived = world.cancel(transfer);
            world.wasted(arrived);
        }
    }
}
