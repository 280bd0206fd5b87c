//! What is said of each metric.

use crate::model::Model;

/// A number that is measured in every run.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub unit: &'static str,
    pub better: Better,
    /// What it is, with its formula.
    pub definition: &'static str,
    /// Whether it is of requests or calls and so exists for each workload that has these; else only of the whole run.
    pub is_per_workload: bool,
    /// Whether it is from 0 to 1.
    pub is_share: bool,
    /// Of what it is: runs without that do not show it.
    pub subject: Subject,
}

/// What a metric says something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Anything,
    Calls,
    Updates,
    Prints,
    AdHoc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
    /// Depends on what one wants.
    Neither,
}

pub(super) const fn of_requests(
    name: &'static str,
    unit: &'static str,
    better: Better,
    definition: &'static str,
) -> Metric {
    Metric {
        name,
        unit,
        better,
        definition,
        is_per_workload: true,
        is_share: false,
        subject: Subject::Anything,
    }
}

pub(super) const fn of_the_run(
    name: &'static str,
    unit: &'static str,
    better: Better,
    definition: &'static str,
) -> Metric {
    Metric {
        name,
        unit,
        better,
        definition,
        is_per_workload: false,
        is_share: false,
        subject: Subject::Anything,
    }
}

pub(super) const fn share_of_requests(
    name: &'static str,
    better: Better,
    definition: &'static str,
) -> Metric {
    Metric { is_share: true, ..of_requests(name, "1", better, definition) }
}

pub(super) const fn share_of_the_run(
    name: &'static str,
    better: Better,
    definition: &'static str,
) -> Metric {
    Metric { is_share: true, ..of_the_run(name, "1", better, definition) }
}

/// Of the calls of a workload, or of all.
pub(super) const fn of_calls(metric: Metric) -> Metric {
    Metric { subject: Subject::Calls, is_per_workload: true, ..metric }
}

pub(super) const fn of_updates(metric: Metric) -> Metric {
    Metric { subject: Subject::Updates, ..metric }
}

pub(super) const fn of_prints(metric: Metric) -> Metric {
    Metric { subject: Subject::Prints, ..metric }
}

pub(super) const fn of_ad_hoc(metric: Metric) -> Metric {
    Metric { subject: Subject::AdHoc, ..metric }
}

impl Metric {
    /// Whether it says something of what `model` asks for.
    pub fn is_of(&self, model: &Model) -> bool {
        match self.subject {
            Subject::Anything => true,
            Subject::Calls => model.has_calls(),
            Subject::Prints => model.has_prints(),
            Subject::Updates => model.has_updates(),
            Subject::AdHoc => model.topology.field().is_some(),
        }
    }

    /// The same of one workload.
    pub fn is_of_workload(&self, model: &Model, workload: u32) -> bool {
        let is_meant = match self.subject {
            Subject::Calls => model.conversations(workload).is_some(),
            Subject::Anything | Subject::Prints | Subject::Updates | Subject::AdHoc => true,
        };
        self.is_per_workload && is_meant
    }
}
