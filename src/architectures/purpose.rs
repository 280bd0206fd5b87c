//! What becomes of an architecture that a preset has put together.
//!
//! Presets make architectures of many types; here they are all the same.

use super::together::Part;
use crate::engine::{Architecture, Bare, Control, Envelope, Shared, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;

pub trait Purpose {
    /// Of the architecture that is put together.
    type Envelope: Envelope;
    type Outcome;

    fn fulfil<A>(self, architecture: A) -> Self::Outcome
    where
        A: Architecture<Envelope = Self::Envelope> + 'static;
}

/// It serves everything in one replication.
pub struct Run<'m> {
    pub model: &'m Model,
    pub replication: u32,
    pub control: &'m Control,
}

impl Purpose for Run<'_> {
    type Envelope = Bare;
    type Outcome = RunRecord;

    fn fulfil<A>(self, architecture: A) -> RunRecord
    where
        A: Architecture<Envelope = Bare> + 'static,
    {
        Simulation::new(self.model, self.replication, architecture).run(self.control)
    }
}

/// It serves some of the workloads, and others the rest.
pub struct Join;

impl Purpose for Join {
    type Envelope = Shared;
    type Outcome = Box<dyn Part>;

    fn fulfil<A>(self, architecture: A) -> Box<dyn Part>
    where
        A: Architecture<Envelope = Shared> + 'static,
    {
        Box::new(architecture)
    }
}
