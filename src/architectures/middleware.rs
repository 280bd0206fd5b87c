//! The middleware of all platforms: who belongs to which, open connections, and what it all takes.

mod platform;

pub use platform::{Marshalling, Platform, SetUp};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::metrics::MiddlewareRecord;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

#[derive(Debug, Default)]
pub struct Middleware {
    platforms: Vec<Platform>,
    /// By `NodeId`; empty without platforms.
    of_node: Vec<Option<u16>>,
    counts: Vec<MiddlewareRecord>,
    /// Of a client to a server: since when each idle connection is, in order of time.
    idle: FxHashMap<(NodeId, NodeId), SmallVec<[Time; 2]>>,
}

impl Middleware {
    pub fn new(platforms: Vec<Platform>) -> Middleware {
        let mut of_node = Vec::new();
        for (platform, number) in platforms.iter().zip(0..) {
            for &node in &platform.clients {
                if of_node.len() <= node.index() {
                    of_node.resize(node.index() + 1, None);
                }
                of_node[node.index()] = Some(number);
            }
        }
        let named = |platform: &Platform| MiddlewareRecord {
            platform: platform.name.clone(),
            ..MiddlewareRecord::default()
        };
        let counts = platforms.iter().map(named).collect();
        Middleware { platforms, of_node, counts, idle: FxHashMap::default() }
    }

    #[inline(always)]
    pub fn platform_of(&self, node: NodeId) -> Option<u16> {
        *self.of_node.get(node.index())?
    }

    pub fn at(&self, platform: u16) -> &Platform {
        &self.platforms[usize::from(platform)]
    }

    pub fn counts(&mut self, platform: u16) -> &mut MiddlewareRecord {
        &mut self.counts[usize::from(platform)]
    }

    /// Bytes on the network of a message of `size`, which is sent.
    #[inline(always)]
    pub fn sent(&mut self, platform: Option<u16>, size: Bytes) -> Bytes {
        match platform {
            Some(number) => self.sent_by(number, size),
            None => size,
        }
    }

    #[inline(never)]
    fn sent_by(&mut self, platform: u16, size: Bytes) -> Bytes {
        let wire = self.at(platform).wire(size);
        self.counts(platform).sent(size, wire);
        wire
    }

    /// Whether the answer to a `question` of a client finds an open connection, and not only one that
    /// a small message has opened for it.
    #[inline(always)]
    pub fn leaves_open(&self, platform: Option<u16>, question: Bytes) -> bool {
        match platform {
            Some(number) => self.at(number).leaves_open(question),
            None => question > Bytes::ZERO,
        }
    }

    /// Takes the connection of `client` to `server` that has been idle for the shortest time;
    /// false when none is open any more.
    pub fn reuse(&mut self, now: Time, ends: (NodeId, NodeId), platform: u16) -> bool {
        let keep_alive = self.at(platform).keep_alive;
        let Some(idle) = self.idle.get_mut(&ends) else { return false };
        let is_open = idle.pop().is_some_and(|since| now.since(since) <= keep_alive);
        if !is_open {
            // The others have been idle for longer.
            idle.clear();
        }
        is_open
    }

    /// What a server works to open a connection.
    pub fn work_of_set_up(&self, platform: u16) -> Duration {
        self.at(platform).set_up.map_or(Duration::ZERO, |set_up| set_up.server_work)
    }

    /// Closes the connections of `client` to `servers` that have been idle for longest, until `room`
    /// of them are left.
    pub fn make_room(&mut self, client: NodeId, servers: &[NodeId], room: u32) {
        loop {
            let mut count = 0;
            let mut oldest: Option<(Time, NodeId)> = None;
            for &server in servers {
                let Some(idle) = self.idle.get(&(client, server)) else { continue };
                count += idle.len();
                if let Some(&since) = idle.first()
                    && oldest.is_none_or(|(time, _)| since < time)
                {
                    oldest = Some((since, server));
                }
            }
            let Some((_, server)) = oldest.filter(|_| count > room as usize) else { return };
            if let Some(idle) = self.idle.get_mut(&(client, server)) {
                idle.remove(0);
            }
        }
    }

    /// A connection has done its call.
    pub fn keep(&mut self, now: Time, ends: (NodeId, NodeId), platform: u16) {
        let platform = self.at(platform);
        if platform.set_up.is_some() && platform.keep_alive.nanos() > 0 {
            self.idle.entry(ends).or_default().push(now);
        }
    }

    /// The connections of `node` are closed.
    pub fn forget(&mut self, node: NodeId) {
        self.idle.retain(|&(client, server), _| client != node && server != node);
    }

    /// Of all platforms, at the end of a run.
    pub fn take_records(&mut self) -> Vec<MiddlewareRecord> {
        std::mem::take(&mut self.counts)
    }
}

/// What both of the middleware of calls and that of downloads have taken, of the same platforms.
pub fn together(
    of_calls: Option<Vec<MiddlewareRecord>>,
    of_downloads: Vec<MiddlewareRecord>,
) -> Vec<MiddlewareRecord> {
    let mut records = of_calls.unwrap_or_default();
    if records.is_empty() {
        return of_downloads;
    }
    for (record, other) in records.iter_mut().zip(&of_downloads) {
        record.add(other);
    }
    records
}
