//! Faults that take capacity from links over which nothing has any size.

use crate::architectures::{Onward, Platform, Preset, Single};
use crate::model::{Demand, Fault, FaultKind, Model, Wants};
use crate::random::Distribution;
use crate::units::Bytes;

/// A warning for each slow link whose capacity matters to nobody.
pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let slows = |fault: &&Fault| match &fault.kind {
        FaultKind::Links { condition, .. } => !condition.is_cut && condition.capacity < 1.0,
        _ => false,
    };
    let mut slow = model.faults.iter().filter(slows).peekable();
    if slow.peek().is_none() || !are_all_small(model, contenders) {
        return Vec::new();
    }
    let warnings = slow.map(|Fault { table, label, .. }| {
        format!(
            "fault {table} ({label}): less `capacity` changes nothing, for all messages here are small ones, which take latency only; give them a size by `question` or `answer` (`input` or `output` of jobs), or the fault a `delay`"
        )
    });
    let mut warnings: Vec<String> = warnings.collect();
    // A table of many outages is many faults.
    warnings.dedup();
    warnings
}

fn are_all_small(model: &Model, contenders: &[Single<'_>]) -> bool {
    model.served().all(|workload| is_small(&workload.demand))
        && contenders.iter().all(|contender| adds_nothing(contender.preset))
}

fn is_small(demand: &Demand) -> bool {
    let errands = match demand {
        Demand::Drawn { wants: Wants::Request(errands), .. } => errands,
        Demand::Drawn { wants: Wants::Job(errands), .. } => errands,
        Demand::Drawn { wants: Wants::Transaction(transactions), .. } => &transactions.errands,
        Demand::Drawn { wants: Wants::Lookup(_), .. } => return true,
        Demand::Drawn {
            wants:
                Wants::Download(_)
                | Wants::Transfer { .. }
                | Wants::Store(_)
                | Wants::Retrieve(_)
                | Wants::Call(_)
                | Wants::Update(_)
                | Wants::Print(_),
            ..
        }
        | Demand::Trace { .. } => return false,
    };
    // What a trace says of sizes is not looked at.
    errands.recorded.is_empty() && is_nothing(&errands.question) && is_nothing(&errands.answer)
}

fn is_nothing(size: &Distribution) -> bool {
    size.maximum() <= 0.0
}

/// Whether an architecture gives no size to what has none.
fn adds_nothing(preset: &Preset) -> bool {
    let is_bare = |platform: &Platform| platform.overhead == Bytes::ZERO;
    match preset {
        Preset::ClientServer(preset) => preset.middleware.iter().all(is_bare),
        Preset::MultiTier(preset) => {
            let is_small =
                |onward: &Onward| is_nothing(&onward.question) && is_nothing(&onward.answer);
            preset.middleware.iter().all(is_bare)
                && preset.tiers.iter().all(|tier| is_small(&tier.onward))
        }
        Preset::Central(preset) | Preset::Federated(preset) => {
            preset.middleware.iter().all(is_bare)
        }
        Preset::EdgeCaches(preset) => preset.middleware.iter().all(is_bare),
        Preset::BitTorrent(_)
        | Preset::Chord(_)
        | Preset::Kademlia(_)
        | Preset::FileSharing(_)
        | Preset::SharedDisks(_)
        | Preset::ServerFarm(_)
        | Preset::Volunteers(_)
        | Preset::SharedProcessors(_)
        | Preset::Telephony(_)
        | Preset::GroupServer(_)
        | Preset::GroupPeers(_)
        | Preset::Printers(_) => true,
    }
}
