//! `central` and `federated`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::super::bank_spec::{CentralSpec, FederatedSpec};
use super::super::super::spec::Named;
use super::super::super::tree::Field;
use super::super::super::values::{Names, Word};
use super::super::checks::{Checks, unknown_name};
use super::super::faults::{groups_or_nodes, listed_nodes};
use super::super::groups::Groups;
use super::askers::Askers;
use super::middleware::middleware;
use crate::architectures::{BankNetwork, BankSettings, MOST_REPLICAS, Replication};
use crate::model::Transactions;
use crate::network::NodeId;
use crate::units::{Cents, Duration};

/// What both kinds can say.
struct Common {
    replication: Option<Field<Word<Replication>>>,
    fail_over: Option<Field<Duration>>,
    lock_timeout: Option<Field<Duration>>,
    timeout: Option<Field<Duration>>,
    stand_in: Option<Field<Cents>>,
}

/// `transactions`: `None` when the workloads are broken, and that has been said.
pub fn central(
    spec: CentralSpec,
    groups: &Groups,
    transactions: Option<&Transactions>,
    checks: &mut Checks<'_>,
) -> Option<BankNetwork> {
    let CentralSpec {
        servers,
        replication,
        fail_over,
        lock_timeout,
        timeout,
        stand_in,
        middleware,
    } = spec;
    let span = servers.span.clone();
    let servers = listed_nodes(servers, groups, checks);
    let common = Common { replication, fail_over, lock_timeout, timeout, stand_in };
    let settings = settings(common, checks);
    let middleware =
        self::middleware(middleware, &Askers::at_machines(transactions, groups), groups, checks);
    let (settings, servers) = (settings?, servers?);
    let sites = [(span, servers)];
    if !are_sites_sound(&sites, &settings, transactions, checks) {
        return None;
    }
    let site_of_bank = vec![0; transactions?.banks.len()];
    let sites = sites.into_iter().map(|(_, servers)| servers).collect();
    Some(BankNetwork { sites, site_of_bank, settings, middleware: middleware? })
}

pub fn federated(
    spec: FederatedSpec,
    groups: &Groups,
    transactions: Option<&Transactions>,
    checks: &mut Checks<'_>,
) -> Option<BankNetwork> {
    let FederatedSpec {
        servers,
        switch,
        passing_work,
        replication,
        fail_over,
        lock_timeout,
        timeout,
        stand_in,
        middleware,
    } = spec;
    let table = servers.span();
    let sites = sites_of_banks(servers.into_inner(), table, groups, transactions, checks);
    let switch = match switch {
        None => Some(None),
        Some(field) => {
            let span = field.span.clone();
            groups_or_nodes(field, groups, checks).and_then(|nodes| match nodes[..] {
                [switch] => Some(Some((span, switch))),
                _ => {
                    let message = format!("a switch of {} nodes", nodes.len());
                    checks.problem(span, message, "expected one node");
                    None
                }
            })
        }
    };
    let passing_work = checks.or(passing_work, Duration::from_nanos(1_000_000));
    let common = Common { replication, fail_over, lock_timeout, timeout, stand_in };
    let settings = settings(common, checks);
    let mut askers = Askers::at_machines(transactions, groups);
    match (&sites, &switch) {
        (Some(sites), Some(switch)) => {
            let servers = sites.iter().flat_map(|(_, servers)| servers.iter().copied());
            let switch = switch.iter().map(|&(_, switch)| switch);
            askers.add(servers.chain(switch), groups);
        }
        _ => askers.some_are_missing(),
    }
    let middleware = self::middleware(middleware, &askers, groups, checks);
    let (mut settings, sites, switch) = (settings?, sites?, switch?);
    settings.passing_work = passing_work?;
    if !are_sites_sound(&sites, &settings, transactions, checks) {
        return None;
    }
    if let Some((span, switch)) = switch {
        let is_server = sites.iter().any(|(_, servers)| servers.contains(&switch));
        if is_server || is_machine(transactions, &[switch]) {
            let what = if is_server { "a server of a bank" } else { "a cash machine" };
            checks.problem(span, format!("the switch is {what}"), "expected a node of its own");
            return None;
        }
        settings.switch = Some(switch);
    }
    let site_of_bank = (0..transactions?.banks.len()).collect();
    let sites = sites.into_iter().map(|(_, servers)| servers).collect();
    Some(BankNetwork { sites, site_of_bank, settings, middleware: middleware? })
}

/// Servers with the place where they are written.
type Placed = (Range<usize>, Vec<NodeId>);

/// The servers of each bank, in the order of the banks.
fn sites_of_banks(
    servers: Named<Field<Names>>,
    table: Range<usize>,
    groups: &Groups,
    transactions: Option<&Transactions>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Placed>> {
    let banks = transactions.map_or(&[][..], |transactions| &transactions.banks);
    let mut sites: Vec<Option<Placed>> = vec![None; banks.len()];
    let mut is_sound = true;
    for (name, field) in servers {
        let span = field.span.clone();
        let nodes = listed_nodes(field, groups, checks);
        is_sound &= nodes.is_some();
        let bank = banks.iter().position(|bank| bank.name == *name.get_ref());
        match (bank, transactions) {
            (Some(bank), _) => sites[bank] = nodes.map(|nodes| (span, nodes)),
            (None, None) => {}
            (None, Some(_)) => {
                let message = format!("{:?} is no bank", name.get_ref());
                unknown_name(checks, name.span(), name.get_ref(), message, || {
                    banks.iter().map(|bank| bank.name.as_str())
                });
                is_sound = false;
            }
        }
    }
    if is_sound && let Some(place) = sites.iter().position(Option::is_none) {
        let bank = &banks[place].name;
        checks
            .problem(table, format!("the bank {bank:?} has no server"), "nobody keeps its accounts")
            .help(format!("add {bank} = \"GROUP\""));
        return None;
    }
    sites.into_iter().collect::<Option<Vec<Placed>>>().filter(|_| is_sound)
}

fn settings(common: Common, checks: &mut Checks<'_>) -> Option<BankSettings> {
    let Common { replication, fail_over, lock_timeout, timeout, stand_in } = common;
    let replication = checks.or(replication, Word(Replication::None));
    let fail_over = checks.optional(fail_over);
    let mut wait = |field: Option<Field<Duration>>, default: u64| match checks.optional(field) {
        Some(Some((span, Duration::ZERO))) => {
            checks.problem(span, "no time to wait at all", "expected more than 0 s");
            None
        }
        wait => wait.map(|wait| wait.map_or(Duration::from_whole_secs(default), |(_, wait)| wait)),
    };
    let (lock_timeout, timeout) = (wait(lock_timeout, 1), wait(timeout, 5));
    let stand_in = checks.optional(stand_in);
    let (replication, fail_over) = (replication?.0, fail_over?);
    if let (Replication::None, Some((span, _))) = (replication, &fail_over) {
        checks
            .problem(span.clone(), "nobody takes over from a single server", "of no use here")
            .help("write replication = \"primary-backup\" or \"quorum\", or leave `fail_over` out");
        return None;
    }
    Some(BankSettings {
        replication,
        fail_over: fail_over.map_or(Duration::from_whole_secs(10), |(_, fail_over)| fail_over),
        switch: None,
        passing_work: Duration::ZERO,
        lock_timeout: lock_timeout?,
        timeout: timeout?,
        stand_in: stand_in?.map(|(_, limit)| limit),
    })
}

/// Whether each site has as many servers as its replication needs, and nobody else's.
fn are_sites_sound(
    sites: &[Placed],
    settings: &BankSettings,
    transactions: Option<&Transactions>,
    checks: &mut Checks<'_>,
) -> bool {
    let (word, least, most) = match settings.replication {
        Replication::None => ("none", 1, 1),
        Replication::PrimaryBackup => ("primary-backup", 2, MOST_REPLICAS),
        Replication::Quorum => ("quorum", 3, MOST_REPLICAS),
    };
    let mut is_sound = true;
    let mut taken = BTreeSet::new();
    for (span, servers) in sites {
        let count = servers.len();
        if !(least..=most).contains(&count) {
            let message = match count {
                1 => format!("1 server with the replication {word:?}"),
                _ => format!("{count} servers with the replication {word:?}"),
            };
            let label = match most {
                1 => "expected 1 server".to_owned(),
                _ => format!("expected {least} to {most} servers"),
            };
            let cure = checks.problem(span.clone(), message, label);
            if most == 1 {
                cure.help(
                    "say what the others are for: replication = \"primary-backup\" or \"quorum\"",
                );
            }
            is_sound = false;
        }
        if servers.iter().any(|&server| !taken.insert(server)) {
            let message = "some of these servers are another bank's, too";
            checks
                .problem(span.clone(), message, "each bank needs its own")
                .help("one server for all banks is what the architecture `central` has");
            is_sound = false;
        }
        if is_machine(transactions, servers) {
            let message = "some of these servers are cash machines";
            checks.problem(span.clone(), message, "expected other nodes");
            is_sound = false;
        }
    }
    is_sound
}

fn is_machine(transactions: Option<&Transactions>, nodes: &[NodeId]) -> bool {
    let banks = transactions.into_iter().flat_map(|transactions| &transactions.banks);
    let mut machines = banks.flat_map(|bank| &bank.machines);
    machines.any(|machine| nodes.contains(machine))
}
