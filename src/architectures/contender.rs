//! What a scenario compares: an architecture, or several at once, each for some of the workloads.
//!
//! Those meet in the network, at the stations and in the faults: nodes are there once, and whatever one architecture has
//! them send or work on is in the way of the others. Beyond that they know nothing of each other.

use std::borrow::Cow;

use super::Preset;
use super::purpose::{Join, Run};
use super::together::Together;
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;

/// Architectures at once: as many as the parcels of their messages can tell apart.
pub const MOST_PARTS: usize = 256;

/// An architecture of a scenario, ready to be run on its model.
#[derive(Clone, Debug)]
pub struct Contender {
    /// As the scenario calls it.
    pub name: String,
    parts: Vec<Preset>,
    /// By workload: the one that serves it; empty where one serves all.
    by_workload: Vec<u8>,
}

/// One architecture of those that are a contender, under its name.
#[derive(Clone, Copy, Debug)]
pub struct Single<'a> {
    pub name: &'a str,
    pub preset: &'a Preset,
}

impl Contender {
    /// One architecture, for everything.
    pub fn alone(name: String, preset: Preset) -> Contender {
        Contender { name, parts: vec![preset], by_workload: Vec::new() }
    }

    /// Several; `by_workload`: the place of the one that serves it.
    ///
    /// # Panics
    /// When a workload is served by none of `parts`, or there are none or more than [`MOST_PARTS`].
    pub fn mixed(name: String, parts: Vec<Preset>, by_workload: Vec<u8>) -> Contender {
        assert!((1..=MOST_PARTS).contains(&parts.len()), "{} parts", parts.len());
        assert!(by_workload.iter().all(|&part| usize::from(part) < parts.len()), "no such part");
        Contender { name, parts, by_workload }
    }

    /// What it consists of; one where it is alone.
    pub fn parts(&self) -> &[Preset] {
        &self.parts
    }

    /// Its kind, or the kinds of all that are at work at once.
    pub fn kinds(&self) -> String {
        self.parts.iter().map(Preset::kind).collect::<Vec<_>>().join(" + ")
    }

    /// The parts under its name.
    pub fn singles(&self) -> impl Iterator<Item = Single<'_>> {
        self.parts.iter().map(|preset| Single { name: &self.name, preset })
    }

    /// Each part with the model as it sees it.
    pub fn views<'m>(&self, model: &'m Model) -> impl Iterator<Item = (&Preset, Cow<'m, Model>)> {
        let serves = |part: usize, workload: usize| {
            self.by_workload.get(workload).is_none_or(|&place| usize::from(place) == part)
        };
        self.parts.iter().enumerate().map(move |(part, preset)| match self.parts.len() {
            1 => (preset, Cow::Borrowed(model)),
            _ => (preset, Cow::Owned(model.seen_by(|workload| serves(part, workload)))),
        })
    }

    /// Runs one replication; every contender meets the same nodes and demand in it.
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        if let [alone] = &self.parts[..] {
            return alone.build(model, Run { model, replication, control });
        }
        let views: Vec<Model> = self.views(model).map(|(_, view)| view.into_owned()).collect();
        let parts = self.parts.iter().zip(&views).map(|(preset, view)| preset.build(view, Join));
        let together = Together::new(parts.collect(), self.by_workload.clone());
        Simulation::of_parts(model, &views, replication, together).run(control)
    }
}
