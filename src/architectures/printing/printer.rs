//! Printers and spools.

use std::collections::VecDeque;

use super::message::DocumentId;
use super::settings::{PrintScheme, PrintSettings};
use crate::model::{Model, Printer};
use crate::network::NodeId;
use crate::units::Duration;

/// A printer, and what its spool knows of it.
#[derive(Debug)]
pub struct PrinterState {
    pub node: NodeId,
    /// Place of its spool.
    pub spool: u32,
    pub terms: Printer,
    /// That it works on.
    pub current: Option<DocumentId>,
    /// That the spool has given it, as far as it knows.
    pub given: Option<DocumentId>,
    /// Whether the spool knows that it is not there.
    pub is_away: bool,
    pub is_leaving: bool,
    /// When it was given something last, counted.
    pub given_at: u64,
}

/// Where documents wait for one printer or several.
#[derive(Debug)]
pub struct Spool {
    pub node: NodeId,
    pub queue: VecDeque<DocumentId>,
    /// Places of its printers.
    pub printers: Vec<u32>,
    /// Documents that may wait.
    pub room: Option<u32>,
}

impl PrinterState {
    /// What it takes to print so many pages, if none jams.
    pub fn span(&self, pages: u32) -> Duration {
        self.terms.page().scaled(f64::from(pages))
    }
}

/// What there is at the beginning of a run.
pub fn equipment(settings: &PrintSettings, model: &Model) -> (Vec<PrinterState>, Vec<Spool>) {
    let is_shared = settings.server().is_none();
    let with_terms = settings.printers.iter().filter_map(|&node| {
        let terms = model.printer_of(node)?.clone();
        Some((node, terms))
    });
    let printers: Vec<PrinterState> = (0..)
        .zip(with_terms)
        .map(|(place, (node, terms))| PrinterState {
            node,
            spool: if is_shared { place } else { 0 },
            terms,
            current: None,
            given: None,
            is_away: false,
            is_leaving: false,
            given_at: 0,
        })
        .collect();
    let spools = match settings.scheme {
        PrintScheme::Server(server) => {
            let room = printers.iter().map(|printer| printer.terms.spool);
            let room = room.sum::<Option<u32>>();
            let all = (0..printers.len() as u32).collect();
            vec![Spool { node: server, queue: VecDeque::new(), printers: all, room }]
        }
        PrintScheme::Shared(_) => {
            let of_printer = |(place, printer): (u32, &PrinterState)| Spool {
                node: printer.node,
                queue: VecDeque::new(),
                printers: vec![place],
                room: printer.terms.spool,
            };
            (0..).zip(&printers).map(of_printer).collect()
        }
    };
    (printers, spools)
}
