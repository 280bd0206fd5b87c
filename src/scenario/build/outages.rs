//! Outages that a CSV file says.

use super::super::fault_spec::OutagesSpec;
use super::super::trace::{RecordedOutage, read_outages};
use super::super::tree::Field;
use super::super::values::Text;
use super::checks::Checks;
use super::faults::{MOST_PARTS, Part, groups_or_nodes};
use super::link_faults::Ground;
use super::recorded::say;
use crate::model::FaultKind;
use crate::network::{Condition, LinkId, NodeId};
use crate::units::{Bytes, Duration};

/// Bytes that a node of an outage takes.
const NODE: u64 = 4;

pub fn outages(
    spec: OutagesSpec,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Part>> {
    let OutagesSpec { file, nodes, links, time_scale } = spec;
    let place = file.span.clone();
    let recorded = recorded(file, ground, checks);
    let scale = match checks.optional(time_scale) {
        Some(Some((span, scale))) if !(scale.0 > 0.0 && scale.0.is_finite()) => {
            checks.problem(span, format!("a time scale of {}", scale.0), "expected more than 0");
            None
        }
        scale => scale.map(|scale| scale.map_or(1.0, |(_, scale)| scale.0)),
    };
    let both = nodes.as_ref().and(links.as_ref()).map(|links| links.span.clone());
    let nodes = nodes.map(|nodes| groups_or_nodes(nodes, ground.groups, checks));
    let links = links.map(|links| ground.links(links, checks));
    if let Some(place) = both {
        let message = "outages of both `nodes` and `links`";
        checks.problem(place, message, "either or").help("write two [[faults]]");
        return None;
    }
    let hit = match (nodes, links) {
        (Some(nodes), _) => Hit::Nodes(nodes?),
        (None, Some(links)) => Hit::Links(links?),
        (None, None) => {
            checks
                .problem(place, "outages of nothing", "needs `nodes` or `links`")
                .help("write outages = { file = ..., nodes = \"GROUP\" }");
            return None;
        }
    };
    let (recorded, scale) = (recorded?, scale?);
    let scaled = |outage: &RecordedOutage| {
        let (after, end) = (outage.start.scaled(scale), outage.end.scaled(scale));
        (after, end - after, outage.severity)
    };
    let real = recorded.iter().map(scaled);
    // One that is shorter than a nanosecond is none.
    let real: Vec<(Duration, Duration, f64)> =
        real.filter(|&(_, lasts, severity)| severity > 0.0 && lasts > Duration::ZERO).collect();
    if real.is_empty() {
        checks.problem(
            place,
            "a trace without an outage",
            "all have a status of 0 or take no time",
        );
        return None;
    }
    let needed = Bytes::new(real.len() as u64 * hit.len() as u64 * NODE);
    if real.len() > MOST_PARTS || needed > ground.memory_limit {
        let message = format!("{} outages of {} nodes or links each", real.len(), hit.len());
        checks
            .problem(
                place,
                message,
                format!("expected {MOST_PARTS} or fewer, which fit into memory"),
            )
            .help("name fewer nodes, or cut the file");
        return None;
    }
    let part = |(after, lasts, severity)| Part { after, lasts, kind: hit.kind(severity) };
    Some(real.into_iter().map(part).collect())
}

fn recorded(
    file: Field<Text>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Vec<RecordedOutage>> {
    let (span, file) = checks.required(file)?;
    let outages = read_outages(&ground.folder.join(&file.0), MOST_PARTS as u64);
    outages.map_err(|mistakes| say(mistakes, &span, &file.0, checks)).ok()
}

/// What suffers from the outages.
enum Hit {
    Nodes(Vec<NodeId>),
    Links(Vec<LinkId>),
}

impl Hit {
    fn len(&self) -> usize {
        match self {
            Hit::Nodes(nodes) => nodes.len(),
            Hit::Links(links) => links.len(),
        }
    }

    fn kind(&self, severity: f64) -> FaultKind {
        match self {
            Hit::Nodes(nodes) => FaultKind::crash(nodes.clone(), severity),
            Hit::Links(links) => {
                FaultKind::Links { links: links.clone(), condition: lessened(severity) }
            }
        }
    }
}

/// What a link is without this share of its capacity.
fn lessened(severity: f64) -> Condition {
    if severity >= 1.0 {
        return Condition::CUT;
    }
    Condition { capacity: 1.0 - severity, ..Condition::SOUND }
}
