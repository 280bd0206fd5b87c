//! The architectures to compare.

mod balance;
mod bittorrent;
mod client_server;
mod edge_caches;
mod middleware;
mod multi_tier;

use self::bittorrent::bittorrent;
use self::client_server::client_server;
use self::edge_caches::edge_caches;
use self::multi_tier::multi_tier;
use super::super::architecture_spec::ArchitectureSpec;
use super::super::spec::Named;
use super::checks::{Checks, check_name};
use super::groups::Groups;
use super::stations::Kinds;
use crate::architectures::{Contender, Preset};
use crate::model::{Demand, Wants, Workload};

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
    let mut is_sound = true;
    for (name, spec) in specs {
        let valid_name = check_name("an architecture", &name, checks);
        let preset = match spec {
            ArchitectureSpec::ClientServer(spec) => client_server(*spec, groups, kinds, checks),
            ArchitectureSpec::MultiTier(spec) => multi_tier(*spec, &name, groups, kinds, checks),
            ArchitectureSpec::BitTorrent(spec) => bittorrent(*spec, groups, checks),
            ArchitectureSpec::EdgeCaches(spec) => edge_caches(*spec, groups, kinds, checks),
        };
        let preset = preset.filter(|preset| {
            let refused = workloads.into_iter().flatten().find(|w| !serves(preset, &w.demand));
            if let Some(workload) = refused {
                let (does, asked, kind) = match preset.answers_requests() {
                    true => ("does work", "objects", "client-server"),
                    false => ("brings objects", "work", "client-server or multi-tier"),
                };
                let message = format!(
                    "{} {does}, and the workload {:?} asks for {asked}",
                    preset.kind(),
                    workload.name
                );
                checks
                    .problem(name.span(), message, "nobody would do it")
                    .help(format!("choose an architecture with servers, such as {kind}"));
            }
            let unpacked = middleware::misfit(preset, workloads.unwrap_or_default());
            if let Some(workload) = &unpacked {
                let message = format!(
                    "middleware is of requests for work, and the workload {workload:?} asks for objects"
                );
                checks
                    .problem(name.span(), message, "it would do nothing there")
                    .help("leave `middleware` out, or make the workload a `request`");
            }
            let misfit = balance::misfit(preset, workloads.unwrap_or_default());
            if let Some(message) = &misfit {
                checks
                    .problem(name.span(), message, "there is nothing to hash")
                    .help("hash clients: { consistent-hashing = { key = \"client\" } }");
            }
            refused.is_none() && misfit.is_none() && unpacked.is_none()
        });
        match (valid_name, preset) {
            (Some(name), Some(preset)) => contenders.push(Contender { name, preset }),
            _ => is_sound = false,
        }
    }
    if is_sound && contenders.is_empty() {
        checks.problem(0..0, "the scenario has no architecture", "nothing to compare").help(
            "write [architectures.NAME.KIND]; kinds are client-server, bittorrent and edge-caches",
        );
        return None;
    }
    is_sound.then_some(contenders)
}

/// Whether somebody would answer what is asked.
fn serves(preset: &Preset, demand: &Demand) -> bool {
    match demand {
        Demand::Drawn { wants: Wants::Request(_), .. } => preset.answers_requests(),
        Demand::Drawn { wants: Wants::Download(_), .. } => preset.brings_objects(),
        Demand::Drawn { wants: Wants::Transfer { .. }, .. } => true,
        Demand::Trace { sizes, .. } => sizes.is_empty() || preset.brings_objects(),
    }
}
