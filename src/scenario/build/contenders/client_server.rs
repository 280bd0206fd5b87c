//! `client-server`.

use super::super::super::architecture_spec::ClientServerSpec;
use super::super::checks::Checks;
use super::super::faults::listed_nodes;
use super::super::groups::Groups;
use super::super::stations::Kinds;
use super::askers::Askers;
use super::balance::balance;
use super::health::health_checks;
use super::middleware::middleware;
use super::printers::beside;
use crate::architectures::{ClientServer, Preset};
use crate::model::{StationId, Workload};

pub fn client_server(
    spec: ClientServerSpec,
    groups: &Groups,
    kinds: &Kinds,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let servers = listed_nodes(spec.servers, groups, checks);
    let balance = balance(spec.balance, servers.as_deref(), groups, checks);
    let health_checks = health_checks(spec.health_checks, groups, checks);
    let service = checks.optional(spec.service);
    let station = match spec.station {
        Some(station) => kinds.named(station, checks),
        None => Some(StationId::CPU),
    };
    let askers = Askers::of(workloads, groups);
    let middleware = middleware(spec.middleware, &askers, groups, checks);
    let copies = checks.optional(spec.copies);
    let shared = spec.shared_printers.map(|spec| (spec.span(), spec.into_inner()));
    let printing = beside(spec.print_server, shared, groups, checks);
    let servers = servers?;
    let copies = match copies? {
        Some((place, count)) if !(1..=servers.len().max(1) as u64).contains(&count.0) => {
            let message = format!("{} copies of an item on {} servers", count.0, servers.len());
            checks.problem(place, message, format!("expected 1 to {}", servers.len().max(1)));
            return None;
        }
        copies => copies.map_or(1, |(_, count)| count.0 as u32),
    };
    Some(Preset::ClientServer(ClientServer {
        servers,
        balance: balance?,
        service: service?.and_then(|(_, service)| service.distribution.unless_nothing()),
        station: station?,
        health_checks: health_checks?,
        middleware: middleware?,
        copies,
        printing: printing?,
    }))
}
