//! Who knows whom at the start.

use std::ops::Range;

use super::super::super::sharing_spec::OverlaySpec;
use super::super::super::tree::Field;
use super::super::super::values::Count;
use super::super::checks::Checks;
use super::super::groups::Groups;
use crate::architectures::finders::OverlayGraph;

/// Of each peer.
const MOST_LINKS: u64 = 500;

/// `place`: where to say that nothing is said.
pub fn overlay_graph(
    spec: OverlaySpec,
    place: &Range<usize>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<OverlayGraph> {
    let OverlaySpec { barabasi_albert, erdos_renyi, random_regular, watts_strogatz } = spec;
    let given = [
        barabasi_albert.as_ref().map(|graph| graph.links_per_peer.span.clone()),
        erdos_renyi.as_ref().map(|graph| graph.mean_degree.span.clone()),
        random_regular.as_ref().map(|graph| graph.degree.span.clone()),
        watts_strogatz.as_ref().map(|graph| graph.degree.span.clone()),
    ];
    if let Some(second) = given.into_iter().flatten().nth(1) {
        checks.problem(second, "an overlay that is two graphs", "either or");
        return None;
    }
    let others = u64::from(groups.node_count()).saturating_sub(1);
    if let Some(growing) = barabasi_albert {
        let most = MOST_LINKS.min(others);
        let links_per_peer = count(growing.links_per_peer, "links of each peer", most, checks)?;
        return Some(OverlayGraph::BarabasiAlbert { links_per_peer });
    }
    if let Some(equal) = erdos_renyi {
        let (span, degree) = checks.required(equal.mean_degree)?;
        let most = (2 * MOST_LINKS).min(u64::from(groups.node_count())) as f64;
        if !(degree.0 > 0.0 && degree.0 <= most) {
            let message = format!("{} neighbours of each peer", degree.0);
            checks.problem(span, message, format!("expected more than 0, and {most} or less"));
            return None;
        }
        return Some(OverlayGraph::ErdosRenyi { mean_degree: degree.0 });
    }
    if let Some(regular) = random_regular {
        let most = MOST_LINKS.min(others);
        let degree = count(regular.degree, "neighbours of each peer", most, checks)?;
        return Some(OverlayGraph::RandomRegular { degree });
    }
    if let Some(small) = watts_strogatz {
        let most = MOST_LINKS.min(others);
        let place = small.degree.span.clone();
        let degree = count(small.degree, "neighbours of a peer", most, checks);
        let rewiring = checks.required(small.rewiring);
        let degree = degree?;
        if degree % 2 == 1 {
            let message = format!("{degree} neighbours on a ring");
            checks.problem(place, message, "expected an even number: as many on either side");
            return None;
        }
        let (span, rewiring) = rewiring?;
        if !(0.0..=1.0).contains(&rewiring.0) {
            let message = format!("{} is no share of links", rewiring.0);
            checks.problem(span, message, "expected 0 to 1");
            return None;
        }
        return Some(OverlayGraph::WattsStrogatz { degree, rewiring: rewiring.0 });
    }
    checks
        .problem(place.clone(), "an overlay of no kind", "needs a graph of its peers")
        .help("write overlay = { random-regular = { degree = 4 } }");
    None
}

/// 1 to `most`.
fn count(field: Field<Count>, what: &str, most: u64, checks: &mut Checks<'_>) -> Option<usize> {
    let (span, count) = checks.required(field)?;
    if !(1..=most).contains(&count.0) {
        checks.problem(span, format!("{} {what}", count.0), format!("expected 1 to {most}"));
        return None;
    }
    Some(count.0 as usize)
}
