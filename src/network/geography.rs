//! Places on the globe and what their distance costs.

use crate::units::Duration;

/// Light in fibre takes about 5 us a kilometre (refractive index 1.5).
const SECONDS_PER_KILOMETRE: f64 = 5e-6;
/// Mean radius of the Earth, IUGG.
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Degrees; north and east are positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    pub latitude: f64,
    pub longitude: f64,
}

impl Coordinates {
    /// Great-circle distance by the haversine formula.
    pub fn kilometres_to(self, other: Coordinates) -> f64 {
        let radians = |degrees: f64| degrees.to_radians();
        let half_north = libm::sin(radians(other.latitude - self.latitude) / 2.0);
        let half_east = libm::sin(radians(other.longitude - self.longitude) / 2.0);
        let haversine = half_north * half_north
            + libm::cos(radians(self.latitude))
                * libm::cos(radians(other.latitude))
                * half_east
                * half_east;
        2.0 * EARTH_RADIUS_KM * libm::asin(libm::sqrt(haversine.min(1.0)))
    }

    /// One-way latency of a fibre that is `path_factor` times as long as the great circle.
    pub fn latency_to(self, other: Coordinates, path_factor: f64) -> Duration {
        fibre_latency(self.kilometres_to(other) * path_factor)
    }
}

pub(super) fn fibre_latency(kilometres: f64) -> Duration {
    Duration::from_secs(kilometres * SECONDS_PER_KILOMETRE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_equator_is_a_quarter_of_the_circumference() {
        let at = |latitude, longitude| Coordinates { latitude, longitude };
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_KM;
        assert!((at(0.0, 0.0).kilometres_to(at(0.0, 90.0)) - quarter).abs() < 1e-6);
        assert!((at(0.0, 0.0).kilometres_to(at(90.0, 12.0)) - quarter).abs() < 1e-6);
    }
}
