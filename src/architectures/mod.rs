//! Architectures: who can serve this, who offers it, and how it gets there.
//!
//! Almost every architecture is a [`Composition`] of two parts: a [`Finder`](finders::Finder)
//! (known servers, a tracker) and a [`Delivery`](deliveries::Delivery) (fetch from one provider,
//! a swarm). A [`Preset`] is a composition under the name that the field gives it.
//!
//! To add one from parts: write its parameters as a struct in a file of its own, like
//! [`ClientServer`]; give it a variant of [`Preset`] and an arm in [`Preset::build`]; the
//! compiler names the other places. To add a finder or a delivery: one file below `finders/` or
//! `deliveries/` that implements the trait. To write one from nothing, implement
//! [`Architecture`](crate::engine::Architecture) and hand it to
//! [`Simulation`](crate::engine::Simulation).

mod attempts;
pub mod balancer;
mod bank;
mod bittorrent;
pub mod caching;
mod calls;
mod chord;
mod client_server;
mod composition;
mod contender;
pub mod deliveries;
mod downloads;
mod edge_caches;
mod file_sharing;
pub mod finders;
mod group_peers;
mod group_server;
mod groupware;
mod health;
mod jobs;
mod kademlia;
mod middleware;
mod multi_tier;
mod printers;
mod printing;
mod purpose;
mod rooms;
mod server_farm;
mod service;
mod shared_disks;
mod shared_processors;
mod storage;
mod telephony;
mod together;
mod traversal;
mod volunteers;

pub use attempts::Attempts;
pub use balancer::{Balance, Balancer, Question, RingKey, Weights};
pub use bank::{BankNetwork, BankSettings, MOST_REPLICAS, Replication};
pub use bittorrent::{BitTorrent, Meeting};
pub use calls::{Cache, CallMessage, CallTimer, Caller, Calls, Onward, Threads, Tier};
pub use chord::Chord;
pub use client_server::ClientServer;
pub use composition::{Composition, Message, Timer};
pub use contender::{Contender, MOST_PARTS, Single};
pub use edge_caches::EdgeCaches;
pub use file_sharing::{FileSharing, Search};
pub use group_peers::GroupPeers;
pub use group_server::GroupServer;
pub use groupware::{PeerTerms, ServerTerms, Spread, Style};
pub use health::{HealthChecks, HealthMessage, HealthTerms, HealthTimer, Monitored};
pub use jobs::{Amount, Farm, Find, VolunteerTerms};
pub use kademlia::Kademlia;
pub use middleware::{Marshalling, Platform, SetUp};
pub use multi_tier::MultiTier;
pub use printers::Printers;
pub use printing::{FindPrinter, PrintScheme, PrintSettings};
pub use purpose::{Join, Purpose, Run};
pub use server_farm::ServerFarm;
pub use service::Service;
pub use shared_disks::SharedDisks;
pub use shared_processors::SharedProcessors;
pub use storage::{Placement, Preference, Redundancy, Repair, Storage, StorageSettings};
pub use telephony::{CallSetUp, Telephony};
pub use together::{Event, Part, Together};
pub use traversal::{Traversal, TraversalSettings};
pub use volunteers::Volunteers;

use crate::model::Model;

/// A well-known architecture with its parameters.
#[derive(Clone, Debug)]
pub enum Preset {
    ClientServer(ClientServer),
    MultiTier(MultiTier),
    BitTorrent(BitTorrent),
    EdgeCaches(EdgeCaches),
    Chord(Chord),
    Kademlia(Kademlia),
    FileSharing(FileSharing),
    SharedDisks(SharedDisks),
    ServerFarm(ServerFarm),
    Volunteers(Volunteers),
    SharedProcessors(SharedProcessors),
    Telephony(Telephony),
    GroupServer(GroupServer),
    GroupPeers(GroupPeers),
    Printers(Printers),
    /// One site for all banks.
    Central(BankNetwork),
    /// A site for each bank.
    Federated(BankNetwork),
}

impl Preset {
    /// Puts the architecture together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, model: &Model, purpose: P) -> P::Outcome {
        match self {
            Preset::ClientServer(preset) => preset.build(model, purpose),
            Preset::MultiTier(preset) => preset.build(model, purpose),
            Preset::BitTorrent(preset) => preset.build(model, purpose),
            Preset::EdgeCaches(preset) => preset.build(model, purpose),
            Preset::Chord(preset) => preset.build(model, purpose),
            Preset::Kademlia(preset) => preset.build(model, purpose),
            Preset::FileSharing(preset) => preset.build(model, purpose),
            Preset::SharedDisks(preset) => preset.build(model, purpose),
            Preset::ServerFarm(preset) => preset.build(model, purpose),
            Preset::Volunteers(preset) => preset.build(model, purpose),
            Preset::SharedProcessors(preset) => preset.build(model, purpose),
            Preset::Telephony(preset) => preset.build(model, purpose),
            Preset::GroupServer(preset) => preset.build(model, purpose),
            Preset::GroupPeers(preset) => preset.build(model, purpose),
            Preset::Printers(preset) => preset.build(model, purpose),
            Preset::Central(preset) | Preset::Federated(preset) => preset.build(model, purpose),
        }
    }

    /// The ring by which others are found, on its own, for a swarm or for processors.
    pub fn ring(&self) -> Option<&Chord> {
        match self {
            Preset::Chord(ring) => Some(ring),
            Preset::SharedProcessors(preset) => preset.ring.as_ref(),
            Preset::BitTorrent(BitTorrent { meeting: Meeting::Chord(ring), .. }) => Some(ring),
            _ => None,
        }
    }

    /// The same of a table of peers.
    pub fn table(&self) -> Option<&Kademlia> {
        match self {
            Preset::Kademlia(table) => Some(table),
            Preset::BitTorrent(BitTorrent { meeting: Meeting::Kademlia(table), .. }) => Some(table),
            _ => None,
        }
    }

    /// The same of a search among peers that share files.
    pub fn search(&self) -> Option<&FileSharing> {
        match self {
            Preset::FileSharing(search) => Some(search),
            Preset::BitTorrent(BitTorrent { meeting: Meeting::Sharing(search), .. }) => {
                Some(search)
            }
            _ => None,
        }
    }

    /// Who prints, by itself or beside what else it does.
    pub fn printing(&self) -> Option<&PrintSettings> {
        match self {
            Preset::ClientServer(preset) => preset.printing.as_ref(),
            Preset::SharedDisks(preset) => preset.printing.as_ref(),
            Preset::Printers(preset) => Some(&preset.settings),
            _ => None,
        }
    }

    /// Servers that are asked for what peers do not have.
    pub fn fallback(&self) -> &[crate::network::NodeId] {
        match self {
            Preset::FileSharing(preset) => &preset.fallback,
            Preset::Chord(preset) => &preset.fallback,
            Preset::Kademlia(preset) => &preset.fallback,
            _ => &[],
        }
    }

    /// The key of its table in a scenario.
    pub fn kind(&self) -> &'static str {
        match self {
            Preset::ClientServer(_) => "client-server",
            Preset::MultiTier(_) => "multi-tier",
            Preset::BitTorrent(_) => "bittorrent",
            Preset::EdgeCaches(_) => "edge-caches",
            Preset::Chord(_) => "chord",
            Preset::Kademlia(_) => "kademlia",
            Preset::FileSharing(preset) => preset.kind(),
            Preset::SharedDisks(_) => "shared-disks",
            Preset::ServerFarm(_) => "server-farm",
            Preset::Volunteers(_) => "volunteers",
            Preset::SharedProcessors(_) => "shared-processors",
            Preset::Telephony(_) => "telephony",
            Preset::GroupServer(_) => "group-server",
            Preset::GroupPeers(_) => "group-peers",
            Preset::Printers(preset) => preset.kind(),
            Preset::Central(_) => "central",
            Preset::Federated(_) => "federated",
        }
    }
}
