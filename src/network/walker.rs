//! A node that walks: random waypoint, from the first instant on as if it had been walking for ever.
//!
//! Who begins at a point drawn anywhere needs a long time until he is as often in the middle as he will be. Here he
//! begins in the stationary distribution: in a pause with the share of time that pauses take, anywhere and with what is
//! left of one; or on a trip between two points that are drawn with a probability in proportion to their distance, at
//! a uniform point of it, and with a speed that is drawn with a density in proportion to 1 / speed. Source: Navidi and
//! Camp, "Stationary distributions for the random waypoint mobility model", IEEE Transactions on Mobile Computing
//! 3(1), 2004.

use super::field::{Field, Stand, Walk};
use crate::random::{Draws, Key};
use crate::units::{Duration, Time};

type Point = (f64, f64);

/// Where a node is on its way, or rests.
#[derive(Clone, Debug)]
pub(super) struct Walker {
    /// Where it was at `since`.
    from: Point,
    /// m/s
    velocity: Point,
    since: Time,
    /// When this trip or pause is over; `NEVER` for who stays.
    pub until: Time,
    to: Point,
    key: Key,
    /// Trips and pauses so far.
    legs: u64,
}

impl Walker {
    /// `key`: of all that is drawn for this node.
    pub fn new(field: &Field, stand: Stand, key: Key) -> Walker {
        let mut draws = key.draw(0);
        let mut walker = Walker {
            from: (0.0, 0.0),
            velocity: (0.0, 0.0),
            since: Time::ZERO,
            until: Time::NEVER,
            to: (0.0, 0.0),
            key,
            legs: 1,
        };
        match (stand, &field.walk) {
            (Stand::At { x, y }, _) => walker.from = (x, y),
            (Stand::Scattered, _) | (Stand::Roams, None) => {
                walker.from = anywhere(field, &mut draws)
            }
            (Stand::Roams, Some(walk)) => walker.begin(field, walk, &mut draws),
        }
        walker
    }

    fn begin(&mut self, field: &Field, walk: &Walk, draws: &mut Draws) {
        if draws.uniform() < walk.share_paused(field.mean_trip()) {
            self.from = anywhere(field, draws);
            self.rest(walk.pause.draw_residual(draws));
            return;
        }
        let diagonal = field.width.hypot(field.height);
        let (start, end) = loop {
            let (start, end) = (anywhere(field, draws), anywhere(field, draws));
            if draws.uniform() * diagonal < distance(start, end) {
                break (start, end);
            }
        };
        let done = draws.uniform();
        self.from = (start.0 + done * (end.0 - start.0), start.1 + done * (end.1 - start.1));
        let speed = walk.slowest * libm::pow(walk.fastest / walk.slowest, draws.uniform());
        self.go(end, speed);
    }

    pub fn position(&self, now: Time) -> Point {
        let seconds = now.since(self.since).secs();
        (self.from.0 + self.velocity.0 * seconds, self.from.1 + self.velocity.1 * seconds)
    }

    /// m/s in both directions.
    pub fn velocity(&self) -> Point {
        self.velocity
    }

    /// What it did is over: it pauses, or goes on to the next point.
    pub fn turn(&mut self, field: &Field, walk: &Walk) {
        let has_arrived = self.velocity != (0.0, 0.0);
        let mut draws = self.key.draw(self.legs);
        self.legs += 1;
        // Exactly there, and not where rounding up to a nanosecond has led.
        (self.from, self.since) = (self.to, self.until);
        if has_arrived {
            let pause = walk.pause.draw(&mut draws);
            if pause > 0.0 {
                return self.rest(pause);
            }
        }
        let to = anywhere(field, &mut draws);
        let speed = walk.slowest + draws.uniform() * (walk.fastest - walk.slowest);
        self.go(to, speed);
    }

    fn rest(&mut self, seconds: f64) {
        self.velocity = (0.0, 0.0);
        self.to = self.from;
        self.until = self.since + at_least_a_moment(seconds);
    }

    fn go(&mut self, to: Point, speed: f64) {
        let way = distance(self.from, to);
        // Nobody walks from a point to itself.
        if way < SHORTEST {
            return self.rest(way / speed);
        }
        self.velocity = ((to.0 - self.from.0) / way * speed, (to.1 - self.from.1) / way * speed);
        self.to = to;
        self.until = self.since + at_least_a_moment(way / speed);
    }
}

/// Shorter trips, in metres, are none.
const SHORTEST: f64 = 1e-6;

/// Rounded up, so that time goes on.
fn at_least_a_moment(seconds: f64) -> Duration {
    Duration::from_nanos(((seconds * 1e9).ceil() as u64).max(1))
}

fn anywhere(field: &Field, draws: &mut Draws) -> Point {
    let x = draws.uniform() * field.width;
    (x, draws.uniform() * field.height)
}

fn distance(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;

    const SIDE: f64 = 100.0;
    const COUNT: u64 = 20_000;

    fn field(pause: f64) -> Field {
        let walk = Walk { slowest: 0.5, fastest: 4.0, pause: Distribution::Constant(pause) };
        let (hop, stands) = (Duration::ZERO, Vec::new());
        Field { width: SIDE, height: SIDE, range: 1.0, hop, walk: Some(walk), stands }
    }

    /// Many walkers at `now`.
    fn walkers(field: &Field, now: Time) -> Vec<Walker> {
        let walk = field.walk.as_ref().unwrap();
        let walked = |number| {
            let mut walker = Walker::new(field, Stand::Roams, Key::root(7, number));
            while walker.until <= now {
                walker.turn(field, walk);
            }
            walker
        };
        (0..COUNT).map(walked).collect()
    }

    fn is_near(found: f64, expected: f64, deviation: f64) {
        let tolerance = 4.0 * deviation / (COUNT as f64).sqrt();
        assert!((found - expected).abs() < tolerance, "{found}, {expected} within {tolerance}");
    }

    fn speed(walker: &Walker) -> f64 {
        walker.velocity.0.hypot(walker.velocity.1)
    }

    #[test]
    fn speed_and_pauses_are_from_the_start_what_they_are_later() {
        let field = field(30.0);
        // 30 s of pause, and 52.14 m at ln 8 / 3.5 s a metre: 30 / (30 + 30.977) of the time.
        let paused = 30.0 / (30.0 + 52.140_543 * 8f64.ln() / 3.5);
        for seconds in [0.0, 10.0, 1000.0] {
            let walkers = walkers(&field, Time::from_secs(seconds));
            let moving: Vec<f64> = walkers.iter().map(speed).filter(|&speed| speed > 0.0).collect();
            let share = 1.0 - moving.len() as f64 / COUNT as f64;
            is_near(share, paused, (paused * (1.0 - paused)).sqrt());
            // The mean of the density 1 / (v ln 8) on 0.5 to 4, where trips alone would have 2.25;
            // its second moment is (16 - 0.25) / (2 ln 8).
            let mean = 3.5 / 8f64.ln();
            let deviation = (15.75 / (2.0 * 8f64.ln()) - mean * mean).sqrt();
            let found = moving.iter().sum::<f64>() / moving.len() as f64;
            is_near(found, mean, deviation / (1.0 - paused).sqrt());
        }
    }

    #[test]
    fn who_walks_is_in_the_middle_more_often() {
        // Without pauses the coordinate x of a square of side 1 that is uniform on a trip weighted
        // by its length: E(x) = 1/2, and E((x - 1/2)^2) by numbers of Navidi and Camp's density:
        // integrated here over endpoints on a grid.
        let grid: Vec<f64> = (0..24).map(|k| (f64::from(k) + 0.5) / 24.0).collect();
        let (mut weight, mut moment) = (0.0, 0.0);
        for &x1 in &grid {
            for &x2 in &grid {
                // Of a trip from x1 to x2: the second moment about the middle.
                let (a, b) = (x1 - 0.5, x2 - 0.5);
                let second = (a * a + a * b + b * b) / 3.0;
                for &y1 in &grid {
                    for &y2 in &grid {
                        let way = (x1 - x2).hypot(y1 - y2);
                        weight += way;
                        moment += way * second;
                    }
                }
            }
        }
        let expected = moment / weight * SIDE * SIDE;
        // Uniform points have 1/12.
        assert!(expected < 0.7 / 12.0 * SIDE * SIDE);
        for seconds in [0.0, 3.0, 500.0] {
            let now = Time::from_secs(seconds);
            let walkers = walkers(&field(0.0), now);
            let squares: Vec<f64> = walkers
                .iter()
                .map(|walker| (walker.position(now).0 - SIDE / 2.0).powi(2))
                .collect();
            let mean = squares.iter().sum::<f64>() / COUNT as f64;
            let variance = squares.iter().map(|square| (square - mean).powi(2)).sum::<f64>();
            // The grid is right within a hundredth.
            let deviation = (variance / COUNT as f64).sqrt();
            assert!(
                (mean - expected).abs() < 4.0 * deviation / (COUNT as f64).sqrt() + 0.01 * expected
            );
        }
    }

    #[test]
    fn nobody_leaves_the_field() {
        let field = field(5.0);
        for walker in walkers(&field, Time::from_secs(777.0)) {
            let (x, y) = walker.position(Time::from_secs(777.0));
            assert!((0.0..=SIDE).contains(&x) && (0.0..=SIDE).contains(&y));
        }
    }
}
