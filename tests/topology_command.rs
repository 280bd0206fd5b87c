//! `hubmesh topology` as its users meet it: what it prints and writes, and how it refuses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hubmesh::network::{GraphmlOptions, parse_graphml};
use hubmesh::scenario::Scenario;

/// A folder of its own for each test, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("hubmesh-topology-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Exit code, standard output and standard error of `hubmesh topology`.
    fn call(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        command.arg("topology").args(arguments).current_dir(&self.0).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(!stderr.contains("panicked"), "{stderr}");
        (output.status.code(), stdout, stderr)
    }

    /// Standard output of a call that must succeed without a word on standard error.
    fn quiet(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.call(arguments);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
        stdout
    }

    /// Asserts that a call fails with this code and these phrases, and leaves no file behind.
    fn refused(&self, arguments: &[&str], code: i32, phrases: &[&str]) {
        let names = || fs::read_dir(&self.0).unwrap().count();
        let before = names();
        let (found, stdout, stderr) = self.call(arguments);
        assert_eq!((found, stdout.as_str()), (Some(code), ""), "{arguments:?}: {stderr}");
        for phrase in phrases {
            assert!(stderr.contains(phrase), "{phrase:?} is not in\n{stderr}");
        }
        assert_eq!(names(), before, "{arguments:?}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    path.to_str().unwrap().to_owned()
}

/// A triangle with a tail and a second, one-way link; no speeds but one, no coordinates.
const TAILED: &str = r#"<graphml><key attr.name="label" for="node" id="l"/><key attr.name="LinkSpeedRaw" for="edge" id="s"/>
<graph edgedefault="undirected"><node id="0"><data key="l">A</data></node><node id="1"><data key="l">B</data></node>
<node id="2"><data key="l">C</data></node><node id="3"><data key="l">A</data></node><node id="4"><data key="l">"far", &amp;c</data></node>
<edge source="0" target="1"/><edge source="1" target="2"/><edge source="2" target="0"/><edge source="2" target="3"/>
<edge source="3" target="4" directed="true"><data key="s">155e6</data></edge><edge source="3" target="3"/></graph></graphml>"#;

const GIVEN: [&str; 4] = ["--default-capacity", "10 Gbit/s", "--default-latency", "5 ms"];

#[test]
fn abilene_is_described_in_a_table_and_in_json() {
    let folder = Folder::new("abilene");
    let abilene = shipped("abilene.graphml");
    let table = folder.quiet(&[&abilene]);
    for phrase in ["abilene", "2 to 3, mean 2.55", "5 hops", "none", "Kernighan and Lin"] {
        assert!(table.contains(phrase), "{phrase:?} is not in\n{table}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&folder.quiet(&[&abilene, "--format", "json"])).unwrap();
    assert_eq!((&json["sites"], &json["links"]), (&11.into(), &14.into()));
    // 28 ends of links at 11 sites.
    assert!((json["degree"]["mean"].as_f64().unwrap() - 28.0 / 11.0).abs() < 1e-12);
    assert_eq!(json["bridges"], serde_json::json!([]));
    assert_eq!(json["components"], serde_json::json!([11]));
    assert_eq!(json["diameter"]["hops"], 5);
    // Two links cross the middle of the country: Kansas City to Indianapolis, and Houston to
    // Atlanta; each has 10 Gbit/s.
    assert_eq!(json["bisection"]["links"], 2);
    assert_eq!(json["bisection"]["capacity_bit_s"], 2e10);
}

#[test]
fn bridges_and_articulation_points_are_named_and_decisions_are_said() {
    let folder = Folder::new("tailed");
    folder.write("tailed.graphml", TAILED);
    let mut arguments = vec!["tailed.graphml", "--format", "json"];
    arguments.extend(GIVEN);
    let (code, stdout, stderr) = folder.call(&arguments);
    assert_eq!(code, Some(0), "{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let far = "\"far\", &c";
    assert_eq!(json["bridges"], serde_json::json!([["C", "A (3)"], ["A (3)", far]]));
    assert_eq!(json["articulation_points"], serde_json::json!(["C", "A (3)"]));
    assert_eq!(json["one_way_links"], 1);
    for phrase in [
        "warning: tailed.graphml has 2 of 5 sites with a label that others have too",
        "has 1 edge from a site to itself, left out",
        "no coordinates near 5 of 5 edges; their latency is 5 ms",
        "no LinkSpeedRaw for 4 of 5 edges; their capacity is 10 Gbit/s",
    ] {
        assert!(stderr.contains(phrase), "{phrase:?} is not in\n{stderr}");
    }
    assert_eq!(stderr.lines().count(), 4, "{stderr}");
    // To look at it nothing need be given, but what is assumed is said.
    let (code, _, stderr) = folder.call(&["tailed.graphml"]);
    assert_eq!(code, Some(0));
    assert!(stderr.contains("assumed capacity, for want of --default-capacity"), "{stderr}");
    assert!(stderr.contains("assumed latency, for want of --default-latency"), "{stderr}");
}

#[test]
fn graphml_reads_back_as_it_was_written() {
    let folder = Folder::new("graphml");
    folder.write("tailed.graphml", TAILED);
    let mut arguments = vec!["tailed.graphml", "--to", "graphml", "--out", "again.graphml"];
    arguments.extend(GIVEN);
    let (code, stdout, stderr) = folder.call(&arguments);
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{stderr}");
    assert!(stderr.contains("again.graphml is written"), "{stderr}");
    let again = folder.quiet(&["again.graphml", "--to", "graphml"]);
    assert_eq!(again, folder.read("again.graphml"));
    let table = folder.quiet(&["again.graphml", "--format", "json"]);
    assert!(table.contains("A (3)"), "{table}");
}

/// A scenario around a `[network]`.
fn scenario(network: &str) -> String {
    format!(
        "title = \"t\"\n[run]\nuntil = \"done\"\nreplications = 2\n\
         [nodes.server]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [nodes.user]\ncount = 3\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.get.download]\nfrom = \"user\"\narrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
         catalogue = {{ size = \"1 MB\" }}\n\
         [architectures.server.client-server]\nservers = \"server\"\n\
         [architectures.swarm.bittorrent]\nseeds = \"server\"\n{network}"
    )
}

#[test]
fn toml_reads_back_as_it_was_written() {
    let folder = Folder::new("toml");
    folder.write("tailed.graphml", TAILED);
    let mut arguments = vec!["tailed.graphml", "--to", "toml"];
    arguments.extend(GIVEN);
    let (_, written, _) = folder.call(&arguments);
    let text = scenario(&written);
    let read = Scenario::parse("t.toml", &text, &folder.0, &[]).unwrap().model.topology;
    let options = GraphmlOptions {
        default_capacity: hubmesh::units::parse::rate("10 Gbit/s").ok(),
        default_latency: hubmesh::units::parse::duration("5 ms").ok(),
        path_factor: 1.0,
    };
    let expected = parse_graphml(TAILED, &options).unwrap().topology;
    assert!(read.sites().eq(expected.sites()));
    assert!(read.links().eq(expected.links()));
    // And again, from the scenario itself.
    folder.write("t.toml", &text);
    assert_eq!(folder.quiet(&["t.toml", "--to", "toml"]), written);
}

/// A graph with all that a link, a site and routes can have.
const WHOLE: &str = "[network.graph]
routing = \"hops\"
ties = \"spread\"

[[network.graph.sites]]
name = \"far\"
latitude = -33.5
longitude = 151.0

[[network.graph.sites]]
name = \"lonely\"

[[network.graph.sites]]
name = \"near\"

[[network.graph.links]]
from = \"near\"
to = \"far\"
capacity = \"10 Mbit/s\"
latency = \"50 ms\"
queue = \"1 s\"
loss = 0.02

[[network.graph.links]]
from = \"far\"
to = \"near\"
capacity = \"1 Mbit/s\"
latency = \"70 ms\"
one_way = true
queue = \"64000 B\"
";

#[test]
fn what_a_link_has_besides_its_capacity_is_converted_too() {
    let folder = Folder::new("whole");
    folder.write("whole.toml", &scenario(WHOLE));
    assert_eq!(folder.quiet(&["whole.toml", "--to", "toml"]), WHOLE);
    // What was written is read again by itself.
    folder.write("network.toml", WHOLE);
    let json: serde_json::Value =
        serde_json::from_str(&folder.quiet(&["network.toml", "--format", "json"])).unwrap();
    assert_eq!(json["components"], serde_json::json!([2, 1]));
    let (code, graphml, stderr) = folder.call(&["whole.toml", "--to", "graphml"]);
    assert_eq!(code, Some(0));
    assert!(stderr.contains("how routes are chosen is left out"), "{stderr}");
    let options =
        GraphmlOptions { default_capacity: None, default_latency: None, path_factor: 1.0 };
    let read = parse_graphml(&graphml, &options).unwrap().topology;
    let expected = Scenario::parse("t.toml", &scenario(WHOLE), &folder.0, &[]).unwrap();
    assert!(read.links().eq(expected.model.topology.links()));
    let (_, csv, stderr) = folder.call(&["whole.toml", "--to", "csv"]);
    assert!(csv.contains(",1 s,0.02\n") && csv.contains(",64000 B,0\n"), "{csv}");
    assert!(stderr.contains("1 of 3 sites have no links"), "{stderr}");
    let (_, dot, _) = folder.call(&["whole.toml", "--to", "dot"]);
    assert!(dot.contains("10 Mbit/s, 50 ms, queue 1 s, loss 0.02"), "{dot}");
    folder.write(
        "home.toml",
        "[network.home]\ninside = \"pc\"\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n",
    );
    folder.refused(&["home.toml"], 3, &["[network.home] is a place for nodes", "needs a scenario"]);
    for (name, text, is) in [("a.csv", &csv, "a table of links"), ("a.dot", &dot, "Graphviz")] {
        folder.write(name, text);
        folder.refused(&[name], 3, &[is, "--to graphml"]);
    }
    let wrong = graphml.replace(">0.02<", ">2 %<");
    folder.write("wrong.graphml", &wrong);
    folder.refused(&["wrong.graphml"], 3, &["LinkLoss \"2 %\", which is no probability from 0"]);
}

#[test]
fn latencies_between_sites_are_described_and_are_no_links() {
    let folder = Folder::new("matrix");
    folder.write("rtt.tsv", "0\t20\t-\n10\t0\t60\n8\t4\t0\n");
    let network = "[network.matrix]\nfile = \"rtt.tsv\"\nunit = \"ms\"\n";
    folder.write("matrix.toml", &scenario(network));
    let (_, json, _) = folder.call(&["matrix.toml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["sites"], &json["components"]), (&3.into(), &serde_json::json!([3])));
    // One way: 2, 4, 5, 10, 30 ms, and 10 for the one that was not measured.
    let latencies = serde_json::json!(
        { "min": 0.002, "median": 0.005, "max": 0.03, "max_between": ["s2", "s3"], "not_measured": 1 }
    );
    assert_eq!(json["latency_s"], latencies);
    let (_, table, _) = folder.call(&["matrix.toml"]);
    assert!(table.contains("30.00 ms, s2 to s3"), "{table}");
    for arguments in [["--to", "csv"], ["--draw", "map.svg"]] {
        let mut all = vec!["matrix.toml"];
        all.extend(arguments);
        folder.refused(&all, 2, &["are no links that could be drawn or converted"]);
    }
}

#[test]
fn tables_and_graphviz_have_every_link() {
    let folder = Folder::new("formats");
    let abilene = shipped("abilene.graphml");
    let csv = folder.quiet(&[&abilene, "--to", "csv"]);
    assert!(csv.starts_with("link,from,to,capacity_bit_s,latency_s,from_latitude"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 2 * 14);
    let dot = folder.quiet(&[&abilene, "--to", "dot"]);
    assert!(dot.starts_with("graph \"abilene\" {\n") && dot.ends_with("}\n"), "{dot}");
    assert_eq!(dot.matches(" -- ").count(), 14);
    folder.write("tailed.graphml", TAILED);
    let mut arguments = vec!["tailed.graphml", "--to", "dot"];
    arguments.extend(GIVEN);
    let (_, dot, _) = folder.call(&arguments);
    assert!(dot.contains("digraph") && dot.contains("label=\"\\\"far\\\", &c\""), "{dot}");
    assert_eq!((dot.matches(" -> ").count(), dot.matches("dir=both").count()), (5, 4));
}

#[test]
fn a_scenario_of_any_network_is_described() {
    let folder = Folder::new("scenario");
    let described = folder.quiet(&[&shipped("abilene-mirrors.toml"), "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!((&json["name"], &json["sites"]), (&"abilene-mirrors".into(), &11.into()));
    // Nodes hang on a core; there is nothing to cut.
    let core = folder.quiet(&[&shipped("quick.toml"), "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&core).unwrap();
    assert_eq!((&json["sites"], &json["bisection"]), (&1.into(), &serde_json::Value::Null));
}

#[test]
fn the_warnings_of_an_import_are_warnings_of_the_scenario() {
    let folder = Folder::new("warnings");
    folder.write("tailed.graphml", &TAILED.replace(" directed=\"true\"", ""));
    let network = "[network.graph]\nfile = \"tailed.graphml\"\n\
                   default_capacity = \"1 Gbit/s\"\ndefault_latency = \"1 ms\"\n";
    let scenario = Scenario::parse("t.toml", &scenario(network), &folder.0, &[]).unwrap();
    let warning = "tailed.graphml has 1 edge from a site to itself, left out";
    assert!(scenario.warnings.iter().any(|text| text == warning), "{:?}", scenario.warnings);
    assert_eq!(scenario.warnings.len(), 4, "{:?}", scenario.warnings);
}

#[test]
fn a_map_is_drawn_as_svg_and_as_png() {
    let folder = Folder::new("draw");
    let abilene = shipped("abilene.graphml");
    for name in ["map.svg", "map.png"] {
        let (code, stdout, stderr) = folder.call(&[&abilene, "--draw", name]);
        let said = format!("{name} is written\n");
        assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "", said.as_str()));
    }
    let svg = folder.read("map.svg");
    assert!(svg.starts_with("<svg width=\"760\""), "{}", &svg[..80]);
    for city in ["Seattle", "New York", "Houston", "10 Gbit/s"] {
        assert!(svg.contains(city), "{city} is not on the map");
    }
    assert!(fs::read(folder.0.join("map.png")).unwrap().starts_with(b"\x89PNG"));
    let (_, _, _) = folder.call(&[&abilene, "--draw", "again.svg"]);
    assert_eq!(svg, folder.read("again.svg"));
}

const LINKS: &str = "architecture,replication,link,from,to,capacity_bit_s,mean_utilisation,peak_utilisation,bottleneck_flow_s\n";

#[test]
fn links_have_the_colours_of_their_mean_utilisation() {
    let folder = Folder::new("utilisation");
    let abilene = shipped("abilene.graphml");
    fs::create_dir(folder.0.join("results")).unwrap();
    let mut table = LINKS.to_owned();
    for (architecture, first, second) in [("server", 1.0, 1.0), ("swarm", 0.0, 0.0)] {
        for (replication, utilisation) in [(0, first), (1, second)] {
            table += &format!(
                "{architecture},{replication},user up,user-1,core,1e6,0.5,1,0\n\
                 {architecture},{replication},a,Seattle,Denver,1e10,{utilisation},1,0\n\
                 {architecture},{replication},b,Denver,Seattle,1e10,,,0\n"
            );
        }
    }
    folder.write("results/links.csv", &table);
    let draw = |architecture| {
        let arguments = ["--draw", "m.svg", "--utilisation", "results"];
        let mut arguments: Vec<&str> = [&[abilene.as_str()], &arguments[..]].concat();
        arguments.extend(["--architecture", architecture]);
        let (code, _, stderr) = folder.call(&arguments);
        assert_eq!(code, Some(0), "{stderr}");
        folder.read("m.svg")
    };
    let lines = |svg: &str, colour: &str| {
        svg.lines().filter(|line| line.starts_with("<polyline") && line.contains(colour)).count()
    };
    // The ends of the scale; one half of a link has it, and 27 directions are not in the table.
    let (busy, idle) = (draw("server"), draw("swarm"));
    assert_eq!((lines(&busy, "#4A061E"), lines(&busy, "#F0C94F")), (1, 0), "{busy}");
    assert_eq!((lines(&idle, "#4A061E"), lines(&idle, "#F0C94F")), (0, 1), "{idle}");
    assert!(busy.contains("server, n = 2 replications") && busy.contains("100 %"));

    let draw = ["--draw", "n.svg", "--utilisation", "results"];
    let call = |rest: &[&'static str]| -> Vec<String> {
        let all = [&draw[..], rest].concat();
        std::iter::once(abilene.clone()).chain(all.into_iter().map(str::to_owned)).collect()
    };
    let refused = |arguments: Vec<String>, code, phrase| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        folder.refused(&arguments, code, &[phrase]);
    };
    refused(call(&[]), 2, "choose one with --architecture: server, swarm");
    refused(call(&["--architecture", "none"]), 2, "no architecture \"none\"; it has server, swarm");
    folder.write("results/links.csv", LINKS);
    refused(call(&[]), 1, "no link of this topology");
    folder.write("results/links.csv", &format!("{LINKS}a,0,l,Seattle,Denver,1,much,1,0\n"));
    refused(call(&[]), 1, "the utilisation \"much\"");
    folder.write("results/links.csv", "architecture\nx\n");
    refused(call(&[]), 1, "cannot read");
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason_and_a_code() {
    let folder = Folder::new("refused");
    let abilene = shipped("abilene.graphml");
    let quick = shipped("quick.toml");
    folder.write("tailed.graphml", TAILED);
    folder.write("plain.graphml", "just words");
    folder.write("words.txt", "just words");
    folder.write("half.xml", "<graphml><graph><node id='a'/>");
    folder.refused(&["none.graphml"], 1, &["cannot read none.graphml"]);
    folder.refused(&["plain.graphml"], 3, &["plain.graphml has no <graph> with nodes"]);
    folder.refused(&["words.txt"], 3, &["words.txt:1:"]);
    folder.refused(
        &["half.xml"],
        3,
        &["half.xml:1:31: is no well-formed XML", "inside of <graph>"],
    );
    folder.refused(&[&abilene, "--draw", "map.gif"], 2, &["map.gif", ".svg or .png"]);
    folder.refused(&[&abilene, "--to", "pdf"], 2, &["graphml, dot, toml, csv"]);
    folder.refused(&[&abilene, "--set", "seed=1"], 2, &["--set is for scenarios"]);
    folder.refused(&[&quick, "--default-capacity", "1 Gbit/s"], 2, &["--set network.graph."]);
    folder.refused(&[&abilene, "--path-factor", "0.5"], 2, &["expected 1 or more"]);
    folder.refused(&[&abilene, "--default-capacity", "10"], 2, &["has no unit"]);
    folder.refused(&[&abilene, "--draw", "no/such/folder/map.svg"], 1, &["cannot write"]);
    // Figures that are not in the file are shown, but never written into another one.
    folder.refused(&["tailed.graphml", "--to", "csv"], 3, &["A (0) - B", "--default-capacity"]);
    folder.refused(
        &["tailed.graphml", "--to", "csv", "--default-capacity", "1 Gbit/s"],
        3,
        &["5 of 5", "--default-latency"],
    );
    let mut arguments = vec!["tailed.graphml", "--to", "graphml", "--out", "tailed.graphml"];
    arguments.extend(GIVEN);
    folder.refused(&arguments, 2, &["is what was read"]);
    assert_eq!(folder.read("tailed.graphml"), TAILED);
}
