//! Middleware of an architecture.

use super::super::super::middleware_spec::{MiddlewareSpec, PlatformSpec, SetUpSpec};
use super::super::super::tree::Field;
use super::super::super::values::Names;
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use super::askers::Askers;
use crate::architectures::{Marshalling, Platform, SetUp};
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

const MOST_ROUND_TRIPS: u64 = 100;
const MOST_EXPANSION: f64 = 1e6;

/// The platforms of `askers`, none when nothing is written; `None` when one of them is wrong.
pub fn middleware(
    spec: Option<MiddlewareSpec>,
    askers: &Askers,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<Platform>> {
    let mut platforms: Vec<Platform> = Vec::new();
    let mut is_sound = true;
    for spec in spec.into_iter().flat_map(|spec| spec.platforms) {
        let place = spec.clients.span.clone();
        let Some(new) = platform(spec, askers, groups, checks) else {
            is_sound = false;
            continue;
        };
        // Both in ascending order.
        let is_taken = |node: &&NodeId| {
            platforms.iter().any(|platform| platform.clients.binary_search(node).is_ok())
        };
        if let Some(&node) = new.clients.iter().find(is_taken) {
            let group = &groups.group_of(node).name;
            let message = format!("{group:?} is of two platforms");
            checks.problem(place.clone(), message, "which of the two?");
            is_sound = false;
        }
        if platforms.iter().any(|platform| platform.name == new.name) {
            let message = format!("a second platform is called {:?}", new.name);
            checks.problem(place, message, "give one of them another `name`");
            is_sound = false;
        }
        platforms.push(new);
    }
    is_sound.then_some(platforms)
}

fn platform(
    spec: PlatformSpec,
    askers: &Askers,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Platform> {
    let do_ask = all_ask(&spec.clients, askers, groups, checks);
    let clients = groups_or_nodes(spec.clients, groups, checks);
    let name = checks.optional(spec.name);
    let mut work = |field| checks.or(field, Duration::ZERO);
    let client = (work(spec.marshal), work(spec.marshal_per_kb));
    let server = (work(spec.server_marshal), work(spec.server_marshal_per_kb));
    let translation = work(spec.translation);
    let overhead = checks.or(spec.overhead, Bytes::ZERO);
    let expansion = match checks.optional(spec.expansion) {
        Some(Some((span, factor))) if !(factor.0 > 0.0 && factor.0 <= MOST_EXPANSION) => {
            let message = format!("messages of {} times their bytes", factor.0);
            checks.problem(span, message, "expected 1 for as they are, less when compressed");
            None
        }
        factor => factor.map(|factor| factor.map_or(1.0, |(_, factor)| factor.0)),
    };
    let keep_alive = checks.optional(spec.keep_alive);
    let set_up = match spec.set_up {
        Some(spec) => set_up(spec, checks).map(Some),
        None => Some(None),
    };
    let (set_up, keep_alive, clients) = (set_up?, keep_alive?, clients?);
    if let (None, Some((span, _))) = (&set_up, &keep_alive) {
        let message = "connections are kept, but opening one takes nothing";
        checks.problem(span.clone(), message, "of no use").help("add `set_up`");
        return None;
    }
    do_ask?;
    let first = clients.first().map(|&node| groups.group_of(node).name.clone());
    Some(Platform {
        name: name?.map(|(_, name)| name.0).or(first)?,
        clients,
        client: Marshalling { fixed: client.0?, per_kb: client.1? },
        server: Marshalling { fixed: server.0?, per_kb: server.1? },
        translation: translation?,
        overhead: overhead?,
        expansion: expansion?,
        set_up,
        keep_alive: keep_alive.map_or(Duration::ZERO, |(_, span)| span),
    })
}

/// Whether each of the named groups asks somebody; else there is a problem.
fn all_ask(
    clients: &Field<Names>,
    askers: &Askers,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<()> {
    let Ok(Names(names)) = &clients.value else { return Some(()) };
    let mut is_sound = true;
    for (name, span) in names {
        if !askers.may_have(name, groups) {
            checks
                .problem(
                    span.clone(),
                    format!("nodes of {name:?} ask nobody"),
                    "their middleware would do nothing",
                )
                .help(
                    "name the group that a workload is `from`, or servers that ask others: those of a tier with another one behind it, or of banks",
                );
            is_sound = false;
        }
    }
    is_sound.then_some(())
}

fn set_up(spec: SetUpSpec, checks: &mut Checks<'_>) -> Option<SetUp> {
    let round_trips = checks.required(spec.round_trips);
    let client_work = checks.or(spec.client_work, Duration::ZERO);
    let server_work = checks.or(spec.server_work, Duration::ZERO);
    let (span, count) = round_trips?;
    if !(1..=MOST_ROUND_TRIPS).contains(&count.0) {
        let message = format!("a set-up of {} round trips", count.0);
        checks.problem(span, message, format!("expected 1 to {MOST_ROUND_TRIPS}"));
        return None;
    }
    let round_trips = count.0 as u32;
    Some(SetUp { round_trips, client_work: client_work?, server_work: server_work? })
}
