//! Homes, offices and schools: nodes on switches and in the air, behind a router with an internet link.

use super::generators::Generated;
use super::{Link, Site, SiteId, Topology};

/// LANs of one kind.
#[derive(Clone, Debug)]
pub struct Lans {
    pub name: String,
    /// At least one; several are called `name-1`, `name-2`, ...
    pub count: usize,
    /// From the router to the internet, or to its provider, and back.
    pub access: Access,
    /// The air that those of its nodes share which are on it.
    pub air: Option<Link>,
    /// Switches behind the router.
    pub rooms: Vec<Rooms>,
    /// Which of the providers the LANs are spread over, by its place among them; `None`: they are on the internet.
    pub isp: Option<usize>,
}

/// Rooms of one kind in each LAN.
#[derive(Clone, Debug)]
pub struct Rooms {
    pub name: String,
    /// In each LAN, at least one.
    pub count: usize,
    /// Between the switch and the router, in each direction.
    pub uplink: Link,
    pub air: Option<Link>,
}

/// Providers of one kind, or concentrators of one provider.
#[derive(Clone, Debug)]
pub struct Isps {
    pub name: String,
    /// At least one.
    pub count: usize,
    /// To the internet, and back.
    pub access: Access,
}

/// A line towards the internet.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    pub up: Link,
    pub down: Link,
}

/// The sites of LANs of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct LanSites {
    pub lans: Vec<SiteId>,
    /// By kind of room, LAN by LAN.
    pub rooms: Vec<Vec<SiteId>>,
}

/// What `count` sites of one kind are called: `name`, or `name-1`, `name-2`, ...
pub fn site_names(name: &str, count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(move |number| match count {
        1 => name.to_owned(),
        _ => format!("{name}-{number}"),
    })
}

/// The site `internet`, a core that is never the bottleneck, and the LANs on it; nodes hang on
/// the internet. Returns the sites of each kind of LAN as well.
///
/// The switch of a LAN or a room is never the bottleneck: between two nodes on it there are only their
/// own links.
pub fn lans(kinds: &[Lans], isps: &[Isps]) -> (Generated, Vec<LanSites>) {
    let mut topology = Topology::default();
    let internet = topology.add_site(Site { name: "internet".into(), coordinates: None });
    let isps: Vec<Vec<SiteId>> = isps
        .iter()
        .map(|isp| {
            let sites = added(&mut topology, &isp.name, isp.count);
            sites.iter().for_each(|&site| join(&mut topology, site, internet, isp.access));
            sites
        })
        .collect();
    let mut sites = Vec::new();
    let mut premises = 0;
    for kind in kinds {
        let lans = added(&mut topology, &kind.name, kind.count);
        for (place, &lan) in lans.iter().enumerate() {
            let above = kind.isp.map(|isp| isps[isp][place % isps[isp].len()]);
            join(&mut topology, lan, above.unwrap_or(internet), kind.access);
            topology.enclose(lan, premises + place as u32);
            add_air(&mut topology, lan, kind.air);
        }
        let mut rooms = Vec::new();
        for room in &kind.rooms {
            let sites = added(&mut topology, &room.name, room.count * kind.count);
            for (place, &site) in sites.iter().enumerate() {
                let lan = place / room.count;
                topology.add_duplex(site, lans[lan], room.uplink);
                topology.enclose(site, premises + lan as u32);
                add_air(&mut topology, site, room.air);
            }
            rooms.push(sites);
        }
        premises += kind.count as u32;
        sites.push(LanSites { lans, rooms });
    }
    (Generated { topology, ends: vec![internet] }, sites)
}

fn added(topology: &mut Topology, name: &str, count: usize) -> Vec<SiteId> {
    let site = |name| Site { name, coordinates: None };
    let sites: Vec<SiteId> =
        site_names(name, count).map(|name| topology.add_site(site(name))).collect();
    if let [first, .., last] = sites[..] {
        topology.add_family(first.0..last.0 + 1, name.to_owned());
    }
    sites
}

fn join(topology: &mut Topology, below: SiteId, above: SiteId, access: Access) {
    topology.add_link(below, above, access.up);
    topology.add_link(above, below, access.down);
}

fn add_air(topology: &mut Topology, site: SiteId, air: Option<Link>) {
    if let Some(air) = air {
        topology.add_medium(site, air);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Duration, Rate};

    fn link(megabit: f64) -> Link {
        Link::new(Rate::from_bits_per_second(megabit * 1e6), Duration::from_nanos(8_000_000))
    }

    fn kind(name: &str, count: usize) -> Lans {
        Lans {
            name: name.into(),
            count,
            access: Access { up: link(40.0), down: link(250.0) },
            air: None,
            rooms: Vec::new(),
            isp: None,
        }
    }

    fn names<'t>(topology: &'t Topology, sites: &[SiteId]) -> Vec<&'t str> {
        sites.iter().map(|&site| topology.site(site).name.as_str()).collect()
    }

    #[test]
    fn lans_hang_on_the_internet_by_links_of_two_capacities() {
        let (generated, sites) = lans(&[kind("home", 3), kind("office", 1)], &[]);
        let topology = &generated.topology;
        assert_eq!((topology.site_count(), topology.link_count()), (5, 8));
        assert_eq!(names(topology, &generated.ends), ["internet"]);
        assert_eq!(names(topology, &sites[0].lans), ["home-1", "home-2", "home-3"]);
        assert_eq!(names(topology, &sites[1].lans), ["office"]);
        let (from, to, first) = topology.links().next().unwrap();
        assert_eq!(names(topology, &[from, to]), ["home-1", "internet"]);
        assert_eq!(first.capacity, link(40.0).capacity);
        assert!(topology.is_star());
    }

    #[test]
    fn rooms_are_on_the_premises_of_their_lan() {
        let rooms =
            Rooms { name: "lab".into(), count: 2, uplink: link(1e3), air: Some(link(80.0)) };
        let school = Lans { rooms: vec![rooms], ..kind("school", 2) };
        let (Generated { topology, .. }, sites) = lans(&[kind("home", 1), school], &[]);
        let labs = &sites[1].rooms[0];
        assert_eq!(names(&topology, labs), ["lab-1", "lab-2", "lab-3", "lab-4"]);
        let premises = |site| topology.premises_of(site);
        assert_eq!(premises(labs[1]), premises(sites[1].lans[0]));
        assert_eq!(premises(labs[2]), premises(sites[1].lans[1]));
        assert_ne!(premises(labs[1]), premises(labs[2]));
        assert_ne!(premises(sites[0].lans[0]), premises(labs[0]));
        assert_eq!(premises(SiteId(0)), None);
        let media: Vec<SiteId> = topology.media().map(|(site, _)| site).collect();
        assert_eq!(&media, labs);
    }

    #[test]
    fn lans_are_spread_over_their_providers() {
        let isp = Isps {
            name: "isp".into(),
            count: 2,
            access: Access { up: link(1e3), down: link(1e4) },
        };
        let homes = Lans { isp: Some(0), ..kind("home", 3) };
        let (Generated { topology, .. }, sites) = lans(&[homes], &[isp]);
        let above = |lan: SiteId| {
            let up = topology.links().find(|&(from, _, _)| from == lan);
            up.map(|(_, to, _)| topology.site(to).name.as_str()).unwrap()
        };
        let families = sites[0].lans.iter().map(|&lan| topology.family_of(lan));
        assert_eq!(families.collect::<Vec<_>>(), [Some("home"); 3]);
        assert_eq!(topology.family_of(SiteId(0)), None);
        let found: Vec<&str> = sites[0].lans.iter().map(|&lan| above(lan)).collect();
        assert_eq!(found, ["isp-1", "isp-2", "isp-1"]);
    }
}
