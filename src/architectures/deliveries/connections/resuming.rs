//! Downloads that go on where they stopped, as by a range request of HTTP (RFC 9110, section 14).
//!
//! What has arrived of an object on a connection that broke is on the disk of its client. The next
//! connection asks for the rest. When two are at work for the same object, what the one that is
//! behind has brought is of no use.

use rustc_hash::FxHashMap;

use super::message::{Connecting, Line};
use super::{Connection, Connections};
use crate::engine::World;
use crate::model::{Model, ObjectId};
use crate::network::NodeId;
use crate::units::Bytes;

/// What clients have of the objects that they download.
#[derive(Debug)]
pub struct Resuming {
    /// By workload.
    are_resumed: Vec<bool>,
    kept: FxHashMap<(NodeId, ObjectId), Kept>,
    /// By number of a connection in use.
    parts: FxHashMap<u32, Part>,
}

/// What a client has of an object.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    /// From the first one on.
    bytes: Bytes,
    /// Whether it has come whole: who asks for it after that has dropped it meanwhile.
    is_whole: bool,
}

/// What a connection brings.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// The first byte that is asked for.
    offset: Bytes,
    /// Bytes that the client had got and kept when it left the connection.
    saved: Bytes,
}

impl Resuming {
    /// `None` when all downloads begin anew.
    pub fn new(model: &Model) -> Option<Resuming> {
        let are_resumed: Vec<bool> =
            model.workloads.iter().map(|workload| workload.policy.resume).collect();
        let any = are_resumed.contains(&true);
        any.then(|| Resuming {
            are_resumed,
            kept: FxHashMap::default(),
            parts: FxHashMap::default(),
        })
    }

    /// The client keeps what has come of `object` up to `reached`; how many bytes are new, of so many
    /// that have `arrived`.
    fn keep(&mut self, of: (NodeId, ObjectId), reached: Bytes, arrived: Bytes) -> Bytes {
        let Kept { bytes: kept, .. } = self.kept.entry(of).or_default();
        let before = std::mem::replace(kept, reached.max(*kept));
        (*kept - before).min(arrived)
    }
}

impl Connections {
    pub fn on_start<A: Connecting>(&mut self, world: &World<'_, A>) {
        self.resuming = Resuming::new(world.model());
    }

    /// A connection has been opened: it asks for what its client lacks.
    pub(super) fn begin_part<A: Connecting>(&mut self, world: &World<'_, A>, connection: u32) {
        let Some(resuming) = &mut self.resuming else { return };
        let Connection { client, object, line, .. } = self.list[connection as usize];
        let is_resumed = matches!(line, Line::New)
            && !self.packing.has(connection)
            && resuming.are_resumed[world.model().workload_of(object) as usize];
        if is_resumed {
            let kept = resuming.kept.entry((client, object)).or_default();
            if kept.is_whole {
                *kept = Kept::default();
            }
            // The last byte is asked for in any case: an empty answer would be none.
            let size = world.object_size(object);
            let most = size - Bytes::new(1).min(size);
            let offset = kept.bytes.min(most);
            resuming.parts.insert(connection, Part { offset, saved: Bytes::ZERO });
        } else {
            resuming.parts.remove(&connection);
        }
    }

    fn part(&self, connection: u32) -> Option<Part> {
        self.resuming.as_ref()?.parts.get(&connection).copied()
    }

    /// Bytes of the object that the client has before.
    pub(super) fn offset(&self, connection: u32) -> Bytes {
        self.part(connection).map_or(Bytes::ZERO, |part| part.offset)
    }

    /// Of so many bytes that have arrived those that the client did not keep when it left.
    pub(super) fn not_saved(&self, connection: u32, arrived: Bytes) -> Bytes {
        let saved = self.part(connection).map_or(Bytes::ZERO, |part| part.saved);
        arrived - saved.min(arrived)
    }

    /// The object has come whole; bytes of it that had come before by another connection.
    pub(super) fn complete_part(&mut self, connection: u32, size: Bytes) -> Bytes {
        let Some(part) = self.part(connection) else {
            return Bytes::ZERO;
        };
        let Connection { client, object, .. } = self.list[connection as usize];
        let rest = size - part.offset;
        let resuming = self.resuming.as_mut().expect("it has parts");
        let new = resuming.keep((client, object), size, rest);
        resuming.kept.entry((client, object)).or_default().is_whole = true;
        rest - new
    }

    /// The server went down when so many bytes had arrived; those of no use.
    pub(super) fn broken_part(&mut self, connection: u32, arrived: Bytes) -> Bytes {
        let Connection { client, object, is_open, .. } = self.list[connection as usize];
        match (self.part(connection), &mut self.resuming) {
            (Some(part), Some(resuming)) if is_open => {
                let left = arrived - part.saved.min(arrived);
                left - resuming.keep((client, object), part.offset + arrived, left)
            }
            _ => self.not_saved(connection, arrived),
        }
    }

    /// The client leaves the connection with what has arrived by now.
    pub(super) fn save_part<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let Connection { client, object, transfer, .. } = self.list[connection as usize];
        let (Some(part), Some(transfer)) = (self.part(connection), transfer) else { return };
        // Who is down has saved it before.
        if !world.is_up(client) {
            return;
        }
        let arrived = world.progress(transfer);
        if let Some(resuming) = &mut self.resuming {
            let saved = resuming.keep((client, object), part.offset + arrived, arrived);
            // When its server has gone down before, it is saved.
            let all = part.saved.max(saved);
            resuming.parts.insert(connection, Part { saved: all, ..part });
            if saved > Bytes::ZERO {
                world.gained();
            }
        }
    }

    /// `node` goes down in this instant: what it has got is on its disk, and what it has sent is on
    /// those of others, though these may go down before they hear that there is no more.
    pub fn on_exit<A: Connecting>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if self.resuming.is_none() {
            return;
        }
        for connection in 0..self.list.len() as u32 {
            let Connection { client, server, is_open, transfer, .. } =
                self.list[connection as usize];
            let is_end = client == node || server == node || self.is_passed_on_by(connection, node);
            if is_end
                && is_open
                && let Some(transfer) = transfer
                && self.part(connection).is_some()
            {
                self.save_part(world, connection);
                let saved = self.part(connection).map_or(Bytes::ZERO, |part| part.saved);
                world.save(transfer, saved);
            }
        }
    }
}
