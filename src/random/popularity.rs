//! Which object of a catalogue is asked for: uniform or Zipf popularity.

use super::Draws;

/// Chooses object `i` with probability proportional to `(i + 1)^-exponent`.
///
/// Exponent 0 is uniform, and needs no memory. Else 8 bytes an object; a choice costs O(log n).
#[derive(Clone, Debug)]
pub struct Popularity(Law);

#[derive(Clone, Debug)]
enum Law {
    /// Of so many objects, at least one.
    Uniform(usize),
    /// Probability that the chosen object is `i` or a more popular one; the last entry is 1.
    Cumulative(Vec<f64>),
}

/// 2^-50, which is several times what a product and a quotient can round.
const MARGIN: f64 = 1.0 / (1u64 << 50) as f64;

impl Popularity {
    /// # Panics
    /// When `objects` is zero.
    pub fn zipf(objects: usize, exponent: f64) -> Popularity {
        assert!(objects > 0, "a catalogue holds at least one object");
        if exponent == 0.0 {
            return Popularity(Law::Uniform(objects));
        }
        let mut total = 0.0;
        let mut cumulative: Vec<f64> = (1..=objects)
            .map(|rank| {
                total += libm::pow(rank as f64, -exponent);
                total
            })
            .collect();
        for share in &mut cumulative {
            *share /= total;
        }
        Popularity(Law::Cumulative(cumulative))
    }

    /// Objects to choose from.
    pub fn count(&self) -> usize {
        match &self.0 {
            Law::Uniform(objects) => *objects,
            Law::Cumulative(cumulative) => cumulative.len(),
        }
    }

    /// The share of requests that go to the `count` most popular objects.
    pub fn share_of_top(&self, count: usize) -> f64 {
        match &self.0 {
            Law::Uniform(objects) => count.min(*objects) as f64 / *objects as f64,
            Law::Cumulative(cumulative) => match count.min(cumulative.len()) {
                0 => 0.0,
                count => cumulative[count - 1],
            },
        }
    }

    pub fn draw(&self, draws: &mut Draws) -> usize {
        self.object_at(draws.uniform())
    }

    /// The object that `u`, in `[0, 1)`, falls on.
    fn object_at(&self, u: f64) -> usize {
        match &self.0 {
            Law::Uniform(objects) => {
                let place = u * *objects as f64;
                let mut object = (place as usize).min(objects - 1);
                // The product is right to 2^-53 of itself, and so are quotients: this far from
                // both edges they agree.
                let margin = place * MARGIN;
                let beyond = place - object as f64;
                if margin < beyond && beyond < 1.0 - margin {
                    return object;
                }
                // The product can round over the edge between two objects; the quotient decides,
                // so that the choice is the one of a table with the same shares.
                while object > 0 && self.share_of_top(object) > u {
                    object -= 1;
                }
                while object + 1 < *objects && self.share_of_top(object + 1) <= u {
                    object += 1;
                }
                object
            }
            Law::Cumulative(cumulative) => {
                cumulative.partition_point(|&share| share <= u).min(cumulative.len() - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;

    #[test]
    fn a_uniform_choice_is_that_of_a_table_of_equal_shares() {
        for objects in [1, 2, 3, 7, 10, 49, 1000] {
            let uniform = Popularity::zipf(objects, 0.0);
            let shares = (1..=objects).map(|rank| rank as f64 / objects as f64).collect();
            let table = Popularity(Law::Cumulative(shares));
            let key = Key::root(3, objects as u64);
            let random = (0..2000).map(|k| key.draw(k).uniform());
            // The edges between objects, and the numbers beside them.
            let edges = (0..objects).map(|rank| rank as f64 / objects as f64);
            let beside = edges.clone().flat_map(|edge| [edge, edge.next_up(), edge.next_down()]);
            for u in random.chain(beside).filter(|u| (0.0..1.0).contains(u)) {
                assert_eq!(uniform.object_at(u), table.object_at(u), "{u} of {objects}");
            }
        }
    }

    #[test]
    fn shares_follow_zipf() {
        let popularity = Popularity::zipf(100, 1.0);
        let key = Key::root(1, 0);
        let n = 100_000u64;
        let firsts = (0..n).filter(|&k| popularity.draw(&mut key.draw(k)) == 0).count() as f64;
        let expected = popularity.share_of_top(1);
        let standard_error = (expected * (1.0 - expected) / n as f64).sqrt();
        assert!((firsts / n as f64 - expected).abs() < 4.0 * standard_error);
    }
}
