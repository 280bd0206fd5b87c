//! Architectures as they may be written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::balance_value::BalanceValue;
use super::bank_spec::{CentralSpec, FederatedSpec};
use super::call_spec::TelephonySpec;
use super::group_spec::{GroupPeersSpec, GroupServerSpec};
use super::job_spec::{ServerFarmSpec, SharedProcessorsSpec, VolunteersSpec};
use super::middleware_spec::MiddlewareSpec;
use super::print_spec::{PrintServerSpec, SharedPrintersSpec};
use super::random_value::Random;
use super::sharing_spec::{
    BroadcastSpec, DirectorySpec, FloodingSpec, OverlaySpec, RandomWalkSpec, SupernodesSpec,
};
use super::spec::Named;
use super::storage_spec::SharedDisksSpec;
use super::tier_spec::MultiTierSpec;
use super::tree::Field;
use super::values::{AutoOrCount, Count, Names, Stay, Text, Word, Words};
use crate::architectures::Traversal;
use crate::architectures::deliveries::PieceSelection;
use crate::architectures::finders::Choose;
use crate::model::Eviction;
use crate::units::{Bytes, Duration};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArchitectureSpec {
    /// Servers that hold everything; a client fetches from one of them.
    ClientServer(Box<ClientServerSpec>),
    /// A chain of tiers; clients ask the first one, and each asks the next.
    MultiTier(Box<MultiTierSpec>),
    /// A tracker and a swarm that exchanges pieces.
    #[serde(rename = "bittorrent")]
    BitTorrent(Box<BitTorrentSpec>),
    /// Caches near the clients, which fetch from the origin what they do not keep.
    EdgeCaches(Box<EdgeCachesSpec>),
    /// Equal peers on a circle, each responsible for the keys before it.
    Chord(Box<ChordSpec>),
    /// Equal peers, each responsible for the keys that it is nearest to by exclusive or.
    Kademlia(Box<KademliaSpec>),
    /// Peers of a LAN that share files; who looks for one asks all others at once.
    Broadcast(Box<BroadcastSpec>),
    /// Peers that share files; who looks for one asks all neighbours, and these ask theirs.
    Flooding(Box<FloodingSpec>),
    /// Peers that share files; walkers carry the question from one peer to the next.
    RandomWalk(Box<RandomWalkSpec>),
    /// Peers that share files; some of them know what the others have, and ask each other.
    Supernodes(Box<SupernodesSpec>),
    /// Peers that share files; a server knows who has what.
    Directory(Box<DirectorySpec>),
    /// Peers that keep what others store.
    SharedDisks(Box<SharedDisksSpec>),
    /// Servers that work on jobs, with a dispatcher in front of them.
    ServerFarm(Box<ServerFarmSpec>),
    /// A master, and volunteers that fetch work from it when they are free.
    Volunteers(Box<VolunteersSpec>),
    /// Peers that work on each other's jobs.
    SharedProcessors(Box<SharedProcessorsSpec>),
    /// Those who call find each other, and speak.
    Telephony(Box<TelephonySpec>),
    /// Servers that keep what groups share, and tell members or are asked.
    GroupServer(Box<GroupServerSpec>),
    /// Members of groups that tell each other what has changed.
    GroupPeers(Box<GroupPeersSpec>),
    /// A server where documents wait for the first printer that is free.
    PrintServer(Box<PrintServerSpec>),
    /// Printers to which documents are sent straight away.
    SharedPrinters(Box<SharedPrintersSpec>),
    /// One server, or one set of replicas, that keeps the accounts of all banks.
    Central(Box<CentralSpec>),
    /// Each bank keeps its accounts on servers of its own.
    Federated(Box<FederatedSpec>),
    /// Several of the others at once, each under the name of the workload that it serves.
    Mix(MixSpec),
    /// In a mix alone: the one that serves the workload of this name.
    SameAs(Field<Text>),
}

/// By workload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MixSpec(
    #[schemars(with = "IndexMap<String, ArchitectureSpec>")] pub Named<ArchitectureSpec>,
);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientServerSpec {
    /// Groups or single nodes that are the servers.
    pub servers: Field<Names>,
    /// Who is asked: "random" (default), "round-robin", "least-outstanding" (requests under way),
    /// "shortest-queue" (jobs at stations), "two-choices", "nearest", "consistent-hashing"; or
    /// { weighted = { GROUP = NUMBER } }, { weighted = "speed" }, { weighted = "uplink" },
    /// { power-of = NUMBER }, { consistent-hashing = { virtual_nodes = 128, key = "client" } }.
    /// For a spare: { primary-backup = { fail_over = "30 s" } }.
    pub balance: Option<Field<BalanceValue>>,
    /// Servers that are down are taken out of the balance; default: nobody checks.
    pub health_checks: Option<HealthChecksSpec>,
    /// Work at the server for each download, before it is sent; default: none.
    pub service: Option<Field<Random<Duration>>>,
    /// Where `service` is done; default "cpu".
    pub station: Option<Field<Text>>,
    /// What middleware adds to requests for work and to downloads; default: nothing.
    pub middleware: Option<MiddlewareSpec>,
    /// Servers that have each item which clients store; default 1.
    pub copies: Option<Field<Count>>,
    /// Where documents wait for printers, as in print-server; default: nobody prints.
    pub print_server: Option<PrintServerSpec>,
    /// Printers to which documents are sent straight away, as in shared-printers; default: nobody prints.
    #[schemars(with = "Option<SharedPrintersSpec>")]
    pub shared_printers: Option<Spanned<SharedPrintersSpec>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthChecksSpec {
    /// A node, or a group whose first node, checks all servers, as a load balancer does.
    pub from: Field<Text>,
    /// Between two checks; default 5 s.
    pub every: Option<Field<Duration>>,
    /// Who has not answered by then has missed a check; default 1 s, or `every` if that is less.
    pub timeout: Option<Field<Duration>>,
    /// Checks missed in a row after which a server is taken out; default 2.
    pub fail_after: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChordSpec<P = Field<Names>> {
    /// Groups or single nodes that take part.
    pub peers: P,
    /// Of an identifier; default 64. As many identifiers as peers fill the circle.
    pub bits: Option<Field<Count>>,
    /// Peers that follow it and that each knows; default: twice the binary logarithm of their number.
    pub successors: Option<Field<Count>>,
    /// Who asks the next peer: "iterative" (default), the one who looks asks each himself;
    /// "recursive", each passes the question on.
    pub lookups: Option<Field<Word<Lookups>>>,
    /// After so long without an answer a peer is taken for dead; default 1 s.
    pub timeout: Option<Field<Duration>>,
    /// Whether peers look after what they know, and those that come back get in again; default true.
    pub upkeep: Option<Field<bool>>,
    /// Between two looks at the next peer and the one before; default 20 s.
    pub stabilise_every: Option<Field<Duration>>,
    /// Between two looks at a finger; default 30 s.
    pub fix_fingers_every: Option<Field<Duration>>,
    /// Peers that are told that somebody has a copy, where objects are downloaded; default: the owner of its key, and those behind it of which that one knows, 4 in all.
    pub announce_copies: Option<Field<Count>>,
    /// Peers that an answer names to who looks for an object, at the most; default 5.
    pub answers: Option<Field<Count>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// Between two announcements of what a peer has, where nodes come and go; default 30 min.
    pub republish_every: Option<Field<Duration>>,
    /// How long those who were told remember it; default: twice `republish_every`.
    pub expire_after: Option<Field<Duration>>,
    /// How a peer is reached that accepts no connection: "none", not at all; "reversal" (default), it connects itself,
    /// to those who accept connections; "relay", where neither does, through another peer.
    pub traversal: Option<Field<Word<Traversal>>>,
    /// Groups or single nodes that pass on what is for peers that accept no connection; default the peers.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KademliaSpec<P = Field<Names>> {
    /// Groups or single nodes that take part.
    pub peers: P,
    /// Of an identifier; default 64. As many identifiers as peers fill the space.
    pub bits: Option<Field<Count>>,
    /// Peers that each knows at each distance, and names in an answer (k); default 20.
    pub bucket: Option<Field<Count>>,
    /// Questions of a lookup under way at a time (alpha); default 3.
    pub parallel: Option<Field<Count>>,
    /// How many of the peers that are nearest to a key have what it names; default 1.
    pub replicate: Option<Field<Count>>,
    /// How long the nearest peer asked that did not have it has it, when it has been found; default: it does not.
    pub caching: Option<Field<Duration>>,
    /// After so long without an answer a peer is taken for dead; default 1 s.
    pub timeout: Option<Field<Duration>>,
    /// Whether peers look after what they know, and those that come back get in again; default true.
    pub upkeep: Option<Field<bool>>,
    /// Between two looks at what a peer knows; default 1 h.
    pub refresh_every: Option<Field<Duration>>,
    /// Peers that are told that somebody has a copy, where objects are downloaded; default: `bucket`.
    pub announce_copies: Option<Field<Count>>,
    /// Peers that an answer names to who looks for an object, at the most; default 5.
    pub answers: Option<Field<Count>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// Between two announcements of what a peer has, where nodes come and go; default 30 min.
    pub republish_every: Option<Field<Duration>>,
    /// How long those who were told remember it; default: twice `republish_every`.
    pub expire_after: Option<Field<Duration>>,
    /// How a peer is reached that accepts no connection: "none", not at all; "reversal" (default), it connects itself,
    /// to those who accept connections; "relay", where neither does, through another peer.
    pub traversal: Option<Field<Word<Traversal>>>,
    /// Groups or single nodes that pass on what is for peers that accept no connection; default the peers.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

/// How peers say what they have.
#[derive(Debug, Default)]
pub struct AnnouncingSpec {
    pub announce_copies: Option<Field<Count>>,
    pub answers: Option<Field<Count>>,
    pub choose: Option<Field<Word<Choose>>>,
    pub republish_every: Option<Field<Duration>>,
    pub expire_after: Option<Field<Duration>>,
}

/// Who asks the next peer of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookups {
    Iterative,
    Recursive,
}

impl Words for Lookups {
    const WORDS: &'static [(&'static str, Self)] =
        &[("iterative", Lookups::Iterative), ("recursive", Lookups::Recursive)];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BitTorrentSpec {
    /// Groups or single nodes that have everything from the start.
    pub seeds: Field<Names>,
    /// A node, or a group on whose first node the tracker runs; default: the first seed.
    pub tracker: Option<Field<Names>>,
    /// What peers exchange; default 1 MiB.
    pub piece_size: Option<Field<Bytes>>,
    /// Connections that a peer tries to have, it accepts twice as many; default 50.
    pub neighbours: Option<Field<Count>>,
    /// A random graph of peers that have known each other from the start and know nobody else, in the
    /// place of the tracker.
    pub overlay: Option<OverlaySpec>,
    /// How peers find each other without a tracker.
    pub find: Option<FindSpec>,
    /// Neighbours served at the same time, one of them on trial; default "auto": by the uplink.
    pub upload_slots: Option<Field<AutoOrCount>>,
    /// Between two looks at whom to serve; default 10 s.
    pub rechoke_interval: Option<Field<Duration>>,
    /// How long a trial lasts; default 30 s.
    pub optimistic_interval: Option<Field<Duration>>,
    /// "rarest-first" (default), "random" or "in-order".
    pub piece_selection: Option<Field<Word<PieceSelection>>>,
    /// Seeds tell whom they serve which pieces nobody else has got from them; default true.
    pub suggest_pieces: Option<Field<bool>>,
    /// Ask a second neighbour for a piece that is late, in the end game; default true.
    pub end_game: Option<Field<bool>>,
    /// How long a peer goes on serving when it is complete; default "forever".
    pub seed_time: Option<Field<Stay>>,
}

/// As the architecture of the same name, with its keys. Peers are the seeds and all who ask, unless others are
/// named.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindSpec {
    /// A distributed table, as BEP 5: peers announce themselves to those who are nearest to the key of what they want.
    Kademlia(Box<KademliaSpec<Option<Field<Names>>>>),
    /// A ring: the owner of the key of what they want knows them.
    Chord(Box<ChordSpec<Option<Field<Names>>>>),
    /// All others of the LAN are asked at once, as BEP 14.
    Broadcast(Box<BroadcastSpec<Option<Field<Names>>>>),
    /// All neighbours are asked, and these ask theirs.
    Flooding(Box<FloodingSpec<Option<Field<Names>>>>),
    /// Walkers carry the question from one peer to the next.
    RandomWalk(Box<RandomWalkSpec<Option<Field<Names>>>>),
    /// Some peers know who the others are, and ask each other.
    Supernodes(Box<SupernodesSpec<Option<Field<Names>>>>),
    /// A server knows all of them.
    Directory(Box<DirectorySpec<Option<Field<Names>>>>),
}

impl Words for PieceSelection {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("rarest-first", PieceSelection::RarestFirst),
        ("random", PieceSelection::Random),
        ("in-order", PieceSelection::InOrder),
    ];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeCachesSpec {
    /// Groups or single nodes that are caches; a client asks the one with the least latency.
    pub caches: Field<Names>,
    /// Groups or single nodes that have everything from the start; a cache asks the nearest.
    pub origin: Field<Names>,
    /// Room of each cache, which begins empty.
    pub capacity: Field<Bytes>,
    /// What makes room: "lru" (default), the object not used for longest; "lfu", the one used
    /// least often since it was kept; "fifo", the one kept first.
    pub policy: Option<Field<Word<Eviction>>>,
    /// How long a cache may answer with an object before it must fetch it anew; when random, drawn
    /// once for each object. Default: for ever.
    pub freshness: Option<Field<Random<Duration>>>,
    /// Work at the origin for each object that it sends; default: none.
    pub service: Option<Field<Random<Duration>>>,
    /// Work at the cache for each request; default: none.
    pub cache_service: Option<Field<Random<Duration>>>,
    /// Where both are done; default "cpu".
    pub station: Option<Field<Text>>,
    /// What middleware adds to requests for work and to downloads, of clients and of caches; default:
    /// nothing.
    pub middleware: Option<MiddlewareSpec>,
}

impl Words for Eviction {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("lru", Eviction::LeastRecentlyUsed),
        ("lfu", Eviction::LeastFrequentlyUsed),
        ("fifo", Eviction::FirstInFirstOut),
    ];
    const CURE: Option<&'static str> =
        Some("what expires after a time is said by `freshness`, beside any policy");
}
