//! Writes a topology as GraphML that reads back as the same topology.

use quick_xml::escape::escape;

use super::super::{Quality, Topology, connections};

/// GraphML with the attributes of the Topology Zoo, and latencies in `LinkLatencyRaw` (s); where
/// links have any, their room in `LinkQueue` (as "100 ms" or "64000 B") and `LinkLoss`.
///
/// Reading it gives the same sites and the same links in the same order.
pub fn write_graphml(topology: &Topology) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    let connections = connections(topology);
    let has = |is_said: fn(&Quality) -> bool| {
        connections.iter().any(|connection| is_said(&connection.link.quality))
    };
    let of_quality = [
        (has(|quality| quality.queue.is_some()), ("d5", "edge", "LinkQueue", "string")),
        (has(|quality| quality.loss > 0.0), ("d6", "edge", "LinkLoss", "double")),
    ];
    let of_quality = of_quality.into_iter().filter(|(is_needed, _)| *is_needed);
    let keys = [
        ("d0", "node", "label", "string"),
        ("d1", "node", "Latitude", "double"),
        ("d2", "node", "Longitude", "double"),
        ("d3", "edge", "LinkSpeedRaw", "double"),
        ("d4", "edge", "LinkLatencyRaw", "double"),
    ];
    for (id, owner, name, kind) in keys.into_iter().chain(of_quality.map(|(_, key)| key)) {
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
    for connection in &connections {
        let direction = if connection.is_one_way { " directed=\"true\"" } else { "" };
        let (from, to, nanos) =
            (connection.from.0, connection.to.0, connection.link.latency.nanos());
        text += &format!("    <edge source=\"{from}\" target=\"{to}\"{direction}>\n");
        let capacity = connection.link.capacity.bits_per_second();
        text += &format!("      <data key=\"d3\">{capacity}</data>\n");
        let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        text += &format!("      <data key=\"d4\">{seconds}.{rest:09}</data>\n");
        let Quality { queue, loss } = connection.link.quality;
        if let Some(queue) = queue {
            text += &format!("      <data key=\"d5\">{queue}</data>\n");
        }
        if loss > 0.0 {
            text += &format!("      <data key=\"d6\">{loss}</data>\n");
        }
        text += "    </edge>\n";
    }
    text + "  </graph>\n</graphml>\n"
}

#[cfg(test)]
mod tests {
    use super::super::super::{Coordinates, Link, Queue, Site};
    use super::super::{GraphmlOptions, parse_graphml};
    use super::*;
    use crate::units::{Bytes, Duration, Rate};

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
        let quality = Quality { queue: Some(Queue::Size(Bytes::new(64_000))), loss: 0.02 };
        topology.add_link(sites[2], sites[1], Link { quality, ..link(2e4, 0) });
        let queue = Some(Queue::Time(Duration::from_nanos(1_500_000)));
        let quality = Quality { queue, loss: 0.0 };
        topology.add_duplex(sites[2], sites[0], Link { quality, ..link(1e6, 5) });
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
