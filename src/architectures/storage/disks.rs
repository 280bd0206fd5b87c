//! What is on which disk, and whether enough of each item is on nodes that are up.
//!
//! All pieces of an item are different, and any `needed` of them make it whole: copies, of which one
//! is enough, or pieces of an erasure code that has as many different ones as are ever asked for.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::metrics::StorageRecord;
use crate::model::{Item, ItemId};
use crate::network::NodeId;
use crate::units::{Bytes, Time};

/// Pieces of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Redundancy {
    /// That make it whole; at least one.
    pub needed: u32,
    /// That there are to be, no fewer; each of its size over `needed`.
    pub pieces: u32,
}

impl Redundancy {
    pub fn copies(count: u32) -> Redundancy {
        Redundancy { needed: 1, pieces: count }
    }

    /// Of an item of this size, rounded up.
    pub fn piece_size(self, item: Bytes) -> Bytes {
        Bytes::new(item.count().div_ceil(u64::from(self.needed.max(1))).max(1))
    }
}

/// The disk of a node.
#[derive(Debug)]
struct Disk {
    /// That the node offers; `None`: any.
    space: Option<Bytes>,
    used: Bytes,
    /// For pieces that are to come.
    reserved: Bytes,
    /// Of which it has a piece.
    items: Vec<ItemId>,
    is_up: bool,
}

/// Where an item is.
#[derive(Clone, Debug, Default)]
struct Stock {
    /// Places of the nodes that have a piece, up or down.
    holders: SmallVec<[u32; 4]>,
    /// Of these are up.
    up: u32,
    /// Nodes at which a piece is being made anew.
    coming: SmallVec<[u32; 2]>,
    /// Its owner has been told that it is stored.
    is_stored: bool,
}

/// All disks; nodes are called by their place among those that offer one.
#[derive(Debug)]
pub(super) struct Disks {
    nodes: Vec<NodeId>,
    places: FxHashMap<NodeId, u32>,
    disks: Vec<Disk>,
    /// By `ItemId`.
    stocks: Vec<Stock>,
    redundancy: Redundancy,
    availability: Availability,
}

/// Items in store, and those that could be had, over time.
#[derive(Debug)]
struct Availability {
    /// Nothing counts before.
    start: Time,
    since: Time,
    stored: u64,
    available: u64,
    item_time: u128,
    available_time: u128,
}

impl Availability {
    fn advance(&mut self, now: Time) {
        let from = self.since.max(self.start);
        if now > from {
            let span = u128::from(now.since(from).nanos());
            self.item_time += span * u128::from(self.stored);
            self.available_time += span * u128::from(self.available);
        }
        self.since = now;
    }
}

impl Disks {
    /// `spaces`: of each node, if they are limited; `start`: from when on availability counts.
    pub fn new(
        nodes: Vec<NodeId>,
        spaces: impl Fn(NodeId) -> Option<Bytes>,
        redundancy: Redundancy,
        start: Time,
    ) -> Disks {
        let disk = |&node: &NodeId| Disk {
            space: spaces(node),
            used: Bytes::ZERO,
            reserved: Bytes::ZERO,
            items: Vec::new(),
            is_up: true,
        };
        let availability = Availability {
            start,
            since: Time::ZERO,
            stored: 0,
            available: 0,
            item_time: 0,
            available_time: 0,
        };
        Disks {
            places: nodes.iter().copied().zip(0..).collect(),
            disks: nodes.iter().map(disk).collect(),
            nodes,
            stocks: Vec::new(),
            redundancy,
            availability,
        }
    }

    pub fn count(&self) -> u32 {
        self.nodes.len() as u32
    }

    pub fn node(&self, place: u32) -> NodeId {
        self.nodes[place as usize]
    }

    /// `None` when the node offers no disk.
    pub fn place(&self, node: NodeId) -> Option<u32> {
        self.places.get(&node).copied()
    }

    /// Places of the nodes that have a piece, in the order in which they got it.
    pub fn holders(&self, item: ItemId) -> &[u32] {
        self.stocks.get(item.index()).map_or(&[], |stock| &stock.holders)
    }

    pub fn has(&self, item: ItemId, place: u32) -> bool {
        self.holders(item).contains(&place)
    }

    /// Nodes at which a piece is being made anew.
    pub fn coming(&self, item: ItemId) -> &[u32] {
        self.stocks.get(item.index()).map_or(&[], |stock| &stock.coming)
    }

    pub fn set_coming(&mut self, item: ItemId, place: u32, is_coming: bool) {
        let stock = self.stock_mut(item);
        stock.coming.retain(|&mut other| other != place);
        if is_coming {
            stock.coming.push(place);
        }
    }

    pub fn is_stored(&self, item: ItemId) -> bool {
        self.stocks.get(item.index()).is_some_and(|stock| stock.is_stored)
    }

    pub fn has_room(&self, place: u32, size: Bytes) -> bool {
        let disk = &self.disks[place as usize];
        let taken = disk.used.count().saturating_add(disk.reserved.count());
        disk.space.is_none_or(|space| taken.saturating_add(size.count()) <= space.count())
    }

    /// Keeps room for a piece that is to come, if there is any.
    pub fn reserve(&mut self, place: u32, size: Bytes) -> bool {
        let has_room = self.has_room(place, size);
        if has_room {
            self.disks[place as usize].reserved += size;
        }
        has_room
    }

    /// A piece for which room was kept will not come.
    pub fn release(&mut self, place: u32, size: Bytes) {
        let disk = &mut self.disks[place as usize];
        disk.reserved -= size;
    }

    /// A piece for which room was kept is on the disk; a second one of an item, made anew while the owner
    /// was still sending, is thrown away.
    pub fn put(&mut self, now: Time, item: ItemId, place: u32, size: Bytes) {
        self.release(place, size);
        if self.has(item, place) {
            return;
        }
        let disk = &mut self.disks[place as usize];
        disk.used += size;
        disk.items.push(item);
        let is_up = disk.is_up;
        self.stock_mut(item).holders.push(place);
        if is_up {
            self.shift(now, item, 1);
        }
    }

    /// The owner of the item has been told that it is stored.
    pub fn set_stored(&mut self, now: Time, item: ItemId) {
        self.availability.advance(now);
        let needed = self.redundancy.needed;
        let stock = self.stock_mut(item);
        if std::mem::replace(&mut stock.is_stored, true) {
            return;
        }
        let is_available = stock.up >= needed;
        self.availability.stored += 1;
        self.availability.available += u64::from(is_available);
    }

    /// The node at this place goes down or comes up; what is on its disk stays.
    pub fn set_up(&mut self, now: Time, place: u32, is_up: bool) {
        let disk = &mut self.disks[place as usize];
        if std::mem::replace(&mut disk.is_up, is_up) == is_up {
            return;
        }
        let items = std::mem::take(&mut disk.items);
        for &item in &items {
            self.shift(now, item, if is_up { 1 } else { -1 });
        }
        self.disks[place as usize].items = items;
    }

    /// So many more holders of the item are up.
    fn shift(&mut self, now: Time, item: ItemId, by: i32) {
        let needed = self.redundancy.needed;
        let stock = &mut self.stocks[item.index()];
        let was_available = stock.up >= needed;
        stock.up = stock.up.saturating_add_signed(by);
        let is_available = stock.up >= needed;
        if stock.is_stored && was_available != is_available {
            self.availability.advance(now);
            let available = &mut self.availability.available;
            *available = available.saturating_add_signed(if is_available { 1 } else { -1 });
        }
    }

    fn stock_mut(&mut self, item: ItemId) -> &mut Stock {
        if self.stocks.len() <= item.index() {
            self.stocks.resize(item.index() + 1, Stock::default());
        }
        &mut self.stocks[item.index()]
    }

    /// The books at the end; `is_gone`: whether a node never comes back.
    pub fn record(
        &mut self,
        now: Time,
        items: &[Item],
        is_gone: impl Fn(NodeId) -> bool,
    ) -> StorageRecord {
        self.availability.advance(now);
        let gone: Vec<bool> = self.nodes.iter().map(|&node| is_gone(node)).collect();
        let mut record = StorageRecord {
            hosts: self.nodes.len() as u64,
            item_time: self.availability.item_time,
            available_time: self.availability.available_time,
            ..StorageRecord::default()
        };
        let mut placed = Bytes::ZERO;
        for (stock, item) in self.stocks.iter().zip(items) {
            let piece = self.redundancy.piece_size(item.size);
            placed += Bytes::new(piece.count().saturating_mul(stock.holders.len() as u64));
            if stock.is_stored {
                record.items += 1;
                record.item_bytes += item.size;
                let left = stock.holders.iter().filter(|&&place| !gone[place as usize]).count();
                record.lost += u64::from((left as u32) < self.redundancy.needed);
            }
        }
        for disk in &self.disks {
            record.disk_bytes += disk.used;
            record.fullest = record.fullest.max(disk.used);
        }
        debug_assert_eq!(placed, record.disk_bytes, "what is on disks are the pieces of items");
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Duration;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_whole_secs(seconds)
    }

    #[test]
    fn an_item_is_there_while_enough_of_its_holders_are() {
        let nodes = [4, 5, 6].map(NodeId).to_vec();
        let redundancy = Redundancy { needed: 2, pieces: 3 };
        let space = |_| Some(Bytes::new(60));
        let mut disks = Disks::new(nodes, space, redundancy, at(10));
        let item = ItemId::at(0).unwrap();
        let piece = redundancy.piece_size(Bytes::new(99));
        assert_eq!(piece, Bytes::new(50));
        for place in 0..3 {
            assert!(disks.reserve(place, piece) && !disks.reserve(place, piece));
            disks.put(at(0), item, place, piece);
        }
        disks.set_stored(at(0), item);
        // Three are up until 20 s, two until 30 s, one until 50 s, and two again.
        disks.set_up(at(20), 0, false);
        disks.set_up(at(30), 1, false);
        disks.set_up(at(50), 0, true);
        let items = [Item { workload: 0, owner: NodeId(1), size: Bytes::new(99) }];
        let is_gone = |node| node == NodeId(5);
        let record = disks.record(at(60), &items, is_gone);
        // Nothing counts before 10 s: 20 s with enough of them, 20 s without, and 10 s with.
        assert_eq!((record.item_time, record.available_time), (50_000_000_000, 30_000_000_000));
        assert_eq!((record.items, record.lost), (1, 0));
        assert_eq!((record.disk_bytes, record.fullest), (Bytes::new(150), Bytes::new(50)));
        assert_eq!(disks.record(at(60), &items, |node| node != NodeId(5)).lost, 1);
    }
}
