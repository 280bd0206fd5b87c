//! Availability of systems of like parts that fail by themselves.

/// Share of time that at least `needed` of `count` parts are up, each with the probability
/// `availability`: the upper tail of a binomial distribution.
pub fn k_of_n(needed: u32, count: u32, availability: f64) -> f64 {
    let down = 1.0 - availability;
    let mut sum = 0.0;
    let mut ways = 1.0;
    // From all up downwards, where the probabilities of good systems are.
    for broken in 0..=count {
        if count - broken < needed {
            break;
        }
        let up = f64::from(count - broken);
        sum += ways * libm::pow(availability, up) * libm::pow(down, f64::from(broken));
        ways *= up / f64::from(broken + 1);
    }
    sum
}

/// How many copies it takes until at least one of them is up with the probability `target`, when
/// each is up with the probability `availability`; `None` when no number is enough.
///
/// ln(1 - target) / ln(1 - availability), rounded up.
pub fn replicas_for(target: f64, availability: f64) -> Option<u32> {
    if !(target < 1.0 && availability > 0.0) {
        return (target <= availability).then_some(1);
    }
    if availability >= 1.0 {
        return Some(1);
    }
    let exact = libm::log1p(-target) / libm::log1p(-availability);
    // What is a whole number but for rounding is one.
    let count = libm::ceil(exact - 1e-9 * exact.abs()).max(1.0);
    (count <= f64::from(u32::MAX)).then_some(count as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_up_while_enough_of_its_parts_are() {
        // 2 of 3 at 0.9: 0.9^3 + 3 x 0.9^2 x 0.1 = 0.972
        assert!((k_of_n(2, 3, 0.9) - 0.972).abs() < 1e-12);
        // In series and in parallel.
        assert!((k_of_n(4, 4, 0.9) - 0.6561).abs() < 1e-12);
        assert!((k_of_n(1, 4, 0.9) - 0.9999).abs() < 1e-12);
        assert_eq!(k_of_n(0, 4, 0.3), 1.0f64.min(k_of_n(0, 4, 0.3)));
        assert_eq!(k_of_n(5, 4, 0.9), 0.0);
    }

    #[test]
    fn copies_are_counted_until_one_is_always_there() {
        // 1 - 0.1^3 = 0.999 exactly.
        assert_eq!(replicas_for(0.999, 0.9), Some(3));
        assert_eq!(replicas_for(0.9991, 0.9), Some(4));
        assert_eq!(replicas_for(0.0, 0.5), Some(1));
        assert_eq!(replicas_for(0.5, 1.0), Some(1));
        assert_eq!(replicas_for(1.0, 1.0), Some(1));
        assert_eq!(replicas_for(0.5, 0.0), None);
        assert_eq!(replicas_for(1.0, 0.9), None);
    }
}
