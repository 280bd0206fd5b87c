//! The architectures to compare.

mod bittorrent;
mod client_server;

use self::bittorrent::bittorrent;
use self::client_server::client_server;
use super::super::architecture_spec::ArchitectureSpec;
use super::super::spec::Named;
use super::checks::{Checks, check_name};
use super::groups::Groups;
use crate::architectures::Contender;

/// All architectures; `None` when one of them is wrong.
pub fn contenders(
    specs: Named<ArchitectureSpec>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<Contender>> {
    let mut contenders = Vec::new();
    let mut is_sound = true;
    for (name, spec) in specs {
        let valid_name = check_name("an architecture", &name, checks);
        let preset = match spec {
            ArchitectureSpec::ClientServer(spec) => client_server(*spec, groups, checks),
            ArchitectureSpec::BitTorrent(spec) => bittorrent(*spec, groups, checks),
        };
        match (valid_name, preset) {
            (Some(name), Some(preset)) => contenders.push(Contender { name, preset }),
            _ => is_sound = false,
        }
    }
    if is_sound && contenders.is_empty() {
        checks
            .problem(0..0, "the scenario has no architecture", "nothing to compare")
            .help("write [architectures.NAME.client-server] or [architectures.NAME.bittorrent]");
        return None;
    }
    is_sound.then_some(contenders)
}
