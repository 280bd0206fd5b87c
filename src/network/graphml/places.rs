//! Places for sites that have none, from those of their neighbours.
//!
//! Each lies at the mean of its neighbours' places, as in Tutte's drawing of a graph ("How to
//! draw a graph", 1963): a chain between two known cities is spread evenly between them, and
//! what hangs on one city alone lies in it. Means are of directions from the centre of the
//! Earth, so that neighbours on both sides of the date line meet in the Pacific.

use super::super::{Coordinates, SiteId, Topology};

/// Sweeps over all sites; on chains of a dozen unknown sites the rest is below a kilometre.
const SWEEPS: usize = 500;

/// A direction from the centre of the Earth; of length 1.
type Direction = [f64; 3];

/// Where the sites without coordinates may be; one entry per site, `None` where nothing connected
/// to it has coordinates. `neighbours`: by site.
pub fn places(topology: &Topology, neighbours: &[Vec<SiteId>]) -> Vec<Option<Coordinates>> {
    let mut directions: Vec<Option<Direction>> =
        topology.sites().map(|(_, site)| site.coordinates.map(direction)).collect();
    let unknown: Vec<usize> =
        (0..directions.len()).filter(|&site| directions[site].is_none()).collect();
    for _ in 0..SWEEPS {
        for &site in &unknown {
            let around = neighbours[site].iter().filter_map(|next| directions[next.index()]);
            let mean = mean(around);
            directions[site] = mean.or(directions[site]);
        }
        if unknown.is_empty() {
            break;
        }
    }
    let known = topology.sites().map(|(_, site)| site.coordinates);
    known.zip(directions).map(|(known, guess)| known.or(guess.map(coordinates))).collect()
}

/// `None` without directions, or when they cancel out.
fn mean(directions: impl Iterator<Item = Direction>) -> Option<Direction> {
    let sum = directions.fold([0.0; 3], |sum: Direction, direction| {
        [sum[0] + direction[0], sum[1] + direction[1], sum[2] + direction[2]]
    });
    let length = libm::sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
    // Opposite directions leave rounding errors only; a millionth points somewhere.
    (length > 1e-6).then(|| sum.map(|part| part / length))
}

fn direction(place: Coordinates) -> Direction {
    let (latitude, longitude) = (place.latitude.to_radians(), place.longitude.to_radians());
    [
        libm::cos(latitude) * libm::cos(longitude),
        libm::cos(latitude) * libm::sin(longitude),
        libm::sin(latitude),
    ]
}

fn coordinates([x, y, z]: Direction) -> Coordinates {
    Coordinates {
        latitude: libm::asin(z.clamp(-1.0, 1.0)).to_degrees(),
        longitude: libm::atan2(y, x).to_degrees(),
    }
}
