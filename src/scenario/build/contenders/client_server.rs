//! `client-server`.

use super::super::super::architecture_spec::ClientServerSpec;
use super::super::super::values::Word;
use super::super::checks::{Checks, nodes_of};
use super::super::groups::Groups;
use super::super::stations::Kinds;
use crate::architectures::{Balance, ClientServer, Preset};
use crate::model::StationId;

pub fn client_server(
    spec: ClientServerSpec,
    groups: &Groups,
    kinds: &Kinds,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let servers = nodes_of(spec.servers, groups, checks);
    let balance = checks.or(spec.balance, Word(Balance::default()));
    let service = checks.optional(spec.service);
    let station = match spec.station {
        Some(station) => kinds.named(station, checks),
        None => Some(StationId::CPU),
    };
    Some(Preset::ClientServer(ClientServer {
        servers: servers?,
        balance: balance?.0,
        service: service?.map(|(_, service)| service.distribution),
        station: station?,
    }))
}
