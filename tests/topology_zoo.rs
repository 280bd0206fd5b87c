//! Every network of the Internet Topology Zoo, as it was published, imports or is refused with a
//! reason.
//!
//! The data is not ours and not here: the folder that `HUBMESH_DATA` names (or `../shared/data`)
//! has `topology-zoo/*.graphml` and all of them in `topology-zoo/graphml-all.tar.gz`.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use hubmesh::network::{GraphmlOptions, Topology, analyse, parse_graphml, write_graphml};
use hubmesh::units::{Duration, Rate};

fn zoo() -> Option<PathBuf> {
    let data = std::env::var_os("HUBMESH_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let zoo = data.join("topology-zoo");
    if zoo.is_dir() {
        return Some(zoo);
    }
    println!("skipped: {} is not there; HUBMESH_DATA can name another folder", zoo.display());
    None
}

/// Name and text of every GraphML file, those of the archive first.
fn files(zoo: &PathBuf) -> Vec<(String, String)> {
    let mut files = Vec::new();
    if let Ok(archive) = std::fs::File::open(zoo.join("graphml-all.tar.gz")) {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            if name.ends_with(".graphml") {
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                files.push((name, text));
            }
        }
        assert_eq!(files.len(), 276, "the whole zoo");
    }
    for entry in std::fs::read_dir(zoo).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "graphml") {
            files.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

fn options(capacity: Option<f64>, latency: Option<f64>) -> GraphmlOptions {
    GraphmlOptions {
        default_capacity: capacity.map(Rate::from_bits_per_second),
        default_latency: latency.map(Duration::from_secs),
        path_factor: 1.3,
    }
}

/// How many of the tags of an element are in a text; enough for these files.
fn tags(text: &str, element: &str) -> usize {
    text.matches(&format!("<{element} ")).count()
}

fn loops(topology: &Topology) -> usize {
    topology.links().filter(|(from, to, _)| from == to).count()
}

#[test]
fn all_networks_import_when_the_gaps_are_filled() {
    let Some(zoo) = zoo() else { return };
    let mut warned = [0; 6];
    let files = files(&zoo);
    for (name, text) in &files {
        let import = parse_graphml(text, &options(Some(1e10), Some(0.005)))
            .unwrap_or_else(|error| panic!("{name} {error}"));
        let topology = &import.topology;
        assert_eq!(topology.site_count(), tags(text, "node"), "{name}");
        let names: BTreeSet<&str> = topology.sites().map(|(_, site)| site.name.as_str()).collect();
        assert_eq!(names.len(), topology.site_count(), "{name} repeats a name");
        // Interoute has the only loops, two of them.
        let dropped = if name.contains("Interoute") { 2 } else { 0 };
        assert_eq!(topology.link_count(), 2 * (tags(text, "edge") - dropped), "{name}");
        assert_eq!(loops(topology), 0, "{name}");
        for (from, to, link) in topology.links() {
            let ends = || format!("{name}: {} - {}", from.0, to.0);
            assert!(link.capacity > Rate::ZERO, "{}", ends());
            assert!(link.latency < Duration::from_secs(0.2), "{} {}", ends(), link.latency);
        }
        for (count, phrase) in warned.iter_mut().zip([
            "parallel to others",
            "to itself",
            "parts that cannot reach",
            "label that others have",
            "no coordinates",
            "no LinkSpeedRaw",
        ]) {
            *count += usize::from(import.warnings.iter().any(|text| text.contains(phrase)));
        }
    }
    println!("{0} of {0} files import", files.len());
    if files.len() >= 276 && zoo.join("graphml-all.tar.gz").is_file() {
        println!(
            "warned of parallel, loops, parts, labels, coordinates, speeds, loose files too: {warned:?}"
        );
        // Counted with another parser for the archive; the loose files come again.
        let at_least = [96, 1, 23, 120, 191, 276 - 29];
        for (count, least) in warned.iter().zip(at_least) {
            assert!(*count >= least, "{warned:?} and not {at_least:?}");
        }
    }
}

#[test]
fn a_network_is_refused_for_its_gaps_alone_and_with_the_option_that_fills_them() {
    let Some(zoo) = zoo() else { return };
    let (mut imported, mut without_speeds, mut without_places) = (0, 0, 0);
    for (name, text) in &files(&zoo) {
        match parse_graphml(text, &options(None, None)) {
            Ok(_) => imported += 1,
            Err(error) => {
                let reason = error.to_string();
                match error.missing_option() {
                    Some("default_capacity") => {
                        assert!(reason.contains("gives no LinkSpeedRaw for the edge"), "{reason}");
                        without_speeds += 1;
                    }
                    Some("default_latency") => {
                        assert!(reason.contains("gives no coordinates for the edge"), "{reason}");
                        without_places += 1;
                    }
                    other => panic!("{name} {reason}: {other:?}"),
                }
            }
        }
    }
    println!(
        "without options {imported} import, {without_speeds} lack speeds, {without_places} places"
    );
    assert!(imported > 0 && without_speeds > imported);
}

#[test]
fn every_network_reads_back_as_it_was_written_and_can_be_analysed() {
    let Some(zoo) = zoo() else { return };
    for (name, text) in &files(&zoo) {
        let topology = parse_graphml(text, &options(Some(1e10), Some(0.005))).unwrap().topology;
        let again = parse_graphml(&write_graphml(&topology), &options(None, None))
            .unwrap_or_else(|error| panic!("{name} {error}"))
            .topology;
        assert!(topology.sites().eq(again.sites()), "{name}");
        assert!(topology.links().eq(again.links()), "{name}");
        let analysis = analyse(&topology);
        assert_eq!(analysis.components.iter().sum::<usize>(), topology.site_count(), "{name}");
        // A forest has all its edges for bridges, and no graph has more than a forest.
        let most = topology.site_count() - analysis.components.len();
        assert!(analysis.bridges.len() <= most, "{name}");
        assert!(analysis.diameter.is_exact && analysis.bisection.is_some(), "{name}");
    }
}
