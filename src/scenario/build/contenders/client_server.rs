//! `client-server`.

use super::super::super::architecture_spec::ClientServerSpec;
use super::super::super::values::Word;
use super::super::checks::{Checks, nodes_of};
use super::super::groups::Groups;
use crate::architectures::{Balance, ClientServer, Preset};

pub fn client_server(
    spec: ClientServerSpec,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let servers = nodes_of(spec.servers, groups, checks);
    let balance = checks.or(spec.balance, Word(Balance::default()));
    let service = checks.optional(spec.service);
    Some(Preset::ClientServer(ClientServer {
        servers: servers?,
        balance: balance?.0,
        service: service?.map(|(_, service)| service.distribution),
    }))
}
