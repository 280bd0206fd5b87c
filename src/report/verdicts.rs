//! Who answers sooner, answers more and asks less of the servers: the best against all others.
//!
//! Six architectures are fifteen pairs in each metric. All are in `comparison.csv`; here is only what
//! most people ask, with verdicts that hold together ([`judge_together`](crate::stats::judge_together)).

use super::numbers::{factor, factor_above_one, percent, percent_of_all};
use crate::stats::{
    ALL_WORKLOADS, Better, Comparison, METRICS, Study, Summary, Verdict, metric_index,
};

/// Factors below are said as per cent.
const NEARLY_EQUAL: f64 = 1.1;
/// Rivals in response time that have a line each.
const MOST_RIVALS: usize = 6;

/// A line of verdict each.
pub fn verdicts(study: &Study, summary: &Summary) -> Vec<String> {
    let names: Vec<&str> = study.architectures.iter().map(String::as_str).collect();
    let mut lines = Vec::new();
    let duels = Duels::of(summary, "response_time.mean");
    let rivals = duels.iter().flat_map(|duels| &duels.rivals).take(MOST_RIVALS);
    let rivals: Vec<&Comparison> = rivals.map(|(_, duel)| *duel).collect();
    let form = Form::of_all(&rivals);
    lines.extend(rivals.iter().map(|duel| sooner(duel, form, names[duel.a], names[duel.b])));
    let answered = Duels::of(summary, "availability");
    let answered = answered.and_then(|duels| availability(&duels, &names));
    if answered.is_some() && !lines.is_empty() {
        lines.push("(these are times of answers: requests that fail are not in them)".to_owned());
    }
    lines.extend(answered);
    lines.extend(Duels::of(summary, "server_bytes").and_then(|duels| server_share(&duels, &names)));
    let under_faults = Duels::of(summary, "availability_during_fault");
    lines.extend(under_faults.and_then(|duels| {
        Some(format!("while a fault is in force, {}", availability(&duels, &names)?))
    }));
    lines.extend(
        Duels::of(summary, "resilience_triangle")
            .filter(|duels| duels.are_of_all(study.replications))
            .and_then(|duels| lost(&duels, &names)),
    );
    if names.len() > 2 && !lines.is_empty() && study.replications > 1 {
        let pairs = names.len() * (names.len() - 1) / 2;
        lines.push(format!(
            "(verdicts hold together for all {pairs} pairs, by Holm's correction; comparison.csv has every pair and metric)"
        ));
    }
    lines
}

/// The best architecture in one metric of all workloads pooled, against each other one.
struct Duels<'s> {
    best: usize,
    /// From the next best to the worst.
    rivals: Vec<(usize, &'s Comparison)>,
}

impl<'s> Duels<'s> {
    /// `None` when it is defined for less than two.
    fn of(summary: &'s Summary, metric: &str) -> Option<Duels<'s>> {
        let metric = metric_index(metric)?;
        let pairs: Vec<&Comparison> = summary
            .comparisons
            .iter()
            .filter(|pair| pair.metric == metric && pair.workload == ALL_WORKLOADS)
            .collect();
        let mean = |architecture: usize| {
            summary.pooled(architecture, metric)?.estimate.map(|estimate| estimate.mean)
        };
        let mut order: Vec<usize> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        order.sort_unstable();
        order.dedup();
        // The first of equals is that of the scenario.
        order.sort_by(|&a, &b| {
            let (a, b) = (mean(a).unwrap_or(f64::NAN), mean(b).unwrap_or(f64::NAN));
            if METRICS[metric].better == Better::Higher { b.total_cmp(&a) } else { a.total_cmp(&b) }
        });
        let (&best, others) = order.split_first()?;
        let against = |other: usize| {
            pairs.iter().find(|pair| [(pair.a, pair.b), (pair.b, pair.a)].contains(&(best, other)))
        };
        let rivals = others.iter().filter_map(|&other| Some((other, *against(other)?))).collect();
        Some(Duels { best, rivals })
    }

    /// Whether the metric is defined in all replications.
    fn are_of_all(&self, replications: u32) -> bool {
        self.rivals.iter().all(|(_, pair)| pair.difference.count as u32 == replications)
    }

    /// Rivals that differ, with their means; and the mean of the best.
    fn different(&self) -> (f64, Vec<(usize, f64)>) {
        let means = |pair: &Comparison| match pair.a == self.best {
            true => (pair.mean_a, pair.mean_b),
            false => (pair.mean_b, pair.mean_a),
        };
        let own = self.rivals.first().map_or(0.0, |(_, pair)| means(pair).0);
        let is_different = |pair: &Comparison| {
            pair.verdict_holm != Verdict::NoSignificantDifference && pair.mean_a != pair.mean_b
        };
        let rivals = self.rivals.iter().filter(|(_, pair)| is_different(pair));
        (own, rivals.map(|&(rival, pair)| (rival, means(pair).1)).collect())
    }
}

impl Duels<'_> {
    /// "; no significant difference to swarm", of those that are not among `different`.
    fn same(&self, different: &[(usize, f64)], names: &[&str]) -> String {
        let is_same = |rival: &usize| different.iter().all(|(other, _)| other != rival);
        let same = self.rivals.iter().map(|&(rival, _)| rival).filter(is_same);
        let same: Vec<&str> = same.map(|rival| names[rival]).collect();
        match same.is_empty() {
            true => String::new(),
            false => format!("; no significant difference to {}", same.join(", ")),
        }
    }
}

/// How much sooner is said, the same in all lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// "8.1 x"
    Times,
    /// "0.52 %"
    Percent,
    /// "1.2 s"
    Seconds,
}

impl Form {
    /// That which fits all that differ.
    fn of_all(comparisons: &[&Comparison]) -> Form {
        let differ = |pair: &&&Comparison| pair.verdict_holm != Verdict::NoSignificantDifference;
        let forms: Vec<Form> =
            comparisons.iter().filter(differ).map(|pair| Form::of(pair)).collect();
        let is_all_percent = forms.iter().all(|&form| form == Form::Percent);
        match forms.contains(&Form::Seconds) {
            true => Form::Seconds,
            false if is_all_percent && !forms.is_empty() => Form::Percent,
            false => Form::Times,
        }
    }

    fn of(comparison: &Comparison) -> Form {
        match comparison.ratio.map(|(ratio, interval)| slower_by(ratio, interval)) {
            // Judged is the difference; a ratio whose interval holds 1 would contradict it.
            Some((_, Some((low, high)))) if low <= 1.0 && high >= 1.0 => Form::Seconds,
            Some((_, Some((low, _)))) if low < NEARLY_EQUAL => Form::Percent,
            Some((ratio, None)) if ratio < NEARLY_EQUAL => Form::Percent,
            Some(_) => Form::Times,
            None => Form::Seconds,
        }
    }
}

/// A ratio with its interval, or its inverse if that is above 1.
fn slower_by(ratio: f64, interval: Option<(f64, f64)>) -> (f64, Option<(f64, f64)>) {
    match ratio <= 1.0 {
        true => (1.0 / ratio, interval.map(|(low, high)| (1.0 / high, 1.0 / low))),
        false => (ratio, interval),
    }
}

fn sooner(comparison: &Comparison, form: Form, a: &str, b: &str) -> String {
    let count = comparison.difference.count;
    if comparison.verdict_holm == Verdict::NoSignificantDifference {
        let p = comparison.p_holm.map_or(String::new(), |p| format!("p = {p:.2}, "));
        return format!(
            "{a} and {b}: no significant difference in mean response time ({p}n = {count})"
        );
    }
    let (winner, loser) = if comparison.mean_a <= comparison.mean_b { (a, b) } else { (b, a) };
    let ratio = comparison.ratio.map(|(ratio, interval)| slower_by(ratio, interval));
    let (by, interval) = match (form, ratio) {
        (Form::Seconds, _) | (_, None) => {
            let apart = comparison.difference;
            let interval = apart.interval.map(|(low, high)| {
                let ends = [low.abs(), high.abs()];
                let (least, most) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                format!("{}-{} s", factor(least), factor(most))
            });
            (format!("{} s", factor(apart.mean.abs())), interval)
        }
        (Form::Times, Some((ratio, interval))) => (
            format!("{} x", factor_above_one(ratio)),
            interval
                .map(|(low, high)| format!("{}-{}", factor_above_one(low), factor_above_one(high))),
        ),
        (Form::Percent, Some((ratio, interval))) => (
            percent(ratio - 1.0),
            interval
                .map(|(low, high)| format!("{} to {}", percent(low - 1.0), percent(high - 1.0))),
        ),
    };
    match interval {
        Some(interval) => format!(
            "{winner} answers {by} sooner than {loser} on average, 95 % CI {interval}, n = {count}"
        ),
        None => format!(
            "{winner} answers {by} sooner than {loser} on average, n = {count}: no interval, not judged"
        ),
    }
}

/// "backup answers 99.84 % of its requests, offline 94.2 %, central 83.5 %; no significant
/// difference to quorum"
fn availability(duels: &Duels<'_>, names: &[&str]) -> Option<String> {
    let (own, rivals) = duels.different();
    let texts: Vec<String> = rivals
        .iter()
        .map(|&(rival, share)| format!("{} {}", names[rival], percent_of_all(share)))
        .collect();
    (!texts.is_empty()).then(|| {
        let (best, own) = (names[duels.best], percent_of_all(own));
        let same = duels.same(&rivals, names);
        format!("{best} answers {own} of its requests, {}{same}", texts.join(", "))
    })
}

/// "a fault costs checked 1.2 s of its answers on average, spare 31.0 s"
fn lost(duels: &Duels<'_>, names: &[&str]) -> Option<String> {
    let (own, rivals) = duels.different();
    let texts: Vec<String> = rivals
        .iter()
        .map(|&(rival, seconds)| format!("{} {} s", names[rival], factor(seconds)))
        .collect();
    (!texts.is_empty()).then(|| {
        let (best, own) = (names[duels.best], own_loss(own));
        let same = duels.same(&rivals, names);
        format!("a fault costs {best} {own}, {}{same}", texts.join(", "))
    })
}

/// A shortfall within the luck of a Poisson count is none that was seen, which does not say that
/// nothing was lost.
fn own_loss(seconds: f64) -> String {
    if seconds <= 0.0 {
        return "too few of its answers to be seen".to_owned();
    }
    format!("{} s of its answers on average", factor(seconds))
}

/// "swarm takes 19.6 % of what server takes from the servers' uplinks, 40.1 % of mirrors"
fn server_share(duels: &Duels<'_>, names: &[&str]) -> Option<String> {
    let (own, rivals) = duels.different();
    if own <= 0.0 && !rivals.is_empty() {
        let others: Vec<&str> = rivals.iter().map(|&(rival, _)| names[rival]).collect();
        return Some(format!(
            "{} takes nothing from the servers' uplinks, unlike {}",
            names[duels.best],
            others.join(", ")
        ));
    }
    let texts: Vec<String> = rivals
        .iter()
        .filter(|&&(_, bytes)| bytes > 0.0)
        .enumerate()
        .map(|(place, &(rival, bytes))| match (percent(own / bytes), names[rival]) {
            (share, name) if place == 0 => {
                format!("{share} of what {name} takes from the servers' uplinks")
            }
            (share, name) => format!("{share} of {name}"),
        })
        .collect();
    (!texts.is_empty()).then(|| format!("{} takes {}", names[duels.best], texts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::compare;

    fn said(pairs: &[(&[f64], &[f64])]) -> Vec<String> {
        let some = |values: &[f64]| values.iter().map(|&value| Some(value)).collect::<Vec<_>>();
        let metric = metric_index("response_time.mean").unwrap();
        let pairs: Vec<Comparison> = pairs
            .iter()
            .map(|(a, b)| compare("all", metric, (0, &some(a)), (1, &some(b))).unwrap())
            .collect();
        let pairs: Vec<&Comparison> = pairs.iter().collect();
        let form = Form::of_all(&pairs);
        pairs.iter().map(|pair| sooner(pair, form, "a", "b")).collect()
    }

    #[test]
    fn a_loss_that_is_not_seen_is_not_called_none() {
        assert_eq!(own_loss(0.0), "too few of its answers to be seen");
        assert_eq!(own_loss(1.25), "1.25 s of its answers on average");
    }

    #[test]
    fn all_lines_say_in_one_form_how_much_sooner() {
        let base: &[f64] = &[1.0, 1.1, 0.9, 1.0];
        let slightly: &[f64] = &[1.05, 1.155, 0.945, 1.054];
        let twice: &[f64] = &[2.0, 2.2, 1.8, 2.16];
        assert!(said(&[(base, slightly)])[0].contains("a answers 5.10 % sooner than b"));
        assert!(said(&[(base, twice)])[0].contains("a answers 2.04 x sooner than b"));
        let both = said(&[(base, slightly), (base, twice)]);
        assert!(both[0].contains("a answers 1.051 x sooner"), "{both:?}");
        assert!(both[1].contains("a answers 2.04 x sooner"), "{both:?}");
        let wild: &[f64] = &[100.0, 1.0, 30.0, 70.0];
        assert!(said(&[(base, wild)])[0].contains("no significant difference"));
    }
}
