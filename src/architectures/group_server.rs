//! Servers that keep what groups share, and tell members or are asked.

use super::groupware::{Groupware, Scheme, ServerTerms};
use crate::engine::Control;
use crate::metrics::RunRecord;
use crate::model::Model;

#[derive(Clone, Debug)]
pub struct GroupServer {
    pub terms: ServerTerms,
}

impl GroupServer {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        Groupware::simulate(Scheme::Server(self.terms.clone()), model, replication, control)
    }
}
