//! What nodes of an ad hoc network cost: looks at who is in range, and the ways that are kept.

use std::f64::consts::PI;

use crate::model::Model;
use crate::network::{Field, Stand};
use crate::units::Time;

/// Bytes a node on a field takes, and a neighbour of it.
const NODE: f64 = 250.0;
const NEIGHBOUR: f64 = 8.0;

/// Bytes a destination of a search for ways takes, and how many are kept at the most.
const DESTINATION: f64 = 6.0;
const MOST_KEPT: f64 = 5e7;

/// How much more often two who walk by random waypoint meet than two who are anywhere: the integral of the square of the
/// density over a square, for its approximation by 36 x (1 - x) y (1 - y). Source: Bettstetter, Resta and Santi, "The
/// node distribution of the random waypoint mobility model for wireless ad hoc networks", IEEE Transactions on Mobile
/// Computing 2(3), 2003, section 4.
const CROWDING: f64 = 1.44;

/// Bytes of one run.
pub fn memory(model: &Model) -> f64 {
    let Some(field) = model.topology.field() else { return 0.0 };
    let nodes = field.stands.len() as f64;
    let neighbours = nodes * nodes * (CROWDING * field.share_in_range()).min(1.0);
    nodes * NODE + neighbours * NEIGHBOUR + (nodes * nodes).min(MOST_KEPT) * DESTINATION
}

/// Looks of one run at who is in range of whom; none where the end is not known.
pub fn looks(model: &Model, horizon: Time) -> f64 {
    match model.topology.field() {
        Some(field) if horizon < Time::NEVER => looks_per_second(field) * horizon.secs(),
        _ => 0.0,
    }
}

/// Links that appear and vanish, turns, and borders of cells.
fn looks_per_second(field: &Field) -> f64 {
    let Some(walk) = &field.walk else { return 0.0 };
    let nodes = field.stands.len() as f64;
    let walking = field.stands.iter().filter(|stand| **stand == Stand::Roams).count() as f64;
    let area = field.width * field.height;
    let moving = 1.0 - walk.share_paused(field.mean_trip());
    let speed = walk.mean_speed() * moving;
    // Of two with independent directions: 4 / pi times that of one; where the other one rests, just that.
    let pairs = walking * walking / 2.0 * 4.0 / PI + walking * (nodes - walking);
    let met =
        pairs * 2.0 * field.range.min(field.width).min(field.height) * speed / area * CROWDING;
    let trip = field.mean_trip() / walk.mean_speed() / moving;
    let turns = walking * if moving < 1.0 { 2.0 } else { 1.0 } / trip;
    let borders = walking * 4.0 / PI * speed / field.range;
    // Each link appears and vanishes, and both of its nodes look, one of them in vain.
    2.0 * 2.0 * met + turns + borders
}
