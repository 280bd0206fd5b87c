//! A print server in front of printers, or printers that stand or hang where they are used.

use super::Composition;
use super::balancer::Balance;
use super::deliveries::Nothing;
use super::finders::KnownServers;
use super::printing::{PrintScheme, PrintSettings, Printing};
use super::purpose::Purpose;
use crate::model::Model;

#[derive(Clone, Debug)]
pub struct Printers {
    pub settings: PrintSettings,
}

impl Printers {
    pub fn kind(&self) -> &'static str {
        match self.settings.scheme {
            PrintScheme::Server(_) => "print-server",
            PrintScheme::Shared(_) => "shared-printers",
        }
    }

    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        // Nobody looks for anything.
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        let composition = Composition::new(finder, Nothing::default())
            .with_printing(Some(Printing::new(self.settings.clone())));
        purpose.fulfil(composition)
    }
}
