//! The record of a run: at its end, or when every request has ended and only the architecture has
//! something to settle.
//!
//! What happens while an architecture settles is simulated like all else, but is no part of what is
//! measured: a run is as long, and its servers are as busy, as if it had ended with its last request.

use super::requests::Request;
use super::stations::Stations;
use super::{Architecture, World};
use crate::metrics::{Equipment, RunRecord, Stop};
use crate::model::{Model, ObjectId, StationId};
use crate::network::{LinkId, Network, Sharing};
use crate::units::Duration;

impl<A: Architecture> World<'_, A> {
    /// The record when every request has ended; what comes after is recorded elsewhere.
    pub(super) fn close_books(&mut self, event_count: u64) -> RunRecord {
        self.account();
        for id in self.transfers.ids() {
            if let Some(transfer) = self.transfers.at(id)
                && let Some(left) = self.left_of(id)
            {
                let (ends, relay) = ((transfer.from, transfer.to), self.relaying.relay(id));
                self.recorder.moved(ends, relay, transfer.size - left);
            }
        }
        let after = self.recorder.successor(self.model);
        self.record_rest();
        let recorder = std::mem::replace(&mut self.recorder, after);
        let World { now, model, network, object_sizes, sharing, .. } = self;
        let size_of = |object: ObjectId| object_sizes[object.index()];
        let equipment = equipment(model, network, sharing);
        let record = recorder.finish(*now, Stop::Done, event_count, equipment, size_of);
        RunRecord { capped: sharing.capped(), ..record }
    }

    /// Tells the recorder the rest, and takes the record.
    pub(super) fn finish(mut self, stop: Stop, event_count: u64) -> RunRecord {
        self.record_rest();
        self.stations = Stations::new();
        let World { now, recorder, model, network, object_sizes, sharing, .. } = self;
        // What only the run needed makes room for its record.
        drop((self.queue, self.transfers, self.requests));
        let size_of = |object: ObjectId| object_sizes[object.index()];
        let equipment = equipment(model, &network, &sharing);
        let record = recorder.finish(now, stop, event_count, equipment, size_of);
        RunRecord { capped: sharing.capped(), ..record }
    }

    /// What is still open, how links were used, and what stations and nodes have done.
    fn record_rest(&mut self) {
        self.look_at_ways(Duration::ZERO);
        let open: Vec<Request> = self.requests.drain().collect();
        for request in open {
            let record = self.record(&request);
            self.recorder.left_open(record);
        }
        self.record_links();
        self.record_down();
        for station in self.stations.records(self.now) {
            self.recorder.station(station);
        }
        let mut workers = self.recorder.workers_for_jobs();
        workers.retain(|&worker| self.stations.capacity_at(worker, StationId::CPU).is_some());
        let of_each =
            workers.iter().filter_map(|&node| self.stations.capacity_at(node, StationId::CPU));
        let capacity = of_each.sum();
        self.recorder.capacity_for_jobs(workers, capacity);
    }

    /// What the architecture has told at the end, beyond what is in `record`.
    pub(super) fn complete(self, record: &mut RunRecord) {
        self.recorder.complete(record);
    }
}

fn equipment(
    model: &Model,
    network: &Network,
    sharing: &Sharing,
) -> impl Iterator<Item = Equipment> {
    let groups = model.groups.iter();
    let nodes = groups.flat_map(|group| group.nodes().map(move |node| (group, node)));
    nodes.map(|(group, node)| {
        let attachment = network.as_built(node);
        let cpu = group.stations.iter().find(|station| station.kind == StationId::CPU);
        let workers = cpu.map_or(0, |cpu| cpu.workers);
        let [up_use, down_use] =
            [2 * node.0, 2 * node.0 + 1].map(|link| sharing.usage(LinkId(link)));
        Equipment { up: attachment.up, down: attachment.down, workers, up_use, down_use }
    })
}
