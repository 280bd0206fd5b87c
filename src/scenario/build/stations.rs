//! Stations of groups, and the kinds that there are.

use super::super::spec::{Named, StationSpec};
use super::super::tree::Field;
use super::super::values::{Number, Text, Word};
use super::checks::{Checks, check_name, unknown_name};
use crate::model::{Discipline, Station, StationId};

/// Kinds that every scenario knows.
const OWN: [&str; 3] = ["cpu", "disk", "printer"];

/// Names of the kinds of stations, by `StationId`.
#[derive(Clone, Debug)]
pub struct Kinds(Vec<String>);

impl Kinds {
    /// `others`: names that groups give, in the order of the scenario.
    pub fn new<'n>(others: impl Iterator<Item = &'n str>) -> Kinds {
        let mut kinds: Vec<String> = OWN.map(str::to_owned).into();
        for other in others {
            if !kinds.iter().any(|kind| kind == other) {
                kinds.push(other.to_owned());
            }
        }
        Kinds(kinds)
    }

    pub fn find(&self, name: &str) -> Option<StationId> {
        let place = self.0.iter().position(|kind| kind == name)?;
        u16::try_from(place).ok().map(StationId)
    }

    /// The kind that is named, or `None` with a problem.
    pub fn named(&self, name: Field<Text>, checks: &mut Checks<'_>) -> Option<StationId> {
        let (span, name) = checks.required(name)?;
        let found = self.find(&name.0);
        if found.is_none() {
            let message = format!("{:?} is no kind of station", name.0);
            unknown_name(checks, span, &name.0, message, || self.0.iter().map(String::as_str));
        }
        found
    }

    pub fn name(&self, station: StationId) -> &str {
        &self.0[station.index()]
    }

    pub fn into_names(self) -> Vec<String> {
        self.0
    }
}

/// What each node of a group has; `None` when one of them is wrong.
pub fn stations(
    own: [(&str, Option<StationSpec>); 3],
    others: Option<Named<StationSpec>>,
    kinds: &Kinds,
    checks: &mut Checks<'_>,
) -> Option<Vec<Station>> {
    let mut stations = Vec::new();
    let mut is_sound = true;
    let own = own.into_iter().filter_map(|(name, spec)| Some((kinds.find(name)?, spec?)));
    let mut specs: Vec<(StationId, StationSpec)> = own.collect();
    for (name, spec) in others.into_iter().flatten() {
        let kind = kinds.find(name.get_ref());
        if let Some(own) = OWN.iter().find(|own| *own == name.get_ref()) {
            let message = format!("the station {own:?} has a key of its own");
            checks
                .problem(name.span(), message, "not among `stations`")
                .help(format!("write {own} = {{ workers = 1 }} in the table of the group"));
            is_sound = false;
        }
        match (check_name("a station", &name, checks), kind) {
            (Some(_), Some(kind)) => specs.push((kind, spec)),
            _ => is_sound = false,
        }
    }
    for (kind, spec) in specs {
        match station(kind, spec, checks) {
            Some(station) => stations.push(station),
            None => is_sound = false,
        }
    }
    is_sound.then_some(stations)
}

fn station(kind: StationId, spec: StationSpec, checks: &mut Checks<'_>) -> Option<Station> {
    let workers = checks.required(spec.workers);
    let queue = checks.optional(spec.queue);
    let discipline = checks.or(spec.discipline, Word(Discipline::default()));
    let speed = speed(spec.speed, checks);
    let (span, workers) = workers?;
    if workers.0 == 0 || workers.0 >= u64::from(u32::MAX) {
        checks.problem(span, format!("{} workers", workers.0), "expected 1 or more");
        return None;
    }
    let queue = queue?.map(|(_, queue)| u32::try_from(queue.0).unwrap_or(u32::MAX));
    let (workers, discipline) = (workers.0 as u32, discipline?.0);
    Some(Station { kind, workers, queue, discipline, speed: speed? })
}

/// A factor of speed, 1 when it is not written.
pub fn speed(field: Option<Field<Number>>, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(field)? {
        Some((span, speed)) if !(1e-9..=1e9).contains(&speed.0) => {
            let message = format!("a speed of {}", speed.0);
            checks.problem(span, message, "expected 0.000000001 to 1000000000; 1 is normal");
            None
        }
        speed => Some(speed.map_or(1.0, |(_, speed)| speed.0)),
    }
}
