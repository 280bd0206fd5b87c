//! How good a conversation is: the E-model, narrow band, and the buffer from which speech is played.
//!
//! R = 93.2 - Id - Ie_eff, with the defaults of ITU-T G.107 (06/2015) and no advantage of access. Of the two forms of
//! Id calls are rated by [`DelayRule::G107`]; the other one is kept for comparison. They differ by up to 10 near 400 ms.
//!
//! Speech is played `buffer` after the packet that is never late would have come, and what comes later is lost. With
//! exponential jitter of mean j that is a share e^(-buffer / j).

/// Of a call without delay or loss.
const BEST: f64 = 93.2;

/// What a delay does to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayRule {
    /// ITU-T G.107 (06/2015), 7.4, equations 7-27 and 7-28, with sT = 1.
    G107,
    /// Cole and Rosenbluth, "Voice over IP performance monitoring", CCR 31(2), 2001.
    ColeRosenbluth,
}

impl DelayRule {
    /// Id, of so many milliseconds from mouth to ear.
    pub fn impairment(self, millis: f64) -> f64 {
        match self {
            DelayRule::G107 if millis <= 100.0 => 0.0,
            DelayRule::G107 => {
                let x = libm::log2(millis / 100.0);
                let sixth = |x: f64| libm::pow(1.0 + libm::pow(x, 6.0), 1.0 / 6.0);
                25.0 * (sixth(x) - 3.0 * sixth(x / 3.0) + 2.0)
            }
            DelayRule::ColeRosenbluth => 0.024 * millis + 0.11 * (millis - 177.3).max(0.0),
        }
    }
}

/// Ie_eff: what a codec of this impairment and robustness (percent) makes of a share of lost packets; `burst`: 1 where
/// they are lost at random. Source: G.107, equation 7-29.
pub fn effective_impairment(impairment: f64, robustness: f64, loss: f64, burst: f64) -> f64 {
    let percent = 100.0 * loss;
    impairment + (95.0 - impairment) * percent / (percent / burst + robustness)
}

/// R, of a delay and of [`effective_impairment`].
pub fn rating(rule: DelayRule, millis: f64, effective: f64) -> f64 {
    BEST - rule.impairment(millis) - effective
}

/// The mean opinion of listeners, 1 to 4.5. Source: G.107, annex B; the cubic is below 1 where R is below 6.5.
pub fn opinion(rating: f64) -> f64 {
    if rating <= 0.0 {
        return 1.0;
    }
    if rating >= 100.0 {
        return 4.5;
    }
    let cubic = rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    (1.0 + 0.035 * rating + cubic).max(1.0)
}

/// The share of packets that come too late for a buffer under exponential jitter of this mean, both in seconds.
pub fn late_share(buffer: f64, jitter: f64) -> f64 {
    if jitter > 0.0 { libm::exp(-buffer / jitter) } else { 0.0 }
}

/// What is lost on the way, or too late.
pub fn total_loss(lost: f64, late: f64) -> f64 {
    1.0 - (1.0 - lost) * (1.0 - late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opinions_stay_within_their_scale_and_grow() {
        let all: Vec<f64> = (-20..=120).map(|r| opinion(f64::from(r))).collect();
        assert!(all.iter().all(|mos| (1.0..=4.5).contains(mos)));
        assert!(all.is_sorted());
    }

    #[test]
    fn without_jitter_nothing_is_late() {
        assert_eq!(late_share(0.04, 0.0), 0.0);
        assert_eq!(total_loss(0.5, 0.5), 0.75);
    }
}
