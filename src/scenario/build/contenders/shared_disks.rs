//! `shared-disks`.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::super::storage_spec::{
    AllOrCount, ErasureSpec, RedundancySpec, RepairSpec, SharedDisksSpec,
};
use super::super::super::structure::is_nowhere;
use super::super::super::tree::Field;
use super::super::super::values::{Count, Names, Word};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use super::printers::beside;
use crate::architectures::{
    Balance, Placement, Preference, Preset, Redundancy, Repair, SharedDisks, StorageSettings,
};
use crate::model::{Demand, Wants, Workload};
use crate::network::NodeId;
use crate::units::Duration;

/// More pieces of an item than any code in use makes.
const MOST_PIECES: u64 = 1000;
const LEAST_INTERVAL: Duration = Duration::from_nanos(1_000_000);
const USUAL_INTERVAL: Duration = Duration::from_whole_secs(300);

pub fn shared_disks(
    spec: SharedDisksSpec,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let peers = groups_or_nodes(spec.peers, groups, checks);
    let directory = match spec.directory {
        Some(directory) => self::directory(directory, peers.as_deref(), groups, checks).map(Some),
        None => Some(None),
    };
    let redundancy = redundancy(spec.redundancy, checks);
    let acknowledge = checks.optional(spec.acknowledge);
    let space = checks.optional(spec.space);
    let shared = spec.shared_printers.map(|spec| (spec.span(), spec.into_inner()));
    let printing = beside(spec.print_server, shared, groups, checks);
    let preference = checks.or(spec.prefer, Word(Preference::Random));
    let repair = match spec.repair {
        Some(repair) => self::repair(repair, checks).map(Some),
        None => Some(None),
    };
    let (peers, (pieces_place, redundancy)) = (peers?, redundancy?);
    let has_owners = owners_are_among(&peers, workloads.unwrap_or_default());
    let room = peers.len() - usize::from(has_owners && !peers.is_empty());
    if redundancy.pieces as usize > room {
        let message = format!("{} pieces of an item on {} peers", redundancy.pieces, peers.len());
        let label = match has_owners {
            true => format!("{room} can have one: nobody keeps items of his own"),
            false => format!("expected {room} or fewer"),
        };
        checks.problem(pieces_place, message, label);
        return None;
    }
    let acknowledge = match acknowledge? {
        Some((place, AllOrCount::Count(count)))
            if !(u64::from(redundancy.needed)..=u64::from(redundancy.pieces)).contains(&count) =>
        {
            let message = format!("an item that is stored with {count} pieces");
            let Redundancy { needed, pieces } = redundancy;
            let label = match needed {
                1 => format!("expected 1 to {pieces}"),
                _ => format!("expected {needed}, which make it whole, to {pieces}"),
            };
            checks.problem(place, message, label);
            return None;
        }
        Some((_, AllOrCount::Count(count))) => count as u32,
        Some((_, AllOrCount::All)) | None => redundancy.pieces,
    };
    let space = match space? {
        Some((place, space)) if space.distribution.maximum() < 1.0 => {
            checks
                .problem(place, "disks without room", "expected at least 1 B")
                .help("leave those out of `peers` that offer nothing");
            return None;
        }
        space => space.map(|(_, space)| space.distribution),
    };
    let placement = match directory? {
        Some(directory) => Placement::Directory(directory),
        None => Placement::Ordered,
    };
    Some(Preset::SharedDisks(SharedDisks {
        settings: StorageSettings {
            hosts: peers,
            placement,
            redundancy,
            acknowledge,
            space,
            preference: preference?.0,
            repair: repair?,
        },
        printing: printing?,
    }))
}

fn directory(
    field: Field<Names>,
    peers: Option<&[NodeId]>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<NodeId> {
    let place = field.span.clone();
    let nodes = groups_or_nodes(field, groups, checks)?;
    let [directory] = nodes[..] else {
        let message = format!("{} nodes that keep the directory", nodes.len());
        checks.problem(place, message, "expected one node, or a group of one");
        return None;
    };
    if peers?.binary_search(&directory).is_ok() {
        checks.problem(place, "the directory is one of the peers", "expected another node");
        return None;
    }
    Some(directory)
}

/// With the place where it says how many pieces there are.
fn redundancy(
    spec: Spanned<RedundancySpec>,
    checks: &mut Checks<'_>,
) -> Option<(Range<usize>, Redundancy)> {
    let (place, spec) = (spec.span(), spec.into_inner());
    if is_nowhere(&place) {
        return None;
    }
    const FORMS: &str = "write { copies = 3 }, or { erasure = { needed = 4, pieces = 8 } }: any 4 of 8 make it whole";
    match (spec.copies, spec.erasure) {
        (Some(copies), None) => {
            let (place, copies) = within(copies, "copies of an item", checks)?;
            Some((place, Redundancy::copies(copies)))
        }
        (None, Some(ErasureSpec { needed, pieces })) => {
            let needed = within(needed, "pieces that make an item whole", checks);
            let pieces = within(pieces, "pieces of an item", checks);
            let ((needed_place, needed), (place, pieces)) = (needed?, pieces?);
            if needed > pieces {
                let message = format!("{needed} pieces are needed, and there are {pieces}");
                checks
                    .problem(needed_place, message, format!("expected 1 to {pieces}"))
                    .help("`pieces` counts all of them, those that are needed as well");
                return None;
            }
            Some((place, Redundancy { needed, pieces }))
        }
        (Some(copies), Some(_)) => {
            checks.problem(copies.span, "copies and an erasure code", "either or").help(FORMS);
            None
        }
        (None, None) => {
            checks
                .problem(
                    place,
                    "`redundancy` says neither `copies` nor `erasure`",
                    "how many pieces?",
                )
                .help(FORMS);
            None
        }
    }
}

fn within(field: Field<Count>, what: &str, checks: &mut Checks<'_>) -> Option<(Range<usize>, u32)> {
    let (place, count) = checks.required(field)?;
    if !(1..=MOST_PIECES).contains(&count.0) {
        let message = format!("{} {what}", count.0);
        checks.problem(place, message, format!("expected 1 to {MOST_PIECES}"));
        return None;
    }
    Some((place, count.0 as u32))
}

fn repair(spec: RepairSpec, checks: &mut Checks<'_>) -> Option<Repair> {
    let after = checks.required(spec.after);
    let every = match checks.optional(spec.every)? {
        Some((place, every)) if every < LEAST_INTERVAL => {
            checks.problem(place, format!("a look every {every}"), "expected \"1 ms\" or more");
            return None;
        }
        every => every.map_or(USUAL_INTERVAL, |(_, every)| every),
    };
    Some(Repair { after: after?.1, every })
}

/// Whether some of those that store something are peers.
fn owners_are_among(peers: &[NodeId], workloads: &[Workload]) -> bool {
    workloads.iter().any(|workload| match &workload.demand {
        Demand::Drawn { askers, wants: Wants::Store(_), .. } => {
            askers.iter().any(|node| peers.binary_search(node).is_ok())
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => false,
    })
}

/// Says of servers that they cannot keep items, although they do everything else.
pub fn misfit(
    preset: &Preset,
    workloads: &[Workload],
) -> Option<(String, &'static str, &'static str)> {
    let Preset::ClientServer(preset) = preset else { return None };
    let Balance::PrimaryBackup { .. } = preset.balance else { return None };
    let workload = workloads.iter().find(|workload| workload.demand.is_of_items())?;
    Some((
        format!("a primary and its backups, and items of the workload {:?}", workload.name),
        "a backup has nothing of what is stored at the primary",
        "choose another balance, and `copies` for items on several servers",
    ))
}
