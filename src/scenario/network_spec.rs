//! The part of the scenario language that says what is between the nodes, but for access
//! networks and graphs.

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::{Named, Transport};
use super::tree::Field;
use super::values::{Count, Names, Number, Text, Word, Words};
use crate::network::Metric;
use crate::units::{Duration, Rate};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LanSpec {
    /// How bytes travel: "ideal", max-min fair shares without headers or set-up.
    pub transport: Option<Field<Word<Transport>>>,
    /// Routers with a LAN behind them, [network.lan.routers.NAME] each.
    #[schemars(with = "indexmap::IndexMap<String, RouterSpec>")]
    pub routers: Named<RouterSpec>,
}

/// A home or an office: nodes on a switch, behind a router with an internet link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouterSpec {
    /// Groups whose nodes are on the LAN; over several LANs they are spread evenly.
    pub inside: Field<Names>,
    /// How many such LANs there are; default 1.
    pub count: Option<Field<Count>>,
    /// Capacity from the router to the internet, shared by all on the LAN.
    pub up: Field<Rate>,
    /// Capacity from the internet to the router, shared by all on the LAN.
    pub down: Field<Rate>,
    /// One way between the router and the internet; default 0 s.
    pub latency: Option<Field<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixSpec {
    /// How bytes travel: "ideal", max-min fair shares without headers or set-up.
    pub transport: Option<Field<Word<Transport>>>,
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
        ("latency", Metric::Latency),
        ("hops", Metric::Hops),
        ("inverse-capacity", Metric::InverseCapacity),
    ];
}

/// A generator's keys: its own, and those that all of them have.
macro_rules! generator_spec {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// How bytes travel: "ideal", max-min fair shares without headers or set-up.
            pub transport: Option<Field<Word<Transport>>>,
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
