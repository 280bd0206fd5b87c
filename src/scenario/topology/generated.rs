//! Topologies from a generator's parameters.

use std::ops::{Range, RangeInclusive};

use super::super::build::Checks;
use super::super::network_spec::{
    BarabasiAlbertSpec, ErdosRenyiSpec, FatTreeSpec, NetworkKind, TreeSpec, WattsStrogatzSpec,
    WaxmanSpec,
};
use super::super::tree::Field;
use super::super::values::{Count, Number, Word};
use crate::network::generators::{
    Generated, dumbbell, fat_tree, full_mesh, ring, star, tree, tree_size,
};
use crate::network::random_graphs::{Waxman, barabasi_albert, erdos_renyi, watts_strogatz, waxman};
use crate::network::{Link, Metric, Quality, Routing};
use crate::random::{Key, Stream};
use crate::units::{Duration, Rate};

/// Far beyond what is drawn or measured, and set up in a second.
pub const MOST_SITES: usize = 100_000;
/// Links of two directions each.
const MOST_LINKS: f64 = 1e6;
const MOST_IN_MESH: usize = 1_000;
/// All pairs are looked at.
const MOST_IN_WAXMAN: usize = 4_000;
const MOST_PORTS: usize = 64;

/// Draws of a random graph before it is given up that all sites are joined.
const MOST_DRAWS: usize = 100;
/// Links or pairs that these draws may look at altogether, for the user's patience.
const MOST_LOOKS: usize = 4_000_000;

/// The topology of `spec`, which is a generator; `None` when its parameters are wrong.
pub fn generated(spec: NetworkKind, seed: u64, checks: &mut Checks<'_>) -> Option<Generated> {
    let stream = &mut Key::root(seed, 0).text("topology").stream();
    let (metric, generated) = match spec {
        NetworkKind::Access(_)
        | NetworkKind::Graph(_)
        | NetworkKind::Lan(_)
        | NetworkKind::Premises(..)
        | NetworkKind::AdHoc(_)
        | NetworkKind::Matrix(_) => unreachable!("these are no generators"),
        NetworkKind::Star(spec) => {
            let link = link(spec.routing, spec.capacity, spec.latency, checks);
            let sites = count(spec.sites, "sites", 1..=MOST_SITES, checks);
            let ((metric, link), sites) = (link?, sites?);
            (metric, star(sites, link))
        }
        NetworkKind::Ring(spec) => {
            let link = link(spec.routing, spec.capacity, spec.latency, checks);
            let sites = count(spec.sites, "sites", 2..=MOST_SITES, checks);
            let ((metric, link), sites) = (link?, sites?);
            (metric, ring(sites, link))
        }
        NetworkKind::FullMesh(spec) => {
            let link = link(spec.routing, spec.capacity, spec.latency, checks);
            let sites = count(spec.sites, "sites", 2..=MOST_IN_MESH, checks);
            let ((metric, link), sites) = (link?, sites?);
            (metric, full_mesh(sites, link))
        }
        NetworkKind::Dumbbell(spec) => {
            let link = link(spec.routing, spec.capacity, spec.latency, checks);
            let (metric, link) = link?;
            (metric, dumbbell(link))
        }
        NetworkKind::Tree(spec) => balanced_tree(*spec, checks)?,
        NetworkKind::FatTree(spec) => data_centre(*spec, checks)?,
        NetworkKind::ErdosRenyi(spec) => equal_pairs(*spec, stream, checks)?,
        NetworkKind::BarabasiAlbert(spec) => growing(*spec, stream, checks)?,
        NetworkKind::WattsStrogatz(spec) => small_world(*spec, stream, checks)?,
        NetworkKind::Waxman(spec) => scattered(*spec, stream, checks)?,
    };
    let Generated { topology, ends } = generated;
    let routing = Routing { metric, ..topology.routing() };
    Some(Generated { topology: topology.with_routing(routing), ends })
}

fn balanced_tree(spec: TreeSpec, checks: &mut Checks<'_>) -> Option<(Metric, Generated)> {
    let link = link(spec.routing, spec.capacity, spec.latency, checks);
    let depth_span = spec.depth.span.clone();
    let branching = count(spec.branching, "children of each site", 1..=MOST_SITES, checks);
    let depth = count(spec.depth, "levels", 0..=MOST_SITES, checks);
    let ((metric, link), branching, depth) = (link?, branching?, depth?);
    if tree_size(branching, depth).is_none_or(|size| size > MOST_SITES) {
        let message = format!("{depth} levels that branch {branching} ways are too many sites");
        checks.problem(depth_span, message, format!("{MOST_SITES} sites are the most"));
        return None;
    }
    Some((metric, tree(branching, depth, link)))
}

fn data_centre(spec: FatTreeSpec, checks: &mut Checks<'_>) -> Option<(Metric, Generated)> {
    let link = link(spec.routing, spec.capacity, spec.latency, checks);
    let ports = even(spec.ports, "ports", 2..=MOST_PORTS, checks);
    let ((metric, link), ports) = (link?, ports?);
    Some((metric, fat_tree(ports, link)))
}

fn equal_pairs(
    spec: ErdosRenyiSpec,
    stream: &mut Stream,
    checks: &mut Checks<'_>,
) -> Option<(Metric, Generated)> {
    let link = link(spec.routing, spec.capacity, spec.latency, checks);
    let span = spec.probability.span.clone();
    let sites = count(spec.sites, "sites", 2..=MOST_SITES, checks);
    let probability = share(spec.probability, "probability", checks);
    let is_wanted = checks.or(spec.connected, true);
    let ((metric, link), sites, probability) = (link?, sites?, probability?);
    let links = probability * sites as f64 * (sites - 1) as f64 / 2.0;
    let looks = room_for(links, &span, checks)? + sites;
    let least = libm::log(sites as f64) / sites as f64;
    let help = format!("most such graphs are joined from ln n / n = {least:.2e} on");
    let joining = Joining { is_wanted: is_wanted?, looks, help };
    let draw = || erdos_renyi(sites, probability, link, stream);
    Some((metric, joined(draw, &joining, span, checks)?))
}

fn growing(
    spec: BarabasiAlbertSpec,
    stream: &mut Stream,
    checks: &mut Checks<'_>,
) -> Option<(Metric, Generated)> {
    let link = link(spec.routing, spec.capacity, spec.latency, checks);
    let span = spec.links_per_site.span.clone();
    let sites = count(spec.sites, "sites", 2..=MOST_SITES, checks);
    let most = sites.unwrap_or(MOST_SITES) - 1;
    let links_per_site = count(spec.links_per_site, "links per site", 1..=most, checks);
    let ((metric, link), sites, links_per_site) = (link?, sites?, links_per_site?);
    room_for(links_per_site as f64 * (sites - links_per_site) as f64, &span, checks)?;
    Some((metric, barabasi_albert(sites, links_per_site, link, stream)))
}

fn small_world(
    spec: WattsStrogatzSpec,
    stream: &mut Stream,
    checks: &mut Checks<'_>,
) -> Option<(Metric, Generated)> {
    let link = link(spec.routing, spec.capacity, spec.latency, checks);
    let span = spec.neighbours.span.clone();
    let sites = count(spec.sites, "sites", 3..=MOST_SITES, checks);
    let most = sites.unwrap_or(MOST_SITES) - 1;
    let neighbours = even(spec.neighbours, "neighbours", 2..=most, checks);
    let rewiring = share(spec.rewiring, "rewiring", checks);
    let is_wanted = checks.or(spec.connected, true);
    let ((metric, link), sites, neighbours) = (link?, sites?, neighbours?);
    let rewiring = rewiring?;
    let looks = room_for(sites as f64 * neighbours as f64 / 2.0, &span, checks)?;
    let help = "give each site more `neighbours`, or lower `rewiring`".to_owned();
    let joining = Joining { is_wanted: is_wanted?, looks, help };
    let draw = || watts_strogatz(sites, neighbours, rewiring, link, stream);
    Some((metric, joined(draw, &joining, span, checks)?))
}

fn scattered(
    spec: WaxmanSpec,
    stream: &mut Stream,
    checks: &mut Checks<'_>,
) -> Option<(Metric, Generated)> {
    let metric = checks.or(spec.routing, Word(Metric::default()));
    let capacity = capacity(spec.capacity, checks);
    let span = spec.sites.span.clone();
    let sites = count(spec.sites, "sites", 2..=MOST_IN_WAXMAN, checks);
    let side_km = number(spec.side_km, "side", "0.001 to 40000", 1e-3..=40_000.0, checks);
    let alpha = number(spec.alpha, "alpha", "1e-6 to 1e6", 1e-6..=1e6, checks);
    let beta = share(spec.beta, "beta", checks);
    let path_factor = match spec.path_factor {
        Some(factor) => number(factor, "path factor", "1 to 1000", 1.0..=1e3, checks),
        None => Some(1.0),
    };
    let is_wanted = checks.or(spec.connected, true);
    let (metric, sites) = (metric?.0, sites?);
    let parameters = Waxman {
        side_km: side_km?,
        alpha: alpha?,
        beta: beta?,
        capacity: capacity?,
        path_factor: path_factor?,
    };
    let help = "raise `alpha` or `beta`, or the number of `sites`".to_owned();
    let joining = Joining { is_wanted: is_wanted?, looks: sites * sites / 2, help };
    let draw = || waxman(sites, &parameters, stream);
    Some((metric, joined(draw, &joining, span, checks)?))
}

/// Whether all sites of a random graph must be joined, and what then.
struct Joining {
    is_wanted: bool,
    /// Of one draw.
    looks: usize,
    help: String,
}

/// The first draw, or the first one whose sites are all joined.
fn joined(
    mut draw: impl FnMut() -> Generated,
    joining: &Joining,
    span: Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<Generated> {
    if !joining.is_wanted {
        return Some(draw());
    }
    let draws = (MOST_LOOKS / joining.looks.max(1)).clamp(1, MOST_DRAWS);
    for _ in 0..draws {
        let generated = draw();
        if generated.topology.part_count() == 1 {
            return Some(generated);
        }
    }
    let message = format!("none of {draws} random graphs joins all sites");
    checks
        .problem(span, message, "too few links")
        .help(format!("{}; or write connected = false", joining.help));
    None
}

/// How many links there are expected to be.
fn room_for(links: f64, span: &Range<usize>, checks: &mut Checks<'_>) -> Option<usize> {
    if links > MOST_LINKS {
        let message = format!("this makes about {links:.0} links");
        checks.problem(span.clone(), message, format!("expected {MOST_LINKS} at the most"));
        return None;
    }
    Some(links as usize)
}

fn link(
    routing: Option<Field<Word<Metric>>>,
    rate: Field<Rate>,
    latency: Field<Duration>,
    checks: &mut Checks<'_>,
) -> Option<(Metric, Link)> {
    let metric = checks.or(routing, Word(Metric::default()));
    let capacity = capacity(rate, checks);
    let latency = checks.required(latency);
    let quality = Quality::default();
    Some((metric?.0, Link { capacity: capacity?, latency: latency?.1, quality }))
}

fn capacity(field: Field<Rate>, checks: &mut Checks<'_>) -> Option<Rate> {
    let (span, capacity) = checks.required(field)?;
    if capacity.bits_per_second() <= 0.0 {
        checks.problem(span, "links without capacity carry nothing", "expected more");
        return None;
    }
    Some(capacity)
}

fn count(
    field: Field<Count>,
    what: &str,
    range: RangeInclusive<usize>,
    checks: &mut Checks<'_>,
) -> Option<usize> {
    let (span, Count(count)) = checks.required(field)?;
    match usize::try_from(count) {
        Ok(count) if range.contains(&count) => Some(count),
        _ => {
            let label = format!("expected {} to {}", range.start(), range.end());
            checks.problem(span, format!("{count} {what}"), label);
            None
        }
    }
}

fn even(
    field: Field<Count>,
    what: &str,
    range: RangeInclusive<usize>,
    checks: &mut Checks<'_>,
) -> Option<usize> {
    let span = field.span.clone();
    let count = count(field, what, range, checks)?;
    if !count.is_multiple_of(2) {
        checks.problem(span, format!("{count} {what}"), "expected an even number");
        return None;
    }
    Some(count)
}

fn share(field: Field<Number>, what: &str, checks: &mut Checks<'_>) -> Option<f64> {
    number(field, what, "0 to 1", 0.0..=1.0, checks)
}

fn number(
    field: Field<Number>,
    what: &str,
    expected: &str,
    range: RangeInclusive<f64>,
    checks: &mut Checks<'_>,
) -> Option<f64> {
    let (span, Number(number)) = checks.required(field)?;
    if !range.contains(&number) {
        checks.problem(span, format!("a {what} of {number}"), format!("expected {expected}"));
        return None;
    }
    Some(number)
}
