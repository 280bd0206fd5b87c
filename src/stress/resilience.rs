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

/// The index of an architecture.
#[derive(Clone, Debug)]
pub struct ResilienceIndex {
    pub mean: Estimate,
    /// Per cent of nodes removed: the shares of which all replications tell what is left.
    pub shares: Vec<u32>,
    /// How many shares were tried.
    pub tried: usize,
}

impl StressTest {
    /// The index of an architecture, with its interval over the replications; `None` when no nodes were removed,
    /// or nothing can be told.
    pub fn resilience_index(
        &self,
        architecture: usize,
        kind: OfShare,
        left: Left,
    ) -> Option<ResilienceIndex> {
        // S(q), and S(0) in calm weather: what is kept is their ratio already.
        let of = |trial: &Trial| match left {
            Left::Answers => trial.kept_in_each[architecture].clone(),
            Left::Component if self.has_overlay(architecture) => {
                trial.measured[architecture].overlay_component.clone()
            }
            Left::Component => trial.measured[architecture].network_of_those_up.clone(),
        };
        let percent = |trial: &Trial| (1..=100).find(|&of| trial.hardship.kind == kind(of));
        let tried: Vec<(u32, Vec<Option<f64>>)> =
            self.trials.iter().filter_map(|trial| Some((percent(trial)?, of(trial)))).collect();
        let calm = of(&self.calm);
        let judged: Vec<usize> = (0..self.replications as usize)
            .filter(|&place| calm.get(place).copied().flatten().is_some_and(|whole| whole > 0.0))
            .collect();
        // A share of which some replications know nothing would be judged by the lucky ones.
        let is_known = |values: &&(u32, Vec<Option<f64>>)| {
            judged.iter().all(|&place| values.1.get(place).copied().flatten().is_some())
        };
        let known: Vec<&(u32, Vec<Option<f64>>)> = tried.iter().filter(is_known).collect();
        if known.is_empty() {
            return None;
        }
        let of_replication = |&place: &usize| {
            let value = |values: &Vec<Option<f64>>| values[place].unwrap_or(0.0);
            let sum: f64 = known.iter().map(|(_, values)| value(values)).sum();
            sum / known.len() as f64 / value(&calm)
        };
        let indices: Vec<f64> = judged.iter().map(of_replication).collect();
        // It can be above 1: who is overloaded in calm weather is better off with less demand.
        let mean = Estimate::of(&indices)?.within((0.0, f64::INFINITY));
        let shares = known.iter().map(|(percent, _)| *percent).collect();
        Some(ResilienceIndex { mean, shares, tried: tried.len() })
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
