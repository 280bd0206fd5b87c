//! What documents and printers take.

use crate::architectures::{FindPrinter, PrintScheme, PrintSettings};
use crate::model::{Demand, Model, Wants};
use crate::units::Time;

/// Bytes of a printer with its spool, and of a document.
const PRINTER: f64 = 300.0;
const DOCUMENT: f64 = 300.0;
/// Events of a document beside its pages: its transfers, that it is printed, and that its printer is free.
const EVENTS: f64 = 8.0;

/// Memory and events of one run.
pub fn print_cost(model: &Model, settings: &PrintSettings, horizon: Time) -> (f64, f64) {
    let (mut requests, mut pages) = (0.0, 0.0);
    for workload in model.served() {
        if let Demand::Drawn { wants: Wants::Print(prints), .. } = &workload.demand {
            let count = workload.demand.expected_requests(horizon);
            requests += count;
            pages += count * prints.pages.mean().max(1.0);
        }
    }
    let printers = settings.printers.len() as f64;
    let asking = match settings.scheme {
        PrintScheme::Shared(FindPrinter::Broadcast { .. }) => 2.0 * printers + 1.0,
        PrintScheme::Shared(FindPrinter::Nearest | FindPrinter::Fixed) | PrintScheme::Server(_) => {
            0.0
        }
    };
    (printers * PRINTER + requests * DOCUMENT, pages + requests * (EVENTS + asking))
}
