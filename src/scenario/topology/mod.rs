//! Builds the topology that a scenario's `[network]` describes.

mod ad_hoc;
mod generated;
mod graph;
mod lan;
mod matrix;
mod transport;

pub use transport::quality;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_spanned::Spanned;

use super::build::Checks;
use super::network_spec::{NetworkKind, NetworkSpec};
use crate::network::generators::Generated;
use crate::network::{SiteId, Topology, Transport};

/// A topology, and where on it the groups of nodes hang.
#[derive(Debug)]
pub struct Terrain {
    pub topology: Topology,
    pub transport: Transport,
    /// At least one; for groups that do not say where, in turn.
    pub ends: Vec<SiteId>,
    /// By the name of a group, the sites that the network gives it.
    pub inside: HashMap<String, Vec<SiteId>>,
    /// Groups that share the air of their sites.
    pub on_wifi: HashSet<String>,
    /// The GraphML file that the sites are from, node by node.
    pub file: Option<PathBuf>,
    /// Of an ad hoc network that waits for its nodes: until then it is a mere core.
    plan: Option<ad_hoc::Plan>,
    /// Whether all of it can be used; else only the names of the sites are right.
    pub is_sound: bool,
    /// By name.
    sites: HashMap<String, SiteId>,
}

/// The groups of nodes that there are.
#[derive(Debug)]
pub struct GroupNames {
    pub names: HashSet<String>,
    /// Whether there are no others, whose names cannot be read.
    pub are_all: bool,
}

impl Terrain {
    fn of(Generated { topology, ends }: Generated) -> Terrain {
        let sites = topology.sites().map(|(id, site)| (site.name.clone(), id)).collect();
        let transport = Transport::Ideal;
        let (inside, on_wifi) = (HashMap::new(), HashSet::new());
        let (file, plan, is_sound) = (None, None, true);
        Terrain { topology, transport, ends, inside, on_wifi, file, plan, is_sound, sites }
    }

    fn with_all_ends(topology: Topology) -> Terrain {
        let ends = topology.sites().map(|(id, _)| id).collect();
        Terrain::of(Generated { topology, ends })
    }

    /// Whether there is nothing but the core of an access network.
    pub fn is_core(&self) -> bool {
        self.topology.site_count() == 1
    }

    pub fn site_names(&self) -> impl Iterator<Item = &str> {
        self.topology.sites().map(|(_, site)| site.name.as_str())
    }

    pub fn site(&self, name: &str) -> Option<SiteId> {
        self.sites.get(name).copied()
    }
}

/// The terrain; `None` when not even the names of its sites are known.
pub fn terrain(
    network: Option<Spanned<NetworkSpec>>,
    seed: u64,
    groups: &GroupNames,
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let network = network.unwrap_or_else(|| Spanned::new(0..0, NetworkSpec::default()));
    let (span, mut network) = (network.span(), network.into_inner());
    let (general, tcp) = (network.transport.take(), network.tcp.take());
    let mut kinds = network.kinds();
    let of_kind = kinds.iter_mut().find_map(NetworkKind::take_transport);
    let transport = transport::transport([general, of_kind], tcp, checks);
    let is_one = kinds.len() <= 1;
    if !is_one {
        checks.problem(span, "[network] has several kinds of network", "expected one of them");
    }
    // Of several kinds each is looked at, but none is used.
    let mut terrain = Some(Terrain::with_all_ends(Topology::core()));
    for kind in kinds {
        terrain = match kind {
            NetworkKind::Access(_) => terrain,
            NetworkKind::Graph(graph) => graph::terrain(*graph, folder, checks),
            NetworkKind::Lan(lan) => lan::terrain(*lan, groups, checks),
            NetworkKind::Premises(name, spec) => lan::premises(name, spec.router(), groups, checks),
            NetworkKind::AdHoc(ad_hoc) => ad_hoc::terrain(*ad_hoc, groups, checks),
            NetworkKind::Matrix(matrix) => matrix::terrain(*matrix, folder, checks),
            generator => generated::generated(generator, seed, checks).map(Terrain::of),
        };
    }
    let mut terrain = terrain.filter(|_| is_one)?;
    terrain.is_sound &= transport.is_some();
    terrain.transport = transport.unwrap_or(Transport::Ideal);
    Some(terrain)
}
