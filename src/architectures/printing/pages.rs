//! The printer's side: one page after another.

use super::document::Stage;
use super::message::DocumentId;
use super::{PrintMessage, Printing, Prints};
use crate::engine::{Job, World};
use crate::model::StationId;
use crate::network::NodeId;
use crate::units::Duration;

impl Printing {
    /// A document is at its printer, which begins with it.
    pub(super) fn loaded<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        let Some(document) = self.documents.get_mut(id) else { return };
        let Stage::Going(place) = document.stage else { return };
        let printer = &mut self.printers[place as usize];
        debug_assert!(printer.current.is_none(), "a printer is given one document at a time");
        printer.current = Some(id);
        (document.transfer, document.stage) = (None, Stage::Printing(place));
        document.began = world.now();
        (document.tried, document.done, document.good) = (0, 0, 0);
        document.passes += 1;
        let waited = world.now().since(document.spooled);
        world.printing_begun((document.passes == 1).then_some(waited));
        self.print_page(world, id, place);
    }

    fn print_page<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId, place: u32) {
        let printer = &self.printers[place as usize];
        let Some(document) = self.documents.get_mut(id) else { return };
        let mut work = printer.terms.page();
        let mut is_jammed = false;
        if printer.terms.jam > 0.0 {
            let page = (document.passes, document.tried);
            let mut luck = world.luck(document.workload, document.draw, page);
            is_jammed = luck.uniform() < printer.terms.jam;
            if is_jammed {
                // Whoever clears it is no faster at a fast printer.
                let clear = printer.terms.clear.draw(&mut luck).max(0.0);
                work += Duration::from_secs(clear * world.printer_speed(printer.node));
            }
        }
        document.tried += 1;
        let job = Job { station: StationId::PRINTER, work, priority: 0 };
        let message = PrintMessage::Page { document: id, is_jammed };
        world.serve(printer.node, job, A::print_message(message));
    }

    /// A page has come out, or has jammed and is cleared away.
    pub(super) fn page_out<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        id: DocumentId,
        is_jammed: bool,
    ) {
        let is_wanted = self.is_wanted(world, id);
        let Some(document) = self.documents.get_mut(id) else { return };
        let Stage::Printing(place) = document.stage else { return };
        world.page_printed(place);
        if is_jammed {
            world.jammed();
        } else {
            document.done += 1;
        }
        if is_jammed || !is_wanted {
            world.pages_wasted(1);
        } else {
            document.good += 1;
        }
        let is_done = document.done >= document.pages;
        let is_cancelled = document.is_cancelled;
        match (is_done, is_cancelled) {
            (true, _) => {
                (document.stage, document.ended) = (Stage::Printed(place), world.now());
                let ends = (self.printers[place as usize].node, document.client);
                Self::say(world, ends, PrintMessage::Printed(id));
                self.is_free(world, place, id);
            }
            (false, true) => {
                if let Some(ended) = self.documents.end(id) {
                    world.wasted(self.bytes_sent(&ended));
                }
                self.is_free(world, place, id);
            }
            (false, false) => self.print_page(world, id, place),
        }
    }

    /// A printer is done with a document, and its spool hears that.
    fn is_free<A: Prints>(&mut self, world: &mut World<'_, A>, place: u32, document: DocumentId) {
        let is_local = self.is_local(place);
        let printer = &mut self.printers[place as usize];
        printer.current = None;
        let (node, spool) = (printer.node, printer.spool);
        if is_local {
            printer.given = None;
            return self.dispatch(world, spool);
        }
        let ends = (node, self.spools[spool as usize].node);
        Self::say(world, ends, PrintMessage::Free(document));
    }

    /// The printer of `node` tells the print server what it is doing.
    pub(super) fn tell_state<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        let Some(place) = self.place(node) else { return };
        let printer = &self.printers[place as usize];
        let ends = (node, self.spools[printer.spool as usize].node);
        let state = printer.current.map_or(PrintMessage::Idle, PrintMessage::Doing);
        Self::say(world, ends, state);
    }
}
