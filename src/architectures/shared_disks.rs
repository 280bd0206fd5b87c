//! Shared disks: peers keep what others store, with or without a server that knows where.

use super::Composition;
use super::balancer::Balance;
use super::deliveries::Nothing;
use super::finders::KnownServers;
use super::printing::{PrintSettings, Printing};
use super::purpose::Purpose;
use super::storage::{Storage, StorageSettings};
use crate::model::Model;

#[derive(Clone, Debug)]
pub struct SharedDisks {
    pub settings: StorageSettings,
    /// `None`: nobody prints.
    pub printing: Option<PrintSettings>,
}

impl SharedDisks {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        // Nobody looks for anything but items.
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        let storage = Storage::new(self.settings.clone());
        let printing = self.printing.clone().map(Printing::new);
        let composition = Composition::new(finder, Nothing::default())
            .with_storage(storage)
            .with_printing(printing);
        purpose.fulfil(composition)
    }
}
