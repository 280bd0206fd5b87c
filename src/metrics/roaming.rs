//! How far nodes that find each other by radio hold together over time.

/// A whole run, in looks that each count for the seconds since the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RoamingRecord {
    seconds: f64,
    /// Shares of pairs between which there is a way, times seconds.
    connected: f64,
    /// Seconds with a pair at all.
    paired: f64,
    /// Mean numbers of neighbours, times seconds.
    neighbours: f64,
}

impl RoamingRecord {
    /// For so many seconds `neighbours` were in range of each on the mean, `None` when nobody was up; and this share of
    /// pairs had a way, `None` when there was none.
    pub fn looked(&mut self, seconds: f64, connected: Option<f64>, neighbours: Option<f64>) {
        if let Some(neighbours) = neighbours {
            self.seconds += seconds;
            self.neighbours += neighbours * seconds;
        }
        if let Some(connected) = connected {
            self.paired += seconds;
            self.connected += connected * seconds;
        }
    }

    /// The mean share of pairs with a way between them.
    pub fn connected_pairs(&self) -> Option<f64> {
        (self.paired > 0.0).then(|| (self.connected / self.paired).min(1.0))
    }

    /// In range of a node, on the mean.
    pub fn neighbours(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.neighbours / self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_count_by_their_time() {
        let mut record = RoamingRecord::default();
        assert_eq!((record.connected_pairs(), record.neighbours()), (None, None));
        record.looked(10.0, Some(0.4), Some(2.0));
        record.looked(30.0, Some(0.8), Some(4.0));
        // One node alone, and then none.
        record.looked(10.0, None, Some(0.0));
        record.looked(50.0, None, None);
        assert!((record.connected_pairs().unwrap() - 0.7).abs() < 1e-12);
        assert!((record.neighbours().unwrap() - 140.0 / 50.0).abs() < 1e-12);
    }
}
