//! The part of the scenario language that says what is between the nodes.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::ad_hoc_spec::AdHocSpec;
use super::spec::{AccessSpec, GraphSpec, Named};
use super::transport_spec::{TcpSpec, TransportWord};
use super::tree::Field;
use super::values::{Count, Names, Number, Text, Word, Words};
use crate::network::{Metric, Queue, Ties};
use crate::units::{Duration, Rate};

/// What is between the nodes: one kind of network, and how bytes travel on it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NetworkSpec {
    /// How bytes travel: "tcp" (default) or "ideal", max-min fair shares without headers or set-up.
    pub transport: Option<Field<Word<TransportWord>>>,
    /// Parameters of TCP.
    #[schemars(with = "Option<TcpSpec>")]
    pub tcp: Option<Spanned<TcpSpec>>,
    /// Nodes hang on a core that is never the bottleneck.
    pub access: Option<AccessSpec>,
    /// Nodes hang on sites, joined by links of their own capacity.
    #[schemars(with = "Option<GraphSpec>")]
    pub graph: Option<Box<Spanned<GraphSpec>>>,
    /// Homes and offices behind routers; all other nodes hang on a core that is never the
    /// bottleneck.
    #[schemars(with = "Option<LanSpec>")]
    pub lan: Option<Box<Spanned<LanSpec>>>,
    /// One home, or homes of one kind, as a router of [network.lan]; all other nodes are on the internet.
    pub home: Option<Box<PremisesSpec>>,
    /// The same of an office.
    pub office: Option<Box<PremisesSpec>>,
    /// The same of a school.
    pub school: Option<Box<PremisesSpec>>,
    /// Latencies between sites from a file; what is between them is never the bottleneck.
    pub matrix: Option<Box<MatrixSpec>>,
    /// Nodes on a field, each with a radio; they walk, and pass on what others have to say.
    #[schemars(with = "Option<AdHocSpec>")]
    pub ad_hoc: Option<Box<Spanned<AdHocSpec>>>,
    /// Sites around a hub.
    pub star: Option<Box<StarSpec>>,
    /// A balanced tree of sites; nodes hang on its leaves.
    pub tree: Option<Box<TreeSpec>>,
    /// Sites in a circle.
    pub ring: Option<Box<RingSpec>>,
    /// Each site linked to each other.
    pub full_mesh: Option<Box<FullMeshSpec>>,
    /// The sites `left` and `right` with a bottleneck between them.
    pub dumbbell: Option<Box<DumbbellSpec>>,
    /// The switches of a data centre in three levels; nodes hang on the lowest.
    pub fat_tree: Option<Box<FatTreeSpec>>,
    /// Each pair of sites is linked with the same probability.
    pub erdos_renyi: Option<Box<ErdosRenyiSpec>>,
    /// Each new site links to those with many links.
    pub barabasi_albert: Option<Box<BarabasiAlbertSpec>>,
    /// A ring with links to near sites, some of which are moved far away.
    pub watts_strogatz: Option<Box<WattsStrogatzSpec>>,
    /// Sites on a square; the nearer two are, the likelier they are linked.
    pub waxman: Option<Box<WaxmanSpec>>,
}

/// One kind of network.
#[derive(Debug)]
pub enum NetworkKind {
    Access(AccessSpec),
    Graph(Box<Spanned<GraphSpec>>),
    Lan(Box<Spanned<LanSpec>>),
    /// A home, an office or a school, as it is called.
    Premises(&'static str, Box<PremisesSpec>),
    Matrix(Box<MatrixSpec>),
    AdHoc(Box<Spanned<AdHocSpec>>),
    Star(Box<StarSpec>),
    Tree(Box<TreeSpec>),
    Ring(Box<RingSpec>),
    FullMesh(Box<FullMeshSpec>),
    Dumbbell(Box<DumbbellSpec>),
    FatTree(Box<FatTreeSpec>),
    ErdosRenyi(Box<ErdosRenyiSpec>),
    BarabasiAlbert(Box<BarabasiAlbertSpec>),
    WattsStrogatz(Box<WattsStrogatzSpec>),
    Waxman(Box<WaxmanSpec>),
}

impl NetworkSpec {
    /// All kinds that are written; there should be one at the most.
    pub fn kinds(self) -> Vec<NetworkKind> {
        let mut kinds = Vec::new();
        kinds.extend(self.access.map(NetworkKind::Access));
        kinds.extend(self.graph.map(NetworkKind::Graph));
        kinds.extend(self.lan.map(NetworkKind::Lan));
        let premises = [("home", self.home), ("office", self.office), ("school", self.school)];
        let premises = premises.into_iter().filter_map(|(name, spec)| Some((name, spec?)));
        kinds.extend(premises.map(|(name, spec)| NetworkKind::Premises(name, spec)));
        kinds.extend(self.matrix.map(NetworkKind::Matrix));
        kinds.extend(self.ad_hoc.map(NetworkKind::AdHoc));
        kinds.extend(self.star.map(NetworkKind::Star));
        kinds.extend(self.tree.map(NetworkKind::Tree));
        kinds.extend(self.ring.map(NetworkKind::Ring));
        kinds.extend(self.full_mesh.map(NetworkKind::FullMesh));
        kinds.extend(self.dumbbell.map(NetworkKind::Dumbbell));
        kinds.extend(self.fat_tree.map(NetworkKind::FatTree));
        kinds.extend(self.erdos_renyi.map(NetworkKind::ErdosRenyi));
        kinds.extend(self.barabasi_albert.map(NetworkKind::BarabasiAlbert));
        kinds.extend(self.watts_strogatz.map(NetworkKind::WattsStrogatz));
        kinds.extend(self.waxman.map(NetworkKind::Waxman));
        kinds
    }
}

impl NetworkKind {
    /// The transport, when it is written beside the kind's own keys.
    pub fn take_transport(&mut self) -> Option<Field<Word<TransportWord>>> {
        match self {
            NetworkKind::Access(spec) => spec.transport.take(),
            NetworkKind::Graph(spec) => spec.get_mut().transport.take(),
            NetworkKind::Lan(spec) => spec.get_mut().transport.take(),
            NetworkKind::Premises(_, spec) => spec.transport.take(),
            NetworkKind::Matrix(spec) => spec.transport.take(),
            NetworkKind::AdHoc(spec) => spec.get_mut().transport.take(),
            NetworkKind::Star(spec) => spec.transport.take(),
            NetworkKind::Tree(spec) => spec.transport.take(),
            NetworkKind::Ring(spec) => spec.transport.take(),
            NetworkKind::FullMesh(spec) => spec.transport.take(),
            NetworkKind::Dumbbell(spec) => spec.transport.take(),
            NetworkKind::FatTree(spec) => spec.transport.take(),
            NetworkKind::ErdosRenyi(spec) => spec.transport.take(),
            NetworkKind::BarabasiAlbert(spec) => spec.transport.take(),
            NetworkKind::WattsStrogatz(spec) => spec.transport.take(),
            NetworkKind::Waxman(spec) => spec.transport.take(),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LanSpec {
    /// How bytes travel, as said in the table of the network.
    pub transport: Option<Field<Word<TransportWord>>>,
    /// Routers with a LAN behind them, [network.lan.routers.NAME] each.
    #[schemars(with = "indexmap::IndexMap<String, RouterSpec>")]
    pub routers: Named<RouterSpec>,
    /// Providers between routers and the internet, [network.lan.isps.NAME] each; default: none, routers are on the internet.
    #[schemars(with = "Option<indexmap::IndexMap<String, IspSpec>>")]
    pub isps: Option<Named<IspSpec>>,
}

/// A table that describes LANs, with keys of its own before those that all have.
macro_rules! router_spec {
    ($(#[$about:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$attribute])* pub $field: $kind,)*
            /// Groups whose nodes are on the LAN; over several LANs they are spread evenly.
            pub inside: Option<Field<Names>>,
            /// How many such LANs there are; default 1.
            pub count: Option<Field<Count>>,
            /// Capacity from the router to the internet, shared by all on the LAN.
            pub up: Field<Rate>,
            /// Capacity from the internet to the router, shared by all on the LAN.
            pub down: Field<Rate>,
            /// One way between the router and the internet; default 0 s.
            pub latency: Option<Field<Duration>>,
            /// Room in front of both directions of the router's line: a time or a size; default as in [network.tcp].
            pub queue: Option<Field<Queue>>,
            /// The air that nodes of the LAN share; default: each has a line to the switch for itself.
            #[schemars(with = "Option<WifiSpec>")]
            pub wifi: Option<Spanned<WifiSpec>>,
            /// Rooms with a switch of their own, each behind a line to the router.
            #[schemars(with = "Option<indexmap::IndexMap<String, RoomSpec>>")]
            pub rooms: Option<Named<RoomSpec>>,
        }
    };
}

router_spec!(
    /// A home or an office: nodes on a switch, behind a router with an internet link.
    RouterSpec {}
);

router_spec!(
    /// The same, where there are no others: [network.home], [network.office] and [network.school].
    PremisesSpec {
        /// How bytes travel, as said in the table of the network.
        transport: Option<Field<Word<TransportWord>>>,
    }
);

impl PremisesSpec {
    /// The same as one of several.
    pub fn router(self) -> RouterSpec {
        let PremisesSpec { inside, count, up, down, latency, queue, wifi, rooms, .. } = self;
        RouterSpec { inside, count, up, down, latency, queue, wifi, rooms }
    }
}

/// The air of a Wi-Fi: one capacity for all that is said on it, in both directions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WifiSpec {
    /// What all nodes on it can send and hear at a time, together; what one of them says to another one takes it twice.
    pub capacity: Field<Rate>,
    /// Groups that are on it; default: all that are inside.
    pub nodes: Option<Field<Names>>,
    /// One way over the air; default 2 ms.
    pub latency: Option<Field<Duration>>,
    /// Room in front of it: a time or a size; default as in [network.tcp].
    pub queue: Option<Field<Queue>>,
}

/// A room: nodes on a switch that has a line to the router.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomSpec {
    /// Groups whose nodes are in the room; over several rooms they are spread evenly.
    pub inside: Field<Names>,
    /// How many such rooms each LAN has; default 1.
    pub count: Option<Field<Count>>,
    /// Capacity between the switch and the router, in each direction.
    pub uplink: Field<Rate>,
    /// The air that nodes of the room share; default: each has a line to the switch for itself.
    #[schemars(with = "Option<WifiSpec>")]
    pub wifi: Option<Spanned<WifiSpec>>,
}

/// A provider: what many routers share on their way to the internet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IspSpec {
    /// Routers that are behind it; several of one name are spread evenly.
    pub routers: Field<Names>,
    /// How many such providers, or concentrators of one, there are; default 1.
    pub count: Option<Field<Count>>,
    /// Capacity to the internet, shared by all behind it.
    pub up: Field<Rate>,
    /// Capacity from the internet, shared by all behind it.
    pub down: Field<Rate>,
    /// One way to the internet; default 0 s.
    pub latency: Option<Field<Duration>>,
    /// Room in front of both directions: a time or a size; default as in [network.tcp].
    pub queue: Option<Field<Queue>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixSpec {
    /// How bytes travel, as said in the table of the network.
    pub transport: Option<Field<Word<TransportWord>>>,
    /// A square of numbers, relative to the scenario; 0 off the diagonal is a missing one.
    pub file: Field<Text>,
    /// Of the numbers: "s", "ms" or "us".
    pub unit: Field<Word<MatrixUnit>>,
    /// What the numbers are: "rtt" (default, there and back) or "one-way".
    pub kind: Option<Field<Word<MatrixKind>>>,
    /// One way, in the place of missing numbers; default: the median of the row.
    pub missing: Option<Field<Duration>>,
}

#[derive(Clone, Copy, Debug)]
pub enum MatrixUnit {
    Second,
    Millisecond,
    Microsecond,
}

impl Words for MatrixUnit {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("s", MatrixUnit::Second),
        ("ms", MatrixUnit::Millisecond),
        ("us", MatrixUnit::Microsecond),
    ];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MatrixKind {
    RoundTrip,
    OneWay,
}

impl Words for MatrixKind {
    const WORDS: &'static [(&'static str, Self)] =
        &[("rtt", MatrixKind::RoundTrip), ("one-way", MatrixKind::OneWay)];
}

impl Words for Metric {
    const WORDS: &'static [(&'static str, Self)] = &[
        (Metric::Latency.word(), Metric::Latency),
        (Metric::Hops.word(), Metric::Hops),
        (Metric::InverseCapacity.word(), Metric::InverseCapacity),
    ];
}

impl Words for Ties {
    const WORDS: &'static [(&'static str, Self)] =
        &[(Ties::First.word(), Ties::First), (Ties::Spread.word(), Ties::Spread)];
}

/// A generator's keys: its own, and those that all of them have.
macro_rules! generator_spec {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// How bytes travel, as said in the table of the network.
            pub transport: Option<Field<Word<TransportWord>>>,
            /// What routes have least of: "latency" (default), "hops" or "inverse-capacity".
            pub routing: Option<Field<Word<Metric>>>,
            /// Of each link, in each direction.
            pub capacity: Field<Rate>,
            $($(#[$attribute])* pub $field: $kind,)*
        }
    };
}

generator_spec!(StarSpec {
    /// Sites around the hub.
    sites: Field<Count>,
    /// Of each link, one way.
    latency: Field<Duration>,
});

generator_spec!(TreeSpec {
    /// Children of each site that is no leaf.
    branching: Field<Count>,
    /// Levels below the root.
    depth: Field<Count>,
    /// Of each link, one way.
    latency: Field<Duration>,
});

generator_spec!(RingSpec {
    /// Sites in the circle.
    sites: Field<Count>,
    /// Of each link, one way.
    latency: Field<Duration>,
});

generator_spec!(FullMeshSpec {
    /// How many sites.
    sites: Field<Count>,
    /// Of each link, one way.
    latency: Field<Duration>,
});

generator_spec!(DumbbellSpec {
    /// Of the bottleneck, one way.
    latency: Field<Duration>,
});

generator_spec!(FatTreeSpec {
    /// Of each switch, an even number k; k^3 / 4 nodes fill it.
    ports: Field<Count>,
    /// Of each link, one way.
    latency: Field<Duration>,
});

generator_spec!(ErdosRenyiSpec {
    /// How many sites.
    sites: Field<Count>,
    /// Of each pair of sites to be linked, 0 to 1.
    probability: Field<Number>,
    /// Of each link, one way.
    latency: Field<Duration>,
    /// Draw again until all sites are joined; default true.
    connected: Option<Field<bool>>,
});

generator_spec!(BarabasiAlbertSpec {
    /// How many sites.
    sites: Field<Count>,
    /// Links that each new site brings.
    links_per_site: Field<Count>,
    /// Of each link, one way.
    latency: Field<Duration>,
});

generator_spec!(WattsStrogatzSpec {
    /// How many sites.
    sites: Field<Count>,
    /// Sites that each one is linked to before links are moved, an even number.
    neighbours: Field<Count>,
    /// Probability of each link to be moved to a random site, 0 to 1.
    rewiring: Field<Number>,
    /// Of each link, one way.
    latency: Field<Duration>,
    /// Draw again until all sites are joined; default true.
    connected: Option<Field<bool>>,
});

generator_spec!(WaxmanSpec {
    /// How many sites, on a square; latency follows from distance, 5 us a kilometre.
    sites: Field<Count>,
    /// Of the square, in kilometres.
    side_km: Field<Number>,
    /// Reach of links, relative to the square's diagonal, more than 0.
    alpha: Field<Number>,
    /// Probability of a link between two sites at the same place, 0 to 1.
    beta: Field<Number>,
    /// How much longer a fibre is than the straight line; default 1.
    path_factor: Option<Field<Number>>,
    /// Draw again until all sites are joined; default true.
    connected: Option<Field<bool>>,
});
