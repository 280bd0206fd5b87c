//! Rolling maintenance: the nodes of a group are restarted, a few at a time.

use std::ops::Range;

use super::super::fault_spec::MaintenanceSpec;
use super::checks::Checks;
use super::faults::{Part, listed_nodes};
use super::groups::Groups;
use crate::model::FaultKind;
use crate::units::Duration;

/// The restarts, some nodes at once each. `span`: where the fault says how long it lasts.
pub fn maintenance(
    spec: MaintenanceSpec,
    span: Option<Range<usize>>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<Part>> {
    let nodes = listed_nodes(spec.nodes, groups, checks);
    let each = checks.required(spec.each);
    let at_once = checks.optional(spec.at_once);
    let pause = checks.or(spec.pause, Duration::ZERO);
    if let Some(span) = span {
        checks
            .problem(span, "maintenance lasts until all are restarted", "`for` does not go with it")
            .help("how long each node is down is `each`");
        return None;
    }
    let each = match each? {
        (span, Duration::ZERO) => {
            checks.problem(span, "nodes that are never down", "expected more than 0 s");
            None
        }
        (_, each) => Some(each),
    };
    let at_once = match at_once? {
        Some((span, count)) if count.0 == 0 => {
            checks.problem(span, "no node at once", "expected 1 or more");
            None
        }
        count => Some(count.map_or(1, |(_, count)| usize::try_from(count.0).unwrap_or(usize::MAX))),
    };
    let (nodes, each, at_once, pause) = (nodes?, each?, at_once?, pause?);
    let turn = each + pause;
    let mut after = Duration::ZERO;
    let mut parts = Vec::new();
    for batch in nodes.chunks(at_once) {
        let mut nodes = batch.to_vec();
        nodes.sort_unstable();
        parts.push(Part { after, lasts: each, kind: FaultKind::crash(nodes, 1.0) });
        after += turn;
    }
    Some(parts)
}
