//! Members of groups that tell each other what has changed, without a server.

use super::groupware::{Groupware, PeerTerms, Scheme};
use crate::engine::Control;
use crate::metrics::RunRecord;
use crate::model::Model;

#[derive(Clone, Debug)]
pub struct GroupPeers {
    pub terms: PeerTerms,
}

impl GroupPeers {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        Groupware::simulate(Scheme::Peers(self.terms), model, replication, control)
    }
}
