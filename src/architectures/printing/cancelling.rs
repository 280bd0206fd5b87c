//! Nobody waits for a document any more.

use super::document::Stage;
use super::message::DocumentId;
use super::{PrintMessage, Printing, Prints};
use crate::engine::{RequestId, World};
use crate::network::NodeId;

impl Printing {
    /// Who prints has lost patience, or is down.
    pub fn on_abandoned<A: Prints>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        let Some(id) = self.of_request.remove(&request) else { return };
        let Some(document) = self.documents.get_mut(id) else { return };
        world.pages_wasted(std::mem::take(&mut document.good));
        let (client, spool, stage) = (document.client, document.spool, document.stage);
        let is_up = world.is_up(client);
        match stage {
            Stage::Seeking => {
                self.documents.end(id);
            }
            Stage::Coming if document.transfer.is_some() || !is_up => {
                let ended = self.documents.end(id);
                // Of a node that is down the world has broken it.
                if let Some(transfer) = ended.and_then(|d| d.transfer).filter(|_| is_up) {
                    let arrived = world.cancel(transfer);
                    world.wasted(arrived);
                }
            }
            Stage::Coming
            | Stage::Waiting
            | Stage::Going(_)
            | Stage::Printing(_)
            | Stage::Lost(_) => {
                let ends = (client, self.spools[spool as usize].node);
                Self::say(world, ends, PrintMessage::Cancel(id));
            }
            Stage::Printed(_) | Stage::Refused => {}
        }
        if stage != Stage::Seeking {
            self.note_in_vain(world, request, spool);
        }
    }

    /// `node`, where the spool is or the printer, is asked to let a document be.
    pub(super) fn cancelled<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        id: DocumentId,
    ) {
        let Some(document) = self.documents.get_mut(id) else { return };
        let spool = document.spool;
        match document.stage {
            Stage::Printing(place) => {
                let printer = self.printers[place as usize].node;
                if printer == node {
                    document.is_cancelled = true;
                } else {
                    Self::say(world, (node, printer), PrintMessage::Cancel(id));
                }
            }
            Stage::Waiting => {
                self.spools[spool as usize].queue.retain(|&other| other != id);
                self.end_unwanted(world, id);
            }
            Stage::Going(place) => {
                if let Some(transfer) = document.transfer.take() {
                    let arrived = world.cancel(transfer);
                    world.wasted(arrived);
                }
                self.printers[place as usize].given = None;
                self.end_unwanted(world, id);
                self.dispatch(world, spool);
            }
            // The print server hears that from the printer.
            Stage::Lost(_) => self.end_unwanted(world, id),
            Stage::Seeking | Stage::Coming | Stage::Printed(_) | Stage::Refused => {}
        }
    }

    fn end_unwanted<A: Prints>(&mut self, world: &mut World<'_, A>, id: DocumentId) {
        if let Some(ended) = self.documents.end(id) {
            world.wasted(self.bytes_sent(&ended));
        }
    }
}
