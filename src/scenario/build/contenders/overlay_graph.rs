//! Who knows whom at the start.

use std::ops::Range;

use super::super::super::sharing_spec::{
    HostCacheOverlaySpec, OverlaySpec, TorusOverlaySpec, TreeOverlaySpec,
};
use super::super::super::tree::Field;
use super::super::super::values::Count;
use super::super::checks::Checks;
use super::super::groups::Groups;
use crate::architectures::finders::OverlayGraph;

/// Of each peer.
const MOST_LINKS: u64 = 500;
const MOST_DIMENSIONS: u64 = 30;
/// All are looked at by each who joins.
const MOST_IN_CACHE: u64 = 10_000;

/// Who is in an overlay.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// So many peers; `None`: they are misnamed, which has been said.
    Peers(Option<usize>),
    /// Whoever will be there in a run.
    Unknown,
}

/// Where its first graph stands, if there is one.
pub fn place_of(spec: &OverlaySpec) -> Option<Range<usize>> {
    places(spec).into_iter().next()
}

/// Where its graphs stand.
fn places(spec: &OverlaySpec) -> Vec<Range<usize>> {
    let given = [
        spec.barabasi_albert.as_ref().map(|graph| &graph.links_per_peer.span),
        spec.erdos_renyi.as_ref().map(|graph| &graph.mean_degree.span),
        spec.random_regular.as_ref().map(|graph| &graph.degree.span),
        spec.watts_strogatz.as_ref().map(|graph| &graph.degree.span),
        spec.host_cache.as_ref().map(|graph| &graph.links_per_peer.span),
        spec.torus.as_ref().map(|graph| &graph.dimensions.span),
        spec.tree.as_ref().map(|graph| &graph.degree.span),
    ];
    given.into_iter().flatten().cloned().collect()
}

/// `place`: where to say that nothing is said.
pub fn overlay_graph(
    spec: OverlaySpec,
    who: Who,
    place: &Range<usize>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<OverlayGraph> {
    if let Some(second) = places(&spec).into_iter().nth(1) {
        checks.problem(second, "an overlay that is two graphs", "either or");
        return None;
    }
    let OverlaySpec {
        barabasi_albert,
        erdos_renyi,
        random_regular,
        watts_strogatz,
        host_cache,
        torus,
        tree,
    } = spec;
    // Of whom nobody knows yet, there are no more than nodes.
    let members = match who {
        Who::Peers(count) => count? as u64,
        Who::Unknown => u64::from(groups.node_count()),
    };
    let others = members.saturating_sub(1);
    if let Some(growing) = barabasi_albert {
        let most = MOST_LINKS.min(others);
        let links_per_peer = count(growing.links_per_peer, "links of each peer", most, checks)?;
        return Some(OverlayGraph::BarabasiAlbert { links_per_peer });
    }
    if let Some(equal) = erdos_renyi {
        let (span, degree) = checks.required(equal.mean_degree)?;
        let most = (2 * MOST_LINKS).min(others) as f64;
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
    if let Some(grown) = host_cache {
        return host_cache_of(grown, others, checks);
    }
    if let Some(torus) = torus {
        return torus_of(torus, who, checks);
    }
    if let Some(tree) = tree {
        return tree_of(tree, who, checks);
    }
    checks
        .problem(place.clone(), "an overlay of no kind", "needs a graph of its peers")
        .help("write overlay = { random-regular = { degree = 4 } }");
    None
}

fn host_cache_of(
    spec: HostCacheOverlaySpec,
    others: u64,
    checks: &mut Checks<'_>,
) -> Option<OverlayGraph> {
    let place = spec.cache.span.clone();
    let most = MOST_LINKS.min(others);
    let links_per_peer = count(spec.links_per_peer, "links of each peer", most, checks);
    let cache = count(spec.cache, "peers in a host cache", MOST_IN_CACHE, checks);
    let (links_per_peer, cache) = (links_per_peer?, cache?);
    if cache < links_per_peer {
        let message = format!("{cache} peers in a host cache, and {links_per_peer} links");
        checks.problem(place, message, "expected as many as each peer links to, or more");
        return None;
    }
    Some(OverlayGraph::HostCache { links_per_peer, cache })
}

fn torus_of(spec: TorusOverlaySpec, who: Who, checks: &mut Checks<'_>) -> Option<OverlayGraph> {
    let place = spec.side.span.clone();
    let dimensions = count(spec.dimensions, "dimensions", MOST_DIMENSIONS, checks);
    let side = checks.required(spec.side);
    let (dimensions, (_, side)) = (dimensions? as u32, side?);
    let peers = known(who, &place, checks)?;
    let places = side.0.checked_pow(dimensions).filter(|_| side.0 > 1);
    if places != Some(peers as u64) {
        let message =
            format!("{} along each of {dimensions} dimensions, and {peers} peers", side.0);
        checks.problem(place, message, "expected a side of 2 or more, and a place for each peer");
        return None;
    }
    Some(OverlayGraph::Torus { dimensions, side: side.0 as usize })
}

fn tree_of(spec: TreeOverlaySpec, who: Who, checks: &mut Checks<'_>) -> Option<OverlayGraph> {
    let place = spec.degree.span.clone();
    let degree = count(spec.degree, "neighbours of a peer", MOST_LINKS, checks)?;
    known(who, &place, checks)?;
    if degree < 2 {
        checks.problem(place, "a tree of two peers", "expected 2 neighbours of each or more");
        return None;
    }
    Some(OverlayGraph::Tree { degree })
}

/// A shape has a place for each peer, so it must be known how many there are, and in what order.
fn known(who: Who, place: &Range<usize>, checks: &mut Checks<'_>) -> Option<usize> {
    match who {
        Who::Peers(count) => count,
        Who::Unknown => {
            let message = "a shape for those of whom nobody knows yet how many there are";
            checks.problem(place.clone(), message, "goes with `flooding` and `random-walk` only");
            None
        }
    }
}

/// 1 to `most`.
fn count(field: Field<Count>, what: &str, most: u64, checks: &mut Checks<'_>) -> Option<usize> {
    let (span, count) = checks.required(field)?;
    if most == 0 {
        let message = format!("{} {what}, and no other peer", count.0);
        checks
            .problem(span, message, "there is nobody to be its neighbour")
            .help("leave `overlay` out: the usual one of a single peer has no links");
        return None;
    }
    if !(1..=most).contains(&count.0) {
        checks.problem(span, format!("{} {what}", count.0), format!("expected 1 to {most}"));
        return None;
    }
    Some(count.0 as usize)
}
