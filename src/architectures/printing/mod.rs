//! Printing: documents, spools and printers.
//!
//! Who prints sends the document to a *spool*, where it waits for a printer. A print server has one for
//! all its printers, and sends the next document to the first that is free; a printer that is shared by itself, or by the
//! desk that it hangs on, has its own. Pages are printed one after another; one that jams is cleared away after a while,
//! and printed again. When the last page is out, who asked has an answer.
//!
//! A spool on disk (`is_kept`) outlasts that its node is down, and nobody hears of that: who loses patience takes his
//! document back where he can, and prints it elsewhere; one that he could not take back is printed for nobody when the node is up. A
//! spool in memory is lost, and who has a document there hears of it one latency later. What a printer that goes down was printing
//! begins anew, there or at another one. So paper may be wasted: a page counts as wasted from the moment on at which it is
//! known that it is of no use, so that pages printed = pages of answered documents + pages wasted + pages of documents
//! that are being printed, always.
//!
//! Left out: that a printer begins before the last byte has come, or is sent the next document while it prints one;
//! paper and toner that run out; conversion of documents. See `docs/limits.md`.

mod cancelling;
mod document;
mod exits;
mod finding;
mod message;
mod pages;
mod printer;
mod settings;
mod spooling;

pub use message::{PrintMessage, PrintTimer};
pub use settings::{FindPrinter, PrintScheme, PrintSettings};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use self::document::{DocumentState, Stage};
use self::message::DocumentId;
use self::printer::{PrinterState, Spool, equipment};
use super::finders::slots::Slots;
use crate::engine::{Architecture, Loss, RequestId, World};
use crate::metrics::{FailureReason, Role};
use crate::model::{Ask, Document};
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::{Bytes, Duration, Time};

/// Before the print server and a printer look for each other again, between which there was no way.
const LOOK_AFTER: Duration = Duration::from_whole_secs(10);

/// An architecture of which printing is a part.
pub trait Prints: Architecture {
    fn print_message(message: PrintMessage) -> Self::Message;
    fn print_timer(timer: PrintTimer) -> Self::Timer;
}

/// All documents of a run, and where they are.
#[derive(Debug)]
pub struct Printing {
    settings: PrintSettings,
    printers: Vec<PrinterState>,
    spools: Vec<Spool>,
    documents: Slots<DocumentState>,
    of_request: FxHashMap<RequestId, DocumentId>,
    /// Where earlier attempts of a request have been in vain, by places of spools.
    in_vain: FxHashMap<RequestId, SmallVec<[u32; 4]>>,
    /// Counts what printers are given.
    stamp: u64,
    choices: Option<Stream>,
}

impl Printing {
    pub fn new(settings: PrintSettings) -> Printing {
        Printing {
            settings,
            printers: Vec::new(),
            spools: Vec::new(),
            documents: Slots::default(),
            of_request: FxHashMap::default(),
            in_vain: FxHashMap::default(),
            stamp: 0,
            choices: None,
        }
    }

    pub fn on_start<A: Prints>(&mut self, world: &mut World<'_, A>) {
        (self.printers, self.spools) = equipment(&self.settings, world.model());
        self.choices = Some(world.key().text("printing").stream());
        let server = self.settings.server();
        match server {
            // Its printers send nothing to anybody.
            Some(server) => world.declare(server, Role::Server),
            None => {
                self.settings.printers.iter().for_each(|&node| world.declare(node, Role::Peer));
            }
        }
        world.declare_printers(self.settings.printers.clone());
    }

    /// A node prints something.
    pub fn begin<A: Prints>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        let state = *world.request(request);
        let Ask::Print(draw) = state.ask() else {
            return world.give_up(request, FailureReason::NotFound);
        };
        let Document { pages, size } = world.document(state.workload, draw);
        let mut in_vain = self.in_vain.get(&request).cloned().unwrap_or_default();
        if in_vain.len() >= self.spools.len() {
            in_vain.clear();
        }
        let id = self.documents.begin(DocumentState {
            request,
            attempt: state.attempt,
            workload: state.workload,
            draw,
            client: state.node,
            pages,
            size,
            stage: Stage::Seeking,
            spool: 0,
            transfer: None,
            spooled: Time::ZERO,
            began: Time::ZERO,
            ended: Time::ZERO,
            tried: 0,
            done: 0,
            good: 0,
            passes: 0,
            is_cancelled: false,
            in_vain,
            unanswered: 0,
            best: None,
        });
        self.of_request.insert(request, id);
        self.find(world, id);
    }

    pub fn on_message<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        to: NodeId,
        from: NodeId,
        message: PrintMessage,
    ) {
        match message {
            PrintMessage::Spool(id) => self.spooled(world, id),
            PrintMessage::Refused(id) => self.go_elsewhere(world, id, FailureReason::Refused),
            PrintMessage::Cancel(id) => self.cancelled(world, to, id),
            PrintMessage::Load(id) => self.loaded(world, id),
            PrintMessage::Page { document, is_jammed } => self.page_out(world, document, is_jammed),
            PrintMessage::Printed(id) => self.printed(world, id),
            PrintMessage::Free(id) => self.freed(world, from, id),
            PrintMessage::Check => self.tell_state(world, to),
            PrintMessage::Idle => self.heard_state(world, from, None),
            PrintMessage::Doing(id) => self.heard_state(world, from, Some(id)),
            PrintMessage::Ask(id) => self.asked(world, (to, from), id),
            PrintMessage::Busy { document, work } => self.heard(world, from, document, work),
            // Nobody says these: they are what is not heard any more.
            PrintMessage::Gone(_) | PrintMessage::PrinterGone => {}
        }
    }

    pub fn on_undelivered<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        (from, to): (NodeId, NodeId),
        message: PrintMessage,
        why: Loss,
    ) {
        match message {
            PrintMessage::Spool(id) => self.go_elsewhere(world, id, why.into()),
            PrintMessage::Load(id) => self.cannot_load(world, id, why),
            PrintMessage::Refused(id) => {
                self.documents.end(id);
            }
            PrintMessage::Printed(id) => self.fail(world, id, why.into()),
            PrintMessage::Check if why == Loss::NodeDown => self.printer_gone(world, to),
            PrintMessage::Check => {
                world.wake(from, LOOK_AFTER, A::print_timer(PrintTimer::Look { printer: to }));
            }
            PrintMessage::Free(_) | PrintMessage::Idle | PrintMessage::Doing(_)
                if why == Loss::Unreachable =>
            {
                world.wake(from, LOOK_AFTER, A::print_timer(PrintTimer::Tell));
            }
            // A server that comes up asks by itself; a question to all is no connection; a station of a printer has room; and who
            // cannot take his document back lets it be.
            PrintMessage::Free(_)
            | PrintMessage::Idle
            | PrintMessage::Doing(_)
            | PrintMessage::Cancel(_)
            | PrintMessage::Page { .. }
            | PrintMessage::Ask(_)
            | PrintMessage::Busy { .. }
            | PrintMessage::Gone(_)
            | PrintMessage::PrinterGone => {
                debug_assert!(why != Loss::QueueFull, "the printer of {to:?} has room for a page");
            }
        }
    }

    pub fn on_broken<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        from: NodeId,
        message: PrintMessage,
        arrived: Bytes,
    ) {
        world.wasted(arrived);
        match message {
            PrintMessage::Gone(id) => self.fail(world, id, FailureReason::ServerDown),
            PrintMessage::PrinterGone => self.printer_gone(world, from),
            // Of a document on its way somebody else has been told what becomes of it.
            PrintMessage::Spool(_)
            | PrintMessage::Load(_)
            | PrintMessage::Refused(_)
            | PrintMessage::Cancel(_)
            | PrintMessage::Page { .. }
            | PrintMessage::Printed(_)
            | PrintMessage::Free(_)
            | PrintMessage::Check
            | PrintMessage::Idle
            | PrintMessage::Doing(_)
            | PrintMessage::Ask(_)
            | PrintMessage::Busy { .. } => {}
        }
    }

    pub fn on_timer<A: Prints>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        timer: PrintTimer,
    ) {
        match timer {
            PrintTimer::Choose(id) => self.choose(world, id),
            PrintTimer::Look { printer } => Self::say(world, (node, printer), PrintMessage::Check),
            PrintTimer::Tell => self.tell_state(world, node),
        }
    }

    fn say<A: Prints>(
        world: &mut World<'_, A>,
        (from, to): (NodeId, NodeId),
        message: PrintMessage,
    ) {
        world.send_on_connection(from, to, A::print_message(message));
    }

    fn place(&self, node: NodeId) -> Option<u32> {
        self.settings.printers.binary_search(&node).ok().map(|place| place as u32)
    }

    /// Whether a printer hangs on the node of its spool.
    fn is_local(&self, place: u32) -> bool {
        let printer = &self.printers[place as usize];
        self.spools[printer.spool as usize].node == printer.node
    }

    fn is_wanted<A: Prints>(&self, world: &World<'_, A>, id: DocumentId) -> bool {
        let document = self.documents.get(id);
        document.is_some_and(|document| world.is_running(document.request, document.attempt))
    }
}
