//! Homes, offices and schools: groups behind routers, the others on the internet.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_spanned::Spanned;

use super::super::build::{Checks, check_name, unknown_name};
use super::super::network_spec::{IspSpec, LanSpec, RoomSpec, RouterSpec, WifiSpec};
use super::super::spec::Named;
use super::super::tree::Field;
use super::super::values::{Count, Names};
use super::generated::MOST_SITES;
use super::{GroupNames, Terrain};
use crate::network::lans::{Access, Isps, LanSites, Lans, Rooms, lans, site_names};
use crate::network::{Link, Quality, Queue};
use crate::units::{Duration, Rate};

/// Between a device and its access point, one way, while the air is free.
const WIFI_LATENCY: Duration = Duration::from_nanos(2_000_000);

/// Where the nodes of a group are: a kind of LAN, and a kind of room in it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Spot {
    router: usize,
    room: Option<usize>,
}

/// What has been read of all LANs.
struct Reading<'g> {
    groups: &'g GroupNames,
    inside: HashMap<String, Spot>,
    on_wifi: HashSet<String>,
    /// Of all sites, each with where its name is written.
    names: Vec<(Range<usize>, String, usize)>,
    /// Sites that there are.
    total: u64,
    is_sound: bool,
}

/// `[network.lan]`.
pub fn terrain(
    lan: Spanned<LanSpec>,
    groups: &GroupNames,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let table = lan.span();
    let lan = lan.into_inner();
    if lan.routers.is_empty() {
        checks
            .problem(table, "[network.lan] has no router", "needs `routers`")
            .help("write [network.lan.routers.home] with inside, up and down");
        return None;
    }
    let mut reading = Reading::new(groups);
    let names: Vec<String> = lan.routers.keys().map(|name| name.get_ref().clone()).collect();
    let (isps, isp_of) = reading.isps(lan.isps.unwrap_or_default(), &names, checks);
    let mut kinds = Vec::new();
    for (index, (name, router)) in lan.routers.into_iter().enumerate() {
        let kind = reading.router(&name, router, index, checks);
        kinds.push(kind.map(|kind| Lans { isp: isp_of.get(name.get_ref()).copied(), ..kind }));
    }
    reading.terrain(kinds, &isps, checks)
}

/// `[network.home]` and its like.
pub fn premises(
    name: &str,
    router: RouterSpec,
    groups: &GroupNames,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let mut reading = Reading::new(groups);
    let name = Spanned::new(router.up.span.clone(), name.to_owned());
    let kind = reading.router(&name, router, 0, checks);
    reading.terrain(vec![kind], &[], checks)
}

impl Reading<'_> {
    fn new(groups: &GroupNames) -> Reading<'_> {
        Reading {
            groups,
            inside: HashMap::new(),
            on_wifi: HashSet::new(),
            names: Vec::new(),
            total: 0,
            is_sound: true,
        }
    }

    fn terrain(
        mut self,
        kinds: Vec<Option<Lans>>,
        isps: &[Isps],
        checks: &mut Checks<'_>,
    ) -> Option<Terrain> {
        let kinds: Option<Vec<Lans>> = kinds.into_iter().collect();
        let kinds = kinds.filter(|_| self.is_sound)?;
        // "home-1" can be the first of several and the name of another.
        let mut taken = HashSet::from(["internet".to_owned()]);
        for (place, name, count) in std::mem::take(&mut self.names) {
            for site in site_names(&name, count) {
                if taken.contains(&site) && self.is_sound {
                    checks
                        .problem(
                            place.clone(),
                            format!("two sites are called {site:?}"),
                            "this one",
                        )
                        .help("give it another name");
                    self.is_sound = false;
                }
                taken.insert(site);
            }
        }
        if !self.is_sound {
            return None;
        }
        let (generated, sites) = lans(&kinds, isps);
        let mut terrain = Terrain::of(generated);
        let of_spot = |spot: Spot| {
            let LanSites { lans, rooms } = &sites[spot.router];
            spot.room.map_or(lans, |room| &rooms[room]).clone()
        };
        terrain.inside =
            self.inside.into_iter().map(|(group, spot)| (group, of_spot(spot))).collect();
        terrain.on_wifi = self.on_wifi;
        Some(terrain)
    }

    /// Providers, and by the name of a router the one that it is behind.
    fn isps(
        &mut self,
        specs: Named<IspSpec>,
        routers: &[String],
        checks: &mut Checks<'_>,
    ) -> (Vec<Isps>, HashMap<String, usize>) {
        let mut isps = Vec::new();
        let mut isp_of = HashMap::new();
        for (index, (name, spec)) in specs.into_iter().enumerate() {
            let behind = checks.required(spec.routers);
            for (router, span) in behind.map(|(_, names)| names.0).unwrap_or_default() {
                if !routers.contains(&router) {
                    let message = format!("{router:?} is no router");
                    let known = || routers.iter().map(String::as_str);
                    unknown_name(checks, span, &router, message, known);
                    self.is_sound = false;
                } else if isp_of.insert(router.clone(), index).is_some_and(|before| before != index)
                {
                    let message = format!("the router {router:?} is behind two providers");
                    checks.problem(span, message, "named a second time");
                    self.is_sound = false;
                }
            }
            let count = self.count(spec.count, 1, "providers", checks);
            let access = access(spec.up, spec.down, spec.latency, spec.queue, checks);
            let valid_name = check_name("a provider", &name, checks);
            match (valid_name, count, access) {
                (Some(valid), Some(count), Some(access)) => {
                    self.names.push((name.span(), valid.clone(), count));
                    isps.push(Isps { name: valid, count, access });
                }
                _ => self.is_sound = false,
            }
        }
        (isps, isp_of)
    }

    fn router(
        &mut self,
        name: &Spanned<String>,
        router: RouterSpec,
        index: usize,
        checks: &mut Checks<'_>,
    ) -> Option<Lans> {
        let valid_name = check_name("a router", name, checks);
        let count = self.count(router.count, 1, "LANs", checks);
        let rooms = router.rooms.unwrap_or_default();
        let inside = checks.optional(router.inside);
        if matches!(inside, Some(None)) && rooms.is_empty() {
            let message = format!("nobody is behind the router {:?}", name.get_ref());
            checks
                .problem(name.span(), message, "needs `inside` or `rooms`")
                .help("inside: Groups whose nodes are on the LAN.");
            self.is_sound = false;
        }
        let members = inside?.map(|(_, names)| names).unwrap_or(Names(Vec::new()));
        let members = self.members(members, Spot { router: index, room: None }, checks);
        let access = access(router.up, router.down, router.latency, router.queue, checks);
        let air = self.wifi(router.wifi, &members, checks);
        let (lans, mut kinds, mut are_sound) = (count.unwrap_or(1), Vec::new(), true);
        for (number, (name, room)) in rooms.into_iter().enumerate() {
            let spot = Spot { router: index, room: Some(number) };
            match self.room(&name, room, (spot, lans), checks) {
                Some(room) => kinds.push(room),
                None => are_sound = false,
            }
        }
        let (name_of, valid, count) = (name.span(), valid_name?, count?);
        self.names.push((name_of, valid.clone(), count));
        let lans = Lans { name: valid, count, access: access?, air: air?, rooms: kinds, isp: None };
        are_sound.then_some(lans)
    }

    fn room(
        &mut self,
        name: &Spanned<String>,
        room: RoomSpec,
        (spot, lans): (Spot, usize),
        checks: &mut Checks<'_>,
    ) -> Option<Rooms> {
        let valid_name = check_name("a room", name, checks);
        let count = self.count(room.count, lans as u64, "rooms", checks);
        let inside = checks.required(room.inside);
        let inside = inside.map_or(Names(Vec::new()), |(_, names)| names);
        let members = self.members(inside, spot, checks);
        let uplink = some_rate(room.uplink, checks);
        let air = self.wifi(room.wifi, &members, checks);
        let (valid, count) = (valid_name?, count?);
        self.names.push((name.span(), valid.clone(), count * lans));
        let uplink = Link::new(uplink?, Duration::ZERO);
        Some(Rooms { name: valid, count, uplink, air: air? })
    }

    /// The groups of `names`, which are at `spot` from now on.
    fn members(&mut self, names: Names, spot: Spot, checks: &mut Checks<'_>) -> Vec<String> {
        let mut members = Vec::new();
        for (group, span) in names.0 {
            if !self.groups.names.contains(&group) {
                if self.groups.are_all {
                    let message = format!("{group:?} is no group of nodes");
                    let known = || self.groups.names.iter().map(String::as_str);
                    unknown_name(checks, span, &group, message, known);
                }
                self.is_sound = false;
            } else if let Some(before) = self.inside.insert(group.clone(), spot)
                && before != spot
            {
                let message = match before.router == spot.router {
                    true => format!("the group {group:?} is in two places behind the router"),
                    false => format!("the group {group:?} is behind two routers"),
                };
                checks.problem(span, message, "named a second time");
                self.is_sound = false;
            } else {
                members.push(group);
            }
        }
        members
    }

    /// The air that those of `members` are on that it names, or all.
    fn wifi(
        &mut self,
        wifi: Option<Spanned<WifiSpec>>,
        members: &[String],
        checks: &mut Checks<'_>,
    ) -> Option<Option<Link>> {
        let Some(wifi) = wifi else { return Some(None) };
        let WifiSpec { capacity, nodes, latency, queue } = wifi.into_inner();
        let capacity = some_rate(capacity, checks);
        let latency = checks.or(latency, WIFI_LATENCY);
        let queue = checks.optional(queue);
        match checks.optional(nodes) {
            None => self.is_sound = false,
            Some(None) => self.on_wifi.extend(members.iter().cloned()),
            Some(Some((_, names))) => {
                for (group, span) in names.0 {
                    if members.contains(&group) {
                        self.on_wifi.insert(group);
                    } else if self.is_sound {
                        let message = format!("{group:?} is not inside");
                        let known = || members.iter().map(String::as_str);
                        unknown_name(checks, span, &group, message, known);
                        self.is_sound = false;
                    }
                }
            }
        }
        let quality = Quality { queue: queue?.map(|(_, queue)| queue), ..Quality::default() };
        Some(Some(Link { capacity: capacity?, latency: latency?, quality }))
    }

    /// A number of sites, each of which stands for `times`; at least one, and not too many in all.
    fn count(
        &mut self,
        count: Option<Field<Count>>,
        times: u64,
        what: &str,
        checks: &mut Checks<'_>,
    ) -> Option<usize> {
        let written = checks.optional(count)?;
        let count = written.as_ref().map_or(1, |(_, Count(count))| *count);
        self.total = self.total.saturating_add(count.saturating_mul(times));
        if count > 0 && self.total <= MOST_SITES as u64 {
            return Some(count as usize);
        }
        if let Some((span, _)) = written {
            let message = match times {
                1 => format!("{count} {what} here and {} sites in all", self.total),
                _ => format!("{count} {what} in each of {times} and {} sites in all", self.total),
            };
            checks.problem(span, message, format!("expected 1 to {MOST_SITES}"));
        }
        self.is_sound = false;
        None
    }
}

/// Of what carries something.
fn some_rate(field: Field<Rate>, checks: &mut Checks<'_>) -> Option<Rate> {
    let (span, rate) = checks.required(field)?;
    if rate == Rate::ZERO {
        checks
            .problem(span, "nothing ever gets through", "expected more than 0 bit/s")
            .help("what is cut for a time is a fault: `cut = { links = \"NAME\" }`");
        return None;
    }
    Some(rate)
}

/// A line towards the internet.
fn access(
    up: Field<Rate>,
    down: Field<Rate>,
    latency: Option<Field<Duration>>,
    queue: Option<Field<Queue>>,
    checks: &mut Checks<'_>,
) -> Option<Access> {
    let (up, down) = (some_rate(up, checks), some_rate(down, checks));
    let latency = checks.or(latency, Duration::ZERO);
    let queue = checks.optional(queue);
    let (latency, queue) = (latency?, queue?.map(|(_, queue)| queue));
    let quality = Quality { queue, ..Quality::default() };
    let link = |capacity| Link { capacity, latency, quality };
    Some(Access { up: link(up?), down: link(down?) })
}
