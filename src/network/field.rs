//! The field of an ad hoc network: how large it is, how far its radios reach, and how its nodes walk about.
//!
//! Two nodes are neighbours while they are no further apart than the range: a random geometric graph, as Gupta and
//! Kumar, "The capacity of wireless networks", IEEE Transactions on Information Theory 46(2), 2000, have it.

use std::f64::consts::PI;

use crate::random::Distribution;
use crate::units::Duration;

/// Where nodes are and how far they hear each other. Lengths in metres, speeds in m/s.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Above 0.
    pub width: f64,
    pub height: f64,
    /// Above 0.
    pub range: f64,
    /// One way from a node to its neighbour.
    pub hop: Duration,
    /// `None`: everybody stays where he is.
    pub walk: Option<Walk>,
    /// One entry per site, each of which is that of one node.
    pub stands: Vec<Stand>,
}

/// What becomes of a node over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stand {
    /// It walks, if anybody does; where it is at the start is drawn.
    Roams,
    /// It stays where it is drawn, anywhere with the same probability.
    Scattered,
    /// It stays there.
    At { x: f64, y: f64 },
}

/// Random waypoint: straight to a point drawn anywhere, a pause, and on to the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// Above 0: with trips of no speed at all the mean speed would fall for ever. Source: Yoon, Liu and Noble, "Random
    /// waypoint considered harmful", INFOCOM 2003.
    pub slowest: f64,
    /// The speed of a trip is uniform between the two.
    pub fastest: f64,
    /// Seconds.
    pub pause: Distribution,
}

impl Field {
    /// The mean distance between two points drawn anywhere, and so of a trip.
    ///
    /// Source: Ghosh, "Random distances within a rectangle and between two rectangles", Bulletin of the Calcutta
    /// Mathematical Society 43, 1951.
    pub fn mean_trip(&self) -> f64 {
        let (a, b) = (self.width, self.height);
        let diagonal = a.hypot(b);
        let straight = a.powi(3) / (b * b)
            + b.powi(3) / (a * a)
            + diagonal * (3.0 - a * a / (b * b) - b * b / (a * a));
        let curved = b * b / a * libm::acosh(diagonal / b) + a * a / b * libm::acosh(diagonal / a);
        straight / 15.0 + curved / 6.0
    }

    /// The probability that two points drawn anywhere are no further apart than the range; at the most that where the
    /// range is longer than a side.
    ///
    /// Source: the distribution of the distance in Ghosh 1951, for distances up to the shorter side.
    pub fn share_in_range(&self) -> f64 {
        let (a, b) = (self.width, self.height);
        let r = self.range.min(a).min(b);
        let area = a * b;
        let inside = PI * r * r * area - 4.0 / 3.0 * r.powi(3) * (a + b) + r.powi(4) / 2.0;
        let share = inside / (area * area);
        if self.range > a.min(b) { (self.range / r * share).min(1.0) } else { share }
    }
}

impl Walk {
    /// The mean of what a metre takes, in seconds.
    pub fn seconds_per_metre(&self) -> f64 {
        match self.fastest > self.slowest {
            true => libm::log(self.fastest / self.slowest) / (self.fastest - self.slowest),
            false => 1.0 / self.slowest,
        }
    }

    /// The mean speed over time of who is on his way, in m/s: slow trips take longer.
    pub fn mean_speed(&self) -> f64 {
        1.0 / self.seconds_per_metre()
    }

    /// The share of its time that a node pauses, on trips of this mean length in metres.
    pub fn share_paused(&self, mean_trip: f64) -> f64 {
        let pause = self.pause.mean_of_draws();
        if pause > 0.0 { pause / (pause + mean_trip * self.seconds_per_metre()) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(width: f64, height: f64, range: f64) -> Field {
        let hop = Duration::ZERO;
        Field { width, height, range, hop, walk: None, stands: Vec::new() }
    }

    #[test]
    fn distances_in_a_square_are_those_of_the_book() {
        // 0.5214 of the side; and P(d <= 0.1) = 0.01 pi - 8/3 0.001 + 0.0001 / 2.
        let square = field(1.0, 1.0, 0.1);
        assert!((square.mean_trip() - 0.521_405_433).abs() < 1e-9);
        assert!(
            (square.share_in_range() - (0.031_415_926_5 - 0.002_666_666_7 + 0.000_05)).abs() < 1e-9
        );
        assert!((field(200.0, 200.0, 20.0).mean_trip() - 104.281_086_6).abs() < 1e-6);
        // In a corridor nearly a third of its length.
        assert!((field(1000.0, 1.0, 1.0).mean_trip() - 1000.0 / 3.0).abs() < 0.1);
        assert!(field(10.0, 10.0, 1000.0).share_in_range() <= 1.0);
    }

    #[test]
    fn slow_trips_count_by_the_time_they_take() {
        let pause = Distribution::Constant(10.0);
        let walk = Walk { slowest: 1.0, fastest: 2.0, pause };
        assert!((walk.mean_speed() - 1.0 / 2f64.ln()).abs() < 1e-12);
        // 10 s of pause and 100 ln 2 s on the way.
        assert!((walk.share_paused(100.0) - 10.0 / (10.0 + 69.314_718)).abs() < 1e-8);
    }
}
