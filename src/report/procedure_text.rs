//! How a study was made, where it has decided that by itself, and what there is to doubt about it.

use super::numbers::{percent, seconds};
use crate::stats::{METRICS, Study, Summary, Watched, metric_index};

/// A line each for the head of the summary.
pub fn decisions(study: &Study, summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(pilot) = study.procedure.pilot {
        let plural = if pilot.replications == 1 { "" } else { "s" };
        lines.push(format!(
            "warm-up {}: by MSER-5 over {} pilot run{plural} of each architecture",
            seconds(study.model.warm_up.secs()),
            pilot.replications
        ));
    }
    if let Some(precision) = study.procedure.precision
        && watched(study).is_some_and(|watched| watched.is_enough(study.replications))
    {
        lines.push(format!(
            "{} replications are enough to know {} to ± {}",
            study.replications,
            METRICS[precision.metric].name,
            percent(precision.relative_half_width)
        ));
    }
    if study.replications == 1 && has_batch_means(summary) {
        lines.push("intervals are of response_time.mean alone, by batch means".to_owned());
    }
    lines
}

/// A line each.
pub fn doubts(study: &Study) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(pilot) = study.procedure.pilot {
        if pilot.is_blind {
            lines.push(
                "caution: too few requests were answered in the pilot runs to find a warm-up; there is none"
                    .to_owned(),
            );
        } else if pilot.is_too_short {
            lines.push(
                "caution: in the pilot runs of an architecture the best cut is at half of the run: it has not settled by then; run for longer"
                    .to_owned(),
            );
        }
    }
    if let Some((precision, watched)) = study.procedure.precision.zip(watched(study))
        && !watched.is_enough(study.replications)
    {
        let name = METRICS[precision.metric].name;
        let wanted = percent(precision.relative_half_width);
        let count = study.replications;
        lines.push(match watched.widest() {
            Some(width) => {
                let width = percent(width);
                format!("caution: {name} is known to ± {width} only, not ± {wanted}, after {count} replications")
            }
            None => format!("caution: how well {name} is known cannot be told: under some architecture it is defined in fewer than two replications"),
        });
    }
    lines
}

fn watched(study: &Study) -> Option<Watched> {
    let mut watched = Watched::new(study.procedure.precision?, study.architectures.len());
    study.runs.iter().for_each(|run| watched.add(run));
    Some(watched)
}

fn has_batch_means(summary: &Summary) -> bool {
    let metric = metric_index("response_time.mean");
    let mut rows = summary.rows.iter().filter(|row| Some(row.metric) == metric);
    rows.any(|row| row.estimate.is_some_and(|estimate| estimate.interval.is_some()))
}
