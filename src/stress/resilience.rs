//! The resilience index: what is left on the mean over the shares of nodes that are removed.
//!
//! R = 1/n sum S(q) / S(0) over the n shares q that were tried: Schneider, Moreira, Andrade, Havlin and Herrmann,
//! "Mitigation of malicious attacks on networks", PNAS 108(10), 2011. There S is the largest component; here also
//! the share answered.

use super::{HardshipKind, StressTest, Trial};
use crate::stats::Estimate;

/// What there is less and less of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Answers,
    /// Of the overlay, or of the network where there is none.
    Component,
}

/// A hardship by the share of nodes that is removed, in per cent.
type OfShare = fn(u32) -> HardshipKind;

/// How nodes are removed, with its name.
pub const REMOVALS: [(&str, OfShare); 2] =
    [("random-loss", HardshipKind::RandomLoss), ("targeted-loss", HardshipKind::TargetedLoss)];

impl StressTest {
    /// The index of an architecture, with its interval over the replications; `None` when no nodes were removed.
    pub fn resilience_index(
        &self,
        architecture: usize,
        kind: OfShare,
        left: Left,
    ) -> Option<Estimate> {
        let is_removal =
            |trial: &&Trial| (1..=100).any(|percent| trial.hardship.kind == kind(percent));
        // S(q), and S(0) in calm weather: what is kept is their ratio already.
        let of = |trial: &Trial| match left {
            Left::Answers => trial.kept_in_each[architecture].clone(),
            Left::Component if self.has_overlay(architecture) => {
                trial.measured[architecture].overlay_component.clone()
            }
            Left::Component => trial.measured[architecture].network_of_those_up.clone(),
        };
        let trials: Vec<Vec<Option<f64>>> = self.trials.iter().filter(is_removal).map(of).collect();
        let calm = of(&self.calm);
        let of_replication = |place: usize| {
            let whole = calm.get(place).copied().flatten().filter(|&whole| whole > 0.0)?;
            let values = || trials.iter().filter_map(|values| *values.get(place)?);
            let count = values().count();
            (count > 0).then(|| values().sum::<f64>() / count as f64 / whole)
        };
        let indices: Vec<f64> =
            (0..self.replications as usize).filter_map(of_replication).collect();
        // It can be above 1: who is overloaded in calm weather is better off with less demand.
        Estimate::of(&indices).map(|index| index.within((0.0, f64::INFINITY)))
    }

    /// What is left under an architecture in a trial.
    pub fn left(&self, trial: &Trial, architecture: usize, left: Left) -> Option<Estimate> {
        match left {
            Left::Answers => trial.kept[architecture],
            Left::Component if self.has_overlay(architecture) => {
                trial.overlay_component[architecture]
            }
            Left::Component => trial.network_of_those_up[architecture],
        }
    }

    /// Whether a component is one of the overlay, under an architecture: in all trials or in none, so that a
    /// curve is of one thing.
    pub fn has_overlay(&self, architecture: usize) -> bool {
        let trials = self.trials.iter().chain([&self.calm]);
        trials.clone().any(|trial| trial.overlay_component[architecture].is_some())
    }
}
