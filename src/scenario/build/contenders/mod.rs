//! The architectures to compare.

mod announcing;
mod askers;
mod balance;
mod bank;
mod bittorrent;
mod chord;
mod client_server;
mod edge_caches;
mod file_sharing;
mod find;
mod groupware;
mod health;
mod jobs;
mod kademlia;
mod middleware;
mod mix;
mod multi_tier;
mod overlay_graph;
mod printers;
mod shared_disks;
mod telephony;
mod traversal;
mod usual;

use serde_spanned::Spanned;

use self::bittorrent::bittorrent;
use self::chord::chord;
use self::client_server::client_server;
use self::edge_caches::edge_caches;
use self::file_sharing::{broadcast, directory, flooding, random_walk, supernodes};
use self::groupware::{group_peers, group_server};
use self::jobs::{server_farm, shared_processors, volunteers};
use self::kademlia::kademlia;
use self::mix::mixed;
use self::multi_tier::multi_tier;
use self::printers::{print_server, shared_printers};
use self::shared_disks::shared_disks;
use self::telephony::telephony;
use self::usual::Usual;
use super::super::architecture_spec::ArchitectureSpec;
use super::super::spec::Named;
use super::checks::{Checks, check_name};
use super::groups::Groups;
use super::stations::Kinds;
use crate::architectures::{Contender, Preset, Printers, Service};
use crate::model::{Demand, Wants, Workload};

/// What architectures are made from.
#[derive(Clone, Copy)]
struct Ground<'a> {
    groups: &'a Groups,
    kinds: &'a Kinds,
    usual: &'a Usual,
    /// That it is to serve; `None` where one of all is wrong.
    workloads: Option<&'a [Workload]>,
}

/// All architectures; `None` when one of them is wrong, or cannot do what one of the `workloads`
/// asks for.
pub fn contenders(
    specs: Named<ArchitectureSpec>,
    groups: &Groups,
    kinds: &Kinds,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Contender>> {
    let mut contenders = Vec::new();
    let (mut is_sound, usual) = (true, Usual::of_kind());
    let ground = Ground { groups, kinds, usual: &usual, workloads };
    for (name, spec) in specs {
        let valid_name = check_name("an architecture", &name, checks);
        let contender = match spec {
            ArchitectureSpec::Mix(spec) => mixed(spec, &name, ground, checks),
            spec => preset(spec, &name, ground, checks)
                .map(|preset| Contender::alone(name.get_ref().clone(), preset)),
        };
        match (valid_name, contender) {
            (Some(_), Some(contender)) => contenders.push(contender),
            _ => is_sound = false,
        }
    }
    if is_sound && contenders.is_empty() {
        checks.problem(0..0, "the scenario has no architecture", "nothing to compare").help(
            "write [architectures.NAME.KIND]; kinds are client-server, multi-tier, bittorrent, edge-caches, chord, kademlia, broadcast, directory, flooding, random-walk, supernodes, shared-disks, server-farm, volunteers, shared-processors, telephony, group-server, group-peers, print-server, shared-printers, central, federated and mix",
        );
        return None;
    }
    is_sound.then_some(contenders)
}

/// One of them, which serves all workloads of the ground; `name`: whom to name when it does not.
fn preset(
    spec: ArchitectureSpec,
    name: &Spanned<String>,
    ground: Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let Ground { groups, kinds, usual, workloads } = ground;
    let transactions =
        workloads.into_iter().flatten().find_map(|workload| match &workload.demand {
            Demand::Drawn { wants: Wants::Transaction(transactions), .. } => Some(&**transactions),
            Demand::Drawn { .. } | Demand::Trace { .. } => None,
        });
    let kind = match &spec {
        ArchitectureSpec::Central(_) => Some("central"),
        ArchitectureSpec::Federated(_) => Some("federated"),
        _ => None,
    };
    // Without accounts there is nothing that it could be checked against.
    let stranger = workloads.filter(|_| transactions.is_none()).and_then(|all| all.first());
    if let (Some(kind), Some(workload)) = (kind, stranger) {
        refuse(name, kind, workload, BANK, checks);
        return None;
    }
    let preset = match spec {
        ArchitectureSpec::ClientServer(spec) => {
            client_server(*spec, groups, kinds, workloads, checks)
        }
        ArchitectureSpec::MultiTier(spec) => {
            multi_tier(*spec, name, groups, kinds, workloads, checks)
        }
        ArchitectureSpec::BitTorrent(spec) => {
            bittorrent(*spec, groups, workloads, checks).map(Preset::BitTorrent)
        }
        ArchitectureSpec::EdgeCaches(spec) => edge_caches(*spec, groups, kinds, workloads, checks),
        ArchitectureSpec::Chord(spec) => {
            chord(*spec, usual, groups, workloads, checks).map(Preset::Chord)
        }
        ArchitectureSpec::Kademlia(spec) => {
            kademlia(*spec, usual, groups, workloads, checks).map(Preset::Kademlia)
        }
        ArchitectureSpec::Broadcast(spec) => {
            broadcast(*spec, usual, groups, checks).map(Preset::FileSharing)
        }
        ArchitectureSpec::Flooding(spec) => {
            flooding(*spec, (usual, &name.span()), groups, checks).map(Preset::FileSharing)
        }
        ArchitectureSpec::RandomWalk(spec) => {
            random_walk(*spec, (usual, &name.span()), groups, checks).map(Preset::FileSharing)
        }
        ArchitectureSpec::Supernodes(spec) => {
            supernodes(*spec, (usual, &name.span()), groups, checks).map(Preset::FileSharing)
        }
        ArchitectureSpec::Directory(spec) => {
            directory(*spec, usual, groups, checks).map(Preset::FileSharing)
        }
        ArchitectureSpec::SharedDisks(spec) => shared_disks(*spec, groups, workloads, checks),
        ArchitectureSpec::ServerFarm(spec) => server_farm(*spec, groups, checks),
        ArchitectureSpec::Volunteers(spec) => volunteers(*spec, groups, checks),
        ArchitectureSpec::SharedProcessors(spec) => {
            shared_processors(*spec, groups, workloads, checks)
        }
        ArchitectureSpec::Telephony(spec) => telephony(*spec, groups, checks),
        ArchitectureSpec::GroupServer(spec) => group_server(*spec, groups, checks),
        ArchitectureSpec::GroupPeers(spec) => group_peers(*spec, checks),
        ArchitectureSpec::PrintServer(spec) => print_server(*spec, groups, checks)
            .map(|settings| Preset::Printers(Printers { settings })),
        ArchitectureSpec::SharedPrinters(spec) => shared_printers(*spec, groups, checks)
            .map(|settings| Preset::Printers(Printers { settings })),
        ArchitectureSpec::Central(spec) => {
            bank::central(*spec, groups, transactions, checks).map(Preset::Central)
        }
        ArchitectureSpec::Federated(spec) => {
            bank::federated(*spec, groups, transactions, checks).map(Preset::Federated)
        }
        ArchitectureSpec::Mix(_) => {
            let message = "a mix is made of architectures that are none";
            checks.problem(name.span(), message, "expected another kind here");
            None
        }
        ArchitectureSpec::SameAs(other) => {
            let message = "`same-as` names another workload of a mix";
            checks.problem(other.span, message, "expected an architecture here");
            None
        }
    };
    preset.filter(|preset| {
        let refused = workloads.into_iter().flatten().find(|w| !serves(preset, &w.demand));
        if let Some(workload) = refused {
            let missing = what_is_missing(preset, &workload.demand);
            refuse(name, preset.kind(), workload, missing, checks);
        }
        let misfit = balance::misfit(preset, workloads.unwrap_or_default());
        if let Some(message) = &misfit {
            checks
                .problem(name.span(), message, "there is nothing to hash")
                .help("hash clients: { consistent-hashing = { key = \"client\" } }");
        }
        let lacking = file_sharing::misfit(preset, workloads.unwrap_or_default())
            .or_else(|| shared_disks::misfit(preset, workloads.unwrap_or_default()))
            .or_else(|| groupware::misfit(preset, workloads.unwrap_or_default()));
        if let Some((message, label, cure)) = &lacking {
            checks.problem(name.span(), message.clone(), *label).help(*cure);
        }
        // Who names other peers than the scenario has the rest wrong as well.
        let searched = workloads.filter(|_| lacking.is_none()).unwrap_or_default();
        let unknown = telephony::strangers(preset, workloads.unwrap_or_default());
        if let Some(message) = &unknown {
            checks
                .problem(name.span(), message, "nobody knows where they are")
                .help("name them among its `users`");
        }
        let strangers = chord::strangers(preset, searched);
        if let Some(message) = &strangers {
            checks
                .problem(name.span(), message, "only peers know others to ask")
                .help("name them among its `peers`");
        }
        let is_known = strangers.is_none() && unknown.is_none();
        refused.is_none() && misfit.is_none() && lacking.is_none() && is_known
    })
}

/// What an architecture does, what is asked of it instead, and the cure.
type Missing = (&'static str, &'static str, &'static str);

/// Whatever serves one kind of demand alone.
const MIX: &str = "give each workload an architecture of its own by `mix`: [architectures.NAME.mix.WORKLOAD.KIND]";

const BANK: Missing = ("keeps the accounts of banks", "for something else", MIX);

fn refuse(
    name: &Spanned<String>,
    kind: &str,
    workload: &Workload,
    (does, asks, cure): Missing,
    checks: &mut Checks<'_>,
) {
    let message = format!("{kind} {does}, and the workload {:?} asks {asks}", workload.name);
    checks.problem(name.span(), message, "nobody would do it").help(cure);
}

fn what_is_missing(preset: &Preset, demand: &Demand) -> Missing {
    let is_for_accounts = matches!(demand, Demand::Drawn { wants: Wants::Transaction(_), .. });
    if matches!(demand, Demand::Drawn { wants: Wants::Lookup(_), .. }) {
        return (
            "is not responsible for keys",
            "who is responsible for one",
            "choose an architecture that looks keys up, such as chord or client-server",
        );
    }
    if demand.is_of_items() && !preset.offers(Service::Accounts) {
        return (
            "keeps nothing for others",
            "to store items or to have them back",
            "choose an architecture with disks, such as shared-disks or client-server",
        );
    }
    let is_job = matches!(demand, Demand::Drawn { wants: Wants::Job(_), .. });
    if is_job && !preset.offers(Service::Accounts) {
        return (
            "has no processors for others",
            "to have jobs done",
            "choose an architecture that does jobs, such as server-farm, volunteers or shared-processors",
        );
    }
    if preset.offers(Service::Jobs) && !preset.offers(Service::Requests) {
        return ("does jobs, and nothing else", "for something else", MIX);
    }
    if matches!(demand, Demand::Drawn { wants: Wants::Call(_), .. })
        && !preset.offers(Service::Accounts)
    {
        return ("puts no calls through", "to call somebody", "choose `telephony`");
    }
    if matches!(demand, Demand::Drawn { wants: Wants::Update(_), .. })
        && !preset.offers(Service::Accounts)
    {
        return (
            "brings no updates to groups",
            "to have all of a group see a change",
            "choose `group-server` or `group-peers`",
        );
    }
    if preset.offers(Service::Updates) {
        return ("brings updates to groups, and does nothing else", "for something else", MIX);
    }
    if matches!(demand, Demand::Drawn { wants: Wants::Print(_), .. })
        && !preset.offers(Service::Accounts)
    {
        let cure = "choose `print-server` or `shared-printers`, by itself, in the table of client-server or shared-disks, or in a `mix`";
        return ("prints nothing", "to print", cure);
    }
    if let Preset::Printers(_) = preset {
        return ("prints, and does nothing else", "for something else", MIX);
    }
    if let Preset::Telephony(_) = preset {
        return ("puts calls through, and does nothing else", "for something else", MIX);
    }
    if let Preset::SharedDisks(_) = preset {
        return ("keeps items, and does nothing else", "for something else", MIX);
    }
    if matches!(preset, Preset::Chord(_) | Preset::Kademlia(_)) {
        return ("finds who is responsible for a key, or has an object", "for something else", MIX);
    }
    match (preset.offers(Service::Accounts), is_for_accounts) {
        (true, _) => BANK,
        (false, true) => (
            "keeps no accounts",
            "for transactions",
            "choose `central` or `federated`, and for other workloads a `mix`",
        ),
        (false, false) if preset.offers(Service::Requests) => (
            "does work",
            "for objects",
            "choose an architecture with servers, such as client-server",
        ),
        (false, false) => (
            "brings objects",
            "for work",
            "choose an architecture with servers, such as client-server or multi-tier",
        ),
    }
}

/// Whether somebody would answer what is asked.
fn serves(preset: &Preset, demand: &Demand) -> bool {
    match demand {
        Demand::Drawn { wants: Wants::Transaction(_), .. } => preset.offers(Service::Accounts),
        Demand::Drawn { wants: Wants::Request(_), .. } => preset.offers(Service::Requests),
        Demand::Drawn { wants: Wants::Job(_), .. } => preset.offers(Service::Jobs),
        Demand::Drawn { wants: Wants::Download(_), .. } => preset.offers(Service::Objects),
        Demand::Drawn { wants: Wants::Lookup(_), .. } => preset.offers(Service::Keys),
        Demand::Drawn { wants: Wants::Store(_) | Wants::Retrieve(_), .. } => {
            preset.offers(Service::Items)
        }
        Demand::Drawn { wants: Wants::Call(_), .. } => preset.offers(Service::Calls),
        Demand::Drawn { wants: Wants::Update(_), .. } => preset.offers(Service::Updates),
        Demand::Drawn { wants: Wants::Print(_), .. } => preset.offers(Service::Prints),
        Demand::Drawn { wants: Wants::Transfer { .. }, .. } => !preset.offers(Service::Accounts),
        Demand::Trace { sizes, .. } if sizes.is_empty() => !preset.offers(Service::Accounts),
        Demand::Trace { .. } => preset.offers(Service::Objects),
    }
}
