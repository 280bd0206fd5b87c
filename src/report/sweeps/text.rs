//! What is said of a sweep on the terminal: a table of each chief metric, who overtakes whom, and which key
//! matters.

use super::super::numbers::{Scale, grouped, percent, share_estimate};
use super::super::wide_table::{Column, wide_table};
use super::limits::limits_kept;
use crate::scenario::Design;
use crate::stats::{Better, Estimate, METRICS};
use crate::sweep::{Findings, Overtaking, Rival, Sensitivity, SweepInfo, axis_of};

/// Points that a table on the terminal has rows for; more are in the file.
const MOST_ROWS: usize = 40;
/// Metrics with a table on the terminal.
const MOST_TABLES: usize = 3;
/// Crossings that have a line.
const MOST_CROSSINGS: usize = 20;

/// A value of TOML as people read it: texts without their quotes.
pub fn shown(value: &str) -> String {
    match toml::de::DeValue::parse(value) {
        Ok(parsed) => parsed.get_ref().as_str().map_or_else(|| value.to_owned(), str::to_owned),
        Err(_) => value.to_owned(),
    }
}

/// A number in a base unit as people read it: "23.4", "2.1 Mbit/s".
fn in_unit(value: f64, unit: &'static str) -> String {
    let scale = Scale::of(if unit.is_empty() { "1" } else { unit }, value.abs());
    let number = scale.three_digits(value);
    if scale.unit().is_empty() { number } else { format!("{number} {}", scale.unit()) }
}

/// Everything that a person wants to read of a sweep, as plain text.
pub fn sweep_summary(info: &SweepInfo, findings: &Findings, width: usize) -> String {
    let mut lines = vec![info.title.clone()];
    if !info.question.is_empty() {
        lines.push(info.question.clone());
    }
    let count =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    lines.push(format!(
        "{}, {}, {}, seed {}; means with 95 % intervals",
        count(info.plan.count(), "point"),
        count(findings.architectures.len(), "architecture"),
        count(findings.replications, "replication"),
        info.seed
    ));
    if info.plan.count() <= MOST_ROWS {
        for place in told(findings) {
            lines.push(String::new());
            lines.push(table(info, findings, place, width));
        }
    } else {
        let keys: Vec<&str> = info.plan.factors.iter().map(|factor| factor.key.as_str()).collect();
        lines.push(format!("of {}; every point is in sweep.csv", keys.join(" and ")));
    }
    let untold = info.metrics.iter().filter(|metric| !findings.metrics.contains(metric));
    for &metric in untold.filter(|_| info.is_chosen()) {
        let name = METRICS[metric].name;
        lines.push(match findings.left_out.contains(&metric) {
            true => format!("of {name} there is only what sweep.csv has: there are so many points"),
            false => format!("{name} is undefined at every point"),
        });
    }
    let overtakings = &findings.overtakings;
    if !overtakings.is_empty() {
        lines.push(String::new());
    }
    let shown = overtakings.iter().take(MOST_CROSSINGS);
    lines.extend(shown.map(|overtaking| overtakes(info, findings, overtaking)));
    if overtakings.len() > MOST_CROSSINGS {
        let more = overtakings.len() - MOST_CROSSINGS;
        lines.push(format!("... and {more} more crossings, in crossings.csv"));
    }
    let limits = limits_kept(info, findings);
    if !limits.is_empty() {
        lines.push(String::new());
        lines.extend(limits);
    }
    let undisputed = undisputed(info, findings);
    if !undisputed.is_empty() {
        lines.push(String::new());
        lines.extend(undisputed);
    }
    let sensitivities = &findings.sensitivities;
    if !sensitivities.is_empty() {
        lines.push(String::new());
        lines.extend(sensitivities.iter().map(|sensitivity| matters(info, findings, sensitivity)));
    }
    lines.extend(findings.gaps(&info.plan).into_iter().map(|(metric, architecture, undefined)| {
        format!(
            "what {} of {} varies with is not told: it is undefined at {undefined} of {} points",
            METRICS[metric].name,
            findings.architectures[architecture],
            info.plan.count()
        )
    }));
    lines.join("\n")
}

/// The chief metrics that have a table: the first ones, without those that are the same everywhere.
fn told(findings: &Findings) -> impl Iterator<Item = usize> {
    let varies = |place: &usize| {
        let all = (0..findings.architectures.len())
            .flat_map(|architecture| findings.estimates(*place, architecture).iter().flatten());
        let mut means = all.map(|estimate| estimate.mean);
        means.next().is_some_and(|first| means.any(|mean| mean != first))
    };
    (0..findings.metrics.len()).filter(varies).take(MOST_TABLES)
}

/// A row for each point, a column for each architecture.
fn table(info: &SweepInfo, findings: &Findings, place: usize, width: usize) -> String {
    let metric = &METRICS[findings.metrics[place]];
    let means = (0..findings.architectures.len()).flat_map(|architecture| {
        findings.estimates(place, architecture).iter().flatten().map(|e| e.mean.abs())
    });
    let scale = Scale::of(metric.unit, means.fold(0.0, f64::max));
    let mut labels = vec![scale.labelled(metric.name)];
    labels.extend((0..info.plan.count()).map(|point| {
        let values: Vec<String> = info.plan.values(point).map(shown).collect();
        values.join(", ")
    }));
    let columns: Vec<Column> = findings
        .architectures
        .iter()
        .enumerate()
        .map(|(architecture, name)| {
            let mut column = vec![name.clone()];
            column.extend(findings.estimates(place, architecture).iter().map(|estimate| {
                estimate.map_or(String::new(), |estimate| match metric.is_share {
                    true => share_estimate(&estimate),
                    false => scale.estimate(&estimate),
                })
            }));
            column
        })
        .collect();
    wide_table(&labels, &columns, width)
}

/// "swarm overtakes server", "server comes to keep 200 ms"
pub fn what_happens(info: &SweepInfo, findings: &Findings, overtaking: &Overtaking) -> String {
    let name = |architecture: usize| findings.architectures[architecture].as_str();
    let a = name(overtaking.a);
    match (overtaking.b, overtaking.is_better_behind()) {
        (Rival::Architecture(b), Some(true)) => format!("{a} overtakes {}", name(b)),
        (Rival::Architecture(b), Some(false)) => format!("{} overtakes {a}", name(b)),
        (Rival::Architecture(b), None) => {
            let which = if overtaking.crossing.is_upwards { "more" } else { "less" };
            format!("{a} comes to have {which} than {}", name(b))
        }
        (Rival::Limit(limit), better) => {
            let keeps = if better == Some(true) { "comes to keep" } else { "no longer keeps" };
            format!("{a} {keeps} {}", info.limits[limit].words)
        }
    }
}

/// "response_time.mean: swarm overtakes server at nodes.user.count = 23.4 (95 % CI 21.0 to 25.8, from points at 20 and 28)"
fn overtakes(info: &SweepInfo, findings: &Findings, overtaking: &Overtaking) -> String {
    let factor = &info.plan.factors[overtaking.factor];
    let unit = factor.numbers().map_or("", |(_, unit)| unit);
    let what = what_happens(info, findings, overtaking);
    let interval = overtaking.crossing.interval.map_or(String::new(), |(low, high)| {
        let (before, behind) = overtaking.crossing.between;
        let [low, high] = [low, high].map(|number| in_unit(number, unit));
        // A number of users is written as one.
        let [before, behind] = [before, behind].map(|number| match unit.is_empty() {
            true if number.fract() == 0.0 => grouped(number, 0),
            _ => in_unit(number, unit),
        });
        format!(" (95 % CI {low} to {high}, from points at {before} and {behind})")
    });
    let others = info.plan.factors.iter().zip(&overtaking.others);
    let others: Vec<String> = others
        .filter_map(|(factor, value)| {
            Some(format!("{} = {}", factor.key, shown(&factor.values[(*value)? as usize])))
        })
        .collect();
    let others = match info.plan.design == Design::Paired && info.plan.factors.len() > 1 {
        true => vec!["the other keys going along".to_owned()],
        false => others,
    };
    let at = in_unit(overtaking.crossing.at, unit);
    let of =
        if others.is_empty() { String::new() } else { format!(", with {}", others.join(", ")) };
    let metric = METRICS[overtaking.metric].name;
    format!("{metric}: {what} at {} = {at}{interval}{of}", factor.key)
}

/// Of each pair that never cross in the first chief metric: at how many points each of them is surely better.
fn undisputed(info: &SweepInfo, findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    let has_axis = axis_of(&info.plan).is_some();
    for place in told(findings) {
        let metric = findings.metrics[place];
        let better = METRICS[metric].better;
        if better == Better::Neither {
            continue;
        }
        for (pair, (a, b)) in findings.pairs().into_iter().enumerate() {
            let has_crossed = findings
                .overtakings
                .iter()
                .any(|o| (o.metric, o.a, o.b) == (metric, a, Rival::Architecture(b)));
            let mut better_at = [0, 0];
            let mut both = 0;
            let is_same = |d: &Option<Estimate>| d.is_none_or(|d| d.interval == Some((0.0, 0.0)));
            if findings.differences(place, pair).iter().all(is_same) {
                continue;
            }
            for difference in findings.differences(place, pair).iter().flatten() {
                both += 1;
                let Some((low, high)) = difference.interval else { continue };
                let is_lower = high < 0.0;
                if is_lower || low > 0.0 {
                    better_at[usize::from(is_lower != (better == Better::Lower))] += 1;
                }
            }
            if has_axis && has_crossed || both == 0 {
                continue;
            }
            let names = [a, b].map(|architecture| findings.architectures[architecture].as_str());
            let of = |count: usize| match count == both {
                true => "at every point".to_owned(),
                false => format!("at {count} of {both} points"),
            };
            lines.push(match better_at {
                [0, 0] => format!(
                    "{}: no difference between {} and {} is sure at any point",
                    METRICS[metric].name, names[0], names[1]
                ),
                [count, 0] => {
                    format!(
                        "{}: {} is better than {} {}",
                        METRICS[metric].name,
                        names[0],
                        names[1],
                        of(count)
                    )
                }
                [0, count] => {
                    format!(
                        "{}: {} is better than {} {}",
                        METRICS[metric].name,
                        names[1],
                        names[0],
                        of(count)
                    )
                }
                [first, second] => format!(
                    "{}: {} is better than {} {}, and worse {}",
                    METRICS[metric].name,
                    names[0],
                    names[1],
                    of(first),
                    of(second)
                ),
            });
        }
    }
    lines
}

/// "72.1 %", or "72 % (63 to 80 %)" of an estimate: what is drawn may lie beyond what shares can be.
fn share(share: f64, interval: Option<(f64, f64)>) -> String {
    let Some((low, high)) = interval else {
        return if share < 1e-6 { "0 %".to_owned() } else { percent(share) };
    };
    // Less than half a per cent below nothing is nothing.
    let [share, low, high] = [share, low, high].map(|part| (100.0 * part).round() + 0.0);
    format!("{share} % ({low} to {high} %)")
}

/// "response_time.mean of swarm: nodes.user.count 72.1 % (in all 80.3 %), nodes.user.up 19.7 % (27.9 %)"
fn matters(info: &SweepInfo, findings: &Findings, sensitivity: &Sensitivity) -> String {
    let mut order: Vec<usize> = (0..info.plan.factors.len()).collect();
    let weight = |factor: usize| {
        let effect = &sensitivity.effects[factor];
        effect.total.unwrap_or(effect.main)
    };
    order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)));
    let parts: Vec<String> = order
        .into_iter()
        .map(|factor| {
            let (key, effect) = (&info.plan.factors[factor].key, &sensitivity.effects[factor]);
            let main = share(effect.main, effect.main_interval);
            match effect.total {
                Some(total) => {
                    format!("{key} {main} (in all {})", share(total, effect.total_interval))
                }
                None => format!("{key} {main}"),
            }
        })
        .collect();
    format!(
        "{} of {} varies with {}",
        METRICS[sensitivity.metric].name,
        findings.architectures[sensitivity.architecture],
        parts.join(", ")
    )
}
