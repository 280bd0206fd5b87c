//! What a stress test has found, on the terminal and as a table of all numbers.

use std::io::Write;

use super::numbers::{factor, percent_of_all};
use super::tables::{Written, cell};
use super::wide_table::wide_table;
use crate::stats::Estimate;
use crate::stress::{Left, REMOVALS, ResilienceIndex, SinglePoint, StressTest};

/// Who keeps less without a single node or link depends on it.
const MOST_KEPT_WITHOUT: f64 = 0.95;
/// Fewer replications say little of what is drawn.
const FEWEST: u32 = 5;
/// And who takes so many times as long.
const LONGEST_WITHOUT: f64 = 2.0;
/// Less is chance: requests at the edges of the window.
const LEAST_SAID: f64 = 0.001;
/// Who answers a smaller share in calm weather is told of.
const LEAST_IN_CALM: f64 = 0.9;
/// Single points of failure that are named.
const MOST_POINTS: usize = 5;

/// Everything that a person wants to read of a test, as plain text in tables no wider than `width`.
pub fn stress_summary(test: &StressTest, width: usize) -> String {
    let mut lines = vec![test.title.clone()];
    let (from, until) = test.window;
    let plural = if test.replications == 1 { "" } else { "s" };
    lines.push(format!(
        "{} nodes, {} replication{plural}, seed {}; hardships last from {} to {}",
        test.node_count,
        test.replications,
        test.seed,
        from.since(crate::units::Time::ZERO),
        until.since(crate::units::Time::ZERO),
    ));
    lines.push(String::new());
    lines.push(
        "What is left, the worst first: the share answered of the requests issued while\n\
         it lasts, over that share in calm weather; and the 95th percentile of response\n\
         times, over that in calm weather."
            .to_owned(),
    );
    lines.push(table(test, width));
    lines.extend(indices(test));
    lines.extend((0..test.architectures.len()).map(|architecture| points(test, architecture)));
    lines.extend(overloaded(test));
    if test.replications < FEWEST {
        let few = match test.replications {
            1 => "one replication is little".to_owned(),
            more => format!("{more} replications are few"),
        };
        lines.push(format!(
            "caution: {few}: where chance decides (nodes lost, halves), intervals are as wide as all there is"
        ));
    }
    if !test.left_out.is_empty() {
        let texts: Vec<String> =
            test.left_out.iter().map(|(name, why)| format!("{name} ({why})")).collect();
        lines.push(format!("not tried: {}", texts.join(", ")));
    }
    lines.join("\n")
}

fn table(test: &StressTest, width: usize) -> String {
    let trials = test.worst_first();
    let mut labels = vec![String::new()];
    labels.extend(trials.iter().map(|trial| trial.hardship.name.clone()));
    labels.extend(["mean of all", "answered in calm weather"].map(str::to_owned));
    let columns = test.architectures.iter().enumerate().map(|(architecture, name)| {
        let mut column = vec![name.clone()];
        let kept = |place: usize| trials[place].kept[architecture];
        column.extend(trials.iter().map(|trial| {
            let kept = trial.kept[architecture].map(|kept| share(&kept));
            let slower = trial.slower[architecture].map(|slower| factor(slower.mean));
            match (kept, slower) {
                (Some(kept), Some(slower)) => format!("{kept}, {slower} x"),
                (Some(kept), None) => kept,
                (None, _) => String::new(),
            }
        }));
        // Means over different rows say nothing beside each other; as in their order, more than all is all.
        let all: Option<f64> =
            (0..trials.len()).map(|place| Some(kept(place)?.mean.min(1.0))).sum();
        let mean = all.map(|all| percent_of_all(all / trials.len() as f64));
        column.push(mean.unwrap_or_default());
        column.push(
            test.calm.availability[architecture]
                .map_or(String::new(), |share| percent_of_all(share.mean)),
        );
        column
    });
    wide_table(&labels, &columns.collect::<Vec<_>>(), width)
}

/// "83 ± 2 %", or "67 % (0 to 100)" where that would go beyond what a share can be.
fn share(kept: &Estimate) -> String {
    if kept.mean < LEAST_SAID && kept.mean > 0.0 {
        return "< 0.1 %".to_owned();
    }
    let Some(half) = kept.half_width().filter(|half| *half >= 5e-4) else {
        return percent_of_all(kept.mean);
    };
    let decimals = usize::from(half < 0.0995);
    let told = |share: f64| format!("{:.decimals$}", 100.0 * share);
    let (low, high) = kept.within((0.0, f64::INFINITY)).interval.unwrap_or_default();
    let end = |share: f64| {
        if share == 0.0 || share == 1.0 { format!("{:.0}", 100.0 * share) } else { told(share) }
    };
    match kept.interval == Some((low, high)) {
        true => format!("{} ± {} %", told(kept.mean), told(half)),
        false => format!("{} % ({} to {})", told(kept.mean), end(low), end(high)),
    }
}

/// Who cannot do in calm weather what it is asked for.
fn overloaded(test: &StressTest) -> Option<String> {
    let of = |(architecture, name): (usize, &String)| {
        let share = test.calm.availability[architecture]?.mean;
        (share < LEAST_IN_CALM).then(|| format!("{name} answers {}", percent_of_all(share)))
    };
    let of_them: Vec<String> = test.architectures.iter().enumerate().filter_map(of).collect();
    (!of_them.is_empty()).then(|| {
        format!(
            "caution: in calm weather {}: if that is for want of capacity, less demand is a relief, and what is left, and its index, can be more than all",
            of_them.join(", ")
        )
    })
}

/// "resilience index: random loss server 0.83 ± 0.02, swarm 0.91; ..."
fn indices(test: &StressTest) -> Option<String> {
    let whats = ["when nodes are lost at random", "when the most needed are attacked"];
    let texts = whats.into_iter().zip(REMOVALS).filter_map(|(what, (_, kind))| {
        let of = |(architecture, name): (usize, &String)| {
            let index = test.resilience_index(architecture, kind, Left::Answers)?;
            Some(format!("{name} {}{}", index_text(&index.mean), shares_text(&index)))
        };
        let texts: Vec<String> = test.architectures.iter().enumerate().filter_map(of).collect();
        (!texts.is_empty()).then(|| format!("{what}: {}", texts.join(", ")))
    });
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| {
        format!(
            "resilience index (mean of what is left of the shares removed that were tried)\n  {}",
            texts.join("\n  ")
        )
    })
}

/// Which shares it is of, where there are others that were tried.
fn shares_text(index: &ResilienceIndex) -> String {
    match index.shares.len() == index.tried {
        true => String::new(),
        false => {
            let shares: Vec<String> = index.shares.iter().map(u32::to_string).collect();
            format!(" of {} % lost alone", shares.join(", "))
        }
    }
}

/// "0.83 (0.81 to 0.85)"
fn index_text(index: &Estimate) -> String {
    match index.interval.filter(|(low, high)| high - low >= 0.005) {
        Some((low, high)) => format!("{:.2} ({low:.2} to {high:.2})", index.mean),
        None => format!("{:.2}", index.mean),
    }
}

/// "server: single points of failure: origin (0 % left), link (all left, 88 x as long)"
fn points(test: &StressTest, architecture: usize) -> String {
    let name = &test.architectures[architecture];
    let is_judged = test.trials.iter().any(|trial| trial.kept[architecture].is_some());
    if !is_judged {
        let calm = &test.calm.measured[architecture];
        return match calm.whole.iter().all(|counts| counts.issued == 0) {
            true => format!("{name}: nobody asks anything that counts, and it cannot be judged"),
            false => format!("{name}: answers nothing in calm weather, and cannot be judged"),
        };
    }
    let points = test.single_points_of_failure(architecture, MOST_KEPT_WITHOUT, LONGEST_WITHOUT);
    let mut singles = test.trials.iter().filter(|trial| trial.hardship.single.is_some());
    let are_unknown =
        singles.clone().next().is_some() && singles.all(|trial| trial.kept[architecture].is_none());
    if points.is_empty() && are_unknown {
        let calm = &test.calm.measured[architecture].window;
        let why = match calm.iter().all(|counts| counts.answered == 0) {
            true => "nothing is answered in calm weather of what is asked while hardships last",
            false => "nobody is left to ask whatever is taken away",
        };
        return format!("{name}: {why}, so that nobody can tell what it depends on");
    }
    if points.is_empty() {
        let is_tried = test.trials.iter().any(|trial| trial.hardship.single.is_some());
        return match is_tried && test.singles > 0 {
            true => format!("{name}: no single point of failure among those that were tried"),
            false => format!(
                "{name}: no single points of failure, as no node or link was taken away by itself"
            ),
        };
    }
    let named: Vec<String> = points.iter().take(MOST_POINTS).map(point_text).collect();
    let others = points.len().saturating_sub(MOST_POINTS);
    let others = match others {
        0 => String::new(),
        others => format!(", and {others} more (`single` in stress.csv)"),
    };
    format!("{name}: single points of failure: {}{others}", named.join(", "))
}

fn point_text(point: &SinglePoint<'_>) -> String {
    let left = match point.kept {
        0.0 => "nothing left".to_owned(),
        kept if kept < LEAST_SAID => "nearly nothing left".to_owned(),
        kept => format!("{} left", percent_of_all(kept)),
    };
    match point.slower.filter(|&slower| slower > LONGEST_WITHOUT) {
        Some(slower) => format!("{} ({left}, {} x as long)", point.name, factor(slower)),
        None => format!("{} ({left})", point.name),
    }
}

/// A row of the table of all numbers.
struct Row<'t> {
    hardship: &'t str,
    kind: &'static str,
    architecture: &'t str,
    /// Availability, what is kept, and the ratio of p95s, each with its interval.
    estimates: [Option<Estimate>; 3],
    time_to_recover: Option<f64>,
    network_component: Option<f64>,
    overlay_component: Option<f64>,
    /// The node or link that is missing alone.
    single: &'t str,
    /// In which what is kept is defined, or else the availability; all where neither is.
    replications: usize,
}

const ESTIMATES: [&str; 3] = ["availability", "kept", "p95_ratio"];

fn rows(test: &StressTest) -> impl Iterator<Item = Row<'_>> {
    test.trials.iter().chain([&test.calm]).flat_map(|trial| {
        test.architectures.iter().enumerate().map(|(architecture, name)| Row {
            hardship: &trial.hardship.name,
            kind: trial.hardship.kind.name(),
            architecture: name,
            estimates: [
                trial.availability[architecture].map(|share| share.within((0.0, 1.0))),
                trial.kept[architecture].map(|kept| kept.within((0.0, f64::INFINITY))),
                trial.slower[architecture].map(|slower| slower.within((0.0, f64::INFINITY))),
            ],
            time_to_recover: mean(trial.time_to_recover[architecture]),
            network_component: mean(trial.network_component[architecture]),
            overlay_component: mean(trial.overlay_component[architecture]),
            single: trial.hardship.single.as_deref().unwrap_or(""),
            replications: trial.kept[architecture]
                .or(trial.availability[architecture])
                .map_or(test.replications as usize, |estimate| estimate.count),
        })
    })
}

fn mean(estimate: Option<Estimate>) -> Option<f64> {
    estimate.map(|estimate| estimate.mean)
}

/// One row per hardship and architecture.
pub fn write_stress<W: Write>(test: &StressTest, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    let mut header: Vec<String> =
        ["hardship", "kind", "architecture", "replications"].map(str::to_owned).into();
    for name in ESTIMATES {
        header.extend(["", "_ci95_low", "_ci95_high"].map(|end| format!("{name}{end}")));
    }
    let last = ["time_to_recover_s", "single", "network_component", "overlay_component"];
    header.extend(last.map(str::to_owned));
    csv.write_record(&header)?;
    for row in rows(test) {
        let mut record: Vec<String> =
            [row.hardship, row.kind, row.architecture].map(str::to_owned).into();
        record.push(row.replications.to_string());
        for estimate in row.estimates {
            let interval = estimate.and_then(|estimate| estimate.interval);
            record.push(cell(estimate.map(|estimate| estimate.mean)));
            record.push(cell(interval.map(|(low, _)| low)));
            record.push(cell(interval.map(|(_, high)| high)));
        }
        record.push(cell(row.time_to_recover));
        record.push(row.single.to_owned());
        record.push(cell(row.network_component));
        record.push(cell(row.overlay_component));
        csv.write_record(&record)?;
    }
    csv.flush()?;
    Ok(())
}

/// The index of an architecture by what is removed and by what there is less and less of.
struct IndexRow<'t> {
    removed: &'static str,
    of: &'static str,
    architecture: &'t str,
    index: Estimate,
    /// Per cent of nodes removed of which it is.
    shares: String,
}

fn index_rows(test: &StressTest) -> impl Iterator<Item = IndexRow<'_>> {
    let curves = REMOVALS.iter().flat_map(|removal| {
        [Left::Answers, Left::Component].into_iter().map(move |left| (removal, left))
    });
    curves.flat_map(move |(&(removed, kind), left)| {
        test.architectures.iter().enumerate().filter_map(move |(architecture, name)| {
            let of = match left {
                Left::Answers => "answers",
                Left::Component if test.has_overlay(architecture) => "overlay",
                Left::Component => "network",
            };
            let ResilienceIndex { mean, shares, .. } =
                test.resilience_index(architecture, kind, left)?;
            let shares: Vec<String> = shares.iter().map(u32::to_string).collect();
            let shares = shares.join(" ");
            Some(IndexRow { removed, of, architecture: name, index: mean, shares })
        })
    })
}

/// One row per way to remove nodes, what is left, and architecture.
pub fn write_resilience<W: Write>(test: &StressTest, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "removed",
        "of",
        "architecture",
        "replications",
        "index",
        "index_ci95_low",
        "index_ci95_high",
        "shares_percent",
    ])?;
    for IndexRow { removed, of, architecture, index, shares } in index_rows(test) {
        csv.write_record([
            removed,
            of,
            architecture,
            &index.count.to_string(),
            &cell(Some(index.mean)),
            &cell(index.interval.map(|(low, _)| low)),
            &cell(index.interval.map(|(_, high)| high)),
            &shares,
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// The rows of both tables.
pub fn stress_json(test: &StressTest) -> serde_json::Value {
    let indices = index_rows(test).map(|IndexRow { removed, of, architecture, index, shares }| {
        serde_json::json!({
            "removed": removed,
            "of": of,
            "architecture": architecture,
            "replications": index.count,
            "index": index.mean,
            "index_ci95_low": index.interval.map(|(low, _)| low),
            "index_ci95_high": index.interval.map(|(_, high)| high),
            "shares_percent": shares,
        })
    });
    serde_json::json!({
        "hardships": hardships_json(test),
        "resilience": indices.collect::<Vec<_>>(),
    })
}

fn hardships_json(test: &StressTest) -> serde_json::Value {
    let objects = rows(test).map(|row| {
        let mut object = serde_json::json!({
            "hardship": row.hardship,
            "kind": row.kind,
            "architecture": row.architecture,
            "replications": row.replications,
            "time_to_recover_s": row.time_to_recover,
            "single": row.single,
            "network_component": row.network_component,
            "overlay_component": row.overlay_component,
        });
        for (name, estimate) in ESTIMATES.into_iter().zip(row.estimates) {
            let interval = estimate.and_then(|estimate| estimate.interval);
            object[name] = estimate.map(|estimate| estimate.mean).into();
            object[format!("{name}_ci95_low")] = interval.map(|(low, _)| low).into();
            object[format!("{name}_ci95_high")] = interval.map(|(_, high)| high).into();
        }
        object
    });
    objects.collect::<Vec<_>>().into()
}
