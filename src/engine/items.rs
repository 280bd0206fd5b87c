//! Items that nodes have asked to be stored: which there are, and which one a request is for.

use rustc_hash::FxHashMap;

use super::{Architecture, World};
use crate::model::Demand;
use crate::model::{Ask, Item, ItemId, Model, Retrieves, Wants, Whose};
use crate::network::NodeId;
use crate::random::Key;
use crate::units::Bytes;

/// All items of a run, whether or not anybody has them.
#[derive(Debug, Default)]
pub(super) struct Items {
    list: Vec<Item>,
    /// By workload that stores them, in the order of issuing.
    of_workload: FxHashMap<u32, Vec<ItemId>>,
    /// The same by owner.
    of_owner: FxHashMap<(u32, NodeId), Vec<ItemId>>,
}

impl Items {
    /// `key`: the root of one replication.
    pub fn new(model: &Model, key: Key) -> Items {
        let mut items = Items::default();
        for item in model.items_from_the_start(key) {
            items.add(item);
        }
        items
    }

    /// `None` when there are more than have numbers, which the estimate refuses.
    fn add(&mut self, item: Item) -> Option<ItemId> {
        let id = ItemId::at(self.list.len())?;
        self.list.push(item);
        self.of_workload.entry(item.workload).or_default().push(id);
        self.of_owner.entry((item.workload, item.owner)).or_default().push(id);
        Some(id)
    }

    /// One of those that `node` may want; `None` when there is none.
    fn draw(&self, retrieves: Retrieves, node: NodeId, chance: u64) -> Option<ItemId> {
        let all = match retrieves.whose {
            Whose::Own => self.of_owner.get(&(retrieves.of, node)),
            Whose::Any => self.of_workload.get(&retrieves.of),
        }?;
        // The bias is below their number / 2^64.
        let place = (u128::from(chance) * all.len() as u128) >> 64;
        all.get(place as usize).copied()
    }

    pub fn size(&self, item: Option<ItemId>) -> Bytes {
        item.map_or(Bytes::ZERO, |item| self.list[item.index()].size)
    }
}

impl<A: Architecture> World<'_, A> {
    /// All items that have been issued by now, by `ItemId`; at the start those that are in store
    /// already.
    pub fn items(&self) -> &[Item] {
        &self.items.list
    }

    pub fn item(&self, item: ItemId) -> &Item {
        &self.items.list[item.index()]
    }

    /// Which item a request that `node` issues now is for.
    #[inline(never)]
    pub(super) fn item_of(&mut self, workload: u32, node: NodeId, ask: Ask) -> Option<ItemId> {
        match ask {
            Ask::Store { size } => self.items.add(Item { workload, owner: node, size }),
            Ask::Retrieve { chance } => match &self.model.workloads[workload as usize].demand {
                Demand::Drawn { wants: Wants::Retrieve(retrieves), .. } => {
                    self.items.draw(*retrieves, node, chance)
                }
                Demand::Drawn { .. } | Demand::Trace { .. } => None,
            },
            Ask::Download(_)
            | Ask::Transfer { .. }
            | Ask::Request(_)
            | Ask::Job(_)
            | Ask::Transaction(_)
            | Ask::Lookup(_)
            | Ask::Call(_)
            | Ask::Update { .. }
            | Ask::Print(_) => None,
        }
    }

    /// Whether `node` is down and never comes back, so that what is on its disk is lost.
    pub fn is_gone_for_good(&self, node: NodeId) -> bool {
        self.faults.is_down(node) && self.faults.is_gone(node)
    }
}
