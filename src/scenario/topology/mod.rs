//! Builds the topology that a scenario's `[network]` describes.

mod generated;
mod graph;
mod lan;
mod matrix;
mod transport;

pub use transport::quality;

use std::collections::HashMap;
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
    /// The GraphML file that the sites are from, node by node.
    pub file: Option<PathBuf>,
    /// By name.
    sites: HashMap<String, SiteId>,
}

impl Terrain {
    fn of(Generated { topology, ends }: Generated) -> Terrain {
        let sites = topology.sites().map(|(id, site)| (site.name.clone(), id)).collect();
        let transport = Transport::Ideal;
        Terrain { topology, transport, ends, inside: HashMap::new(), file: None, sites }
    }

    fn with_all_ends(topology: Topology) -> Terrain {
        let ends = topology.sites().map(|(id, _)| id).collect();
        Terrain::of(Generated { topology, ends })
    }

    /// Whether there is nothing but the core of an access network.
    pub fn is_core(&self) -> bool {
        self.topology.site_count() == 1
    }

    pub fn site(&self, name: &str) -> Option<SiteId> {
        self.sites.get(name).copied()
    }
}

/// The terrain, or `None` when something is wrong with it. `groups`: the names of all.
pub fn terrain(
    network: Option<Spanned<NetworkSpec>>,
    seed: u64,
    groups: &[String],
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let network = network.unwrap_or_else(|| Spanned::new(0..0, NetworkSpec::default()));
    let (span, mut network) = (network.span(), network.into_inner());
    let (general, tcp) = (network.transport.take(), network.tcp.take());
    let mut kinds = network.kinds();
    let mut kind = kinds.pop();
    let of_kind = kind.as_mut().and_then(NetworkKind::take_transport);
    let transport = transport::transport([general, of_kind], tcp, checks);
    if !kinds.is_empty() {
        checks.problem(span, "[network] has several kinds of network", "expected one of them");
        return None;
    }
    let terrain = match kind {
        None | Some(NetworkKind::Access(_)) => Terrain::with_all_ends(Topology::core()),
        Some(NetworkKind::Graph(graph)) => graph::terrain(*graph, folder, checks)?,
        Some(NetworkKind::Lan(lan)) => lan::terrain(*lan, groups, checks)?,
        Some(NetworkKind::Matrix(matrix)) => matrix::terrain(*matrix, folder, checks)?,
        Some(generator) => Terrain::of(generated::generated(generator, seed, checks)?),
    };
    let terrain = Terrain { transport: transport?, ..terrain };
    let parts = terrain.topology.part_count();
    if parts > 1 {
        checks.warnings.push(format!(
            "the network falls into {parts} parts; nodes in different parts cannot reach each other"
        ));
    }
    Some(terrain)
}
