//! Promises: which architectures and workloads they are of, and what their limits mean.

use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;

use super::super::baseline::Baseline;
use super::super::expect_spec::{ExpectSpec, Limit};
use super::super::file;
use super::super::tree::{Field, Leaf, Node};
use super::super::values::{Names, Number};
use super::checks::{Checks, unknown_name};
use super::metrics;
use crate::architectures::Contender;
use crate::model::Model;
use crate::stats::{ALL_WORKLOADS, Claim, Expectation, METRICS, Side};

const MOST_EXPECTATIONS: usize = 1000;
/// Standard errors that luck alone goes beyond once in some hundred times.
const DEFAULT_WITHIN: f64 = 3.0;

/// An expectation and where it is written.
pub type Placed = (Range<usize>, Expectation);

/// All expectations; `None` when one of them is wrong.
pub fn expectations(
    specs: Vec<Spanned<ExpectSpec>>,
    (model, contenders): (&Model, &[Contender]),
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Vec<Placed>> {
    if let Some(first) = specs.get(MOST_EXPECTATIONS) {
        let message = format!("{} expectations", specs.len());
        checks.problem(first.span(), message, format!("expected {MOST_EXPECTATIONS} or fewer"));
        return None;
    }
    let ground = Ground { model, contenders, folder };
    // All are looked at, also after one that is wrong.
    let all: Vec<Option<Vec<Placed>>> =
        specs.into_iter().map(|spec| ground.expectation(spec, checks)).collect();
    Some(all.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

struct Ground<'g> {
    model: &'g Model,
    contenders: &'g [Contender],
    folder: &'g Path,
}

impl Ground<'_> {
    /// One for each architecture, workload and limit that a table names.
    fn expectation(
        &self,
        spec: Spanned<ExpectSpec>,
        checks: &mut Checks<'_>,
    ) -> Option<Vec<Placed>> {
        let table = spec.span();
        let spec = spec.into_inner();
        let metric = metrics::metric(spec.metric, checks);
        if let Some((span, metric)) = &metric
            && let Some(why) =
                metrics::undefined_because(METRICS[*metric].name, self.model, self.contenders)
        {
            let message = format!("{} is undefined in every run: {why}", METRICS[*metric].name);
            checks.problem(span.clone(), message, "nothing can be promised of it");
            return None;
        }
        let architectures = self.architectures(spec.architecture, checks);
        let workloads = self.workloads(spec.workload, metric.as_ref().map(|m| m.1), checks);
        let than = checks.optional(spec.than)?;
        let other = than.map(|(span, name)| self.architecture(&name.0, span, checks));
        let metric = metric?.1;
        let (architectures, workloads) = (architectures?, workloads?);
        let limits = [
            (Side::Below, "below", spec.below),
            (Side::AtMost, "at_most", spec.at_most),
            (Side::AtLeast, "at_least", spec.at_least),
            (Side::Above, "above", spec.above),
        ];
        let mut claims = Vec::new();
        for (side, key, limit) in limits {
            let Some((span, limit)) = checks.optional(limit)? else { continue };
            let text = format!("{} {}", key.replace('_', " "), limit.words());
            claims.push(match other {
                None => (
                    Claim::Limit(side, of_field(limit.in_unit_of(&METRICS[metric], span), checks)?),
                    text,
                ),
                Some(other) => {
                    let (factor, other) = (factor(&limit, span, checks)?, other?);
                    let name = &self.contenders[other].name;
                    (Claim::Times(side, factor, other), format!("{text} x that of {name}"))
                }
            });
        }
        if let Some(nothing) = nothing_between(&claims) {
            checks.problem(table, format!("nothing is {nothing}"), "this cannot be kept");
            return None;
        }
        let within = checks.optional(spec.within)?;
        let within_place = within.as_ref().map(|(span, _)| span.clone());
        let within = match within {
            Some((span, within)) if !(within.0 > 0.0 && within.0 <= 100.0) => {
                let message = format!("{} standard errors", within.0);
                checks.problem(span, message, "expected more than 0, and 100 or less");
                return None;
            }
            Some((_, within)) => within.0,
            None => DEFAULT_WITHIN,
        };
        let baseline = match checks.optional(spec.baseline)? {
            None => None,
            Some((span, name)) => Some((self.baseline(&name.0, &span, checks)?, span, name.0)),
        };
        if let (Some(span), None) = (&within_place, &baseline) {
            checks
                .problem(span.clone(), "`within` without a `baseline`", "within what?")
                .help("name the `baseline`, a file of `hubmesh baseline save`");
            return None;
        }
        if claims.is_empty() && baseline.is_none() {
            checks
                .problem(table, "this promises nothing", "expected a limit")
                .help("write below, at_most, at_least or above, or name a `baseline`");
            return None;
        }
        let mut placed = Vec::new();
        for &architecture in &architectures {
            for (workload, written) in &workloads {
                let mut claims = claims.clone();
                if let Some((baseline, span, file)) = &baseline {
                    let name = &self.contenders[architecture].name;
                    let row = baseline.row(name, written, metric);
                    // Of a single workload there are no rows but those of all.
                    let has_names = baseline.rows.iter().any(|row| row.workload != ALL_WORKLOADS);
                    let row =
                        row.or_else(|| baseline.row(name, workload, metric).filter(|_| !has_names));
                    let known = row.and_then(|row| row.known);
                    if let (Some(_), None) = (row, known) {
                        let metric = METRICS[metric].name;
                        let message = format!(
                            "{file:?} does not keep {metric} of {written} under {name}, for it was undefined in some replications"
                        );
                        checks.problem(span.clone(), message, "nothing to compare with").help(
                            "make the runs longer and the file anew, or choose another metric",
                        );
                        return None;
                    }
                    let Some(known) = known else {
                        let metric = METRICS[metric].name;
                        let message = format!("{file:?} has no {metric} of {written} under {name}");
                        checks
                            .problem(span.clone(), message, "nothing to compare with")
                            .help("make it anew by `hubmesh baseline save`");
                        return None;
                    };
                    claims.push((
                        Claim::Kept(known, within),
                        format!("within {within} standard errors of {file}"),
                    ));
                }
                placed.extend(claims.into_iter().filter_map(|(claim, words)| {
                    // Of all architectures each is compared with the others only.
                    let is_itself =
                        matches!(claim, Claim::Times(_, _, other) if other == architecture);
                    let workload = workload.clone();
                    let expectation =
                        Expectation { architecture, workload, metric, claim, words, line: None };
                    (!is_itself).then(|| (table.clone(), expectation))
                }));
            }
        }
        if placed.is_empty() {
            checks
                .problem(table, "an architecture is compared with itself", "this says nothing")
                .help("name another one in `than`");
            return None;
        }
        Some(placed)
    }

    fn architecture(
        &self,
        name: &str,
        span: Range<usize>,
        checks: &mut Checks<'_>,
    ) -> Option<usize> {
        let place = self.contenders.iter().position(|contender| contender.name == name);
        if place.is_none() {
            let message = format!("{name:?} is no architecture of this scenario");
            let names = || self.contenders.iter().map(|contender| contender.name.as_str());
            unknown_name(checks, span, name, message, names);
        }
        place
    }

    fn architectures(
        &self,
        names: Option<Field<Names>>,
        checks: &mut Checks<'_>,
    ) -> Option<Vec<usize>> {
        let Some((_, names)) = checks.optional(names)? else {
            return Some((0..self.contenders.len()).collect());
        };
        let named: Vec<Option<usize>> = names
            .0
            .into_iter()
            .map(|(name, span)| self.architecture(&name, span, checks))
            .collect();
        named.into_iter().collect()
    }

    /// Names of the rows that say something of them, and as they are written.
    fn workloads(
        &self,
        names: Option<Field<Names>>,
        metric: Option<usize>,
        checks: &mut Checks<'_>,
    ) -> Option<Vec<(String, String)>> {
        let all = ALL_WORKLOADS.to_owned();
        let Some((place, names)) = checks.optional(names)? else {
            return Some(vec![(all.clone(), all)]);
        };
        let mut known = Vec::new();
        for (name, span) in names.0 {
            let names = || self.model.workloads.iter().map(|workload| workload.name.as_str());
            if !names().any(|other| other == name) {
                let message = format!("{name:?} is no workload of this scenario");
                unknown_name(checks, span, &name, message, names);
                return None;
            }
            known.push(name);
        }
        if let Some(metric) = metric
            && !METRICS[metric].is_per_workload
        {
            let message = format!("{} is of all workloads together", METRICS[metric].name);
            checks.problem(place, message, "it has no value for one").help("leave `workload` out");
            return None;
        }
        let has_none = |name: &&String| {
            let place = self.model.workloads.iter().position(|workload| workload.name == **name);
            let told = metric.zip(place);
            told.is_some_and(|(metric, at)| !METRICS[metric].is_of_workload(self.model, at as u32))
        };
        if let Some((metric, name)) = metric.zip(known.iter().find(has_none)) {
            let message = format!("{} is of calls, and {name:?} makes none", METRICS[metric].name);
            checks.problem(place, message, "it has no value for this workload");
            return None;
        }
        // A single workload has no rows of its own: they are those of all.
        let is_only = self.model.workloads.len() == 1;
        let row_of = |name: &String| if is_only { all.clone() } else { name.clone() };
        Some(known.into_iter().map(|name| (row_of(&name), name)).collect())
    }

    fn baseline(
        &self,
        name: &str,
        span: &Range<usize>,
        checks: &mut Checks<'_>,
    ) -> Option<Baseline> {
        let text = file::text_of(&self.folder.join(name));
        let baseline = text.and_then(|text| {
            Baseline::parse(&text).map_err(|message| format!("is no baseline: {message}"))
        });
        match baseline {
            Ok(baseline) => Some(baseline),
            Err(message) => {
                checks
                    .problem(span.clone(), format!("the file {name:?} {message}"), "this file")
                    .help("make it by `hubmesh baseline save`");
                None
            }
        }
    }
}

/// Two limits between which there is nothing, in words.
fn nothing_between(claims: &[(Claim, String)]) -> Option<String> {
    let limit = |claim: &Claim| match *claim {
        Claim::Limit(side, limit) | Claim::Times(side, limit, _) => Some((side, limit)),
        Claim::Kept(..) => None,
    };
    let is_upper = |side: Side| matches!(side, Side::Below | Side::AtMost);
    let limits = || claims.iter().filter_map(|(claim, words)| Some((limit(claim)?, words)));
    for ((side, high), upper) in limits().filter(|((side, _), _)| is_upper(*side)) {
        for ((other, low), lower) in limits().filter(|((side, _), _)| !is_upper(*side)) {
            let may_meet = side == Side::AtMost && other == Side::AtLeast;
            if low > high || low == high && !may_meet {
                return Some(format!("{upper} and {lower}"));
            }
        }
    }
    None
}

fn factor(limit: &Limit, span: Range<usize>, checks: &mut Checks<'_>) -> Option<f64> {
    let number = of_field(Number::read(&Node::new(span.clone(), limit.tree())), checks)?;
    if number.0 <= 0.0 {
        let message = format!("{} times another mean", number.0);
        checks.problem(span, message, "expected more than 0").help("0.5 is half of the other");
        return None;
    }
    Some(number.0)
}

fn of_field<T>(
    value: Result<T, super::super::diagnostics::Problem>,
    checks: &mut Checks<'_>,
) -> Option<T> {
    value.map_err(|problem| checks.problems.push(problem)).ok()
}
