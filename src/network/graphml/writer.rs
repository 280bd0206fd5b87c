//! Writes a topology as GraphML that reads back as the same topology.

use quick_xml::escape::escape;

use super::super::{Topology, connections};

/// GraphML with the attributes of the Topology Zoo, and latencies in `LinkLatencyRaw` (s).
///
/// Reading it gives the same sites and the same links in the same order.
pub fn write_graphml(topology: &Topology) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    for (id, owner, name, kind) in [
        ("d0", "node", "label", "string"),
        ("d1", "node", "Latitude", "double"),
        ("d2", "node", "Longitude", "double"),
        ("d3", "edge", "LinkSpeedRaw", "double"),
        ("d4", "edge", "LinkLatencyRaw", "double"),
    ] {
        text += &format!(
            "  <key attr.name=\"{name}\" attr.type=\"{kind}\" for=\"{owner}\" id=\"{id}\" />\n"
        );
    }
    text += "  <graph edgedefault=\"undirected\">\n";
    for (id, site) in topology.sites() {
        text += &format!("    <node id=\"{}\">\n", id.0);
        text += &format!("      <data key=\"d0\">{}</data>\n", escape(site.name.as_str()));
        if let Some(place) = site.coordinates {
            text += &format!("      <data key=\"d1\">{}</data>\n", place.latitude);
            text += &format!("      <data key=\"d2\">{}</data>\n", place.longitude);
        }
        text += "    </node>\n";
    }
    for connection in connections(topology) {
        let direction = if connection.is_one_way { " directed=\"true\"" } else { "" };
        let (from, to, nanos) =
            (connection.from.0, connection.to.0, connection.link.latency.nanos());
        text += &format!("    <edge source=\"{from}\" target=\"{to}\"{direction}>\n");
        let capacity = connection.link.capacity.bits_per_second();
        text += &format!("      <data key=\"d3\">{capacity}</data>\n");
        let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        text += &format!("      <data key=\"d4\">{seconds}.{rest:09}</data>\n    </edge>\n");
    }
    text + "  </graph>\n</graphml>\n"
}

#[cfg(test)]
mod tests {
    use super::super::super::{Coordinates, Link, Site};
    use super::super::{GraphmlOptions, parse_graphml};
    use super::*;
    use crate::units::{Duration, Rate};

    #[test]
    fn what_is_written_reads_back() {
        let mut topology = Topology::default();
        let place = Some(Coordinates { latitude: -0.1, longitude: 17.000_000_1 });
        let sites = [("A & <B>", place), ("\"c\" d", None), ("é", place)]
            .map(|(name, coordinates)| topology.add_site(Site { name: name.into(), coordinates }));
        let link =
            |bits, nanos| Link::new(Rate::from_bits_per_second(bits), Duration::from_nanos(nanos));
        topology.add_duplex(sites[0], sites[1], link(1e9 / 3.0, 1));
        topology.add_duplex(sites[1], sites[0], link(45e9, 10_000_000_001));
        topology.add_link(sites[2], sites[1], link(2e4, 0));
        let options =
            GraphmlOptions { default_capacity: None, default_latency: None, path_factor: 2.0 };
        let read = parse_graphml(&write_graphml(&topology), &options).unwrap();
        let links: Vec<_> = read.topology.links().collect();
        assert_eq!(links, topology.links().collect::<Vec<_>>());
        // "c" d lies between the others, which are in one place.
        let names = |topology: &Topology| -> Vec<String> {
            topology.sites().map(|(_, site)| site.name.clone()).collect()
        };
        assert_eq!(names(&read.topology), names(&topology));
        assert_eq!(read.topology.site(sites[0]).coordinates, place);
    }
}
