//! A topology as a map: sites, links as wide as their capacity, and how busy they were.
//!
//! With utilisation each half of a link has the colour of the direction that leaves the nearer
//! site, as weather maps of networks have it. Parallel links lie side by side; a link that leads
//! one way has an arrowhead.

use std::collections::BTreeMap;

use plotters::backend::DrawingBackend;

use super::canvas::{Align, CAPITAL, Canvas, Fault, Point, Stroke};
use super::frame::{BELOW_TITLES, draw_titles};
use super::map_labels::{Ground, PlacedName, placed_names};
use super::map_places::{PlaceKind, Places, places};
use super::style::{
    Colour, GREY, INK, LABEL, MARGIN, PAPER, SUBTITLE, TICK, TITLE, TextLook, shortened, text_width,
};
use super::{Chart, ChartError, png, svg};
use crate::network::{Connection, Topology, connections};
use crate::report::link_loads::LinkLoads;
use crate::units::{Rate, print};

/// More would be a blot, and take longer than anybody waits.
pub const MOST_DRAWN_SITES: usize = 3000;

/// For two columns of a paper.
const WIDTH: f64 = 760.0;
const MOST_HEIGHT: f64 = 520.0;
/// Around the sites, for names: at the sides, and above and below.
const SIDE_BORDER: f64 = 64.0;
const BORDER: f64 = 26.0;
/// Of the legend below the map.
const LEGEND_HEIGHT: f64 = 44.0;

const PLAIN_LINK: Colour = Colour(0x6B, 0x8E, 0xAE);
const UNKNOWN_LINK: Colour = Colour(0xD8, 0xD8, 0xD8);
/// Utilisation from 0 to 1 in equal steps; each darker than the one before.
const HEAT: [Colour; 5] = [
    Colour(0xF0, 0xC9, 0x4F),
    Colour(0xEE, 0xA0, 0x3C),
    Colour(0xDC, 0x6A, 0x2A),
    Colour(0xAE, 0x2F, 0x2A),
    Colour(0x4A, 0x06, 0x1E),
];

/// How a picture is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    Svg,
    Png,
}

/// Draws `topology` under the name `title`; `loads` colour its links, and `note`, if it says
/// anything, stands below the title.
///
/// # Errors
/// When the backend or the encoder fails, or there are more than [`MOST_DRAWN_SITES`].
pub fn draw_topology(
    topology: &Topology,
    title: &str,
    note: &str,
    loads: Option<&LinkLoads>,
    format: PictureFormat,
) -> Result<Vec<u8>, ChartError> {
    let failed = |reason: String| ChartError::Draw { chart: "topology".to_owned(), reason };
    if topology.site_count() > MOST_DRAWN_SITES {
        return Err(failed(format!(
            "{} sites are more than the {MOST_DRAWN_SITES} that fit on a page",
            topology.site_count()
        )));
    }
    let map = TopologyMap::of(topology, title, note, loads);
    let bytes = match format {
        PictureFormat::Svg => svg(&map),
        PictureFormat::Png => png(&map),
    };
    bytes.map_err(|fault| failed(fault.to_string()))
}

/// A link, or the half of one, ready to be drawn.
struct Strip {
    from: Point,
    to: Point,
    width: f64,
    colour: Colour,
    is_one_way: bool,
}

struct TopologyMap {
    title: String,
    subtitle: String,
    strips: Vec<Strip>,
    sites: Vec<Point>,
    radius: f64,
    names: Vec<PlacedName>,
    look: TextLook,
    capacities: Vec<Rate>,
    widths: Widths,
    has_loads: bool,
    height: f64,
}

impl TopologyMap {
    fn of(topology: &Topology, title: &str, note: &str, loads: Option<&LinkLoads>) -> TopologyMap {
        let count = topology.site_count();
        let (radius, look) = match count {
            0..=40 => (4.5, TICK),
            41..=120 => (3.5, TextLook { size: 10.5, ..TICK }),
            _ => (1.8, TextLook { size: 9.0, ..TICK }),
        };
        let (left, top) = (MARGIN + SIDE_BORDER, BELOW_TITLES + BORDER);
        let Places { points, height, kind } =
            places(topology, WIDTH - 2.0 * left, MOST_HEIGHT, 2.0 * radius + 1.5);
        let sites: Vec<Point> = points.iter().map(|&(x, y)| (x + left, y + top)).collect();
        let connections = connections(topology);
        let widths = Widths::of(&connections, if loads.is_some() { 1.3 * radius } else { radius });
        let mut strips = strips(&connections, &sites, &widths, loads);
        // The busiest lie on top.
        strips.sort_by_key(|strip| heat_rank(strip.colour));
        let lines: Vec<(Point, Point)> =
            strips.iter().map(|strip| (strip.from, strip.to)).collect();
        let bottom = top + height + BORDER;
        let ground = Ground {
            points: &sites,
            radius: radius + 1.0,
            lines: &lines,
            paper: ((2.0, BELOW_TITLES - 6.0), (WIDTH - 2.0, bottom)),
        };
        let names: Vec<&str> = topology.sites().map(|(_, site)| site.name.as_str()).collect();
        let names = placed_names(&names, &by_degree(&connections, count), &ground, &look);
        let mut subtitle = subtitle(count, connections.len(), kind, names.len(), loads);
        if !note.is_empty() {
            subtitle += &format!(" · {note}");
        }
        TopologyMap {
            title: shortened(title, WIDTH - 2.0 * MARGIN, &TITLE),
            subtitle: shortened(&subtitle, WIDTH - 2.0 * MARGIN, &SUBTITLE),
            strips,
            sites,
            radius,
            names,
            look,
            capacities: sample_capacities(&connections),
            widths,
            has_loads: loads.is_some(),
            height: bottom + LEGEND_HEIGHT,
        }
    }
}

fn subtitle(
    sites: usize,
    connections: usize,
    kind: PlaceKind,
    names: usize,
    loads: Option<&LinkLoads>,
) -> String {
    let counted =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut parts = vec![counted(sites, "site"), counted(connections, "link")];
    match kind {
        PlaceKind::Map | PlaceKind::Sketch => {}
        PlaceKind::Mixed => parts.push("some places guessed".to_owned()),
        PlaceKind::Hops => parts.push("placed by hops, not on a map".to_owned()),
    }
    if names < sites {
        parts.push(format!("{} named", counted(names, "site")));
    }
    if let Some(loads) = loads {
        let replications = counted(loads.replications, "replication");
        parts.push(format!("{}, n = {replications}", loads.architecture));
    }
    parts.join(" · ")
}

/// Sites with many links first.
fn by_degree(connections: &[Connection], site_count: usize) -> Vec<usize> {
    let mut degrees = vec![0usize; site_count];
    for connection in connections {
        degrees[connection.from.index()] += 1;
        degrees[connection.to.index()] += 1;
    }
    let mut order: Vec<usize> = (0..site_count).collect();
    order.sort_by_key(|&site| (std::cmp::Reverse(degrees[site]), site));
    order
}

/// How wide links are drawn: by the logarithm of their capacity.
struct Widths {
    least: f64,
    most: f64,
    /// Of the widest line.
    widest: f64,
}

impl Widths {
    /// `widest`: of the greatest capacity.
    fn of(connections: &[Connection], widest: f64) -> Widths {
        let capacities = || {
            let bits = connections.iter().map(|one| one.link.capacity.bits_per_second());
            bits.filter(|&bits| bits > 0.0)
        };
        Widths {
            least: capacities().fold(f64::INFINITY, f64::min),
            most: capacities().fold(0.0, f64::max),
            widest,
        }
    }

    fn width(&self, capacity: Rate) -> f64 {
        const NARROWEST: f64 = 0.8;
        let bits = capacity.bits_per_second();
        if self.most <= self.least {
            return 0.4 * self.widest;
        }
        let share =
            libm::log(bits.max(self.least) / self.least) / libm::log(self.most / self.least);
        NARROWEST + (self.widest - NARROWEST) * share
    }
}

/// Up to four capacities from least to most.
fn sample_capacities(connections: &[Connection]) -> Vec<Rate> {
    let mut bits: Vec<f64> =
        connections.iter().map(|one| one.link.capacity.bits_per_second()).collect();
    bits.sort_unstable_by(f64::total_cmp);
    bits.dedup();
    let most = bits.len().min(4);
    (0..most)
        .map(|index| if most == 1 { 0 } else { index * (bits.len() - 1) / (most - 1) })
        .map(|place| Rate::from_bits_per_second(bits[place]))
        .collect()
}

fn strips(
    connections: &[Connection],
    sites: &[Point],
    widths: &Widths,
    loads: Option<&LinkLoads>,
) -> Vec<Strip> {
    let pair = |one: &Connection| (one.from.min(one.to), one.from.max(one.to));
    let mut totals: BTreeMap<_, f64> = BTreeMap::new();
    const GAP: f64 = 1.5;
    for connection in connections {
        *totals.entry(pair(connection)).or_insert(-GAP) +=
            widths.width(connection.link.capacity) + GAP;
    }
    let mut used: BTreeMap<_, f64> = BTreeMap::new();
    let mut strips = Vec::new();
    for connection in connections {
        let width = widths.width(connection.link.capacity);
        let before = used.entry(pair(connection)).or_insert(0.0);
        // From the middle of all that lie side by side.
        let aside = *before + width / 2.0 - totals[&pair(connection)] / 2.0;
        *before += width + GAP;
        let (low, high) = pair(connection);
        let shift = sideways(sites[low.index()], sites[high.index()], aside);
        let at = |point: Point| (point.0 + shift.0, point.1 + shift.1);
        let (from, to) = (at(sites[connection.from.index()]), at(sites[connection.to.index()]));
        let colour = |link: usize| match loads {
            None => PLAIN_LINK,
            Some(loads) => loads.mean_utilisation[link].map_or(UNKNOWN_LINK, heat),
        };
        let is_one_way = connection.is_one_way;
        let strip = |from, to, colour| Strip { from, to, width, colour, is_one_way };
        let forth = colour(connection.first_link);
        let back = if is_one_way { forth } else { colour(connection.first_link + 1) };
        if forth == back {
            strips.push(strip(from, to, forth));
        } else {
            let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
            strips.push(strip(from, middle, forth));
            strips.push(strip(to, middle, back));
        }
    }
    strips
}

/// The vector of length `aside` at right angles to the way from `a` to `b`.
fn sideways(a: Point, b: Point, aside: f64) -> Point {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx.hypot(dy).max(1e-9);
    (-dy / length * aside, dx / length * aside)
}

fn heat(utilisation: f64) -> Colour {
    let steps = (HEAT.len() - 1) as f64;
    let place = utilisation.clamp(0.0, 1.0) * steps;
    let below = (place.floor() as usize).min(HEAT.len() - 2);
    let share = place - below as f64;
    let (low, high) = (HEAT[below], HEAT[below + 1]);
    let mixed = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    Colour(mixed(low.0, high.0), mixed(low.1, high.1), mixed(low.2, high.2))
}

/// Darker colours rank higher.
fn heat_rank(colour: Colour) -> u32 {
    // Rec. 601 luma in thousandths.
    let luma = |Colour(red, green, blue): Colour| {
        299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)
    };
    luma(PAPER) - luma(colour)
}

impl Chart for TopologyMap {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.height)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        draw_titles(canvas, &self.title, &self.subtitle)?;
        for strip in &self.strips {
            let stroke = Stroke { colour: strip.colour, width: strip.width, dash: &[] };
            canvas.line(strip.from, strip.to, &stroke)?;
            if strip.is_one_way {
                self.draw_arrowhead(canvas, strip)?;
            }
        }
        for name in self.names.iter().filter(|name| name.is_crossed) {
            canvas.text_on_paper(&name.text, name.at, &self.look)?;
        }
        // No rim lies on another site, however close they are.
        for &site in &self.sites {
            canvas.disc(site, self.radius + 1.0, PAPER)?;
        }
        for &site in &self.sites {
            canvas.disc(site, self.radius, INK)?;
        }
        for name in self.names.iter().filter(|name| !name.is_crossed) {
            canvas.text(&name.text, name.at, &self.look)?;
        }
        self.draw_legend(canvas)
    }
}

impl TopologyMap {
    /// In the second half of the link, clear of its end.
    fn draw_arrowhead<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        strip: &Strip,
    ) -> Result<(), Fault> {
        let (dx, dy) = (strip.to.0 - strip.from.0, strip.to.1 - strip.from.1);
        let length = dx.hypot(dy);
        let size = 5.0 + strip.width;
        if length < 2.0 * size {
            return Ok(());
        }
        let (ux, uy) = (dx / length, dy / length);
        let tip = (
            strip.from.0 + dx * 0.65 + ux * size / 2.0,
            strip.from.1 + dy * 0.65 + uy * size / 2.0,
        );
        let back = (tip.0 - ux * size, tip.1 - uy * size);
        let half = size * 0.5;
        let corners = [
            tip,
            (back.0 - uy * half, back.1 + ux * half),
            (back.0 + uy * half, back.1 - ux * half),
        ];
        canvas.polygon(&corners, strip.colour, 1.0)
    }

    fn draw_legend<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let middle = self.height - LEGEND_HEIGHT / 2.0 + 2.0;
        let baseline = middle + CAPITAL / 2.0 * TICK.size;
        let mut x = MARGIN;
        let colour = if self.has_loads { GREY } else { PLAIN_LINK };
        for &capacity in &self.capacities {
            let text = short_rate(capacity);
            let stroke = Stroke { colour, width: self.widths.width(capacity), dash: &[] };
            canvas.line((x, middle), (x + 24.0, middle), &stroke)?;
            canvas.text(&text, (x + 30.0, baseline), &TICK)?;
            x += 30.0 + text_width(&text, &TICK) + 18.0;
        }
        if self.has_loads { self.draw_colour_bar(canvas, middle) } else { Ok(()) }
    }

    fn draw_colour_bar<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        middle: f64,
    ) -> Result<(), Fault> {
        const BAR: f64 = 160.0;
        const PARTS: usize = 80;
        let right = WIDTH - MARGIN - 14.0;
        let left = right - BAR;
        let (top, bottom) = (middle - 12.0, middle - 3.0);
        let part = BAR / PARTS as f64;
        for index in 0..PARTS {
            let from = left + index as f64 * part;
            let colour = heat((index as f64 + 0.5) / PARTS as f64);
            canvas.rectangle((from, top), (from + part, bottom), colour)?;
        }
        for (share, text) in [(0.0, "0"), (0.5, "50"), (1.0, "100 %")] {
            let at = (left + share * BAR, bottom + 13.0);
            canvas.text(text, at, &TICK.aligned(Align::Centre))?;
        }
        let has_arrows = self.strips.iter().any(|strip| strip.is_one_way);
        let has_halves = self.strips.iter().any(|strip| !strip.is_one_way);
        let label = match (has_arrows, has_halves) {
            (true, true) => "Mean utilisation, along the arrow or leaving the nearer site",
            (true, false) => "Mean utilisation, along the arrow",
            (false, _) => "Mean utilisation, leaving the nearer site",
        };
        let label_look = LABEL.aligned(Align::Right);
        canvas.text(label, (left - 14.0, middle + CAPITAL / 2.0 * LABEL.size), &label_look)
    }
}

/// As exact as a legend needs.
fn short_rate(rate: Rate) -> String {
    let exact = print::rate(rate);
    if exact.len() <= 14 {
        return exact;
    }
    let digits = 10f64.powf(rate.bits_per_second().log10().floor() - 2.0);
    print::rate(Rate::from_bits_per_second((rate.bits_per_second() / digits).round() * digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Link, Site, SiteId};
    use crate::units::Duration;

    fn two_sites(bits: &[f64]) -> Topology {
        let mut topology = Topology::default();
        for name in ["<Zürich>", "Genf"] {
            topology.add_site(Site { name: name.into(), coordinates: None });
        }
        for &bits in bits {
            let capacity = Rate::from_bits_per_second(bits);
            topology.add_duplex(SiteId(0), SiteId(1), Link::new(capacity, Duration::ZERO));
        }
        topology
    }

    #[test]
    fn parallel_links_lie_side_by_side_and_halves_have_colours_of_their_own() {
        let topology = two_sites(&[1e9, 1e9]);
        let loads = LinkLoads {
            architecture: "swarm".into(),
            replications: 2,
            mean_utilisation: vec![Some(0.0), Some(1.0), None, None],
        };
        let map = TopologyMap::of(&topology, "two", "", Some(&loads));
        // Two halves of one cable, and the other whole.
        assert_eq!(map.strips.len(), 3);
        let colours: Vec<Colour> = map.strips.iter().map(|strip| strip.colour).collect();
        assert_eq!(colours, [UNKNOWN_LINK, HEAT[0], HEAT[4]]);
        assert!((map.strips[0].from.1 - map.strips[1].from.1).abs() > 1.0);
        assert!(map.subtitle.contains("swarm, n = 2 replications"), "{}", map.subtitle);
    }

    #[test]
    fn hotter_is_darker_and_wider_is_more() {
        for pair in HEAT.windows(2) {
            assert!(heat_rank(pair[0]) < heat_rank(pair[1]));
        }
        let connections = connections(&two_sites(&[1e6, 1e9, 1e8]));
        let widths = Widths::of(&connections, 4.5);
        let [a, b, c] = [1e6, 1e8, 1e9].map(|bits| widths.width(Rate::from_bits_per_second(bits)));
        assert!(a < b && b < c);
        assert_eq!(sample_capacities(&connections).len(), 3);
    }

    #[test]
    fn the_same_topology_gives_the_same_bytes_and_names_cannot_break_them() {
        let draw =
            |format| draw_topology(&two_sites(&[1e9]), "<two>", "a & b", None, format).unwrap();
        for format in [PictureFormat::Svg, PictureFormat::Png] {
            assert_eq!(draw(format), draw(format));
        }
        let text = String::from_utf8(draw(PictureFormat::Svg)).unwrap();
        assert!(
            text.contains("&lt;Zürich&gt;")
                && text.contains("&lt;two&gt;")
                && text.contains("a &amp; b"),
            "{text}"
        );
    }

    #[test]
    fn a_lone_core_is_drawn_too() {
        let bytes = draw_topology(&Topology::core(), "core", "", None, PictureFormat::Svg).unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains("1 site · 0 links"));
    }
}
