//! Who asks servers of an architecture for something, of which middleware can be a part.

use std::collections::BTreeSet;

use super::super::groups::{Groups, Lookup};
use crate::model::{Ask, Demand, Transactions, Wants, Workload};
use crate::network::NodeId;

/// Groups of which some nodes ask; `None` when not all workloads or tiers can be read.
#[derive(Debug)]
pub struct Askers(Option<BTreeSet<u32>>);

impl Askers {
    /// Clients of the workloads.
    pub fn of(workloads: Option<&[Workload]>, groups: &Groups) -> Askers {
        let Some(workloads) = workloads else { return Askers(None) };
        let mut askers = Askers(Some(BTreeSet::new()));
        for workload in workloads {
            match &workload.demand {
                // Items go past middleware.
                Demand::Drawn {
                    wants:
                        Wants::Transfer { .. }
                        | Wants::Transaction(_)
                        | Wants::Store(_)
                        | Wants::Retrieve(_)
                        | Wants::Call(_)
                        | Wants::Update(_)
                        | Wants::Print(_),
                    ..
                } => {}
                Demand::Drawn {
                    askers: nodes,
                    wants: Wants::Download(_) | Wants::Request(_) | Wants::Job(_) | Wants::Lookup(_),
                    ..
                } => {
                    askers.add(nodes.iter().copied(), groups);
                }
                Demand::Trace { entries, .. } => {
                    let asks = |ask: &Ask| !matches!(ask, Ask::Transfer { .. });
                    let asking = entries.iter().filter(|entry| asks(&entry.ask));
                    askers.add(asking.map(|entry| entry.node), groups);
                }
            }
        }
        askers
    }

    /// The cash machines of all banks.
    pub fn at_machines(transactions: Option<&Transactions>, groups: &Groups) -> Askers {
        let Some(transactions) = transactions else { return Askers(None) };
        let mut askers = Askers(Some(BTreeSet::new()));
        for bank in &transactions.banks {
            askers.add(bank.machines.iter().copied(), groups);
        }
        askers
    }

    /// `nodes` ask as well.
    pub fn add(&mut self, nodes: impl Iterator<Item = NodeId>, groups: &Groups) {
        if let Askers(Some(firsts)) = self {
            firsts.extend(nodes.map(|node| groups.group_of(node).first));
        }
    }

    /// It is not known who else asks.
    pub fn some_are_missing(&mut self) {
        *self = Askers(None);
    }

    /// Whether nodes of the group of that name, or of the group of the node of that name, ask; where
    /// that is not known they may.
    pub fn may_have(&self, name: &str, groups: &Groups) -> bool {
        let group = match (groups.find(name), groups.node(name)) {
            (None, Lookup::Node(node)) => Some(groups.group_of(node)),
            (group, _) => group,
        };
        let (Askers(Some(firsts)), Some(group)) = (self, group) else { return true };
        // A group that is left empty, as in a sweep, shares its first node with the next one.
        group.count == 0 || firsts.contains(&group.first)
    }
}
