//! What clients are to do, and some architecture has no use for: warnings.

use super::hasty::slowest_check;
use crate::architectures::{Balance, Preset, PrintSettings, Single};
use crate::model::{Demand, Model, Wants, Workload};
use crate::units::Duration;

/// A warning for what is written and does nothing under any contender.
pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for contender in contenders.iter().filter(|_| model.is_without_faults()) {
        let Preset::ClientServer(preset) = contender.preset else { continue };
        let has_backups = matches!(preset.balance, Balance::PrimaryBackup { .. });
        // What cannot be reached, or is further away than is waited for, is taken for gone.
        let is_missed = is_in_parts(model)
            || preset
                .health_checks
                .is_some_and(|terms| slowest_check(model, &preset.servers, terms).is_some());
        if is_missed {
            continue;
        }
        let idle = [
            (has_backups, "the backups of the primary have"),
            (preset.health_checks.is_some(), "health checks have"),
        ];
        for (_, what) in idle.into_iter().filter(|(is_so, _)| *is_so) {
            warnings.push(format!("{:?}: {what} nothing to do, for nothing fails", contender.name));
        }
    }
    if !can_fail(model, contenders) {
        for workload in model.served() {
            let policy = &workload.policy;
            let is_safe = policy.timeout == Duration::FOREVER && !workload.is_of_transactions();
            let idle = [
                (policy.attempts > 1, "retry"),
                (policy.breaker.is_some(), "circuit_breaker"),
                (policy.resume, "resume"),
            ];
            for (_, key) in idle.into_iter().filter(|(is_written, _)| *is_written && is_safe) {
                warnings.push(format!(
                    "workload {:?}: `{key}` does nothing, for nothing fails without a `timeout`, faults or finite queues",
                    workload.name
                ));
            }
        }
    }
    warnings
}

/// A warning for each workload and contender where something that is written does nothing.
pub fn of_each(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for workload in model.served().filter(|workload| asks_somebody(workload)) {
        let policy = &workload.policy;
        for contender in contenders {
            let mut warn = |key: &str, why: &str| {
                warnings.push(format!(
                    "workload {:?}: `{key}` does nothing under {:?}: {why}",
                    workload.name, contender.name
                ));
            };
            match contender.preset {
                Preset::ClientServer(preset) => {
                    let is_one = preset.servers.len() == 1
                        || matches!(preset.balance, Balance::PrimaryBackup { .. });
                    if policy.hedge_after.is_some() && is_one {
                        warn("hedge", "there is never a second server to ask");
                    }
                }
                Preset::MultiTier(preset) => {
                    if policy.hedge_after.is_some() && preset.first_servers().len() == 1 {
                        warn("hedge", "its first tier has only one server");
                    }
                }
                Preset::EdgeCaches(_) => {
                    if policy.hedge_after.is_some() && is_download(workload) {
                        warn("hedge", "a client asks one cache at a time");
                    }
                }
                // What is stored is kept by as many as there are.
                Preset::SharedDisks(_) => {}
                // Jobs ask for nothing of that.
                Preset::ServerFarm(_) | Preset::Volunteers(_) | Preset::SharedProcessors(_) => {}
                // A caller has no choice.
                Preset::Telephony(_) => {}
                // Nor has who changes something.
                Preset::GroupServer(_) | Preset::GroupPeers(_) => {}
                // Where there is a choice, it is another one of itself.
                Preset::Printers(_) => {}
                Preset::Chord(_) | Preset::Kademlia(_) | Preset::FileSharing(_) => {
                    if policy.breaker.is_some() {
                        warn("circuit_breaker", "a peer asks those that were found");
                    }
                    if !policy.failover {
                        warn("failover", "a peer asks those that were found");
                    }
                }
                // Transactions, which are for the bank of their account.
                Preset::Central(_) | Preset::Federated(_) => {}
                Preset::BitTorrent(_) => {
                    if policy.hedge_after.is_some() {
                        warn("hedge", "a peer asks many others anyway (`end_game`)");
                    }
                    if policy.breaker.is_some() {
                        warn("circuit_breaker", "a peer leaves those alone that send nothing");
                    }
                    if !policy.failover {
                        warn("failover", "a peer asks many others anyway");
                    }
                }
            }
        }
    }
    warnings
}

/// Whether an attempt can fail before its client loses patience, while there is a way to the server.
fn can_fail(model: &Model, contenders: &[Single<'_>]) -> bool {
    let is_finite = |preset: &Preset| match preset {
        Preset::MultiTier(preset) => {
            let threads = preset.tiers.iter().filter_map(|tier| tier.threads);
            threads.into_iter().any(|threads| threads.backlog.is_some())
        }
        Preset::ClientServer(_)
        | Preset::EdgeCaches(_)
        | Preset::BitTorrent(_)
        | Preset::Central(_)
        | Preset::Federated(_) => false,
        // Those who keep pointers do not hear of what was dropped.
        Preset::Chord(_) | Preset::Kademlia(_) => model.has_rooms(),
        // Not all that there is is found.
        Preset::FileSharing(_) => true,
        // They may be full.
        Preset::SharedDisks(preset) => preset.settings.space.is_some(),
        // What is lost is done anew.
        Preset::ServerFarm(_) | Preset::Volunteers(_) | Preset::SharedProcessors(_) => false,
        // They may be busy.
        Preset::Telephony(_) => true,
        // What cannot be sent is sent later.
        Preset::GroupServer(_) | Preset::GroupPeers(_) => false,
        // See below.
        Preset::Printers(_) => false,
    };
    // A spool may be full.
    let may_refuse = |settings: &PrintSettings| {
        let mut printers = settings.printers.iter();
        printers.any(|&node| model.printer_of(node).is_some_and(|p| p.spool.is_some()))
    };
    let mut stations = model.groups.iter().flat_map(|group| &group.stations);
    !model.is_without_faults()
        || is_in_parts(model)
        || stations.any(|station| station.queue.is_some())
        || contenders.iter().any(|contender| is_finite(contender.preset))
        || contenders.iter().any(|contender| contender.preset.printing().is_some_and(may_refuse))
}

/// Whether some nodes cannot reach others.
fn is_in_parts(model: &Model) -> bool {
    let parts = model.topology.round_trip_parts();
    parts.iter().any(|part| *part != parts[0])
}

fn is_download(workload: &Workload) -> bool {
    match &workload.demand {
        Demand::Drawn {
            wants:
                Wants::Request(_)
                | Wants::Job(_)
                | Wants::Lookup(_)
                | Wants::Store(_)
                | Wants::Retrieve(_)
                | Wants::Call(_)
                | Wants::Update(_)
                | Wants::Print(_),
            ..
        } => false,
        Demand::Drawn { .. } | Demand::Trace { .. } => true,
    }
}

/// Whether the architecture says who is asked.
fn asks_somebody(workload: &Workload) -> bool {
    match &workload.demand {
        Demand::Drawn { wants: Wants::Download(_) | Wants::Request(_) | Wants::Job(_), .. } => true,
        Demand::Drawn {
            wants:
                Wants::Transfer { .. }
                | Wants::Transaction(_)
                | Wants::Lookup(_)
                | Wants::Store(_)
                | Wants::Retrieve(_)
                | Wants::Call(_)
                | Wants::Update(_)
                | Wants::Print(_),
            ..
        } => false,
        Demand::Trace { sizes, .. } => !sizes.is_empty(),
    }
}
