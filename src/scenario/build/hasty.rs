//! Answers that are given up before they can come.

use crate::architectures::{BankNetwork, HealthTerms, Preset, Single};
use crate::model::{Demand, Group, Model, Wants, Workload};
use crate::network::NodeId;
use crate::units::Duration;

/// A warning for each patience that is shorter than what is waited for takes, what is between access lines left out: at the least, that of clients, of servers
/// of banks for each other and of who checks servers; on the mean, that of rings that pass questions on and of tables of peers.
pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Single { name, preset } in contenders {
        for workload in model.served() {
            warnings.extend(of_clients(model, workload, (name, preset)));
        }
        let hasty = match preset {
            Preset::Central(bank) | Preset::Federated(bank) => of_banks(model, bank),
            Preset::ClientServer(preset) => preset.health_checks.and_then(|terms| {
                let (server, takes) = slowest_check(model, &preset.servers, terms)?;
                Some(format!(
                    "waits {} for the answer to a check, and that of {} takes at least {takes} on access lines alone: it is taken out for good; set a longer `timeout`",
                    terms.timeout,
                    model.node_name(server)
                ))
            }),
            preset => of_searches(model, preset),
        };
        warnings.extend(hasty.map(|hasty| format!("{name:?} {hasty}")));
    }
    warnings
}

/// Requests of clients to servers.
fn of_clients(
    model: &Model,
    workload: &Workload,
    (name, preset): (&str, &Preset),
) -> Option<String> {
    let servers = match preset {
        Preset::ClientServer(preset) => preset.servers.as_slice(),
        Preset::MultiTier(preset) => preset.first_servers(),
        Preset::EdgeCaches(preset) => preset.caches.as_slice(),
        _ => return None,
    };
    let Demand::Drawn { wants, askers, .. } = &workload.demand else { return None };
    let waits = workload.policy.timeout;
    if matches!(wants, Wants::Transfer { .. } | Wants::Print(_)) || waits == Duration::FOREVER {
        return None;
    }
    let takes = Duration::from_secs(2.0 * (least(model, askers) + least(model, servers)));
    (waits < takes).then(|| {
        format!(
            "workload {:?}: its `timeout` is {waits}, and a question and its answer take at least {takes} under {name:?} on access lines alone",
            workload.name
        )
    })
}

/// Servers of banks wait for each other.
fn of_banks(model: &Model, bank: &BankNetwork) -> Option<String> {
    let (_, transactions) = model.transactions().filter(|_| bank.sites.len() > 1)?;
    let [.., transfers] = transactions.mix;
    if transfers * transactions.interbank <= 0.0 {
        return None;
    }
    let written = Duration::from_secs(transactions.forced_write.minimum());
    let mut sites: Vec<f64> = bank.sites.iter().map(|site| least(model, site)).collect();
    sites.sort_by(f64::total_cmp);
    let takes = Duration::from_secs(2.0 * (sites[0] + sites[1])) + written;
    let waits = bank.settings.timeout;
    (waits < takes).then(|| {
        format!(
            "has servers wait {waits} for each other (`timeout`), and a question, a forced write and its answer take at least {takes} on access lines alone: set a longer one"
        )
    })
}

/// The server whose answer to a check takes longest, if that is too long.
pub fn slowest_check(
    model: &Model,
    servers: &[NodeId],
    terms: HealthTerms,
) -> Option<(NodeId, Duration)> {
    let monitor = [terms.monitor];
    let others = servers.iter().filter(|&&server| server != terms.monitor);
    let way = |nodes: &[NodeId]| least(model, nodes);
    let checks =
        others.map(|&server| (server, Duration::from_secs(2.0 * (way(&monitor) + way(&[server])))));
    checks.max_by_key(|&(_, takes)| takes).filter(|&(_, takes)| takes > terms.timeout)
}

/// Searches among peers.
fn of_searches(model: &Model, preset: &Preset) -> Option<String> {
    if let Some(ring) = preset.ring().filter(|ring| ring.settings.is_recursive) {
        // Half the binary logarithm of the peers, and the answer.
        let messages = 0.5 * (ring.peers.len() as f64).log2() + 1.0;
        let takes = Duration::from_secs(messages * 2.0 * line(model, &ring.peers));
        let waits = ring.settings.longest_search();
        return (waits < takes).then(|| {
            format!(
                "gives up what it has passed on after ten times `timeout`, {waits}, and a lookup takes {takes} on the mean on access lines alone: set a longer one"
            )
        });
    }
    let table = preset.table()?;
    // Two messages, each over two lines.
    let takes = Duration::from_secs(4.0 * line(model, &table.peers));
    let waits = table.settings.timeout;
    (waits < takes).then(|| {
        format!(
            "takes a peer for dead after its `timeout`, {waits}, and a question and its answer take {takes} on the mean on access lines alone: set a longer one"
        )
    })
}

/// Seconds that a message takes on the access line of one of these nodes at the least; 0 of none.
fn least(model: &Model, nodes: &[NodeId]) -> f64 {
    let of_node = |&node: &NodeId| {
        let group = model.group_of(node);
        let listed = group.listed.get((node.0 - group.first) as usize);
        let classes = group.classes.iter().map(|class| class.latency.minimum());
        let of_classes = || classes.reduce(f64::min).unwrap_or(0.0);
        listed.map_or_else(of_classes, |node| node.latency.secs())
    };
    nodes.iter().map(of_node).reduce(f64::min).unwrap_or(0.0)
}

/// Seconds that a message takes on the access line of one of these nodes, on the mean; 0 of none.
fn line(model: &Model, nodes: &[NodeId]) -> f64 {
    let of_group = |group: &Group| {
        let listed: f64 = group.listed.iter().map(|node| node.latency.secs()).sum();
        match group.listed.len() {
            0 => {
                let shares: f64 = group.classes.iter().map(|class| class.share).sum();
                let means = group.classes.iter().map(|class| class.share * class.latency.mean());
                means.sum::<f64>() / shares
            }
            count => listed / count as f64,
        }
    };
    let members = |group: &Group| {
        let of_group = group.first..group.first + group.count;
        nodes.iter().filter(|node| of_group.contains(&node.0)).count() as f64
    };
    let total: f64 = model.groups.iter().map(|group| members(group) * of_group(group)).sum();
    total / (nodes.len() as f64).max(1.0)
}
