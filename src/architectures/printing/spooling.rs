//! The side of the spool: documents come, wait, and are given to printers.

use super::document::Stage;
use super::message::DocumentId;
use super::{LOOK_AFTER, PrintMessage, PrintTimer, Printing, Prints};
use crate::engine::{Loss, World};
use crate::network::NodeId;
use crate::units::Bytes;

impl Printing {
    /// A document is at its spool.
    pub(super) fn spooled<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        let Some(document) = self.documents.get_mut(id) else { return };
        (document.transfer, document.spooled) = (None, world.now());
        let place = document.spool;
        let waiting = self.spools[place as usize].queue.len() as u64;
        let room = self.spools[place as usize].room;
        let is_full = room.is_some_and(|room| waiting >= u64::from(room));
        if is_full && self.free_printer(place).is_none() {
            return self.refuse(world, id);
        }
        document_at(self, id, Stage::Waiting);
        self.spools[place as usize].queue.push_back(id);
        self.dispatch(world, place);
    }

    fn refuse<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        let Some(document) = self.documents.get_mut(id) else { return };
        document.stage = Stage::Refused;
        let (spool, client) = (self.spools[document.spool as usize].node, document.client);
        let bytes = if spool == client { Bytes::ZERO } else { document.size };
        world.wasted(bytes);
        Self::say(world, (spool, client), PrintMessage::Refused(id));
    }

    /// The fastest of the printers of a spool that are free, and of these the one that was given something least
    /// recently.
    fn free_printer(&self, spool: u32) -> Option<u32> {
        let printers = self.spools[spool as usize].printers.iter().copied();
        let free = printers.filter(|&place| {
            let printer = &self.printers[place as usize];
            printer.given.is_none() && !printer.is_away && !printer.is_leaving
        });
        let order = |place: &u32| {
            let printer = &self.printers[*place as usize];
            // Speeds are above 0, so their bits are in their order.
            (!printer.terms.pages_per_minute.to_bits(), printer.given_at, *place)
        };
        free.min_by_key(order)
    }

    /// Gives out what waits in a spool, as long as printers are free.
    pub(super) fn dispatch<A: Prints>(&mut self, world: &mut World<'_, A>, spool: u32) {
        while world.is_up(self.spools[spool as usize].node)
            && let Some(place) = self.free_printer(spool)
            && let Some(id) = self.spools[spool as usize].queue.pop_front()
        {
            self.give(world, id, place);
        }
    }

    fn give<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId, place: u32) {
        self.stamp += 1;
        let is_local = self.is_local(place);
        let printer = &mut self.printers[place as usize];
        (printer.given, printer.given_at) = (Some(id), self.stamp);
        let (from, to) = (self.spools[printer.spool as usize].node, printer.node);
        document_at(self, id, Stage::Going(place));
        if is_local {
            return self.loaded(world, id);
        }
        let Some(document) = self.documents.get_mut(id) else { return };
        let message = A::print_message(PrintMessage::Load(id));
        document.transfer = Some(world.transfer(from, to, document.size, message));
    }

    /// A document does not get to its printer, as the print server hears.
    pub(super) fn cannot_load<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        id: DocumentId,
        why: Loss,
    ) {
        let Some(document) = self.documents.get_mut(id) else { return };
        let Stage::Going(place) = document.stage else { return };
        document.transfer = None;
        let printer = &mut self.printers[place as usize];
        (printer.given, printer.is_away) = (None, true);
        let (spool, node) = (printer.spool, printer.node);
        if why != Loss::NodeDown {
            let server = self.spools[spool as usize].node;
            world.wake(server, LOOK_AFTER, A::print_timer(PrintTimer::Look { printer: node }));
        }
        self.put_first(id);
        self.dispatch(world, spool);
    }

    /// A document waits again, before all others.
    pub(super) fn put_first(&mut self, id: DocumentId) {
        let Some(document) = self.documents.get_mut(id) else { return };
        document.stage = Stage::Waiting;
        self.spools[document.spool as usize].queue.push_front(id);
    }

    /// The print server hears that a printer is done with a document.
    pub(super) fn freed<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        document: DocumentId,
    ) {
        let Some(place) = self.place(node) else { return };
        let printer = &mut self.printers[place as usize];
        let spool = printer.spool;
        if printer.given == Some(document) {
            printer.given = None;
            self.dispatch(world, spool);
        }
    }

    /// The print server hears what a printer is doing.
    pub(super) fn heard_state<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        doing: Option<DocumentId>,
    ) {
        let Some(place) = self.place(node) else { return };
        let given = self.printers[place as usize].given;
        let stage = |id: DocumentId| self.documents.get(id).map(|document| document.stage);
        // What it was given and is not printing it has lost, or is done with.
        let is_on_its_way = |id| matches!(stage(id), Some(Stage::Going(_) | Stage::Printing(_)));
        let given_now = given.or(doing).filter(|&id| is_on_its_way(id));
        let lost = given.filter(|&id| matches!(stage(id), Some(Stage::Lost(_))));
        let printer = &mut self.printers[place as usize];
        (printer.is_away, printer.given) = (false, given_now);
        let spool = printer.spool;
        if let Some(id) = lost {
            self.put_first(id);
        }
        self.dispatch(world, spool);
    }

    /// The print server hears that a printer is down.
    pub(super) fn printer_gone<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        let Some(place) = self.place(node) else { return };
        let printer = &mut self.printers[place as usize];
        printer.is_away = true;
        let (given, spool) = (printer.given, printer.spool);
        let stage = given.and_then(|id| self.documents.get(id)).map(|document| document.stage);
        match (given, stage) {
            // That this did not get there is heard as well.
            (Some(_), Some(Stage::Going(_))) => {}
            (Some(id), Some(Stage::Lost(_))) => {
                self.printers[place as usize].given = None;
                self.put_first(id);
            }
            _ => self.printers[place as usize].given = None,
        }
        self.dispatch(world, spool);
    }
}

fn document_at(printing: &mut Printing, id: DocumentId, stage: Stage) {
    if let Some(document) = printing.documents.get_mut(id) {
        document.stage = stage;
    }
}
