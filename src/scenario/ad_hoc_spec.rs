//! The part of the scenario language that says how nodes find each other by radio while they walk.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::length_value::{Metres, MetresPerSecond, Points};
use super::random_value::Random;
use super::spec::Named;
use super::transport_spec::TransportWord;
use super::tree::Field;
use super::values::{Word, Words};
use crate::network::Queue;
use crate::units::{Duration, Rate};

/// Nodes on a field, each with a radio that reaches all within a range; they pass on what others have to say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdHocSpec {
    /// How bytes travel, as said in the table of the network.
    pub transport: Option<Field<Word<TransportWord>>>,
    /// Of the field, from west to east.
    pub width: Field<Metres>,
    /// Of the field, from south to north.
    pub height: Field<Metres>,
    /// How far a radio reaches: nodes no further apart are neighbours.
    pub range: Field<Metres>,
    /// Of each radio: what its node sends, hears and passes on, together; what is passed on takes it twice.
    pub capacity: Field<Rate>,
    /// One way from a node to its neighbour; default 2 ms.
    pub latency: Option<Field<Duration>>,
    /// Room in front of each radio: a time or a size; default as in [network.tcp].
    pub queue: Option<Field<Queue>>,
    /// How nodes walk; default: they stay where they are drawn.
    #[serde(rename = "random-waypoint")]
    #[schemars(with = "Option<WaypointSpec>")]
    pub random_waypoint: Option<Spanned<WaypointSpec>>,
    /// Groups that stay where they are while others walk, [network.ad-hoc.fixed.GROUP] each.
    #[schemars(with = "Option<indexmap::IndexMap<String, FixedSpec>>")]
    pub fixed: Option<Named<FixedSpec>>,
}

/// Straight to a point drawn anywhere, a pause, and on to the next one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaypointSpec {
    /// Of a trip, more than 0; each has a speed between the two.
    pub min_speed: Field<MetresPerSecond>,
    /// Of a trip; the same as `min_speed` for one speed.
    pub max_speed: Field<MetresPerSecond>,
    /// Between two trips; default 0 s.
    pub pause: Option<Field<Random<Duration>>>,
}

/// Where the nodes of a group stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedSpec {
    /// Points from the south-western corner, one for each node of the group. Either this or `placed`.
    pub at: Option<Field<Points>>,
    /// How they are spread over the field: "grid" or "random".
    pub placed: Option<Field<Word<Placed>>>,
}

/// How nodes that do not walk are spread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placed {
    Grid,
    Random,
}

impl Words for Placed {
    const WORDS: &'static [(&'static str, Self)] =
        &[("grid", Placed::Grid), ("random", Placed::Random)];
}
