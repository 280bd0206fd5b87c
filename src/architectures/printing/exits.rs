//! Nodes go down, with printers and spools, and are up again.

use super::document::Stage;
use super::message::DocumentId;
use super::{PrintMessage, Printing, Prints};
use crate::engine::World;
use crate::network::NodeId;

impl Printing {
    /// `node` goes down soon: its printers begin nothing.
    pub fn on_leaving(&mut self, node: NodeId) {
        if let Some(place) = self.place(node) {
            self.printers[place as usize].is_leaving = true;
        }
    }

    pub fn on_down<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if let Some(place) = self.place(node) {
            self.printer_is_down(world, node, place);
        }
        for spool in 0..self.spools.len() as u32 {
            if self.spools[spool as usize].node == node {
                self.spool_is_down(world, node, spool);
            }
        }
    }

    /// What is printed begins anew, and the page that is in the printer is lost as well.
    fn printer_is_down<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId, place: u32) {
        let is_local = self.is_local(place);
        let printer = &mut self.printers[place as usize];
        let server = self.spools[printer.spool as usize].node;
        let Some(id) = printer.current.take() else { return };
        if is_local {
            printer.given = None;
        }
        let Some(document) = self.documents.get_mut(id) else { return };
        world.page_printed(place);
        world.pages_wasted(1 + std::mem::take(&mut document.good));
        document.done = 0;
        if is_local {
            // What becomes of it there is that of all that waits.
            return self.put_first(id);
        }
        document.stage = Stage::Lost(place);
        if world.is_up(server) {
            let message = A::print_message(PrintMessage::PrinterGone);
            world.break_connection(node, server, message);
        } else if !self.settings.is_kept {
            self.lose(world, node, id);
        }
    }

    /// Spools on disk stay as they are; what was on its way from there waits again.
    fn spool_is_down<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId, spool: u32) {
        for at in 0..self.spools[spool as usize].printers.len() {
            let place = self.spools[spool as usize].printers[at];
            let Some(id) = self.printers[place as usize].given else { continue };
            let stage = self.documents.get(id).map(|document| document.stage);
            match stage {
                Some(Stage::Going(_)) => {
                    self.printers[place as usize].given = None;
                    if let Some(document) = self.documents.get_mut(id) {
                        document.transfer = None;
                    }
                    self.put_first(id);
                }
                Some(Stage::Lost(_)) if !self.settings.is_kept => {
                    self.printers[place as usize].given = None;
                    self.lose(world, node, id);
                }
                _ if !self.settings.is_kept => self.printers[place as usize].given = None,
                _ => {}
            }
        }
        if !self.settings.is_kept {
            for id in std::mem::take(&mut self.spools[spool as usize].queue) {
                self.lose(world, node, id);
            }
        }
    }

    /// Nobody has a document any more, as who prints hears, if he can.
    fn lose<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId, id: DocumentId) {
        let Some(document) = self.documents.get_mut(id) else { return };
        document.stage = Stage::Refused;
        let (client, is_own) = (document.client, document.client == node);
        let bytes = self.documents.get(id).map(|document| self.bytes_sent(document));
        world.wasted(bytes.unwrap_or_default());
        if !is_own && world.is_up(client) {
            world.break_connection(node, client, A::print_message(PrintMessage::Gone(id)));
        } else {
            self.documents.end(id);
        }
    }

    pub fn on_up<A: Prints>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if let Some(place) = self.place(node) {
            self.printers[place as usize].is_leaving = false;
            if !self.is_local(place) {
                self.tell_state(world, node);
            }
        }
        for spool in 0..self.spools.len() as u32 {
            if self.spools[spool as usize].node != node {
                continue;
            }
            for at in 0..self.spools[spool as usize].printers.len() {
                let place = self.spools[spool as usize].printers[at];
                if !self.is_local(place) {
                    // It may have gone on, or gone down, in the meantime.
                    self.printers[place as usize].is_away = true;
                    let ends = (node, self.printers[place as usize].node);
                    Self::say(world, ends, PrintMessage::Check);
                }
            }
            self.dispatch(world, spool);
        }
    }
}
