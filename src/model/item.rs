//! What nodes put on the disks of others, and want back.
//!
//! An item has no content: it is known by its number, its owner and its size. Who asks for which one
//! is demand, the same under every architecture: of the items that have been *issued* by then each is
//! equally likely, whether or not somebody has them yet.

use std::num::NonZeroU32;

use super::demand::whole_bytes;
use super::errand::Draw;
use super::{Demand, Model, Wants};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::Bytes;

/// An item, numbered over a run in the order in which they come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ItemId(NonZeroU32);

impl ItemId {
    /// The one at this place of all; `None` when there are more than have numbers.
    pub fn at(index: usize) -> Option<ItemId> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(ItemId)
    }

    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Index into the model's workloads, of the one that stores it.
    pub workload: u32,
    pub owner: NodeId,
    pub size: Bytes,
}

/// New items of the nodes that ask.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Bytes.
    pub size: Distribution,
    /// Items of each node that are in store before the run begins.
    pub stored: u32,
}

/// Items that were stored before.
#[derive(Clone, Copy, Debug)]
pub struct Retrieves {
    /// The workload that stores them, an index into the model's workloads.
    pub of: u32,
    pub whose: Whose,
}

/// Among whose items one is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Those of the node that asks.
    Own,
    /// Those of all nodes.
    Any,
}

impl Stores {
    /// Of the item that the request `draw` stores; `key` is of its workload.
    #[inline(never)]
    pub(super) fn size_of(&self, key: Key, draw: Draw) -> Bytes {
        let (key, k) = draw.place(key);
        whole_bytes(self.size.draw(&mut key.text("size").draw(k)))
    }
}

impl Retrieves {
    /// A word from which the item is drawn among those that there are then.
    #[inline(never)]
    pub(super) fn chance(key: Key, draw: Draw) -> u64 {
        let (key, k) = draw.place(key);
        key.text("item").draw(k).next_u64()
    }
}

impl Model {
    /// What is in store before the run begins, node by node; `key`: the root of one replication.
    pub fn items_from_the_start(&self, key: Key) -> Vec<Item> {
        let mut items = Vec::new();
        for (number, workload) in (0..).zip(&self.workloads) {
            let Demand::Drawn { askers, wants: Wants::Store(stores), .. } = &workload.demand else {
                continue;
            };
            let key = key.text("workload").text(&workload.name).text("stored");
            // Under more demand a node may ask for several.
            let mut owners = askers.clone();
            owners.sort_unstable();
            owners.dedup();
            for owner in owners {
                let key = key.number(u64::from(owner.0));
                items.extend((0..stores.stored).map(|place| {
                    let size = whole_bytes(stores.size.draw(&mut key.draw(u64::from(place))));
                    Item { workload: number, owner, size }
                }));
            }
        }
        items
    }

    /// How many of them there are, of all workloads.
    pub fn item_count_from_the_start(&self) -> f64 {
        let of_demand = |demand: &Demand| match demand {
            Demand::Drawn { askers, wants: Wants::Store(stores), .. } => {
                askers.len() as f64 * f64::from(stores.stored)
            }
            Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
        };
        self.workloads.iter().map(|workload| of_demand(&workload.demand)).sum()
    }
}

impl Demand {
    /// Whether it is about items.
    pub fn is_of_items(&self) -> bool {
        matches!(self, Demand::Drawn { wants: Wants::Store(_) | Wants::Retrieve(_), .. })
    }
}
