//! The side of who prints: where the document is sent, and what he hears of it.

use super::document::Stage;
use super::message::DocumentId;
use super::{FindPrinter, PrintMessage, PrintScheme, PrintTimer, Printing, Prints};
use crate::engine::{RequestId, World};
use crate::metrics::{Answer, FailureReason};
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Duration};

impl Printing {
    /// Who prints looks for a printer.
    pub(super) fn find<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        match self.settings.scheme {
            PrintScheme::Server(_) => self.send(world, id, 0, 0),
            PrintScheme::Shared(FindPrinter::Nearest) => {
                self.try_nearest(world, id, FailureReason::NotFound);
            }
            PrintScheme::Shared(FindPrinter::Broadcast { wait }) => self.ask_all(world, id, wait),
            PrintScheme::Shared(FindPrinter::Fixed) => {
                let Some(client) = self.documents.get(id).map(|document| document.client) else {
                    return;
                };
                self.send(world, id, self.settings.fixed_place(client), 0);
            }
        }
    }

    /// The nearest of those that have not been tried; fails for this reason where there is none.
    fn try_nearest<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        id: DocumentId,
        reason: FailureReason,
    ) {
        let Some(document) = self.documents.get(id) else { return };
        let mut least = Duration::FOREVER;
        let mut nearest = Vec::new();
        for (place, printer) in (0..).zip(&self.printers) {
            if document.in_vain.contains(&place) {
                continue;
            }
            let latency = match document.client == printer.node {
                true => Some(Duration::ZERO),
                false => world.latency_as_built(document.client, printer.node),
            };
            let Some(latency) = latency.filter(|&latency| latency <= least) else { continue };
            if latency < least {
                least = latency;
                nearest.clear();
            }
            nearest.push(place);
        }
        let chosen = self.choices.as_mut().and_then(|choices| choices.choose(&nearest).copied());
        match chosen {
            Some(place) => self.send(world, id, place, 0),
            None => self.fail(world, id, reason),
        }
    }

    /// All printers at the same site are asked at once.
    fn ask_all<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId, wait: Duration) {
        let Some(client) = self.documents.get(id).map(|document| document.client) else { return };
        let own = self.place(client).filter(|&place| !self.printers[place as usize].is_leaving);
        let own = own.map(|place| (self.work_at(place), place));
        if let Some((0, place)) = own {
            return self.send(world, id, place, 0);
        }
        let site = world.model().site_of(client);
        let all = self.printers.iter().map(|printer| printer.node);
        let is_near = |node: &NodeId| *node != client && world.model().site_of(*node) == site;
        let mut near: Vec<NodeId> = all.filter(is_near).collect();
        // Of those that are equally far the first to be asked is the first to answer.
        if let Some(choices) = &mut self.choices {
            choices.shuffle(&mut near);
        }
        for &printer in &near {
            world.send(client, printer, A::print_message(PrintMessage::Ask(id)));
        }
        let asked = near.len() as u32;
        let Some(document) = self.documents.get_mut(id) else { return };
        (document.unanswered, document.best) = (asked, own);
        if asked == 0 {
            return self.choose(world, id);
        }
        world.wake(client, wait, A::print_timer(PrintTimer::Choose(id)));
    }

    /// Seconds, rounded up, until a printer has done all that it has, as far as there are numbers; 0 when it is free.
    pub(super) fn work_at(&self, place: u32) -> u16 {
        let printer = &self.printers[place as usize];
        let queue = &self.spools[printer.spool as usize].queue;
        let left = |id: &DocumentId| {
            let document = self.documents.get(*id);
            document.map_or(0, |document| document.pages.saturating_sub(document.done))
        };
        // What is on its way is known since its connection was opened.
        let is_coming = |id: &&DocumentId| {
            let document = self.documents.get(**id);
            document.is_some_and(|d| d.stage == Stage::Coming && d.spool == printer.spool)
        };
        let mut coming = self.of_request.values().filter(is_coming).peekable();
        let is_free = printer.current.is_none() && queue.is_empty() && coming.peek().is_none();
        let all = queue.iter().chain(&printer.current).chain(coming);
        let pages = all.map(left).fold(0, u32::saturating_add);
        // The cast saturates.
        let seconds = printer.span(pages).secs().ceil() as u16;
        if is_free { 0 } else { seconds.max(1) }
    }

    /// A printer is asked how much there is to do.
    pub(super) fn asked<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        (node, client): (NodeId, NodeId),
        id: DocumentId,
    ) {
        let place = self.place(node).filter(|&place| !self.printers[place as usize].is_leaving);
        if let Some(place) = place {
            let busy = PrintMessage::Busy { document: id, work: self.work_at(place) };
            world.send(node, client, A::print_message(busy));
        }
    }

    /// A printer has answered: the first that is free is taken, for it is the nearest of them.
    pub(super) fn heard<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        id: DocumentId,
        work: u16,
    ) {
        let Some(place) = self.place(node) else { return };
        let Some(document) = self.documents.get_mut(id) else { return };
        if document.stage != Stage::Seeking {
            return;
        }
        document.unanswered = document.unanswered.saturating_sub(1);
        if document.best.is_none_or(|(least, _)| work < least) {
            document.best = Some((work, place));
        }
        if work == 0 || document.unanswered == 0 {
            self.choose(world, id);
        }
    }

    /// All have answered, or it has taken long enough.
    pub(super) fn choose<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        let Some(document) = self.documents.get(id) else { return };
        if document.stage != Stage::Seeking {
            return;
        }
        match document.best {
            Some((_, place)) => self.send(world, id, place, 2),
            None => self.fail(world, id, FailureReason::NotFound),
        }
    }

    /// The document goes to the spool at this place, which is known after so many messages.
    fn send<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId, spool: u32, hops: u32) {
        let to = self.spools[spool as usize].node;
        let Some(document) = self.documents.get_mut(id) else { return };
        (document.spool, document.stage) = (spool, Stage::Coming);
        world.found(document.request, hops);
        let message = PrintMessage::Spool(id);
        if document.client == to {
            return Self::say(world, (to, to), message);
        }
        let message = A::print_message(message);
        document.transfer = Some(world.transfer(document.client, to, document.size, message));
    }

    /// There is no printing where the document was sent, as who prints hears.
    pub(super) fn go_elsewhere<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        id: DocumentId,
        reason: FailureReason,
    ) {
        let is_wanted = self.is_wanted(world, id);
        let Some(document) = self.documents.get_mut(id) else { return };
        document.transfer = None;
        let has_choice = self.settings.scheme == PrintScheme::Shared(FindPrinter::Nearest);
        if !is_wanted || !has_choice {
            return self.fail(world, id, reason);
        }
        document.in_vain.push(document.spool);
        document.stage = Stage::Seeking;
        self.try_nearest(world, id, reason);
    }

    /// The attempt has failed, as who prints hears now, or it has been given up before.
    pub(super) fn fail<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        id: DocumentId,
        reason: FailureReason,
    ) {
        let is_wanted = self.is_wanted(world, id);
        let Some(ended) = self.documents.end(id) else { return };
        if is_wanted {
            world.pages_wasted(ended.good);
            self.of_request.remove(&ended.request);
            self.note_in_vain(world, ended.request, ended.spool);
            world.give_up(ended.request, reason);
        }
    }

    /// The next attempt of a request, if there is one, is made elsewhere.
    pub(super) fn note_in_vain<A: Prints>(
        &mut self,
        world: &World<'_, A>,
        request: RequestId,
        spool: u32,
    ) {
        if !world.may_retry(request) {
            self.in_vain.remove(&request);
            return;
        }
        let in_vain = self.in_vain.entry(request).or_default();
        if in_vain.len() >= self.spools.len() {
            in_vain.clear();
        }
        if !in_vain.contains(&spool) {
            in_vain.push(spool);
        }
    }

    /// The last page is out, as who prints hears.
    pub(super) fn printed<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        let is_wanted = self.is_wanted(world, id);
        let Some(ended) = self.documents.end(id) else { return };
        if !is_wanted {
            // Its pages have been wasted since it was given up.
            return world.wasted(self.bytes_sent(&ended));
        }
        self.of_request.remove(&ended.request);
        self.in_vain.remove(&ended.request);
        let provider = match ended.stage {
            Stage::Printed(place) => Some(self.printers[place as usize].node),
            _ => None,
        };
        let (started, service) = (ended.ended, ended.ended.since(ended.began));
        let (bottleneck, is_delivery) = (Bottleneck::Unknown, false);
        world.answer(ended.request, Answer { provider, is_delivery, started, service, bottleneck });
    }

    /// That a document has taken to its spool.
    pub(super) fn bytes_sent(&self, document: &super::DocumentState) -> Bytes {
        let is_own = self.spools[document.spool as usize].node == document.client;
        if is_own { Bytes::ZERO } else { document.size }
    }
}
