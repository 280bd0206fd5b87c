//! What was broken when in the runs of a study, to be shown in charts over time.
//!
//! Most faults are in force at times that the scenario says. Nodes that crash again and again, or when
//! they have too much to do, are down at other times in each run: what is shown of those is the mean
//! over all runs that are drawn. Who comes and goes by sessions is no fault and is not shown.

use crate::model::{Fault, FaultKind};
use crate::stats::Study;
use crate::units::Duration;

/// Steps of what differs from run to run.
const STEPS: usize = 200;
/// Faults that have a lane of their own; the others share one more.
const MOST_LANES: usize = 8;
/// Spans that are nearer to each other than this part of a run are drawn as one: less than a pixel.
const NEAR: f64 = 1.0 / 800.0;
/// Shares that differ from run to run are drawn in so many shades.
const SHADES: f64 = 20.0;
/// Removals of an attack that are told apart.
const MOST_REMOVALS: usize = 100;

/// A span in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub from: f64,
    pub to: f64,
    /// How much is broken, above 0 and up to 1.
    pub share: f64,
}

/// A fault of the scenario over the time of a run, or several that share a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub label: String,
    /// In order and apart. The share: 1 while it is in force; of an attack the removed of all that it
    /// removes; where runs differ, the mean number of nodes down over the greatest.
    pub spans: Vec<Span>,
    /// Whether it is drawn as a mean over runs.
    pub is_mean: bool,
}

/// All faults over the time of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultTimes {
    /// When anything is broken, in order and apart, with the share of the runs in which it is.
    pub shades: Vec<Span>,
    /// Of the faults that ever were in force, in the order of the scenario.
    pub lanes: Vec<Lane>,
}

impl FaultTimes {
    /// Until `end`, in seconds.
    pub fn of(study: &Study, end: f64) -> FaultTimes {
        let mut lanes: Vec<(u32, Lane)> = Vec::new();
        for fault in &study.model.faults {
            if lanes.last().is_none_or(|&(table, _)| table != fault.table) {
                let label = fault.label.clone();
                lanes.push((fault.table, Lane { label, spans: Vec::new(), is_mean: false }));
            }
            if let Some((_, lane)) = lanes.last_mut() {
                lane.spans.extend(spans_of(fault, end));
            }
        }
        let mut certain: Vec<Span> =
            lanes.iter().flat_map(|(_, lane)| &lane.spans).copied().collect();
        certain.iter_mut().for_each(|span| span.share = 1.0);
        let certain = joined(certain, NEAR * end);
        let chances = Chances::of(study, end);
        for (table, lane) in &mut lanes {
            lane.spans = joined(std::mem::take(&mut lane.spans), NEAR * end);
            if let Some(spans) = chances.spans_of(*table) {
                (lane.spans, lane.is_mean) = (spans, true);
            }
        }
        let mut lanes: Vec<Lane> =
            lanes.into_iter().map(|(_, lane)| lane).filter(|lane| !lane.spans.is_empty()).collect();
        if lanes.len() > MOST_LANES + 1 {
            let others = lanes.split_off(MOST_LANES);
            lanes.push(Lane {
                label: format!("{} more faults", others.len()),
                is_mean: others.iter().any(|lane| lane.is_mean),
                spans: joined(others.into_iter().flat_map(|lane| lane.spans).collect(), NEAR * end),
            });
        }
        FaultTimes { shades: chances.around(&certain), lanes }
    }
}

/// When the scenario says that `fault` is in force before `end`.
fn spans_of(fault: &Fault, end: f64) -> Vec<Span> {
    let (from, to) = (fault.at.secs(), fault.until.secs().min(end));
    let spans = match &fault.kind {
        FaultKind::Crashes { .. } | FaultKind::Cascade(_) => Vec::new(),
        FaultKind::Attack(attack) if attack.every > Duration::ZERO && attack.count > 1 => {
            let stride = attack.count.div_ceil(MOST_REMOVALS);
            let removals = (0..attack.count).step_by(stride);
            let at = |removal: usize| from + removal as f64 * attack.every.secs();
            let span = |removal: usize| {
                let next = removal + stride;
                let to = if next < attack.count { at(next).min(to) } else { to };
                let share = (removal + 1) as f64 / attack.count as f64;
                Span { from: at(removal), to, share }
            };
            removals.map(span).collect()
        }
        FaultKind::Crash { .. }
        | FaultKind::Leave { .. }
        | FaultKind::LoseMessages { .. }
        | FaultKind::Links { .. }
        | FaultKind::Partition { .. }
        | FaultKind::Attack(_) => vec![Span { from, to, share: 1.0 }],
    };
    spans.into_iter().filter(|span| span.from < span.to).collect()
}

/// The same in order; those that overlap, or are `near` and of one share, are one.
fn joined(mut spans: Vec<Span>, near: f64) -> Vec<Span> {
    spans.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut apart: Vec<Span> = Vec::new();
    for span in spans {
        match apart.last_mut() {
            Some(last)
                if span.from < last.to
                    || (span.from <= last.to + near && span.share >= 1.0 && last.share >= 1.0) =>
            {
                last.to = last.to.max(span.to);
                last.share = last.share.max(span.share);
            }
            _ => apart.push(span),
        }
    }
    apart
}

/// What differs from run to run, in steps of equal width from the start.
struct Chances {
    /// In seconds.
    width: f64,
    /// By table: the mean number of nodes that are down.
    down: Vec<(u32, Vec<f64>)>,
    /// The share of the runs in which one is down: the mean over each step, where more than one is, so that
    /// short and simultaneous ones may look longer than they are by as much as a step.
    any: Vec<f64>,
    /// One node in one run, for half a step: what is seen.
    least: f64,
}

impl Chances {
    fn of(study: &Study, end: f64) -> Chances {
        let width = Duration::from_secs(end / STEPS as f64).max(Duration::from_nanos(1));
        let least = 0.5 / study.runs.len().max(1) as f64;
        let mut chances = Chances { width: width.secs(), down: Vec::new(), any: Vec::new(), least };
        for run in &study.runs {
            let Some(faults) =
                run.record.faults.as_ref().filter(|faults| !faults.spells.is_empty())
            else {
                continue;
            };
            chances.any.resize(STEPS, 0.0);
            let mut together = vec![0.0; STEPS];
            for (place, spells) in faults.spells.iter().enumerate() {
                if chances.down.len() <= place {
                    chances.down.push((spells.table, vec![0.0; STEPS]));
                }
                let counts = spells.down.rebinned(width, STEPS);
                let sums = chances.down[place].1.iter_mut().zip(&mut together);
                for ((sum, together), (_, count)) in sums.zip(counts) {
                    *sum += count / study.runs.len() as f64;
                    *together += count;
                }
            }
            for (any, together) in chances.any.iter_mut().zip(together) {
                *any += together.min(1.0) / study.runs.len() as f64;
            }
        }
        chances
    }

    /// `None` for a fault of which the scenario says when it is in force.
    fn spans_of(&self, table: u32) -> Option<Vec<Span>> {
        let (_, counts) = self.down.iter().find(|(other, _)| *other == table)?;
        let greatest = counts.iter().copied().fold(0.0, f64::max);
        if greatest <= 0.0 {
            return Some(Vec::new());
        }
        let steps = (0u32..).map(|step| f64::from(step) * self.width).zip(counts);
        let spans = steps.map(|(from, count)| Span {
            from,
            to: from + self.width,
            share: rounded(count / greatest, self.least / greatest),
        });
        Some(merged(spans.filter(|span| span.share > 0.0)))
    }

    /// `certain` spans, and what may be broken besides.
    fn around(&self, certain: &[Span]) -> Vec<Span> {
        let mut shades = certain.to_vec();
        let shares = self.any.iter().map(|&share| rounded(share, self.least)).enumerate();
        for (step, share) in shares.filter(|&(_, share)| share > 0.0) {
            let start = step as f64 * self.width;
            let (mut from, to) = (start, start + self.width);
            for span in certain.iter().filter(|span| span.to > start && span.from < to) {
                if span.from > from {
                    shades.push(Span { from, to: span.from, share });
                }
                from = from.max(span.to);
            }
            if from < to {
                shades.push(Span { from, to, share });
            }
        }
        shades.sort_by(|a, b| a.from.total_cmp(&b.from));
        merged(shades.into_iter())
    }
}

/// To one of a few shades; what is not less than `least` is seen, however faint.
fn rounded(share: f64, least: f64) -> f64 {
    let shades = (share * SHADES).round();
    if share < least { shades / SHADES } else { shades.max(1.0) / SHADES }
}

/// Spans in order, those that touch and have one share as one.
fn merged(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        match all.last_mut() {
            Some(last)
                if (last.share - span.share).abs() < 0.5 / SHADES
                    && span.from - last.to < 1e-9 * span.to =>
            {
                last.to = span.to;
            }
            _ => all.push(span),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Control;
    use crate::scenario::Scenario;

    fn study(run: &str, faults: &str) -> Study {
        let text = format!(
            "title = \"t\"\nrun = {{ {run}, replications = 4 }}\nnetwork.access = {{}}\n\
            [nodes.a]\ncount = 4\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
            [workloads.w.download]\nfrom = \"a\"\narrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
            catalogue = {{ size = \"1 MB\" }}\n[architectures.x.client-server]\nservers = \"a\"\n{faults}"
        );
        let scenario = Scenario::parse("t.toml", &text, std::path::Path::new("."), &[]);
        let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
        crate::run::run(&scenario, &Control::default(), |_| {}).study
    }

    const FAULTS: &str = "[[faults]]\nat = \"60 s\"\ncut = { links = \"a\" }\n\
        [[faults]]\nat = \"10 s\"\nfor = \"5 s\"\ncrash = { nodes = \"a-1\" }\n\
        [[faults]]\nat = \"15 s\"\nfor = \"5 s\"\ncrash = { nodes = \"a-2\" }\n";

    #[test]
    fn windows_that_touch_are_one_shade_and_each_has_its_lane() {
        let study = study("duration = \"100 s\"", FAULTS);
        let of = |end| {
            let FaultTimes { shades, lanes } = FaultTimes::of(&study, end);
            let ends = |span: &Span| (span.from, span.to);
            let lanes = lanes.iter().map(|lane| (lane.label.clone(), ends(&lane.spans[0])));
            (shades.iter().map(ends).collect::<Vec<_>>(), lanes.collect::<Vec<_>>())
        };
        let (shades, lanes) = of(100.0);
        assert_eq!(shades, [(10.0, 20.0), (60.0, 100.0)]);
        let [cut, one, two] = ["cut a", "crash a-1", "crash a-2"].map(str::to_owned);
        assert_eq!(lanes, [(cut, (60.0, 100.0)), (one.clone(), (10.0, 15.0)), (two, (15.0, 20.0))]);
        assert_eq!(of(12.0), (vec![(10.0, 12.0)], vec![(one, (10.0, 12.0))]));
    }

    #[test]
    fn what_differs_from_run_to_run_is_shaded_by_the_share_of_the_time_that_it_holds() {
        // Up for 30 s and down for 10 s, again and again: all four nodes at once, in all runs.
        let often = "[[faults]]\ncrash = { nodes = \"a\", every = \"30 s\", lasts = \"10 s\" }\n";
        let times = FaultTimes::of(&study("duration = \"100 s\"", often), 100.0);
        let broken = |spans: &[Span]| -> f64 {
            spans.iter().map(|span| span.share * (span.to - span.from)).sum()
        };
        // From 30 to 40 and from 70 to 80 s.
        assert!((broken(&times.shades) - 20.0).abs() < 0.05, "{times:?}");
        assert!((broken(&times.lanes[0].spans) - 20.0).abs() < 0.05 && times.lanes[0].is_mean);
        // From 70 s on the link is cut: nothing is shaded twice.
        let cut = format!("{often}[[faults]]\nat = \"70 s\"\ncut = {{ links = \"a\" }}\n");
        let times = FaultTimes::of(&study("duration = \"100 s\"", &cut), 100.0);
        assert!((broken(&times.shades) - 40.0).abs() < 0.05, "{times:?}");
        assert!(times.shades.windows(2).all(|pair| pair[0].to <= pair[1].from + 1e-9));
    }

    #[test]
    fn an_attack_gets_darker_with_each_removal() {
        let attack = "[[faults]]\nat = \"20 s\"\nattack = { nodes = \"a\", count = 2, by = \"random\", every = \"30 s\" }\n";
        let times = FaultTimes::of(&study("duration = \"100 s\"", attack), 100.0);
        let span = |from, to, share| Span { from, to, share };
        assert_eq!(times.lanes[0].spans, [span(20.0, 50.0, 0.5), span(50.0, 100.0, 1.0)]);
        assert_eq!(times.shades, [span(20.0, 100.0, 1.0)]);
    }

    #[test]
    fn what_is_rare_is_seen() {
        let of = |share| rounded(share, 0.01);
        assert_eq!([0.0, 0.009, 0.02, 1.0].map(of), [0.0, 0.0, 1.0 / SHADES, 1.0]);
    }

    #[test]
    fn many_faults_share_the_last_lane() {
        let many: String = (0..20)
            .map(|number| format!("[[faults]]\nat = \"{number} s\"\nfor = \"1 s\"\ncrash = {{ nodes = \"a-1\" }}\n"))
            .collect();
        let times = FaultTimes::of(&study("duration = \"100 s\"", &many), 100.0);
        assert_eq!(times.lanes.len(), MOST_LANES + 1);
        assert_eq!(times.lanes[MOST_LANES].label, "12 more faults");
        assert_eq!(times.lanes[MOST_LANES].spans, [Span { from: 8.0, to: 20.0, share: 1.0 }]);
    }
}
